"""Territory: sieges begin and end, garrisons are cut off, forces leave, states reach people."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
import run_fixtures as rf
import table_fixtures as tf
from liptako.data.timeline import read_timeline
from liptako.errors import InputError
from liptako.exhibits.territory import besieged_grid
from liptako.model import random
from liptako.model.codes import Exit
from liptako.model.emit import Draw
from liptako.model.processes import (
    influence,
    memory,
    presence,
    pressure,
    regime,
    territory,
    violence,
)
from liptako.model.random import Site
from liptako.outcomes import measures, places
from liptako.theatre.dated import LATELY, besieged_at, support_at, withdrawn_at
from liptako.theatre.politics import Siege

SIZES = {
    "territory__begins": 0.02, "territory__pressure": 0.7, "territory__ends": 0.05,
    "territory__holds": 0.4, "territory__relief": 0.6, "territory__far": 0.5,
    "territory__convoys": 0.25, "territory__isolation": 0.5, "territory__relief_draws": 0.2,
    "territory__cut_off": 0.3, "territory__exits": 0.1, "territory__exits_capital": 0.3,
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


@pytest.fixture(scope="module")
def start(world):
    """Return the start with presence where a member has it: it has answered past attacks."""
    found, background = world.start(), world.prepared.background
    stands = presence.toward(world.params, background.presence_start, background.attack_share)
    return replace(found, state=replace(found.state, presence=stands))


def with_sieges(structure, relief: str = "shelter"):
    """Return a theatre that knows sieges, a lever that relieves and patrons that station forces."""
    lever = np.zeros(len(structure.levers), np.float32)
    lever[structure.levers.index(relief)] = 1.0
    force = np.zeros(len(structure.patrons.names), np.float32)
    force[0] = 0.5
    return replace(
        structure,
        sieges=True,
        roles={**structure.roles, "siege_relief": lever},
        patrons=replace(structure.patrons, force=force),
    )


def nobody_draws(site, law, first, second):
    raise AssertionError(f"{site} was drawn")


def besieging(state, *regions: int):
    """Return the state with some regions besieged and no others."""
    found = np.zeros(state.territory.besieged.shape, np.float32)
    found[list(regions)] = 1.0
    return replace(state, territory=replace(state.territory, besieged=jnp.asarray(found)))


def rates(world, start, state=None, forcing=None, background=None, **changes):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **(SIZES | changes))
    forcing = mf.forcing_at(start.forcing, 0) if forcing is None else forcing
    state = start.state if state is None else state
    background = start.background if background is None else background
    found = territory.rates(structure, background, params, state, forcing)
    return [np.asarray(rate) for rate in found]


# sieges


def test_sieges_begin_at_the_rate_of_the_record_where_pressure_is_usual(world, start):
    structure = world.structure
    events = np.asarray(pressure.attacks(structure, start.state.traces)) @ structure.region_matrix
    weight = (events + territory.QUIET) ** 0.7
    begin, end = rates(world, start)
    ours = structure.member[structure.region_country] > 0
    np.testing.assert_allclose(begin, 0.02 * weight / weight[ours].mean() * ours, rtol=1e-4)
    assert begin[ours].mean() == pytest.approx(0.02, rel=1e-4)
    np.testing.assert_allclose(end, 0.05, rtol=1e-4)


def test_no_siege_begins_where_no_regime_is_simulated(world, start):
    only = replace(world.structure, member=np.array([1.0, 0.0, 0.0], np.float32))
    begin, _ = rates(replace(world, prepared=replace(world.prepared, structure=only)), start)
    assert (begin[only.region_country == 0] > 0).all()
    assert not begin[only.region_country != 0].any()


def test_pressure_brings_sieges_and_presence_keeps_them_off(world, start):
    before, ends = rates(world, start)
    hot = start.state.traces * np.where(world.structure.region == 0, 4.0, 1.0)
    begin, end = rates(world, start, replace(start.state, traces=jnp.asarray(hot)))
    assert begin[0] > before[0]
    np.testing.assert_allclose(begin[1:], before[1:], rtol=1e-4)
    np.testing.assert_allclose(end, ends, rtol=1e-5)
    guarded = replace(start.state, presence=start.state.presence.at[0].mul(2.0))
    begin, end = rates(world, start, guarded)
    moved = np.asarray(presence.change(world.params, start.background, guarded))[0]
    assert begin[0] == pytest.approx(before[0] * np.exp(-0.4 * moved), rel=1e-4)
    assert end[0] == pytest.approx(ends[0] * np.exp(0.4 * moved), rel=1e-4)


def test_relief_ends_sieges_in_its_country_and_begins_none(world, start):
    forcing = mf.with_levers(
        world.structure, mf.forcing_at(start.forcing, 0), shelter=np.array([1.0, 0.0, 0.0])
    )
    before, ends = rates(world, start)
    begin, end = rates(world, start, forcing=forcing)
    np.testing.assert_array_equal(begin, before)
    relieved = world.structure.region_country == 0
    np.testing.assert_allclose(end, ends * np.where(relieved, np.exp(0.6), 1.0), rtol=1e-5)


def test_an_offensive_thrown_far_is_cut_off_at_its_front_alone(world, start):
    structure = world.structure
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), push=0.5)
    before, ends = rates(world, start)
    begin, end = rates(world, start, forcing=forcing)
    front = structure.front[structure.region_country] == np.arange(len(structure.regions))
    np.testing.assert_allclose(begin, before * np.where(front, np.exp(0.25), 1.0), rtol=1e-5)
    np.testing.assert_allclose(end, ends * np.where(front, np.exp(-0.25), 1.0), rtol=1e-5)


def test_chances_of_a_siege_are_those_of_its_rates(world, start):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **SIZES)
    forcing, state = mf.forcing_at(start.forcing, 0), besieging(start.state, 1)
    begin, end = rates(world, start, state)
    found = np.asarray(territory.besieged_next(structure, start.background, params, state, forcing))
    assert found[1] == pytest.approx(np.exp(-end[1]), rel=1e-5)
    np.testing.assert_allclose(np.delete(found, 1), np.delete(1 - np.exp(-begin), 1), rtol=1e-3)
    assert ((found >= 0) & (found <= 1)).all()
    certain = mf.plain_params(structure, **(SIZES | {"territory__begins": 1e6}))
    draw = Draw(random.member_key(1, 0), forcing.month)
    after = territory.move(structure, start.background, certain, start.state, forcing, draw)
    assert np.asarray(after.territory.besieged).all()


def test_a_theatre_without_sieges_draws_none(world, start):
    params = mf.plain_params(world.structure, **SIZES)
    forcing = mf.forcing_at(start.forcing, 0)
    state = territory.move(
        world.structure, start.background, params, start.state, forcing, nobody_draws
    )
    assert not np.asarray(state.territory.besieged).any()
    assert not np.asarray(state.territory.withdrawn).any()
    found = territory.on_streams(world.structure, start.background, params, state, forcing)
    assert not np.asarray(found).any()
    assert not np.asarray(territory.gained_reach(world.structure, state)).any()


@pytest.mark.slow
def test_switched_on_with_no_size_it_changes_no_bit(world):
    """Sieges come and go, forces leave, and nobody fights or falls otherwise."""
    structure = with_sieges(world.structure)
    on = replace(world, prepared=replace(world.prepared, structure=structure))
    sizeless = mf.plain_params(structure, territory__begins=0.3, territory__ends=0.3)
    members = np.arange(4)
    plain, found = mf.run(world, members), mf.run(on, members, params=sizeless)
    assert found["besieged"].any()
    assert not plain["besieged"].any()
    for name in set(plain) - {"besieged"}:
        np.testing.assert_array_equal(plain[name], found[name], err_msg=name)


# what a siege does


def on_streams(world, start, state, forcing=None, **changes):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **(SIZES | changes))
    forcing = mf.forcing_at(start.forcing, 0) if forcing is None else forcing
    return np.asarray(territory.on_streams(structure, start.background, params, state, forcing))


def test_convoys_are_attacked_in_newly_besieged_regions_and_none_elsewhere(world, start):
    structure = world.structure
    found = on_streams(world, start, besieging(start.state, 1))
    battle = structure.streams.index("army_rebels")
    expected = np.where(structure.zones.region == 1, 0.25, 0.0)
    np.testing.assert_allclose(found[battle], expected, rtol=1e-6)
    assert not np.delete(found, battle, axis=0).any()
    known = replace(start.background, besieged_start=besieging(start.state, 1).territory.besieged)
    same = replace(start, background=known)
    assert not on_streams(world, same, besieging(start.state, 1)).any(), "as it was at the start"
    lifted = on_streams(world, same, besieging(start.state))
    np.testing.assert_allclose(lifted[battle], -expected, rtol=1e-6)


def test_relief_draws_insurgents_on_civilians_of_besieged_regions(world, start):
    structure = world.structure
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), shelter=0.5)
    state = besieging(start.state, 1)
    found = on_streams(world, start, state, forcing) - on_streams(world, start, state)
    killing = structure.streams.index("rebels_civilians")
    expected = np.where(structure.zones.region == 1, 0.1, 0.0)
    np.testing.assert_allclose(found[killing], expected, rtol=1e-5)
    assert not np.delete(found, killing, axis=0).any()


def test_a_garrison_cut_off_counts_for_less_and_one_set_free_for_more(world, start):
    params = mf.plain_params(world.structure, **SIZES)
    state, background = besieging(start.state, 0), start.background
    found = np.asarray(territory.counts_for(params, background, state))
    np.testing.assert_allclose(found, [0.5, *np.ones(len(found) - 1)])
    then = replace(background, besieged_start=state.territory.besieged)
    np.testing.assert_array_equal(territory.counts_for(params, then, state), 1.0)
    free = np.asarray(territory.counts_for(params, then, besieging(start.state)))
    np.testing.assert_allclose(free, [2.0, *np.ones(len(found) - 1)])
    forcing = mf.forcing_at(start.forcing, 0)
    change = np.asarray(
        violence.modifiers(with_sieges(world.structure), background, params, state, forcing)
        - violence.modifiers(with_sieges(world.structure), background, params, start.state, forcing)
    )
    killing = world.structure.streams.index("rebels_civilians")
    here = world.structure.zones.region == 0
    stands = np.asarray(state.presence) / np.asarray(
        presence.toward(params, background.presence_start, background.attack_share)
    )
    less = np.tanh(0.5 * stands[0] - 1.0) - np.tanh(stands[0] - 1.0)
    np.testing.assert_allclose(change[killing][here], -0.2 * less, rtol=1e-3)
    np.testing.assert_allclose(change[killing][~here], 0.0, atol=1e-6)


# forces that leave


def moved(world, start, state, months=1, **changes):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **(SIZES | {"territory__begins": 0.0} | changes))
    for month in range(months):
        forcing = mf.forcing_at(start.forcing, month)
        draw = Draw(random.member_key(1, 0), forcing.month)
        state = territory.move(structure, start.background, params, state, forcing, draw)
    return state


def with_support(structure, state, level: float):
    """Return the state with the first patron's support to the first country at a level."""
    support = state.patronage.support.at[0, 0].set(level)
    return replace(state, patronage=replace(state.patronage, support=support))


