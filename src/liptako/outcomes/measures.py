"""What contrasts look at: one number a future, from a dataset that ends at the horizon.

To add an outcome, write a function of the dataset, the theatre and the countries, and name it in
`OUTCOMES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako.errors import InputError
from liptako.model.codes import Exit, Rung, Stage
from liptako.model.simulate import YEAR
from liptako.model.structure import members_of
from liptako.outcomes.classify import ENDINGS, HORIZONS, classify
from liptako.outcomes.endings import outcomes_of, thresholds_of
from liptako.theatre.schema import Theatre

Where = Literal["pact", "allies", "regimes", "members", "littoral", "inner", "outer"]
"""Whose outcome it is. Pact: of its members together. Allies: of its members, regimes: of countries
whose regimes are simulated. Members, littoral: of any country with event data; these by default.
Inner, outer: of pairs with a ladder, both with simulated regimes, or one of the two; with countries
named, of the pairs whose two countries are."""

Measure = Callable[[xr.Dataset, Theatre, list[str]], Float[np.ndarray, " member"]]

COUPS = (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)
"""Coups and attempts: what is called a mutiny is an attempt that failed."""

CHANCE = "chance"
"""The unit of what comes or does not: one where it came, zero where not."""


class Outcome(NamedTuple):
    """How an outcome is measured, in which unit, and whose it is."""

    measure: Measure
    unit: str
    where: Where


def until(run: xr.Dataset, horizon: int) -> xr.Dataset:
    """Return a run up to a horizon of whole years, so that nothing later can count.

    Raises:
        InputError: the run is shorter.
    """
    if not YEAR <= horizon <= run.sizes["month"]:
        allowed = f"{YEAR} to {run.sizes['month']}"
        raise InputError("longer than the run", field="horizon", value=horizon, allowed=allowed)
    years = slice(0, horizon // YEAR)
    return run.isel(month=slice(0, horizon), year=years, full_year=years)


def countries_of(
    name: str,
    outcome: Outcome,
    theatre: Theatre,
    named: Sequence[str],
    *,
    seen: Sequence[str],
    allies: Sequence[str],
) -> list[str]:
    """Return the countries that an outcome counts.

    Args:
        name: of the contrast, for messages.
        outcome: what is counted.
        theatre: who is a member, who is littoral.
        named: countries that the contrast names; none: those of the outcome itself.
        seen: countries with event data at the start; the others are unknown, not peaceful.
        allies: members of the pact at the start.

    Raises:
        InputError: a country is named that the outcome cannot count, or there is no pact.
    """
    if outcome.where in ("pact", "allies") and not allies:
        raise InputError(
            "no alliance at the start of the run",
            field=f"{name}.outcome",
            allowed="a start after the pact was signed",
        )
    regimes = members_of(theatre)
    paired = {kind: _in_order(theatre, pairs_of(theatre, kind)) for kind in ("inner", "outer")}
    own, allowed = {
        **{kind: (countries, countries) for kind, countries in paired.items()},
        "pact": (allies, ()),
        "allies": (allies, allies),
        "regimes": (regimes, regimes),
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
    if outcome in ENDINGS and horizon not in HORIZONS:
        allowed = ", ".join(map(str, HORIZONS))
        raise InputError(
            "not a horizon of endings", field=f"{name}.horizon", value=horizon, allowed=allowed
        )


def _operational(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    reached = run["stage"].isin([Stage.OPERATIONAL, Stage.INTEGRATED])
    return _numbers(reached.any("month"))


def _joint_acts(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    return _numbers(run["joint_acts"].astype(float).sum("month"))


def _pact_over(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    last = run.isel(month=-1)
    gone = last["left"].sel(country=countries).any("country")
    return _numbers(gone | (last["stage"] == Stage.DISSOLVED))


def _left(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    return _numbers(run["left"].isel(month=-1).sel(country=countries).any("country"))


def _exits(
    kinds: Sequence[Exit], run: xr.Dataset, theatre: Theatre, countries: list[str]
) -> np.ndarray:
    happened = run["exits"].sel(country=countries).isin([int(kind) for kind in kinds])
    return _numbers(happened.sum(["month", "country"]))


def _missed(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    last = run["missed"].isel(month=-1).sel(country=countries)
    return _numbers(last.astype(float).sum("country"))


def _promises(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    codes = [n for n, act in enumerate(theatre.menu.values(), 1) if act.transition == "promise"]
    taken = run["act"].sel(country=countries).isin(codes)
    return _numbers(taken.sum(["month", "country"]))


def _rungs(kind: str, run: xr.Dataset, theatre: Theatre, countries: list[str]) -> xr.DataArray:
    return run["rung"].sel(dyad=pairs_of(theatre, kind, countries))


def _upper(kind: str, run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    reached = _rungs(kind, run, theatre, countries) >= Rung.INCIDENT
    return _numbers(reached.any(["month", "dyad"]))


def _coercion(kind: str, run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    stands = _rungs(kind, run, theatre, countries).isel(month=-1) >= Rung.COERCION
    return _numbers(stands.any("dyad"))


def _disputed(kind: str, run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    stands = _rungs(kind, run, theatre, countries) >= Rung.COERCION
    return _numbers(stands.sum(["month", "dyad"]))


def _deaths(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    return _numbers(run["deaths"].sel(country=countries).sum(["month", "stream", "country"]))


def civilians_killed(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    """Return civilians killed on purpose, whoever did it; those who die in battles are not known.

    Args:
        run: dataset up to the horizon.
        theatre: which streams are one-sided.
        countries: to count.
    """
    streams = list(theatre.streams_of("one_sided"))
    return _deaths(run.sel(stream=streams), theatre, countries)


def _civilians_by(who: str, run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    streams = [s for s in theatre.streams_of("one_sided") if _perpetrator(theatre, s) == who]
    return _deaths(run.sel(stream=streams), theatre, countries)


def _perpetrator(theatre: Theatre, stream: str) -> str:
    """Return who kills civilians in a stream: states are insurgents' opponents in state-based war.

    Militias are whoever is neither.
    """
    insurgents = set(next(iter(theatre.pressures.values())))
    sides = {side for s in theatre.streams_of("state_based") for side in theatre.streams[s].sides}
    kills = set(theatre.streams[stream].sides)
    if kills & insurgents:
        return "insurgents"
    return "states" if kills & (sides - insurgents) else "militias"


def _region_deaths(
    front: bool, run: xr.Dataset, theatre: Theatre, countries: list[str]
) -> np.ndarray:
    there = run["region_country"].isin(countries) & (run["front"] == front)
    return _numbers(run["region_deaths"].sel(region=there).astype(float).sum(["year", "region"]))


def _inflicted(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    inside = run["deaths"].sel(country=countries) * run["inflicted_share"]
    return _numbers(inside.sum(["month", "stream", "country"]))


def _displaced(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    inside = run["displaced"].sel(country=countries)
    return _numbers(inside.astype(float).sum(["month", "country"]))


def _influence(run: xr.Dataset, theatre: Theatre, countries: list[str]) -> np.ndarray:
    inside = run.sel(region=run["region_country"].isin(countries)).isel(year=-1)
    share = inside["influence"].astype(float).weighted(inside["people"].astype(float))
    return _numbers(share.mean("region"))


def _ending(
    ending: str, run: xr.Dataset, theatre: Theatre, countries: list[str]
) -> Float[np.ndarray, " member"]:
    found = classify(outcomes_of(run), thresholds_of(run), run.sizes["month"])
    return np.equal(found.ending, ENDINGS.index(ending)).astype(float)


def _numbers(values: xr.DataArray) -> Float[np.ndarray, " member"]:
    return values.to_numpy().astype(float)


NO_MUTINY = tuple(kind for kind in Exit if kind not in (Exit.NONE, Exit.MUTINY))

OUTCOMES: dict[str, Outcome] = {
    "operational": Outcome(_operational, CHANCE, "pact"),
    "joint_acts": Outcome(_joint_acts, "joint acts", "pact"),
    "pact_over": Outcome(_pact_over, CHANCE, "pact"),
    "left": Outcome(_left, CHANCE, "allies"),
    "coups": Outcome(partial(_exits, COUPS), "coups and attempts", "regimes"),
    "exits": Outcome(partial(_exits, NO_MUTINY), "regimes ended", "regimes"),
    "negotiated": Outcome(partial(_exits, (Exit.NEGOTIATED,)), "hand-overs", "regimes"),
    "promises": Outcome(_promises, "dates promised", "regimes"),
    "missed": Outcome(_missed, "promised dates missed", "regimes"),
    "upper_allies": Outcome(partial(_upper, "inner"), CHANCE, "inner"),
    "upper_others": Outcome(partial(_upper, "outer"), CHANCE, "outer"),
    "coercion_allies": Outcome(partial(_coercion, "inner"), CHANCE, "inner"),
    "coercion_others": Outcome(partial(_coercion, "outer"), CHANCE, "outer"),
    "disputed_allies": Outcome(partial(_disputed, "inner"), "months of a pair", "inner"),
    "disputed_others": Outcome(partial(_disputed, "outer"), "months of a pair", "outer"),
    "deaths": Outcome(_deaths, "killed", "members"),
    "civilians_killed": Outcome(civilians_killed, "civilians killed on purpose", "members"),
    "civilians_by_state": Outcome(
        partial(_civilians_by, "states"), "civilians killed by states", "members"
    ),
    "civilians_by_insurgents": Outcome(
        partial(_civilians_by, "insurgents"), "civilians killed by insurgents", "members"
    ),
    "civilians_by_militias": Outcome(
        partial(_civilians_by, "militias"), "civilians killed by militias", "members"
    ),
    "front_deaths": Outcome(partial(_region_deaths, True), "killed at the front", "members"),
    "elsewhere_deaths": Outcome(partial(_region_deaths, False), "killed elsewhere", "members"),
    "inflicted": Outcome(_inflicted, "killed by insurgents", "members"),
    "displaced": Outcome(_displaced, "people displaced", "members"),
    "influence": Outcome(_influence, "share of people", "members"),
    "coast_deaths": Outcome(_deaths, "killed", "littoral"),
    **{ending: Outcome(partial(_ending, ending), CHANCE, "pact") for ending in ENDINGS},
}
"""All outcomes, by the name that a contrast gives."""
