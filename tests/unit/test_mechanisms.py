"""Mechanisms: each names a process, parameters, contrasts and claims that there are."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
import write_mechanisms

from liptako.errors import InputError
from liptako.model import processes
from liptako.theatre.contrasts import load_contrasts
from liptako.theatre.loading import load_theatre, read_toml

ROOT = Path(__file__).parents[2]
LAYERS = {"contingent", "levers", "memory", "pressure", "timing"}
"""What several mechanisms use; no mechanism of its own."""


@pytest.fixture(scope="module")
def rows():
    return write_mechanisms.mechanisms()


def test_each_names_what_there_is(rows, theatre_folder):
    theatre, registry = load_theatre(theatre_folder)
    contrasts = load_contrasts(theatre_folder, theatre)
    for name, row in rows.items():
        assert import_module(f"liptako.model.processes.{row.process}"), name
        for path in row.parameters:
            assert registry[path], name
        assert set(row.contrasts) <= set(contrasts), name
        assert set(row.claims) <= set(range(1, write_mechanisms.CLAIMS + 1)), name
        assert row.claims == sorted(set(row.claims)), name


def test_every_process_and_every_contrast_belongs_to_a_mechanism(rows, theatre_folder):
    theatre, _ = load_theatre(theatre_folder)
    every = {path.stem for path in Path(processes.__path__[0]).glob("[!_]*.py")}
    assert {row.process for row in rows.values()} == every - LAYERS
    shown = [name for row in rows.values() for name in row.contrasts]
    assert set(shown) == set(load_contrasts(theatre_folder, theatre))
    assert len(shown) == len(set(shown)), "each contrast shows one mechanism"


def test_every_lever_with_published_forms_has_a_row(rows, theatre_folder):
    _, registry = load_theatre(theatre_folder)
    levers = {name for name, form in registry.forms.items() if form.of_a_lever}
    assert levers <= set(rows)


def test_the_page_has_a_row_for_each(rows):
    text = (ROOT / "docs/mechanisms.md").read_text(encoding="utf-8")
    for row in rows.values():
        assert f"| {row.label} | `{row.process}` |" in text


def test_a_wrong_row_is_refused(tmp_path, monkeypatch):
    content = read_toml(write_mechanisms.THEATRE / "mechanisms.toml")
    lines = [f"[level]\nlabel = {json.dumps(content['level']['label'])}\ncolour = 'red'\n"]
    (tmp_path / "mechanisms.toml").write_text("".join(lines), encoding="utf-8")
    monkeypatch.setattr(write_mechanisms, "THEATRE", tmp_path)
    with pytest.raises(InputError, match="unknown|missing|required"):
        write_mechanisms.mechanisms()