def standing(world, state, level: float):
    """Return the state with a force that has stood so for long."""
    structure = with_sieges(world.structure)
    state = with_support(structure, state, level)
    force = territory.outside_force(structure, state)
    return replace(state, territory=replace(state.territory, force=force))


def test_what_leaves_is_remembered_and_half_forgotten_in_a_half_life(world, start):
    state = standing(world, start.state, 0.8)
    assert not np.asarray(moved(world, start, state).territory.withdrawn).any()
    gone = moved(world, start, with_support(world.structure, state, 0.2))
    np.testing.assert_allclose(gone.territory.withdrawn, [0.3, 0.0, 0.0], rtol=1e-5)
    later = moved(world, start, gone, months=12)
    np.testing.assert_allclose(later.territory.withdrawn, [0.15, 0.0, 0.0], rtol=1e-4)


def test_who_comes_fills_the_room_and_leaves_none_below(world, start):
    state = standing(world, start.state, 0.8)
    gone = moved(world, start, with_support(world.structure, state, 0.2))
    back = moved(world, start, with_support(world.structure, gone, 0.4))
    kept = 0.3 * 2 ** (-1 / 12)
    assert float(back.territory.withdrawn[0]) == pytest.approx(kept - 0.1, rel=1e-4)
    more = moved(world, start, with_support(world.structure, back, 1.0))
    assert float(more.territory.withdrawn[0]) == 0.0


