"""The dataset of a run: all futures, and all that tables need to be made from them.

Beside what is kept of futures (`liptako.model.outputs`) it carries the recorded months before the
start, what endings are compared with, past cases, places, and in its attributes the theatre, the
scenario and the manifest as JSON: `theatre_of`, `scenario_of`, `manifest_of`, `past_cases_of`. No
data is not a number, never zero.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.draws import set_numbers
from liptako.model.outputs import OUTPUTS, windows_of, year_ends
from liptako.model.processes.sides import SIDES
from liptako.runs import baseline
from liptako.runs.arms import Arm
from liptako.runs.cite import manifest
from liptako.runs.regions import RECORDED, known_regions
from liptako.runs.start import Prepared
from liptako.theatre.scenario import Scenario
from liptako.theatre.schema import Theatre
from liptako.version import __version__

FORMAT = 6
"""Raise when a dataset made before could not be read as one made now."""

DOCUMENTS = ("theatre", "scenario_record", "manifest", "past_cases", "forms")
"""Attributes that hold JSON."""

KNOWN = (
    "recorded_deaths", "recorded_dead", "baseline_inflicted", "baseline_attacked",
    "past_survival", "past_lo", "past_hi", "rung_start", "support_start",
    "member", "month", "valid_time", "lead_time", "past_month", "stream", "side", "country",
    "window", "year", "full_year", "patron", "instrument", "item", "dyad",
    "inflicted_share", "observed", "observed_share",
    "region", "region_name", "region_country", "region_people", "region_people_share",
    "region_observed_share", "region_front", "region_capital",
    "adm1", "adm1_name", "adm1_country", "adm1_code_system", "adm1_counted_in",
    "past_window", "adm1_people", *(f"adm1_{name}" for name in RECORDED),
    "cell", "cell_lat", "cell_lon", "cell_country", "cell_region", "cell_region_name",
    "cell_observed", *(f"{status.replace(' ', '_')}_set" for status in set_numbers(np.arange(1))),
)  # fmt: skip
"""Variables and coordinates of every run beside what is kept of futures."""

NOTED = (
    "title", "scenario", "policy", "init_time", "seed", "liptako_version", "data_until",
    "event_source", "event_citation", "fit_until", "alliance", "acts", "ending_thresholds",
)  # fmt: skip
"""Attributes of every run beside its documents."""

UNOBSERVED = ("deaths", "events", "dead", "displaced", "reached", "capital_deaths")
"""Outputs that are not a number in countries without event data."""

Rows = dict[str, np.ndarray]


def known_before(prepared: Prepared, arm: Arm, members: np.ndarray) -> xr.Dataset:
    """Return a run's dataset but for what is kept of its futures."""
    scenario, structure = prepared.loaded.scenario, prepared.structure
    months = np.arange(1, scenario.months + 1) + scenario.init_month
    past = np.arange(1 - baseline.HISTORY_MONTHS, 1) + scenario.init_month
    compared, alliance = baseline.baseline_of(prepared), prepared.loaded.theatre.alliance
    return xr.Dataset(
        {
            "recorded_deaths": (
                ("past_month", "stream", "country"),
                compared.recorded,
                {"units": "deaths per month"},
            ),
            "recorded_dead": (
                ("past_month", "side", "country"),
                compared.dead,
                {"units": "deaths per month"},
            ),
            **{f"baseline_{name}": ("country", column) for name, column in compared.before.items()},
            **{f"past_{name}": values for name, values in compared.past_survival.items()},
            "rung_start": ("dyad", np.asarray(prepared.state.rung)),
            "support_start": (
                ("instrument", "country"),
                np.asarray(prepared.state.patronage.support),
            ),
        },
        coords={
            "member": members,
            "month": months,
            "valid_time": ("month", [calendar.format_month(m) for m in months.tolist()]),
            "lead_time": ("month", months - scenario.init_month),
            "past_month": past,
            "stream": list(structure.streams),
            "side": list(SIDES),
            "country": list(structure.countries),
            "window": ("window", np.array(windows_of(scenario.months), int), {"units": "months"}),
            "year": np.arange(1, len(year_ends(scenario.months)) + 1),
            "full_year": np.arange(1, scenario.months // MONTHS_PER_YEAR + 1),
            "patron": list(structure.patrons.names),
            "item": list(alliance.agenda) if alliance else [],
            "instrument": list(structure.patrons.instruments),
            "dyad": ["-".join(structure.countries[i] for i in pair) for pair in structure.dyads],
            "inflicted_share": ("stream", compared.inflicted_share),
            **_places(prepared),
            **{
                f"{status.replace(' ', '_')}_set": ("member", numbers)
                for status, numbers in set_numbers(members).items()
            },
        },
        attrs=_attributes(prepared, arm),
    )


def _places(prepared: Prepared) -> dict[str, Any]:
    """Return countries, regions and cells as coordinates; cells without event data included.

    Along `region` stand the regions that are simulated, along `adm1` all first-level regions.
    """
    structure = prepared.structure
    cells, every = prepared.snapshot.cells.sort_values("gid"), prepared.snapshot.regions
    seen = np.isin(cells["gid"], structure.gid)
    share = seen.astype(float)
    of_country = cells.assign(share=share).groupby("country")["share"].mean()
    of_region = cells.assign(share=share).groupby("region")["share"].mean()
    name = cells.drop_duplicates("region").set_index("region")["region_name"]
    regions, countries = list(structure.regions), list(structure.countries)
    return {
        "observed": ("country", np.isin(countries, prepared.observed)),
        "observed_share": ("country", of_country.reindex(countries).fillna(0.0)),
        "region": regions,
        "region_name": ("region", name.loc[regions].to_numpy(object).astype(str)),
        "region_country": ("region", np.array(countries)[structure.region_country]),
        "region_people": ("region", np.asarray(prepared.background.population)),
        "region_people_share": ("region", structure.population_share @ structure.region_matrix),
        "region_observed_share": ("region", of_region.loc[regions].to_numpy()),
        "region_front": ("region", _one_a_country(structure.front, structure.region_country)),
        "region_capital": ("region", _one_a_country(structure.capital, structure.region_country)),
        "adm1": every["region"].to_numpy(object).astype(str),
        **{
            f"adm1_{column.removeprefix('region_')}": (
                "adm1", every[column].to_numpy(object).astype(str)
            )
            for column in ("region_name", "country", "code_system", "counted_in")
        },
        **known_regions(prepared),
        "cell": cells["gid"].to_numpy(np.int64),
        **{
            f"cell_{column}": ("cell", cells[column].to_numpy())
            for column in ("lat", "lon")
        },
        **{
            f"cell_{column}": ("cell", cells[column].to_numpy(object).astype(str))
            for column in ("country", "region", "region_name")
        },
        "cell_observed": ("cell", seen),
    }  # fmt: skip


def _one_a_country(region: np.ndarray, region_country: np.ndarray) -> np.ndarray:
    return np.arange(len(region_country)) == region[region_country]


def _attributes(prepared: Prepared, arm: Arm) -> dict[str, Any]:
    loaded, scenario, snapshot = prepared.loaded, prepared.loaded.scenario, prepared.snapshot
    return {
        "title": f"{scenario.title}, as seen from {scenario.init_time}",
        "format": FORMAT,
        "scenario": scenario.name,
        "policy": arm.policy,
        "init_time": scenario.init_time,
        "seed": scenario.seed,
        "liptako_version": __version__,
        "data_until": snapshot.manifest["last_month"],
        "event_source": snapshot.event_source,
        "event_citation": snapshot.event_citation,
        "fit_until": prepared.posterior.about["data_until"],
        "alliance": ",".join(prepared.allies),
        "acts": ",".join(prepared.structure.menu.names),
        "ending_thresholds": scenario.endings.model_dump_json(),
        "theatre": loaded.theatre.model_dump_json(),
        "scenario_record": scenario.model_dump_json(),
        "manifest": json.dumps(manifest(prepared, arm.policy)),
        "forms": json.dumps({name: form.labels for name, form in loaded.registry.forms.items()}),
        "past_cases": json.dumps(baseline.baseline_of(prepared).past_cases),
    }


def rows_of(
    known: xr.Dataset,
    chunks: Iterable[tuple[Rows, int]],
    counts: Rows,
    without: Collection[str] = (),
) -> Iterator[tuple[slice, Rows]]:
    """Yield the rows of each batch as the dataset holds them, and add up what is counted.

    Args:
        known: from `known_before`.
        chunks: batches in the order of members, with how many of their members are real.
        counts: filled with the sums over members of outputs that are counted.
        without: outputs that are not needed.
    """
    unobserved = ~known["observed"].to_numpy()
    at = 0
    for kept, real in chunks:
        rows = {}
        for name, output in OUTPUTS.items():
            if name in without:
                continue
            if output.counted:
                counts[name] = counts.get(name, 0) + kept[name]
                continue
            rows[name] = kept[name][:real]
            if name in UNOBSERVED:
                rows[name] = np.where(unobserved, np.float32(np.nan), rows[name])
        yield slice(at, at + real), rows
        at += real


def shares(known: xr.Dataset, counts: Rows) -> dict[str, tuple]:
    """Return counted outputs as shares of members in all cells; no number without event data."""
    seen, members = known["cell_observed"].to_numpy(), known.sizes["member"]
    found = {}
    for name, values in counts.items():
        everywhere = np.full((len(values), len(seen)), np.nan, np.float32)
        everywhere[:, seen] = values / members
        found[name] = (OUTPUTS[name].dims, everywhere, {"units": OUTPUTS[name].unit})
    return found


def gathered(
    known: xr.Dataset, chunks: Iterable[tuple[Rows, int]], without: Collection[str] = ()
) -> xr.Dataset:
    """Return a run's dataset with its futures, all in memory.

    Args:
        known: from `known_before`.
        chunks: batches in the order of members, with how many of their members are real.
        without: outputs that are not needed.
    """
    counts: Rows = {}
    arrays: Rows = {}
    for place, rows in rows_of(known, chunks, counts, without):
        for name, values in rows.items():
            if name not in arrays:
                arrays[name] = np.empty((known.sizes["member"], *values.shape[1:]), values.dtype)
            arrays[name][place] = values
    outputs = {
        name: (OUTPUTS[name].dims, values, {"units": OUTPUTS[name].unit})
        for name, values in arrays.items()
    }
    return known.assign({**outputs, **shares(known, counts)})


def theatre_of(run: xr.Dataset) -> Theatre:
    """Return the theatre that a run is of."""
    return _theatre(run.attrs["theatre"])


def scenario_of(run: xr.Dataset) -> Scenario:
    """Return the scenario that a run is of."""
    return _scenario(run.attrs["scenario_record"])


def manifest_of(run: xr.Dataset) -> dict[str, Any]:
    """Return what a run was made from: versions, data and their hashes, scenario, seed."""
    return json.loads(run.attrs["manifest"])


def past_cases_of(run: xr.Dataset) -> dict[str, Any]:
    """Return the base rates that a run carries, see `liptako.runs.baseline.past_cases`."""
    return json.loads(run.attrs["past_cases"])


def forms_of(run: xr.Dataset) -> dict[str, dict[str, str]]:
    """Return the forms of each structural alternative of a run, by name, with what they are called.

    The first of each is that of the run at the middle of judgement.

    Raises:
        ValueError: the attribute holds something else.
    """
    forms = json.loads(run.attrs["forms"])
    each = [form for form in forms.values() if isinstance(form, dict) and form]
    labels = [label for form in each for label in form.values()]
    if len(each) < len(forms) or not all(isinstance(label, str) for label in labels):
        raise ValueError("not names of forms with their labels")
    return forms


TESTED = ("tested_deaths", "tested", "tested_shortly")
"""Attributes with sentences on how deaths, and politics, were tested besides the first test.

The last has politics again, in the fewest words.
"""


def tested_of(run: xr.Dataset, attribute: str) -> tuple[str, ...]:
    """Return the sentences on how a part was tested that were kept with a run; none if none were.

    Args:
        run: from `simulate` or `load_run`.
        attribute: of `TESTED`.

    Raises:
        ValueError: the attribute holds something else.
    """
    lines = json.loads(run.attrs.get(attribute, "[]"))
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError("not a list of sentences")
    return tuple(lines)


def observed_countries(run: xr.Dataset) -> list[str]:
    """Return the countries with event data at the start, in the theatre's order."""
    return run["country"].to_numpy()[run["observed"].to_numpy()].tolist()


def partly_observed(run: xr.Dataset) -> list[str]:
    """Return the countries of which only some cells have event data."""
    share = run["observed_share"].to_numpy()
    return run["country"].to_numpy()[(share > 0) & (share < 1)].tolist()


@lru_cache(maxsize=8)
def _theatre(text: str) -> Theatre:
    return Theatre.model_validate_json(text)


@lru_cache(maxsize=8)
def _scenario(text: str) -> Scenario:
    return Scenario.model_validate_json(text)
