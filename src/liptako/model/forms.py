"""Which form of each structural alternative each set of assumptions has, and what it sets.

A structural alternative is a question that no score decides (`[forms.NAME]` of the registry). Its
forms multiply the parameters that they act on or, for a lever, set what was published of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from liptako.model.structure import Structure
from liptako.theatre.registry import Registry

ASSUMPTION_SETS = 100
"""Draws of the judgement parameters that members are spread over."""

TRIES, ROUNDS = 200, 30
"""Orders that are tried at a time, and how many times, for each structural alternative that cannot
be crossed in full; each time the best of them with any two sets changed."""

GOLDEN = 0.618
"""Steps of about so much of a round spread few places evenly over it."""


def form_numbers(
    forms: Mapping[str, Sequence[str] | int], sets: Int[np.ndarray, " member"]
) -> dict[str, Int[np.ndarray, " member"]]:
    """Return which form of each structural alternative each member has, from its judgement set.

    All combinations of the first ones come equally often, one after the other, as far as there are
    no more combinations than sets; sets beyond the last whole round are spread over them. Each
    form of the others comes equally often and, as nearly as a search finds, as often with each
    form of any other.

    Args:
        forms: how many forms each has, or their names, by alternative.
        sets: the judgement set of each member, see `set_numbers`.

    Example:
        >>> two = form_numbers({"a": 2, "b": ("none", "some", "much")}, np.arange(6))
        >>> two["a"].tolist(), two["b"].tolist()
        ([0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2])
    """
    sizes = {name: f if isinstance(f, int) else len(f) for name, f in forms.items()}
    columns = _crossed(tuple(sizes.values()))
    return {name: columns[place][sets] for place, name in enumerate(sizes)}


@lru_cache(maxsize=8)
def _crossed(sizes: tuple[int, ...]) -> Int[np.ndarray, "form judgement_set"]:
    """Return the form of each alternative in each set."""
    products = np.cumprod(np.array(sizes, float))
    first = int((products <= ASSUMPTION_SETS).sum())
    every = math.prod(sizes[:first])
    whole = ASSUMPTION_SETS // every * every
    far = range(int(every * GOLDEN), every + 2)
    step = next(number for number in far if math.gcd(number, every) == 1)
    sets = np.arange(ASSUMPTION_SETS)
    place = np.where(sets < whole, sets, (sets - whole) * step) % every
    found: list[np.ndarray] = []
    for size in sizes[:first]:
        found.append(place % size)
        place = place // size
    for size in sizes[first:]:
        found.append(_between(found, size))
    return np.array(found, int).reshape(len(sizes), ASSUMPTION_SETS)


def _between(others: list[np.ndarray], size: int) -> Int[np.ndarray, " judgement_set"]:
    """Return one more column, each form equally often, pairs with all others as near as found."""
    rng = np.random.default_rng([size, len(others)])
    known = np.concatenate([_one_hot(other, int(other.max()) + 1) for other in others], axis=-1)
    expected = known.sum(axis=0) / size
    best = np.arange(ASSUMPTION_SETS) % size
    tries = rng.permuted(np.tile(best, (TRIES, 1)), axis=1)
    for _ in range(ROUNDS):
        pairs = _one_hot(tries, size).swapaxes(1, 2) @ known
        best = tries[int(((pairs - expected) ** 2 / expected).sum(axis=(1, 2)).argmin())]
        tries = np.tile(best, (TRIES, 1))
        here, there = rng.integers(0, ASSUMPTION_SETS, (2, TRIES - 1))
        row = np.arange(1, TRIES)
        tries[row, here], tries[row, there] = tries[row, there], tries[row, here]
    return best


def _one_hot(column: np.ndarray, size: int) -> np.ndarray:
    return (column[..., None] == np.arange(size)).astype(float)


def form_factors(
    registry: Registry, sets: Int[np.ndarray, " member"], *, varies: bool = True
) -> dict[str, Float[np.ndarray, " member"]]:
    """Return what multiplies each parameter that a structural alternative acts on."""
    numbers = _numbers(registry, sets)
    found = {}
    for name, form in registry.forms.items():
        if form.of_a_lever:
            continue
        factors = np.array(list(form.options.values()))[numbers[name] * varies]
        found |= dict.fromkeys(form.acts, factors)
    return found


def set_entries(
    leaves: dict[str, np.ndarray],
    registry: Registry,
    structure: Structure,
    sets: Int[np.ndarray, " member"],
    *,
    varies: bool,
) -> None:
    """Set what structural alternatives set: for a lever, what each form says of each stream."""
    numbers = _numbers(registry, sets)
    for name, form in registry.forms.items():
        if not form.of_a_lever:
            continue
        path, _, entry = form.acts[0].rpartition(".")
        tables = np.zeros((len(form.options), len(structure.streams)))
        for place, table in enumerate(form.tables()):
            for stream, value in table.items():
                tables[place, structure.streams.index(stream)] = value
        leaf = np.array(leaves[path])
        leaf[:, structure.levers.index(entry)] = tables[numbers[name] * varies]
        leaves[path] = leaf


def _numbers(
    registry: Registry, sets: Int[np.ndarray, " member"]
) -> dict[str, Int[np.ndarray, " member"]]:
    forms = registry.forms.items()
    return form_numbers({name: len(form.options) for name, form in forms}, sets)
