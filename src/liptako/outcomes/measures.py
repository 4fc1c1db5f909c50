"""Measures: each thing that a future came to, counted once, one number a member.

A measure is a function of a run's dataset, cut to the months that count (`within`, `until`), and of
the countries counted. Tables, contrasts, claims and charts call it; nothing is counted elsewhere.
`OUTCOMES` names those that contrasts may look at. To add one, write the function and name it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool

from liptako.errors import InputError
from liptako.model.codes import Exit, Rung, Stage, Threat
from liptako.model.processes.commitment import IN_FORCE
from liptako.outcomes import dates, ruled, violence
from liptako.outcomes.classify import (
    ALLIANCE,
    ENDINGS,
    HORIZONS,
    INSURGENTS,
    REGIMES,
    Classified,
    classify,
)
from liptako.outcomes.counted import outcomes_of, thresholds_of
from liptako.outcomes.cut import Measure, PerMember
from liptako.outcomes.support import money, support
from liptako.outcomes.territory import HALF, besieged, near_capital, people_besieged, reached
from liptako.runs.dataset import observed_countries, theatre_of
from liptako.theatre.roles import members_of
from liptako.theatre.schema import Theatre

Where = Literal[
    "pact", "allies", "regimes", "others", "members", "littoral", "inner", "outer", "theatre"
]
"""Whose outcome it is. Pact: of its members together. Allies: of its members, regimes: of countries
whose regimes are simulated, others: of all others. Members, littoral: of any country with event
data; these by default. Inner, outer: of pairs with a ladder, both with simulated regimes, or one of
the two; with countries named, of the pairs whose two countries are."""

ATTEMPTS = (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)
"""Coups and attempts: what is called a mutiny is an attempt that failed."""

COUPS = (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP)

ENDS = tuple(kind for kind in Exit if kind not in (Exit.NONE, Exit.MUTINY))
"""All exits that end a government, a coup by the junta's own officers included."""

FORCED = (Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.INTERVENTION)

CAMP_ENDS = (Exit.COUP_OTHER_CAMP, *FORCED, Exit.NEGOTIATED)
"""Exits that end a camp, as past camps are said to have ended; thresholds do not move them."""

CHANCE = "chance"
"""The unit of what comes or does not: one where it came, zero where not."""


class Outcome(NamedTuple):
    """How an outcome is measured, in which unit, and whose it is."""

    measure: Measure
    unit: str
    where: Where


