"""The report's tables: as rows to print, and as CSV to download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from liptako.calendar import format_month
from liptako.charts.annual import YEARS, period_name
from liptako.charts.map import region_table
from liptako.charts.perpetrators import ALL
from liptako.charts.theme import Rows, as_seen_from, in_hundred, require, rounded
from liptako.report.facts import ReportFacts
from liptako.report.words import TABLE_NAMES

MAX_TABLE_BYTES = 650_000
MAX_ALL_BYTES = 900_000
"""CSV put into the page: above this a table is only named."""

_PERIODS = ["country", "period", "observed", "q05", "q50", "q95"]


@dataclass(frozen=True)
class Grid:
    """A table to print: the first cell of a row is its header.

    `numeric` counts the columns, from the right, that hold numbers.
    """

    caption: str
    head: list[str]
    rows: list[list[str]]
    numeric: int = 0
    note: str = ""


@dataclass(frozen=True)
class Download:
    """A table to download; `href` is empty where it would make the page too large."""

    key: str
    name: str
    file: str
    href: str
    rows: int
    kilobytes: int


def deaths_grid(totals: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return deaths by country: last year as recorded, next year as simulated."""
    table = require(totals, _PERIODS, "deaths_country_period")
    last, ahead = (period_name(p, facts.init_month) for p in ("last_12_months", "next_12_months"))
    rows = []
    for code in _present(table, facts):
        mine = table[table["country"] == code].set_index("period")
        seen = mine["observed"].get("last_12_months")
        rows.append([facts.countries[code], _exact(seen), *_middle(mine, "next_12_months", w)])
    head = [w["country"], w["seen_in"].format(year=last), w["middle_in"].format(year=ahead)]
    return Grid(w["killed"], [*head, w["nine"]], rows, numeric=3, note=w["range_note"])


