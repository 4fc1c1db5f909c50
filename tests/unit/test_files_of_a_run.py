"""Files of a run: no formula, one way to write a month, the same bytes for the same run."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import Field, ValidationError

import liptako
import politics_fixtures as pf
import run_fixtures as rf
import table_fixtures as tf
from liptako import cache, version
from liptako.characters import IN_PLACE, hidden_in, visible
from liptako.errors import InputError
from liptako.exhibits import EXHIBITS, workbook
from liptako.exhibits.cells import FORMULA, STAMP, safe, stamped
from liptako.exhibits.files import csv_text, write_files
from liptako.outcomes import base_rates
from liptako.outcomes import summary as summaries
from liptako.outcomes.tables import member_tables, standard_tables
from liptako.report.sections import SECTIONS
from liptako.runs import cite
from liptako.theatre.schema import Place
from liptako.theatre.strict import Strict
from liptako.words.tables import CHANCES, columns, cover, sheet

RUN_AT_ONCE = [f"{start}cmd|' /C calc'!A0" for start in FORMULA]
TURNS = "\u202e"

NUMBER = r"-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|-?inf"
OF_TYPE: dict[str, Callable[[str], bool]] = {
    "yearmonth": lambda cell: bool(re.fullmatch(r"\d{4}-\d{2}", cell)),
    "integer": lambda cell: bool(re.fullmatch(r"-?\d+", cell)),
    "number": lambda cell: bool(re.fullmatch(NUMBER, cell)),
    "boolean": {"True", "False"}.__contains__,
    "string": lambda _: True,
}
"""What cells of a column look like, by the type that a data package gives it."""


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=40) | pf.tables()


@pytest.fixture(scope="module")
def run(theatre):
    return rf.run_of(theatre, months=12)


def write(run: Any, folder: Path) -> None:
    """Write the files of a run that has neither past cases nor variants."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base_rates, "base_rates", lambda *_: pf.tables()["base_rates"])
        patch.setattr("liptako.exhibits.files.summary", lambda *_: {})
        write_files(run, standard_tables(run), folder)


@pytest.mark.parametrize("text", RUN_AT_ONCE, ids=ascii)
def test_text_is_no_formula_and_numbers_stay_numbers(text: str, tmp_path: Path) -> None:
    table = pd.DataFrame({text: [text], "kind": pd.Categorical([text]), "mean": [-1.5]})
    made = safe(table)
    assert made.iloc[0, 0] == made.iloc[0, 1] == made.columns[0] == f"'{visible(text)}"
    assert made["mean"].tolist() == [-1.5]
    csv = csv_text(pd.DataFrame({"label": [text], "mean": [-1.5]}), tf.facts())
    read = pd.read_csv(io.StringIO(csv), keep_default_na=False)
    assert read["label"][0].startswith("'")
    assert ",-1.5\n" in csv
    coast = pd.DataFrame({"group": [text], "probability": [-0.5]})
    workbook({"coast": coast}, tmp_path / "t.xlsx", "2023-12", about=[text])
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = {str(each.value): each for page in book for row in page for each in row}
    assert "f" not in {each.data_type for each in cells.values()}
    assert cells["-0.5"].data_type == "n"
    assert book[sheet["coast"]]["B2"].value.startswith("'")


def test_every_file_of_a_run_is_made_safe(run, tmp_path: Path) -> None:
    evil = "=HYPERLINK(1)"
    named = run.assign_coords(adm1_name=("adm1", [evil] * run.sizes["adm1"]))
    named.attrs["title"] = evil
    write(named, tmp_path)
    for path in (tmp_path / "tables").glob("*.csv"):
        assert not re.search(r'(?m)(^|,|")=', path.read_text(encoding="utf-8")), path.name
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    kinds = {each.data_type for page in book for row in page for each in row}
    assert "f" not in kinds
    regions = pd.read_parquet(tmp_path / "tables/regions.parquet")
    assert set(regions["region_name"]) == {evil}, "Parquet holds what is: nothing runs it"


def test_months_are_written_one_way_and_rows_say_from_when(run, tmp_path: Path) -> None:
    write(run, tmp_path)
    files = [*(tmp_path / "tables").glob("*.csv"), *(tmp_path / "tables").glob("*.parquet")]
    months = 0
    for path in files:
        table = pd.read_csv(path) if path.suffix == ".csv" else pq.read_table(path).to_pandas()
        assert set(table[STAMP].astype(str)) <= {"2023-12"}, path.name
        assert table.columns[0] == STAMP
        if "month" in table:
            months += 1
            assert table["month"].astype(str).str.fullmatch(r"\d{4}-\d{2}").all(), path.name
    assert months >= 9
    for name, frame in member_tables(run).items():
        assert len(pq.read_table(tmp_path / f"tables/{name}.parquet")) == len(frame)


