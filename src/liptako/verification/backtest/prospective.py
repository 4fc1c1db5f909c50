"""Forecasts stored with their hash, and scored when the months they speak of have been seen.

A store is a folder of forecasts in the challenge's format with a manifest that says from
which month, data and version each was made, and its SHA-256. A file that no longer matches
is refused: a forecast that was changed afterwards is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from liptako import calendar, files
from liptako.cache import code_digest, digest
from liptako.data import views
from liptako.data.snapshot import user_folder
from liptako.errors import InputError
from liptako.theatre.schema import Theatre
from liptako.verification.backtest import forecasts, record, scoring, submission
from liptako.verification.backtest.baseline_forecasts import (
    CELL_MODELS,
    COUNTRY_MODELS,
    depends_on,
    make_baselines,
)
from liptako.verification.backtest.cases import remembered_cases
from liptako.verification.backtest.comparison import differences, means, same_cases, skills
from liptako.verification.backtest.forecasts import MEMBERS, Source
from liptako.verification.backtest.windows import (
    LAST_LEAD,
    Window,
    checked_years,
    last_forecast,
    window,
)
from liptako.version import __version__

MANIFEST = "manifest.json"
FORMAT = 1
LEAST_MONTHS = 4
"""Fewer months than this cannot be resampled in blocks: no interval is given."""
_FIELDS = ("file", "level", "sha256", "init_time", "first", "last", "draws")


def default_folder(theatre: Theatre) -> Path:
    """Return where a theatre's prospective forecasts are kept unless another place is named."""
    return user_folder(theatre).parent / "forecasts"


def export(
    source: Source, level: scoring.Level, years: Sequence[int], folder: str | Path,
    countries: Sequence[str] | None = None,
) -> list[Path]:  # fmt: skip
    """Write our forecasts of challenge windows, each with its hash in the folder's manifest.

    Needs no outcomes: the window after the last complete one can be written too.

    Args:
        source: data and settings; its `members` must be 1,000.
        level: `cm` or `pgm`.
        years: windows.
        folder: made if need be.
        countries: ISO3 codes; at `cm` all observed by default, at `pgm` the members.

    Returns:
        The files.

    Raises:
        InputError: windows, countries or members out of range, or no place to write.
    """
    spans = [
        window(year) for year in checked_years(years, last_forecast(source.snapshot.last_month))
    ]
    return [_write(source, level, span, Path(folder), countries) for span in spans]


def store(
    source: Source, level: scoring.Level, folder: str | Path,
    countries: Sequence[str] | None = None,
) -> Path:  # fmt: skip
    """Forecast the 14 months after the last of the data and store them with their hash."""
    init = source.snapshot.last_month
    span = Window(calendar.year_of(init), init, init + 1, init + LAST_LEAD)
    return _write(source, level, span, Path(folder), countries)


def score(
    source: Source, folder: str | Path, level: scoring.Level
) -> tuple[list[dict[str, Any]], list[str]]:
    """Score stored forecasts on the months whose data have been imported since.

    Args:
        source: the data now.
        folder: a store.
        level: which of its forecasts.

    Returns:
        One summary for each forecast with months to score, and what else there is to say.

    Raises:
        InputError: no store here, or a forecast that does not match its hash.
    """
    folder = Path(folder)
    entries = [entry for entry in read_manifest(folder) if entry["level"] == level]
    found, notes = [], []
    if not entries:
        notes.append(f"No stored forecast for {level} in {folder}.")
    for entry in entries:
        path = check_hash(folder, entry)
        span = _seen_span(entry, source.snapshot.last_month)
        if span is None:
            notes.append(f"{entry['file']}: no data yet for {entry['first']} to {entry['last']}.")
            continue
        found.append(_score_entry(source, path, entry, span))
    return found, notes


