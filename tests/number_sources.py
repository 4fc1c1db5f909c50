"""Where a number on a page may come from: values of tables as they are written, texts, dates."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import liptako.words
from liptako.exhibits import EXHIBITS, Facts
from liptako.words.language import SUBJECTS
from liptako.words.numbers import exact, inside_100, of_100, rounded, signed

NUMBER = re.compile(
    r"(?:[<>] )?(?:(?:(?<=[\s(])|^)[+-])?(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]*[A-Za-z_])"
)
"""A number with its sign, where that is one and no dash, and with what bounds it."""

DATE = re.compile(r"(?:\b\d{1,2} )?\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})\b")
CODE = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*\d)[\w.-]+\b")
"""A word with digits in it, such as a region's code: a name, no number."""


def numbers(text: str, *, without: Iterable[str] = ()) -> list[str]:
    """Return the numbers of a text; what is quoted whole, dates of the run and codes left out."""
    for quoted in sorted(filter(None, without), key=len, reverse=True):
        text = text.replace(quoted, " ")
    return NUMBER.findall(CODE.sub(" ", text).replace("≤ ", " "))


def written(value: float) -> set[str]:
    """Return a value in every way in which the package writes one."""
    if not np.isfinite(value):
        return set()
    size, share = abs(value), 100 * value
    found = {rounded(value), exact(value), f"{value:g}", f"{value:.2g}", f"{value:,g}"}
    found |= {f"{value:,.{digits}f}" for digits in range(4)} | {
        f"{round(value):,}",
        f"{share:.2g}",
        f"{value:.3g}",
    }
    found |= {signed(value), signed(share), f"{value:+.1f}", f"{share:+.1f}", f"{share:+.0f}"}
    if size <= 10:
        found |= {f"{share:.0f}", f"{share:.1f}", str(round(share))}
    if 0 <= value <= 1:
        found |= {of_100(value), inside_100(value)}
    return found | {text.removeprefix("-") for text in found}


def of_table(table: pd.DataFrame) -> set[str]:
    """Return all that a table holds, as it may be written: values, and numbers in its texts."""
    found: set[str] = set()
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_bool_dtype(column):
            continue
        if pd.api.types.is_numeric_dtype(column):
            for value in column.dropna().unique():
                found |= written(float(value))
            continue
        for value in column.dropna().map(str).unique():
            found |= set(numbers(value)) | set(re.findall(r"\d+", value))
    return found


@lru_cache(maxsize=1)
def fixed() -> frozenset[str]:
    """Return the numbers that stand in the package's own sentences."""
    for module in pkgutil.iter_modules(liptako.words.__path__):
        importlib.import_module(f"liptako.words.{module.name}")
    texts = (text for subject in SUBJECTS.values() for text in subject.values())
    return frozenset(found for text in texts for found in numbers(re.sub(r"\{\w+\}", " ", text)))


def of_facts(facts: Facts) -> list[str]:
    """Return the texts of a run's facts, which a page quotes whole."""
    lists = (facts.tested, facts.tested_shortly, facts.tested_deaths, facts.stream_notes)
    texts = [text for some in (*lists, facts.warnings) for text in some]
    texts += [facts.citation, facts.data_vintages, facts.events, facts.run_id, facts.title]
    texts += [str(value) for value in facts.provenance.values()]
    texts += [str(value) for value in facts.compared.values() if isinstance(value, str)]
    texts += [str(value) for value in facts.compared.get("labels", {}).values()]
    return [text for text in [*texts, facts.skill or ""] if len(text) > 3]


def of_run(facts: Facts) -> set[str]:
    """Return a run's size and what it is counted in."""
    plain = {facts.members, facts.months, facts.seed, facts.compared.get("members", 0)}
    return {f"{number:,}" for number in plain} | {"12", "24", "36"}


def counted(tables: Mapping[str, pd.DataFrame]) -> dict[str, set[str]]:
    """Return what is counted from tables before it is written, by table: each with its reason."""
    return {
        # changes in parts of what is without the policy; outcomes of a policy by verdict
        "comparison": _relative(tables["comparison"]) | _groups(tables["comparison"], "policy",
                                                                "verdict"),
        # outcomes and the ways to them add up to 100, by largest remainder
        "endings": {str(n) for n in range(101)},
        # rows that are numbered
        "lenses_telling": {str(n) for n in range(1, len(tables["lenses_telling"]) + 1)},
        # the mean of the countries
        "acts": _values(tables["acts"].groupby(["act", "horizon"])["per_year"].mean()),
        # places by class of chance
        "cells": _classes(tables["cells"], "lead", ["p_any", "p_25"]),
        "regions": _classes(
            tables["regions"][tables["regions"]["counted_in"] == ""].assign(lead=0), "lead",
            [f"p_{n}_in_{m}" for n in (1, 25) for m in (3, 6, 12)],
        ) | _lengths(tables["regions"]),
        # the last twelve months as a monthly mean, and the futures' mean over all months
        "observed": _values(tables["observed"].groupby("country")["deaths"].apply(
            lambda deaths: deaths.tail(12).mean())),
        "deaths_country_month": _values(
            tables["deaths_country_month"].groupby("country")["mean"].mean()),
    }  # fmt: skip


def _values(column: pd.Series) -> set[str]:
    return set().union(*(written(float(value)) for value in column.dropna()))


def _relative(table: pd.DataFrame) -> set[str]:
    base = table["base"].where(table["base"] != 0)
    parts = [table[name] / base for name in ("diff", "median", "lo", "hi")]
    return _values(pd.concat(parts)) | {f"{len(set(table['outcome'])):,}"}


def _groups(table: pd.DataFrame, by: str, of: str) -> set[str]:
    return {str(n) for n in table.groupby([by, of]).size()}


def _lengths(regions: pd.DataFrame) -> set[str]:
    blind, inside = regions["p_1_in_12"].isna(), regions["counted_in"] != ""
    sizes = (len(regions), blind.sum(), (~blind).sum(), (~blind & ~inside).sum())
    return {f"{size:,}" for size in sizes} | {str((regions["p_25_in_12"] > 0.5).sum())} | {
        str(((regions["p_25_in_12"] > 0.5) & ~inside).sum())
    }  # fmt: skip


def _classes(table: pd.DataFrame, by: str, columns: list[str]) -> set[str]:
    found = set()
    for _, rows in table.groupby(by):
        for column in columns:
            edges = [0.01, 0.05, 0.2, 0.5, 0.8]
            sizes = np.bincount(np.digitize(rows[column].dropna(), edges), minlength=6)
            found |= {f"{n:,}" for n in (*sizes, int(rows[column].isna().sum()))}
    return found


def captions(tables: Mapping[str, pd.DataFrame], facts: Facts) -> dict[str, str]:
    """Return the table behind each caption."""
    return {
        each.make(tables[entry.table], facts).caption: entry.table
        for entry in EXHIBITS
        if entry.table in tables
        for each in entry.grids
    }


def of_figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Return the tables behind each figure."""
    return {
        entry.key: [name for name in entry.takes or (entry.table,) if name in tables]
        for entry in EXHIBITS
        if entry.chart and entry.table in tables
    }


def known(value: Any) -> set[str]:
    """Return numbers in any text."""
    return set(numbers(str(value)))


def of_record(value: Any) -> set[str]:
    """Return the numbers of what is stored as JSON, as they may be written, texts included."""
    if isinstance(value, Mapping):
        return set().union(*map(of_record, value.values()), set())
    if isinstance(value, list | tuple):
        return set().union(*map(of_record, value), set())
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int | float):
        return written(float(value))
    return known(value) | set(re.findall(r"\d+", str(value)))
