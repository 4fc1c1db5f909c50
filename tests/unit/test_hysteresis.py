"""Two histories of one pact: the loop in closed form, what is compared, what is changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.experiments import hysteresis as hy
from liptako.model.codes import Stage
from liptako.model.draws import set_numbers
from liptako.model.processes import commitment
from liptako.runs.arms import alter
from liptako.runs.pact_courses import Course
from liptako.runs.start import Prepared

MEMBERS = np.arange(1000)
SETS = set_numbers(MEMBERS)
GRID = np.linspace(0.0, 1.0, 6)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def course(provided, stage):
    shape = np.shape(stage)
    nobody = np.zeros((*shape, 3))
    provided = np.broadcast_to(provided, shape)
    return Course(np.array(stage), nobody > 0, provided, np.zeros((*shape, 4)), nobody)


SETTINGS = {
    "alone": {"steepness": 1e-3, "insurance": 0.0, "entrapment": 0.0},
    "sharp": {"precision": 20.0, "steepness": 16.0, "cost": 0.5},
    "sharp, unsure": {"precision": 1.0, "steepness": 16.0, "cost": 0.5},
    "one": {"precision": 3.0},
    "one, slow": {"precision": 3.0, "trust_pace": 0.02},
}
"""Values of the game's parameters under which the loop is known."""


@pytest.fixture(scope="module")
def gap(world):
    """Return by how much what is provided differs between histories, by slack and quarters."""
    each = [
        mf.plain_params(world.structure, **{f"commitment__{k}": v for k, v in changes.items()})
        for changes in SETTINGS.values()
    ]
    found = hy.played(world.structure, jax.tree.map(lambda *x: jnp.stack(x), *each), GRID)
    return dict(zip(SETTINGS, found["operating"] - found["paper"], strict=True))


class Judged(Prepared):
    """Stands for a prepared scenario whose judgement varies in one parameter."""

    def __init__(self, world):
        vars(self).update(
            structure=world.structure, loaded=world.prepared.loaded, params=world.params
        )

    def draw_params(self, seed, members, *, judgement=True):
        params = mf.stack(self.params, len(members))
        cost = 0.2 + 0.01 * judgement * np.asarray(members, np.float32)
        return replace(params, commitment=replace(params.commitment, cost=cost))


# the loop


def test_expected_good_is_the_mean_over_all_profiles(world):
    params, slack = world.params, jnp.float32(0.3)
    profile = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.9, 0.0, 0.1]], np.float32)
    by_hand = 0.0
    for levels in product(range(3), repeat=3):
        chance = np.prod([profile[player, level] for player, level in enumerate(levels)])
        by_hand += chance * float(commitment.provision(params, jnp.float32(sum(levels) / 6), slack))
    assert float(hy.expected(params, jnp.asarray(profile), slack)) == pytest.approx(
        by_hand, rel=1e-5
    )


def test_where_nothing_depends_on_the_others_history_is_forgotten_at_once(gap):
    np.testing.assert_allclose(gap["alone"], 0.0, atol=1e-3)


def test_sure_allies_and_a_sharp_threshold_keep_two_pacts_apart_for_good(gap):
    assert gap["sharp"][:, -1].max() > 0.5
    assert np.abs(gap["sharp, unsure"][:, -1]).max() < 0.02


def test_history_fades_with_trust_where_there_is_one_equilibrium(gap):
    apart = np.abs(gap["one"]).max(axis=0)
    assert apart[0] > 0.03
    assert (np.diff(apart) < 0).all()
    assert apart[-1] < 1e-3
    assert np.abs(gap["one, slow"]).max(axis=0)[2] > 2 * apart[2]


