"""Growth beside history's: classes at their edges, cases and bands by hand, rows of a made run."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import write_growth
from typer.testing import CliRunner

import model_fixtures as mf
import run_fixtures as rf
from liptako import calendar
from liptako.cli import verify_growth
from liptako.cli.app import app
from liptako.cli.output import console
from liptako.data.snapshot import Snapshot
from liptako.inference.past_cases import growth as past
from liptako.outcomes.growth import growth_table
from liptako.theatre.loading import load_scenario
from liptako.theatre.schema import Theatre

INIT = calendar.parse_month("2023-12")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("before", "last", "size", "change"),
    [
        (0, 0, 0, "level"),
        (0, 1, 1, "rose"),
        (99, 24, 1, "fell"),
        (99, 74, 25, "level"),
        (99, 73, 25, "fell"),
        (74, 99, 25, "level"),
        (74, 100, 100, "rose"),
        (999, 999, 100, "level"),
        (999, 1000, 1000, "level"),
    ],
)
def test_years_are_told_apart_by_size_and_last_change(before, last, size, change):
    assert past.size_of(last)[0] == size
    assert past.change_of(before, last) == change


def test_cases_by_hand():
    years = pd.DataFrame(
        [[9.0, 19.0, 4.0, np.nan], [0.0, 0.0, 7.0, 3.0]], index=["a", "b"], columns=[-3, -2, -1, 0]
    )
    cases = past.cases_of(years)
    assert list(zip(cases["size"], cases["change"], strict=True)) == [
        (1, "rose"), (0, "level"), (1, "fell"), (1, "rose"), (1, "fell"),
    ]  # fmt: skip
    assert cases["growth_1"].tolist()[:2] == [5 / 20, 8.0]
    np.testing.assert_equal(cases["growth_2"].tolist(), [np.nan, 4.0, np.nan, np.nan, np.nan])
    np.testing.assert_equal(cases["growth_1"].tolist()[2:], [np.nan, 4 / 8, np.nan])
    assert cases["growth_3"].isna().all()


def made_cases(values: np.ndarray, size: int = 25, change: str = "level") -> pd.DataFrame:
    return pd.DataFrame({"size": size, "change": change, **{f"growth_{k}": values / k
                         for k in past.AHEAD}})  # fmt: skip


def test_a_band_holds_nine_in_ten_of_its_class_alone():
    cases = pd.concat([
        made_cases(np.arange(101.0)), made_cases(np.full(50, 1e6), change="rose"),
        made_cases(np.full(50, 1e6), size=100),
    ])  # fmt: skip
    assert past.band(cases, 25, "level", 1) == (5.0, 50.0, 95.0, 101)
    assert past.band(cases, 25, "level", 2) == (2.5, 25.0, 47.5, 101)
    assert past.band(cases, 25, None, 1).n == 151
    assert past.band(cases, 25, "fell", 1).n == 0


def test_few_own_cases_give_way_to_the_world():
    cases = {
        "world": made_cases(np.full(30, 2.0)),
        "all": made_cases(np.full(20, 3.0)),
        "one_sided by": made_cases(np.full(19, 3.0)),
        "displaced": made_cases(np.full(9, 4.0)),
    }
    where = ("level", 1)
    assert past.beside(cases, "all", 25, *where) == ("theatre", (3.0, 3.0, 3.0, 20))
    assert past.beside(cases, "one_sided x", 25, *where)[0] == "world_state_based"
    assert past.beside(cases, "one_sided x", 25, *where)[1] == (2.0, 2.0, 2.0, 30)
    assert past.beside(cases, "state_based", 25, *where)[0] == "world"
    source, band = past.beside(cases, "displaced", 25, "fell", 1)
    assert (source, band.n) == ("theatre", 9)


def noise_after(snapshot: Snapshot, month: int) -> Snapshot:
    changed = {}
    for name, column in (
        ("events", "deaths"), ("country_months", "deaths_sb"), ("displacement", "displaced")
    ):  # fmt: skip
        table = getattr(snapshot, name).copy()
        later = table["month"] > month
        assert later.any()
        table[column] = table[column].where(~later, 7777).astype(table[column].dtype)
        changed[name] = table
    return replace(snapshot, **changed)


def test_nothing_after_the_start_enters_history(theatre, snapshot):
    init = calendar.parse_month("2020-06")
    found, again = (
        past.history(theatre, some, init) for some in (snapshot, noise_after(snapshot, init))
    )
    assert set(found) == {
        "world", "state_based", "one_sided", "all", "one_sided by", "displaced"
    }  # fmt: skip
    for name, cases in found.items():
        pd.testing.assert_frame_equal(cases, again[name])
    later = past.history(theatre, snapshot, init + 12)
    assert len(later["world"]) > len(found["world"])


def test_a_country_counts_while_all_of_its_cells_are_observed(theatre, snapshot):
    streams = theatre.streams_of("state_based")
    deaths = past.known_deaths(theatre, snapshot, streams, INIT)
    assert deaths["MLI"].notna().all()
    assert deaths["GHA"].isna().all()
    last = deaths["NGA"].last_valid_index()
    assert calendar.format_month(int(last)) == "2019-12"
    events = snapshot.events
    here = (events["country"] == "NGA") & events["stream"].isin(streams)
    month = events[here & (events["month"] <= last)].groupby("month")["deaths"].sum().idxmax()
    expected = events[here & (events["month"] == month)]["deaths"].sum()
    assert deaths.loc[int(month), "NGA"] == expected > 0


@pytest.fixture(scope="module")
def invented() -> Theatre:
    return mf.theatre_of(mf.STREAMS)


def made_run(theatre: Theatre, *futures: float):
    """Return a run whose every stream and country has these deaths a year; 10, then 20 before."""
    n, streams = len(futures), len(theatre.streams)
    deaths = np.zeros((n, 36, streams, 3))
    deaths[:, ::12] = np.array(futures)[:, None, None, None]
    deaths[:, 12:] *= 2
    recorded = np.zeros((60, streams, 3))
    recorded[-24], recorded[-12] = 10.0, 20.0
    return rf.run_of(theatre, members=n, months=36, deaths=deaths, recorded_deaths=recorded)


def every(low: float, high: float) -> dict[str, pd.DataFrame]:
    """Return histories in which all classes grew evenly between two numbers."""
    values = np.linspace(low, high, 101)
    tables = [made_cases(values, size, change) for size in past.DEATHS for change in past.CHANGES]
    table = pd.concat(tables)
    for ahead in past.AHEAD:
        table[f"growth_{ahead}"] = table["growth_1"]
    return dict.fromkeys(("world", "state_based", "one_sided", "all", "one_sided by"), table)


def test_rows_hold_growth_of_the_middle_by_country_and_kind(invented):
    run = made_run(invented, 0.0, 41.0, 83.0)
    table = growth_table(run, every(0.0, 3.0)).set_index(["country", "quantity", "year"])
    first = table.loc[("AAA", "state_based", 1)]
    assert (first["before"], first["last"], first["q50"]) == (10.0, 20.0, 41.0)
    assert (first["size"], first["change"]) == (1, "rose")
    assert first["growth"] == 42 / 21
    assert (first["past_lo"], first["past_middle"], first["past_hi"]) == pytest.approx(
        (0.15, 1.5, 2.85)
    )
    assert first["inside"]
    second = table.loc[("AAA", "state_based", 2)]
    assert (second["q50"], second["growth"], second["inside"]) == (82.0, 83 / 21, False)
    whole = table.loc[("ALL", "all", 1)]  # three countries, four streams
    assert (whole["before"], whole["last"], whole["q50"]) == (120.0, 240.0, 492.0)
    assert table.loc[("BBB", "one_sided", 1)]["q50"] == 82.0
    assert table.loc[("BBB", "one_sided rebels", 3)]["q50"] == 82.0
    assert "displaced" not in table.index.get_level_values("quantity")


def test_too_few_cases_give_no_verdict(invented):
    few = {name: table.groupby(["size", "change"]).head(19) for name, table in every(0, 9).items()}
    table = growth_table(made_run(invented, 0.0, 9.0), few)
    assert table["inside"].isna().all()
    assert (table["cases"] == 19).all()


def test_people_who_fled_stand_beside_their_own_record(invented):
    run = made_run(invented, 1.0, 1.0)
    run["displaced"] = run["displaced"] + 500.0
    fled = pd.DataFrame([[3000.0, 1999.0], [np.nan, 5.0]], index=["AAA", "BBB"], columns=[-1, 0])
    cases = every(0.0, 9.0)
    cases["displaced"] = made_cases(np.linspace(0, 2, 101), size=1000, change="rose")
    table = growth_table(run, cases, fled)
    rows = table[table["quantity"] == "displaced"].set_index("year")
    assert set(rows["country"]) == {"AAA"}  # the record of the others is not whole
    assert rows.loc[1, "growth"] == 6001 / 2000
    assert (rows.loc[1, "size"], rows.loc[1, "past_hi"]) == (1000, pytest.approx(1.9))
    assert not rows.loc[1, "inside"]


@pytest.fixture
def asked(monkeypatch, invented):
    """Run the command on a made run, beside histories that grew between two numbers."""

    def ask(high: float, *words: str):
        loaded = load_scenario("sahel-2024")
        run = made_run(invented, 41.0, 41.0)
        monkeypatch.setattr(verify_growth, "_run_of", lambda *_: (loaded, run))
        monkeypatch.setattr(past, "history", lambda *_: every(0.0, high))
        monkeypatch.setattr(past, "displaced_years", lambda *_: pd.DataFrame())
        return CliRunner().invoke(app, ["verify", "--growth", *words])

    return ask


def test_a_middle_outside_fails_the_command(asked):
    inside = asked(9.0, "--json")
    assert inside.exit_code == 0, inside.output
    assert json.loads(inside.stdout)["outside"] == []
    outside = asked(3.0, "--json")
    assert outside.exit_code == 1, outside.output
    found = json.loads(outside.stdout)
    assert {row["year"] for row in found["outside"]} == {2, 3}
    assert all(row["growth"] > row["past_hi"] for row in found["outside"])


def content_of(high: float, invented: Theatre) -> dict:
    rows = growth_table(made_run(invented, 41.0, 41.0), every(0.0, high)).to_dict("records")
    return {
        "scenario": "made", "init_time": "2023-12", "members": 2, "rows": rows,
        "outside": [row for row in rows if row["inside"] is False],
        "countries": {iso: iso.title() for iso in invented.countries}, "own": ["AAA"],
        "actors": {"rebels": "Rebels", "army": "Army"},
    }  # fmt: skip


def test_people_read_what_lies_outside(capsys, invented):
    verify_growth.show(content_of(3.0, invented), console)
    text = capsys.readouterr().out
    assert "state-based: 20 (10) on record" in text
    assert "4.0 (0.15 to 2.9) !" in text
    assert "civilians killed by Rebels: 20 (10) on record" in text
    verify_growth.show(content_of(9.0, invented), console)
    calm = capsys.readouterr().out
    assert "No middle of" in calm
    assert "Aaa\n" in calm
    assert "Bbb\n" not in calm  # no member, and inside


def test_a_page_explains_each_row_outside(invented):
    content = content_of(3.0, invented)
    text = write_growth.page(content, {"AAA state_based": "War is\nwar."})
    lines = [line for line in text.splitlines() if line.startswith("- Aaa, state-based")]
    assert len(lines) == 1
    assert "year 2 4.0, past 0.15 to 2.9; year 3 4.0" in lines[0]
    assert "Higher than nearly all past cases. War is war." in lines[0]
    groups = {(row["country"], row["quantity"]) for row in content["outside"]}
    assert text.count("Not explained yet.") == len(groups) - 1
    assert "| Aaa | state-based | 20 (10) | 2.0 (0.15 to 2.9) | **4.0 (0.15 to 2.9) !** |" in text
    calm = write_growth.page(content_of(9.0, invented), {})
    assert "No middle of" in calm
    assert "**" not in calm


def test_reasons_are_of_countries_and_kinds_that_there_are(theatre):
    reasons = tomllib.loads((ROOT / "docs/growth.toml").read_text("utf-8"))
    known = {f"{iso} {kind}" for iso in theatre.countries for kind in past.quantities(theatre)}
    assert set(reasons) <= known


def test_the_page_leaves_nothing_unexplained():
    text = (ROOT / "docs/growth.md").read_text(encoding="utf-8")
    assert "Not explained yet" not in text
    outside = text.split("## Outside the band")[1].split("## All rows")[0]
    rows = [line for line in text.splitlines() if line.startswith("|") and " !**" in line]
    assert outside.count("\n- ") == len(rows)


def test_a_run_has_its_own_number_of_members(tmp_path):
    (tmp_path / "run.nc").write_bytes(b"")
    done = CliRunner().invoke(
        app, ["verify", str(tmp_path), "--growth", "--members", "9", "--json"]
    )
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["field"] == "members"