def read_manifest(folder: str | Path) -> list[dict[str, Any]]:
    """Return the entries of a store.

    Raises:
        InputError: missing or damaged.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise InputError(
            "no stored forecasts here", file=path, allowed="a folder made by --export or --store"
        )
    content = files.read_json(path)
    try:
        entries, version = content["forecasts"], content["format"]
        complete = isinstance(entries, list) and all(
            isinstance(entry[name], int if name == "draws" else str)
            for entry in entries
            for name in _FIELDS
        )
        for entry in entries if complete else ():
            for name in ("init_time", "first", "last"):
                calendar.parse_month(entry[name], file=str(path), field=name)
    except (KeyError, TypeError) as error:
        raise InputError(f"not a readable manifest ({error})", file=path) from None
    if version != FORMAT or not complete:
        raise InputError("not a manifest of forecasts", file=path, allowed=f"format {FORMAT}")
    return entries


def check_hash(folder: Path, entry: dict[str, Any]) -> Path:
    """Return the file of an entry after checking that it is the one that was stored.

    Raises:
        InputError: missing, outside the folder, or changed.
    """
    path = folder / str(entry["file"])
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError("outside the folder", file=folder / MANIFEST, value=entry["file"])
    found = files.sha256(path)
    if found != entry["sha256"]:
        raise InputError(
            "the forecast is not the one that was stored: it does not match its hash",
            file=path,
            field="sha256",
            value=found,
            allowed=str(entry["sha256"]),
        )
    return path


def _write(
    source: Source, level: str, span: Window, folder: Path, countries: Sequence[str] | None
) -> Path:
    if source.members != MEMBERS:
        raise InputError(
            "a forecast in the challenge's format has 1,000 draws",
            field="members",
            value=source.members,
            allowed=str(MEMBERS),
        )
    theatre, snapshot = source.loaded.theatre, source.snapshot
    observed = record.observed_countries(theatre, snapshot, span.init - 11, span.init)
    wanted = observed if countries is None and level == "cm" else countries
    chosen = record.checked_countries(wanted, theatre, observed)
    if level == "cm":
        draws = scoring.country_run(source, span)
        units = [theatre.countries[iso].views_id for iso in chosen]
        values = forecasts.country_draws(draws, source, chosen)
    else:
        draws = forecasts.theatre_draws(source, span, cells=True)
        gid = record.cells_of(snapshot, chosen)
        units, values = gid.tolist(), forecasts.cell_draws(draws, gid)
    name = str(span.name) if span.first_lead > 1 else calendar.format_month(span.init)
    try:
        path = submission.write(values, span.months, units, level, folder, name)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=folder) from None
    _register(source, path, level, span, folder, draws.fit_digest)
    return path


def _register(
    source: Source, path: Path, level: str, span: Window, folder: Path, fit_digest: str
) -> None:
    entry = {
        "file": path.relative_to(folder).as_posix(),
        "level": level,
        "sha256": files.sha256(path),
        "init_time": calendar.format_month(span.init),
        "first": calendar.format_month(span.first),
        "last": calendar.format_month(span.last),
        "draws": source.members,
        "seed": forecasts.SEED,
        "liptako_version": __version__,
        "code": code_digest(forecasts.__name__),
        "fits": fit_digest,
        "data": digest(source.snapshot.until(span.init).tables()),
        "stored_on": datetime.now(UTC).date().isoformat(),
    }
    known = read_manifest(folder) if (folder / MANIFEST).is_file() else []
    others = [row for row in known if row["file"] != entry["file"]]
    content = {"format": FORMAT, "forecasts": [*others, entry]}
    with files.atomic_write(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _seen_span(entry: dict[str, Any], last_month: int) -> Window | None:
    init, first, last = (calendar.parse_month(entry[key]) for key in ("init_time", "first", "last"))
    span = Window(calendar.year_of(init), init, first, min(last, last_month))
    return span if span.first <= span.last else None


def _score_entry(source: Source, path: Path, entry: dict[str, Any], span: Window) -> dict[str, Any]:
    level: scoring.Level = entry["level"]
    cases = _baseline_cases(source, level, span, _countries_in(source, path, level, span))
    own = submission.score({span.name: path}, cases, source.loaded).assign(model=scoring.OWN)
    both = same_cases(pd.concat([own, cases], ignore_index=True))
    long_enough = span.n_leads >= LEAST_MONTHS
    return {
        "file": entry["file"],
        "sha256": entry["sha256"],
        "init_time": entry["init_time"],
        "months": [calendar.format_month(span.first), calendar.format_month(span.last)],
        "units": int(both["unit"].nunique()),
        "scores": means(both),
        "skill": skills(both, scoring.OWN) if long_enough else None,
        "differences": differences(both, scoring.OWN) if long_enough else None,
    }


def _countries_in(source: Source, path: Path, level: str, span: Window) -> tuple[str, ...]:
    """Return the countries that a forecast holds and that are observed through its months."""
    theatre, snapshot = source.loaded.theatre, source.snapshot
    seen = record.observed_countries(theatre, snapshot, span.init - 11, span.last)
    column = "country_id" if level == "cm" else "gid"
    table = views.read_forecast(path)
    if column not in table:
        raise InputError("a forecast of the other level", file=path, value=list(table.columns))
    units = set(table[column])
    if level == "cm":
        held = [iso for iso in seen if theatre.countries[iso].views_id in units]
    else:
        cells = snapshot.cells
        inside = set(cells.loc[cells["gid"].isin(units), "country"])
        held = [iso for iso in seen if iso in inside]
    if not held:
        raise InputError("holds no country that is observed since", file=path)
    return tuple(held)


def _baseline_cases(
    source: Source, level: str, span: Window, countries: tuple[str, ...]
) -> pd.DataFrame:
    """Return the baselines' cases of a span that may be shorter than was forecast."""
    if level == "cm":
        units: list = list(countries)
        obs = record.country_deaths(source.snapshot, countries, span.first, span.last)
        past, names = scoring.country_past(source, span, countries), COUNTRY_MODELS
    else:
        gid = record.cells_of(source.snapshot, countries)
        units = gid.tolist()
        obs = record.cell_deaths(source.snapshot, gid, span.first, span.last)
        past, names = scoring.cell_past(source, span, gid), CELL_MODELS
    whole = replace(span, last=span.init + LAST_LEAD)
    made = make_baselines(past, whole, names)
    rows = slice(0, span.n_leads)
    return pd.concat(
        [
            remembered_cases(
                name, span, units, obs, lambda make=make: make()[rows], (*depends_on(past), whole)
            )
            for name, make in made.items()
        ],
        ignore_index=True,
    )
