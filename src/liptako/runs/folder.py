"""A run as a folder: written whole or not at all, and opened again.

`run.nc` holds the run's dataset, `variants/NAME.nc` what its variants have of their own. Futures
are appended to `run.nc` as they come, so that memory does not grow with them: tables of a large
run then read one variable and country at a time. Other files are whatever the caller puts there.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr

from liptako import files
from liptako.errors import InputError
from liptako.model.outputs import OUTPUTS
from liptako.runs import arms
from liptako.runs.cite import run_id
from liptako.runs.dataset import (
    DOCUMENTS,
    FORMAT,
    KNOWN,
    NOTED,
    TESTED,
    Rows,
    forms_of,
    past_cases_of,
    rows_of,
    scenario_of,
    shares,
    tested_of,
    theatre_of,
)
from liptako.runs.run import Run

DATASET = "run.nc"
VARIANTS = "variants"
AS_IN_RUN = "as_in_run"
"""Names the variables that a variant's file leaves out, since the run's own has the same."""


ROWS = 512
"""Members written at a time, and in a chunk of the file."""

ENGINE = "h5netcdf"

_READERS = {
    "theatre": theatre_of,
    "scenario_record": scenario_of,
    "manifest": run_id,
    "past_cases": past_cases_of,
    "forms": forms_of,
}
"""How the documents of a run are read."""


def load_run(folder: str | Path) -> xr.Dataset:
    """Open a run's folder again: the dataset that `simulate` gave, read as it is needed.

    Args:
        folder: as `liptako run` wrote it.

    Raises:
        InputError: no such folder, not a run's, damaged, or of another format.

    Example:
        >>> run = load_run("runs/NAME-3f9c12")          # doctest: +SKIP
        >>> endings(run)                                   # doctest: +SKIP
    """
    return open_run(folder).dataset


def open_run(folder: str | Path) -> Run:
    """Open a run's folder with its variants, see `load_run`."""
    folder = Path(folder)
    files.recover_folder(folder)
    if not (folder / DATASET).is_file():
        allowed = "a folder that `liptako run` wrote"
        raise InputError("not a run's folder", file=folder, allowed=allowed)
    known = list(arms.VARIANTS)
    variants = sorted(
        (folder / VARIANTS).glob("*.nc"),
        key=lambda path: known.index(path.stem) if path.stem in known else len(known),
    )
    run = open_dataset(folder / DATASET)
    return Run(run, {path.stem: open_dataset(path, run) for path in variants})


def newest_run(parent: str | Path, wanted: Callable[[xr.Dataset], bool]) -> Path | None:
    """Return the folder that was written last, of those that can be read and are wanted.

    Args:
        parent: holds runs' folders; it need not be there.
        wanted: whether a run's dataset is of the kind that is looked for.
    """
    found = sorted(Path(parent).glob(f"*/{DATASET}"), key=lambda path: -path.stat().st_mtime)
    for path in found:
        try:
            dataset = open_dataset(path)
        except InputError:  # of another version, or not whole
            continue
        if wanted(dataset):
            return path.parent
    return None


def open_dataset(path: Path, run: xr.Dataset | None = None) -> xr.Dataset:
    """Open one dataset of a run, read as it is needed.

    Args:
        path: of the file.
        run: of a variant, the run itself: what the two have in common stands in its file alone.

    Raises:
        InputError: damaged, not a run's, or of another format.
    """
    try:
        dataset = xr.open_dataset(path, engine=ENGINE)
        if run is not None and (names := dataset.attrs.pop(AS_IN_RUN, "")):
            common = run[names.split(",")]
            dataset = dataset.assign_coords(common.coords).assign(common.data_vars)
        written = int(dataset.attrs.get("format", 0))
        documents = {name: str(dataset[name].item()) for name in DOCUMENTS if name in dataset}
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise InputError(f"not a readable run ({error})", file=path) from None
    if written != FORMAT:
        earlier = "an earlier version" if written < FORMAT else "a later version"
        raise InputError(
            f"written by {earlier} of Liptako, which kept other things",
            file=path, field="format", value=written, allowed=f"{FORMAT}; run the scenario again",
        )  # fmt: skip
    missing = [name for name in (*DOCUMENTS, *OUTPUTS, *KNOWN) if name not in dataset]
    missing += [name for name in NOTED if name not in dataset.attrs]
    if missing:
        raise InputError("not a whole run: something is missing", file=path, value=missing[0])
    for name, output in OUTPUTS.items():
        if dataset[name].dims != output.dims:
            raise InputError(
                "not a run: wrong dimensions", file=path, field=name, value=dataset[name].dims,
                allowed=", ".join(output.dims),
            )  # fmt: skip
    whole = dataset.drop_vars(documents).assign_attrs(documents)
    _check_documents(whole, path)
    return whole


