"""Every number on page, brief, terminal and workbook is the measure it names, counted again.

One small run through the command line; its members are counted by `recount`, with numpy alone.
Then each number in the text is looked for among what its own table holds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr

import liptako as lp
import number_sources as sources
import recount as rc
from liptako.exhibits import Facts
from liptako.exhibits.cells import STAMP
from liptako.exhibits.from_comparison import about_stored, facts_of_stored
from liptako.exhibits.from_run import facts_of
from liptako.report.asked import Known, known_of
from liptako.runs.dataset import theatre_of
from liptako.verification import stored
from liptako.words import tables as table_words
from liptako.words.numbers import exact, inside_100, of_100
from page_reader import Page, Table

MEMBERS, MONTHS, SEED = 64, 36, 5
LIMIT_S = 1800
YEARS = {"2023", "2024", "2025", "2026"}
"""Last year and those simulated."""

AHEAD, BEFORE = "next_12_months", "last_12_months"
NOTICED = 0.75
"""Of numbers with another first digit, the least share that the walk must find strange."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shown:
    """A run's folder with all that a reader may open of it."""

    folder: Path
    terminal: str

    @cached_property
    def html(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    @cached_property
    def page(self) -> Page:
        return Page(self.html)

    @cached_property
    def run(self) -> xr.Dataset:
        return lp.load_run(self.folder)

    @cached_property
    def count(self) -> rc.Recount:
        return rc.Recount(self.run)

    @cached_property
    def known(self) -> Known:
        return known_of("sahel-2024")

    @cached_property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @cached_property
    def facts(self) -> Facts:
        skill = self.run.attrs.get("skill")
        about = about_stored(self.known.content or {}, self.known.seen())
        return replace(facts_of(self.run, skill), compared=about)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables as they were written."""
        files = sorted((self.folder / "tables").glob("*.parquet"))
        found = {file.stem: pd.read_parquet(file) for file in files}
        return {
            name: table.drop(columns=STAMP)
            for name, table in found.items()
            if name in table_words.say
        }

    @cached_property
    def sources(self) -> dict[str, set[str]]:
        """Return what numbers may come from each table."""
        found = {name: sources.of_table(table) for name, table in self.tables.items()}
        return found | {k: found[k] | v for k, v in sources.counted(self.tables).items()}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    place = tmp_path_factory.mktemp("shown")
    size = ("--members", str(MEMBERS), "--months", str(MONTHS), "--seed", str(SEED))
    done = subprocess.run(
        [sys.executable, "-m", "liptako", "run", *size],
        cwd=place, capture_output=True, text=True, timeout=LIMIT_S, check=True,
        env={**os.environ, "LIPTAKO_CACHE": str(place / "cache"),
             "LIPTAKO_DATA": str(place / "data")},
    )  # fmt: skip
    (folder,) = (place / "runs").iterdir()
    return Shown(folder, done.stdout)


# counted again


def faults(page: Page, claims: list[rc.Claim]) -> list[str]:
    """Return where a page's tables do not show what they should."""
    found = []
    for claim in claims:
        try:
            text = page.table(claim.caption).cell(claim.row, claim.column, claim.nth)
        except AssertionError as error:
            text = str(error)
        if text != claim.text:
            found.append(f"{claim}: {text}")
    return found


@pytest.fixture(scope="module")
def claims(shown: Shown) -> list[rc.Claim]:
    return rc.claims(shown.count)


def test_the_pages_tables_show_what_their_heads_name(shown, claims):
    assert len(claims) > 1000
    assert faults(shown.page, claims) == []


def swapped(text: str, one: str, other: str) -> str:
    assert one in text
    assert other in text
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2023, recorded</th>", "2024, middle</th>"),
        (">By Dec 2024</th>", ">By Dec 2026</th>"),
        ('<th scope="row">JNIM</th>', '<th scope="row">States</th>'),
    ],
    ids=["column", "year", "perpetrator"],
)
def test_a_swap_of_columns_years_or_perpetrators_would_be_found(shown, claims, one, other):
    assert len(faults(Page(swapped(shown.html, one, other)), claims)) > 3


def test_countries_are_left_out_of_deaths_only_where_they_are_quiet(shown):
    named = {row[0] for row in shown.page.table("People killed").rows}
    loud = {name for code, name in rc.NAMES.items() if not shown.count.quiet(code)}
    assert named == loud