def test_loop_has_a_centre_and_a_range(world):
    table = hy.loop(Judged(world), GRID[[0, 3]])
    assert len(table) == 2 * len(hy.QUARTERS) * 2
    # the centre is the first draw here, where costs are least and most is given
    settled = table[(table["quarters"] == hy.QUARTERS[-1]) & (table["slack"] > 0.5)]
    assert (settled["lo"] < settled["hi"]).all()
    assert (settled["provided"] >= settled["hi"] - 0.05).all()
    assert table["open"].between(0, 1).all()
    assert table.groupby(["slack", "quarters"])["open"].nunique().max() == 1


# the histories


def test_only_history_is_changed(world, monkeypatch):
    seen = {}

    def kept(prepared, members, batch, arm, **rest):
        seen[len(seen)] = (alter(mf.stack(world.params, 2), arm.params), arm.state)
        return course(0.6, [[1]])

    monkeypatch.setattr(hy, "simulate_pact", kept)
    for history in hy.HISTORIES.values():
        hy.simulate_history(world.prepared, MEMBERS, lambda: None, history)
    (paper, on_paper), (work, at_work) = seen.values()
    assert float(on_paper.pact.stage) == Stage.CONSULTATIVE
    assert float(at_work.pact.stage) == Stage.OPERATIONAL
    np.testing.assert_allclose(paper.commitment.trust, 0.15, rtol=1e-6)
    np.testing.assert_allclose(work.commitment.willing, 0.98, rtol=1e-6)
    one = jax.tree.map(lambda leaf: leaf[0], work)
    begun = commitment.begin(one, at_work.pact)
    np.testing.assert_allclose(begun.profile[0], [0.02, 0.49, 0.49], rtol=1e-4)
    same = replace(work.commitment, willing=paper.commitment.willing, trust=paper.commitment.trust)
    jax.tree.map(np.testing.assert_array_equal, replace(work, commitment=same), paper)
    stage = replace(at_work.pact, stage=on_paper.pact.stage)
    jax.tree.map(np.testing.assert_array_equal, replace(at_work, pact=stage), on_paper)


def test_a_dissolved_pact_provides_nothing():
    found = hy.measured(course(0.6, [[1, 2, 3, 4]]))
    np.testing.assert_array_equal(found["provided"], [[0.6, 0.6, 0.6, 0.0]])
    np.testing.assert_array_equal(found["operates"], [[0, 1, 1, 0]])


def two(gap_by_member):
    """Return courses of both histories, apart by so much in the second month only."""
    stage = np.full((len(MEMBERS), 2), Stage.CONSULTATIVE)
    more = np.stack([np.zeros(len(MEMBERS)), gap_by_member], axis=1)
    return {"paper": course(0.2, stage), "operating": course(0.2 + more, stage)}


def test_share_of_sets_that_still_differ():
    far = np.where(SETS["judgement"] % 4 == 0, 0.4, 0.0)
    rows = hy.apart(two(far), SETS, horizons=(1, 2, 60)).set_index(["lead", "quantity"])
    assert rows.loc[(1, "provided"), "share"] == 0
    assert rows.loc[(2, "provided"), "share"] == pytest.approx(0.25, abs=0.02)
    assert rows.loc[(2, "provided"), "difference"] == pytest.approx(0.1)
    assert rows.loc[(2, "operates"), "share"] == 0
    assert 60 not in rows.index.get_level_values("lead")
    luck = np.random.default_rng(3).normal(0.0, 0.3, len(MEMBERS))
    assert hy.apart(two(luck), SETS, horizons=(2,))["share"].iloc[0] < 0.2
    few = {name: Course(*(part[:400] for part in kept)) for name, kept in two(far).items()}
    sets = {status: numbers[:400] for status, numbers in SETS.items()}
    assert hy.apart(few, sets, horizons=(2,))["share"].isna().all()


def test_months_are_told_by_history():
    table = hy.compared(two(np.full(len(MEMBERS), 0.3)), SETS, 528)
    row = table.set_index(["history", "lead"]).loc[("operating", 2)]
    assert row["month"] == 530
    assert row["provided"] == pytest.approx(0.5)
    assert table[table["history"] == "paper"]["provided"].tolist() == pytest.approx([0.2, 0.2])