def _check_documents(dataset: xr.Dataset, path: Path) -> None:
    """Check that what a run says of itself can be read."""
    for name, read in _READERS.items():
        try:
            if not isinstance(json.loads(dataset.attrs[name]), dict):
                raise TypeError("not a JSON object")
            read(dataset)
        except (ValueError, TypeError) as error:
            first = str(error).splitlines()[0]
            raise InputError(f"cannot be read ({first})", file=path, field=name) from None
    for name in TESTED:
        try:
            tested_of(dataset, name)
        except (ValueError, TypeError) as error:
            raise InputError(f"cannot be read ({error})", file=path, field=name) from None


def write_variants(run: Run, folder: Path) -> None:
    """Write the variants of a run into its folder."""
    for name, dataset in run.variants.items():
        common = [each for each in dataset.variables if _same(dataset, run.dataset, str(each))]
        own = dataset.drop_vars(common).assign_attrs({AS_IN_RUN: ",".join(map(str, common))})
        write_dataset(own, folder / VARIANTS / f"{name}.nc")


def _same(one: xr.Dataset, other: xr.Dataset, name: str) -> bool:
    """Return whether two datasets have the same variable, which does not go by member."""
    if name not in other.variables or "member" in one[name].dims:
        return False
    return one.variables[name].identical(other.variables[name])


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset of a run that is in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    filled = _on_paper(dataset)
    squeezed: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True}
    arrays = [name for name in OUTPUTS if name in filled]
    _put(filled, path, encoding=dict.fromkeys(arrays, squeezed))


def to_file(path: Path) -> Callable[[xr.Dataset, Iterable[tuple[Rows, int]]], xr.Dataset]:
    """Return how to gather batches into a file instead of memory, see `runs.dataset.gathered`.

    Args:
        path: of the file; its dataset is open when the batches are all in.
    """

    def gather(known: xr.Dataset, chunks: Iterable[tuple[Rows, int]]) -> xr.Dataset:
        _put(_on_paper(known), path)
        counts: Rows = {}
        with h5netcdf.File(path, "a") as file:
            for place, rows in _by_chunk(rows_of(known, chunks, counts)):
                for name, values in rows.items():
                    if name not in file.variables:
                        _declare(file, name, values, known.sizes["member"])
                    file.variables[name][place] = values
        counted = known.assign(shares(known, counts))[list(counts)].drop_attrs(deep=False)
        counted.to_netcdf(path, engine=ENGINE, mode="a")
        return open_dataset(path)

    return gather


def _put(dataset: xr.Dataset, path: Path, **how: Any) -> None:
    """Write a dataset by way of memory: HDF5 crashes where it cannot end a file on a full disk."""
    path.write_bytes(memoryview(dataset.to_netcdf(engine=ENGINE, **how)))


def _on_paper(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset with its documents as variables: attributes of a file hold little."""
    documents = {name: dataset.attrs[name] for name in DOCUMENTS}
    plain = {name: value for name, value in dataset.attrs.items() if name not in DOCUMENTS}
    return dataset.assign(documents).drop_attrs(deep=False).assign_attrs(plain)


def _by_chunk(batches: Iterable[tuple[slice, Rows]]) -> Iterable[tuple[slice, Rows]]:
    """Yield rows joined to chunks of the file."""
    first, parts = 0, []
    last = 0
    for place, rows in batches:
        parts.append(rows)
        last = place.stop
        if last - first >= ROWS:
            yield slice(first, last), _joined(parts)
            first, parts = last, []
    if parts:
        yield slice(first, last), _joined(parts)


def _joined(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([rows[name] for rows in parts]) for name in parts[0]}


def _declare(file: h5netcdf.File, name: str, values: np.ndarray, members: int) -> None:
    """Declare an output's variable, in chunks of many members and, by country, of one country."""
    dims = OUTPUTS[name].dims
    truth = values.dtype == bool
    shape = (members, *values.shape[1:])
    chunk = [1 if dim == "country" else size for dim, size in zip(dims, shape, strict=True)]
    chunk[0] = min(ROWS, members)
    variable = file.create_variable(
        name, dims, np.int8 if truth else values.dtype, chunks=tuple(max(n, 1) for n in chunk),
        compression="gzip", compression_opts=1, shuffle=True,
    )  # fmt: skip
    variable.attrs["units"] = OUTPUTS[name].unit
    if truth:
        variable.attrs["dtype"] = "bool"  # as xarray marks what it reads as true and false


@contextmanager
def run_folder(parent: str | Path, run_id: str) -> Iterator[Path]:
    """Give a folder to write a run into, and put it in its place when the block succeeds.

    Args:
        parent: the folder to make it in.
        run_id: the folder's name.

    Yields:
        An empty folder; its `run.nc` and other files are the caller's to write.

    Raises:
        InputError: the folder cannot be written.
    """
    check_writable(parent)
    with files.atomic_folder(Path(parent) / run_id) as folder:
        yield folder


def check_writable(parent: str | Path) -> None:
    """Check that a run can be written into a folder, making it if need be.

    Raises:
        InputError: it cannot.
    """
    parent = Path(parent)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            field="out",
            value=str(parent),
            allowed="a folder that can be written",
        ) from None