def test_a_data_package_describes_every_csv_file_and_its_columns(run, tmp_path: Path) -> None:
    source = {"title": "Events", "vintage": "1.0", "licence": "CC0", "events": True}
    made = json.loads(run.attrs["manifest"]) | {"sources": [source]}
    run = run.assign_attrs(manifest=json.dumps(made))
    write(run, tmp_path)
    folder = tmp_path / "tables"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["run_id"] == cite.run_id(run)
    assert (package["members"], package["seed"]) == (run.sizes["member"], run.attrs["seed"])
    assert package["sources"] == [{"title": "Events (1.0; CC0)"}]
    paths = [resource["path"] for resource in package["resources"]]
    assert sorted(paths) == sorted(path.name for path in folder.glob("*.csv"))
    kinds = set()
    for resource in package["resources"]:
        table = pd.read_csv(folder / resource["path"], dtype=str, keep_default_na=False)
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == list(table.columns), resource["path"]
        for field in fields:
            kinds.add(field["type"])
            cells = table[field["name"]]
            written = cells[cells != ""].map(OF_TYPE[field["type"]])
            assert written.all(), (resource["path"], field)
    assert kinds == set(OF_TYPE)
    said = {
        field["name"]: field.get("description")
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
    }
    assert said["q50"] == columns["q05, q25, q50, q75, q95"]
    assert said["p_25_in_6"] == columns[CHANCES] == said["p_100_in_12"]
    assert said["group"] is None


def test_a_coast_without_data_is_null_in_the_summary(theatre, monkeypatch) -> None:
    monkeypatch.setattr(base_rates, "base_rates", lambda *_: pf.tables()["base_rates"])
    for part in ("_endings", "_politics"):  # they need variants, which this run has not
        monkeypatch.setattr(summaries, part, lambda _: {})
    blind = rf.run_of(theatre, months=12, observed=["MLI", "BFA", "NER"])
    coast = summaries.summary(blind, standard_tables(blind))["coast"]
    assert coast["probability"] is coast["last_12_months"] is None
    json.dumps(coast, allow_nan=False)


def test_the_workbook_opens_on_its_contents_in_the_order_of_pages(tables, tmp_path: Path) -> None:
    workbook(tables, tmp_path / "tables.xlsx", "2023-12", about=["What it is"])
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    shown = {sheet[each.table] for each in EXHIBITS if each.sheet and each.table in tables}
    names = book.sheetnames
    assert names[0] == cover["title"] == book.active.title
    assert set(names[1:]) == shown
    sections = [each.section for each in EXHIBITS if sheet.get(each.table) in names[1:]]
    in_order = [key for key in (*SECTIONS, "") if key in sections]
    assert list(dict.fromkeys(sections)) == in_order
    assert names[1:3] == [sheet["civilians_perpetrator"], sheet["displaced"]]
    front = book[names[0]]
    text = [str(cell.value) for row in front for cell in row if cell.value]
    assert {"What it is", cover("head", stamp="2023-12"), *shown} <= set(text)
    links = {cell.hyperlink.location or cell.hyperlink.target for row in front for cell in row
             if cell.hyperlink}  # fmt: skip
    assert {link.lstrip("#") for link in links} == {f"'{name}'!A1" for name in shown}
    for name in names[1:]:
        assert book[name].freeze_panes == "A2"
        assert book[name].auto_filter.ref == book[name].dimensions
    coast = pd.read_excel(tmp_path / "tables.xlsx", sheet_name=sheet["coast"])
    assert list(coast[STAMP]) == ["2023-12"] * 2
    assert coast["counted"][0] == "BEN, TGO, CIV"
    observed = pd.read_excel(tmp_path / "tables.xlsx", sheet_name=sheet["observed"])
    assert observed["deaths"].tolist() == tables["observed"]["deaths"].tolist()
    with pytest.raises(InputError, match="members: no such table"):
        workbook(tables | {"members": tables["observed"]}, tmp_path / "more.xlsx", "2023-12")


@pytest.mark.parametrize("seconds", [86_400, 4_102_444_800], ids=["1970", "2100"])
def test_the_workbook_of_another_day_has_the_same_bytes(
    tables, tmp_path, monkeypatch, seconds: int
) -> None:
    small = {"coast": tables["coast"], "observed": tables["observed"]}
    workbook(small, tmp_path / "1.xlsx", "2023-12")
    now = time.localtime(seconds)
    monkeypatch.setattr(zipfile.time, "localtime", lambda *_: now)
    monkeypatch.setattr(zipfile.time, "time", lambda: time.mktime(now))
    workbook(small, tmp_path / "2.xlsx", "2023-12")
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.xlsx") as book:
        assert b"dcterms" not in book.read("docProps/core.xml").replace(b"xmlns:dcterms", b"")
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


