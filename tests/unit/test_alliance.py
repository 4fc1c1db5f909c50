"""The pact: stages at the rates given, leaving, joint acts, and what it does to the war."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import Exit, Stage
from liptako.model.distributions import Categorical
from liptako.model.emit import Draw
from liptako.model.processes import alliance, presence, regime, violence
from liptako.model.random import Site

FEBRUARY = 410
"""A month without choices: commitments, worth and trust stay as given."""

SHARP = {"commitment__steepness": 60.0, "commitment__threshold": 0.5, "commitment__relief": 0.0}
"""Nothing is provided without commitments, all of it with all of them."""

RIVAL = {"alliance__markov": 1.0}
NOTHING, ALL = (0.0, 0.0, 0.0), (2.0, 2.0, 2.0)
NOBODY = (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def state_at(world, stage, left=NOBODY, exits=NOBODY, commitment=NOTHING, **pact):
    state = world.start().state
    rule = replace(state.regime, exit=jnp.asarray(exits, jnp.float32))
    fields = {"stage": stage, "left": left, "commitment": commitment} | pact
    if "agenda" in pact:  # items as far on as the agenda is, which is their mean
        fields["items"] = np.full(len(world.structure.item_ids), 2.0 * pact["agenda"])
    given = {name: jnp.asarray(value, jnp.float32) for name, value in fields.items()}
    return replace(state, regime=rule, pact=replace(state.pact, **given))


@partial(jax.jit, static_argnames="structure")
def committed(structure, background, params, state, forcing, members):
    def one(member):
        emit = Draw(random.member_key(jnp.uint32(3), member), forcing.month)
        after, acts = alliance.commit(structure, background, params, state, forcing, emit)
        return after.pact.stage, after.pact.left, acts

    return jax.vmap(one)(members)


def months(world, state, n=4000, **changes):
    """Return stage, who has left and joint acts after one month in many members."""
    start, params = world.start(), mf.plain_params(world.structure, **changes)
    forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(FEBRUARY))
    members = jnp.arange(n, dtype=jnp.uint32)
    seen = committed(world.structure, start.background, params, state, forcing, members)
    return [np.asarray(part) for part in seen]


class Laws:
    """Lets nothing happen, and keeps the laws it was asked about."""

    def __init__(self):
        self.asked = {}

    def __call__(self, site, law, first, second):
        self.asked[int(site)] = law.probability
        return jnp.zeros(np.broadcast_shapes(np.shape(first), np.shape(second)))


@partial(jax.jit, static_argnames="structure")
def asked(structure, background, params, state, forcing):
    spy = Laws()
    alliance.commit(structure, background, params, state, forcing, spy)
    return spy.asked


def laws(world, state, **changes):
    """Return the probabilities of what may happen this month, by site."""
    start = world.start()
    forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(FEBRUARY))
    params = mf.plain_params(world.structure, **changes)
    found = asked(world.structure, start.background, params, state, forcing)
    return {site: np.asarray(law) for site, law in found.items()}


# stages


RATES = {
    "alliance__to_consultative": 0.2,
    "alliance__to_operational": 0.1,
    "alliance__to_integrated": 0.3,
    "alliance__end": 0.05,
    "commitment__launch": 0.15,
    "commitment__stall": 0.25,
    "commitment__lapse": 0.04,
}
PAST = {
    Stage.PAPER: {Stage.CONSULTATIVE: 0.2, Stage.OPERATIONAL: 0.1, Stage.DISSOLVED: 0.05},
    Stage.CONSULTATIVE: {Stage.OPERATIONAL: 0.1, Stage.DISSOLVED: 0.05},
    Stage.OPERATIONAL: {Stage.INTEGRATED: 0.3, Stage.DISSOLVED: 0.05},
    Stage.INTEGRATED: {Stage.DISSOLVED: 0.05},
    Stage.DISSOLVED: {},
}
IDLE = {
    Stage.PAPER: {Stage.CONSULTATIVE: 0.2, Stage.DISSOLVED: 0.04},
    Stage.CONSULTATIVE: {Stage.DISSOLVED: 0.04},
    Stage.OPERATIONAL: {Stage.CONSULTATIVE: 0.25, Stage.INTEGRATED: 0.15, Stage.DISSOLVED: 0.04},
    Stage.INTEGRATED: {Stage.DISSOLVED: 0.04},
    Stage.DISSOLVED: {},
}
AT_WORK = {
    Stage.PAPER: {Stage.CONSULTATIVE: 0.2, Stage.OPERATIONAL: 0.15},
    Stage.CONSULTATIVE: {Stage.OPERATIONAL: 0.15},
    Stage.OPERATIONAL: {Stage.INTEGRATED: 0.15},
    Stage.INTEGRATED: {},
    Stage.DISSOLVED: {},
}
"""Rates by stage; half an agenda stands in each, so the way to integration is half as fast."""


def rows(expected):
    rates = [expected.get(stage, 0.0) for stage in list(Stage)[1:]]
    return -np.expm1(-np.array(rates))


@pytest.mark.parametrize("stage", list(Stage))
def test_the_rival_has_the_rates_of_past_pacts_whatever_members_commit(world, stage):
    for commitment in (NOTHING, ALL):
        state = state_at(world, stage, commitment=commitment, agenda=0.5)
        seen = laws(world, state, **RATES, **SHARP, **RIVAL)[Site.PACT_STAGE][:, 0]
        np.testing.assert_allclose(seen, rows(PAST[stage]), rtol=1e-5)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(
    ("commitment", "expected"), [(NOTHING, IDLE), (ALL, AT_WORK)], ids=["idle", "at work"]
)
def test_the_game_has_the_rates_that_what_is_provided_makes(world, stage, commitment, expected):
    state = state_at(world, stage, commitment=commitment, agenda=0.5)
    seen = laws(world, state, **RATES, **SHARP)[Site.PACT_STAGE][:, 0]
    np.testing.assert_allclose(seen, rows(expected[stage]), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("changes", [RIVAL, {}], ids=["rival", "game"])
@pytest.mark.parametrize("stage", list(Stage))
def test_stages_follow_as_often_as_their_rates_say(world, stage, changes):
    state = state_at(world, stage, agenda=0.5)
    reached, _, _ = months(world, state, **RATES, **SHARP, **changes)
    share = np.bincount(reached.astype(int), minlength=5) / len(reached)
    expected = rows((PAST if changes else IDLE)[stage])
    for other in list(Stage)[1:]:
        if other != stage:
            assert share[other] == pytest.approx(expected[other - 1], abs=0.02), other
            assert (share[other] > 0) == (expected[other - 1] > 0)
    assert share[stage] == pytest.approx(1 - expected.sum(), abs=0.03)


def test_the_rival_draws_what_the_markov_pact_drew_and_the_game_draws_the_same_luck(world):
    """The old law at the same uniforms: no draw may move, no rate either."""
    exits = (Exit.COUP_OTHER_CAMP, 0.0, 0.0)
    state = state_at(world, Stage.PAPER, exits=exits, commitment=ALL)
    changes = {**RATES, "alliance__leave": 0.3, "alliance__leave_after_coup": 0.2, **SHARP}
    stage, left, _ = months(world, state, 500, **changes, **RIVAL)
    zero = np.zeros(1, np.uint32)

    @jax.vmap
    def uniforms(member):
        key = random.member_key(jnp.uint32(3), member)
        at = [random.at(key, FEBRUARY, site) for site in (Site.PACT_STAGE, Site.PACT_LEAVE)]
        ids = world.structure.country_ids
        return random.uniform(at[0], zero, zero), random.uniform(at[1], ids, 0 * ids)

    luck, luck_of = uniforms(jnp.arange(500, dtype=jnp.uint32))
    np.testing.assert_array_equal(left, np.asarray(luck_of) < np.array([0.3, 0.1, 0.1]))
    law = Categorical(jnp.asarray(rows(PAST[Stage.PAPER]), jnp.float32)[:, None])
    moved = np.asarray(jax.vmap(law.quantile)(luck))[:, 0]
    stays = left.sum(1) < 2
    np.testing.assert_array_equal(stage[stays], moved[stays])
    assert (stage[~stays] == Stage.DISSOLVED).all()
    assert len(np.unique(stage[stays])) == 4
    # the game at full provision, with rates to match and nobody leaving, has that luck too
    alike = {**changes, "commitment__launch": 0.1, "alliance__end": 0.0, "alliance__leave": 0.0}
    alike |= {"alliance__leave_after_coup": 0.0}
    game, _, _ = months(world, state, 500, **alike)
    rival, _, _ = months(world, state, 500, **alike, **RIVAL)
    np.testing.assert_array_equal(game, rival)
    assert len(np.unique(game)) == 3


# leaving


def test_a_member_may_leave_after_a_coup_and_two_gone_end_the_pact(world):
    state = state_at(world, Stage.CONSULTATIVE, exits=(Exit.COUP_OTHER_CAMP, Exit.MUTINY, 0.0))
    for changes in (RIVAL, {}):
        _, left, _ = months(world, state, alliance__leave_after_coup=0.4, **changes)
        np.testing.assert_allclose(left.mean(0), [0.4, 0.0, 0.0], atol=0.03)
    stage, _, acts = months(world, state_at(world, Stage.OPERATIONAL, left=(1.0, 1.0, 0.0)))
    assert (stage == Stage.DISSOLVED).all()
    assert not acts.any()
    stage, left, _ = months(world, state_at(world, Stage.OPERATIONAL, left=(1.0, 0.0, 0.0)))
    assert (stage == Stage.OPERATIONAL).all()
    np.testing.assert_array_equal(left.mean(0), [1.0, 0.0, 0.0])


def test_a_pact_may_end_with_the_exit_of_a_member_and_only_then(world):
    leaves = {"alliance__leave_after_coup": 1.0, "alliance__follow": 0.3}
    state = state_at(world, Stage.OPERATIONAL, exits=(Exit.COUP_OTHER_CAMP, 0.0, 0.0))
    for changes in (RIVAL, {}):
        stage, left, _ = months(world, state, **leaves, **changes)
        assert left[:, 0].all()
        np.testing.assert_allclose((stage == Stage.DISSOLVED).mean(), 0.3, atol=0.03)
    quiet = state_at(world, Stage.OPERATIONAL, left=(1.0, 0.0, 0.0))
    assert (months(world, quiet, alliance__follow=0.9)[0] == Stage.OPERATIONAL).all()


def test_nobody_leaves_a_dissolved_pact_and_it_guards_nobody(world):
    state = state_at(world, Stage.DISSOLVED, exits=(Exit.COUP_OTHER_CAMP,) * 3)
    _, left, _ = months(world, state, alliance__leave_after_coup=1.0, commitment__exit=9.0)
    assert not left.any()


def test_leaving_follows_what_staying_is_worth_against_what_is_offered_elsewhere(world):
    game = {
        "commitment__exit": -3.0, "commitment__exit_sensitivity": 2.0,
        "commitment__agenda_lock": 0.5, "commitment__outside": 0.8,
        "patrons__backing": np.array([0.0, 0.25, 1.0]),
    }  # fmt: skip
    worth = np.array([-0.5, 0.0, 0.7])
    state = state_at(world, Stage.OPERATIONAL, worth=worth, agenda=0.4)
    more = np.array([[0.2, 0.0, 0.1], [0.4, 0.0, 0.0], [0.0, 0.5, 0.0]], np.float32)
    gave = state.patronage
    state = replace(state, patronage=replace(gave, support=gave.support + more))
    seen = laws(world, state, **game)[Site.PACT_LEAVE][0]
    elsewhere = more[0] + 0.75 * more[1]
    odds = -3.0 + 2.0 * (0.8 * elsewhere - worth - 0.5 * 0.4)
    np.testing.assert_allclose(seen, 1 / (1 + np.exp(-odds)), rtol=1e-5)
    past = laws(world, state, **game, alliance__leave=0.03, **RIVAL)[Site.PACT_LEAVE][0]
    np.testing.assert_allclose(past, 0.01, rtol=1e-5)


def test_a_common_agenda_and_a_worthy_pact_keep_members_in(world):
    def chance(**pact):
        state = state_at(world, Stage.OPERATIONAL, **pact)
        return laws(world, state, commitment__exit=-2.0)[Site.PACT_LEAVE][0]

    plain = chance()
    assert (chance(worth=(0.5, 0.5, 0.5)) < plain).all()
    assert (chance(agenda=1.0) < plain).all()
    gone = chance(left=(0.0, 1.0, 0.0))
    assert gone[1] == 0.0
    assert gone[0] == plain[0]


# joint acts


def test_joint_acts_come_at_the_rate_of_the_stage(world):
    rates = {"alliance__acts_operational": 12.0, "alliance__acts_consultative": 3.0}
    for stage, yearly in (
        (Stage.PAPER, 0.0),
        (Stage.CONSULTATIVE, 3.0),
        (Stage.INTEGRATED, 12.0),
        (Stage.DISSOLVED, 0.0),
    ):
        _, _, acts = months(world, state_at(world, stage), **rates, **RIVAL)
        assert acts.mean() == pytest.approx(yearly / 12.0, abs=0.05)


@pytest.mark.parametrize(("commitment", "yearly"), [(NOTHING, 3.0), (ALL, 12.0)])
def test_under_the_game_acts_follow_what_is_provided(world, commitment, yearly):
    rates = {"alliance__acts_operational": 12.0, "alliance__acts_consultative": 3.0}
    state = state_at(world, Stage.INTEGRATED, commitment=commitment)
    law = laws(world, state, **rates, **SHARP)[Site.JOINT_ACTS][:, 0]
    mean = yearly / 12.0
    np.testing.assert_allclose(
        law[:3], np.exp(-mean) * mean ** np.arange(1, 4) / [1, 2, 6], rtol=1e-5
    )
    state = state_at(world, Stage.CONSULTATIVE, commitment=commitment)
    law = laws(world, state, **rates, **SHARP)[Site.JOINT_ACTS][:, 0]
    assert law[0] == pytest.approx(np.exp(-0.25) * 0.25, rel=1e-5)


SURE = 50.0
MOVES = [
    (Stage.CONSULTATIVE, ALL, {"commitment__launch": SURE}, Stage.OPERATIONAL, 1.0),
    (Stage.OPERATIONAL, ALL, {"alliance__to_integrated": SURE}, Stage.INTEGRATED, 1.0),
    (Stage.OPERATIONAL, NOTHING, {"commitment__stall": SURE}, Stage.CONSULTATIVE, 0.0),
    (Stage.OPERATIONAL, NOTHING, {"commitment__lapse": SURE}, Stage.DISSOLVED, 0.0),
    (Stage.PAPER, NOTHING, {"alliance__to_consultative": SURE}, Stage.CONSULTATIVE, 0.0),
    (Stage.PAPER, NOTHING, {"alliance__to_operational": SURE, **RIVAL}, Stage.OPERATIONAL, 1.0),
]


@pytest.mark.parametrize(("stage", "commitment", "changes", "reached", "acts"), MOVES)
def test_rising_to_work_is_a_joint_act_and_stepping_back_is_none(
    world, stage, commitment, changes, reached, acts
):
    state = state_at(world, stage, commitment=commitment, agenda=1.0)
    off = {"alliance__acts_operational": 0.0}
    found, _, counted = months(world, state, 200, **SHARP, **off, **changes)
    assert (found == reached).all()
    assert (counted == acts).all()


# what it does


def test_without_the_pact_nothing_happens(world):
    state = state_at(world, Stage.CONSULTATIVE, exits=(Exit.COUP_OTHER_CAMP, 0.0, 0.0))
    off = {**RATES, "alliance__leave_after_coup": 0.9, "alliance__active": 0.0}
    off |= {"commitment__exit": 3.0, "alliance__acts_consultative": 24.0}
    for changes in (RIVAL, {}):
        stage, left, acts = months(world, state, 500, **off, **changes)
        assert (stage == Stage.CONSULTATIVE).all()
        assert not left.any()
        assert not acts.any()


@pytest.mark.parametrize(
    ("stage", "left", "changes", "share", "inside"),
    [
        (Stage.CONSULTATIVE, NOBODY, {}, 0.0, ()),
        (Stage.OPERATIONAL, (0.0, 1.0, 0.0), {}, 0.6, (0, 2)),
        (Stage.OPERATIONAL, NOBODY, RIVAL, 1.0, (0, 1, 2)),
        (Stage.INTEGRATED, NOBODY, {}, 0.6, (0, 1, 2)),
        (Stage.INTEGRATED, NOBODY, {"alliance__active": 0.0}, 0.0, ()),
        (Stage.DISSOLVED, NOBODY, {}, 0.0, ()),
        (Stage.DISSOLVED, NOBODY, RIVAL, 0.0, ()),
    ],
)
def test_a_pact_at_work_moves_its_lever_in_members_that_stay(
    world, stage, left, changes, share, inside
):
    structure, start = world.structure, world.start()
    effect = np.zeros((len(structure.levers), len(structure.streams)))
    row, drill = structure.streams.index("army_rebels"), structure.levers.index("drill")
    effect[drill, row] = 0.3
    params = mf.plain_params(structure, violence__lever_effect=effect, **changes)
    state = state_at(world, stage, left, provided=0.6)
    expected = np.zeros((len(structure.levers), 3))
    expected[drill, list(inside)] = 0.5 * share
    np.testing.assert_allclose(alliance.operations(structure, params, state), expected, rtol=1e-6)
    forcing, apart = mf.forcing_at(start.forcing, 0), state_at(world, Stage.PAPER)
    log, without = (
        np.asarray(violence.modifiers(structure, start.background, params, one, forcing))
        for one in (state, apart)
    )
    at_border = structure.zones.border & np.isin(structure.zones.country, inside)
    np.testing.assert_allclose((log - without)[row], 0.3 * 0.5 * share * at_border, atol=1e-6)


@pytest.mark.parametrize(
    ("stage", "left", "changes", "crosses"),
    [
        (Stage.OPERATIONAL, NOBODY, {}, 0.4 * (1 - 0.5 * 0.6)),
        (Stage.INTEGRATED, NOBODY, RIVAL, 0.4 * (1 - 0.5)),
        (Stage.OPERATIONAL, (0.0, 0.0, 1.0), {}, 0.4 * (1 - 0.5 * 0.6)),
        (Stage.OPERATIONAL, (1.0, 0.0, 0.0), {}, 0.4),
        (Stage.CONSULTATIVE, NOBODY, RIVAL, 0.4),
        (Stage.DISSOLVED, NOBODY, RIVAL, 0.4),
    ],
)
def test_a_border_closes_in_part_between_allies_both_inside(world, stage, left, changes, crosses):
    structure = world.structure
    params = mf.plain_params(structure, alliance__closure=0.5, **changes)
    state = state_at(world, stage, left, provided=0.6)
    assert structure.neighbours.borders == ("AAA-BBB",)
    background = world.start().background
    seen = alliance.permeability(structure, background, params, state)
    np.testing.assert_allclose(seen, [crosses], rtol=1e-6)
    others = replace(structure, allied_border=np.array([[3, 3]], np.int32))
    seen = alliance.permeability(others, background, params, state)
    np.testing.assert_allclose(seen, [0.4], rtol=1e-6)


def test_a_closed_border_takes_away_what_came_from_the_neighbour_and_nothing_else(world):
    structure = world.structure

    def pressure(stage, **changes):
        background, params = world.start().background, mf.plain_params(structure, **changes)
        state = state_at(world, stage, provided=1.0)
        return np.asarray(violence.pressure_on_cells(structure, background, params, state))

    shut, open_ = (
        pressure(stage, alliance__closure=1.0) for stage in (Stage.OPERATIONAL, Stage.PAPER)
    )
    expected = pressure(Stage.PAPER, violence__permeability=np.zeros(1))
    np.testing.assert_allclose(shut, expected, rtol=1e-5)
    far = ~_near_border(structure)
    np.testing.assert_allclose(shut[:, far], open_[:, far], rtol=1e-6)
    assert (shut[:, ~far] < open_[:, ~far]).all()


# the shield


@pytest.fixture(scope="module")
def landlocked() -> mf.World:
    """Return the theatre with a pact of AAA and the loner; BBB is a neighbour that is no ally."""
    loaded = mf.political_world().prepared.loaded
    tables = loaded.theatre.model_dump()
    tables["alliance"]["members"] = ["AAA", mf.LONER]
    theatre = type(loaded.theatre).model_validate(tables)
    prepared = mf.prepared_of(replace(loaded, theatre=theatre))
    return mf.World(prepared, mf.plain_params(prepared.structure))


def present(landlocked, times, **pact):
    """Return the start with presence at so many times where it stood, by region."""
    start = landlocked.start()
    stood = presence.toward(
        landlocked.params, start.background.presence_start, start.background.attack_share
    )
    given = {name: jnp.asarray(value, jnp.float32) for name, value in pact.items()}
    state = replace(start.state, presence=jnp.asarray(times) * stood)
    return replace(state, pact=replace(state.pact, **given))


def crossing(landlocked, state, **changes):
    params = mf.plain_params(landlocked.structure, **{"alliance__shield": 0.5, **changes})
    background = landlocked.start().background
    seen = alliance.permeability(landlocked.structure, background, params, state)
    return np.asarray(seen)


THINNED = [0.5, 1.0, 1.0, 1.0, 1.0]
"""Half the presence of AAA in its region at the border."""


def test_the_shield_is_the_ally_s_regions_along_a_border_with_another_country(world, landlocked):
    assert landlocked.structure.neighbours.borders == ("AAA-BBB",)
    np.testing.assert_array_equal(landlocked.structure.shield, [[1, 0, 0, 0, 0]])
    np.testing.assert_array_equal(world.structure.shield, np.zeros((1, 5)))


@pytest.mark.parametrize(
    ("times", "effort"),
    [
        ([1.0] * 5, 0.0),
        (THINNED, np.tanh(-0.5)),
        ([1.3, 1.0, 1.0, 1.0, 1.0], np.tanh(0.3)),
        ([1.0, 0.2, 0.2, 3.0, 3.0], 0.0),
    ],
    ids=["as it stood", "thinned", "grown", "elsewhere"],
)
def test_what_crosses_follows_presence_along_the_border(landlocked, times, effort):
    seen = crossing(landlocked, present(landlocked, times))
    np.testing.assert_allclose(seen, 0.4 * np.exp(-0.5 * effort), rtol=1e-4)
    np.testing.assert_allclose(
        crossing(landlocked, present(landlocked, times), alliance__shield=0.0), 0.4, rtol=1e-6
    )


def test_force_lent_to_the_pact_is_missed_along_the_border_too(landlocked):
    lent = {"stage": Stage.OPERATIONAL, "commitment": (2.0, 0.0)}
    seen = crossing(landlocked, present(landlocked, [1.0] * 5, **lent), alliance__away=0.3)
    np.testing.assert_allclose(seen, 0.4 * np.exp(0.5 * 0.3), rtol=1e-4)


def test_no_more_crosses_a_border_than_meets_it(landlocked):
    gone = present(landlocked, [0.0, 1.0, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(crossing(landlocked, gone, alliance__shield=9.0), 1.0)


def test_between_allies_no_shield_counts(world):
    seen = crossing(world, present(world, THINNED))
    np.testing.assert_allclose(seen, 0.4, rtol=1e-6)


def test_thinner_presence_lets_more_into_the_neighbour_and_nowhere_else(landlocked):
    """With violence in the ally alone; suppression at home is another matter."""
    structure, background = landlocked.structure, landlocked.start().background
    params = mf.plain_params(structure, alliance__shield=0.5, presence__suppression=0.0)
    forcing = mf.forcing_at(landlocked.start().forcing, 0)

    def rates(times, source):
        state = present(landlocked, times)
        at_home = jnp.asarray(structure.country == source, jnp.float32)
        traces, level = state.traces * at_home, jnp.ones_like(state.level)
        state = replace(state, traces=traces, level=level)
        law, *_ = violence.law(structure, background, params, state, forcing)
        return np.asarray(law.mean)

    ally, neighbour = 0, 1
    near = _near_border(structure)
    for source, reached in ((ally, neighbour), (neighbour, ally)):
        before, after = rates([1.0] * 5, source), rates(THINNED, source)
        there = near & (structure.country == reached)
        assert (after[:, there] > 1.0001 * before[:, there]).all()
        np.testing.assert_allclose(after[:, ~there], before[:, ~there], rtol=1e-5)


def _near_border(structure):
    return structure.neighbours.slot < structure.neighbours.slot.max()


@pytest.mark.parametrize("stage", list(Stage))
def test_force_lent_to_a_pact_that_operates_is_missed_at_home(world, stage):
    structure, start = world.structure, world.start()
    params = mf.plain_params(structure, alliance__away=0.3)
    state = state_at(world, stage, commitment=(2.0, 1.0, 0.0))
    runs = stage in {Stage.OPERATIONAL, Stage.INTEGRATED}
    lent = np.array([0.3, 0.15, 0.0]) * runs
    np.testing.assert_allclose(alliance.away(structure, params, state), lent, rtol=1e-6)
    forcing = mf.forcing_at(start.forcing, 0)
    home = replace(state, pact=replace(state.pact, commitment=jnp.zeros(3)))
    log, before = (
        np.asarray(violence.modifiers(structure, start.background, params, one, forcing))
        for one in (state, home)
    )
    rebels = structure.insurgent[:, None]
    expected = 0.2 * lent[structure.zones.country] * rebels
    np.testing.assert_allclose(log - before, expected, atol=1e-6)


def test_commitments_of_the_others_guard_a_regime(world):
    structure, start = world.structure, world.start()
    state = state_at(world, Stage.OPERATIONAL, commitment=(2.0, 1.0, 0.0))
    np.testing.assert_allclose(alliance.guarded(structure, state), [0.25, 0.5, 0.75])
    full = state_at(world, Stage.OPERATIONAL, commitment=ALL)
    np.testing.assert_allclose(alliance.guarded(structure, full), 1.0)
    gone = state_at(world, Stage.OPERATIONAL, left=(0.0, 0.0, 1.0), commitment=(2.0, 1.0, 0.0))
    np.testing.assert_allclose(alliance.guarded(structure, gone), [0.25, 0.5, 0.0])
    params = mf.plain_params(structure, regime__guarantee=0.8)
    forcing = mf.forcing_at(start.forcing, 0)
    danger = regime.danger(structure, start.background, params, state, forcing)
    np.testing.assert_allclose(danger, -0.8 * np.array([0.25, 0.5, 0.75]), rtol=1e-5)
    alone = mf.world()
    assert not np.asarray(alliance.guarded(alone.structure, alone.start().state)).any()