def later_grid(totals: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return deaths by country for the periods after the next year."""
    names = {
        "months_13_24": w["later"].format(year=period_name("months_13_24", facts.init_month)),
        "horizon": w["horizon"].format(months=facts.months),
    }
    rows = []
    for code in _present(totals, facts):
        mine = totals[totals["country"] == code].set_index("period")
        rows += [
            [facts.countries[code], name, *_middle(mine, period, w)]
            for period, name in names.items()
            if period in mine.index
        ]
    head = [w["country"], w["period"], w["middle_in"].format(year="").strip(", "), w["nine"]]
    return Grid(w["longer"], [head[0], head[1], head[2].capitalize(), head[3]], rows, numeric=2)


def civilians_grid(
    civilians: Rows, facts: ReportFacts, w: Mapping[str, str], *, total: bool
) -> Grid:
    """Return civilians killed by perpetrator: over all countries, or country by country."""
    needed = ["country", "perpetrator", *_PERIODS[1:]]
    table = require(civilians, needed, "civilians_perpetrator")
    names = {ALL: w["all_countries"]} if total else facts.countries
    last, ahead = (period_name(p, facts.init_month) for p in ("last_12_months", "next_12_months"))
    rows = []
    for code, name in names.items():
        for who, label in facts.perpetrators.items():
            mine = table[(table["country"] == code) & (table["perpetrator"] == who)]
            if mine.empty:
                continue
            mine = mine.set_index("period")
            seen = _exact(mine["observed"].get("last_12_months"))
            where = [] if total else [name]
            rows.append([label, *where, seen, *_middle(mine, "next_12_months", w)])
    head = [w["by"], *([] if total else [w["country"]]), w["seen_in"].format(year=last)]
    head += [w["middle_in"].format(year=ahead), w["nine"]]
    caption = w["civilians_total"] if total else w["civilians_country"]
    return Grid(caption, head, rows, numeric=3)


def regions_grid(regions: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return the ranked list of regions."""
    ranked = region_table(regions)
    rows = [
        [
            f"{row['region_name']} ({row['region']}), "
            f"{facts.countries.get(row['country'], row['country'])}",
            _of_100(row["p_25"]),
            _of_100(row["p_any"]),
            w["range"].format(low=rounded(row["q05"]), high=rounded(row["q95"])),
        ]
        for row in ranked.to_dict("records")
    ]
    head = [w["region"], w["chance_25"], w["chance_any"], f"{w['killed']}, {w['nine']}"]
    return Grid(w["regions_caption"], head, rows, numeric=3)


def coast_grid(coast: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return the chances by group of neighbours, with who is counted and who is not."""
    needed = ["group", "counted", "not_counted", "threshold", "probability", "mcse"]
    table = require(coast, needed, "coast")

    def names(value: object) -> str:
        items = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        return ", ".join(facts.countries.get(str(x), str(x)) for x in items) or w["none"]

    records = table.to_dict("records")
    rows = [
        [
            str(row["group"]),
            w["at_least"].format(number=f"{int(row['threshold']):,}"),
            in_hundred(float(row["probability"])),
            names(row["counted"]),
            names(row["not_counted"]),
        ]
        for row in records
    ]
    errors = ", ".join(f"{float(row['mcse']) * 100:.1f}" for row in records)
    head = [w["group"], w["threshold"], w["chance"], w["counted"], w["not_counted"]]
    note = w["mcse_note"].format(errors=errors)
    return Grid(w["coast_caption"], head, rows, note=note)


def downloads(tables: Mapping[str, pd.DataFrame], facts: ReportFacts) -> list[Download]:
    """Return a CSV link for each table, in a fixed order, within the size limits."""
    found, used = [], 0
    stamp = format_month(facts.init_month)
    for key, name in TABLE_NAMES.items():
        if key not in tables:
            continue
        text = csv_text(tables[key], facts)
        size = len(text.encode())
        fits = size <= MAX_TABLE_BYTES and used + size <= MAX_ALL_BYTES
        used += size if fits else 0
        # Commas and blanks may stand in a data address; escaping them adds half its length.
        href = f"data:text/csv;charset=utf-8,{quote(text, safe=',:;()/ ')}" if fits else ""
        file = f"{_slug(facts.run_id)}_{key}_as-seen-from-{stamp}.csv"
        found.append(Download(key, name, file, href, len(tables[key]), max(1, size // 1000)))
    return found


def csv_text(table: pd.DataFrame, facts: ReportFacts) -> str:
    """Return a table as CSV: months as YYYY-MM, stamped, safe to open in a spreadsheet."""
    out = table.copy()
    if "month" in out.columns:
        out["month"] = [format_month(int(month)) for month in out["month"]]
    for column in out.columns:
        if not pd.api.types.is_numeric_dtype(out[column]):
            out[column] = [_cell(value) for value in out[column]]
    out["as_seen_from"] = as_seen_from(facts.init_month).removeprefix("as seen from ")
    return out.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    # A spreadsheet would run a cell that starts like a formula.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _slug(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)


def _present(table: Rows, facts: ReportFacts) -> list[str]:
    periods = [*YEARS, "horizon"]
    known = set(table.loc[table["period"].isin(periods), "country"])
    return [code for code in facts.countries if code in known]


def _exact(value: Any) -> str:
    return "?" if value is None or pd.isna(value) else f"{int(value):,}"


def _of_100(probability: float) -> str:
    if probability < 0.005:
        return "< 1"
    return "> 99" if probability > 0.995 else str(round(probability * 100))


def _middle(mine: Rows, period: str, w: Mapping[str, str]) -> list[str]:
    if period not in mine.index or mine.loc[period, ["q05", "q50", "q95"]].isna().any():
        return ["?", "?"]
    low, mid, high = (rounded(float(mine.loc[period, q])) for q in ("q05", "q50", "q95"))  # type: ignore[arg-type]
    return [mid, w["range"].format(low=low, high=high)]