def test_a_citation_names_author_year_and_run(run) -> None:
    bib, csl = cite.bibtex(run), cite.csl_json(run)
    for field in ("author = {{The Liptako authors}}", "year = {2026}", "title = {Liptako: Made"):
        assert field in bib
    (item,) = json.loads(csl)
    assert item["author"] == [{"literal": "The Liptako authors"}]
    assert item["issued"] == {"date-parts": [[2026]]}
    assert item["id"] == re.search(r"@software\{(\w+),", bib)[1]  # type: ignore[index]
    cff = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    assert f'name: "{version.AUTHOR}"' in cff
    assert f'date-released: "{version.YEAR}-' in cff


def test_an_address_is_cited_where_the_package_has_one(run, monkeypatch) -> None:
    monkeypatch.setattr(cite, "address", lambda: "https://example.org/liptako_1")
    assert "url = {https://example.org/liptako_1}" in cite.bibtex(run)
    assert json.loads(cite.csl_json(run))[0]["URL"] == "https://example.org/liptako_1"


def test_a_title_cannot_end_a_bibtex_entry(run) -> None:
    titled = run.assign_attrs(title="50% of {all} \\input{x} & more}")
    bib = cite.bibtex(titled)
    assert bib.count("{") == bib.count("}")
    assert r"50\% of (all) /input(x) \& more)" in bib


def test_flags_that_change_bits_are_part_of_what_a_run_is_made_from(monkeypatch) -> None:
    for name in cache.BIT_FLAGS:
        monkeypatch.delenv(name, raising=False)
    assert cache.bit_flags() == {}
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX")
    assert cache.bit_flags() == {"XLA_FLAGS": "--xla_cpu_max_isa=AVX"}


def test_results_under_other_flags_are_not_taken_from_the_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    assert cache.remember("x", (1,), lambda: {"x": 1})["x"] == 1
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX")
    assert cache.remember("x", (1,), lambda: {"x": 2})["x"] == 2


def test_a_tree_without_git_has_no_revision(monkeypatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", none)
    cite.revision.cache_clear()
    assert cite.revision() is None
    cite.revision.cache_clear()


@pytest.mark.parametrize("home", ["", "relative", None])
def test_without_a_home_nothing_is_kept_and_all_is_made(home, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (cache.CACHE_VARIABLE, "XDG_CACHE_HOME", "XDG_DATA_HOME", "LIPTAKO_DATA"):
        monkeypatch.delenv(name, raising=False)
    if home is None:
        monkeypatch.delenv("HOME")
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    else:
        monkeypatch.setenv("HOME", home)
    assert cache.remember("x", (1,), lambda: {"x": 1})["x"] == 1
    assert liptako.load_scenario().scenario.name == "sahel-2024"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["a\x1b[31m", f"a{TURNS}b", "a\x00", "\u2066a", "a\x85b", "\ufeffa"]
)
def test_characters_that_do_not_show_are_refused_and_never_printed(text: str) -> None:
    assert hidden_in(text) is not None
    assert IN_PLACE in visible(text)
    with pytest.raises(ValidationError, match="a character that does not show"):
        Place(name=text, lat=1.0, lon=1.0)


def test_every_text_of_a_record_is_looked_at() -> None:
    class Inner(Strict):
        text: str = "a"

    class Record(Strict):
        names: tuple[str, ...] = ()
        by: dict[str, list[str]] = Field(default_factory=dict)
        inner: Inner = Inner()

    bad = f"x{TURNS}"
    for given in ({"names": [bad]}, {"by": {bad: []}}, {"by": {"a": [bad]}},
                  {"inner": {"text": bad}}):  # fmt: skip
        with pytest.raises(ValidationError, match=r"U\+202E"):
            Record.model_validate(given)
    Record.model_validate({"names": ["Côte d'Ivoire", "ⵜⵉⵏⴰⵔⵉⵡⵉⵏ", "two\nlines", "العربية"]})


def test_lists_become_text_and_months_of_members_stay_small() -> None:
    table = pd.DataFrame({"month": [529, 530, 529], "who": [["A", "B"], [], ["C"]]})
    made = stamped(table, "2023-12")
    assert made["month"].tolist() == ["2024-01", "2024-02", "2024-01"]
    assert made["who"].tolist() == ["A, B", "", "C"]
    assert isinstance(made["month"].dtype, pd.CategoricalDtype)
