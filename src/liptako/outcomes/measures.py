"""Measures: each thing that a future came to, counted once, one number a member.

A measure is a function of a run's dataset, cut to the months that count (`within`, `until`), and of
the countries counted. Tables, contrasts, claims and charts call it; nothing is counted elsewhere.
`OUTCOMES` names those that contrasts may look at. To add one, write the function and name it there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Shaped

from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.model.codes import Exit, Rung, Stage, Threat
from liptako.model.outputs import LARGE
from liptako.model.processes.commitment import IN_FORCE
from liptako.outcomes import dates, ruled
from liptako.outcomes.classify import (
    ALLIANCE,
    ENDINGS,
    HORIZONS,
    INSURGENTS,
    REGIMES,
    Classified,
    classify,
)
from liptako.outcomes.counted import of_country, outcomes_of, positions, thresholds_of
from liptako.outcomes.support import money, support
from liptako.outcomes.territory import HALF, besieged, near_capital, people_besieged, reached
from liptako.runs.dataset import observed_countries, theatre_of
from liptako.theatre.roles import killer_of, members_of
from liptako.theatre.schema import Theatre

Where = Literal[
    "pact", "allies", "regimes", "others", "members", "littoral", "inner", "outer", "theatre"
]
"""Whose outcome it is. Pact: of its members together. Allies: of its members, regimes: of countries
whose regimes are simulated, others: of all others. Members, littoral: of any country with event
data; these by default. Inner, outer: of pairs with a ladder, both with simulated regimes, or one of
the two; with countries named, of the pairs whose two countries are."""

PerMember = Float[np.ndarray, " member"]
Measure = Callable[[xr.Dataset, Sequence[str]], PerMember]

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


def within(run: xr.Dataset, months: slice) -> xr.Dataset:
    """Return a run with some months only, counted from 0; yearly outputs stay as they are."""
    return run.isel(month=months)


def until(run: xr.Dataset, horizon: int) -> xr.Dataset:
    """Return a run up to a horizon of whole years, so that nothing later can count.

    Raises:
        InputError: the run is shorter.
    """
    if not MONTHS_PER_YEAR <= horizon <= run.sizes["month"]:
        allowed = f"{MONTHS_PER_YEAR} to {run.sizes['month']}"
        raise InputError("longer than the run", field="horizon", value=horizon, allowed=allowed)
    years = slice(0, horizon // MONTHS_PER_YEAR)
    return run.isel(month=slice(0, horizon), year=years, full_year=years)


def killed(
    run: xr.Dataset, countries: Sequence[str], streams: Sequence[str] | None = None
) -> PerMember:
    """Return people killed, whoever did it; in some streams only where they are named."""
    places = {} if streams is None else {"stream": positions(run, "stream", streams)}
    return _sum(run["deaths"], countries, **places)


def civilians_killed(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return civilians killed on purpose; those who die in battles are not known."""
    return killed(run, countries, theatre_of(run).streams_of("one_sided"))


