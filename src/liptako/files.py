"""Files on disk: written under a temporary name and renamed, hashed, byte for byte repeatable."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from liptako.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = (".parquet", ".csv")


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder and rename it to `path` when the block succeeds.

    A reader sees the old file or the new one, never half of one. When the block raises,
    an interrupt from the keyboard included, the temporary file is removed and `path` is
    left as it was.

    Args:
        path: where the file should end up; missing folders are made.

    Yields:
        The temporary path to write to; it has the same ending as `path`.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_write(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("hello")
        >>> (folder / "a.txt").read_text()
        'hello'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    temporary = Path(name)
    try:
        os.close(handle)
        temporary.chmod(0o644)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    Raises:
        InputError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("file not found", file=path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as Parquet or CSV, by the ending of `path`; the same table, the same bytes.

    The index is not written. Parquet carries no pandas metadata, so bytes depend only on
    the values and on the version of PyArrow.

    Args:
        table: what to write.
        path: ends in `.parquet` or `.csv`.

    Raises:
        InputError: another ending.
    """
    path = Path(path)
    if path.suffix not in TABLE_SUFFIXES:
        raise InputError(
            "not a table format", file=path, value=path.suffix, allowed=" or ".join(TABLE_SUFFIXES)
        )
    with atomic_write(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            arrow = pa.Table.from_pandas(table, preserve_index=False)
            pq.write_table(
                arrow.replace_schema_metadata(None),
                temporary,
                compression="zstd",
                compression_level=9,
            )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
