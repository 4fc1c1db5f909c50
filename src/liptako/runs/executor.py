"""Members in batches: one interface to whatever computes them, threads of this machine now.

Members are always computed in batches of the same size, padded if need be, so that a future does
not depend on how members are split into chunks. Results come in the order of the members.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np
from jaxtyping import PyTree

from liptako.cache import cache_folder
from liptako.errors import InputError
from liptako.model.simulate import Start

BATCH = 8
"""Members computed together: few enough for the processor's cache, enough for vectors."""

DRAWN = 64 * BATCH
"""Members whose parameters are drawn at once: by the batch, draws would cost a fifth of a run."""

Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it, and of how many (0: not known)."""


def silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


def told(progress: Progress) -> Callable[[str], None]:
    """Return how to say in words what is being done, where nothing can be counted."""
    return lambda what: progress(what, 0, 0)


def run_members(
    batch: Callable,
    start: Start,
    draw_params: Callable[[np.ndarray], PyTree],
    members: np.ndarray,
    *,
    what: str = "Simulating",
    progress: Progress = silent,
) -> Iterator[tuple[Any, int]]:
    """Yield what is kept of each batch as NumPy arrays, and how many of its members are real.

    As many batches run side by side as there are processors: a batch alone keeps one busy.

    Args:
        batch: from `liptako.model.simulate.compile_batch`.
        start: where futures begin.
        draw_params: parameters of given members, stacked over members.
        members: member numbers, any subset.
        what: to say in `progress`.
        progress: called as batches finish.
    """

    def one(params: PyTree, padded: np.ndarray, real: int) -> tuple[Any, int]:
        kept = batch(
            start.background,
            start.forcing,
            start.state,
            np.uint32(start.seed),
            params,
            padded.astype(np.uint32),
            np.arange(BATCH) < real,
        )
        return jax.tree.map(np.asarray, jax.block_until_ready(kept)), real

    workers = os.cpu_count() or 1
    running: deque[Future] = deque()
    pool = ThreadPoolExecutor(workers)
    done = 0
    progress(what, done, len(members))

    def finished() -> tuple[Any, int]:
        nonlocal done
        kept, real = running.popleft().result()
        done += real
        progress(what, done, len(members))
        return kept, real

    try:
        for chosen in _padded_batches(draw_params, members):
            running.append(pool.submit(one, *chosen))
            if len(running) > workers:
                yield finished()
        while running:
            yield finished()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _padded_batches(
    draw_params: Callable[[np.ndarray], PyTree], members: np.ndarray
) -> Iterator[tuple[PyTree, np.ndarray, int]]:
    """Yield the parameters of each batch, its members padded to a full one, how many are real."""
    for first in range(0, len(members), DRAWN):
        some = members[first : first + DRAWN]
        padded = np.concatenate(
            [np.resize(some[at : at + BATCH], BATCH) for at in range(0, len(some), BATCH)]
        )
        params = draw_params(padded)
        for at in range(0, len(some), BATCH):
            batch = slice(at, at + BATCH)
            own = jax.tree.map(lambda leaf, batch=batch: leaf[batch], params)
            yield own, padded[batch], len(some[batch])


def check_bits() -> None:
    """Check that JAX computes in 32 bits, as the model is written.

    Raises:
        InputError: it is set to 64.
    """
    if jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise InputError(
            "the model computes in 32 bits", field="JAX_ENABLE_X64", value=True,
            allowed="False; jax.config.update('jax_enable_x64', False)",
        )  # fmt: skip


def keep_compiled_programs() -> None:
    """Keep compiled programs between runs: seconds of compilation become a tenth."""
    folder = cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    # a folder that is full or may not be written is gone without
    warnings.filterwarnings("ignore", message=".*persistent compilation cache.*")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
