"""Whose the dead are: shares as recorded, drawn around them month by month, and what is counted."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

import model_fixtures as mf
import run_fixtures as rf
import table_fixtures as tf
from liptako.exhibits import sides as sides_text
from liptako.model import random
from liptako.model.emit import Draw, Observed
from liptako.model.level import SCORES
from liptako.model.processes import sides
from liptako.model.random import Site
from liptako.outcomes import violence
from liptako.outcomes.sides import dead_side, strain_table
from liptako.runs import sides as recorded
from liptako.theatre.loading import load_scenario

DEAD = [
    (0, "army_rebels", "AAA", (1, 3, 6, 0)),
    (recorded.MONTHS - 1, "army_rebels", "BBB", (0, 5, 5, 0)),
    (recorded.MONTHS, "army_rebels", "AAA", (0, 1000, 0, 0)),
    (2, "army_rebels", mf.LONER, (0, 500, 0, 0)),
    (2, "rebels_civilians", "AAA", (9, 0, 0, 0)),
]
"""Months before the start, stream, country, and how many died of whom."""


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def two_regimes(world):
    return replace(world.structure, member=np.array([1.0, 1.0, 0.0], np.float32))


def means(world, rows, structure=None):
    structure = two_regimes(world) if structure is None else structure
    dead = recorded.known_dead(mf.with_dead(world, rows), structure)
    found = recorded.mean_shares(world.prepared.loaded.theatre, structure, dead)
    return [dict(zip(structure.streams, share, strict=True)) for share in found]


def test_shares_are_those_of_the_last_months_where_regimes_are_simulated(world):
    """Of twenty dead in battle one is a civilian, eight of the others are soldiers."""
    civilian, own = means(world, DEAD)
    assert civilian == pytest.approx(
        {"army_rebels": 1 / 20, "guards_rebels": 1 / 20, "rebels_civilians": 1.0,
         "army_civilians": 1.0}
    )  # fmt: skip
    assert own == pytest.approx(
        {"army_rebels": 8 / 19, "guards_rebels": 8 / 19, "rebels_civilians": 0.0,
         "army_civilians": 0.0}
    )  # fmt: skip
    nobody, _ = means(world, DEAD, replace(world.structure, member=np.zeros(3, np.float32)))
    assert nobody["army_rebels"] == pytest.approx(1 / 520), "where none is simulated all count"


def test_drawn_shares_have_the_recorded_mean_and_spread(world):
    """Months all on one side, or half and half, tell apart how alike the deaths of a month are."""
    theatre, structure = world.prepared.loaded.theatre, two_regimes(world)
    apart = [(ago, "army_rebels", "AAA", (0, 20, 20, 0)) for ago in range(30)]
    alike = [
        (ago, "army_rebels", "AAA", (0, 40, 0, 0) if ago % 2 else (0, 0, 40, 0))
        for ago in range(30)
    ]
    at = structure.streams.index("army_rebels")
    spread = []
    for rows in (apart, alike):
        nodes = recorded.side_shares(theatre, mf.with_dead(world, rows), structure)[1, at, 0]
        z = np.random.default_rng(1).standard_normal(100_000)
        drawn = np.interp(z, SCORES, nodes)
        assert drawn.mean() == pytest.approx(0.5, abs=0.01)
        spread.append(drawn.var() / 0.25)
    assert spread[0] == pytest.approx(recorded.SPREAD[0], rel=0.1)
    assert spread[1] == pytest.approx(recorded.SPREAD[1], rel=0.05)


def test_a_countrys_share_is_its_own_where_much_is_known_and_all_countries_where_little(world):
    """Of 200 dead fighters a month few are soldiers; elsewhere half are, or hardly any is known."""
    theatre, structure = world.prepared.loaded.theatre, two_regimes(world)
    rng = np.random.default_rng(6)
    rows = []
    for ago in range(30):
        soldiers = int(rng.binomial(200, 0.1))
        rows.append((ago, "army_rebels", "AAA", (0, soldiers, 200 - soldiers, 0)))
        soldiers = int(rng.binomial(200, 0.5))
        rows.append((ago, "army_rebels", "BBB", (0, soldiers, 200 - soldiers, 0)))
    rows.append((0, "army_rebels", mf.LONER, (0, 1, 0, 0)))
    at = structure.streams.index("army_rebels")
    nodes = recorded.side_shares(theatre, mf.with_dead(world, rows), structure)[1, at]
    z = norm.ppf((np.arange(2000) + 0.5) / 2000)
    mean = [np.interp(z, SCORES, each).mean() for each in nodes]
    np.testing.assert_allclose(mean[:2], [0.1, 0.5], atol=0.02)
    assert 0.3 < mean[2] < 0.6, "one soldier pulls a little away from both together"


def test_how_alike_deaths_are_is_found_again(world):
    rng = np.random.default_rng(2)
    p, rho = 0.3, 0.15
    size = 1 / rho - 1
    whole = rng.integers(1, 60, (4000, 1)).astype(float)
    part = rng.binomial(whole.astype(int), rng.beta(p * size, (1 - p) * size, whole.shape))
    assert recorded._alike(np.array([p]), part, whole) == pytest.approx(rho, rel=0.06)


def shared_out(world, killed, scores=(0.0, 0.0), nodes=None):
    structure = world.structure
    background = world.start().background
    if nodes is not None:
        background = replace(background, side_shares=jnp.asarray(nodes, jnp.float32))
    law = {Site.CIVILIAN_SHARE: scores[0], Site.STATE_SHARE: scores[1]}
    emit = Observed({int(site): jnp.full(killed.shape, z) for site, z in law.items()})
    return np.asarray(
        sides.share_out(structure, background, jnp.asarray(killed, jnp.float32), emit)
    )


def test_the_dead_are_shared_out_without_loss(world):
    """Civilians first, then soldiers of the others; the rest are insurgents."""
    killed = np.zeros((len(world.structure.streams), 3))
    killed[0, 0], killed[1, 1], killed[2, 0] = 100.0, 50.0, 8.0
    nodes = np.zeros((2, *killed.shape, len(SCORES)))
    nodes[0, :2], nodes[0, 2:], nodes[1, 0] = 0.1, 1.0, np.linspace(0.0, 0.8, len(SCORES))
    found = shared_out(world, killed, (0.0, 1.0), nodes)
    np.testing.assert_allclose(
        found, [[90 * 0.5, 0, 0], [90 * 0.5, 45, 0], [18, 5, 0]], rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(found.sum(axis=0), killed.sum(axis=0), rtol=1e-6)


def test_shares_are_drawn_apart_for_streams_countries_and_months(world):
    structure, background = world.structure, world.start().background
    nodes = np.broadcast_to(np.linspace(0.1, 0.9, len(SCORES)), background.side_shares.shape)
    background = replace(background, side_shares=jnp.asarray(nodes, jnp.float32))
    killed = np.zeros((len(structure.streams), 3), np.float32)
    killed[0] = 100.0
    key = random.member_key(1, 0)
    draw = jax.jit(
        lambda month: sides.share_out(structure, background, jnp.asarray(killed), Draw(key, month))
    )
    months = np.stack([draw(month) for month in range(200)])
    assert np.unique(months[:, 0].round(3)).size > 500
    civilians = months[:, sides.CIVILIANS] / 100
    own = months[:, sides.STATE] / (100 - months[:, sides.CIVILIANS])
    for one, other in ((civilians[:, 0], civilians[:, 1]), (civilians[:, 0], own[:, 0])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.25


def test_recorded_dead_of_no_known_side_are_shared_out(world):
    rows = [*DEAD, (0, "army_rebels", "AAA", (0, 0, 0, 40))]
    found = recorded.recorded_dead(
        world.prepared.loaded.theatre, mf.with_dead(world, rows), two_regimes(world), 2
    )
    assert found.shape[:2] == (2, 3)
    own, civilian = 8 / 19, 1 / 20
    expected = np.array([3.0, 6.0, 1.0]) + 40 * np.array(
        [own * (1 - civilian), (1 - own) * (1 - civilian), civilian]
    )
    np.testing.assert_allclose(found[1, :, 0], expected)
    assert not found[0].any()


def made(dead, past=None):
    """Return a run of two futures and given dead, by side and month, in one country."""
    dead = np.asarray(dead, np.float32)
    past = np.zeros((60, 3, 1)) if past is None else past
    theatre = load_scenario("sahel-2024").theatre
    return xr.Dataset(
        {
            "dead": (("member", "month", "side", "country"), dead),
            "recorded_dead": (("past_month", "side", "country"), past),
        },
        coords={"side": list(sides.SIDES), "country": ["MLI"], "month": np.arange(dead.shape[1])},
        attrs={"theatre": theatre.model_dump_json()},
    )


def test_an_offensive_kills_insurgents_in_numbers_and_few_soldiers():
    months = np.zeros((2, 4, 3, 1))
    months[0, :, 0, 0] = 8, 9, 0, 2
    months[0, :, 1, 0] = 25, 25, 24, 300
    found = violence.offensives(made(months), ["MLI"])
    np.testing.assert_array_equal(found, [2.0, 0.0])


def test_strain_is_the_last_years_losses_over_three_years_mean():
    months = np.zeros((2, 14, 3, 1))
    months[0, :, 0, 0] = 10.0
    months[1, :2, 0, 0] = 999.0
    past = np.zeros((60, 3, 1))
    past[-36:, 0] = 5.0
    past[:24, 0] = 1000.0
    found = violence.strain(made(months, past), ["MLI"])
    np.testing.assert_allclose(found, [120 / 60, 0.0])


def test_dead_of_a_side_are_its_own():
    months = np.zeros((2, 3, 3, 1))
    months[1, :, 2, 0] = 1.0, 2.0, 4.0
    np.testing.assert_array_equal(violence.dead("civilians", made(months), ["MLI"]), [0.0, 7.0])
    np.testing.assert_array_equal(violence.dead("state", made(months), ["MLI"]), [0.0, 0.0])


def test_the_table_of_sides_has_last_year_and_the_next(theatre):
    dead = np.zeros((4, 24, 3, len(theatre.countries)))
    dead[:, :12, 0, 0], dead[:, 12:, 0, 0] = 2.0, 5.0
    past = np.zeros((60, 3, len(theatre.countries)))
    past[-12:, 1, 0], past[:-12, 1, 0] = 3.0, 99.0
    run = rf.run_of(theatre, members=4, months=24, dead=dead, recorded_dead=past)
    table = dead_side(run).set_index(["country", "side", "period"])
    for country in ("ALL", next(iter(theatre.countries))):
        assert table.loc[(country, "insurgents", "last_12_months"), "observed"] == 36.0
        assert table.loc[(country, "state", "next_12_months"), "q50"] == 24.0
        assert table.loc[(country, "state", "horizon"), "mean"] == 24.0 + 60.0
        assert table.loc[(country, "civilians", "horizon"), "q95"] == 0.0


def test_strain_is_told_year_by_year_of_countries_with_a_regime(theatre):
    first = next(iter(theatre.countries))
    dead = np.zeros((4, 24, 3, len(theatre.countries)))
    dead[:, :12, 0, 0], dead[:, 12:15, 1, 0] = 2.0, 40.0
    past = np.zeros((60, 3, len(theatre.countries)))
    past[-36:, 0, 0], past[-2:, 1, 0] = 1.0, 30.0
    run = rf.run_of(theatre, members=4, months=24, dead=dead, recorded_dead=past)
    table = strain_table(run)
    assert set(table["country"]) == set(theatre.by_role("member"))
    mine = table[table["country"] == first].set_index(["measure", "year"])
    assert mine.loc[("offensives", 0), "observed"] == 2
    assert mine.loc[("strain", 0), "observed"] == pytest.approx(1.0)
    assert mine.loc[("strain", 1), "q50"] == pytest.approx(2.0)
    assert mine.loc[("strain", 2), "q50"] == 0.0
    assert mine.loc[("offensives", 2), "mean"] == 3.0
    assert np.isnan(mine.loc[("offensives", 1), "observed"])
    grid = sides_text.strain_grid(table, tf.facts())
    mali = next(row for row in grid.rows if row[0] == "Mali")
    assert mali[1:] == ["Months of offensives", "2.0", "0.0", "0.0 to 0.0", "3.0", "3.0 to 3.0"]


def test_grids_name_the_sides_and_leave_out_what_is_not_known():
    grid = sides_text.side_grid(tf.dead_side(tf.tables()["deaths_country_period"]), tf.facts())
    assert {row[1] for row in grid.rows} == {"the state's", "insurgents", "civilians"}
    assert all(len(row) == len(grid.head) for row in grid.rows)
