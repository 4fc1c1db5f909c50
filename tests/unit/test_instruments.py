"""Instruments of patrons: offers, what law bounds, the rift, and a war elsewhere, by hand."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model_fixtures as mf
import run_fixtures as rf
from liptako.model import random
from liptako.model.emit import Draw, Observed
from liptako.model.processes import choices, ladders, patrons
from liptako.model.processes.pressure import MIDDLE
from liptako.model.random import Site
from liptako.outcomes.acts import choice_tables, patron_wars
from liptako.outcomes.support import money, support
from liptako.theatre.schema import Theatre

HELP, FORT, WORD, GIFT = range(4)
"""Three instruments of the first patron, the fourth of its rival; the last patron is at war."""

LEVERS = {
    "reopen": {"id": 30, "role": "offer", "patron": "west"},
    "waive": {"id": 31, "role": "offer", "patron": "west.help"},
    "fury": {"id": 32, "role": "war", "patron": "east"},
    "room": {"id": 33, "role": "capacity", "patron": "east"},
    "court": {"id": 34, "role": "offer", "patron": "old"},
}


def rows(**levels: float) -> list[dict]:
    return [
        {"country": iso, "since": "2013-01", "level": level, "note": "invented"}
        for iso, level in levels.items()
    ]


PATRONS = {
    "west": {
        "id": 1, "label": "West", "rivals": ["old"],
        "instruments": {
            "help": {
                "label": "help", "money": 1.0, "support": rows(AAA=0.2), "most": rows(AAA=0.3),
            },
            "fort": {"label": "fort", "supplies": {"patrol": 0.5}, "support": rows(AAA=1.0)},
            "word": {"label": "word", "supplies": {"talks": 0.6}, "offers": rows(AAA=0.5)},
        },
    },
    "old": {"id": 2, "label": "Old", "support": rows(BBB=0.5), "offers": rows(AAA=0.4)},
    "east": {
        "id": 3, "label": "East", "limited": True, "support": rows(AAA=1.0, BBB=0.5),
        "war": {"country_id": 7, "since": "2012-01", "note": "invented"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    content = mf.theatre_of(mf.STREAMS, politics=True).model_dump(mode="json")
    free = {
        name: row | {"patron": None}
        for name, row in content["levers"].items()
        if row["patron"] is None
    }
    more = {
        name: {"label": name, "range": (-2.0, 2.0), "civil": False} | row
        for name, row in LEVERS.items()
    }
    menu = {"ask": {"id": 1, "label": "ask", "wants": {"west": 0.4, "west.word": 0.2}}}
    changed = {"levers": free | more, "patrons": PATRONS, "menu": menu}
    return Theatre.model_validate(content | changed)


class Built:
    """The invented theatre with these patrons, and one member of it."""

    def __init__(self, theatre: Theatre):
        loaded = replace(mf.loaded_scenario(mf.STREAMS, True), theatre=theatre)
        nowhere = pd.DataFrame({"country_id": [1], "month": [1], "deaths_sb": [0]})
        prepared = mf.prepared_of(loaded, replace(mf.world_snapshot(), country_months=nowhere))
        self.structure, self.state = prepared.structure, prepared.state
        self.background = prepared.background
        self.forcing = mf.forcing_at(prepared.start("baseline", 1).forcing, 0)
        self.quiet = mf.plain_params(self.structure)

    def params(self, **changes):
        table = {"response": 1.0, "answer": 0.5} | changes
        table = {name: jnp.asarray(value, jnp.float32) for name, value in table.items()}
        return replace(self.quiet, patrons=replace(self.quiet.patrons, **table))

    def levers(self, **values):
        full = np.zeros(self.forcing.levers.shape, np.float32)
        for name, value in values.items():
            full[self.structure.levers.index(name)] = value
        return replace(self.forcing, levers=jnp.asarray(full))

    def supplied(self, *, state=None, forcing=None, news=0.0, background=None, **changes):
        emit = Observed(
            {
                int(Site.PATRON_CAPACITY): jnp.zeros(3),
                int(Site.PATRON_WAR): jnp.full(1, news),
            }
        )
        state, background = state or self.state, background or self.background
        params, forcing = self.params(**changes), forcing or self.forcing
        return patrons.supply(self.structure, background, params, state, forcing, emit)

    def wanting(self, **more):
        wanted = np.asarray(self.state.patronage.wanted).copy()
        for name, value in more.items():
            at = self.structure.patrons.instruments.index(name.replace("__", "."))
            wanted[at, 0] += value
        return self.with_held(wanted=jnp.asarray(wanted))

    def with_held(self, **changes):
        return replace(self.state, patronage=replace(self.state.patronage, **changes))

    def with_support(self, **more):
        support = np.asarray(self.state.patronage.support).copy()
        for name, (column, value) in more.items():
            at = self.structure.patrons.instruments.index(name.replace("__", "."))
            support[at, column] += value
        return self.with_held(support=jnp.asarray(support))


@pytest.fixture(scope="module")
def built(theatre) -> Built:
    return Built(theatre)


def given_by(state) -> np.ndarray:
    return np.array(state.patronage.support)


def test_a_patron_without_instruments_is_one_of_its_own_name(built):
    table = built.structure.patrons
    assert table.instruments == ("west.help", "west.fort", "west.word", "old", "east")
    np.testing.assert_allclose(table.weight, [1 / 3, 1 / 3, 1 / 3, 1.0, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(table.money, [1.0, 0.0, 0.0, 0.0, 0.0])
    opens = {name: table.offer[:, built.structure.levers.index(name)] for name in LEVERS}
    np.testing.assert_array_equal(opens["reopen"], [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(opens["waive"], [1, 0, 0, 0, 0])
    np.testing.assert_allclose(built.structure.menu.wants[0], [0.4, 0.4, 0.6, 0.0, 0.0], rtol=1e-6)


def test_no_change_no_effect(built):
    changes = {"rift": 1.0, "elsewhere": 1.0, "war": [0.0, 0.0, 1.0]}
    after = built.supplied(**changes)
    np.testing.assert_array_equal(given_by(after), given_by(built.state))
    assert not np.asarray(after.patronage.toll).any()


def test_what_stands_on_offer_is_given_whole_and_what_is_beyond_in_part(built):
    state = built.wanting(west__word=0.8, east=-0.4)
    seen = given_by(built.supplied(state=state))
    assert seen[WORD, 0] == pytest.approx(0.5 + 0.5 * (0.8 - 0.5))
    less = given_by(built.supplied(state=built.wanting(west__word=0.4)))
    assert less[WORD, 0] == pytest.approx(0.4)
    assert seen[4, 0] == pytest.approx(0.6), "what is given back is given back"


def test_law_bounds_what_is_asked_for_and_not_what_is_waived(built):
    state = built.wanting(west__help=0.8)
    assert given_by(built.supplied(state=state))[HELP, 0] == pytest.approx(0.3)
    for tranche in (0.2, 0.5):
        waived = built.supplied(state=state, forcing=built.levers(waive=tranche))
        assert given_by(waived)[HELP, 0] == pytest.approx(0.3 + tranche)
    alone = built.supplied(forcing=built.levers(waive=0.5))
    expected = given_by(built.state)
    expected[HELP] += 0.5
    np.testing.assert_allclose(given_by(alone), expected, rtol=1e-6)


def test_a_patrons_lever_moves_all_its_instruments_and_no_others(built):
    expected = given_by(built.state)
    expected[:GIFT] = np.minimum(expected[:GIFT] + 0.3, 1.0)
    seen = built.supplied(forcing=built.levers(reopen=0.3))
    np.testing.assert_allclose(given_by(seen), expected, rtol=1e-6)


def test_a_return_costs_the_rival_there_and_elsewhere(built):
    """The first patron gains 0.3 and 0.6 by two of three instruments: 0.3 in full."""
    state = built.with_support(west__help=(0, 0.3), west__word=(0, 0.6))
    for elsewhere in (0.0, 0.5, 1.0):
        seen = given_by(built.supplied(state=state, rift=0.8, elsewhere=elsewhere))
        assert seen[GIFT, 1] == pytest.approx(0.5 * (1.0 - 0.8 * elsewhere * 0.3), rel=1e-5)
    left = built.with_support(west__fort=(0, -1.0))
    seen = given_by(built.supplied(state=left, rift=1.0, elsewhere=1.0))
    assert seen[GIFT, 1] == pytest.approx(0.5), "who leaves brings its rival nothing"


def test_a_rival_that_is_there_cools_what_would_be_given_anew_from_the_start(built):
    """The first patron gives 0.2, 1 and 0 in the first country: 0.4 in full."""
    state = built.wanting(old=0.4)
    seen = given_by(built.supplied(state=state, rift=0.5))
    assert seen[GIFT, 0] == pytest.approx(0.4 * (1.0 - 0.5 * 0.4), rel=1e-5)
    assert seen[GIFT, 1] == pytest.approx(0.5), "what is given already is not cooled"
    by_lever = given_by(built.supplied(forcing=built.levers(court=0.4), rift=0.5))
    assert by_lever[GIFT, 0] == pytest.approx(0.4 * (1.0 - 0.5 * 0.4), rel=1e-5)
    assert by_lever[GIFT, 1] == pytest.approx(0.9), "no rival is there"
    warm = given_by(built.supplied(state=state, rift=0.0))
    assert warm[GIFT, 0] == pytest.approx(0.4)


@given(rift=st.floats(0.0, 1.0), more=st.floats(0.0, 0.8), elsewhere=st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_offers_stay_within_bounds_and_fall_with_the_rift(built, rift, more, elsewhere):
    state = built.with_support(west__help=(0, more))
    some = given_by(built.supplied(state=state, rift=rift, elsewhere=elsewhere))
    none = given_by(built.supplied(state=state, rift=0.0, elsewhere=elsewhere))
    assert (some <= none + 1e-6).all()
    assert some.min() >= 0.0
    assert none.max() <= 1.0 + 1e-6


def test_the_lever_of_the_war_lowers_what_is_shared(built):
    for elasticity in (0.0, 0.5, 1.0):
        forcing = built.levers(fury=np.log(2.0))
        after = built.supplied(forcing=forcing, war=[0.0, 0.0, elasticity])
        np.testing.assert_allclose(
            given_by(after)[4, :2], [2**-elasticity, 0.5 * 2**-elasticity], rtol=1e-6
        )
        np.testing.assert_array_equal(given_by(after)[:4], given_by(built.state)[:4])


def test_the_toll_is_a_fading_mean_of_a_mean_reverting_walk(built):
    law = np.zeros((3, 3), np.float32)
    law[:, 2] = 0.3, 0.6, 0.5
    background = replace(built.background, war_law=jnp.asarray(law))
    state = built.with_held(war=jnp.asarray([0.0, 0.0, 0.9]))
    fade = 0.5 ** (1.0 / float(built.quiet.memory.half_life[MIDDLE]))
    war, toll = 0.9, 0.0
    for z in (1.0, -0.5, 0.0):
        state = built.supplied(state=state, background=background, news=z)
        war = 0.3 + 0.6 * (war - 0.3) + 0.5 * np.sqrt(1 - 0.6**2) * z
        toll = fade * toll + (1.0 - fade) * war
        np.testing.assert_allclose(state.patronage.war, [0, 0, war], rtol=1e-5)
        np.testing.assert_allclose(state.patronage.toll, [0, 0, toll], rtol=1e-5)


def test_no_war_no_draw(built):
    """A theatre without a war asks for no number at its site, and moves no bit."""
    peace = replace(
        built.structure, patrons=replace(built.structure.patrons, at_war=np.zeros(3, np.float32))
    )
    emit = Observed({int(Site.PATRON_CAPACITY): jnp.zeros(3)})
    params = built.params(war=[0.0, 0.0, 1.0])
    after = patrons.supply(peace, built.background, params, built.state, built.forcing, emit)
    np.testing.assert_array_equal(given_by(after), given_by(built.state))
    draw = Draw(random.member_key(1, 1), built.forcing.month)
    one, other = (
        patrons.supply(some, built.background, built.params(), built.state, built.forcing, draw)
        for some in (peace, built.structure)
    )
    np.testing.assert_array_equal(given_by(one), given_by(other))


def test_access_mediates_where_it_is_given_and_its_loss_is_felt(built):
    params = built.params()
    params = replace(
        params, ladders=replace(params.ladders, mediation=jnp.asarray(0.5, jnp.float32))
    )

    def heat(state, **levers):
        forcing = built.levers(**levers)
        return [
            np.asarray(part)
            for part in ladders.heat(built.structure, built.background, params, state, forcing)
        ]

    before, after = heat(built.state), heat(built.with_support(west__word=(0, 0.5)))
    first = [0.5 * 0.6 * 0.5, 0.0]
    np.testing.assert_allclose(np.subtract(after[0], before[0]), np.negative(first), atol=1e-6)
    np.testing.assert_allclose(np.subtract(after[1], before[1]), np.negative(first), atol=1e-6)
    lost = heat(built.with_support(west__fort=(0, -1.0), west__word=(0, -0.5)))
    np.testing.assert_allclose(np.subtract(lost[0], before[0]), first, atol=1e-6)


def test_a_situation_counts_each_patron_once_whatever_its_instruments(built):
    state = built.with_held(
        wanted=jnp.asarray(given_by(built.state)).at[:GIFT, 1].add(0.6),
        support=jnp.asarray(given_by(built.state)),
    )
    situations = choices.situations(
        built.structure, built.background, built.params(), state, built.forcing
    )
    unbacked = np.asarray(situations)[list(choices.Situation).index(choices.Situation.UNBACKED)]
    np.testing.assert_allclose(unbacked, [0.0, 0.6, 0.0], rtol=1e-6)


def test_support_and_money_are_counted_by_hand(theatre):
    """Instruments count by their share of a patron: thirds for the first, whole for the others."""
    given = np.zeros((2, 2, 5, 3), np.float32)
    given[0, 1, :, 0] = [0.3, 0.6, 0.0, 0.2, 1.0]
    given[:, 0] = 9.0
    run = rf.run_of(theatre, members=2, months=24, support=given)
    here, there = ["AAA", "BBB"], ["CCC"]
    assert support(run, here).tolist() == pytest.approx([0.3 + 0.2 + 1.0, 0.0])
    assert support(run, there).tolist() == [0.0, 0.0]
    assert money(run, here).tolist() == pytest.approx([0.3, 0.0])


def test_wars_of_patrons_are_told_as_multiples_of_the_start(theatre):
    toll = np.zeros((2, 2, 3), np.float32)
    toll[:, 1, 2] = np.log([1.0, 3.0])
    run = rf.run_of(theatre, members=2, months=24, toll=toll)
    table = patron_wars(run)
    assert table["patron"].tolist() == ["east", "east"]
    assert table["q50"].tolist() == pytest.approx([1.0, 2.0])
    assert table["q95"].tolist() == pytest.approx([1.0, 2.9])


def test_without_a_war_there_is_no_table_of_wars(theatre):
    levers = {name: row for name, row in theatre.levers.items() if row.patron is None}
    calm = {"patrons": {"old": theatre.patrons["old"]}, "levers": levers, "menu": {}}
    tables = choice_tables(rf.run_of(theatre.model_copy(update=calm)))
    assert set(tables) == {"patrons"}
