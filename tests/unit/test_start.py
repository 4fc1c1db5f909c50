"""The start of a run: what endings compare with, who kills, and the level month by month."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.model.level import SCORES
from liptako.runs import baseline
from liptako.runs.level_spread import SimulatedLevel
from liptako.runs.sides import inflicted_share

SPLIT = ("deaths_civilians", "deaths_state", "deaths_insurgent")


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def with_events(world, *rows):
    """Return the start with events: months before it, stream, place, country, deaths, who died.

    Place is the position of a cell; who died are civilians, soldiers and insurgents.
    """
    gid = world.structure.gid.astype(int)
    events = pd.DataFrame(
        [
            {
                "month": mf.INIT - ago, "stream": stream, "gid": gid[place], "country": country,
                "events": 1, "deaths": deaths, **dict(zip(SPLIT, died, strict=True)),
            }
            for ago, stream, place, country, deaths, died in rows
        ]
    )  # fmt: skip
    return replace(world.prepared, snapshot=replace(world.prepared.snapshot, events=events))


def test_insurgents_inflict_deaths_that_are_not_their_own(world):
    """Of ten deaths in battle six are rebels; a battle of which none is known is like others."""
    prepared = with_events(
        world,
        (0, "army_rebels", 0, "AAA", 10, (1, 3, 6)),
        (35, "rebels_civilians", 1, "AAA", 5, (4, 0, 1)),
        (2, "army_civilians", 2, "AAA", 9, (9, 0, 0)),
        (36, "army_rebels", 0, "AAA", 1000, (0, 1000, 0)),
    )
    found = inflicted_share(prepared.loaded.theatre, prepared.snapshot, world.structure)
    share = dict(zip(world.structure.streams, found, strict=True))
    assert share["army_rebels"] == pytest.approx(0.4)
    assert share["rebels_civilians"] == 1.0, "whom they kill on purpose, they kill"
    assert share["army_civilians"] == 0.0
    assert share["guards_rebels"] == pytest.approx(0.4)


def test_endings_compare_with_three_years_of_deaths_and_one_of_attacks(world):
    prepared = with_events(
        world,
        (0, "rebels_civilians", 0, "AAA", 6, (6, 0, 0)),
        (0, "army_rebels", 0, "AAA", 10, (0, 4, 6)),
        (11, "rebels_civilians", 1, "AAA", 3, (3, 0, 0)),
        (12, "rebels_civilians", 2, "AAA", 9, (9, 0, 0)),
        (35, "rebels_civilians", 3, "AAA", 12, (12, 0, 0)),
        (36, "rebels_civilians", 4, "AAA", 999, (999, 0, 0)),
        (1, "army_civilians", 5, "AAA", 7, (7, 0, 0)),
        (1, "rebels_civilians", 5, "BBB", 30, (30, 0, 0)),
    )
    share = inflicted_share(prepared.loaded.theatre, prepared.snapshot, world.structure)
    before = baseline.before(prepared, share)
    assert world.structure.country[5] == 0, "a cell of the first country, named after the second"
    assert before["inflicted"].to_dict() == pytest.approx(
        {"AAA": (6 + 4 + 3 + 9 + 12) / 3, "BBB": 30 / 3, "CCC": 0.0}
    )
    assert before["attacked"].to_dict() == {"AAA": 3, "BBB": 0, "CCC": 0}


def of_leads(world, leads):
    """Return the start with a level without spread that counts its series and its leads."""
    series = world.prepared.series[:3]
    level = 10.0 * np.arange(3)[:, None] + np.arange(1, leads + 1)
    log_level = np.broadcast_to(level[:, :, None] / 8.0, (3, leads, len(SCORES)))
    drawn = SimulatedLevel(log_level, np.ones(3))
    return replace(world.prepared, level=drawn, series=series).start("baseline", 1).forcing


def test_month_by_month_the_level_is_that_of_its_lead(world):
    assert world.prepared.series[:3] == (
        ("AAA", "state_based"), ("AAA", "other"), ("BBB", "state_based"),
    )  # fmt: skip
    forcing = of_leads(world, 36)
    nodes, leads = np.asarray(forcing.level_nodes), np.arange(1, mf.MONTHS + 1)
    np.testing.assert_array_equal(forcing.month, mf.INIT + leads)
    for place, series in (((0, 0), 0), ((1, 0), 1), ((0, 1), 2)):
        expected = np.broadcast_to((10.0 * series + leads)[:, None] / 8.0, (12, len(SCORES)))
        np.testing.assert_allclose(nodes[:, *place], expected, rtol=1e-6)
    assert (np.exp(nodes[:, 1, 1]) < 1e-6).all(), "nothing is simulated where nothing is observed"


def test_beyond_its_last_lead_the_level_stays_where_it_is(world):
    nodes = np.asarray(of_leads(world, 5).level_nodes)[:, 0, 0, 0] * 8.0
    np.testing.assert_allclose(nodes, [1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5], rtol=1e-6)
