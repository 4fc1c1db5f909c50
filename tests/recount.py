"""The numbers of a run counted again from its members, with numpy alone, by the measure's name.

Nothing here calls what the package counts with: only how a number is written is the package's.
Which member came to which outcome is its classification; how many did is counted here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from liptako.outcomes.classify import ENDINGS, Classified, classify
from liptako.outcomes.counted import outcomes_of, thresholds_of
from liptako.outcomes.wars import as_past_wars
from liptako.words.numbers import between, exact, few, hundreds, inside_100, of_100, rounded

NAMES = {
    "MLI": "Mali", "BFA": "Burkina Faso", "NER": "Niger", "BEN": "Benin", "TGO": "Togo",
    "CIV": "Côte d'Ivoire", "SEN": "Senegal", "GNB": "Guinea-Bissau", "NGA": "Nigeria (part)",
}  # fmt: skip
"""Countries with event data, as the page calls them."""

ALLIES, COAST, FEW, SPREAD = ("MLI", "BFA", "NER"), ("BEN", "TGO", "CIV"), 25, 100
KILLERS = {
    "JNIM": "jnim_civilians", "IS and Boko Haram": "is_civilians", "States": "state_civilians",
    "Militias": "militia_civilians",
}  # fmt: skip
ACTORS = dict(zip(KILLERS, ("jnim", "is", "state", "militia"), strict=True))
SIDES = {"the state's": "state", "insurgents": "insurgents", "civilians": "civilians"}
EXITS = {
    "coup by another camp": ("coup_other_camp", 1), "coup by the same officers":
    ("coup_same_camp", 2), "mutiny": ("mutiny", 3), "rebellion": ("rebellion", 4),
    "fall of the capital": ("capital_falls", 5), "negotiated transition": ("negotiated", 6),
    "intervention from abroad": ("intervention", 7),
}  # fmt: skip
PROMISES = {
    "stands then": "stands", "has passed without a hand-over": "missed",
    "stood when power was handed over": "handed_over",
}  # fmt: skip
YEAR, HORIZONS, WINDOWS, LEAST = 12, (12, 24, 36), (3, 6, 12), (1, 25, 100)
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


@dataclass(frozen=True)
class Toll:
    """A number of people: recorded, and over members."""

    seen: float | None
    members: np.ndarray

    def at(self, quantile: str) -> float:
        return float(np.quantile(self.members, QUANTILES[quantile]))

    @property
    def middle(self) -> str:
        return rounded(self.at("q50"))

    @property
    def span(self) -> str:
        return between(rounded(self.at("q05")), rounded(self.at("q95")))

    @property
    def recorded(self) -> str:
        return exact(self.seen)


@dataclass(frozen=True)
class Recount:
    """What a run's dataset holds, counted by member."""

    run: xr.Dataset

    def _members(self, name: str, **where: Any) -> np.ndarray:
        """Return sums of a variable over all that is left of each member."""
        data = self.run[name].sel(**where).transpose("member", ...).to_numpy().astype(float)
        return data.reshape(data.shape[0], -1).sum(axis=1)

    def _months(self, first: int, last: int) -> list[int]:
        return self.run["month"].to_numpy()[first:last].tolist()

    def _seen(self, name: str, **where: Any) -> float:
        past = self.run["past_month"].to_numpy()[-YEAR:].tolist()
        found = self.run[name].sel(past_month=past, **where).to_numpy().astype(float)
        return float(found.sum())

    def killed(self, *countries: str, months: tuple[int, int] = (0, YEAR), **where: Any) -> Toll:
        place = {"country": list(countries), **where}
        ahead = self._members("deaths", month=self._months(*months), **place)
        return Toll(self._seen("recorded_deaths", **place), ahead)

    def dead(self, side: str, *countries: str) -> Toll:
        place = {"country": list(countries), "side": side}
        return Toll(
            self._seen("recorded_dead", **place),
            self._members("dead", month=self._months(0, YEAR), **place),
        )

    def displaced(self, country: str, last: int = YEAR) -> Toll:
        months = self._months(0, last)
        return Toll(None, self._members("displaced", month=months, country=country))

    @cached_property
    def found(self) -> Classified:
        return classify(outcomes_of(self.run), thresholds_of(self.run), HORIZONS[-1])

    @cached_property
    def pieces(self) -> dict[str, float]:
        """Return the share of members with each piece after three years."""
        rules = json.loads(self.run.attrs["ending_thresholds"])
        inside = self.run.sel(country=list(ALLIES))
        codes = [code for name, code in EXITS.values() if name in rules["changed_by"]]
        held = ~inside["exits"].isin(codes).to_numpy().any(axis=(1, 2))
        war = np.asarray(as_past_wars(self.run, ALLIES)) > 0
        alive = self.found.alliance == 0
        shares = (alive.mean(), held.mean(), war.mean())
        names = ("pact_alive", "regimes_held", "rolled_back")
        return dict(zip(names, map(float, shares), strict=True))

    @cached_property
    def outcomes(self) -> dict[str, float]:
        counted = np.bincount(self.found.ending, minlength=len(ENDINGS)) / self.run.sizes["member"]
        return dict(zip(ENDINGS, counted.tolist(), strict=True))

    @property
    def outcomes_in_100(self) -> dict[str, str]:
        shares = self.outcomes
        numbers = hundreds(list(shares.values()))
        return {
            name: few(number, share)
            for (name, share), number in zip(shares.items(), numbers, strict=True)
        }

    @property
    def coast(self) -> float:
        return float((self.killed(*COAST).members >= SPREAD).mean())

    def exit(self, country: str, code: int, months: int) -> float:
        first = self.run["exits"].sel(country=country, month=self._months(0, months))
        return float((first.to_numpy() == code).any(axis=1).mean())

    def promise(self, country: str, outcome: str, months: int) -> float:
        mine = self.run[["due", "missed", "exits"]].sel(country=country)
        mine = mine.sel(month=self._months(0, months)).transpose("member", "month", ...)
        stands = mine["due"].to_numpy() > 0
        over = mine["exits"].to_numpy() == EXITS["negotiated transition"][1]
        found = {
            "stands": stands[:, -1],
            "missed": mine["missed"].to_numpy()[:, -1] > 0,
            "handed_over": (stands & over).any(axis=1),
        }
        return float(found[outcome].mean())

    def act(self, country: str, name: str) -> float:
        code = self.run.attrs["acts"].split(",").index(name) + 1
        chosen = self.run["act"].sel(country=country).transpose("member", "month").to_numpy()
        return float((chosen == code).any(axis=1).mean())

    def regions(self) -> Iterator[tuple[str, str, str, bool, dict[tuple[int, int], float]]]:
        """Yield code, name, country of each region, whether it is counted in another, chances."""
        data = self.run
        columns = ("adm1", "adm1_name", "adm1_country", "adm1_counted_in")
        simulated = dict(zip(data["region"].to_numpy(), data["region_observed_share"].to_numpy(),
                             strict=True))  # fmt: skip
        for code, name, country, inside in zip(*(data[c].to_numpy() for c in columns), strict=True):
            around = inside or code
            if not simulated.get(around, 0.0) > 0:
                continue
            deaths = data["region_deaths_within"].sel(region=around)
            chances = {
                (months, least): float((deaths.sel(window=months).to_numpy() >= least).mean())
                for months in WINDOWS
                for least in LEAST
            }
            yield str(code), str(name), str(country), bool(inside), chances

    def quiet(self, code: str) -> bool:
        toll = self.killed(code)
        return bool(toll.seen < FEW and toll.at("q95") < FEW)


