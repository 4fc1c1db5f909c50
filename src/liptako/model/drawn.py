"""Draws that take the place of a prior's: what another inference says of a parameter."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from liptako.model.draws import set_numbers
from liptako.model.params import Params


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of one parameter, for members by their set of judgement.

    Attributes:
        path: of the parameter.
        values: draws `[set, ...]`, the same ones again beyond the last; not a number where the
            prior's own draw stays.
    """

    path: str
    values: Float[np.ndarray, "set ..."]


def fingerprint(drawn: Sequence[Drawn]) -> str:
    """Return a hash of draws, for the record of a run that depends on them."""
    digest = hashlib.sha256()
    for one in drawn:
        digest.update(one.path.encode())
        digest.update(np.asarray(one.values, np.float64).tobytes())
    return digest.hexdigest()


def put(params: Params, drawn: Sequence[Drawn], members: Int[np.ndarray, " member"]) -> Params:
    """Return parameters of members with draws in their place.

    Args:
        params: stacked over members.
        drawn: what replaces.
        members: member numbers.
    """
    sets = set_numbers(members)["judgement"]
    for one in drawn:
        process, leaf = one.path.split(".")
        group = getattr(params, process)
        own = np.asarray(one.values, np.float32)[sets % len(one.values)]
        old = np.asarray(getattr(group, leaf))
        new = np.where(np.isnan(own), old, own).astype(old.dtype)
        params = replace(params, **{process: replace(group, **{leaf: new})})
    return params
