"""A theatre is data: the engine knows no place, no actor and no act of any theatre."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from liptako.data.snapshot import Snapshot
from liptako.model.processes import ladders
from liptako.theatre import consequences, politics, schema
from liptako.theatre.loading import load_theatre
from liptako.theatre.schema import Theatre

SOURCE = Path(__file__).resolve().parents[2] / "src/liptako"
INVENTED = Path(__file__).resolve().parents[1] / "theatres/skerries"
PAGES = {".py", ".j2", ".js", ".css", ".toml", ".csv", ".md"}
"""Code, the report's page, and the templates of a new theatre."""

OTHERS = [
    "Sahel", "Sahelian", "sahel", "JNIM", "IS-GS", "ISGS", "ISWAP", "Ansaroul", "Azawad", "AQIM",
    "CMA", "CSP", "VDP", "AES", "Katiba", "Dozo", "Dogon", "Fulani", "Tuareg", "Wagner", "Russia",
    "Russian", "Moscow", "France", "French", "Paris", "USA", "Washington", "Turkey",
    "Turkish", "Ankara", "German", "Germans", "EU", "EUTM", "EUCAP", "Takuba", "ECOWAS", "CEDEAO",
    "MINUSMA", "Barkhane",
    "Kidal", "Menaka", "Gao", "Mopti", "Burkina", "Burkinabe", "Malian", "Nigerien", "Nigerian",
    "Goita", "Tiani", "Traore", "African", "West Africa",
]  # fmt: skip

DEFAULT = '"sahel-2024"'
"""What runs when a user names no scenario: looked up by name like any other."""

ALLOWED = {
    # Examples in docstrings have to select some country, or match some region.
    ("runs/run.py", '>>> run["deaths"].sel(country="MLI")'),
    ("data/cells.py", '>>> match_region("Mopti region", {"mopti": "ML05"})'),
    ("data/cells.py", "'ML05'"),
    ("data/cells.py", '>>> plain_name("Tillabéri region")'),
    # A measurement quoted in a docstring says where it was made.
    ("verification/baselines.py", "in the Sahel they agree within Monte Carlo error"),
    # Columns of coded timelines keep the names under which the first was coded.
    ("data/timeline.py", '"alignment_russia"'),
}

PLAIN = {
    "state", "militia", "civilian", "civilians", "separatist", "jihadist", "Civilians",
    "Littoral", "Delta", "Central", "Centre", "Eastern", "Northern", "Western", "Est", "Nord",
    "Plateau", "Rivers",
}  # fmt: skip
"""Names of actors or regions that are also plain words."""

SHORTEST = 3
"""Shorter names are parts of ordinary words and code."""


def words_of(table: Path, kind: str, column: str) -> set[str]:
    """Return what a theatre's table of rules names."""
    with table.open(encoding="utf-8", newline="") as rows:
        return {row[column] for row in csv.DictReader(rows) if kind in row.values()}


@pytest.fixture(scope="module")
def listed(theatre: Theatre, theatre_folder: Path, snapshot: Snapshot) -> set[str]:
    """Everything of the shipped theatre that has a name."""
    assert theatre.alliance is not None
    assert theatre.timeline is not None
    words = (theatre_folder / theatre.timeline).with_name("timeline_words.csv")
    return {
        *theatre.countries,
        *(row.name for row in theatre.countries.values()),
        *(row.capital.name for row in theatre.countries.values()),
        *(region for row in theatre.observed for region in row.regions),
        *theatre.actors,
        *theatre.streams,
        *theatre.patrons,
        *(row.label for row in theatre.patrons.values()),
        theatre.alliance.name,
        *(name for cluster in theatre.alliance.nested for name in cluster),
        *(row.source for row in theatre.observed),
        *words_of(words, "actor", "word"),
        *words_of(theatre_folder / theatre.stream_rules, "actor", "a"),
        *snapshot.regions["region"],
        *snapshot.regions["region_name"],
        *OTHERS,
    }


