"""Commitment: the quarter's game by brute force and in its limits, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model_fixtures as mf
from liptako.data.snapshot import load_snapshot
from liptako.games.quantal_response import logit_response, quantal_response
from liptako.inference.past_cases.politics import fit_politics
from liptako.model import random
from liptako.model.codes import Stage
from liptako.model.draws import draw_params
from liptako.model.emit import Draw, Observed
from liptako.model.posterior import load_posterior
from liptako.model.processes import commitment
from liptako.model.processes.commitment import Stakes
from liptako.model.random import Site
from liptako.model.state import Pact
from liptako.model.structure import build_structure
from liptako.theatre.loading import load_scenario

ALL = np.stack(np.meshgrid(*[np.arange(3.0)] * 3, indexing="ij"))
"""Every profile of three allies: `[player, first's level, second's, third's]`."""

TRYING = {"commitment__trust": 0.7, "commitment__willing": 0.5}
NONE, MUCH = (0.98, 0.01, 0.01), (0.01, 0.01, 0.98)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def pact_of(world, profile=(1 / 3, 1 / 3, 1 / 3), trust=0.5, left=(0.0, 0.0, 0.0), **changes):
    profile = np.broadcast_to(np.asarray(profile, np.float32), (3, 3))
    fields = {"profile": profile, "trust": trust, "left": left, "stage": 1.0} | changes
    given = {name: jnp.asarray(value, jnp.float32) for name, value in fields.items()}
    return replace(world.start().state.pact, **given)


def stakes_of(exposure=1.0, danger=1.0, strain=1.0, slack=0.1) -> Stakes:
    each = (jnp.broadcast_to(jnp.float32(np.asarray(x)), (3,)) for x in (exposure, danger, strain))
    return Stakes(*each, jnp.float32(slack))


def provision(game, share, slack):
    """Return the public good as the formula has it."""
    threshold = game.threshold - game.relief * slack
    risen, floor = (
        1 / (1 + jnp.exp(-game.steepness * (x - threshold))) for x in (share, jnp.zeros(()))
    )
    return (risen - floor) / (1 - floor)


def table(params, faced, pact) -> jax.Array:
    """Return what every ally gets at every profile of the three, term by term."""
    game, rows = params.commitment, []
    for i in range(3):
        weight, own, others = params.motives.weight[i], ALL[i], ALL.sum(0) - ALL[i]
        losses = (faced.strain.sum() - faced.strain[i]) / 2
        counted_on = pact.trust * others
        good = provision(game, (own + counted_on) / 6, faced.slack)
        rows.append(
            weight[0] * faced.exposure[i] * good
            + weight[2] * game.insurance * faced.danger[i] * (own > 0) * counted_on / 4
            + (weight[6] + weight[8]) * game.standing * (own > 0)
            - game.cost * own / 2 * faced.strain[i]
            - weight[2] * game.entrapment * own / 2 * others / 4 * losses
            - 10.0 * own * pact.left[i]
        )
    return jnp.stack(rows)


@partial(jax.jit, static_argnames="structure")
def solved(structure, params, faced, pact):
    """Return the profile, what staying is worth, and the residual by brute force."""
    profile, worth = commitment.equilibrium(structure, params, faced, pact)
    answer = logit_response(table(params, faced, pact), profile, params.commitment.precision)
    return profile, worth, jnp.abs(answer - profile).max()


by_tensor = jax.jit(quantal_response)


def played(world, faced=None, pact=None, **changes):
    params = mf.plain_params(world.structure, **changes)
    faced = stakes_of() if faced is None else faced
    seen = solved(world.structure, params, faced, pact_of(world) if pact is None else pact)
    return [np.asarray(part) for part in seen]


# the public good


@given(
    threshold=st.floats(0.3, 0.95), relief=st.floats(0.05, 0.8), share=st.floats(0.0, 1.0),
    slack=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0),
)  # fmt: skip
@settings(max_examples=100, deadline=None, derandomize=True)
def test_more_slack_or_a_larger_share_never_provides_less(threshold, relief, share, slack, more):
    params = mf.plain_params(
        mf.political_world().structure,
        commitment__threshold=threshold, commitment__relief=relief,
    )  # fmt: skip

    def good(share, slack):
        return float(commitment.provision(params, jnp.float32(share), jnp.float32(slack)))

    base = good(share, slack)
    assert 0.0 <= base <= 1.0
    assert good(share, min(slack + more, 1.0)) >= base - 1e-5
    assert good(min(share + more, 1.0), slack) >= base - 1e-5
    assert good(0.0, slack) == 0.0


def test_provision_is_its_formula(world):
    share = np.linspace(0, 1, 7)
    seen = commitment.provision(world.params, jnp.asarray(share, jnp.float32), jnp.float32(0.3))
    rise, floor = (1 / (1 + np.exp(-8.0 * (x - (0.6 - 0.4 * 0.3)))) for x in (share, 0.0))
    np.testing.assert_allclose(seen, (rise - floor) / (1 - floor), rtol=1e-5, atol=1e-6)


def test_what_is_provided_follows_the_commitments_made(world):
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    params = world.params
    for given_, share in (((0, 0, 0), 0.0), ((2, 1, 0), 0.5), ((2, 2, 2), 1.0)):
        state = replace(start.state, pact=pact_of(world, commitment=given_))
        seen = commitment.provided(world.structure, start.background, params, state, forcing)
        assert float(seen) == pytest.approx(
            float(provision(params.commitment, share, 0.1)), rel=1e-5
        )


# the game


def test_without_precision_allies_toss_coins(world):
    profile, _, residual = played(world, stakes_of(3.0, 2.0, 0.5), commitment__precision=0.0)
    np.testing.assert_allclose(profile, 1 / 3, rtol=1e-6)
    assert residual < 1e-6


def test_allies_that_count_on_nobody_answer_their_own_payoffs(world):
    exposure, strain = np.array([0.5, 1.0, 3.0]), np.array([0.7, 1.0, 1.5])
    profile, worth, _ = played(
        world, stakes_of(exposure=exposure, strain=strain), pact_of(world, trust=0.0),
        commitment__entrapment=0.0, commitment__threshold=0.3, commitment__precision=4.0,
    )  # fmt: skip
    k = np.arange(3)
    rise, floor = (1 / (1 + np.exp(-8.0 * (x - 0.26))) for x in (k / 6, 0.0))
    own = exposure[:, None] * (rise - floor) / (1 - floor)
    own = own + 2 * 0.1 * (k > 0) - 0.6 * strain[:, None] * k / 2
    odds = np.exp(4.0 * own)
    expected = odds / odds.sum(1, keepdims=True)
    np.testing.assert_allclose(profile, expected, rtol=1e-4)
    np.testing.assert_allclose(worth, (expected * own).sum(1), rtol=1e-4)


def drawn_case(seed):
    rng = np.random.default_rng(seed)
    changes = {
        "precision": rng.uniform(1, 10), "threshold": rng.uniform(0.3, 0.9),
        "relief": rng.uniform(0, 0.8), "cost": rng.uniform(0.2, 1.0),
        "insurance": rng.uniform(0, 0.8), "standing": rng.uniform(0, 0.4),
        "entrapment": rng.uniform(0, 0.8),
    }  # fmt: skip
    changes = {f"commitment__{name}": value for name, value in changes.items()}
    changes["motives__weight"] = rng.normal(0.6, 0.4, (3, 10))
    faced = stakes_of(*np.exp(rng.uniform(-1, 1, (3, 3))), rng.uniform())
    return changes, faced, rng.dirichlet(np.ones(3), 3), rng.uniform()


@pytest.mark.parametrize("seed", range(8))
def test_the_game_is_the_one_written_out_over_all_profiles(world, seed):
    changes, faced, profile, trust = drawn_case(seed)
    pact = pact_of(world, profile, trust)
    seen, worth, _ = played(world, faced, pact, **changes)
    params = mf.plain_params(world.structure, **changes)
    payoffs = table(params, faced, pact)
    oracle = by_tensor(payoffs, params.commitment.precision, pact.profile)
    assert float(oracle.residual) < 1e-5
    np.testing.assert_allclose(seen, oracle.strategies, atol=1e-5)
    chance = np.einsum("a,b,c->abc", *seen)
    np.testing.assert_allclose(worth, (np.asarray(payoffs) * chance).sum((1, 2, 3)), atol=1e-5)


def test_permuting_the_allies_permutes_the_profile(world):
    changes, faced, profile, trust = drawn_case(3)
    order = np.array([2, 0, 1])
    turned = replace(
        faced, **{name: getattr(faced, name)[order] for name in ("exposure", "danger", "strain")}
    )
    weight = changes.pop("motives__weight")
    one = played(world, faced, pact_of(world, profile, trust), motives__weight=weight, **changes)
    two = played(
        world, turned, pact_of(world, profile[order], trust),
        motives__weight=weight[order], **changes,
    )  # fmt: skip
    np.testing.assert_allclose(two[0], one[0][order], atol=1e-5)
    np.testing.assert_allclose(two[1], one[1][order], atol=1e-5)
    assert np.ptp(one[0], axis=0).max() > 0.05


def test_a_high_threshold_leaves_the_pact_idle_and_a_low_one_sets_it_to_work(world):
    share = {}
    for threshold, before in ((0.95, MUCH), (0.3, NONE)):
        profile, _, residual = played(
            world, pact=pact_of(world, before, trust=0.7), commitment__threshold=threshold,
            commitment__cost=0.4, commitment__entrapment=0.0, commitment__precision=12.0,
            commitment__standing=0.0, commitment__insurance=0.0,
        )  # fmt: skip
        assert residual < 1e-4
        share[threshold] = profile @ np.arange(3) / 2
    assert (share[0.95] < 0.3).all()
    assert (share[0.3] > 0.45).all()


def test_a_pact_that_worked_goes_on_and_one_on_paper_stays_there(world):
    trap = {
        "commitment__precision": 16.0, "commitment__threshold": 0.6, "commitment__cost": 0.6,
        "commitment__entrapment": 0.0, "commitment__standing": 0.05,
    }  # fmt: skip
    found = {}
    for name, before in (("paper", NONE), ("working", MUCH)):
        profile, worth, residual = played(world, pact=pact_of(world, before, trust=0.9), **trap)
        assert residual < 1e-4, name
        again, _, _ = played(world, pact=pact_of(world, profile, trust=0.9), **trap)
        np.testing.assert_allclose(again, profile, atol=1e-4, err_msg=name)
        found[name] = profile, worth
    assert (found["paper"][0][:, 0] > 0.8).all()
    assert (found["working"][0][:, 0] < 0.2).all()
    assert (found["working"][1] > found["paper"][1] + 0.1).all()


def test_a_member_that_has_left_commits_nothing_and_nobody_counts_on_it(world):
    gone = pact_of(world, MUCH, trust=0.8, left=(0.0, 1.0, 0.0))
    changes = {"commitment__threshold": 0.4, "commitment__cost": 0.3}
    profile, _, _ = played(world, pact=gone, **changes)
    np.testing.assert_allclose(profile[1], [1.0, 0.0, 0.0], atol=1e-6)
    stays, _, _ = played(world, pact=replace(gone, left=jnp.zeros(3)), **changes)
    assert abs(profile - stays)[[0, 2]].max() > 0.01
    pair = np.array([0, 2])
    payoffs = table(mf.plain_params(world.structure, **changes), stakes_of(), gone)[pair, :, 0]
    two = by_tensor(payoffs, 6.0, gone.profile[pair]).strategies
    np.testing.assert_allclose(profile[pair], two, atol=1e-4)


# what allies face


def test_at_the_start_allies_face_what_they_faced(world):
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    faced = commitment.stakes(world.structure, start.background, world.params, start.state, forcing)
    for part in (faced.exposure, faced.danger, faced.strain):
        np.testing.assert_allclose(part, 1.0, rtol=1e-6)
    assert float(faced.slack) == pytest.approx(0.1, rel=1e-6)


def test_stakes_follow_the_war_within_bounds(world):
    start, structure = world.start(), world.structure
    background = replace(
        start.background,
        losses_start=jnp.asarray([9.0, 9.0, 9.0]),
        border_start=jnp.asarray([3.0, 3.0, 3.0]),
    )
    rule = replace(
        start.state.regime,
        losses=jnp.asarray([14.0, 4.0, 500.0]),
        danger=jnp.asarray([0.5, -4.0, 4.0]),
    )
    attacks = np.zeros(start.state.traces.shape, np.float32)
    at_border = np.flatnonzero(structure.border_cell & (structure.country == 0))
    inland = np.flatnonzero(~structure.border_cell & (structure.country == 1))
    rebels = structure.streams.index("army_rebels")
    attacks[rebels, 1, at_border[:2]] = 1.5
    attacks[rebels, 1, inland[:2]] = 50.0
    state = replace(start.state, regime=rule, traces=jnp.asarray(attacks))
    forcing = mf.forcing_at(start.forcing, 0)
    faced = commitment.stakes(structure, background, world.params, state, forcing)
    np.testing.assert_allclose(faced.strain, [1.5, 0.5, np.e], rtol=1e-5)
    np.testing.assert_allclose(faced.danger, np.exp([0.5, -1.0, 1.0]), rtol=1e-5)
    np.testing.assert_allclose(faced.exposure, [1.0, 1 / 3, 1 / 3], rtol=1e-5)
    assert float(faced.slack) == pytest.approx(0.1 / 0.5, rel=1e-5)


def test_slack_is_the_most_that_an_ally_a_patron_or_a_backer_can_spare(world):
    start = world.start()

    def slack(left=(0.0, 0.0, 0.0), friend=0.0, **changes):
        params = mf.plain_params(world.structure, **changes)
        state = replace(start.state, pact=pact_of(world, left=left))
        forcing = mf.forcing_at(start.forcing, 0)
        forcing = mf.with_levers(world.structure, forcing, friend=friend)
        return float(commitment.slack(world.structure, start.background, params, state, forcing))

    assert slack(commitment__spare=0.25) == pytest.approx(0.25)
    assert slack(friend=0.6) == pytest.approx(0.6)
    assert slack(friend=0.6, commitment__spare=0.9) == pytest.approx(0.9)
    assert slack(patrons__backing=np.array([0.0, 0.0, 0.75])) == pytest.approx(0.75 * 0.4)
    assert slack(left=(1.0, 1.0, 1.0)) == 0.0
    assert slack(commitment__spare=3.0) == 1.0


# quarters, trust and the agenda


LONGEST = 60


def months(world, chosen, first=409, pact=None, **changes):
    """Return the pact after each month in which allies are seen to choose `chosen`."""
    start, structure = world.start(), world.structure
    state = replace(start.state, pact=pact_of(world) if pact is None else pact)
    padded = np.zeros((LONGEST, 3), np.float32)
    padded[: len(chosen)] = chosen
    numbers = np.arange(LONGEST, dtype=np.int32) + first
    forcing = mf.forcing_at(start.forcing, 0)
    params = mf.plain_params(structure, **changes)
    seen = played_on(structure, start.background, params, forcing, state, numbers, padded)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[: len(chosen)], seen)


@partial(jax.jit, static_argnames="structure")
def played_on(structure, background, params, forcing, state, numbers, chosen):
    def month(state, seen):
        number, choice = seen
        still = jnp.zeros(len(structure.item_ids))
        emit = Observed({int(Site.COMMITMENT): choice, int(Site.AGENDA): still})
        at = replace(forcing, month=number)
        state = commitment.decide(structure, background, params, state, at, emit)
        return state, state.pact

    return jax.lax.scan(month, state, (numbers, chosen))[1]


def test_allies_choose_in_january_april_july_and_october_only(world):
    # 409 is January 2014: what is drawn differs each month, what is held must not.
    chosen = np.tile(np.array([[1, 2, 0], [2, 0, 1], [0, 1, 2], [2, 2, 1], [1, 1, 1]]), (5, 1))[:24]
    seen = months(world, chosen)
    held = chosen[np.arange(24) // 3 * 3]
    np.testing.assert_array_equal(seen.commitment, held)
    for field in ("profile", "trust", "worth"):
        steps = np.diff(getattr(seen, field), axis=0).reshape(23, -1)
        moved = np.abs(steps).max(1) > 0
        assert not moved[np.arange(1, 24) % 3 != 0].any(), field
        assert moved[2], field


def test_trust_follows_the_share_of_allies_that_gave_something(world):
    pact = pact_of(world, trust=0.9)
    for chosen, gave in (((0, 0, 0), 0.0), ((1, 0, 2), 2 / 3), ((2, 1, 1), 1.0)):
        seen = months(world, [chosen] * 36, pact=pact, commitment__trust_pace=0.3)
        quarter = np.arange(36) // 3 + 1
        np.testing.assert_allclose(seen.trust, gave + (0.9 - gave) * 0.7**quarter, rtol=1e-4)
    wild = np.random.default_rng(0).integers(0, 3, (60, 3))
    fast = months(world, wild, pact=pact, commitment__trust_pace=0.7).trust
    assert ((fast >= 0) & (fast <= 1)).all()
    assert np.ptp(fast) > 0.3


def test_a_dissolved_pact_and_the_rival_know_no_commitments(world):
    assert months(world, [(2, 2, 2)] * 4).commitment.all()
    ended = pact_of(world, stage=Stage.DISSOLVED)
    assert not months(world, [(2, 2, 2)] * 4, pact=ended).commitment.any()
    assert not months(world, [(2, 2, 2)] * 4, alliance__markov=1.0).commitment.any()


def test_trust_does_not_wait_for_a_member_that_has_left(world):
    gone = pact_of(world, trust=0.5, left=(0.0, 1.0, 0.0))
    seen = months(world, [(1, 2, 1)] * 30, pact=gone, commitment__trust_pace=0.5)
    np.testing.assert_array_equal(seen.commitment, [[1, 0, 1]] * 30)
    assert seen.trust[-1] > 0.99
    without = months(world, [(1, 2, 1)] * 6, alliance__active=0.0)
    assert not without.commitment.any()


def agenda_chances(world, pact, items=(0.0, 1.0), pushed=0.0, **changes):
    """Return the law by which each item of the agenda comes a stage further in a month."""
    asked = {}

    class Asked(Observed):
        def __call__(self, site, law, *where):
            asked[site] = law.probability
            return jnp.zeros(law.probability.shape[1:])

    pact = replace(pact, items=jnp.asarray(items, jnp.float32), pushed=jnp.float32(pushed))
    params = mf.plain_params(world.structure, **changes)
    drive = pact.trust * (pact.stage > 0) * (pact.stage < Stage.DISSOLVED)
    after = commitment._agenda(world.structure, params, pact, drive, Asked({}))
    np.testing.assert_array_equal(after, items)
    return np.asarray(asked[Site.AGENDA])[0]


def test_items_of_the_agenda_move_with_trust_while_a_common_organ_meets(world):
    pace = {"commitment__agenda_pace": 0.1}
    for stage, meets in zip(Stage, (0, 1, 1, 1, 0), strict=True):
        seen = agenda_chances(world, pact_of(world, trust=0.5, stage=stage), **pace)
        np.testing.assert_allclose(seen, 1.0 - np.exp(-2 * 0.1 * 0.5 * meets), rtol=1e-5, atol=1e-7)


def test_acts_push_items_that_are_not_in_force(world):
    pact = pact_of(world, trust=0.5, stage=Stage.CONSULTATIVE)
    given = {"commitment__agenda_pace": 0.1}
    seen = agenda_chances(world, pact, items=(1.0, 2.0), pushed=0.3, **given)
    np.testing.assert_allclose(seen, [1.0 - np.exp(-0.1) * 0.7, 0.0], rtol=1e-5)
    none = agenda_chances(world, pact, pushed=0.3, **given, alliance__active=0.0)
    np.testing.assert_array_equal(none, 0.0)


def test_the_agenda_is_what_its_items_bind(world):
    pact = replace(pact_of(world, trust=0.5), items=jnp.asarray([2.0, 1.0]))
    seen = months(world, [(1, 1, 1)], pact=pact, commitment__agenda_pace=0.0)
    np.testing.assert_allclose(seen.agenda, 0.4 * 1.0 + 0.6 * 0.5, rtol=1e-6)


def test_allies_begin_as_willing_and_trustful_as_their_parameters_say(world):
    params = mf.plain_params(world.structure, **TRYING)
    pact = commitment.begin(params, pact_of(world))
    np.testing.assert_allclose(pact.profile, [[0.5, 0.25, 0.25]] * 3)
    assert float(pact.trust) == pytest.approx(0.7)


def test_what_allies_commit_is_drawn_from_the_equilibrium(world):
    start, structure = world.start(), world.structure
    params = mf.plain_params(structure, commitment__precision=2.0)
    weight = np.ones((3, 10))
    weight[1] = 0.1
    params = replace(params, motives=replace(params.motives, weight=jnp.asarray(weight)))
    forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(409))
    state = replace(start.state, pact=pact_of(world))

    @jax.jit
    @jax.vmap
    def one(member):
        draw = Draw(random.member_key(jnp.uint32(4), member), forcing.month)
        pact = commitment.decide(structure, start.background, params, state, forcing, draw).pact
        return pact.profile, pact.commitment

    profile, given_ = map(np.asarray, one(jnp.arange(5000, dtype=jnp.uint32)))
    assert np.ptp(profile[0], axis=0).max() > 0.05
    share = np.stack([(given_ == level).mean(0) for level in range(3)], axis=1)
    # 4 standard errors of a share of 5,000 draws
    np.testing.assert_allclose(share, profile[0], atol=4 * 0.5 / np.sqrt(5000))


def test_countries_without_a_pact_play_no_game():
    world = mf.world()
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    args = (world.structure, start.background, world.params, start.state, forcing)
    assert commitment.decide(*args, Observed({})) is start.state
    assert float(commitment.provided(*args)) == 0.0


# the shipped priors


@pytest.fixture(scope="module")
def shipped():
    """Return the shipped structure and 300 draws of its parameters: three seeds of all sets."""
    loaded = load_scenario("sahel-2024")
    init = loaded.scenario.init_month
    snapshot = load_snapshot(loaded.folder / "snapshot").until(init)
    structure = build_structure(loaded.theatre, snapshot.cells, init, mf.LAYOUT)
    politics = fit_politics(loaded.theatre, snapshot, structure.countries, 8.0)
    posterior = load_posterior(loaded.folder / "fit.nc")
    still = {"persistence": 0.9, "transient": 0.0, "correlation": 0.1}
    draws = [
        draw_params(loaded.registry, posterior, politics, structure, still, seed, np.arange(100))
        for seed in (1, 2, 3)
    ]
    return structure, jax.tree.map(lambda *parts: np.concatenate(parts), *draws)


def cases(structure, n, seed=0):
    """Return stakes over their whole ranges and pacts with profiles all over the simplex."""
    rng = np.random.default_rng(seed)
    wide = partial(rng.uniform, size=(n, 3))
    f32 = partial(jnp.asarray, dtype=jnp.float32)
    third, zero = np.log(3.0), f32(np.zeros(n))
    faced = jax.vmap(Stakes)(
        f32(np.exp(wide(-third, third))), f32(np.exp(wide(-1, 1))), f32(np.exp(wide(-1, 1))),
        f32(rng.uniform(0, 1, n)),
    )  # fmt: skip
    none = f32(np.zeros((n, 3)))
    pact = jax.vmap(Pact)(
        stage=zero, left=f32(np.zeros((n, len(structure.countries)))),
        profile=f32(rng.dirichlet(np.ones(3), (n, 3))), commitment=none, worth=none,
        trust=f32(rng.uniform(0, 1, n)), items=f32(np.zeros((n, 2))), pushed=zero, agenda=zero,
        provided=zero,
    )  # fmt: skip
    return faced, pact


def residuals(structure, params, faced, pact, steps, newton, monkeypatch):
    monkeypatch.setattr(commitment, "STEPS", steps)
    monkeypatch.setattr(commitment, "NEWTON", newton)

    def one(params, faced, pact):
        profile, _ = commitment.equilibrium(structure, params, faced, pact)
        allied = replace(
            params, motives=replace(params.motives, weight=params.motives.weight[structure.allies])
        )
        payoffs = table(allied, faced, replace(pact, left=pact.left[structure.allies]))
        return jnp.abs(
            logit_response(payoffs, profile, params.commitment.precision) - profile
        ).max()

    return np.asarray(jax.jit(jax.vmap(one))(params, faced, pact))


def test_the_steps_of_a_quarter_reach_its_equilibrium_under_the_shipped_priors(
    shipped, monkeypatch
):
    """Stakes and profiles are harsher than in a run, where play starts near the equilibrium."""
    structure, params = shipped
    faced, pact = cases(structure, 300)
    args = structure, jax.tree.map(jnp.asarray, params), faced, pact
    shipped_steps = commitment.STEPS, commitment.NEWTON
    seen = residuals(*args, *shipped_steps, monkeypatch)
    share = (seen < 1e-3).mean()
    said = f"{share:.1%} of 300 within 1e-3, the worst {seen.max():.1e}"
    assert share >= 0.99, said
    assert seen.max() < 0.1, said
    few = residuals(*args, 2, 1, monkeypatch)
    assert (few < 1e-3).mean() < 0.9, "two and one steps would do as well: the test is blind"