def test_an_exit_moves_insurgents_and_more_so_near_the_capital(world, start):
    structure = world.structure
    near = np.zeros_like(structure.zones.near)
    near[0] = True
    zones = replace(structure.zones, near=near)
    close = replace(world, prepared=replace(
        world.prepared, structure=replace(structure, zones=zones)))  # fmt: skip
    left = replace(start.state.territory, withdrawn=jnp.asarray([0.5, 0.0, 0.0]))
    found = on_streams(close, start, replace(start.state, territory=left))
    size = np.where(near, 0.3, 0.1) * 0.5 * (zones.country == 0)
    expected = structure.insurgent_against_others[:, None] * size
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert zones.country[0] == 0
    assert not on_streams(close, start, start.state).any(), "nobody left"


def test_what_left_counts_as_far_as_the_level_cannot_hold_it(theatre):
    """The invented rows: 0.4 of a force of 0.5 leaves six months before, 0.2 comes three before."""
    patron = next(iter(theatre.patrons.values()))
    country = next(iter(theatre.countries))
    rows = [("2019-01", 0.8), ("2020-07", 0.4), ("2020-10", 0.6)]
    support = [
        {"country": country, "since": since, "level": level, "note": "n"} for since, level in rows
    ]
    row = type(patron).model_validate(patron.model_dump() | {"support": support, "force": 0.5})
    other = theatre.model_copy(update={"patrons": {"only": row}})
    january = 12 * 41 + 1  # 2021-01
    assert support_at(other, january)[0, 0] == pytest.approx(0.6)
    found = withdrawn_at(other, january)
    assert found[0] == pytest.approx(0.5 * (0.4 * (1 - 6 / 12) - 0.2 * (1 - 3 / 12)), rel=1e-5)
    assert not found[1:].any()
    assert withdrawn_at(other, 12 * 40 + 7)[0] == pytest.approx(0.2), "in its own month it is whole"
    assert not withdrawn_at(other, january + LATELY + 6).any()


