"""What futures are compared with: the recorded months before the start, and past cases.

All of it is measured once, when a run begins, and goes with the run's dataset: tables need no
other data.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.data import arrays
from liptako.data.regimes import INSIDERS, censor, spells
from liptako.errors import InputError
from liptako.inference.past_cases import wars
from liptako.inference.past_cases.coup_panel import coup_panel
from liptako.inference.past_cases.pacts import Share, group_milestones, milestones, wilson
from liptako.inference.past_cases.politics import past_disputes
from liptako.inference.past_cases.rates import survival
from liptako.inference.past_cases.regime_spells import MODES
from liptako.inference.past_cases.regime_survival import base_rate
from liptako.inference.past_cases.regime_ties import attempts_in_window
from liptako.inference.past_cases.regimes import home_of
from liptako.model.codes import Stage
from liptako.runs.sides import inflicted_share, recorded_dead
from liptako.runs.start import Prepared

BASELINE_MONTHS = 36
"""Months before the start that insurgents' toll is compared with."""

HISTORY_MONTHS = 60
"""Recorded months before the start that go with a run."""

HORIZON = 36
"""Months ahead at which regimes and pacts are compared with past cases."""


class Baseline(NamedTuple):
    """What a run's futures are compared with; each from the function of its name."""

    inflicted_share: Float[np.ndarray, " stream"]
    before: pd.DataFrame
    recorded: Float[np.ndarray, "past_month stream country"]
    dead: Float[np.ndarray, "past_month side country"]
    past_survival: xr.Dataset
    past_cases: dict[str, Any]


@lru_cache(maxsize=2)
def baseline_of(prepared: Prepared) -> Baseline:
    """Return what futures are compared with, which all arms of a start share."""
    inflicted = inflicted_share(prepared.loaded.theatre, prepared.snapshot, prepared.structure)
    return Baseline(
        inflicted,
        before(prepared, inflicted),
        recorded(prepared),
        dead(prepared),
        past_survival(prepared),
        past_cases(prepared),
    )


def before(prepared: Prepared, inflicted_share: Float[np.ndarray, " stream"]) -> pd.DataFrame:
    """Return by country what the endings compare with.

    `inflicted`: deaths a year that insurgents inflicted in the three years before the start, by
    the country that events name; `attacked`: cells with an event of theirs in the last year, by
    the country of the cell, as futures are counted.
    """
    init, structure = prepared.init_month, prepared.structure
    share = dict(zip(structure.streams, inflicted_share, strict=True))
    events = prepared.snapshot.events
    inside = events[events["gid"].isin(structure.gid)]
    recent = inside[inside["month"] > init - BASELINE_MONTHS]
    inflicted = (recent["deaths"] * recent["stream"].map(share)).groupby(recent["country"])
    insurgent = np.array(structure.streams)[structure.insurgent > 0]
    last = recent[(recent["month"] > init - MONTHS_PER_YEAR) & recent["stream"].isin(insurgent)]
    place = np.isin(structure.gid, last["gid"][last["events"] > 0])
    by_cell = pd.Series(np.array(structure.countries)[structure.country[place]])
    attacked = by_cell.value_counts()
    both = {"inflicted": inflicted.sum() * MONTHS_PER_YEAR / BASELINE_MONTHS, "attacked": attacked}
    return pd.DataFrame(both).reindex(list(structure.countries)).fillna(0.0)


def recorded(prepared: Prepared) -> Float[np.ndarray, "past_month stream country"]:
    """Return recorded deaths of the months before the start; not a number where no data are."""
    structure, init = prepared.structure, prepared.init_month
    events = prepared.snapshot.events
    first = init - HISTORY_MONTHS + 1
    deaths = arrays.by_country(events, structure.streams, structure.countries, first, init)
    return _where_observed(prepared, deaths)


def dead(prepared: Prepared) -> Float[np.ndarray, "past_month side country"]:
    """Return the recorded dead of each side of the months before the start, as `recorded`."""
    theatre = prepared.loaded.theatre
    found = recorded_dead(theatre, prepared.snapshot, prepared.structure, HISTORY_MONTHS)
    return _where_observed(prepared, found)