def region_text(chance: float, inside: bool) -> str:
    """Return a region's chance as its row shows it: a bound where it is counted in another."""
    text = inside_100(chance)
    if not inside or text == "< 1":
        return text
    return "≤ 100" if text == "> 99" else f"≤ {text}"


@dataclass(frozen=True)
class Claim:
    """What the page must show: in the table of a caption, the row of these heads, a column.

    `nth` is which of the columns of that name, from 0.
    """

    caption: str
    row: tuple[str, ...]
    column: str
    text: str
    nth: int = 0


def of_people(count: Recount) -> Iterator[Claim]:
    """Yield what the page must show of the killed and the displaced."""
    seen, middle, span = "2023, recorded", "2024, middle", "9 in 10 futures"

    def toll(caption: str, row: tuple[str, ...], each: Toll) -> Iterator[Claim]:
        yield Claim(caption, row, seen, each.recorded)
        yield Claim(caption, row, middle, each.middle)
        yield Claim(caption, row, span, each.span)

    for code, name in NAMES.items():
        if not count.quiet(code):
            yield from toll("People killed", (name,), count.killed(code))
        for killer, stream in KILLERS.items():
            one = count.killed(code, stream=[stream])
            by = "Civilians killed on purpose, by perpetrator and country"
            yield from toll(by, (killer, name), one)
        for label, side in SIDES.items():
            yield from toll("Whose the dead are", (name, label), count.dead(side, code))
        fled = "People newly displaced, by country of origin"
        for nth, (column, last) in enumerate(((middle, YEAR), ("All 36 months", 36))):
            each = count.displaced(code, last)
            yield Claim(fled, (name,), column, each.middle)
            yield Claim(fled, (name,), span, each.span, nth)
    for killer, stream in KILLERS.items():
        one = count.killed(*ALLIES, stream=[stream])
        yield from toll("Civilians killed on purpose in the members, together", (killer,), one)
    for label, side in SIDES.items():
        row = ("The members together", label)
        yield from toll("Whose the dead are", row, count.dead(side, *ALLIES))


def of_politics(count: Recount) -> Iterator[Claim]:
    """Yield what the page must show of the pact, of places and of regimes."""
    ends, in_100 = "How it may end by Dec 2026", "Futures in 100"
    heads = ("Pact alive and at work", "All three regimes still rule", "War rolled back")
    for head, share in zip(heads, count.pieces.values(), strict=True):
        yield Claim(ends, (head,), in_100, of_100(share))
    for name, text in count.outcomes_in_100.items():
        yield Claim(ends, (name.capitalize(),), in_100, text)
    text = f"{round(100 * count.coast)} in 100"
    caption = "Chance that at least so many are killed in the next 12 months"
    yield Claim(caption, ("Littoral states", "100 or more"), "Chance", text)
    for _, name, country, inside, chances in count.regions():
        for (months, least), chance in chances.items():
            nth, row = WINDOWS.index(months), (name, "*", NAMES[country])
            shown = region_text(chance, inside)
            yield Claim("All regions of the theatre", row, f"{least}+", shown, nth)
    for code in ALLIES:
        for months, date in zip(HORIZONS, ("Dec 2024", "Dec 2025", "Dec 2026"), strict=True):
            for label, (_, number) in EXITS.items():
                caption = "How regimes may end: futures in 100, with other assumptions"
                share = inside_100(count.exit(code, number, months))
                yield Claim(caption, (NAMES[code], label), f"By {date}", share)
            for label, name in PROMISES.items():
                caption = "Promised dates to hand over: futures in 100, with other assumptions"
                share = of_100(count.promise(code, name, months))
                yield Claim(caption, (NAMES[code], label), f"By {date}", share)


def claims(count: Recount) -> list[Claim]:
    """Return what the page's tables must show."""
    return [*of_people(count), *of_politics(count)]
