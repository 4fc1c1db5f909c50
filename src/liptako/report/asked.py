"""From a name to a brief: `liptako.brief`, and what `liptako brief` shares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from liptako import files
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.exhibits import Facts, Tables
from liptako.exhibits.brief_country import country_brief
from liptako.exhibits.brief_question import question_brief
from liptako.exhibits.briefs import Brief, find
from liptako.exhibits.from_comparison import TABLE, about_stored, facts_of_stored
from liptako.exhibits.from_run import facts_of
from liptako.experiments.sensitivity import sensitivity_tables
from liptako.experiments.stored import Looked, stored_for, table_of
from liptako.outcomes import civilians, deaths, endings, places
from liptako.outcomes.signposts import signpost_tables
from liptako.report.brief import render_brief
from liptako.runs.arms import BASELINE
from liptako.runs.dataset import manifest_of, scenario_of
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.questions import Question, load_questions
from liptako.verification import skill_line
from liptako.verification import stored as verified
from liptako.words.briefs import say


@dataclass(frozen=True)
class Page:
    """A brief and its page."""

    brief: Brief
    html: str

    def save(self, path: str | Path) -> None:
        """Write the page: HTML that opens offline and prints on one sheet of A4."""
        with files.atomic_write(Path(path)) as temporary:
            temporary.write_text(self.html, encoding="utf-8")

    def __str__(self) -> str:
        """Return its sentence with its caveat."""
        return self.brief.whole_sentence

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, eq=False)
class Known:
    """What can be asked for of a scenario.

    Attributes:
        loaded: the scenario.
        content: the stored comparison of its theatre as seen from its month; none where none is.
        questions: those that the comparison has policies for.
    """

    loaded: LoadedScenario
    content: dict[str, Any] | None
    questions: Mapping[str, Question]

    @property
    def countries(self) -> dict[str, str]:
        """Code to name."""
        return {iso: row.name for iso, row in self.loaded.theatre.countries.items()}

    @property
    def policies(self) -> list[str]:
        """Policies that were compared."""
        return list(self.content["differences"]) if self.content else []

    def find(self, name: str) -> tuple[str, str]:
        """Return what a name stands for, see `liptako.exhibits.briefs.find`."""
        return find(name, self.countries, self.questions, self.policies)

    def seen(self) -> Looked:
        """Return the scenario with its data."""
        folder = snapshot_folder(self.loaded.folder, self.loaded.theatre)
        return Looked(self.loaded, load_snapshot(folder))


def known_of(scenario: str | Path) -> Known:
    """Return what can be asked for of a scenario.

    Raises:
        InputError: for a scenario, or anything stored beside its theatre, that cannot be read.
    """
    loaded = load_scenario(scenario)
    content = stored_for(loaded)
    compared = set(content["differences"]) if content else set()
    questions = load_questions(loaded.folder)
    return Known(
        loaded, content, {key: row for key, row in questions.items() if compared & {*row.policies}}
    )


def of_country(code: str, known: Known, tables: Tables, facts: Facts) -> Brief:
    """Return a country's brief.

    Args:
        code: ISO3.
        known: the scenario's.
        tables: of a run of it.
        facts: of the run.
    """
    tables = {name: table for name, table in tables.items() if name != TABLE}
    tested = verified(known.loaded.folder)
    facts = replace(facts, skill=None if tested is None else skill_line(tested))
    if known.content is not None:
        tables[TABLE] = table_of(known.content)
        facts = replace(facts, compared=about_stored(known.content, known.seen()))
    return country_brief(code, tables, facts, tested)


def of_question(key: str, known: Known) -> Brief:
    """Return the brief of a question, or of a policy with the question that it stands for.

    Args:
        key: a question's key or a policy's name, from `Known.find`.
        known: the scenario's.
    """
    assert known.content is not None, "names of policies are known from a comparison"
    tested = verified(known.loaded.folder)
    stands = [row for row in known.questions.values() if key in row.policies]
    question = known.questions.get(key) or (stands[0] if stands else None)
    facts = facts_of_stored(known.seen(), known.content)
    skill = None if tested is None else skill_line(tested)
    return question_brief(key, question, {TABLE: table_of(known.content)}, facts, skill)


def fits(run: xr.Dataset, known: Known) -> bool:
    """Return whether a run is of the scenario as it is now, under its baseline; of any length."""
    own, asked = scenario_of(run), known.loaded.scenario
    same = all(
        getattr(own, name) == getattr(asked, name)
        for name in ("name", "theatre", "init_time", "endings")
    )
    unchanged = own.policies[BASELINE].does() == asked.policies[BASELINE].does()
    return same and unchanged and manifest_of(run)["policy"] == BASELINE


def check_fits(run: xr.Dataset, known: Known) -> None:
    """Check that a run is of the scenario.

    Raises:
        InputError: it is of another theatre, month or policy.
    """
    if not fits(run, known):
        allowed = say("other_theatre_allowed", scenario=known.loaded.scenario.name)
        raise InputError(
            say["other_theatre"], field="run", value=run.attrs["scenario"], allowed=allowed
        )


def tables_for(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables of a run that a country's brief is made from."""
    found = {
        "observed": deaths.recorded(run),
        "deaths_country_month": deaths.deaths_country_month(run),
        "deaths_country_period": deaths.deaths_country_period(run),
        "civilians_perpetrator": civilians.civilians_perpetrator(run),
        "regions": places.regions(run),
    }
    if endings.has_endings(run):
        found |= {"regime_survival": endings.survival(run), **signpost_tables(run)}
    return found | {
        name: table for name, table in sensitivity_tables(run).items() if name == "evidence"
    }


def brief(name: str, run: xr.Dataset | None = None, *, scenario: str | Path | None = None) -> Page:
    """Return one page on a country, from a run, or on a question, from the stored comparison.

    Args:
        name: a country's code or name, a question's key or a policy's name, in any case.
        run: from `simulate` or `load_run`, without a policy; needed for a country.
        scenario: a name or a file; the run's own if not given, without a run the shipped one.

    Raises:
        InputError: for a name that nothing goes by, with all that is known; a country without a
            run; a run of another scenario.

    Example:
        >>> run = liptako.load_run("runs/NAME-3f9c12")             # doctest: +SKIP
        >>> liptako.brief("AAA", run).save("aaa.html")             # doctest: +SKIP
    """
    own = None if run is None else str(run.attrs["scenario"])
    known = known_of(scenario or own or "sahel-2024")
    kind, key = known.find(name)
    if kind != "country":
        found = of_question(key, known)
    elif run is None:
        raise InputError(say["needs_run"], field="run", allowed=say["needs_run_allowed"])
    else:
        check_fits(run, known)
        found = of_country(key, known, tables_for(run), facts_of(run))
    return Page(found, render_brief(found))
