"""People: where those who flee arrive, and who lives where insurgents are active."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.data.people import people_by_cell
from liptako.model import random
from liptako.model.emit import Draw, Observed
from liptako.model.processes import displacement, influence, severity
from liptako.model.random import Site
from liptako.runs.background import background_of

DECAY_KM = 120.0


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def arrived(world, deaths, people=(1e6,) * 5, distance_km=None):
    """Return shares of the displaced by region of refuge, a month after deaths by region."""
    start = world.start()
    distance_km = np.zeros((5, 5)) if distance_km is None else distance_km
    background = replace(
        start.background,
        population=jnp.asarray(people, jnp.float32),
        distance_km=jnp.asarray(distance_km, jnp.float32),
    )
    month = mf.forcing_at(start.forcing, 0)
    draw = Draw(random.member_key(1, 2), month.month)
    by_region = jnp.asarray(deaths, jnp.float32)
    state, new = displacement.move(
        world.structure, background, world.params, all_at_home(start.state), month, by_region, draw
    )
    return np.asarray(state.displaced) / float(new.sum())


def all_at_home(state):
    nobody = jnp.zeros_like(state.away)
    return replace(state, displaced=nobody, away=nobody)


def test_fewer_flee_to_where_people_are_killed(world):
    """All regions alike but for deaths: ten times the deaths and one draw a tenth of people."""
    weight = np.array([1 / 10, 1.0, 1 / 5, 1.0, 1.0])
    seen = arrived(world, [9.0, 0.0, 4.0, 0.0, 0.0])
    np.testing.assert_allclose(seen, weight / weight.sum(), rtol=1e-5)


def test_fewer_flee_to_where_it_is_far(world):
    """Each step of the decay length costs a factor e; people flee from the first region only."""
    far = np.zeros((5, 5))
    far[0] = DECAY_KM * np.arange(5)
    seen = arrived(world, [3.0, 0.0, 0.0, 0.0, 0.0], distance_km=far)
    assert seen[0] < seen[1], "not back to where people are killed, near as it is"
    np.testing.assert_allclose(seen[2:] / seen[1:-1], np.exp(-1.0), rtol=1e-5)


def test_more_flee_to_where_more_people_live(world):
    seen = arrived(world, [0.0, 0.0, 0.0, 0.0, 2.0], people=(1e6, 2e6, 3e6, 4e6, 1e3))
    np.testing.assert_allclose(seen, [0.1, 0.2, 0.3, 0.4, 0.0], atol=1e-4)


def test_distances_are_kilometres_on_the_globe(world):
    """Regions put on the equator, a degree north, a quarter round, a degree east, at the pole."""
    prepared, structure = world.prepared, world.structure
    lat = dict(zip(structure.regions, (0.0, 1.0, 0.0, 0.0, 90.0), strict=True))
    lon = dict(zip(structure.regions, (0.0, 0.0, 90.0, 1.0, 0.0), strict=True))
    cells = prepared.snapshot.cells
    moved = cells.assign(lat=cells["region"].map(lat), lon=cells["region"].map(lon))
    snapshot = replace(prepared.snapshot, cells=moved)
    seen = background_of(
        prepared.loaded.theatre,
        snapshot,
        structure,
        prepared.state,
        np.asarray(prepared.background.spread_ratio),
    ).distance_km
    degree, quarter = 111.195, 10_007.5
    np.testing.assert_allclose(seen[0, 1:], [degree, quarter, degree, quarter], rtol=1e-3)
    np.testing.assert_allclose(seen, np.transpose(seen), rtol=1e-5)


def test_people_of_a_country_without_figures_are_the_median_of_the_others(world):
    people = np.asarray(world.start().background.population)
    by_country = people @ world.structure.region_country_matrix
    np.testing.assert_allclose(by_country, [4e6, 6e6, 5e6], rtol=1e-5)


def test_people_of_cells_that_are_not_wanted_stay_where_they_are():
    cells = pd.DataFrame({"gid": [1, 2, 3, 4, 5, 6], "country": list("aabcde"),
                          "pop_share": [0.1, 0.9, 1.0, 0.5, 1.0, np.nan]})  # fmt: skip
    population = pd.DataFrame({"country": list("aabce"), "population": [40, 60, 10, 900, 300]})
    found = people_by_cell(cells, population, np.array([1, 3, 4, 5, 6]), tuple("abcde"))
    np.testing.assert_allclose(found[:3], [10, 10, 450])
    assert found[3] == 200, "the median of 10, 100, 300 and 900"
    assert found[4] == 0, "no share is known"


def test_influence_is_the_people_weighted_share_at_half_saturation(world):
    """As many events as half saturation everywhere: a half; in one cell only: half its people."""
    structure, state = world.structure, world.start().state
    rebels = structure.streams.index("guards_rebels")
    half = float(world.params.influence.half_saturation)

    def share(events):
        traces = np.zeros(state.traces.shape, np.float32)
        traces[rebels, 1] = events
        found = replace(state, traces=jnp.asarray(traces))
        return np.asarray(influence.share(structure, world.params, found))

    np.testing.assert_allclose(share(half), 0.5, rtol=1e-5)
    cell = np.flatnonzero(structure.region == 1)[3]
    people = structure.population_share[structure.region == 1]
    alone = share(half * (np.arange(structure.n_cells) == cell))
    assert alone[1] == pytest.approx(0.5 * people[3] / people.sum(), rel=1e-5)
    np.testing.assert_array_equal(np.delete(alone, 1), 0.0)


def left(world, share, people, away=0.0, most=0.02, months=1, elasticity=0.0, deaths=7.0):
    """Return who leaves the first region, month by month, when a share is called to flee."""
    start, regions = world.start(), len(world.structure.regions)
    background = replace(start.background, population=jnp.full(regions, float(people)))
    state = replace(all_at_home(start.state), away=jnp.full(regions, float(away)))
    params = mf.plain_params(
        world.structure,
        displacement__log_rate=np.full(3, np.log(share)),
        displacement__elasticity=elasticity,
        displacement__log_sd=0.0,
        displacement__most=most,
        displacement__return_rate=0.0,
    )
    killed, seen = jnp.zeros(regions).at[0].set(deaths), []
    for month in range(months):
        forcing = mf.forcing_at(start.forcing, month)
        draw = Draw(random.member_key(1, 2), forcing.month)
        state, new = displacement.move(
            world.structure, background, params, state, forcing, killed, draw
        )
        seen.append(float(new[0]))
    return np.array(seen)


def test_few_who_are_called_to_flee_all_leave_and_many_are_bounded_by_who_is_there(world):
    assert left(world, 1e-5, 1e6)[0] == pytest.approx(10.0, rel=1e-3)
    assert left(world, 0.02, 1e6)[0] == pytest.approx(20_000.0 * (1 - np.exp(-1)), rel=1e-4)
    assert left(world, 1e3, 1e6)[0] == pytest.approx(20_000.0, rel=1e-4)
    assert left(world, 1e3, 1e6, away=4e5)[0] == pytest.approx(12_000.0, rel=1e-4), "at home only"
    assert left(world, 1e-5, 1e6, away=4e5)[0] == pytest.approx(6.0, rel=1e-3), "at home only"
    assert left(world, 1e3, 1e6, away=2e6)[0] == 0.0


def test_who_is_called_to_flee_goes_by_deaths_and_by_people_at_risk(world):
    plain = {"most": 1.0, "share": 1e-4}
    one = left(world, people=1e5, deaths=1.0, elasticity=0.7, **plain)[0]
    assert one == pytest.approx(10.0, rel=1e-3), "1 in 100,000 killed: the share that it means"
    more_deaths = left(world, people=1e5, deaths=8.0, elasticity=0.7, **plain)[0]
    assert more_deaths == pytest.approx(one * 8**0.7, rel=1e-3)
    more_people = left(world, people=8e5, deaths=1.0, elasticity=0.7, **plain)[0]
    assert more_people == pytest.approx(one * 8**0.3, rel=1e-3)
    by_deaths = [left(world, people=n, deaths=5.0, elasticity=1.0, **plain)[0] for n in (1e5, 4e5)]
    np.testing.assert_allclose(by_deaths, 50.0, rtol=1e-2)
    assert left(world, people=1e5, deaths=0.0, elasticity=0.0, **plain)[0] == 0.0


def test_nobody_flees_twice_without_coming_home(world):
    gone = left(world, 1e3, 1e6, most=0.5, months=6)
    np.testing.assert_allclose(gone, 1e6 * 0.5 ** np.arange(1, 7), rtol=1e-3)
    assert gone.sum() < 1e6


def test_no_draw_of_deaths_exceeds_the_people_of_its_cell(world):
    start, structure = world.start(), world.structure
    people = np.asarray(start.background.most_deaths)
    totals = np.asarray(start.background.population) @ structure.region_country_matrix
    lives = structure.population_share * totals[structure.country]
    assert (people >= lives - 0.5).all()
    assert (people <= np.ceil(lives) + 1).all(), "nothing recorded there is more"
    deadly = mf.plain_params(structure, severity__log_median=np.full(len(structure.streams), 20.0))
    events = jnp.ones((len(structure.streams), structure.n_cells))
    law = severity.law(start.background, deadly, events)
    emit = Draw(random.member_key(1, 2), start.forcing.month[0])
    drawn = emit(Site.DEATHS, law, structure.stream_ids[:, None], structure.gid[None, :])
    np.testing.assert_array_equal(drawn, np.broadcast_to(people, drawn.shape))
    mild = severity.law(start.background, mf.plain_params(structure), events)
    free = emit(Site.DEATHS, mild.of, structure.stream_ids[:, None], structure.gid[None, :])
    kept = emit(Site.DEATHS, mild, structure.stream_ids[:, None], structure.gid[None, :])
    assert (np.asarray(free) < people).all()
    np.testing.assert_array_equal(kept, free, "where the bound does not bite no bit moves")


def test_a_record_above_the_people_of_a_cell_stands_and_lifts_its_bound(world):
    prepared = world.prepared
    gid = int(world.structure.gid[3])
    one = prepared.snapshot.events.iloc[[0]].assign(gid=gid, month=1, deaths=10_000_000)
    events = pd.concat([prepared.snapshot.events, one])
    changed = replace(prepared.snapshot, events=events)
    spread = np.asarray(prepared.background.spread_ratio)
    found = background_of(prepared.loaded.theatre, changed, world.structure, prepared.state, spread)
    before, after = (np.asarray(b.most_deaths) for b in (world.start().background, found))
    assert after[3] == 10_000_000
    np.testing.assert_array_equal(np.delete(after, 3), np.delete(before, 3))
    law = severity.law(world.start().background, mf.plain_params(world.structure), jnp.ones((1, 1)))
    observed = Observed({int(Site.DEATHS): jnp.full((1, 1), 1e7)})
    seen = observed(Site.DEATHS, law, np.zeros(1, np.uint32), np.zeros(1, np.uint32))
    assert np.asarray(seen).item() == 1e7
