"""Parts of the model replaced by something cheap, to see what each costs. For timing only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp

from liptako.model import random, rings
from liptako.model.distributions import NegativeBinomial, Severity

PARTS = {
    "rings": "sums over neighbours become multiples of a cell's own pressure",
    "uniforms": "one multiplication mixes the words of a counter",
    "draws": "counts become the rounded mean plus the uniform",
    "severity": "deaths become events times their mean",
    "reductions": "only the displaced are kept",
}


@contextmanager
def without(part: str) -> Iterator[dict[str, Any]]:
    """Replace a part of the model while a batch is traced.

    Args:
        part: one of `PARTS`.

    Yields:
        Arguments for `liptako.model.simulate.compile_batch`.
    """
    if part == "reductions":
        yield {"observe": _observe_little, "gather": lambda structure, kept, real: kept}
        return
    owner, name, cheap = {
        "uniforms": (random, "uniform", _hardly_mixed),
        "rings": (rings, "weighted", _own_pressure),
        "draws": (NegativeBinomial, "quantile", _rounded_mean),
        "severity": (Severity, "quantile", _mean_deaths),
    }[part]
    kept = getattr(owner, name)
    setattr(owner, name, cheap)
    try:
        yield {}
    finally:
        setattr(owner, name, kept)


def _own_pressure(near, pressure, permeability, weight):
    return weight.sum(axis=2) @ (8.0 * pressure)


def _hardly_mixed(key, first, second):
    words = (key.a ^ first) * jnp.uint32(2654435769) + (key.b ^ second) * jnp.uint32(2246822519)
    return (words >> jnp.uint32(9)).astype(jnp.float32) * 2.0**-23 + 2.0**-24


def _rounded_mean(law, u):
    return jnp.floor(law.mean + u)


def _mean_deaths(law, u):
    return law.events * law.mean


def _observe_little(structure, month):
    return month.displaced
