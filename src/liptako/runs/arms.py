"""Arms whose parameters are altered: the same compiled program, with other numbers going in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from liptako.errors import InputError
from liptako.model.params import Params, leaf_paths
from liptako.theatre.contrasts import Alteration


def altering(batch: Callable, changes: Sequence[Alteration]) -> Callable:
    """Return a compiled batch with parameters of every member altered on the way in.

    Args:
        batch: from `liptako.model.simulate.compile_batch`.
        changes: none leave it as it is.
    """

    def altered(background, forcing, state, seed, params, members, real):
        return batch(background, forcing, state, seed, alter(params, changes), members, real)

    return altered if changes else batch


def alter(params: Params, changes: Sequence[Alteration]) -> Params:
    """Return parameters with every entry of some set to a value or multiplied by a factor."""
    for change in changes:
        process, leaf = change.path.split(".")
        group = getattr(params, process)
        factor = np.float32(change.factor or 0.0)
        new = getattr(group, leaf) * factor + np.float32(change.value or 0.0)
        params = replace(params, **{process: replace(group, **{leaf: new})})
    return params


def check_paths(name: str, changes: Sequence[Alteration]) -> None:
    """Check that a contrast alters parameters that there are.

    Raises:
        InputError: there is no such parameter.
    """
    for index, change in enumerate(changes):
        if change.path not in leaf_paths():
            raise InputError(
                "no such parameter",
                field=f"{name}.params[{index}].path",
                value=change.path,
                allowed="a row of `liptako assumptions`",
            )
