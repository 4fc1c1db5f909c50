"""The type checker of the test run: beartype, for which a whole number is a number.

JAX rebuilds a registered dataclass around whatever its leaves have become: a batch, a shape, a
placeholder. Those are no states or parameters of a member, so here JAX rebuilds without
`__init__`, and only what the code itself constructs is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields

import jax
from beartype import BeartypeConf, beartype
from jax.tree_util import GetAttrKey
from jaxtyping import config, install_import_hook

CHECKED = ["liptako"]
"""Packages and modules whose functions and dataclasses are checked."""

check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def switch_on() -> None:
    """Check all of `CHECKED` that is imported from now on."""
    jax.tree_util.register_dataclass = register_dataclass
    install_import_hook(CHECKED, f"{__name__}.check")


@contextmanager
def off() -> Iterator[None]:
    """Check nothing inside: a test passes what no annotation allows, and names the refusal."""
    config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        config.update("jaxtyping_disable", False)


def register_dataclass(cls: type) -> type:
    """Register a dataclass with JAX as `jax.tree_util.register_dataclass` does, less the checks."""
    names = [field.name for field in fields(cls)]

    def flatten(value: object) -> tuple[list, None]:
        return [getattr(value, name) for name in names], None

    def flatten_with_keys(value: object) -> tuple[list, None]:
        return [(GetAttrKey(name), getattr(value, name)) for name in names], None

    def unflatten(_: None, leaves: Iterable) -> object:
        value = object.__new__(cls)
        for name, leaf in zip(names, leaves, strict=True):
            object.__setattr__(value, name, leaf)
        return value

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)
    return cls
