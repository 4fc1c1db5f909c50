"""Runs made by hand: datasets of the shape that `simulate` gives, every future written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.draws import set_numbers
from liptako.model.outputs import OUTPUTS, WINDOWS, windows_of, year_ends
from liptako.model.processes.sides import SIDES
from liptako.runs.baseline import HISTORY_MONTHS
from liptako.runs.dataset import FORMAT, UNOBSERVED
from liptako.runs.regions import RECORDED
from liptako.theatre.scenario import EndingThresholds, Policy, Scenario
from liptako.theatre.schema import Theatre

INIT = "2023-12"
REGIONS = 2
"""Of each country; the first holds the capital, the second is the front."""


def run_of(
    theatre: Theatre,
    *,
    members: int = 4,
    months: int = 24,
    init: str = INIT,
    observed: Sequence[str] | None = None,
    thresholds: EndingThresholds | None = None,
    past_cases: dict[str, Any] | None = None,
    **values: np.ndarray,
) -> xr.Dataset:
    """Return a run in which nothing happens but what is given.

    Args:
        theatre: countries, streams, patrons, ladders, menu, pact.
        members: how many futures.
        months: how far.
        init: last month seen.
        observed: countries with event data; all if not given.
        thresholds: of endings; the usual ones if not given.
        past_cases: base rates; none if not given.
        values: variables by name, on their own axes; what is not given is zero.
    """
    countries, streams = list(theatre.countries), list(theatre.streams)
    seen = np.isin(countries, countries if observed is None else list(observed))
    place = np.repeat(np.arange(len(countries)), REGIONS)
    first = np.arange(len(place)) % REGIONS == 0
    numbers = calendar.parse_month(init) + np.arange(1 - HISTORY_MONTHS, months + 1)
    scenario = Scenario(
        name="made", title="Made by hand", theatre=theatre.name, init_time=init, months=months,
        members=members, policies={"baseline": Policy(label="-")},
        endings=thresholds or EndingThresholds(),
    )  # fmt: skip
    coords = {
        "member": np.arange(members),
        "month": numbers[HISTORY_MONTHS:],
        "valid_time": ("month", [calendar.format_month(int(m)) for m in numbers[HISTORY_MONTHS:]]),
        "lead_time": ("month", np.arange(1, months + 1)),
        "past_month": numbers[:HISTORY_MONTHS],
        "stream": streams,
        "side": list(SIDES),
        "country": countries,
        "window": np.array(windows_of(months), int),
        "past_window": list(WINDOWS),
        "year": np.arange(1, len(year_ends(months)) + 1),
        "full_year": np.arange(1, months // MONTHS_PER_YEAR + 1),
        "patron": list(theatre.patrons),
        "item": list(theatre.alliance.agenda) if theatre.alliance else [],
        "instrument": list(theatre.instruments),
        "dyad": ["-".join(row.pair) for row in theatre.ladders],
        "inflicted_share": ("stream", np.zeros(len(streams))),
        "observed": ("country", seen),
        "observed_share": ("country", seen.astype(float)),
        "region": [f"{countries[c]}{1 + r % REGIONS}" for r, c in enumerate(place)],
        "region_name": ("region", [f"Region {r}" for r in range(len(place))]),
        "region_country": ("region", np.array(countries)[place]),
        "region_people": ("region", np.ones(len(place))),
        "region_people_share": ("region", np.full(len(place), 1.0 / REGIONS)),
        "region_observed_share": ("region", seen[place].astype(float)),
        "region_front": ("region", ~first),
        "region_capital": ("region", first),
        **every_region(countries, place, seen),
        "cell": 100_000 + np.arange(len(place)),
        "cell_lat": ("cell", np.linspace(10, 20, len(place))),
        "cell_lon": ("cell", np.linspace(-5, 5, len(place))),
        "cell_country": ("cell", np.array(countries)[place]),
        "cell_region": ("cell", [f"{countries[c]}{1 + r % REGIONS}" for r, c in enumerate(place)]),
        "cell_region_name": ("cell", [f"Region {r}" for r in range(len(place))]),
        "cell_observed": ("cell", seen[place]),
        **{f"{name.replace(' ', '_')}_set": ("member", sets)
           for name, sets in set_numbers(np.arange(members)).items()},
    }  # fmt: skip
    run = xr.Dataset(coords=coords)
    others = {
        "recorded_deaths": ("past_month", "stream", "country"),
        "recorded_dead": ("past_month", "side", "country"),
        "baseline_inflicted": ("country",),
        "baseline_attacked": ("country",),
        "past_survival": ("country", "month"),
        "past_lo": ("country", "month"),
        "past_hi": ("country", "month"),
        "rung_start": ("dyad",),
        "support_start": ("instrument", "country"),
    }
    kinds = {name: (output.dims, output.dtype) for name, output in OUTPUTS.items()}
    kinds |= {name: (dims, "float64") for name, dims in others.items()}
    for name, (dims, dtype) in kinds.items():
        shape = tuple(run.sizes[dim] for dim in dims)
        floats = name.startswith("cell_")
        given = np.broadcast_to(values.pop(name, 0), shape)
        run[name] = (dims, given.astype("float32" if floats else dtype))
        if name in (*UNOBSERVED, "recorded_deaths", "recorded_dead"):
            run[name] = run[name].where(run["observed"])
    for name, value in values.items():
        run[name] = (run[name].dims, np.broadcast_to(value, run[name].shape))
    return run.assign_attrs(
        title="Made by hand",
        format=FORMAT,
        scenario="made",
        policy="baseline",
        init_time=init,
        seed=1,
        liptako_version="0",
        data_until=init,
        event_source="Nobody (none)",
        event_citation="None",
        fit_until=init,
        alliance=",".join(theatre.alliance.members) if theatre.alliance else "",
        acts=",".join(theatre.menu),
        ending_thresholds=scenario.endings.model_dump_json(),
        theatre=theatre.model_dump_json(),
        scenario_record=scenario.model_dump_json(),
        manifest=json.dumps({"machine": "none", "sources": [], "git_revision": None, "data": {}}),
        forms="{}",
        past_cases=json.dumps({"months": min(36, months), "disputes": NO_RECORD}
                              if past_cases is None else past_cases),
    )  # fmt: skip


def every_region(countries: list[str], place: np.ndarray, seen: np.ndarray) -> dict[str, Any]:
    """Return all first-level regions: the simulated ones, and one more in each country's second."""
    iso, names = np.array(countries), [f"Region {r}" for r in range(len(place))]
    codes = [f"{countries[c]}{1 + r % REGIONS}" for r, c in enumerate(place)]
    small = [f"{code}0" for code in countries]
    known, months = np.concatenate([seen[place], seen]), np.array(WINDOWS)[:, None]
    return {
        "adm1": [*codes, *small],
        "adm1_name": ("adm1", [*names, *(f"Town {code}" for code in countries)]),
        "adm1_country": ("adm1", [*iso[place], *countries]),
        "adm1_code_system": ("adm1", ["own codes"] * (len(codes) + len(small))),
        "adm1_counted_in": ("adm1", [""] * len(codes) + [f"{code}2" for code in countries]),
        "adm1_people": ("adm1", 1000.0 * np.arange(1, len(codes) + len(small) + 1)),
        **{
            f"adm1_{name}": (("past_window", "adm1"), np.where(known, 100.0 * n + months, np.nan))
            for n, name in enumerate(RECORDED)
        },
    }


NO_RECORD = {"reached": [[0.5, 1e6]] * 3, "n": [0, 0, 0], "dyad_months": 0.0}
