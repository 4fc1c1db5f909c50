"""Files on disk: written under a temporary name and renamed, hashed, byte for byte repeatable."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@contextmanager
def atomic_folder(target: str | Path) -> Iterator[Path]:
    """Give an empty folder to fill and put it in the place of `target` when the block succeeds.

    When the block raises, an interrupt included, `target` is left as it was. What a killed process
    left behind is cleared away by the next one that writes here; an earlier folder that it had
    moved aside is put back, see `recover_folder`.

    Args:
        target: where the folder should end up; an earlier one is replaced as a whole.

    Yields:
        The folder to fill, beside `target`.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    recover_folder(target)
    _clear_abandoned(target)
    work = target.parent / f".{target.name}-{os.getpid()}-{os.urandom(4).hex()}"
    work.mkdir(mode=0o755)
    old = _set_aside(target)
    try:
        yield work
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        recover_folder(target)
        shutil.rmtree(old, ignore_errors=True)


def recover_folder(target: str | Path) -> None:
    """Put back a folder that was moved aside by a process that died before it replaced it."""
    target = Path(target)
    if not target.exists() and _set_aside(target).is_dir():
        with suppress(OSError):
            _set_aside(target).rename(target)


def _set_aside(target: Path) -> Path:
    return target.parent / f".{target.name}-old"


def _clear_abandoned(target: Path) -> None:
    """Remove unfinished folders whose process is gone."""
    for found in target.parent.glob(f".{target.name}-*-*"):
        pid = found.name.removeprefix(f".{target.name}-").split("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(found, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def regular(path: str | Path) -> Path:
    """Return the path of a plain file, whatever links lead to it; never wait for one.

    Raises:
        InputError: missing, a folder, a pipe or a device.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        known = isinstance(error, FileNotFoundError | NotADirectoryError)
        problem = "file not found" if known else f"cannot be read ({error})"
        raise InputError(problem, file=str(path)[:200]) from None
    if stat.S_ISDIR(mode):
        raise InputError("a folder, not a file", file=path, allowed="a file")
    if not stat.S_ISREG(mode):
        raise InputError("a pipe or a device, not a file", file=path, allowed="a plain file")
    return path


def read_text(path: str | Path, most: int) -> str:
    """Return a text file's content in UTF-8, without a byte-order mark.

    Args:
        path: a plain file.
        most: bytes that it may have.

    Raises:
        InputError: missing, not a plain file, not readable, too large, or not UTF-8.
    """
    path = regular(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from None
    if len(content) > most:
        raise InputError("too large", file=path, allowed=f"at most {most} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error})", file=path, allowed="text in UTF-8") from None


def read_stored(
    path: Path, what: str, number: int, check: Callable[[Any], object], again: str
) -> dict[str, Any] | None:
    """Return what was stored in a JSON file; none where there is none.

    Args:
        path: of the file.
        what: it holds, for messages.
        number: of its format, that this version reads.
        check: raises where the content cannot be shown.
        again: the command that makes it again.

    Raises:
        InputError: the file is there and damaged, or has another format.
    """
    if not path.is_file():
        return None
    try:
        content = read_json(path)
        if known := content["format"] == number:
            check(content)
    except InputError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise InputError(
            f"not a readable {what} ({error})", file=path, allowed=f"run `{again}`"
        ) from None
    if not known:
        raise InputError(f"another format of {what}", file=path, value=content["format"])
    return content


def read_json(path: str | Path, most: int = 20_000_000) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: missing, not readable, too large, or not JSON.
    """
    try:
        return json.loads(read_text(path, most))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({error})", file=path) from None


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    Raises:
        InputError: there is no such file.
    """
    with regular(path).open("rb") as stream:
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
            _write_parquet([table], temporary)


def write_parts(parts: Iterable[pd.DataFrame], path: str | Path) -> None:
    """Write a table that comes in parts as one Parquet file, a row group each.

    Args:
        parts: one or more, all of the same columns and types.
        path: ends in `.parquet`.
    """
    with atomic_write(path) as temporary:
        _write_parquet(parts, temporary)


def _write_parquet(parts: Iterable[pd.DataFrame], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # opened here: PyArrow takes no name that is not UTF-8
    with path.open("wb") as stream, ExitStack() as closing:
        writer = None
        for part in parts:
            arrow = pa.Table.from_pandas(part, preserve_index=False).replace_schema_metadata(None)
            if writer is None:
                writer = closing.enter_context(
                    pq.ParquetWriter(stream, arrow.schema, compression="zstd", compression_level=9)
                )
            writer.write_table(arrow)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
