"""Policies compared as one HTML page that opens offline, with the same numbers as CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liptako import files
from liptako.exhibits import Facts, Tables, exhibit
from liptako.exhibits.figure import figure, json_in_html
from liptako.exhibits.files import csv_text
from liptako.exhibits.from_comparison import TABLE, facts_of, tables_of
from liptako.experiments.compare import Comparison
from liptako.report.downloads import downloads
from liptako.report.library import bundle
from liptako.report.render import asset, page_footer, policy_of, settings_of, template
from liptako.verification.results import rounded
from liptako.words import compare as compare_words
from liptako.words import page as words
from liptako.words import what_if
from liptako.words.dates import as_seen_from, last_day

NAME = TABLE
KEY = "compare"
SHOWN = ("policies", "differences")
"""Grids of the exhibit that stand on the page."""

DIGITS = 6


def write_comparison(found: Comparison, content: Mapping[str, Any], folder: Path) -> None:
    """Write `comparison.html`, `.csv` and `.json` into a folder.

    Args:
        found: policies compared.
        content: as `liptako compare --json` prints it.
        folder: one that is there and can be written.
    """
    tables, facts = tables_of(found), facts_of(found)
    assumed = [f"{name}: {law}" for name, laws in found.assumed.items() for law in laws]
    plain = rounded(content, DIGITS)
    texts = {
        "html": render_comparison(tables, facts, assumed),
        "csv": csv_text(tables[TABLE], facts),
        "json": json.dumps(plain, indent=2, ensure_ascii=False) + "\n",
    }
    for suffix, text in texts.items():
        with files.atomic_write(folder / f"{NAME}.{suffix}") as temporary:
            temporary.write_text(text, encoding="utf-8")


def render_comparison(
    tables: Tables, facts: Facts, assumed: list[str], *, script: str | None = None
) -> str:
    """Return a comparison as one HTML page.

    Args:
        tables: from `liptako.exhibits.from_comparison.tables_of`.
        facts: from `facts_of` there.
        assumed: what armed actors do under its policies, with the law that bounds each.
        script: the drawing library, from `bundle`, where it was made before.
    """
    entry, own, library = exhibit(KEY), asset("page.js"), script or bundle()
    drawn = figure(entry, tables, facts)
    make = {each.key: each.make for each in entry.grids}
    sentences, differences = (make[key](tables[TABLE], facts) for key in SHOWN)
    compared = facts.compared
    names = list(dict.fromkeys(tables[TABLE]["policy"]))
    page = template("comparison.html.j2").render(
        w=words.say,
        what=what_if.say,
        compare=compare_words.say,
        places={},
        classes=[],
        facts=facts,
        headline=drawn.finding,
        run=what_if.say("run", members=f"{facts.members:,}", months=facts.months, seed=facts.seed),
        heading=what_if.say(
            "heading",
            title=what_if.say["title"],
            policies=", ".join(names),
            reference=compared["reference"],
        ),
        stamp=as_seen_from(facts.init_month),
        date=last_day(facts.init_month),
        policy=policy_of(library, own),
        style=asset("page.css") + page_footer(facts),
        bundle=library,
        script=own,
        settings=json_in_html(settings_of(drawn.finding, facts, what_if.say["footer"])),
        drawn=drawn,
        sentences=sentences,
        differences=differences,
        assumed=assumed,
        downloads=downloads(tables, facts),
    )
    return page.replace("\r\n", "\n")
