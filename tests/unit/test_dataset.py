"""From the months of members to the dataset of a run: what is counted, when, and over whom."""

from __future__ import annotations

from dataclasses import replace
from typing import get_type_hints

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.model import outputs
from liptako.model.step import Month
from liptako.runs.arms import Arm, futures
from liptako.runs.dataset import gathered as gathered_in_memory
from liptako.runs.dataset import known_before
from liptako.runs.regions import people_of, recorded_by_region

MONTHS, MEMBERS = 24, 3


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def sizes(structure) -> dict[str, int]:
    return {
        "stream": len(structure.streams), "country": len(structure.countries),
        "cell": structure.n_cells, "region": len(structure.regions), "patron": 2, "dyad": 1,
        "instrument": 3, "item": len(structure.item_ids),
        "block": 2, "side": 3, "month": MONTHS, "member": MEMBERS, "year": MONTHS // 12,
    }  # fmt: skip


def month_of(structure, **given) -> Month:
    """Return a member's month with zeros where nothing is given; axes as annotated."""
    size = sizes(structure)
    found = {
        name: np.zeros([size[axis] for axis in annotation.dim_str.split()], np.float32)
        for name, annotation in get_type_hints(Month).items()
    }
    return Month(**{name: jnp.asarray(given.get(name, zero)) for name, zero in found.items()})


def seen_of(structure, **given):
    """Return what is observed of a batch, zero but for what is given."""
    months = jax.tree.map(
        lambda leaf: np.zeros((MEMBERS, MONTHS, *leaf.shape), leaf.dtype),
        outputs.observe(structure, month_of(structure)),
    )
    return {name: jnp.asarray(given.get(name, values)) for name, values in months.items()}


def kept_of(structure, **given):
    """Return what is kept of a batch of real members."""
    seen = seen_of(structure, **given)
    return jax.tree.map(np.asarray, outputs.gather(structure, seen, jnp.ones(MEMBERS, bool)))


# from a member's month


def test_a_cell_is_attacked_where_insurgents_act_and_not_where_others_do(world):
    structure = world.structure
    events = np.zeros((4, structure.n_cells), np.float32)
    for place, stream in enumerate(("army_civilians", "rebels_civilians", "guards_rebels")):
        events[structure.streams.index(stream), place] = 1.0
    deaths = np.zeros_like(events)
    deaths[[0, 1, 2], 7] = [3.0, 4.0, 5.0]
    seen = outputs.observe(structure, month_of(structure, events=events, deaths=deaths))
    assert np.flatnonzero(seen["attacked_cells"]).tolist() == [1, 2]
    assert np.flatnonzero(seen["cell_any"]).tolist() == [7]
    assert not seen["cell_large"].any(), "twelve in all"


# over members


@pytest.fixture
def gathered(world):
    """Return a batch of two members and a third that only pads it."""
    structure = world.structure
    cells = np.zeros((MEMBERS, MONTHS, structure.n_cells), bool)
    some, many, attacked = cells.copy(), cells.copy(), cells.copy()
    some[0, 2, :5], many[0, 2, :5] = [0, 1, 1, 1, 1], [0, 0, 0, 1, 1]
    some[1, 2, :5], many[1, 2, :5] = [0, 0, 1, 1, 1], [0, 0, 1, 0, 0]
    some[2], many[2] = True, True
    attacked[0, [0, 5, 11], 3] = True  # one cell, thrice in the first year
    attacked[0, 12, [3, 4]] = True
    support = np.zeros((MEMBERS, MONTHS, 3, 3), np.float32)
    support[:, 11], support[:, 23] = 0.25, 0.75
    seen = seen_of(
        structure, cell_any=some, cell_large=many, attacked_cells=attacked, support=support
    )
    return outputs.gather(structure, seen, jnp.asarray([True, True, False]))


def test_cells_are_counted_at_1_and_at_25_deaths_and_padding_is_not(gathered):
    assert np.asarray(gathered["cell_any"])[2, :5].tolist() == [0, 1, 2, 2, 2]
    assert np.asarray(gathered["cell_large"])[2, :5].tolist() == [0, 0, 1, 1, 1]
    assert not np.asarray(gathered["cell_any"])[3].any()


def test_a_cell_counts_as_attacked_once_a_year(gathered):
    assert np.asarray(gathered["attacked_cells"])[0].tolist() == [[1, 0, 0], [2, 0, 0]]


def test_support_is_kept_at_the_end_of_each_year(gathered):
    np.testing.assert_allclose(gathered["support"][0, :, 1, 2], [0.25, 0.75])


# the dataset


@pytest.fixture
def prepared(world):
    scenario = world.prepared.loaded.scenario.model_copy(update={"months": MONTHS})
    return replace(world.prepared, loaded=replace(world.prepared.loaded, scenario=scenario))


