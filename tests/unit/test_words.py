"""Words: one rounding, plain values only, and room for another language."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

import pytest

import liptako.words
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.words import language
from liptako.words.language import CATALOGUES, SUBJECTS, Texts, speaking
from liptako.words.numbers import exact, few, hundreds, rounded

FOLDER = Path(liptako.words.__file__).parent
MODULES = [import_module(f"liptako.words.{found.name}") for found in iter_modules([str(FOLDER)])]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_names_its_places() -> None:
    """A translator must be able to change their order."""
    for subject, texts in SUBJECTS.items():
        for key in texts:
            named = places(texts[key])
            assert all(name.isidentifier() for name in named), (subject, key)


def test_no_text_names_where_the_events_of_a_theatre_are_from(snapshot: Snapshot) -> None:
    events = {row["title"] for row in snapshot.manifest["sources"] if row.get("role") == "ged"}
    short = {title.split()[0] for title in events}
    assert short == {"UCDP"}
    said = [(subject, key) for subject, texts in SUBJECTS.items() for key in texts
            if short & set(texts[key].replace(",", " ").split())]  # fmt: skip
    assert not said


def test_every_key_that_is_said_is_there() -> None:
    """Keys written out in the code that speaks; those that are built are said in other tests."""
    source = FOLDER.parent
    rooms = ("words", "charts", "exhibits", "report", "cli")
    seen = 0
    for path in [path for room in rooms for path in (source / room).glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        subjects = _subjects_of(tree, path)
        for node in ast.walk(tree):
            name, key = _said(node)
            if name in subjects and isinstance(key, str):
                assert key in subjects[name], f"{path.name}: {name} {key!r}"
                seen += 1
    assert seen > 200


def _subjects_of(tree: ast.Module, path: Path) -> dict[str, Texts]:
    """Return the names by which a module says texts: `say`, `words.say`."""
    found = {}
    if path.parent == FOLDER:
        own = getattr(import_module(f"liptako.words.{path.stem}"), "say", None)
        found |= {"say": own} if isinstance(own, Texts) else {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
            "liptako.words"
        ):
            continue
        for alias in node.names:
            name = alias.asname or alias.name
            if node.module == "liptako.words":
                texts = getattr(import_module(f"liptako.words.{alias.name}"), "say", None)
                found |= {f"{name}.say": texts} if isinstance(texts, Texts) else {}
            elif alias.name == "say":
                found[name] = import_module(str(node.module)).say
    return found


def _said(node: ast.AST) -> tuple[str, object]:
    if isinstance(node, ast.Call) and node.args:
        what, key = node.func, node.args[0]
    elif isinstance(node, ast.Subscript):
        what, key = node.value, node.slice
    else:
        return "", None
    return ast.unparse(what), key.value if isinstance(key, ast.Constant) else None


def test_catalogues_hold_the_same_keys_and_places() -> None:
    for spoken, catalogue in CATALOGUES.items():
        assert set(catalogue) == set(SUBJECTS), spoken
        for subject, texts in SUBJECTS.items():
            assert set(catalogue[subject]) == set(texts)
            for key in texts:
                assert places(catalogue[subject][key]) == places(texts[key]), (subject, key)


def test_another_language_is_spoken_within_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    backwards = {
        subject: {key: f"<{text}>" for key, text in dict(texts).items()}
        for subject, texts in SUBJECTS.items()
    }
    monkeypatch.setitem(language.CATALOGUES, "xx", backwards)
    from liptako.words import pact
    from liptako.words.dates import month_name

    with speaking("xx"):
        assert pact.say["paper"] == "<Signed only>"
        assert month_name(528) == "Dec> 2023"
        assert pact.say("stage_count", stage="a", count=3) == "<a 3>"
    assert pact.say["paper"] == "Signed only"
    with pytest.raises(InputError, match="no translation"), speaking("yy"):
        pass


def test_words_know_no_run_and_no_table() -> None:
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [node.module] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in named:
                allowed = ("liptako.words", "liptako.errors", "liptako.calendar")
                assert not str(name).startswith("liptako") or str(name).startswith(allowed)
                assert str(name).split(".")[0] not in ("pandas", "numpy", "xarray", "altair")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4, "0"), (7.4, "7"), (99.4, "99"), (287, "290"), (996, "1,000"), (5712, "5,700"),
        (10394, "10,400"), (12887, "12,900"), (99_960, "100,000"), (123_456, "123,000"),
        (1_412_345, "1,410,000"),
    ],
)  # fmt: skip
def test_one_rounding(value: float, text: str) -> None:
    assert rounded(value) == text


def test_a_remainder_goes_to_the_largest() -> None:
    assert hundreds([1, 1, 1]) == [34, 33, 33]
    assert hundreds([0.0, 0.0]) == [0, 0]
    assert hundreds([0.2, 0.8], total=7) == [1, 6]


def test_what_was_recorded_is_rounded_and_what_is_rare_is_not_one_in_100() -> None:
    assert [exact(value) for value in (986.8, 1584.4, 0.0)] == ["987", "1,584", "0"]
    assert [few(1, share) for share in (0.004, 0.006)] == ["< 1", "1"]
    assert [few(0, share) for share in (0.004, 0.0)] == ["< 1", "0"]
