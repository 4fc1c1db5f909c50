"""Results kept by what they depend on; a damaged entry is computed again, never believed."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from liptako import files
from liptako.files import cache_folder
from liptako.version import __version__

CODE_VERSION = 1
"""Raise when a change of code changes results and `code_digest` cannot see it."""

Arrays = dict[str, np.ndarray]


def remember(name: str, parts: tuple[object, ...], make: Callable[[], Mapping]) -> Arrays:
    """Return arrays from the cache, or make and keep them.

    Args:
        name: start of the file's name.
        parts: everything that the arrays depend on, see `digest`.
        make: computes the arrays by name.

    Returns:
        The arrays by name.

    Example:
        >>> remember("two", (1,), lambda: {"x": np.ones(2)})["x"].sum()      # doctest: +SKIP
        2.0
    """
    path = cache_folder() / f"verify-{name}-{digest(CODE_VERSION, __version__, *parts)}.npz"
    if (found := _read(path)) is not None:
        return found
    arrays = {key: np.asarray(value) for key, value in make().items()}
    with files.atomic_write(path) as temporary, temporary.open("wb") as stream:
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
def code_digest() -> str:
    """Return a hash of the sources that a forecast is computed with."""
    root = Path(__file__).resolve().parents[0]
    sources = [
        *sorted((root / "model").rglob("*.py")),
        *(root / "execution" / name for name in ("prepare.py", "spread.py")),
    ]
    found = hashlib.sha256()
    for source in sources:
        found.update(source.relative_to(root).as_posix().encode())
        found.update(source.read_bytes())
    return found.hexdigest()[:20]


def _flat(arrays: Arrays) -> list[object]:
    return [item for key in sorted(arrays) for item in (key, arrays[key])]


def _read(path: Path) -> Arrays | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        checksum = str(arrays.pop("checksum"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return arrays if checksum == digest(*_flat(arrays)) else None