def _where_observed(prepared: Prepared, values: np.ndarray) -> np.ndarray:
    observed = np.isin(prepared.structure.countries, prepared.observed)
    return np.where(observed, values, np.nan).astype(np.float32)


def past_survival(prepared: Prepared) -> xr.Dataset:
    """Return how long past regimes lasted that were as old as each one in power at the start.

    Kaplan-Meier, of the world's regimes born of coups since `BORN_FROM` that had lasted as long;
    not a number for a country where none rules, or none had.

    Returns:
        `survival`, `lo` and `hi` by country and lead, the first month's at lead 1.
    """
    months, countries = prepared.loaded.scenario.months, prepared.structure.countries
    names = ("survival", "lo", "hi")
    found = {name: np.full((len(countries), months), np.nan) for name in names}
    past = spells(censor(prepared.snapshot.regimes, prepared.init_month), "regime")
    past = past[past["coup"] >= BORN_FROM]
    for country, since in ages(prepared, "regime").items():
        followed, ended = past["months"].to_numpy(int), past["event"].to_numpy(int) == 1
        if not (followed > since).any():
            continue
        curve = survival(followed, ended, since + months, since).set_index("month")
        for name in names:
            at = countries.index(country)
            found[name][at] = curve[name].loc[since + 1 : since + months]
    return xr.Dataset({name: (("country", "month"), values) for name, values in found.items()})


BORN_FROM = calendar.month_id(1990, 1)
"""Regimes born since then are what those in power stand beside: the world after the cold war."""

REGION_FROM = calendar.month_id(1985, 1)
"""From when the subregion's are counted by themselves: later ones are too few."""


def ages(prepared: Prepared, unit: str) -> dict[str, int]:
    """Return how old each ally's ruler is at the start, in whole months since the coup.

    Args:
        prepared: the start.
        unit: `regime` or `junta`, see `liptako.data.regimes`.
    """
    rows = spells(censor(prepared.snapshot.regimes, prepared.init_month), unit)
    ruling = rows[rows["event"] == 0].groupby("country")["coup"].max()
    return {iso: int(prepared.init_month - ruling[iso]) for iso in prepared.allies if iso in ruling}


def past_cases(prepared: Prepared) -> dict[str, Any]:
    """Return base rates of what politics may come to, as plain values.

    Returns:
        `months` (ahead), `attempts` (by ally: `clock`, and the share of past quiet times as long
        after which a coup or attempt came), `insiders`, `ends` (`handed_over`, `forced`), `pact`
        (`operational`, `broken`), `disputes` (`reached` as shape and rate of Gamma distributions
        a month and pair, `n`, `dyad_months`, `source`), `coups_in_window` (`shares` of past
        windows with no coup or attempt, one, ..., `n`), `pieces` (see `pieces`). Shares have
        `estimate`, `lo`, `hi` (90%), `hits`, `n`. What has no past cases is left out.
    """
    months = min(HORIZON, prepared.loaded.scenario.months)
    found: dict[str, Any] = {"months": months, "disputes": _disputes(prepared)}
    theatre, snapshot = prepared.loaded.theatre, prepared.snapshot
    if not prepared.allies or theatre.alliance is None or months < MONTHS_PER_YEAR:
        return found
    if theatre.coup_panel:
        tables = snapshot.coups, snapshot.country_months, snapshot.vdem
        panel = coup_panel(*tables, theatre.coup_panel, snapshot.reference_month)
        clocks = np.asarray(prepared.state.regime.coup_clock)
        found["attempts"] = {}
        for country in prepared.allies:
            clock = round(float(clocks[prepared.structure.countries.index(country)]))
            share = after_quiet(panel, clock, months)
            found["attempts"][country] = {"clock": clock, **share._asdict()}
    found |= _ends(prepared, months)
    age = prepared.init_month - theatre.alliance.signed_month
    pacts = milestones(snapshot.pacts, prepared.init_month, idle_until=age, by=age + months)
    found["pact"] = {
        "operational": pacts.operational._asdict(), "broken": pacts.broken._asdict()
    }  # fmt: skip
    found["coups_in_window"] = _coups_in_window(prepared, months)
    found["pieces"] = pieces(prepared, months)
    return found


