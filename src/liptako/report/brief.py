"""A brief as one HTML page that opens offline and prints on one sheet of A4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from liptako import files
from liptako.calendar import parse_month
from liptako.exhibits import Facts, Tables
from liptako.exhibits.brief_country import country_brief
from liptako.exhibits.brief_question import question_brief
from liptako.exhibits.briefs import Brief, answered, countries_of, measured
from liptako.exhibits.from_comparison import facts_of_stored
from liptako.experiments.stored import Seen, stored
from liptako.report.render import asset, policy_of, template
from liptako.theatre.questions import load_questions
from liptako.words.briefs import say
from liptako.words.dates import as_seen_from, last_day
from liptako.words.language import speaking


def render_brief(brief: Brief) -> str:
    """Return a brief as one HTML page.

    Args:
        brief: from `liptako.exhibits.brief_country` or `brief_question`.
    """
    script, month = asset("brief.js"), parse_month(brief.stamp)
    with speaking(brief.language):
        page = template("brief.html.j2").render(
            b=brief,
            w=say,
            stamp=as_seen_from(month),
            date=last_day(month),
            policy=policy_of(script),
            style=_style(),
            script=script,
        )
    return page.replace("\r\n", "\n")


def briefs_of_run(
    seen: Seen, tables: Tables, facts: Facts, verification: Mapping[str, Any] | None
) -> list[Brief]:
    """Return the briefs that lie in a run's folder: countries with event data, then questions.

    Args:
        seen: the scenario with its data.
        tables: of the run, with the stored comparison where there is one.
        facts: of the run.
        verification: what is stored of it, from `liptako.verification.stored`.
    """
    held = measured(tables)
    found = [country_brief(code, held, facts, verification) for code in countries_of(tables, facts)]
    questions = load_questions(seen.loaded.folder)
    keys = answered(tables, questions)
    content = stored(seen.loaded.folder) if keys else None
    if content is None:
        return found
    about = facts_of_stored(seen, content)
    return found + [question_brief(key, questions[key], held, about, facts.skill) for key in keys]


def write_briefs(briefs: Iterable[Brief], folder: Path) -> list[Path]:
    """Write briefs into a folder, and return their files.

    Args:
        briefs: each with a key of its own.
        folder: made where it is not there.

    Raises:
        InputError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for brief in briefs:
        path = folder / brief.file
        with files.atomic_write(path) as temporary:
            temporary.write_text(render_brief(brief), encoding="utf-8")
        paths.append(path)
    return paths


def _style() -> str:
    """Return the variables of the report's page, and the look of a brief."""
    variables = re.search(r":root\s*\{[^}]*\}", asset("page.css"))
    return "\n".join([variables[0] if variables else "", asset("brief.css")])