@pytest.fixture(scope="module")
def names(listed: set[str]) -> re.Pattern[str]:
    kept = {name for name in listed if len(name) >= SHORTEST and name not in PLAIN}
    longest = sorted((name for name in kept if not set(name.split("_")) <= PLAIN), key=len)
    pattern = "|".join(map(re.escape, reversed(longest)))
    return re.compile(rf"(?<![A-Za-z])({pattern})(?![A-Za-z])")


WORLD = SOURCE / "verification/backtest/views_countries.csv"
"""All countries of the world by number: it names no theatre."""


def engine(endings: set[str]) -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in endings
        and path.relative_to(SOURCE).parts[0] != "theatres"
        and path != WORLD
    ]


def find(names: re.Pattern[str], line: str, file: str) -> list[str]:
    line = line.replace(DEFAULT, "")
    for where, text in ALLOWED:
        if where == file:
            line = line.replace(text, "")
    return names.findall(line)


def test_the_engine_names_no_place_and_no_actor(names):
    found = [
        f"{file}:{number}: {', '.join(hits)}"
        for path in engine(PAGES)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (hits := find(names, line, file := path.relative_to(SOURCE).as_posix()))
    ]
    assert not found, "\n".join(found)


def test_every_kind_of_page_is_looked_at():
    assert {path.suffix for path in engine(PAGES)} == PAGES


def test_every_exception_is_still_needed():
    unused = {
        (file, text)
        for file, text in ALLOWED
        if text not in (SOURCE / file).read_text(encoding="utf-8")
    }
    assert not unused


@pytest.mark.parametrize(
    ("line", "hits"),
    [
        ('if country == "MLI":', ["MLI"]),
        ("jnim_civilians = 6", ["jnim_civilians"]),
        ('folder = "sahel"', ["sahel"]),
        ("# Bamako is far", ["Bamako"]),
        ('if patron == "russia":', ["russia"]),
        ("MNLA and its allies", ["MNLA"]),
        ("as in Tahoua", ["Tahoua"]),
        ("United Nations mission", ["United Nations mission"]),
        ("# the United States leave", ["United States"]),
        ("normal, small, NERVE, state, state_civilians", []),
    ],
)
def test_names_are_found_as_words(names, line, hits):
    assert find(names, line, "model/step.py") == hits


VOCABULARY = {
    *get_args(schema.LeverRole),
    *get_args(politics.Rung),
    *get_args(politics.ConsequenceName),
    *get_args(politics.SituationName),
    *ladders.MOVES,
    "promise", "extend", "deepen", "leave", "backer",
}  # fmt: skip
"""Words that the engine itself gives to theatres: a lever may be called by its role."""


def handled(folder: Path) -> set[str]:
    """Return the names of a theatre's levers and acts that are not words of the engine."""
    theatre, _ = load_theatre(folder)
    return {*theatre.levers, *theatre.menu} - VOCABULARY


def tokens(code: str) -> Iterator[str]:
    """Yield the words by which code could treat one name apart: strings, and names of fields."""
    tree = ast.parse(code)
    documents = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword | ast.arg):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            prose = id(node) in documents
            yield from [] if prose else re.findall(r"[A-Za-z0-9_-]+", node.value)


def test_no_lever_and_no_act_is_a_special_case(theatre_folder):
    special = handled(theatre_folder) | handled(INVENTED)
    assert {"posture", "severity_of_rule", "quit_the_compact"} <= special
    found = [
        f"{path.relative_to(SOURCE)}: {word}"
        for path in engine({".py"})
        for word in sorted(special & set(tokens(path.read_text(encoding="utf-8"))))
    ]
    assert not found, "\n".join(found)


def test_the_word_posture_stands_in_no_code():
    """Not even in prose: what states do to civilians is one lever among others."""
    found = [path for path in engine({".py"}) if re.search(r"\bposture\b", path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize(
    "code", ['levers["posture"]', "params.posture", "step(posture=1)", 'x = "a posture b"']
)
def test_a_special_case_would_be_found(code):
    assert "posture" in set(tokens(code))


def test_prose_is_no_special_case():
    assert "posture" not in set(tokens('def f():\n    """Of posture."""\n    return 1  # posture'))


def test_words_of_the_engine_are_those_of_its_tables():
    assert set(consequences.CONSEQUENCES) | set(consequences.SITUATIONS) <= VOCABULARY