@lru_cache(maxsize=2)
def pieces(prepared: Prepared, months: int) -> dict[str, Any]:
    """Return base rates of the pieces of an ending, by piece and horizon in months (as text).

    `rolled_back`: wars like the allies' that were rolled back together; the estimate is the mean
    of two forms of likeness, `first` and `second`, the interval the wider of both; `members` has,
    of wars like each ally's alone and by form, the share that fell and medians of deaths a year.
    `pact_alive`: past pacts in this one's position that by then had operated and lost nobody; a
    range over `groups`, of which `lowest` and `highest` are the extreme estimates.
    `regimes_held` and `juntas_held`: past regimes, or juntas, as old as the allies' that all
    lasted, as if independent, among the world's born since `BORN_FROM`; `classes` has others
    beside it.

    Args:
        prepared: of a start with a pact.
        months: of the last horizon.
    """
    horizons = [ahead for ahead in wars.HORIZONS if ahead <= months]
    found = {
        name: {str(ahead): rate for ahead in horizons if (rate := make(prepared, ahead))}
        for name, make in (
            ("rolled_back", _rolled_back),
            ("pact_alive", _pact_alive),
            ("regimes_held", partial(_held, "regime")),
            ("juntas_held", partial(_held, "junta")),
        )
    }
    return {name: rates for name, rates in found.items() if rates}


def _rolled_back(prepared: Prepared, months: int) -> dict[str, Any] | None:
    years = wars.yearly(prepared.snapshot.country_months, prepared.init_month)
    theatre = prepared.loaded.theatre
    ids = [theatre.countries[iso].views_id for iso in prepared.allies]
    own = years.reindex(ids).iloc[:, -wars.LEVEL_YEARS :].to_numpy()
    level, last = own.mean(axis=1), np.maximum(own[:, -1], 1.0)
    if not (level > 0).all():
        return None
    try:
        past = wars.past_wars(years)
        forms = [wars.rolled_back_share(past, level, now, months) for now in (None, last)]
    except InputError:  # too few years or wars: no base rate
        return None
    each = [wars.alone(past, level, now, months) for now in (None, last)]
    return {
        "estimate": float(np.mean([form.estimate for form in forms])),
        "lo": min(form.lo for form in forms),
        "hi": max(form.hi for form in forms),
        "n": forms[0].n,
        "unit": f"{len(ids)} countries at war in one year",
        "source": "; ".join(_named(prepared, role) for role in ("history", "actuals")),
        "first": forms[0]._asdict(),
        "second": forms[1]._asdict(),
        "members": {
            iso: {name: [float(form[name][place]) for form in each] for name in each[0]}
            for place, iso in enumerate(prepared.allies)
        },
    }


def _pact_alive(prepared: Prepared, months: int) -> dict[str, Any] | None:
    alliance, snapshot = prepared.loaded.theatre.alliance, prepared.snapshot
    assert alliance is not None  # pieces are of a pact
    age = prepared.init_month - alliance.signed_month
    worked = int(prepared.state.pact.stage) >= Stage.OPERATIONAL
    try:
        found = group_milestones(snapshot.pacts, prepared.init_month, age, months, worked=worked)
    except InputError:  # no pact that old: no base rate
        return None
    groups = {name: share._asdict() for name, share in found.groups.items()}
    return found._asdict() | {
        "n": max(share.n for share in found.groups.values()),
        "unit": "pacts",
        "source": _named(prepared, "pacts"),
        "groups": groups,
    }


