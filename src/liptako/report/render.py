"""One HTML file that opens offline, prints well and asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from liptako.exhibits import (
    Facts,
    Tables,
    check_tables,
    civilians,
    deaths,
    endings,
    exhibit,
    pieces,
    places,
    trust,
)
from liptako.exhibits.briefs import BriefLinks
from liptako.exhibits.figure import json_in_html
from liptako.exhibits.files import WORKBOOK
from liptako.exhibits.grid import Grid
from liptako.report.downloads import downloads
from liptako.report.library import bundle
from liptako.report.sections import ENDINGS, sections
from liptako.words import civilians as civilian_words
from liptako.words import deaths as death_words
from liptako.words import endings as ending_words
from liptako.words import page as words
from liptako.words import places as place_words
from liptako.words.dates import as_seen_from, last_day, month_name
from liptako.words.language import speaking

NO_BRIEFS = BriefLinks()


def render(
    tables: Tables, facts: Facts, *, script: str | None = None, briefs: BriefLinks = NO_BRIEFS
) -> str:
    """Return the report of a run as one HTML page.

    Args:
        tables: those that an exhibit shows, by name; some are needed always. Columns as the
            functions of `liptako.charts` take them.
        facts: of the run.
        script: the drawing library, from `bundle`, where it was made before.
        briefs: pages that stand beside the report.

    Raises:
        InputError: a table or a column is missing, a value is not allowed.

    Example:
        >>> page = render(tables, facts)  # doctest: +SKIP
        >>> Path("report.html").write_text(page, encoding="utf-8")  # doctest: +SKIP
    """
    check_tables(tables)
    with speaking(facts.language):
        page = template("page.html.j2").render(**_page(tables, facts, script or bundle(), briefs))
    return page.replace("\r\n", "\n")


def headline_of(tables: Tables, facts: Facts) -> str:
    """Return the sentence that leads: on the alliance where it was simulated, else on deaths."""
    return (endings if ENDINGS in tables else deaths).headline(tables, facts)


def _page(tables: Tables, facts: Facts, library: str, briefs: BriefLinks) -> dict[str, Any]:
    """Return what stands in the places of the page."""
    own = asset("page.js")
    headline, caveat = headline_of(tables, facts), trust.caveat(tables, facts)
    guide = words.GUIDE + (words.ENDINGS_GUIDE if ENDINGS in tables else ())
    return {
        "w": words.say,
        "ends": ending_words.say,
        "killed": death_words.say,
        "civilians": civilian_words.say,
        "places": place_words.say,
        "facts": facts,
        "headline": headline,
        "caveat": caveat,
        "briefs": briefs,
        "first": _outcomes(tables, facts),
        "harm": _first(tables, facts, "perpetrators"),
        "fled": " ".join(civilians.displaced_text(tables, facts)),
        "deaths": _first(tables, facts, "annual"),
        "tested": trust.shortly(tables, facts),
        "stamp": as_seen_from(facts.init_month),
        "date": last_day(facts.init_month),
        "last_data": month_name(facts.last_data_month),
        "policy": policy_of(library, own),
        "style": asset("page.css") + page_footer(facts),
        "bundle": library,
        "script": own,
        "settings": json_in_html(settings_of(headline, facts, caveat)),
        "sections": sections(tables, facts),
        "classes": places.map_classes(),
        "guide": words.guide(guide),
        "uses": words.uses(),
        "downloads": downloads(tables, facts),
        "workbook": WORKBOOK,
    }


def _outcomes(tables: Tables, facts: Facts) -> dict[str, Any] | None:
    """Return pieces and outcomes for the first screen; none where the run has none."""
    if ENDINGS not in tables:
        return None
    return {
        "by": endings.by_when(tables, facts),
        "pieces": pieces.first_pieces(tables, facts),
        "rows": endings.first_rows(tables),
    }


def _first(tables: Tables, facts: Facts, key: str) -> Grid:
    """Return the table of an exhibit that stands on the first screen."""
    entry = exhibit(key)
    (grid,) = (each for each in entry.grids if each.how == "first")
    return grid.make(tables[entry.table], facts)


def settings_of(headline: str, facts: Facts, caveat: str) -> dict[str, object]:
    """Return what the page's script needs to know."""
    run = facts.run_id
    return {
        "sentence": words.sentence(
            headline, caveat, as_seen_from(facts.init_month), facts.source, run
        ),
        "copied": words.say["copied"],
        "age": words.say["age"],
        "wide": words.say["wide"],
        "lastMonth": facts.last_data_month,
        "file": f"{run}_as-seen-from-{last_day(facts.init_month)}",
    }


def policy_of(*scripts: str) -> str:
    """Return a content security policy that runs these scripts and loads nothing."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def page_footer(facts: Facts) -> str:
    """Return the style of the footer of printed pages."""
    text = words.say("footer", run_id=facts.run_id, stamp=as_seen_from(facts.init_month))
    plain = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return (
        f'\n@page {{ @bottom-left {{ content: "{plain}"; font: 8pt sans-serif; color: #555; }} }}\n'
    )


def asset(name: str) -> str:
    """Return the text of a file of this folder."""
    return (files("liptako.report") / name).read_text(encoding="utf-8").strip()


@lru_cache(maxsize=2)
def template(name: str) -> Any:
    """Return a template of this folder."""
    import jinja2

    shell = jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return shell.get_template(name)
