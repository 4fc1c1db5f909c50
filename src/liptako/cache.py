"""Results kept between runs by what they depend on; a damaged entry is made again, never believed.

One rule for every key: the code that makes the result (`code_digest` of its module: that module
and all of this package that it imports), and every value that goes into it. One rule for every
entry: arrays with a checksum; what does not match is deleted and made again. Where the folder
cannot be read or written, results are made and not kept.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from liptako import files
from liptako.version import __version__

CACHE_VARIABLE = "LIPTAKO_CACHE"
"""Environment variable with the folder for fits, forecasts and compiled programs."""

NOWHERE = Path(os.devnull)
"""No folder: nothing can be read or written in it."""

BIT_FLAGS = (
    "XLA_FLAGS", "JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "JAX_DEFAULT_PRNG_IMPL",
    "JAX_DISABLE_JIT", "JAX_NUMPY_DTYPE_PROMOTION", "JAX_PLATFORMS", "JAX_THREEFRY_PARTITIONABLE",
)  # fmt: skip
"""Environment variables that change what XLA computes."""

Arrays = dict[str, np.ndarray]
Say = Callable[[str], None]


def cache_folder() -> Path:
    """Return where fits, forecasts and compiled programs are kept between runs."""
    if root := os.environ.get(CACHE_VARIABLE):
        return Path(root).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # as its specification has it
        home = home_folder()
        base = NOWHERE if home is None else home / ".cache"
    return Path(base) / "liptako"


def home_folder() -> Path | None:
    """Return the user's home; none where there is none, as for some services."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() else None


def bit_flags() -> dict[str, str]:
    """Return the settings of this process that may change the last bits of a result."""
    return {name: os.environ[name] for name in BIT_FLAGS if os.environ.get(name)}


def remember(
    name: str, parts: tuple[object, ...], make: Callable[[], Mapping], say: Say | None = None
) -> Arrays:
    """Return arrays from the cache, or make and keep them.

    Args:
        name: start of the file's name.
        parts: everything that the arrays depend on, see `digest`; the code that makes them too,
            see `code_digest`.
        make: computes the arrays by name.
        say: told in words when a damaged entry is made again.

    Returns:
        The arrays by name.

    Example:
        >>> remember("two", (1,), lambda: {"x": np.ones(2)})["x"].sum()      # doctest: +SKIP
        2.0
    """
    path = cache_folder() / f"{name}-{digest(__version__, *bit_flags().items(), *parts)}.npz"
    if (found := _read(path)) is not None:
        return found
    with suppress(OSError):
        path.unlink()
        if say is not None:
            say(f"{path.name} was damaged and is made again")
    arrays = {key: np.asarray(value) for key, value in make().items()}
    with suppress(OSError), files.atomic_write(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays, checksum=np.array(digest(*_flat(arrays))))  # pyright: ignore[reportArgumentType]
    return arrays


def digest(*parts: object) -> str:
    """Return a hash of values: tables, arrays, records of them, and anything with a fixed repr.

    Example:
        >>> digest(np.zeros(2)) == digest(np.zeros(3))
        False
    """
    found = hashlib.sha256()
    for part in parts:
        _add(found, part)
    return found.hexdigest()[:20]


def _add(found: hashlib._Hash, part: object) -> None:
    if isinstance(part, pd.DataFrame):
        found.update(repr([(str(name), str(kind)) for name, kind in part.dtypes.items()]).encode())
        found.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
    elif isinstance(part, np.ndarray):
        found.update(f"{part.dtype.str}{part.shape}".encode())
        found.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, Mapping):
        for key in sorted(part, key=repr):
            found.update(repr(key).encode())
            _add(found, part[key])
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        _add(found, {field.name: getattr(part, field.name) for field in dataclasses.fields(part)})
    elif isinstance(part, tuple | list):
        found.update(f"{type(part).__name__}{len(part)}".encode())
        for item in part:
            _add(found, item)
    else:
        found.update(repr(part).encode())
    found.update(b"\0")


@cache
def code_digest(module: str) -> str:
    """Return a hash of the sources of a module and of all that it imports of this package.

    Args:
        module: dotted name; one that is gone is an error, so a move cannot pass unseen.

    Example:
        >>> code_digest("liptako.calendar") == code_digest("liptako.errors")
        False
    """
    found = hashlib.sha256()
    for name, source in sorted(_sources(module).items()):
        found.update(name.encode())
        found.update(source.read_bytes())
    return found.hexdigest()[:20]


def _sources(module: str) -> dict[str, Path]:
    """Return the source files by module name: the module's, and of what it imports."""
    package, known, waiting = module.partition(".")[0], {}, [module]
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"no module {name!r}", name=name)
        known[name] = Path(spec.origin)
        waiting += [found for found in _imports(known[name], name) if found.startswith(package)]
        waiting += filter(None, [name.rpartition(".")[0]])
    return known


def _imports(source: Path, name: str) -> list[str]:
    """Return the modules that a source file imports when it runs, anywhere in it."""
    found: list[str] = []
    waiting: list[ast.AST] = [ast.parse(source.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [other for other in inside if _is_module(other)]
    return [other for other in found if other != name]


@cache
def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the name before the last dot is a module, not a package
        return False


def _flat(arrays: Arrays) -> list[object]:
    return [item for key in sorted(arrays) for item in (key, arrays[key])]


def _read(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        checksum = str(arrays.pop("checksum"))
    except Exception:  # whatever a damaged archive brings about
        return None
    return arrays if checksum == digest(*_flat(arrays)) else None
