"""Policies compared as exhibits take them: a table, and the facts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from liptako import calendar
from liptako.exhibits.facts import Facts
from liptako.experiments import stored
from liptako.experiments.compare import Comparison
from liptako.runs.start import Prepared
from liptako.theatre.questions import load_questions
from liptako.version import __version__
from liptako.words import deaths
from liptako.words import what_if as words

TABLE = "comparison"


def tables_of(found: Comparison) -> dict[str, pd.DataFrame]:
    """Return the table of a comparison, by name."""
    return {TABLE: found.table}


def facts_of(found: Comparison) -> Facts:
    """Return what is shown of a comparison besides its table."""
    scenario = found.prepared.loaded.scenario
    about = {
        **{name: found.summary()[name] for name in ("scenario", "reference", "labels")},
        "members": len(found.members),
        "months": scenario.months,
        "seed": scenario.seed,
        "assumed": list(found.assumed),
    }
    entered = stored.digest(stored.made_from(found.prepared))
    return _facts(found.prepared, about, entered, f"policies {', '.join(found.policies)}")


def facts_of_stored(seen: stored.Seen, content: Mapping[str, Any]) -> Facts:
    """Return what is shown of the stored comparison of a theatre besides its table.

    Args:
        seen: a scenario of the theatre with its data.
        content: from `liptako.experiments.stored.stored`.
    """
    policies = f"{len(content['differences'])} policies beside {content['reference']}"
    return _facts(seen, about_stored(content, seen), content["sha256"], policies)


def _facts(seen: stored.Seen, about: Mapping[str, Any], entered: str, policies: str) -> Facts:
    scenario, theatre, snapshot = seen.loaded.scenario, seen.loaded.theatre, seen.snapshot
    sources = [row for row in snapshot.manifest["sources"] if row.get("role") == "ged"]
    vintages = sorted({f"{row['title']} ({row['vintage']})" for row in sources})
    members, start = int(about["members"]), scenario.init_month
    counted = {
        iso
        for row in theatre.observed
        for iso in row.countries
        if row.first_month <= start <= row.last_month
    }
    never = [row.name for iso, row in theatre.countries.items() if iso not in counted]
    citation = (
        f"Liptako {__version__}, scenario {about['scenario']}, {policies}, "
        f"as seen from {scenario.init_time}, {members} futures under each, seed {about['seed']}; "
        f"event data to {snapshot.manifest['last_month']}: {snapshot.event_source}. "
        f"{snapshot.event_citation}."
    )
    return Facts(
        title=f"{scenario.title}. {words.say['title']}",
        init_month=scenario.init_month,
        last_data_month=calendar.parse_month(snapshot.manifest["last_month"]),
        months=int(about["months"]),
        members=members,
        seed=int(about["seed"]),
        run_id=f"{about['scenario']}-compare-{entered[:6]}",
        data_vintages="; ".join(vintages),
        events=snapshot.event_source,
        countries={iso: row.name for iso, row in theatre.countries.items()},
        allies=tuple(theatre.by_role("member")),
        littoral=tuple(iso for iso in theatre.by_role("littoral") if iso in counted),
        perpetrators={},
        warnings=deaths.no_event_data(never, []),
        citation=citation,
        compared=about,
    )


def stored_of(prepared: Prepared) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the stored comparison of a theatre as a table, and what is said of it.

    Both are empty where there is none that answers for the scenario, see
    `liptako.experiments.stored.stored_for`.

    Args:
        prepared: the start of a run of the theatre.

    Raises:
        InputError: the stored comparison is damaged.
    """
    content = stored.stored_for(prepared.loaded)
    if content is None:
        return {}, {}
    return {TABLE: stored.table_of(content)}, about_stored(content, prepared)


def about_stored(content: Mapping[str, Any], prepared: stored.Seen) -> dict[str, Any]:
    """Return what is said of a stored comparison, see `liptako.words.what_if.about_lines`."""
    kept = ("scenario", "reference", "labels", "members", "months", "seed", "command")
    return {
        **{name: content[name] for name in kept},
        "questions": [
            row.model_dump(include={"ask", "policies", "outcomes"})
            for row in load_questions(prepared.loaded.folder).values()
        ],
        "assumed": list(content["assumed"]),
        "laws": content["assumed"],
        "made": content["made_from"].get("date", ""),
        "hash": content["sha256"],
        "changed": stored.changed_since(content, prepared),
    }