def test_a_force_that_stays_has_left_nothing(theatre):
    assert not withdrawn_at(theatre, 12 * 41 + 6).any()


# reach


def test_reach_counts_people_beyond_influence_and_sieges_outside_the_capital(world, start):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **SIZES)
    state = besieging(start.state, 1)
    found = np.asarray(territory.reached(structure, params, state))
    people = structure.population_share @ structure.region_matrix
    under = np.asarray(influence.share(structure, params, state))
    for country in range(len(structure.countries)):
        own = np.flatnonzero(structure.region_country == country)
        own = own[own != structure.capital[country]]
        out = (1 - under[own]) * np.where(own == 1, 0.7, 1.0)
        expected = people[own] @ out / people[own].sum() if len(own) else 1.0
        assert found[country] == pytest.approx(expected, rel=1e-5), country
    assert ((found >= 0) & (found <= 1)).all()


def test_reach_has_moved_nothing_as_a_run_begins(world, start):
    structure = with_sieges(world.structure)
    params = mf.plain_params(structure, **SIZES)
    state = territory.begin(structure, params, start.state)
    first = moved(world, start, memory.absorb(params, state))
    np.testing.assert_array_equal(territory.gained_reach(structure, first), 0.0)


def test_lost_reach_moves_coups_without_a_view(world, start):
    structure = with_sieges(world.structure)
    changes = {"regime__reach": 1.5, "regime__reach_variance": 2.25}
    params = mf.plain_params(structure, **changes)
    forcing = mf.forcing_at(start.forcing, 0)
    lost = replace(start.state.territory, reached=start.state.territory.reached_start - 0.2)
    state = replace(start.state, territory=lost)

    def danger(of, theatre):
        return np.asarray(regime.danger(theatre, start.background, params, of, forcing))

    expected = -0.2 * 1.5 - 0.5 * 2.25 * 0.04
    np.testing.assert_allclose(
        danger(state, structure) - danger(start.state, structure), expected, rtol=1e-4
    )
    same = danger(state, world.structure) - danger(start.state, world.structure)
    np.testing.assert_array_equal(same, 0.0)


# what the theatre dates


