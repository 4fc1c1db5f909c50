"""The choice model of motives: closed forms, what it shares with the simulation, what enters it."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from liptako.inference.motives import model as m
from liptako.inference.motives.evidence import HeldOut, telling, unpacked
from liptako.inference.motives.record import CODINGS, Names, Record
from liptako.inference.motives.shares import families_of, largest, together, verdict_of
from liptako.theatre.motives import CodesFile, Fork, Motives, MotivesFile

ACTS, LENSES, JUNTAS, QUARTERS = 3, 3, 2, 4
FAMILY_OF = np.array([0, 1, 1])
PRIOR = m.Prior()


def record(seed: int = 0) -> Record:
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=(CODINGS, ACTS + 1, LENSES))
    effects[:, 0] = 0.0
    return Record(
        junta=np.array([0, 0, 1, 1]),
        open=np.array([[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1], [1, 0, 1, 1]], bool),
        share=np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 0]], float),
        effects=effects,
        more=np.zeros((QUARTERS, ACTS + 1, LENSES)),
        fork_junta=np.array([0, 1]),
        fork_change=np.array([1.0, -1.0]),
        fork_effects=rng.normal(size=(CODINGS, 2, LENSES)),
        fork_taken=np.array([1.0, 0.0]),
        fork_weight=np.array([1.0, 1.0]),
    )


NAMES = Names(
    juntas=("one", "other"),
    lenses=("a", "b", "c"),
    families=("first", "second"),
    acts=("x", "y", "z"),
    forks=("f", "g"),
    family_of=FAMILY_OF,
    quarters=np.array([505, 508, 511, 514]),
    fork_quarter=np.array([0, 3]),
    weights=np.zeros((LENSES, 10)),
    countries=("AAA", "BBB"),
)


def unknowns(**changed) -> m.Unknowns:
    base = m.Unknowns(
        readiness=jnp.array([-1.0, -2.0, 0.5]),
        activity=jnp.array(-1.0),
        varied=jnp.array(1.0),
        strength=jnp.array(0.7),
        change=jnp.array(0.4),
        apart=jnp.array(0.5),
        share=jnp.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]),
    )
    return base._replace(**changed)


def test_without_motives_an_act_is_as_likely_as_it_is_ready():
    chances, odds = m.log_chances(unknowns(strength=jnp.array(0.0)), record(), 0)
    ready = np.exp([0.0, -1.0, -2.0, 0.5])
    np.testing.assert_allclose(np.exp(chances[0]), ready / ready.sum(), rtol=1e-5)
    assert np.exp(chances[1])[2] == 0, "an act that is not open"
    np.testing.assert_allclose(odds, [0.4, -0.4], rtol=1e-6)


def test_motives_add_the_mean_of_lenses_by_their_shares():
    one, u = record(), unknowns()
    chances, odds = m.log_chances(u, one, 1)
    share = np.asarray(u.share)
    worth = one.effects[1] @ share[0]
    utility = np.r_[0.0, np.asarray(u.readiness)] + 0.7 * worth
    np.testing.assert_allclose(
        chances[0], utility - np.log(np.exp(utility).sum()), rtol=1e-5, atol=1e-6
    )
    pull = one.fork_effects[1, 1] @ share[1]
    np.testing.assert_allclose(odds[1], -0.4 + 0.7 * pull, rtol=1e-5)


def test_codings_are_summed_over_with_equal_weight():
    one, u = record(), unknowns()
    quarters, forks = (np.asarray(part, float) for part in m.pointwise(u, one))
    each = np.exp(quarters.sum(axis=1) + forks.sum(axis=1))
    assert float(m.log_likelihood(u, one)) == pytest.approx(np.log(each.mean()), rel=1e-5)


def test_what_is_shared_counts_by_its_share_and_what_is_silent_not_at_all():
    one, u = record(), unknowns()
    chances, _ = m.log_chances(u, one, 0)
    quarters, forks = m.pointwise(u, one)
    assert float(quarters[0, 2]) == pytest.approx(
        float(chances[2, 1] + chances[2, 2]) / 2, rel=1e-5
    )
    assert float(quarters[0, 3]) == 0.0
    silent = one._replace(fork_weight=np.zeros(2))
    assert float(m.pointwise(u, silent)[1].sum()) == 0.0
    assert float(forks.sum()) < 0.0


def test_families_start_equal_whatever_their_number_of_lenses():
    model = m.mixture(FAMILY_OF)
    size = m.size_of(model, ACTS, JUNTAS)
    z = np.random.default_rng(0).standard_normal((20_000, size))
    share = np.asarray(unpacked(z, model, PRIOR, NAMES).share)
    np.testing.assert_allclose(share.sum(axis=-1), 1.0, rtol=1e-4)
    families = families_of(share, NAMES).mean(axis=(0, 1))
    np.testing.assert_allclose(families, 0.5, atol=0.01)
    np.testing.assert_allclose(share[..., 1].mean(), share[..., 2].mean(), atol=0.01)


def test_a_family_that_is_left_out_has_no_share():
    model = m.mixture(FAMILY_OF, (1,))
    z = np.random.default_rng(0).standard_normal((50, m.size_of(model, ACTS, JUNTAS)))
    found = unpacked(z, model, PRIOR, NAMES)
    assert float(np.asarray(found.share)[..., 0].max()) < 1e-8
    assert (np.asarray(unpacked(z, m.mixture(FAMILY_OF, ()), PRIOR, NAMES).strength) == 0).all()


def test_the_density_is_that_of_its_parts_and_has_a_slope():
    model, one = m.mixture(FAMILY_OF), record()
    z = jnp.asarray(np.random.default_rng(1).standard_normal(m.size_of(model, ACTS, JUNTAS)))
    u = m.unpack(z, model, PRIOR, ACTS, JUNTAS)
    energy, slope = jax.value_and_grad(m.potential)(z, one, model, PRIOR, JUNTAS)
    assert float(energy) == pytest.approx(
        0.5 * float(jnp.square(z).sum()) - float(m.log_likelihood(u, one)), rel=1e-5
    )
    assert bool(jnp.isfinite(slope).all())


def test_numpyro_is_told_the_same_density():
    from numpyro.infer.util import log_density

    model, one = m.mixture(FAMILY_OF), record()
    z = jnp.asarray(np.random.default_rng(2).standard_normal(m.size_of(model, ACTS, JUNTAS)))
    said, _ = log_density(m.numpyro_model, (one, model, PRIOR, JUNTAS), {}, {"z": z})
    normals = -0.5 * len(z) * np.log(2 * np.pi)
    assert float(said) == pytest.approx(
        normals - float(m.potential(z, one, model, PRIOR, JUNTAS)), rel=1e-4
    )


def test_all_juntas_count_by_their_quarters():
    share = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    three_to_one = record()._replace(junta=np.array([0, 0, 0, 1]))
    assert together(share, three_to_one, 2).tolist() == [[0.75, 0.25]]


def test_a_family_is_named_only_where_nine_in_ten_draws_agree():
    draws = np.array([[0.6, 0.4]] * 9 + [[0.3, 0.7]])
    assert largest(draws).tolist() == [0.9, 0.1]
    assert verdict_of(draws, ("first", "second")) == "first"
    assert verdict_of(draws[2:], ("first", "second")) == "undetermined"


def test_a_gain_has_the_error_of_its_units():
    one = HeldOut(np.array([-1.0, -2.0, -3.0]), np.zeros(3))
    other = HeldOut(np.array([-2.0, -2.0, -2.0]), np.zeros(3))
    gain, error = one.beyond(other)
    assert gain == 0.0
    assert error == pytest.approx(np.sqrt(3 * np.var([1.0, 0.0, -1.0], ddof=1)))


def made_motives() -> Motives:
    """Two forks of one junta; nothing else is read."""
    options = {key: {"label": key, "codes": {}} for key in ("taken", "refused")}
    fork = {
        "junta": "one", "month": "2022-01", "row": "20220101-AAA-coup", "offered_by": "-",
        "changes": 0, "predicts": {}, "reason": "-", **options,
    }  # fmt: skip
    lens = {"label": "-", "family": "a", "weights": {"rents_arms": 1.0}, "source": "-"}
    junta = {"label": "-", "country": "AAA", "since": "2022-01", "row": "20220101-AAA-coup"}
    spec = {
        "until": "2023-12", "lenses": {"a": lens, "b": lens}, "juntas": {"one": junta},
        "acts": {"x": [{"action": "coup"}]},
    }  # fmt: skip
    forks = {name: Fork.model_validate(fork) for name in ("f", "g")}
    second = CodesFile(acts={}, forks={})
    return Motives(MotivesFile.model_validate(spec), forks, second, Path("."))


def test_a_fork_that_only_one_family_expects_speaks_for_it():
    effects = np.zeros((CODINGS, 2, LENSES))
    effects[:, 0] = [3.0, -3.0, -3.0]
    one = record()._replace(fork_effects=effects, fork_change=np.zeros(2))
    draws = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None, None], unknowns())
    table = telling(draws, one, NAMES, made_motives(), dict.fromkeys(NAMES.acts, "-"))
    row = table[table["name"] == "f"].iloc[0]
    assert (row["for_family"], row["against_family"]) == ("first", "second")
    likely = 1 / (1 + np.exp(-0.7 * 3.0)), 1 / (1 + np.exp(0.7 * 3.0))
    assert row["spread"] == pytest.approx(np.log(likely[0] / likely[1]), rel=1e-4)
    assert set(table["kind"]) <= {"act", "fork", "restraint"}