def _held(unit: str, prepared: Prepared, months: int) -> dict[str, Any] | None:
    old = ages(prepared, unit)
    if len(old) < len(prepared.allies):
        return None
    seen = censor(prepared.snapshot.regimes, prepared.init_month)
    home = home_of(seen, prepared.structure.countries)
    kinds: dict[str, dict[str, Any]] = {
        "world": {},
        "recent": {"born_from": BORN_FROM},
        "region": {"born_from": REGION_FROM, "subregion": home},
    }
    classes = {}
    for name, chosen in kinds.items():
        with suppress(InputError):  # nobody at risk at one of the ages
            rate = base_rate(seen, unit, tuple(old.values()), months, **chosen)
            classes[name] = {
                "estimate": rate.product, "lo": rate.lo, "hi": rate.hi, "n": min(rate.at_risk)
            }  # fmt: skip
    if "recent" not in classes:
        return None
    return classes["recent"] | {
        "unit": unit,
        "ages": old,
        "classes": classes,
        "source": _named(prepared, "regimes"),
    }


def after_quiet(panel: pd.DataFrame, clock: int, months: int) -> Share:
    """Return how often a coup or attempt came in so many months, after a quiet time since one.

    The quiet time is the country's own, so that past cases start where it stands.

    Args:
        panel: `country, month, event` by country-month.
        clock: months since the last coup or attempt.
        months: ahead.
    """
    events = panel[panel["event"] == 1]
    last = panel["month"].max()
    followed = []
    for _, mine in events.groupby("country")["month"]:
        for month in mine.to_numpy():
            since = mine.to_numpy() - month
            if month + clock + months > last or ((since >= 1) & (since <= clock)).any():
                continue
            followed.append(((since > clock) & (since <= clock + months)).any())
    return wilson(int(sum(followed)), len(followed))


def _ends(prepared: Prepared, months: int) -> dict[str, Any]:
    """Return how past regimes as old as the allies' ended, and who led coups against juntas."""
    seen = censor(prepared.snapshot.regimes, prepared.init_month)
    past = spells(seen, "regime")
    past = past[past["coup"] >= BORN_FROM]
    hits = dict.fromkeys(MODES_OF_ENDS, 0)
    n = 0
    for age in ages(prepared, "regime").values():
        lasted = past["months"] - age
        known = past[(lasted > 0) & ((lasted >= months) | (past["event"] == 1))]
        soon = known[(known["event"] == 1) & (known["months"] - age <= months)]
        n += len(known)
        for name, modes in MODES_OF_ENDS.items():
            hits[name] += int(soon["mode"].isin(modes).sum())
    if not n:
        return {}
    juntas = spells(seen, "junta")
    juntas = juntas[juntas["coup"] >= BORN_FROM]
    coups = juntas["mode"].isin((INSIDERS, COUP_OUT))
    return {
        "ends": {name: wilson(number, n)._asdict() for name, number in hits.items()},
        "insiders": wilson(int((juntas["mode"] == INSIDERS).sum()), int(coups.sum()))._asdict(),
    }


(COUP_OUT,) = MODES["coup_others"]
MODES_OF_ENDS = {"handed_over": MODES["handed_over"], "forced": MODES["force"]}


def _coups_in_window(prepared: Prepared, months: int) -> dict[str, Any]:
    """Return how many coups and attempts past regimes born of coups met in as many months."""
    snapshot, init = prepared.snapshot, prepared.init_month
    try:
        past = attempts_in_window(
            snapshot.regimes, snapshot.coups_world, init, first_month=BORN_FROM, months=months
        )
    except (InputError, ValueError):  # no window, no regime
        return {}
    return {"shares": list(past.shares), "n": past.windows}


def _disputes(prepared: Prepared) -> dict[str, Any]:
    past = past_disputes(prepared.snapshot)
    return {
        "reached": [list(rate) for rate in past.reached],
        "n": list(past.n),
        "dyad_months": past.dyad_months,
        "source": _named(prepared, "mid"),
    }


def _named(prepared: Prepared, role: str) -> str:
    """Return the title and vintage of the sources in a role."""
    sources = prepared.snapshot.manifest["sources"]
    return "; ".join(
        f"{row['title']} ({row['vintage']})" for row in sources if row.get("role") == role
    )
