"""A run as a folder: written whole under another name, then renamed."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr

from liptako import calendar, files
from liptako.errors import InputError
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.counted import to_frames
from liptako.outcomes.endings import has_endings, outcomes_of
from liptako.runs.run import Run
from liptako.version import __version__

DATASET = "run.nc"
SUMMARY = "run.json"


def run_id(run: Run) -> str:
    """Return the run's name: the scenario's, and a hash of all that the run depends on."""
    return f"{run.dataset.attrs['scenario']}-{_digest(manifest(run))}"


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps({k: v for k, v in content.items() if k != "machine"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def manifest(run: Run) -> dict[str, Any]:
    """Return what the run was made from: versions, data and their hashes, scenario, seed."""
    prepared = run.prepared
    tables = prepared.snapshot.manifest["tables"]
    return {
        "liptako_version": __version__,
        "git_revision": _revision(),
        "scenario": prepared.loaded.scenario.model_dump(),
        "policy": run.dataset.attrs["policy"],
        "data": {name: tables[name]["sha256"] for name in sorted(tables)},
        "data_until": prepared.snapshot.manifest["last_month"],
        "sources": [
            {key: source.get(key) for key in ("title", "vintage", "licence", "citation")}
            | {"events": source.get("role") == "ged"}
            for source in prepared.snapshot.manifest["sources"]
        ],
        "fit": prepared.posterior.about,
        "machine": {"python": platform.python_version(), "system": platform.machine()},
    }


@lru_cache(maxsize=1)
def _revision() -> str | None:
    """Return the git revision of the source tree this package runs from, if it is one."""
    here = Path(__file__).resolve().parents[3]
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def summary(run: Run, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the machine-readable summary of a run, as `--json` prints it."""
    attrs = run.dataset.attrs
    return {
        "scenario": attrs["scenario"],
        "run_id": run_id(run),
        "init_time": attrs["init_time"],
        "as_seen_from": calendar.month_name(calendar.parse_month(attrs["init_time"])),
        "policy": attrs["policy"],
        "members": int(run.dataset.sizes["member"]),
        "months": int(run.dataset.sizes["month"]),
        "seed": int(attrs["seed"]),
        "deaths": _deaths(tables["deaths_country_period"]),
        "civilian_deaths": _civilians(tables["civilians_perpetrator"]),
        "displaced": _periods(tables["displaced"], "country"),
        "coast": tables["coast"].iloc[0].to_dict(),
        "reach_outside_the_capital": {
            country: _by(rows.drop(columns="country"), "year")
            for country, rows in tables["reach"].groupby("country")
        },
        **_endings(tables),
        **_politics(tables),
        "skill": attrs.get("skill", "not yet tested"),
        "elapsed_s": attrs["elapsed_s"],
        "peak_memory_mb": attrs["peak_memory_mb"],
        "manifest": manifest(run),
    }


def _quantities(row: pd.Series) -> dict[str, float]:
    return {
        "median": round(float(row["q50"]), 3),
        "q05": round(float(row["q05"]), 3),
        "q95": round(float(row["q95"]), 3),
        "mean": round(float(row["mean"]), 3),
    }