def test_the_regions_that_lead_are_rows_of_all_regions_likeliest_first(shown):
    top = shown.page.table("Regions most likely to see 25 or more")
    every = shown.page.table("All regions of the theatre")
    ranked = [chances[12, 25] for _, _, _, inside, chances in shown.count.regions() if not inside]
    own = [row for row in every.rows if "≤" not in " ".join(row)][: len(ranked)]
    assert top.rows == own[: len(top.rows)], "none that is simulated within another"
    assert len(top.rows) == 10
    place = every.head.index("25+", every.head.index("25+", every.head.index("25+") + 1) + 1)
    assert [row[place] for row in own][:20] == [
        inside_100(share) for share in sorted(ranked, reverse=True)
    ][:20]


def test_acts_are_how_many_members_chose_them(shown):
    table = shown.page.table("Chosen at least once by Dec 2026")
    menu = theatre_of(shown.run).menu
    assert len(table.rows) == len(menu)
    for name, act in menu.items():
        for code in rc.ALLIES:
            share = of_100(shown.count.act(code, name))
            assert table.cell((act.label,), rc.NAMES[code]) == share


def test_the_map_shows_the_chances_of_its_cells_and_regions(shown):
    spec = re.search(r'id="spec-map">(.*?)</script>', shown.html, re.DOTALL)
    assert spec is not None
    drawn = json.loads(spec[1])["datasets"].values()
    (cells,) = (rows for rows in drawn if "p_any_12" in rows[0])
    data, year = shown.run, shown.run.isel(month=11)
    lat, lon = (data[f"cell_{axis}"].to_numpy() for axis in ("lat", "lon"))
    place = {where: n for n, where in enumerate(zip(lat, lon, strict=True))}
    seen = data["cell_observed"].to_numpy()
    for variable, column in (("cell_any", "p_any_12"), ("cell_large", "p_25_12")):
        share = 100 * year[variable].to_numpy().astype(float)
        for row in cells:
            n = place[row["lat"], row["lon"]]
            told = row[column]
            assert (told is not None) == bool(seen[n])
            assert told is None or told == pytest.approx(share[n], abs=0.051)
    (tiles,) = (rows for rows in drawn if "p_25_in_12" in rows[0])
    chances = {code: found for code, _, _, _, found in shown.count.regions()}
    assert {row["region"] for row in tiles if row["p_1_in_12"] is not None} <= set(chances)
    for row in (row for row in tiles if row["seen"]):
        for least in (1, 25):
            share = 100 * chances[row["region"]][12, least]
            assert row[f"p_{least}_in_12"] == pytest.approx(share, abs=0.051)


# tables, workbook, summary


Value = tuple[str, dict[str, Any], str, float]


def values(count: rc.Recount) -> Iterator[Value]:
    """Yield table, row, column and value, counted again."""

    def toll(table: str, where: dict[str, Any], each: rc.Toll) -> Iterator[Value]:
        for name in rc.QUANTILES:
            yield table, where | {"period": AHEAD}, name, each.at(name)
        if each.seen is not None:
            yield table, where | {"period": BEFORE}, "observed", each.seen

    for code in rc.NAMES:
        yield from toll("deaths_country_period", {"country": code}, count.killed(code))
        yield from toll("displaced", {"country": code}, count.displaced(code))
        for side in rc.SIDES.values():
            yield from toll("dead_side", {"country": code, "side": side}, count.dead(side, code))
        for who, stream in rc.KILLERS.items():
            where = {"country": code, "perpetrator": rc.ACTORS[who]}
            yield from toll("civilians_perpetrator", where, count.killed(code, stream=[stream]))
    for code in rc.ALLIES:
        for months in rc.HORIZONS:
            at = {"country": code, "horizon": months}
            for name, number in rc.EXITS.values():
                yield "exits", at | {"kind": name}, "p", count.exit(code, number, months)
            for name in rc.PROMISES.values():
                yield "promises", at | {"outcome": name}, "p", count.promise(code, name, months)
    for name, share in count.outcomes.items():
        yield "endings", {"horizon": 36, "ending": name}, "p", share
    for name, share in count.pieces.items():
        yield "pieces", {"horizon": 36, "piece": name, "leads": True}, "p", share
    yield "coast", {"group": "Littoral states"}, "probability", count.coast
    for code, _, _, _, chances in count.regions():
        for (months, least), share in chances.items():
            yield "regions", {"region": code}, f"p_{least}_in_{months}", share


