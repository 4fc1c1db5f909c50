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
    deaths,
    endings,
    exhibit,
    pieces,
    places,
)
from liptako.exhibits.figure import json_in_html
from liptako.exhibits.files import WORKBOOK
from liptako.report.downloads import downloads
from liptako.report.library import bundle
from liptako.report.sections import ENDINGS, Section, sections
from liptako.words import civilians as civilian_words
from liptako.words import deaths as death_words
from liptako.words import endings as ending_words
from liptako.words import page as words
from liptako.words import places as place_words
from liptako.words.dates import as_seen_from, last_day, month_name
from liptako.words.language import speaking


def render(tables: Tables, facts: Facts, *, script: str | None = None) -> str:
    """Return the report of a run as one HTML page.

    Args:
        tables: those that an exhibit shows, by name; some are needed always. Columns as the
            functions of `liptako.charts` take them.
        facts: of the run.
        script: the drawing library, from `bundle`, where it was made before.

    Raises:
        InputError: a table or a column is missing, a value is not allowed.

    Example:
        >>> page = render(tables, facts)  # doctest: +SKIP
        >>> Path("report.html").write_text(page, encoding="utf-8")  # doctest: +SKIP
    """
    check_tables(tables)
    with speaking(facts.language):
        page = _template().render(**_page(tables, facts, script or bundle()))
    return page.replace("\r\n", "\n")


def headline_of(tables: Tables, facts: Facts) -> str:
    """Return the sentence that leads: on the alliance where it was simulated, else on deaths."""
    return (endings if ENDINGS in tables else deaths).headline(tables, facts)


def _page(tables: Tables, facts: Facts, library: str) -> dict[str, Any]:
    """Return what stands in the places of the page."""
    own = _asset("page.js")
    headline, shown = headline_of(tables, facts), sections(tables, facts)
    guide = words.GUIDE + (words.ENDINGS_GUIDE if ENDINGS in tables else ())
    first = next(grid for grid in exhibit("annual").grids if grid.how == "first")
    return {
        "w": words.say,
        "ends": ending_words.say,
        "killed": death_words.say,
        "civilians": civilian_words.say,
        "places": place_words.say,
        "facts": facts,
        "headline": headline,
        "deaths_headline": deaths.headline(tables, facts),
        "first": _first_screen(tables, facts),
        "stamp": as_seen_from(facts.init_month),
        "date": last_day(facts.init_month),
        "last_data": month_name(facts.last_data_month),
        "policy": _policy(library, own),
        "style": _asset("page.css") + _page_footer(facts),
        "bundle": library,
        "script": own,
        "settings": json_in_html(_settings(headline, facts)),
        "sections": shown,
        "harm": _finding(shown, "perpetrators"),
        "deaths": first.make(tables["deaths_country_period"], facts),
        "deaths_look": first.look,
        "classes": places.map_classes(),
        "guide": words.guide(guide),
        "downloads": downloads(tables, facts),
        "workbook": WORKBOOK,
    }


def _first_screen(tables: Tables, facts: Facts) -> dict[str, Any] | None:
    """Return what the first screen says of endings; none where the run has none."""
    if ENDINGS not in tables:
        return None
    return {
        "by": endings.by_when(tables, facts),
        "pieces": pieces.first_pieces(tables, facts),
        "rows": endings.first_rows(tables),
        "definitions": endings.definitions(facts),
        "trust": endings.trust_lines(tables, facts),
    }


def _finding(shown: list[Section], key: str) -> str:
    """Return the finding of a chart that the page shows."""
    figures = [item.figure for section in shown for item in section.items if item.figure]
    return next(figure.finding for figure in figures if figure.key == key)


def _settings(headline: str, facts: Facts) -> dict[str, object]:
    stamp, run = as_seen_from(facts.init_month), facts.run_id
    return {
        "sentence": words.say("sentence", headline=headline, stamp=stamp, run_id=run),
        "copied": words.say["copied"],
        "age": words.say["age"],
        "lastMonth": facts.last_data_month,
        "file": f"{run}_as-seen-from-{last_day(facts.init_month)}",
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


def _page_footer(facts: Facts) -> str:
    text = words.say("footer", run_id=facts.run_id, stamp=as_seen_from(facts.init_month))
    plain = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return (
        f'\n@page {{ @bottom-left {{ content: "{plain}"; font: 8pt sans-serif; color: #555; }} }}\n'
    )


def _asset(name: str) -> str:
    return (files("liptako.report") / name).read_text(encoding="utf-8").strip()


@lru_cache(maxsize=1)
def _template() -> Any:
    import jinja2

    shell = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return shell.from_string(_asset("page.html.j2"))