def civilians_killed_by(who: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return civilians killed on purpose by `states`, `insurgents` or `militias`."""
    theatre = theatre_of(run)
    streams = [s for s in theatre.streams if killer_of(theatre, s) == who]
    return killed(run, countries, streams)


def inflicted(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return soldiers and civilians killed by insurgents: not their own dead."""
    share = run["inflicted_share"].to_numpy()
    total = np.zeros(run.sizes["member"])
    for country in countries:
        deaths = of_country(run["deaths"], country, "member", "month", "stream")
        total += deaths.sum(axis=1, dtype=float) @ share
    return total


def dead(side: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the dead of a side of `liptako.model.processes.sides.SIDES`, as shares are drawn.

    On the side of states are volunteers and foreign partners too; civilians are those killed in
    battles too.
    """
    return _sum(run["dead"].sel(side=side), countries)


def offensives(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return in how many months of a country insurgents die in numbers, and few soldiers do.

    See `is_offensive`.
    """
    months = np.zeros(run.sizes["member"])
    for country in countries:
        mine = run["dead"].sel(country=country).transpose("side", "member", "month")
        soldiers, insurgents = (mine.sel(side=side).to_numpy() for side in ("state", "insurgents"))
        months += is_offensive(soldiers, insurgents).sum(axis=1)
    return months


def is_offensive(
    soldiers: Shaped[np.ndarray, "*month"], insurgents: Shaped[np.ndarray, "*month"]
) -> Bool[np.ndarray, "*month"]:
    """Return whether a month's dead are those of an offensive: data do not say who attacks.

    At least `LARGE` insurgents, and at least `EXCHANGE` for each dead on the side of the state.
    """
    return (insurgents >= LARGE) & (insurgents >= EXCHANGE * soldiers)


EXCHANGE = 3.0
"""Dead insurgents for each dead of a state in months that count as offensive."""


def strain(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the yearly dead on the side of states, as a multiple of those before the start.

    Of the last year that counts, or of all months of a shorter run, over the mean of the three
    years before, at least one a year.
    """
    months = min(MONTHS_PER_YEAR, run.sizes["month"])
    last = dead("state", within(run, slice(-months, None)), countries)
    past = run["recorded_dead"].sel(side="state", country=list(countries))
    past = past.isel(past_month=slice(-STRAIN_MONTHS, None))
    before = float(past.to_numpy().sum(dtype=float)) / STRAIN_MONTHS
    return last / months / max(before, 1.0 / MONTHS_PER_YEAR)


STRAIN_MONTHS = 36
"""Months before the start that losses of states are compared with."""


def displaced(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return people newly displaced."""
    return _sum(run["displaced"], countries)


def influence(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the share of people where insurgents have influence, at the end of the last year."""
    inside = run["region_country"].isin(countries).to_numpy()
    share = run["influence"].isel(year=-1, region=inside).transpose("member", "region").to_numpy()
    people = run["region_people"].to_numpy()[inside].astype(float)
    return share.astype(float) @ people / people.sum()


def region_deaths(front: bool, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return people killed in the regions that offensives go to, or in all others."""
    there = run["region_country"].isin(countries) & (run["region_front"] == front)
    deaths = run["region_deaths"].isel(region=there.to_numpy()).transpose("member", ...)
    return deaths.to_numpy().sum(axis=(1, 2), dtype=float)


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


def perpetrators(theatre: Theatre) -> dict[str, str]:
    """Return the stream of each class of actor that kills civilians on purpose."""
    return {theatre.streams[s].sides[0]: s for s in theatre.streams_of("one_sided")}


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


def _sum(values: xr.DataArray, countries: Sequence[str], **places: Any) -> PerMember:
    """Return the sum over everything but members, country by country: a file holds them so."""
    total = np.zeros(values.sizes["member"])
    for country in countries:
        mine = of_country(values, country, "member", ..., **places)
        total += mine.sum(axis=tuple(range(1, mine.ndim)), dtype=float)
    return total


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
    "deaths": Outcome(killed, "killed", "members"),
    "civilians_killed": Outcome(civilians_killed, "civilians killed on purpose", "members"),
    "civilians_by_state": Outcome(
        partial(civilians_killed_by, "states"), "civilians killed by states", "members"
    ),
    "civilians_by_insurgents": Outcome(
        partial(civilians_killed_by, "insurgents"), "civilians killed by insurgents", "members"
    ),
    "civilians_by_militias": Outcome(
        partial(civilians_killed_by, "militias"), "civilians killed by militias", "members"
    ),
    "front_deaths": Outcome(partial(region_deaths, True), "killed at the front", "members"),
    "elsewhere_deaths": Outcome(partial(region_deaths, False), "killed elsewhere", "members"),
    "army_dead": Outcome(partial(dead, "state"), "dead on the side of states", "members"),
    "insurgents_dead": Outcome(partial(dead, "insurgents"), "insurgents killed", "members"),
    "civilians_dead": Outcome(
        partial(dead, "civilians"), "civilians killed, in battles too", "members"
    ),
    "offensives": Outcome(offensives, "months of offensives", "members"),
    "strain": Outcome(strain, "times the losses before", "members"),
    "inflicted": Outcome(inflicted, "killed by insurgents", "members"),
    "support": Outcome(support, "patrons in full", "regimes"),
    "support_elsewhere": Outcome(support, "patrons in full", "others"),
    "patron_money": Outcome(money, "full aid", "regimes"),
    "displaced": Outcome(displaced, "people displaced", "members"),
    "influence": Outcome(influence, "share of people", "members"),
    "coast_deaths": Outcome(killed, "killed", "littoral"),
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