def dataset(prepared, *chunks):
    """Return the dataset of batches; the invented theatre has neither patrons nor disputes."""
    members = np.arange(MEMBERS * len(chunks))
    known = known_before(prepared, Arm(), members)
    for one in chunks:
        one.update(
            support=one["support"][:, :, :0], toll=one["toll"][:, :, :0], rung=one["rung"][:, :, :0]
        )
    return gathered_in_memory(known, ((one, MEMBERS) for one in chunks))


def test_influence_is_that_of_the_end_of_each_year_and_deaths_are_of_all_of_it(prepared):
    """Both count the months: the last of a year is 12 or 24, their sums are 78 and 222."""
    months = np.arange(1.0, MONTHS + 1)[None, :, None] + np.zeros((MEMBERS, 1, 5))
    one = kept_of(prepared.structure, influence=months / 100.0, region_deaths=months)
    run = dataset(prepared, one)
    np.testing.assert_allclose(run["influence"][0, :, 0], [0.12, 0.24])
    np.testing.assert_allclose(run["region_deaths"][0, :, 0], [78.0, 222.0])


def test_deaths_of_regions_are_summed_over_the_first_months(prepared):
    """Months count themselves: 1 + 2 + 3 is 6, to the sixth 21, to the twelfth 78."""
    months = np.arange(1.0, MONTHS + 1)[None, :, None] + np.zeros((MEMBERS, 1, 5))
    run = dataset(prepared, kept_of(prepared.structure, region_deaths_within=months))
    assert run["window"].to_numpy().tolist() == [3, 6, 12]
    np.testing.assert_allclose(run["region_deaths_within"][0, :, 0], [6.0, 21.0, 78.0])
    assert outputs.first_months(prepared.structure, jnp.ones((2, 2, 5))).shape == (2, 0, 5)


def test_what_is_recorded_of_regions_is_by_the_name_in_the_data_and_by_cells(prepared):
    """An event of five deaths that names another region than its cell's, seven months ago."""
    snapshot, structure, init = prepared.snapshot, prepared.structure, prepared.init_month
    regions = list(structure.regions)
    event = snapshot.events.iloc[:1].assign(
        month=init - 7, stream="army_rebels", gid=int(structure.gid[structure.region == 0][0]),
        region=regions[1], events=2, deaths=5,
    )  # fmt: skip
    few = replace(prepared, snapshot=replace(snapshot, events=event))
    found = recorded_by_region(few)
    place = [snapshot.regions["region"].tolist().index(region) for region in regions[:2]]
    by_window = {name: values[:, place].T.tolist() for name, values in found.items()}
    assert by_window["deaths"] == [[0, 0, 0], [0, 0, 5]]
    assert by_window["events"] == [[0, 0, 0], [0, 0, 2]]
    assert by_window["deaths_state_based"] == [[0, 0, 0], [0, 0, 5]]
    assert by_window["deaths_in_cells"] == [[0, 0, 5], [0, 0, 0]]


def test_people_of_other_divisions_are_not_those_of_a_region_of_the_same_name():
    regions = pd.DataFrame({"country": ["AAA", "AAA", "BBB"], "region": ["A1", "A2", "B1"]})
    both = pd.DataFrame(
        {"country": ["AAA", "BBB"], "region": ["A1", "B1"], "population": [900, 70]}
    )  # one of two figures may be of a larger division that bears the name of its capital's
    assert np.nan_to_num(people_of(regions, both), nan=-1.0).tolist() == [-1.0, -1.0, 70.0]


def test_chances_of_cells_are_shares_of_all_members_each_at_its_own_bound(prepared):
    some = np.zeros((MEMBERS, MONTHS, prepared.structure.n_cells), bool)
    one, two, three = some.copy(), some.copy(), ~some
    one[0], two[:2] = True, True
    first = kept_of(prepared.structure, cell_any=three, cell_large=one)
    second = kept_of(prepared.structure, cell_any=two)
    run = dataset(prepared, first, second)
    np.testing.assert_allclose(run["cell_any"], 5 / 6)
    np.testing.assert_allclose(run["cell_large"], 1 / 6)


def test_months_are_named_by_lead_and_calendar(prepared):
    run = dataset(prepared, kept_of(prepared.structure))
    assert run["lead_time"].to_numpy().tolist() == list(range(1, MONTHS + 1))
    assert run["valid_time"].to_numpy()[[0, -1]].tolist() == ["2013-09", "2015-08"]
    assert run["month"].to_numpy()[0] == mf.INIT + 1


def test_members_of_a_run_draw_their_parameters_by_its_seed(world):
    """Two seeds of a scenario start batches with other parameters."""
    asked = []

    def batch(background, forcing, state, seed, params, members, real):
        asked.append((int(seed), np.asarray(params.presence.need)))
        return {"member": members}

    for seed in (1, 2):
        scenario = world.prepared.loaded.scenario.model_copy(update={"seed": seed})
        prepared = replace(world.prepared, loaded=replace(world.prepared.loaded, scenario=scenario))
        list(futures(prepared, batch, Arm(), np.arange(MEMBERS)))
    assert [seed for seed, _ in asked] == [1, 2]
    assert not np.array_equal(asked[0][1], asked[1][1])
