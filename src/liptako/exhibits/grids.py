"""The report's tables as rows to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from liptako.calendar import month_name
from liptako.charts import endings as ends
from liptako.charts.annual import YEARS, period_name
from liptako.charts.map import region_table
from liptako.charts.perpetrators import ALL
from liptako.charts.theme import Rows, in_hundred, require, rounded
from liptako.errors import InputError
from liptako.exhibits.facts import ReportFacts

_NOT_THRESHOLDS = ("horizon", "chosen", "mcse")
_BOOL = (bool, np.bool_)
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


def ending_rows(
    tables: Mapping[str, Rows], w: Mapping[str, str], horizon: int
) -> list[dict[str, Any]]:
    """Return the endings of the first screen, likeliest first: name, count, dots, note, range."""
    rows = ends.counts(tables["endings"], horizon)
    notes = {"endures": w["endures_note"], "succeeds": w["succeeds_note"], "fails": ""}
    if "sub_endings" in tables:
        fails = next(row["count"] for row in rows if row["ending"] == "fails")
        ways = ends.sub_counts(tables["sub_endings"], horizon, fails)
        notes["fails"] = ", ".join(f"{w[way['sub_ending']]} {way['text']}" for way in ways)
    return [
        row
        | {
            "name": w[row["ending"]],
            "note": notes[row["ending"]],
            "dots": round(row["count"] / 5),
            "range": w["range"].format(low=row["low"], high=row["high"]),
        }
        for row in sorted(rows, key=lambda row: -row["count"])
    ]


def definitions(facts: ReportFacts, w: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each ending with its definition, thresholds filled in.

    Raises:
        InputError: the facts lack a threshold.
    """
    values = {
        name: w["times"].format(value=f"{value:g}") if isinstance(value, float) else str(value)
        for name, value in facts.thresholds.items()
        if not isinstance(value, list | tuple)
    }
    kinds = facts.thresholds.get("lost_by")
    if kinds is not None:
        values["lost_by"] = ", ".join(w.get(str(kind), str(kind)) for kind in kinds)
    try:
        return [(w[name], w[f"{name}_means"].format(**values)) for name in ends.ENDINGS]
    except KeyError as error:
        raise InputError(
            "a threshold of the endings is missing",
            field=f"thresholds: {error.args[0]}",
            value=sorted(facts.thresholds),
            allowed="every threshold of the scenario's endings",
        ) from None


def trust_lines(tables: Mapping[str, Rows], w: Mapping[str, str], horizon: int) -> list[str]:
    """Return what must stand beside endings: evidence, the rival pact, reference classes, none."""
    lines = [w["evidence_unknown"]]
    if "ending_variance" in tables:
        share = ends.judgement_share(tables["ending_variance"], horizon)
        lines = [w["evidence"].format(share=share)] if share != "?" else lines
    if "ending_parts" in tables:
        alive, held, rolled = ends.parts(tables["ending_parts"], horizon)
        lines.append(w["one_by_one"].format(alive=alive, held=held, rolled=rolled))
    if "ending_variants" in tables:
        past, plain, paired, without = (
            ends.variant_counts(tables["ending_variants"], name, horizon)
            for name in ("markov_pact", "reference_only", "paired", "without_pact")
        )
        if "fails" in past:
            lines.append(w["markov_pact"].format(**past))
        if "fails" in plain:
            lines.append(w["reference_only"].format(**plain))
        if "rolled_back" in without:
            key = "without_pact" if "rolled_back" in paired else "without_pact_alone"
            with_ = paired.get("rolled_back", "")
            lines.append(w[key].format(without=without["rolled_back"], with_=with_))
    return lines