def one(table: pd.DataFrame, where: Mapping[str, Any], column: str) -> float:
    chosen = np.logical_and.reduce([table[name] == value for name, value in where.items()])
    (found,) = table.loc[chosen, column]
    return float(found)


def test_tables_and_workbook_hold_what_was_counted(shown):
    counted = list(values(shown.count))
    assert len(counted) > 1000
    book = openpyxl.load_workbook(shown.folder / "tables.xlsx", read_only=True)
    sheets = {}
    for name in {table for table, *_ in counted}:
        head, *rows = book[table_words.sheet[name]].iter_rows(values_only=True)
        sheets[name] = pd.DataFrame(rows, columns=head)
    for table, where, column, value in counted:
        for each in (shown.tables, sheets):
            told = one(each[table], where, column)
            assert told == pytest.approx(value, rel=1e-6, abs=1e-9), (table, where, column)


def test_each_cell_of_the_workbook_is_the_tables(shown):
    book = openpyxl.load_workbook(shown.folder / "tables.xlsx", read_only=True)
    names = {table_words.sheet[name]: name for name in shown.tables if name in table_words.sheet}
    assert len(set(book.sheetnames) & set(names)) > 40
    for sheet in set(book.sheetnames) & set(names):
        head, *rows = book[sheet].iter_rows(values_only=True)
        table = shown.tables[names[sheet]]
        assert list(head) == [STAMP, *table.columns], sheet
        for name, column in list(zip(head, zip(*rows, strict=True), strict=True))[1:]:
            mine = table[name]
            if not pd.api.types.is_numeric_dtype(mine) or pd.api.types.is_bool_dtype(mine):
                continue
            told = np.array([np.nan if v is None else v for v in column], float)
            np.testing.assert_allclose(told, mine.to_numpy(float), rtol=1e-9, err_msg=sheet)


def test_the_summary_holds_what_was_counted(shown):
    told, near = shown.summary, {"abs": 1e-3, "rel": 1e-6}
    keys = {"q05": "q05", "q50": "median", "q95": "q95"}
    found = 0
    for table, where, column, value in values(shown.count):
        country, period = where.get("country"), where.get("period")
        if table == "deaths_country_period":
            row = told["deaths"][country]
        elif table == "displaced":
            row = told["displaced"][country]
        elif table == "dead_side":
            row = told["dead_by_side"][country][where["side"]]
        elif table == "civilians_perpetrator":
            row = told["civilian_deaths"][country][where["perpetrator"]]
        elif table == "exits" and where["horizon"] == 36:
            row = told["exits"][country][where["kind"]]
        elif table == "promises" and where["horizon"] == 36:
            row = told["promises"][country][where["outcome"]]
        elif table in ("endings", "pieces"):
            row = {**told["outcomes"], **told["pieces"]}[where.get("ending") or where["piece"]]
        elif table == "coast":
            row = told["coast"]
        else:
            continue
        row = row if period is None else row[period]
        number = row if column == "observed" else row[keys.get(column, column)]
        least = 0.06 if column == "observed" else 1e-3
        assert number == pytest.approx(value, **(near | {"abs": least})), (table, where, column)
        found += 1
    assert found > 300


def test_a_loaded_run_holds_the_members_that_were_written(shown):
    with xr.open_dataset(shown.folder / "run.nc") as raw:
        for name in ("deaths", "displaced", "dead", "exits", "act", "due", "missed"):
            np.testing.assert_array_equal(raw[name], shown.run[name])
    first = shown.run["deaths"].isel(month=slice(0, 12)).sel(country="MLI").astype(float)
    assert first.sum() / MEMBERS == pytest.approx(shown.count.killed("MLI").members.mean())


# terminal and briefs


