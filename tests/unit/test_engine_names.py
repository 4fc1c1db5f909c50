"""A theatre is data: the engine knows no place and no actor of any theatre."""

import re
from pathlib import Path

import pytest

from liptako.theatre.schema import Theatre

SOURCE = Path(__file__).resolve().parents[2] / "src/liptako"
OTHERS = [
    "Sahel", "Sahelian", "sahel", "JNIM", "IS-GS", "ISGS", "ISWAP", "Ansaroul", "Azawad", "AQIM",
    "CMA", "CSP", "VDP", "AES", "Katiba", "Dozo", "Dogon", "Fulani", "Tuareg", "Wagner", "Russia",
    "Russian", "Moscow", "France", "French", "Paris", "USA", "Washington", "Turkey",
    "Turkish", "Ankara", "German", "Germans", "EU", "EUTM", "EUCAP", "Takuba", "ECOWAS", "CEDEAO",
    "MINUSMA", "Barkhane",
    "Kidal", "Menaka", "Gao", "Mopti", "Burkina", "Burkinabe", "Malian", "Nigerien", "Nigerian",
    "Goita", "Tiani", "Traore",
]  # fmt: skip

DEFAULT = '"sahel-2024"'
"""What runs when a user names no scenario: looked up by name like any other."""

ALLOWED = {
    # Examples in docstrings have to select some country, or match some region.
    ("execution/outlook.py", '>>> run["deaths"].sel(country="MLI")'),
    ("data/cells.py", '>>> match_region("Mopti region", {"mopti": "ML05"})'),
    # A column of every timeline file, whatever the theatre.
    ("data/timeline.py", '"alignment_russia"'),
    # A measurement quoted in a docstring says where it was made.
    ("verification/baselines.py", "in the Sahel they agree within Monte Carlo error"),
}


@pytest.fixture(scope="module")
def names(theatre: Theatre) -> re.Pattern[str]:
    listed = {
        *theatre.countries,
        *(row.name for row in theatre.countries.values()),
        *(row.capital.name for row in theatre.countries.values()),
        *(region for row in theatre.observed for region in row.regions),
        *(name for name in theatre.actors if len(name) > 2 and name not in COMMON),
        *(name for name in theatre.patrons if len(name) > 2),
        *(row.label for row in theatre.patrons.values()),
        *filter(None, [theatre.alliance and theatre.alliance.name]),
        *OTHERS,
    }
    longest = sorted(listed, key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z])({'|'.join(map(re.escape, longest))})(?![A-Za-z])")


COMMON = {"state", "militia", "civilian", "separatist", "jihadist"}
"""Classes of actors whose names are also plain words."""


def engine() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "theatres"
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
        for path in engine()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (hits := find(names, line, file := path.relative_to(SOURCE).as_posix()))
    ]
    assert not found, "\n".join(found)


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
        ("jnim_civilians = 6", ["jnim"]),
        ('folder = "sahel"', ["sahel"]),
        ("# Bamako is far", ["Bamako"]),
        ('supplies = ["russia", "European Union"]', ["russia"]),
        ("# the United States leave", ["United States"]),
        ("normal, small, NERVE, state", []),
    ],
)
def test_names_are_found_as_words(names, line, hits):
    assert find(names, line, "model/step.py") == hits