def _deaths(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        mine = found.setdefault(row["country"], {})
        if row["period"] == "last_12_months":
            mine[row["period"]] = int(row["observed"])
        else:
            mine[row["period"]] = _quantities(row)
    return found


def _endings(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return endings at the last horizon and what stands beside them; none without a pact."""
    if "endings" not in tables:
        return {}
    last = int(tables["endings"]["horizon"].max())
    at = {
        name: frame[frame["horizon"] == last].drop(columns="horizon")
        for name, frame in tables.items()
        if "horizon" in frame
    }
    variants = at["ending_variants"].set_index(["variant", "ending"])

    def ends(variant: str, ending: str) -> dict[str, Any]:
        return _plain(cast(pd.Series, variants.loc[(variant, ending)]))

    return {
        "endings_horizon_months": last,
        "endings": _by(at["endings"], "ending"),
        "sub_endings": _by(at["sub_endings"], "sub_ending"),
        "endings_by_horizon": {
            str(horizon): _by(frame.drop(columns="horizon"), "ending")
            for horizon, frame in tables["endings"].groupby("horizon")
        },
        "ending_parts": _records(at["ending_parts"]),
        "ending_table": _records(at["ending_table"]),
        "threshold_grid": _records(at["threshold_grid"]),
        "rollback_without_pact": {
            "with": ends("paired", "rolled_back"),
            "without": ends("without_pact", "rolled_back"),
        },
        **{
            f"endings_{variant}": {ending: ends(variant, ending) for ending in ENDINGS}
            for variant in ("reference_only", "markov_pact")
        },
        "endings_underreported": {
            variant: {ending: ends(variant, ending) for ending in ENDINGS}
            for variant in cast(pd.MultiIndex, variants.index).levels[0]
            if variant.startswith("reporting")
        },
        "ending_variance": _records(at["ending_variance"]),
        "exits": {
            country: _by(rows.drop(columns="country"), "kind")
            for country, rows in at["exits"].groupby("country")
        },
    }


def _politics(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return disputes, choices and support, each at its last horizon; none where there are none."""
    nested = {
        "disputes": ("dispute_chances", "dyad", "rung"),
        "disputes_together": ("dispute_groups", "group", "rung"),
        "acts": ("acts", "country", "act"),
        "promises": ("promises", "country", "outcome"),
    }
    found: dict[str, Any] = {}
    for key, (name, outer, inner) in nested.items():
        if name in tables:
            last = int(tables[name]["horizon"].max())
            rows = tables[name][tables[name]["horizon"] == last].drop(columns="horizon")
            found |= {"politics_horizon_months": last, key: _by_two(rows, outer, inner)}
    if "upper_rungs" in tables:
        found["upper_rungs"] = _by_two(tables["upper_rungs"], "group", "rung")
    if "patrons" in tables:
        found["patrons"] = {
            patron: _by_two(rows.drop(columns=["patron", "label"]), "country", "year")
            for patron, rows in tables["patrons"].groupby("patron", sort=False)
        }
    return found


def _by_two(frame: pd.DataFrame, outer: str, inner: str) -> dict[str, Any]:
    return {
        str(name): _by(rows.drop(columns=outer).astype(object), inner)
        for name, rows in frame.groupby(outer, sort=False)
    }


def _by(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    return {
        str(name): _plain(row)
        for name, (_, row) in zip(frame[key], frame.drop(columns=key).iterrows(), strict=True)
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for _, row in frame.iterrows()]


def _plain(row: pd.Series) -> dict[str, Any]:
    """Return a row as JSON takes it: plain numbers, none where there is no number."""
    return {str(name): _number(value) for name, value in row.items()}


def _number(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else round(float(value), 5)
    return value.item() if isinstance(value, (np.integer, np.bool_)) else value


def _periods(table: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        found.setdefault(row[key], {})[row["period"]] = _quantities(row)
    return found


def _civilians(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        mine = found.setdefault(row["country"], {}).setdefault(row["perpetrator"], {})
        if row["period"] == "last_12_months":
            mine[row["period"]] = int(row["observed"])
        else:
            mine[row["period"]] = {**_quantities(row), "share": round(row["share_mean"], 4)}
    return found


def cite(run: Run | xr.Dataset) -> str:
    """Return how to cite a run, with its version, seed and "as seen from" date."""
    attrs = (run.dataset if isinstance(run, Run) else run).attrs
    members = (run.dataset if isinstance(run, Run) else run).sizes["member"]
    return (
        f"Liptako {attrs['liptako_version']}, scenario {attrs['scenario']} "
        f"(policy {attrs['policy']}), as seen from {attrs['init_time']}, "
        f"{members} futures, seed {attrs['seed']}; event data to {attrs['data_until']}: "
        f"{attrs['event_source']}. {attrs['event_citation']}."
    )


def bibtex(run: Run) -> str:
    """Return the citation for reference managers."""
    attrs = run.dataset.attrs
    return (
        f"@software{{liptako_{run_id(run).replace('-', '_')},\n"
        f"  title = {{Liptako: {attrs['title']}}},\n"
        f"  version = {{{attrs['liptako_version']}}},\n"
        f"  note = {{{run.dataset.sizes['member']} futures, seed {attrs['seed']}}}\n}}\n"
    )


def save(
    run: Run,
    tables: Mapping[str, pd.DataFrame],
    parent: str | Path,
    report: Callable[[], str] | None = None,
) -> Path:
    """Write a run's folder and return it: all of it, or nothing.

    Args:
        run: the run.
        tables: by name.
        parent: the folder to make it in.
        report: gives the text of `report.html`.

    Raises:
        InputError: the folder cannot be written.
    """
    parent = Path(parent)
    target = parent / run_id(run)
    check_writable(parent)
    work = Path(tempfile.mkdtemp(dir=parent, prefix=f".{target.name}-"))
    try:
        new = work / "new"
        new.mkdir(mode=0o755)
        _write(run, tables, new, report)
        old = work / "old"
        if target.exists():
            target.rename(old)
        new.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


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


def _write(
    run: Run, tables: Mapping[str, pd.DataFrame], folder: Path, report: Callable[[], str] | None
) -> None:
    (folder / "tables").mkdir()
    stamped = {name: _stamped(frame, run) for name, frame in tables.items()}
    for name, frame in stamped.items():
        for suffix in ("csv", "parquet"):
            files.write_table(frame, folder / "tables" / f"{name}.{suffix}")
    _write_members(run, folder / "tables" / "members.parquet")
    if has_endings(run.dataset):
        first = int(run.dataset["month"][0])
        for name, frame in to_frames(outcomes_of(run.dataset), first).items():
            files.write_table(_stamped(frame, run), folder / "tables" / f"{name}.parquet")
    with pd.ExcelWriter(folder / "tables.xlsx", engine="openpyxl") as book:
        for name, frame in stamped.items():
            if name != "cells":
                frame.to_excel(book, sheet_name=name[:31], index=False)
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name in run.dataset.data_vars
    }
    run.dataset.to_netcdf(folder / DATASET, engine="h5netcdf", encoding=encoding)
    (folder / "cite.txt").write_text(cite(run) + "\n\n" + bibtex(run), encoding="utf-8")
    if report is not None:
        (folder / "report.html").write_text(report(), encoding="utf-8")
    text = json.dumps(summary(run, tables), indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def _write_members(run: Run, path: Path) -> None:
    """Write every member's yearly deaths by country and stream: the table to recount from."""
    data = run.dataset["deaths"]
    year = (data["lead_time"] - 1) // 12 + 1
    yearly = data.groupby(year.rename("year")).sum()
    frame = yearly.reset_coords(drop=True).to_dataframe("deaths").reset_index()
    files.write_table(frame[["member", "year", "country", "stream", "deaths"]], path)


def _stamped(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Return the table as files carry it: lists as text, and when it was seen from."""
    frame = frame.copy()
    for name in frame.columns:
        if not pd.api.types.is_object_dtype(frame[name]):
            continue
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].map(", ".join)
    frame.insert(0, "as_seen_from", run.dataset.attrs["init_time"])
    return frame