def test_the_terminals_lines_are_what_was_counted(shown):
    said, count = " ".join(shown.terminal.split()), shown.count
    for code in (*rc.ALLIES, *rc.COAST):
        toll = count.killed(code)
        span = toll.span.replace(" to ", "-")
        assert f" {rc.NAMES[code]} {toll.recorded} {toll.middle} {span} " in said
    fled = [
        f"{rc.NAMES[code]} {count.displaced(code).middle} ({count.displaced(code).span})"
        for code in rc.ALLIES
    ]
    assert f"Newly displaced: {', '.join(fled)}" in said
    heads = ("Pact alive and at work", "All three regimes still rule", "War rolled back")
    for head, share in zip(heads, count.pieces.values(), strict=True):
        assert f" {head} {of_100(share)} " in said
    ends = {"fails": "Fails", "endures": "Endures, war not rolled back", "succeeds": "Succeeds",
            "outside": "Outside: works, regime changed"}  # fmt: skip
    for name, text in count.outcomes_in_100.items():
        assert f" {ends[name]} {text} " in said
    seen = exact(count.killed(*rc.COAST).seen)
    assert f"100 or more killed, {100 * count.coast:.0f} in 100; {seen} in the" in said
    by = {who: count.killed(*rc.ALLIES, stream=[s]).members for who, s in rc.KILLERS.items()}
    total = sum(each.mean() for each in by.values())
    parts = ", ".join(f"{who} {100 * each.mean() / total:.0f}%" for who, each in by.items())
    assert parts in said
    missed = [f"{rc.NAMES[c]} {of_100(count.promise(c, 'missed', 36))}" for c in rc.ALLIES]
    assert f"has passed by Dec 2026, in 100: {', '.join(missed)}" in said


@pytest.mark.parametrize("code", rc.NAMES)
def test_a_countrys_brief_shows_what_was_counted(shown, code):
    page = Page((shown.folder / f"briefs/{code}.html").read_text(encoding="utf-8"))
    civilians = shown.count.killed(code, stream=list(rc.KILLERS.values()))
    every, name = shown.count.killed(code), rc.NAMES[code]
    assert (
        f"{name}, 2024: the middle future has {civilians.middle} civilians killed on purpose "
        f"({civilians.span} in 9 of 10 futures); {civilians.recorded} were recorded in 2023. All "
        f"violence: {every.middle} people killed ({every.span}); {every.recorded} recorded."
    ) in page.said
    harm = page.table("Harm to civilians")
    for who, stream in rc.KILLERS.items():
        toll = shown.count.killed(code, stream=[stream])
        told = [harm.cell((who,), head) for head in harm.head[1:]]
        assert harm.head[1:] == ["2023, recorded", "2024, middle", "9 in 10 futures"]
        assert told == [toll.recorded, toll.middle, toll.span]
    table = page.table("Regions, futures in 100 with 25 or more people killed")
    mine = {region: (inside, found) for region, _, home, inside, found in shown.count.regions()
            if home == code}  # fmt: skip
    assert table.rows
    for row in table.rows:
        if row[1] not in mine:
            assert row[-3:] == ["?"] * 3, "no cell of it is observed"
            continue
        inside, chances = mine[row[1]]
        assert row[-3:] == [rc.region_text(chances[months, 25], inside) for months in rc.WINDOWS]


# the walk


def strangers(text: str, allowed: set[str], quoted: list[str]) -> list[str]:
    found = sources.numbers(sources.DATE.sub(" ", text), without=quoted)
    return [number for number in found if number not in allowed]


def blocks(shown: Shown, page: Page) -> Iterator[tuple[str, str, set[str]]]:
    """Yield where each text of a page stands, the text, and what its numbers may be."""
    everywhere = sources.fixed() | sources.of_run(shown.facts) | YEARS
    made = sources.captions(shown.tables, shown.facts) | {"How it may end by Dec 2026": "endings"}
    for table in page.tables:
        own = shown.sources[made[table.caption]] | everywhere
        for cells in (table.head, *table.rows):
            yield from ((f"{table.caption}: {cells[0]}", cell, own) for cell in cells)
    figures = sources.of_figures(shown.tables)
    union = set().union(*shown.sources.values())
    for key, lines in page.texts.items():
        own = set().union(*(shown.sources[name] for name in figures[key])) if key else union
        for line in lines:
            if not re.search(r"[\d,]+ rows, [\d,]+ kB$", line):
                yield key or "text", line, own | everywhere