def exits(kinds: Sequence[Exit], run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return how many exits of some kinds came in some countries together."""
    happened = run["exits"].sel(country=list(countries)).isin([int(kind) for kind in kinds])
    return _numbers(happened.sum(["month", "country"]))


def camp_lasts(run: xr.Dataset, country: str) -> Bool[np.ndarray, "member month"]:
    """Return whether the camp in power at the start still rules, month by month."""
    ended = run["exits"].sel(country=country).transpose("member", "month")
    ends = ended.isin([int(kind) for kind in CAMP_ENDS]).to_numpy()
    return ~np.logical_or.accumulate(ends, axis=1)


def operational(run: xr.Dataset, countries: Sequence[str] = ()) -> PerMember:
    """Return whether the pact came to joint operations in any of the months."""
    reached = run["stage"].isin([Stage.OPERATIONAL, Stage.INTEGRATED])
    return _numbers(reached.any("month"))


def joint_acts(run: xr.Dataset, countries: Sequence[str] = ()) -> PerMember:
    """Return how many joint acts the pact did."""
    return _numbers(run["joint_acts"].astype(float).sum("month"))


def agenda(run: xr.Dataset, countries: Sequence[str] = ()) -> PerMember:
    """Return how many items of the pact's agenda are in force in the last of the months."""
    return _numbers((run["items"].isel(month=-1) >= IN_FORCE).sum("item"))


def means(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return what states can spend in the last month, over the start's; mean of the countries."""
    last = run["means"].isel(month=-1).sel(country=list(countries))
    return np.exp(last.transpose("member", "country").to_numpy().astype(float)).mean(axis=1)


def broken_by_month(run: xr.Dataset, allies: Sequence[str]) -> Bool[np.ndarray, "member month"]:
    """Return whether the pact is dissolved or a member gone, month by month."""
    gone = run["left"].sel(country=list(allies)).any("country")
    broken = gone | (run["stage"] == Stage.DISSOLVED)
    return broken.transpose("member", "month").to_numpy()


def pact_over(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether the pact is dissolved or a member gone in the last of the months."""
    return broken_by_month(run.isel(month=slice(-1, None)), countries)[:, -1].astype(float)


def left(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether any of some countries is out of the pact in the last of the months."""
    return _numbers(run["left"].isel(month=-1).sel(country=list(countries)).any("country"))


def missed(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return how many promised dates have passed by the last of the months."""
    last = run["missed"].isel(month=-1).sel(country=list(countries))
    return _numbers(last.astype(float).sum("country"))


def promises(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return how many dates to hand over were promised."""
    menu = theatre_of(run).menu
    codes = [n for n, act in enumerate(menu.values(), 1) if act.transition == "promise"]
    taken = run["act"].sel(country=list(countries)).isin(codes)
    return _numbers(taken.sum(["month", "country"]))


def upper(kind: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether any pair comes to a display of force, or beyond."""
    reached = _rungs(kind, run, countries) >= Rung.INCIDENT
    return _numbers(reached.any(["month", "dyad"]))


def coercion(kind: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether any pair stands at coercion, or beyond, in the last of the months."""
    stands = _rungs(kind, run, countries).isel(month=-1) >= Rung.COERCION
    return _numbers(stands.any("dyad"))


def disputed(kind: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return how many months of a pair stand at coercion, or beyond."""
    stands = _rungs(kind, run, countries) >= Rung.COERCION
    return _numbers(stands.sum(["month", "dyad"]))


def threatened(stage: Threat, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether a bloc goes so far against those who rule any of some countries."""
    gone = run["threat"].sel(country=list(countries)) >= stage
    return _numbers(gone.any(["month", "country"]))


def outside(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether any of some countries is out of a bloc of the start at the last month."""
    return _numbers(run["outside"].isel(month=-1).sel(country=list(countries)).any("country"))


def ending(name: str, run: xr.Dataset, countries: Sequence[str] = ()) -> PerMember:
    """Return whether futures end so at the last of the months."""
    found = classify(outcomes_of(run), thresholds_of(run), run.sizes["month"])
    return np.equal(found.ending, ENDINGS.index(name)).astype(float)


STATES = {"alliance": ALLIANCE, "regimes": REGIMES, "insurgents": INSURGENTS}
"""The states of each reading that endings are made of."""


def state(reading: str, name: str, run: xr.Dataset, countries: Sequence[str] = ()) -> PerMember:
    """Return whether a reading of `STATES` is in a state at the last of the months."""
    found = classify(outcomes_of(run), thresholds_of(run), run.sizes["month"])
    return state_of(found, reading, name)


def state_of(found: Classified, reading: str, name: str) -> PerMember:
    """Return whether a reading of `STATES` is in a state, in futures that are classified."""
    return np.equal(getattr(found, reading), STATES[reading].index(name)).astype(float)


def juntas_held(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether the same juntas rule all of some countries: no coup from within either."""
    gone = exits((*CAMP_ENDS, Exit.COUP_SAME_CAMP), run, countries)
    return (gone == 0).astype(float)


def capital_only(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether any camp of the start still rules at the end and holds its capital only.

    Its state then reaches fewer than half of the people outside the capital's region.
    """
    found = np.zeros(run.sizes["member"], bool)
    for country in countries:
        found |= camp_lasts(run, country)[:, -1] & (reached(run, [country]) < HALF)
    return found.astype(float)


def operates(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return whether the pact has come to joint operations and no ally is out of it.

    As tables of past pacts count; an operation in any month up to the last counts.
    """
    return operational(run) * (1.0 - pact_over(run, countries))


def countries_of(name: str, outcome: Outcome, run: xr.Dataset, named: Sequence[str]) -> list[str]:
    """Return the countries that an outcome counts.

    Args:
        name: of the contrast, for messages.
        outcome: what is counted.
        run: whose theatre, pact and observed countries they are.
        named: countries that the contrast names; none: those of the outcome itself.

    Raises:
        InputError: a country is named that the outcome cannot count, there is no pact, or no
            country with event data.
    """
    theatre, seen = theatre_of(run), observed_countries(run)
    allies = [iso for iso in run.attrs["alliance"].split(",") if iso]
    if outcome.where in ("pact", "allies") and not allies:
        raise InputError(
            "no alliance at the start of the run",
            field=f"{name}.outcome",
            allowed="a start after the pact was signed",
        )
    regimes = members_of(theatre)
    others = [iso for iso in theatre.countries if iso not in regimes]
    paired = {kind: _in_order(theatre, pairs_of(theatre, kind)) for kind in ("inner", "outer")}
    own, allowed = {
        **{kind: (countries, countries) for kind, countries in paired.items()},
        "pact": (allies, ()),
        "allies": (allies, allies),
        "theatre": (list(theatre.countries), list(theatre.countries)),
        "regimes": (regimes, regimes),
        "others": (others, others),
        "members": ([iso for iso in regimes if iso in seen], seen),
        "littoral": ([iso for iso in theatre.by_role("littoral") if iso in seen], seen),
    }[outcome.where]
    for iso in named:
        if iso not in allowed:
            raise InputError(
                "this outcome is not counted there",
                field=f"{name}.countries",
                value=iso,
                allowed=", ".join(allowed) or "no country: it is the pact's as a whole",
            )
    if outcome.where in ("members", "littoral") and not own:
        raise InputError(
            "no country that it counts has event data",
            field=f"{name}.outcome",
            allowed="a start from which one of them is observed",
        )
    if outcome.where in paired and not pairs_of(theatre, outcome.where, named or own):
        ladders = pairs_of(theatre, outcome.where)
        raise InputError(
            "no ladder between them",
            field=f"{name}.countries",
            value=", ".join(named) or None,
            allowed=", ".join(ladders) or "a theatre with ladders",
        )
    return list(named or own)


def pairs_of(theatre: Theatre, kind: str, among: Sequence[str] | None = None) -> list[str]:
    """Return the pairs with a ladder, as datasets name them: inner, outer, or both of `among`.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> len(pairs_of(load_scenario("sahel-2024").theatre, "inner"))
        3
    """
    regimes, both = set(members_of(theatre)), {"inner": 2, "outer": 1}[kind]
    return [
        "-".join(row.pair)
        for row in theatre.ladders
        if len(regimes & set(row.pair)) == both and (among is None or set(row.pair) <= set(among))
    ]


def _in_order(theatre: Theatre, pairs: list[str]) -> list[str]:
    named = {iso for pair in pairs for iso in pair.split("-")}
    return [iso for iso in theatre.countries if iso in named]


def check_horizon(name: str, outcome: str, horizon: int) -> None:
    """Check that an ending is looked at when endings are counted.

    Raises:
        InputError: it is not.
    """
    if outcome in AT_HORIZONS and horizon not in HORIZONS:
        allowed = ", ".join(map(str, HORIZONS))
        raise InputError(
            "not a horizon of endings", field=f"{name}.horizon", value=horizon, allowed=allowed
        )


def _rungs(kind: str, run: xr.Dataset, countries: Sequence[str]) -> xr.DataArray:
    return run["rung"].sel(dyad=pairs_of(theatre_of(run), kind, countries))


def _numbers(values: xr.DataArray) -> PerMember:
    return values.to_numpy().astype(float)


OUTCOMES: dict[str, Outcome] = {
    "operational": Outcome(operational, CHANCE, "pact"),
    "joint_acts": Outcome(joint_acts, "joint acts", "pact"),
    "agenda": Outcome(agenda, "items in force", "pact"),
    "means": Outcome(means, "times the start's means", "regimes"),
    "pact_over": Outcome(pact_over, CHANCE, "pact"),
    "left": Outcome(left, CHANCE, "allies"),
    "coups": Outcome(partial(exits, ATTEMPTS), "coups and attempts", "regimes"),
    "exits": Outcome(partial(exits, ENDS), "regimes ended", "regimes"),
    "negotiated": Outcome(partial(exits, (Exit.NEGOTIATED,)), "hand-overs", "regimes"),
    "intervention": Outcome(
        partial(exits, (Exit.INTERVENTION,)), "regimes ended from abroad", "regimes"
    ),
    "threatened": Outcome(partial(threatened, Threat.THREATENED), CHANCE, "regimes"),
    "force_sent": Outcome(partial(threatened, Threat.SENT), CHANCE, "regimes"),
    "outside_bloc": Outcome(outside, CHANCE, "regimes"),
    "promises": Outcome(promises, "dates promised", "regimes"),
    "missed": Outcome(missed, "promised dates missed", "regimes"),
    "kept": Outcome(dates.kept, "hand-overs while a date stood", "regimes"),
    "put_off": Outcome(partial(dates.acts_done, "extend"), "dates put off", "regimes"),
    "reshuffles": Outcome(partial(dates.acts_done, "reshuffle"), "reshuffles", "regimes"),
    "mutinies": Outcome(partial(exits, (Exit.MUTINY,)), "mutinies", "regimes"),
    "insiders": Outcome(partial(exits, (Exit.COUP_SAME_CAMP,)), "coups by insiders", "regimes"),
    "aggrieved": Outcome(dates.aggrieved, "months of unrest in the ranks", "regimes"),
    "upper_allies": Outcome(partial(upper, "inner"), CHANCE, "inner"),
    "upper_others": Outcome(partial(upper, "outer"), CHANCE, "outer"),
    "coercion_allies": Outcome(partial(coercion, "inner"), CHANCE, "inner"),
    "coercion_others": Outcome(partial(coercion, "outer"), CHANCE, "outer"),
    "disputed_allies": Outcome(partial(disputed, "inner"), "months of a pair", "inner"),
    "disputed_others": Outcome(partial(disputed, "outer"), "months of a pair", "outer"),
    "deaths": Outcome(violence.killed, "killed", "members"),
    "civilians_killed": Outcome(
        violence.civilians_killed, "civilians killed on purpose", "members"
    ),
    "civilians_by_state": Outcome(
        partial(violence.civilians_killed_by, "states"), "civilians killed by states", "members"
    ),
    "civilians_by_insurgents": Outcome(
        partial(violence.civilians_killed_by, "insurgents"),
        "civilians killed by insurgents",
        "members",
    ),
    "civilians_by_militias": Outcome(
        partial(violence.civilians_killed_by, "militias"), "civilians killed by militias", "members"
    ),
    "front_deaths": Outcome(
        partial(violence.region_deaths, True), "killed at the front", "members"
    ),
    "elsewhere_deaths": Outcome(
        partial(violence.region_deaths, False), "killed elsewhere", "members"
    ),
    "army_dead": Outcome(partial(violence.dead, "state"), "dead on the side of states", "members"),
    "insurgents_dead": Outcome(
        partial(violence.dead, "insurgents"), "insurgents killed", "members"
    ),
    "civilians_dead": Outcome(
        partial(violence.dead, "civilians"), "civilians killed, in battles too", "members"
    ),
    "offensives": Outcome(violence.offensives, "months of offensives", "members"),
    "strain": Outcome(violence.strain, "times the losses before", "members"),
    "inflicted": Outcome(violence.inflicted, "killed by insurgents", "members"),
    "support": Outcome(support, "patrons in full", "regimes"),
    "support_elsewhere": Outcome(support, "patrons in full", "others"),
    "patron_money": Outcome(money, "full aid", "regimes"),
    "displaced": Outcome(violence.displaced, "people displaced", "members"),
    "influence": Outcome(violence.influence, "share of people", "members"),
    "coast_deaths": Outcome(violence.killed, "killed", "littoral"),
    "besieged": Outcome(besieged, "months of a region besieged", "regimes"),
    "besieged_front": Outcome(
        partial(besieged, front=True), "months of a front besieged", "regimes"
    ),
    "people_besieged": Outcome(people_besieged, "share of people", "regimes"),
    "reached": Outcome(reached, "share of people outside the capital", "regimes"),
    "capital_only": Outcome(capital_only, CHANCE, "regimes"),
    "capital_deaths": Outcome(near_capital, "killed near the capital", "regimes"),
    "ruled": Outcome(ruled.months, "share of months", "theatre"),
    "pact_alive": Outcome(partial(state, "alliance", "alive"), CHANCE, "pact"),
    "regimes_held": Outcome(partial(state, "regimes", "held"), CHANCE, "pact"),
    "rolled_back": Outcome(partial(state, "insurgents", "rolled_back"), CHANCE, "pact"),
    **{name: Outcome(partial(ending, name), CHANCE, "pact") for name in ENDINGS},
}
"""All outcomes, by the name that a contrast gives."""

AT_HORIZONS = (*ENDINGS, "pact_alive", "regimes_held", "rolled_back")
"""Outcomes that are counted at the horizons of endings only."""
