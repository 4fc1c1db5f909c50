"""Discrete choice: probabilities of the options of a menu, some of which may not be open."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from liptako.errors import InputError


def choice_probabilities(
    utility: Float[Array, "*#case option"], feasible: Bool[Array, "*#case option"] | None = None
) -> Float[Array, "*#case option"]:
    r"""Return the logit probability of each feasible option.

    $$\Pr(a) = \frac{f_a e^{u_a}}{\sum_b f_b e^{u_b}}$$

    Only differences of utility matter, so the largest is taken off first: utilities may be as
    large as their type holds. The utility of an infeasible option is never read, and may be
    infinite or missing.

    Args:
        utility: utility of each option, in units of the scale of the unobserved part; any shape.
        feasible: which options are open; all where none is given. Its shape broadcasts.

    Returns:
        Probabilities that sum to one over the last axis, or are all zero where no option is
        feasible.

    Raises:
        InputError: there is no axis of options, or the two shapes do not go together.

    References:
        McFadden (1974), Conditional logit analysis of qualitative choice behavior, in Zarembka
        (ed.), Frontiers in Econometrics.

    Example:
        >>> choice_probabilities(jnp.zeros(3), jnp.array([True, True, False])).tolist()
        [0.5, 0.5, 0.0]
    """
    utility = jnp.asarray(utility)
    if utility.ndim == 0:
        raise InputError("there is no axis of options", field="utility", value=utility.shape)
    open_ = jnp.ones(utility.shape, bool) if feasible is None else jnp.asarray(feasible, bool)
    try:
        utility, open_ = jnp.broadcast_arrays(utility, open_)
    except ValueError:
        raise InputError(
            "its shape does not go with that of the utility",
            field="feasible",
            value=open_.shape,
            allowed=f"a shape that broadcasts with {utility.shape}",
        ) from None
    largest = jnp.max(jnp.where(open_, utility, -jnp.inf), axis=-1, keepdims=True)
    # what is infeasible is replaced before it is used, so that no gradient meets it either
    below = jnp.where(open_, utility - jnp.where(open_, largest, 0.0), 0.0)
    weight = jnp.where(open_, jnp.exp(below), 0.0)
    total = weight.sum(axis=-1, keepdims=True)
    return weight / jnp.where(total > 0, total, 1.0)