def test_the_page_says_no_number_that_its_tables_do_not_hold(shown):
    quoted = sources.of_facts(shown.facts)
    odd, walked = [], 0
    for where, text, allowed in blocks(shown, shown.page):
        walked += len(sources.numbers(text))
        odd += [f"{where[:60]}: {n} in {text[:120]!r}" for n in strangers(text, allowed, quoted)]
    assert odd == []
    assert walked > 5000


def test_a_number_with_another_first_digit_is_mostly_found(shown):
    """The walk is not blind to numbers of three figures and more; smaller ones stand anywhere."""
    quoted, changed, found = sources.of_facts(shown.facts), 0, 0
    for _, text, allowed in blocks(shown, shown.page):
        for number in sources.numbers(sources.DATE.sub(" ", text), without=quoted):
            if len(re.findall(r"\d", number)) < 3 or number in sources.fixed() | YEARS:
                continue
            wrong = re.sub(r"\d", lambda digit: str(int(digit[0]) % 9 + 1), number, count=1)
            changed += 1
            found += wrong not in allowed
    assert changed > 1000
    assert found / changed > NOTICED, f"{found} of {changed}"


def test_downloads_say_how_long_their_tables_are(shown):
    said = [re.fullmatch(r"(.*) ([\d,]+) rows, [\d,]+ kB", line) for line in shown.page.texts[""]]
    told = {match[1]: match[2] for match in said if match}
    names = {table_words.say[name]: table for name, table in shown.tables.items()}
    assert len(told) > 40
    assert told == {name: f"{len(names[name]):,}" for name in told}


def test_the_terminal_says_no_number_that_its_tables_do_not_hold(shown):
    names = ("endings", "sub_endings", "pieces", "ending_variants", "ending_variance",
             "dispute_groups", "acts", "promises", "deaths_country_period",
             "civilians_perpetrator", "displaced", "coast")  # fmt: skip
    allowed = set().union(*(shown.sources[name] for name in names)) | YEARS
    allowed |= sources.fixed() | sources.of_run(shown.facts)
    said = " ".join(shown.terminal.split())
    assert strangers(said, allowed, sources.of_facts(shown.facts)) == []


def of_country(shown: Shown, code: str) -> set[str]:
    """Return what numbers a country's brief may show: its own rows, and tables without rows."""
    found: set[str] = set()
    for name, table in shown.tables.items():
        if "country" in table:
            found |= sources.of_table(table[table["country"] == code])
        elif name in ("comparison", "evidence", "signposts"):
            found |= shown.sources[name]
    return found


@pytest.mark.parametrize("code", rc.NAMES)
def test_a_countrys_brief_says_no_number_that_is_not_the_countrys(shown, code):
    page = Page((shown.folder / f"briefs/{code}.html").read_text(encoding="utf-8"))
    verified = stored(shown.known.loaded.folder) or {}
    allowed = of_country(shown, code) | YEARS | sources.fixed() | sources.of_run(shown.facts)
    allowed |= sources.of_record([verified.get("worst_miss"), verified.get("tested")])
    allowed |= counted_in_briefs(shown)
    texts = [page.said, *words_of(page.tables)]
    quoted = sources.of_facts(shown.facts)
    assert [n for text in texts for n in strangers(text, allowed, quoted)] == []


def counted_in_briefs(shown: Shown) -> set[str]:
    """Return counts of policies, of regions left out, and of the least futures for ranges."""
    table = shown.tables["comparison"]
    return {str(n) for n in range(table["policy"].nunique() + 1)}


def words_of(tables: list[Table]) -> list[str]:
    return [cell for table in tables for row in (table.head, *table.rows) for cell in row]


def test_a_questions_brief_says_no_number_that_the_comparison_does_not_hold(shown):
    content = shown.known.content or {}
    facts = facts_of_stored(shown.known.seen(), content)
    allowed = shown.sources["comparison"] | shown.sources["claims"] | counted_in_briefs(shown)
    allowed |= YEARS | sources.fixed() | sources.of_run(facts)
    allowed |= sources.of_record(stored(shown.known.loaded.folder) or {})
    quoted = sources.of_facts(facts) + sources.of_facts(shown.facts)
    assert shown.known.questions
    for key in shown.known.questions:
        page = Page((shown.folder / f"briefs/{key}.html").read_text(encoding="utf-8"))
        texts = [page.said, *words_of(page.tables)]
        assert [n for text in texts for n in strangers(text, allowed, quoted)] == [], key
