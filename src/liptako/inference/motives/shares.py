"""Shares of families of lenses, and the verdict that draws of them allow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from liptako.inference.motives.record import Names, Record

SURE = 0.9
"""A family is named where it has the largest share in so many of the draws."""

UNDETERMINED = "undetermined"


def families_of(
    share: Float[np.ndarray, "*draw junta lens"], names: Names
) -> Float[np.ndarray, "*draw junta family"]:
    """Return the shares of families from those of lenses."""
    belongs = names.family_of[:, None] == np.arange(len(names.families))
    return share @ belongs.astype(share.dtype)


def together(
    share: Float[np.ndarray, "*draw junta family"], record: Record, n_juntas: int
) -> Float[np.ndarray, "*draw family"]:
    """Return the shares of all juntas together, by how many quarters each ruled."""
    quarters = np.bincount(record.junta, minlength=n_juntas)
    return np.einsum("...jf,j->...f", share, quarters / quarters.sum())


def largest(share: Float[np.ndarray, "draw family"]) -> Float[np.ndarray, " family"]:
    """Return in which part of the draws each family has the largest share.

    Example:
        >>> largest(np.array([[0.6, 0.4], [0.2, 0.8]])).tolist()
        [0.5, 0.5]
    """
    return np.bincount(share.argmax(axis=-1), minlength=share.shape[-1]) / len(share)


def verdict_of(share: Float[np.ndarray, "draw family"], families: tuple[str, ...]) -> str:
    """Return the family that decisions are more consistent with than with others, if any is.

    Example:
        >>> verdict_of(np.array([[0.6, 0.4], [0.2, 0.8]]), ("one", "other"))
        'undetermined'
    """
    sure = largest(share)
    return families[int(sure.argmax())] if sure.max() >= SURE else UNDETERMINED