def test_a_siege_stands_from_its_first_month_until_the_month_without_it(theatre):
    siege = {"town": "T", "country": "AAA", "note": "n"}
    rows = [
        Siege(region="r1", since="2020-03", until="2020-05", **siege),
        Siege(region="r2", since="2020-04", **siege),
    ]
    other = theatre.model_copy(update={"sieges": rows})
    march = 12 * 40 + 3
    found = [besieged_at(other, ["r1", "r2"], march + ahead).tolist() for ahead in (-1, 0, 1, 2)]
    assert found == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert not besieged_at(theatre.model_copy(update={"sieges": None}), ["r1"], march).any()


def test_a_siege_ends_after_it_began():
    with pytest.raises(ValueError, match="must come later"):
        Siege(town="T", country="AAA", region="r", since="2020-05", until="2020-05", note="n")


def test_a_siege_in_no_region_of_the_data_is_refused(world):
    row = Siege(town="T", country="AAA", region="nowhere", since="2013-01", note="n")
    loaded = world.prepared.loaded
    theatre = loaded.theatre.model_copy(update={"sieges": [row]})
    with pytest.raises(InputError, match="no such region.*nowhere"):
        mf.prepared_of(replace(loaded, theatre=theatre))


def test_shipped_sieges_are_rows_of_the_timeline_and_start_besieged(theatre, theatre_folder):
    timeline = read_timeline(theatre_folder / theatre.timeline)
    months = dict(zip(timeline["row_id"], timeline["month"], strict=True))
    assert theatre.sieges
    assert [row.town for row in theatre.sieges if months.get(row.row) != row.since_month] == []


def test_sites_keep_their_numbers():
    assert Site.SIEGE == 27


# measures and the table


@pytest.fixture(scope="module")
def run(theatre):
    countries = list(theatre.countries)
    regions = 2 * len(countries)
    besieged = np.zeros((3, 2, regions))
    reached = np.full((3, 24, len(countries)), 0.9)
    deaths = np.zeros((3, 2, len(countries)))
    exits = np.zeros((3, 24, len(countries)))
    at = countries.index("BFA")
    besieged[0, :, 2 * at] = 12  # the capital's region in this run
    besieged[1, 1, 2 * at + 1] = 6  # its front
    reached[:, -1, at] = [0.4, 0.6, 0.4]
    exits[2, 5, at] = Exit.COUP_OTHER_CAMP
    deaths[:, :, at] = [[1, 2], [3, 4], [0, 0]]
    return rf.run_of(
        theatre, members=3, months=24, besieged=besieged, reached=reached, capital_deaths=deaths,
        exits=exits,
    )  # fmt: skip


def test_measures_count_months_people_and_whoever_holds_the_capital_only(run):
    found = {
        name: measures.OUTCOMES[name].measure(run, ["BFA"]).tolist()
        for name in (
            "besieged", "besieged_front", "people_besieged", "reached", "capital_only",
            "capital_deaths",
        )
    }  # fmt: skip
    assert found["besieged"] == [24.0, 6.0, 0.0]
    assert found["besieged_front"] == [0.0, 6.0, 0.0]
    assert found["people_besieged"] == [0.5, 0.25, 0.0]
    assert found["reached"] == pytest.approx([0.4, 0.6, 0.4])
    assert found["capital_only"] == [1.0, 0.0, 0.0], "reaches enough; the camp fell"
    assert found["capital_deaths"] == [3.0, 7.0, 0.0]
    both = measures.OUTCOMES["reached"].measure(run, ["BFA", "MLI"])
    assert both == pytest.approx([0.65, 0.75, 0.65])


def test_the_table_says_who_is_besieged_at_the_start_and_in_each_year(run, facts):
    grid = besieged_grid(places.besieged(run), facts)
    rows = {(row[0], row[1]): row[2:] for row in grid.rows}
    regions = rows["Burkina Faso", "Regions with a town besieged"]
    people = rows["Burkina Faso", "People in 100 in such regions"]
    assert regions == ["0.0", "0.0", "0.0 to 0.9", "0.5", "0.1 to 0.9"]
    assert people == ["0", "0", "0 to 45", "25", "2 to 48"]


@pytest.fixture(scope="module")
def facts():
    return tf.facts()