def cross_grid(table: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return alliance by regimes by insurgents at the last horizon, in 100 futures."""
    table = require(table, ["horizon", "alliance", "regimes", "insurgents", "p"], "ending_table")
    horizon = int(table["horizon"].max())
    mine = table[table["horizon"] == horizon]
    numbers = ends.hundreds([float(p) for p in mine["p"]])
    keys = zip(mine["alliance"], mine["regimes"], mine["insurgents"], strict=True)
    cells = {
        key: ends.few(count, float(p))
        for key, count, p in zip(keys, numbers, mine["p"], strict=True)
    }
    columns = ("rolled_back", "not_contained")
    rows = [
        [w[a], w[r], *(cells.get((a, r, column), "0") for column in columns)]
        for a in ("alive", "paper", "broken")
        for r in ("held", "lost")
    ]
    caption = w["cross_caption"].format(date=month_name(facts.init_month + horizon))
    head = [w["alliance"], w["regimes"], *(w[column] for column in columns)]
    return Grid(caption, head, rows, numeric=2, note=w["cross_note"])


def threshold_rows(grid: Rows, w: Mapping[str, str]) -> Grid:
    """Return the endings for each value of each threshold, over all settings of the others."""
    needed = list(ends.ENDINGS)
    table = require(grid, ["horizon", *needed], "threshold_grid")
    table = table[table["horizon"] == table["horizon"].max()]
    names = [name for name in table.columns if name not in (*needed, *_NOT_THRESHOLDS)]
    rows, most = [], 1
    for name in names:
        for value in sorted(table[name].unique()):
            mine = table[table[name] == value]
            most = max(most, len(mine))
            shown = (w["yes"] if value else w["no"]) if isinstance(value, _BOOL) else f"{value:g}"
            spans = (_span(mine[ending], w) for ending in needed)
            rows.append([w.get(str(name), str(name)), shown, *spans])
    head = [w["grid_column"], w["grid_value"], *(w[ending] for ending in needed)]
    note = w["grid_note"].format(settings=most)
    return Grid(w["grid_caption"], head, rows, numeric=4, note=note)


def variants_grid(
    variants: Rows, facts: ReportFacts, w: Mapping[str, str], *, reporting: bool
) -> Grid:
    """Return the endings of variants of the run: with less evidence, or with less reporting."""
    horizon = ends.horizons_of(variants)[-1]
    every = list(dict.fromkeys(str(name) for name in variants["variant"]))
    chosen = [n for n in every if n == "paired" or n.startswith("reporting_") == reporting]
    rows = []
    for name in chosen:
        found = ends.variant_counts(variants, name, horizon)
        label = w.get(name if name == "paired" else f"{name}_row", name)
        if name.startswith("reporting_"):
            label = w["reporting_row"].format(share=name.removeprefix("reporting_"))
        rows.append([label, *(found.get(key, "") for key in (*ends.ENDINGS, "rolled_back"))])
    mine = variants[variants["variant"].isin(chosen) & (variants["horizon"] == horizon)]
    note = w["variants_note"].format(
        members=f"{int(mine['members'].max()):,}", error=f"{100 * float(mine['mcse'].max()):.0f}"
    )
    caption = w["reporting_caption" if reporting else "variants_caption"].format(
        date=month_name(facts.init_month + horizon)
    )
    head = [w["variant"], *(w[name] for name in ends.ENDINGS), w["rolled_back_short"]]
    return Grid(
        caption, head, rows if len(rows) > 1 else [], numeric=4,
        note=f"{w['reporting_note']} {note}" if reporting else note,
    )  # fmt: skip


def exits_grid(exits: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return the ways in which regimes may end, by country and horizon."""
    table = require(exits, ["country", "horizon", "kind", "p", "lo", "hi", "mcse"], "exits")
    horizons = ends.horizons_of(table)
    rows = []
    for code in [code for code in facts.countries if (table["country"] == code).any()]:
        mine = table[table["country"] == code]
        for kind in dict.fromkeys(str(kind) for kind in mine["kind"]):
            row = mine[mine["kind"] == kind].set_index("horizon")
            name = w.get(kind, kind.replace("_", " "))
            cells = [_chance(row.loc[h], w) if h in row.index else "?" for h in horizons]
            rows.append([facts.countries[code], name, *cells])
    dates = [w["by_date"].format(date=month_name(facts.init_month + h)) for h in horizons]
    head = [w["country"], w["exit_kind"], *dates]
    return Grid(w["exits_caption"], head, rows, numeric=len(horizons), note=w["exits_note"])


def reach_grid(reach: Rows, facts: ReportFacts, w: Mapping[str, str]) -> Grid:
    """Return the people outside the capital whom the state still reaches, in 100."""
    table = require(reach, ["country", "year", "q05", "q50", "q95"], "reach")
    years = sorted({int(year) for year in table["year"]})
    rows = []
    for code in [code for code in facts.countries if (table["country"] == code).any()]:
        mine = table[table["country"] == code].set_index("year")
        cells = []
        for year in years:
            low, middle, high = (round(100 * mine.loc[year, q]) for q in ("q05", "q50", "q95"))
            cells.append(f"{middle} ({w['range'].format(low=low, high=high)})")
        rows.append([facts.countries[code], *cells])
    dates = [month_name(facts.init_month + 12 * year) for year in years]
    return Grid(w["reach_caption"], [w["country"], *dates], rows, numeric=len(years),
                note=w["reach_note"])  # fmt: skip


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


def _span(shares: Rows, w: Mapping[str, str]) -> str:
    low, high = round(100 * float(shares.min())), round(100 * float(shares.max()))
    return str(low) if low == high else w["range"].format(low=low, high=high)


def _chance(row: Rows, w: Mapping[str, str]) -> str:
    low, high = (ends.in_100(row[name]) for name in ("lo", "hi"))
    if high in ("0", "?"):
        return _of_100(float(row["p"]))
    return f"{_of_100(float(row['p']))} ({w['range'].format(low=low, high=high)})"


def _middle(mine: Rows, period: str, w: Mapping[str, str]) -> list[str]:
    if period not in mine.index or mine.loc[period, ["q05", "q50", "q95"]].isna().any():
        return ["?", "?"]
    low, mid, high = (rounded(float(mine.loc[period, q])) for q in ("q05", "q50", "q95"))  # type: ignore[arg-type]
    return [mid, w["range"].format(low=low, high=high)]
