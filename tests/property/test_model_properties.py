"""Properties of the model: splits, common luck, invariance, conservation."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model_fixtures as mf
from liptako.model import random
from liptako.model.emit import Draw
from liptako.model.outputs import OUTPUTS
from liptako.model.processes import influence, memory, presence, severity, violence
from liptako.model.simulate import compile_batch
from liptako.model.step import step
from liptako.model.structure import build_structure

MEMBERS = np.arange(24)
PLACED = {"events", "deaths"}
slow_enough = settings(max_examples=15, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


@pytest.fixture(scope="module")
def baseline(world) -> dict[str, np.ndarray]:
    return mf.run(world, MEMBERS, batch=mf.shared_batch())


def under(policy: str, members: np.ndarray = MEMBERS) -> dict[str, np.ndarray]:
    world = mf.world()
    return mf.run(world, members, world.start(policy), batch=mf.shared_batch())


def assert_same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> None:
    assert set(left) == set(right)
    for name, array in left.items():
        np.testing.assert_array_equal(right[name], array, err_msg=name)


# splits


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_futures_do_not_depend_on_how_members_are_split(world, baseline, chunk):
    parts = [
        mf.run(world, MEMBERS[first : first + chunk], batch=mf.shared_batch())
        for first in range(0, len(MEMBERS), chunk)
    ]
    joined = {
        name: sum(part[name] for part in parts)
        if name.startswith("cell_")
        else np.concatenate([part[name] for part in parts])
        for name in baseline
    }
    assert_same(baseline, joined)


def test_futures_do_not_depend_on_the_order_of_members(world, baseline):
    shuffled = np.random.default_rng(1).permutation(MEMBERS)
    run = mf.run(world, shuffled, batch=mf.shared_batch())
    for name in ("deaths", "displaced", "influence"):
        np.testing.assert_array_equal(run[name], baseline[name][shuffled])


def test_counts_over_members_leave_padding_out(world, baseline):
    few = mf.run(world, MEMBERS[:3], batch=mf.shared_batch())
    assert few["cell_any"].max() <= 3
    assert baseline["cell_any"].max() > 3
    assert (baseline["cell_large"] <= baseline["cell_any"]).all()


def test_members_and_seeds_differ(world, baseline):
    assert len(np.unique(baseline["deaths"].sum((1, 2, 3)))) > len(MEMBERS) // 2
    other = mf.run(world, MEMBERS, world.start(seed=6), batch=mf.shared_batch())
    assert not np.array_equal(other["deaths"], baseline["deaths"])


# policies


def test_a_null_policy_changes_no_bit(baseline):
    assert_same(baseline, under("null"))


def test_a_policy_leaves_earlier_months_as_they_were(baseline):
    later = under("later")
    by_year = {name for name, output in OUTPUTS.items() if output.dims[1:2] != ("month",)}
    for name in set(baseline) - by_year - {"cell_any", "cell_large"}:
        np.testing.assert_array_equal(later[name][:, :6], baseline[name][:, :6])
    for name in ("cell_any", "cell_large"):
        np.testing.assert_array_equal(later[name][:6], baseline[name][:6])
    assert not np.array_equal(later["deaths"][:, 6], baseline["deaths"][:, 6])


def test_a_policy_in_one_country_acts_there_first(baseline):
    one = under("one")
    events = one["events"][:, 0] - baseline["events"][:, 0]
    stream = mf.world().structure.streams.index("rebels_civilians")
    assert (events[:, stream, 0] <= 0).all()
    assert (events[:, stream, 0] < 0).any()
    assert not np.delete(events, stream, axis=1).any()
    assert not events[:, :, 1:].any()


def test_eight_policies_compile_once(baseline):
    before = mf.TRACES["batch"]
    assert before > 0
    runs = [under(policy, MEMBERS[:2])["deaths"] for policy in mf.POLICIES]
    assert len(runs) == 8
    assert mf.TRACES["batch"] == before
    # and the counter does count: another length of run is another program
    start = mf.world().start()
    half = replace(start, forcing=jax.tree.map(lambda leaf: leaf[:6], start.forcing))
    assert half.forcing.month.shape != start.forcing.month.shape
    jax.eval_shape(
        mf.shared_batch(), half.background, half.forcing, half.state, jnp.uint32(1),
        mf.stack(mf.world().params, 2), jnp.arange(2, dtype=jnp.uint32), jnp.ones(2, bool),
    )  # fmt: skip
    assert mf.TRACES["batch"] > before


# politics


def readiness(of_all: float, **of: float) -> np.ndarray:
    return np.array([of.get(name, of_all) for name in mf.MENU])


LIVELY = {
    "regime__baseline": np.full(3, -4.0), "regime__guarantee": 0.8, "regime__sanctions": 0.5,
    "commitment__launch": 0.6, "commitment__threshold": 0.3, "commitment__cost": 0.2,
    "commitment__exit": -4.0, "commitment__agenda_pace": 0.1, "commitment__spare": 0.5,
    "alliance__to_consultative": 0.5, "alliance__closure": 0.9, "alliance__away": 0.5,
    "alliance__effort": 1.0, "patrons__capacity_sd": 0.5, "patrons__response": 0.4,
    "patrons__insurance": np.array([0.5, -0.5, 0.2]), "patrons__rift": 0.5,
    "presence__suppression": 0.4, "choices__readiness": readiness(-0.5, court=mf.NEVER),
    "ladders__up": 0.05, "ladders__down": 0.1, "ladders__incident": 0.01, "ladders__calm": 0.3,
    "ladders__step": 0.5, "ladders__crossing": 0.3, "ladders__coup": 1.0,
    "ladders__rivalry": 1.0, "ladders__distrust": 0.1, "alliance__shield": 0.2,
}  # fmt: skip
"""Parameters under which much happens in politics, and reaches the war."""

SCARS = {"alliance__closure": 0.0, "alliance__away": 0.0, "alliance__effort": 0.0}
SCARS |= {"regime__guarantee": 0.0, "ladders__rivalry": 0.0}
SCARS |= {"choices__readiness": readiness(-0.5, court=mf.NEVER, tie=mf.NEVER, quit=mf.NEVER)}
"""A pact that leaves no trace outside itself, and that nobody would deepen or leave by choice."""

OF_THE_PACT = {"stage", "left", "joint_acts", "items"}


@cache
def political_batch():
    return compile_batch(mf.political_world().structure)


def political(forcing=None, **changes) -> dict[str, np.ndarray]:
    world = mf.political_world()
    start, structure = world.start(), world.structure
    if forcing is not None:
        start = replace(start, forcing=mf.with_levers(structure, start.forcing, **forcing))
    effect = np.asarray(world.params.violence.lever_effect).copy()
    effect[structure.levers.index("drill")] = 0.8
    given_ = {"violence__lever_effect": effect, **LIVELY, **changes}
    params = mf.plain_params(structure, **given_)
    return mf.run(world, MEMBERS, start, params, political_batch())


@pytest.fixture(scope="module")
def lively() -> dict[str, np.ndarray]:
    return political()


def test_a_lively_pact_does_many_things(lively):
    assert set(np.unique(lively["stage"])) >= {0, 1, 2}
    assert lively["left"].any()
    assert lively["joint_acts"].any()
    assert (lively["exits"] > 0).any()
    assert ((lively["support"] >= 0) & (lively["support"] <= 1 + 1e-6)).all()
    assert np.ptp(lively["support"], axis=0).max() > 0.1
    assert len(np.unique(lively["act"])) > 4
    assert set(np.unique(lively["rung"])) >= {0, 1, 2, 3}


def test_without_the_pact_the_theatre_is_as_if_there_were_none(lively):
    without = political(alliance__active=0.0, choices__readiness=SCARS["choices__readiness"])
    traceless = political(**SCARS)
    for name in set(without) - OF_THE_PACT:
        np.testing.assert_array_equal(without[name], traceless[name], err_msg=name)
    assert (without["stage"] == 0).all()
    assert not without["left"].any()
    assert not without["joint_acts"].any()
    assert not np.array_equal(without["deaths"], lively["deaths"])
    assert not np.array_equal(without["exits"], lively["exits"])


def test_the_rival_pact_draws_on_the_same_luck(lively):
    """Where the pact leaves no trace, who models it changes nothing else."""
    game, rival = political(**SCARS), political(**SCARS, alliance__markov=1.0)
    for name in set(game) - OF_THE_PACT:
        np.testing.assert_array_equal(game[name], rival[name], err_msg=name)
    assert not np.array_equal(game["stage"], rival["stage"])


def test_levers_of_politics_at_rest_change_no_bit(lively):
    rest = dict.fromkeys(mf.POLITICAL_LEVERS, 0.0)
    assert_same(lively, political(rest))


@pytest.mark.parametrize(
    ("lever", "moved"),
    [("invite", "support"), ("means", "support"), ("friend", "stage"), ("ban", "exits")],
)
def test_each_lever_of_politics_moves_what_it_is_for(lively, lever, moved):
    set_to = {"means": -2.0}.get(lever, 1.0)
    still = {"friend": {"commitment__spare": 0.0, "commitment__threshold": 0.7}}.get(lever, {})
    base = political(**still) if still else lively
    seen = political({lever: set_to}, **still)
    assert not np.array_equal(seen[moved], base[moved])
    if moved != "support":
        np.testing.assert_array_equal(seen["support"], base["support"])


def test_patrons_that_supply_nothing_and_guard_nobody_change_only_their_support():
    quiet = {"patrons__insurance": np.zeros(3)}
    effect = np.zeros((len(mf.political_world().structure.levers), 4))
    bases = [
        political(forcing, violence__lever_effect=effect, commitment__outside=0.0, **quiet)
        for forcing in ({}, {"invite": 1.0, "means": -1.0})
    ]
    for name in set(bases[0]) - {"support"}:
        np.testing.assert_array_equal(bases[0][name], bases[1][name], err_msg=name)
    assert not np.array_equal(bases[0]["support"], bases[1]["support"])


# what is added or removed


def test_removing_a_cell_that_touches_nobody_changes_that_cell_only(baseline):
    cells = mf.cells_of()
    without = mf.build_world(cells=cells[cells["country"] != mf.LONER])
    assert without.structure.n_cells == 60
    run = mf.run(without, MEMBERS)
    for name in PLACED:
        np.testing.assert_array_equal(run[name][..., :2], baseline[name][..., :2])
        assert not run[name][..., 2].any()
        assert baseline[name][..., 2].any()
    np.testing.assert_array_equal(run["cell_any"], baseline["cell_any"][:, :60])
    np.testing.assert_allclose(run["displaced"][..., :2], baseline["displaced"][..., :2], rtol=1e-5)
    np.testing.assert_allclose(run["influence"], baseline["influence"][..., :4], rtol=1e-4)


def test_a_stream_that_never_happens_shifts_no_other_draw(world, baseline):
    wider = mf.build_world(streams={**mf.EXTRA, **mf.STREAMS})
    assert wider.structure.streams[0] == "guards_civilians"
    old = {name: np.asarray(leaf) for name, leaf in mf.weights(4).items()}
    excitation = np.zeros((5, 5, 3))
    excitation[1:, 1:] = old["violence.excitation"]
    padded = {
        "violence__excitation": excitation,
        "violence__contagion": np.pad(old["violence.contagion"], ((1, 0), (0, 0), (0, 0))),
        "violence__background": np.pad(old["violence.background"], ((1, 0), (0, 0))),
    }
    run = mf.run(wider, MEMBERS, params=mf.plain_params(wider.structure, **padded))
    for name in PLACED:
        np.testing.assert_array_equal(run[name][:, :, 1:], baseline[name])
        assert not run[name][:, :, 0].any()


def test_the_order_of_streams_is_a_matter_of_labels(world):
    start, params = world.start(), world.params
    order = [2, 0, 3, 1]
    streams = {name: mf.STREAMS[name] for name in np.array(list(mf.STREAMS))[order].tolist()}
    structure = build_structure(mf.theatre_of(streams), mf.cells_of(), mf.INIT, mf.LAYOUT)
    violence_params = replace(
        params.violence,
        background=params.violence.background[jnp.asarray(order)],
        excitation=params.violence.excitation[np.ix_(order, order)],
        contagion=params.violence.contagion[jnp.asarray(order)],
        lever_effect=params.violence.lever_effect[:, jnp.asarray(order)],
    )
    state = start.state
    turned = replace(
        state,
        **{
            name: getattr(state, name)[jnp.asarray(order)]
            for name in ("counts", "traces", "reference_counts", "reference_traces")
        },
    )
    forcing = mf.forcing_at(start.forcing, 0)
    draw = Draw(random.member_key(3, 1), forcing.month)

    def month(structure, state, params):
        one = lambda s, p: step(structure, start.background, p, s, forcing, draw)  # noqa: E731
        return jax.jit(one)(state, params)[1]

    seen = month(world.structure, state, params)
    again = month(structure, turned, replace(params, violence=violence_params))
    for name in PLACED:
        np.testing.assert_array_equal(getattr(again, name), getattr(seen, name)[jnp.asarray(order)])
    np.testing.assert_allclose(again.influence, seen.influence, rtol=1e-4)


# invariance


def rates(params, level=2.0, traces=1.0) -> np.ndarray:
    world = mf.world()
    start = world.start()
    state = start.state
    state = replace(
        state,
        level=jnp.full((2, 3), level),
        traces=traces * state.traces,
        reference_traces=traces * state.reference_traces,
    )
    forcing = mf.forcing_at(start.forcing, 0)
    return np.asarray(law_of(start.background, params, state, forcing))


@jax.jit
def law_of(background, params, state, forcing):
    return violence.law(mf.world().structure, background, params, state, forcing)[0].mean


@given(st.floats(0.1, 10.0))
@slow_enough
def test_only_ratios_of_weights_matter(factor):
    weights = {key.replace(".", "__"): factor * value for key, value in mf.weights(4).items()}
    plain, scaled = (
        rates(mf.plain_params(mf.world().structure, **change)) for change in ({}, weights)
    )
    np.testing.assert_allclose(scaled, plain, rtol=1e-4)


@given(st.floats(-4.0, 4.0), st.floats(0.1, 5.0))
@slow_enough
def test_rates_scale_with_the_level(level, traces):
    one = rates(mf.world().params, level, traces)
    more = rates(mf.world().params, level + np.log(2.0), traces)
    free = more < violence.MOST_PER_MONTH
    np.testing.assert_allclose(more[free], 2.0 * one[free], rtol=1e-4)


@given(st.floats(0.1, 10.0))
@slow_enough
def test_without_background_only_shares_of_the_past_matter(traces):
    params = mf.plain_params(mf.world().structure, violence__background=np.zeros((4, 3)))
    np.testing.assert_allclose(rates(params, traces=traces), rates(params), rtol=1e-4)


@given(st.floats(0.2, 3.0), st.floats(-1.0, 2.0))
@slow_enough
def test_deadlier_events_mean_fewer_events_not_more_deaths(sd, median):
    structure = mf.world().structure
    params = mf.plain_params(
        structure, severity__log_median=np.full(4, median), severity__log_sd=np.full(4, sd)
    )
    each = np.asarray(severity.mean(params))[:, None]
    in_block = np.arange(2)[:, None] == structure.block
    deaths = in_block @ (rates(params) * each) @ structure.country_matrix
    free = rates(params).max() < violence.MOST_PER_MONTH
    assert not free or np.allclose(deaths, np.exp(2.0), rtol=1e-3)


# conservation and bounds


@given(st.integers(0, 2**31 - 1), st.floats(0.0, 50.0))
@slow_enough
def test_memory_mixes_the_past_and_the_present(seed, heat):
    rng = np.random.default_rng(seed)
    traces = rng.gamma(0.5, 1.0, (4, 3, 9)).astype(np.float32)
    counts = rng.poisson(heat, (4, 9)).astype(np.float32)
    decay = jnp.exp2(-1.0 / jnp.asarray(mf.HALF_LIFE))
    after = np.asarray(memory.fade(jnp.asarray(traces), jnp.asarray(counts), decay))
    now = np.broadcast_to(counts[:, None], traces.shape)
    assert (after <= np.maximum(traces, now) * (1 + 1e-6)).all()
    assert (after >= np.minimum(traces, now) * (1 - 1e-6)).all()


@jax.jit
def presence_and_influence(background, params, state, forcing):
    structure = mf.world().structure
    state = presence.allocate(structure, background, params, state, forcing)
    change = presence.change(params, background, state)
    return state.presence, change, influence.share(structure, params, state)


@given(st.integers(0, 2**31 - 1), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@slow_enough
def test_presence_is_conserved_and_influence_is_a_share(seed, need, inertia):
    world = mf.world()
    structure, start = world.structure, world.start()
    rng = np.random.default_rng(seed)
    traces = rng.gamma(0.05, 20.0, start.state.traces.shape) * rng.integers(0, 2, (1, 1, 61))
    params = mf.plain_params(structure, presence__need=need, presence__inertia=inertia)
    state = replace(start.state, traces=jnp.asarray(traces, jnp.float32))
    forcing = mf.forcing_at(start.forcing, 0)
    seen = presence_and_influence(start.background, params, state, forcing)
    where, change, share = map(np.asarray, seen)
    np.testing.assert_allclose(np.bincount(structure.region_country, where), 1.0, atol=1e-5)
    assert (abs(change) <= 1).all()
    assert (share >= 0).all()
    assert (share <= 1 + 1e-6).all()


def test_what_a_run_shows_hangs_together(world, baseline):
    structure = world.structure
    assert (baseline["deaths"] >= 0).all()
    assert not baseline["deaths"][baseline["events"] == 0].any()
    by_region = baseline["region_deaths"]
    by_country = np.stack([by_region[..., structure.region_country == k].sum(-1) for k in range(3)])
    year = baseline["deaths"].sum(2)[:, :12].sum(1, keepdims=True)
    np.testing.assert_array_equal(by_country[:, :, :1], year.transpose(2, 0, 1))
    peace = baseline["deaths"].sum(2) == 0
    assert not baseline["displaced"][peace].any()
    assert {field.name for field in fields(type(world.start().state))} >= {"presence", "displaced"}
