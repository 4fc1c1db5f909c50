"""Members in batches: in order, none lost, none counted twice, whoever computes them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from liptako.model.simulate import Start
from liptako.runs.executor import BATCH, DRAWN, run_members


class Nothing(Start):
    """A start of nothing: what a batch is given besides is what counts here."""

    background = forcing = state = None
    seed = 1

    def __init__(self):
        pass


START = Nothing()


def echo(background, forcing, state, seed, params, members, real):
    """Return what a batch was given; earlier batches take longer than later ones."""
    time.sleep(0.002 * (members[0] % 3 == 0))
    return {"member": members, "params": params, "real": real.sum()}


def drawn(members):
    return 10.0 * members


@pytest.mark.parametrize("n", [1, BATCH, 3 * BATCH + 5, DRAWN + 1])
def test_members_come_once_each_in_order_with_their_own_parameters(n):
    members = 3 * np.arange(n)
    kept = [
        (part["member"][:real], part["params"][:real])
        for part, real in run_members(echo, START, drawn, members)
    ]
    np.testing.assert_array_equal(np.concatenate([m for m, _ in kept]), members)
    np.testing.assert_array_equal(np.concatenate([p for _, p in kept]), 10.0 * members)


def test_padding_is_not_real():
    sizes = [
        (len(part["member"]), int(part["real"]), real)
        for part, real in run_members(echo, START, drawn, np.arange(BATCH + 3))
    ]
    assert sizes == [(BATCH, BATCH, BATCH), (BATCH, 3, 3)]


def test_progress_counts_members_from_none_to_all():
    told = []
    list(
        run_members(
            echo, START, drawn, np.arange(20), what="Doing",
            progress=lambda what, done, total: told.append((what, done, total)),
        )
    )  # fmt: skip
    assert told == [("Doing", done, 20) for done in (0, 8, 16, 20)]


def test_an_error_in_a_batch_is_raised_and_stops_the_rest():
    seen = []

    def fails(background, forcing, state, seed, params, members, real):
        seen.append(int(members[0]))
        if members[0] == 2 * BATCH:
            raise RuntimeError("broken batch")
        return {"member": members}

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="broken batch"):
        list(run_members(fails, START, drawn, np.arange(100 * BATCH)))
    assert len(seen) < 50
    assert threading.active_count() == before
