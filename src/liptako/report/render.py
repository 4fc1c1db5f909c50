"""One HTML file that opens offline, prints well and asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd

from liptako.cache import cache_folder
from liptako.calendar import month_name
from liptako.charts import endings as ends
from liptako.charts.theme import CLASS_COLOURS, CLASS_NAMES, as_seen_from, require
from liptako.errors import InputError
from liptako.exhibits import choices, grids
from liptako.exhibits.facts import ReportFacts
from liptako.files import atomic_write
from liptako.report.downloads import downloads
from liptako.report.figures import figures, json_in_html
from liptako.report.words import ENDINGS_GUIDE, GUIDE, words

REQUIRED = ("observed", "deaths_country_month", "deaths_country_period", "civilians_perpetrator")
POLITICS = (
    "endings",
    "sub_endings",
    "ending_variants",
    "ending_variance",
    "ending_parts",
    "ending_table",
    "threshold_grid",
    "pact_stage",
    "regime_survival",
    "exits",
    "reach",
    "base_rates",
    "ladder_shares",
    "dispute_chances",
    "dispute_groups",
    "upper_rungs",
    "acts",
    "promises",
    "patrons",
)
OPTIONAL = ("deaths_members", "cells", "regions", "coast", *POLITICS)


def render(
    tables: Mapping[str, pd.DataFrame],
    facts: ReportFacts,
    *,
    outlines: Mapping[str, Any] | None = None,
) -> str:
    """Return the report of a run as one HTML page.

    Args:
        tables: `observed`, `deaths_country_month`, `deaths_country_period` and
            `civilians_perpetrator` always; `deaths_members`, `cells`, `regions` and `coast`
            where the run has them, and of `POLITICS` what there is. Columns as the functions of
            `liptako.charts` take them.
        facts: of the run.
        outlines: country outlines for the map, from `liptako.charts.read_outlines`.

    Raises:
        InputError: a table or a column is missing, a value is not allowed.

    Example:
        >>> page = render(tables, facts)  # doctest: +SKIP
        >>> Path("report.html").write_text(page, encoding="utf-8")  # doctest: +SKIP
    """
    _check(tables)
    w = words(facts.language)
    bundle, style = _bundle(), _asset("page.css")
    script = _asset("page.js")
    drawn = figures(tables, facts, outlines)
    totals, civilians = tables["deaths_country_period"], tables["civilians_perpetrator"]
    headline = headline_of(tables, facts)
    page = _template().render(
        w=w,
        facts=facts,
        headline=headline,
        politics=_politics(tables, facts, w),
        stamp=as_seen_from(facts.init_month),
        date=as_seen_from(facts.init_month).removeprefix("as seen from "),
        last_data=month_name(facts.last_data_month),
        policy=_policy(bundle, script),
        style=style + _page_footer(facts),
        bundle=bundle,
        script=script,
        settings=json_in_html(_settings(headline, facts, w)),
        figures=drawn,
        deaths=grids.deaths_grid(totals, facts, w),
        later=grids.later_grid(totals, facts, w),
        civilians=grids.civilians_grid(civilians, facts, w, total=True),
        by_country=grids.civilians_grid(civilians, facts, w, total=False),
        regions=grids.regions_grid(tables["regions"], facts, w) if "regions" in tables else None,
        coast=grids.coast_grid(tables["coast"], facts, w) if "coast" in tables else None,
        classes=list(zip(CLASS_NAMES, CLASS_COLOURS, strict=True)),
        guide=GUIDE + (ENDINGS_GUIDE if "endings" in tables else ()),
        downloads=downloads(tables, facts),
    )
    return page.replace("\r\n", "\n")


def _check(tables: Mapping[str, pd.DataFrame]) -> None:
    for name in REQUIRED:
        if name not in tables:
            raise InputError(
                "the table is missing",
                field=name,
                value=sorted(tables),
                allowed=", ".join(REQUIRED),
            )
    for name in tables:
        if name not in REQUIRED + OPTIONAL:
            raise InputError("no such table", field=name, allowed=", ".join(REQUIRED + OPTIONAL))
    require(tables["observed"], ["country", "month", "deaths"], "observed")


def headline_of(tables: Mapping[str, pd.DataFrame], facts: ReportFacts) -> str:
    """Return the sentence that leads: on the alliance where it was simulated, else on deaths."""
    if "endings" not in tables:
        return facts.headline
    return ends.headline(tables["endings"], tables.get("sub_endings"), init_month=facts.init_month)


def _politics(
    tables: Mapping[str, pd.DataFrame], facts: ReportFacts, w: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the page says of endings, pact and regimes; None where there is nothing."""
    parts = ("by", "endings", "definitions", "trust", "cross", "thresholds", "variants")
    found: dict[str, Any] = dict.fromkeys([*parts, "reporting", "exits", "reach", *choices.GRIDS])
    if "endings" in tables:
        horizon = ends.horizons_of(tables["endings"])[-1]
        found |= {
            "by": w["endings_by"].format(date=month_name(facts.init_month + horizon)),
            "endings": grids.ending_rows(tables, w, horizon),
            "definitions": grids.definitions(facts, w),
            "trust": grids.trust_lines(tables, w, horizon),
        }
    makers: dict[str, Any] = {
        "ending_parts": lambda table: {},
        "ending_table": lambda table: {"cross": grids.cross_grid(table, facts, w)},
        "threshold_grid": lambda table: {"thresholds": grids.threshold_rows(table, w)},
        "ending_variants": lambda table: {
            "variants": grids.variants_grid(table, facts, w, reporting=False),
            "reporting": grids.variants_grid(table, facts, w, reporting=True),
        },
        "exits": lambda table: {"exits": grids.exits_grid(table, facts, w)},
        "reach": lambda table: {"reach": grids.reach_grid(table, facts, w)},
    }
    for name, make in makers.items():
        if name in tables:
            found |= make(tables[name])
    return found | {
        name: make(tables[table], facts, w)
        for name, (table, make) in choices.GRIDS.items()
        if table in tables
    }


def _settings(headline: str, facts: ReportFacts, w: Mapping[str, str]) -> dict[str, object]:
    sentence = f"{headline} ({as_seen_from(facts.init_month)}; {facts.run_id})"
    return {
        "sentence": sentence,
        "copied": w["copied"],
        "age": w["age"],
        "lastMonth": facts.last_data_month,
        "file": f"{facts.run_id}_as-seen-from-{as_seen_from(facts.init_month)[13:]}",
    }


def _policy(*scripts: str) -> str:
    """Return a content security policy that runs these scripts and loads nothing."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _page_footer(facts: ReportFacts) -> str:
    text = f"{facts.run_id} · {as_seen_from(facts.init_month)} · not a current forecast"
    plain = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return (
        f'\n@page {{ @bottom-left {{ content: "{plain}"; font: 8pt sans-serif; color: #555; }} }}\n'
    )


def _asset(name: str) -> str:
    return (files("liptako.report") / name).read_text(encoding="utf-8").strip()


@lru_cache(maxsize=1)
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, of the version Altair writes for."""
    import altair as alt
    import vl_convert

    tool: Any = vl_convert
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    kept = cache_folder() / f"vega-lite-{version}-{tool.__version__}.js"
    try:
        text = kept.read_text(encoding="utf-8")
    except OSError:
        text = tool.javascript_bundle(vl_version=version).strip()
        with suppress(OSError), atomic_write(kept) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise RuntimeError("the drawing library cannot stand inside a page as it is")
    return text


@lru_cache(maxsize=1)
def _template() -> Any:
    import jinja2

    shell = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return shell.from_string(_asset("page.html.j2"))
