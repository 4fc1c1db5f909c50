"""The inference of motives on synthetic histories: calibrated, and caught where it is broken.

Ten histories: the pooled coverage of 90% intervals of 21 quantities is 0.9 with a standard error of
about 0.04, since quantities of one history hang together. A likelihood that counts every decision
many times is far below. The full test is `liptako lenses --calibrate 200`.
"""

from __future__ import annotations

import numpy as np
import pytest

from liptako.experiments.lenses import case_of
from liptako.inference.motives.model import Prior
from liptako.inference.motives.record import Record
from liptako.inference.motives.sampling import Settings
from liptako.verification import motives

FEW = Settings(warmup=150, draws=200, chains=1, accept=0.85, depth=5)
HISTORIES = 10
LOW = 0.80


@pytest.fixture(scope="module")
def case():
    return case_of()


def spoilt(record: Record) -> Record:
    """Return a record that counts every decision twelve times and reads forks the wrong way."""
    return record._replace(
        share=12.0 * record.share,
        fork_weight=12.0 * record.fork_weight,
        fork_taken=1.0 - record.fork_taken,
    )


@pytest.mark.slow
def test_intervals_hold_the_truth_and_a_broken_likelihood_is_caught(case):
    def covered(spoil=None) -> float:
        given = case.record, case.names, HISTORIES
        return motives.calibrate(*given, seed=4, settings=FEW, spoil=spoil).covered.mean()

    assert covered() > LOW
    assert covered(spoilt) < LOW


def test_even_ranks_pass_and_heaped_ones_fail():
    rng = np.random.default_rng(0)
    names = tuple("abcd")
    ranks = rng.integers(0, 101, (200, 4))
    covered = np.concatenate([np.ones((180, 4)), np.zeros((20, 4))])
    even = motives.Calibration(names, ranks, 100, covered, 0)
    assert even.summary()["passed"]
    heaped = motives.Calibration(names, ranks // 2, 100, covered, 0).summary()
    assert not heaped["passed"]
    assert heaped["least_p_corrected"] < 1e-6
    narrow = motives.Calibration(
        names, ranks, 100, np.concatenate([covered[20:], 0 * covered[:20]]), 0
    )
    assert not narrow.summary()["passed"]


def test_histories_have_one_choice_a_quarter_among_what_was_open(case):
    import jax

    truths = motives.pure(case.names, 2, 3, 1, Prior())
    made = motives.histories(jax.random.key(0), truths, motives.stacked(case.record, 3, 2))
    share = np.asarray(made.share)
    assert share.shape == (3, 48, len(case.names.acts) + 1)
    assert (share.sum(axis=-1) == 1).all()
    assert (np.asarray(made.open)[share > 0]).all()
    assert set(np.unique(made.fork_taken)) <= {0.0, 1.0}
    assert made.fork_effects.shape[2] == 2 * len(case.names.forks)


def test_juntas_of_one_lens_take_what_it_prefers(case):
    import jax

    prior = Prior()
    strong = motives.pure(case.names, 3, 200, 1, prior)
    strong = strong._replace(strength=20.0 + 0.0 * strong.strength)
    made = motives.histories(jax.random.key(0), strong, motives.stacked(case.record, 200))
    taken = np.asarray(made.fork_taken).mean(axis=0)
    wanted = np.sign(case.record.fork_effects[..., 5])
    clear = (wanted[0] == wanted[1]) & (np.abs(case.record.fork_effects[..., 5]).min(axis=0) > 0.3)
    assert clear.sum() > 4
    assert ((taken > 0.5) == (wanted[0] > 0))[clear].all()
