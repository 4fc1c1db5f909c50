"""What an imported file covers, what it may not take away, and what is said about it."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from liptako import calendar
from liptako.cli.app import app
from liptako.data import coverage, ged, imports
from liptako.data.snapshot import load_snapshot
from liptako.errors import InputError
from liptako.inference import theatre_fit
from liptako.inference.past_cases.politics import fit_politics, political_state

RELEASE = "GEDEvent_v24_0_1.csv"
POINTS = {
    "Mali": ("432", "14.49", "-4.19", "150112"),
    "Burkina Faso": ("439", "14.1", "-1.63", "150117"),
    "Niger": ("436", "14.21", "1.45", "150123"),
    "Ghana": ("452", "9.3", "-0.9", "142919"),
    "Ukraine": ("369", "48.24", "37.04", "199155"),
}
JANUARY = ("2024-01-05 00:00:00.000", "Mali", "Burkina Faso", "Niger")


def row(day: str, country: str, number: int, **change: str) -> dict[str, str]:
    gwno, lat, lon, gid = POINTS[country]
    filled = {
        "id": str(900_000 + number), "type_of_violence": "1", "side_a": f"Government of {country}",
        "side_b": "JNIM", "where_prec": "1", "latitude": lat, "longitude": lon,
        "priogrid_gid": gid, "country": country, "country_id": gwno, "date_start": day,
        "date_end": day, "date_prec": "1", "deaths_a": "0", "deaths_b": "1",
        "deaths_civilians": "0", "deaths_unknown": "0", "best": "1", "high": "1", "low": "1",
    }  # fmt: skip
    return dict.fromkeys(ged.PUBLISHED, "") | filled | change


def write(path, *days: tuple[str, ...], **change: str):
    """Write a file with one event a day and country: `(day, country, ...)`."""
    pairs = [(day, country) for day, *countries in days for country in countries]
    rows = [row(day, country, n, **change) for n, (day, country) in enumerate(pairs)]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def take(theatre, snapshot, tmp_path):
    """Import a file into a copy of the shipped data, or only try to."""

    def taken(file, *, base=snapshot, dry_run=True, **options):
        return imports.import_ged(file, theatre, base, tmp_path / "out", dry_run, **options)

    return taken


@pytest.mark.parametrize("late", ["Mali", "Ukraine"])
def test_one_event_far_from_the_others_covers_no_year(take, tmp_path, late):
    file = write(tmp_path / "a.csv", ("2023-01-15", late), ("2023-12-05", "Mali", "Niger"))
    report = take(file)
    assert report.covered == dict.fromkeys(("MLI", "NER"), ("2023-12", "2023-12"))
    assert report.deaths_before < 300
    assert report.left_out == ({"month_not_covered": 1} if late == "Mali" else {})


def test_what_is_said_to_be_covered_is(take, tmp_path):
    file = write(tmp_path / "a.csv", ("2023-01-15", "Mali"), ("2023-12-05", "Mali"))
    report = take(file, first="2023-01", last="2023-12")
    assert report.covered == {"MLI": ("2023-01", "2023-12")}
    assert report.lost == {"MLI": (2107, 2109)}
    with pytest.raises(InputError, match="first is after last"):
        take(file, first="2023-12", last="2023-01")
    with pytest.raises(InputError, match=r"last: out of range.*1989-01 to"):
        take(file, last="2150-01")


def test_many_recorded_deaths_go_only_when_it_is_confirmed(take, tmp_path):
    file = write(tmp_path / "a.csv", ("2023-12-05", "Mali"))
    with pytest.raises(InputError, match=r"231 of 232 in MLI.*--yes"):
        take(file, dry_run=False)
    assert not (tmp_path / "out").exists()
    assert take(file, dry_run=False, confirmed=True).deaths_after == 1


def test_a_file_of_the_world_says_who_was_quiet(take, tmp_path, snapshot):
    file = write(tmp_path / RELEASE, ("2024-01-05", "Mali", "Burkina Faso"))
    report = take(file, dry_run=False)
    assert "NER" in report.quiet
    assert "GHA" not in report.covered, "never observed before"
    new = load_snapshot(tmp_path / "out")
    last = new.cells.groupby("country")["observed_last"].max()
    assert last[["MLI", "NER", "BEN", "GHA"]].tolist() == [529, 529, 529, 0]
    sums = new.country_months
    sums = sums[sums["country"].isin(["MLI", "NER"]) & (sums["month"] == 529)]
    assert sums.set_index("country")["deaths_sb"].to_dict() == {"MLI": 1, "NER": 0}
    later = write(tmp_path / "GEDEvent_v24_0_2.csv", ("2024-02-05", *JANUARY[1:]))
    assert take(later, base=new).covered["NER"] == ("2024-02", "2024-02")
    kano = new.cells[new.cells["region_name"] == "Kano"]
    assert set(kano["observed_last"]) == {480}, "its data ended years before"


def test_a_quiet_country_loses_nothing_that_is_recorded(take, tmp_path):
    file = write(tmp_path / RELEASE, ("2023-12-05", "Mali"), ("2024-01-05", "Mali"))
    report = take(file)
    assert report.covered["MLI"] == ("2023-12", "2024-01")
    assert report.covered["NER"] == ("2024-01", "2024-01")
    assert set(report.lost) == {"MLI"}


def test_a_file_of_some_countries_leaves_a_gap_that_is_named(take, tmp_path):
    january = write(tmp_path / "some.csv", ("2024-01-05", "Mali", "Burkina Faso"))
    report = take(january, dry_run=False)
    assert (report.quiet, report.start_month) == ((), "2023-12")
    base = load_snapshot(tmp_path / "out")
    february = write(tmp_path / "more.csv", ("2024-02-05", *JANUARY[1:]))
    report = take(february, base=base)
    assert report.gaps == {"NER": "2024-01"}
    assert list(report.covered) == ["MLI", "BFA"]
    with pytest.raises(InputError, match="NER from 2024-01"):
        take(write(tmp_path / "niger.csv", ("2024-02-05", "Niger")), base=base)


def test_a_slip_of_the_year_makes_no_later_month_quiet(take, tmp_path):
    file = write(tmp_path / RELEASE, ("2024-01-05", "Mali"), ("2025-01-05", "Mali"))
    report = take(file)
    assert report.last_month == "2024-01"
    assert report.left_out == {"month_not_covered": 1}


def test_two_rows_do_not_open_the_history_of_a_country(take, tmp_path):
    file = write(tmp_path / "a.csv", ("1995-05-05", "Ghana"), ("2023-12-05", "Ghana"))
    with pytest.raises(InputError, match=r"never observed.*GHA.*--countries"):
        take(file)
    with pytest.raises(InputError, match="never observed"):
        take(file, countries=["GHA"])
    named = take(
        write(tmp_path / "b.csv", ("2023-12-05", "Ghana")),
        countries=["GHA"], first="2023-10", last="2023-12", dry_run=False,
    )  # fmt: skip
    assert named.covered == {"GHA": ("2023-10", "2023-12")}
    cells = load_snapshot(tmp_path / "out").cells
    mine = cells[cells["country"] == "GHA"][["observed_first", "observed_last"]]
    assert mine.drop_duplicates().to_numpy().tolist() == [[526, 528]]


@pytest.mark.parametrize(("day", "shown"), [("0001-03-01", "0001-03-01"), ("2204-03-01", "2204")])
def test_a_day_that_cannot_be_is_refused(take, tmp_path, day, shown):
    file = write(tmp_path / "a.csv", ("2024-01-05", "Mali"), (day, "Mali"))
    with pytest.raises(InputError, match=rf"column date_start, row 3: .*{shown}.*1989-01-01 to"):
        take(file)


def test_today_is_the_last_day(take, tmp_path, monkeypatch):
    monkeypatch.setattr(ged, "_today", lambda: datetime.date(2024, 1, 20))
    assert take(write(tmp_path / "a.csv", JANUARY)).last_month == "2024-01"
    with pytest.raises(InputError, match="to today, 2024-01-20"):
        take(write(tmp_path / "b.csv", ("2024-01-22", "Mali")))


def test_rows_of_other_countries_refuse_no_file_and_rows_keep_their_numbers(take, tmp_path):
    rows = [
        row("2023-12-05", "Ukraine", 1, country_id="", best="many", date_end="long ago"),
        row("2023-12-05", "Mali", 2),
        row("2023-12-05", "Mali", 3),
    ]
    file = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    assert take(file).skipped == {"Ukraine": 1}
    rows[2]["latitude"] = "95"
    pd.DataFrame(rows).to_csv(file, index=False)
    with pytest.raises(InputError, match=r"column latitude, row 4.*95"):
        take(file)
    rows[2] |= {"latitude": POINTS["Mali"][1], "country_id": "50"}
    pd.DataFrame(rows).to_csv(file, index=False)
    with pytest.raises(InputError, match=r"column country_id, row 4.*50; allowed: 432 for Mali"):
        take(file)


def test_politics_learn_nothing_from_months_of_events_alone(take, tmp_path, theatre, snapshot):
    """A run from a later month works where only some countries are known."""
    take(write(tmp_path / "some.csv", JANUARY), dry_run=False)
    new = load_snapshot(tmp_path / "out")
    assert (new.last_month, new.reference_month) == (529, 528)
    assert new.until(500).reference_month == 500
    countries = tuple(theatre.countries)
    before = fit_politics(theatre, snapshot, countries, 8.0)
    after = fit_politics(theatre, new, countries, 8.0)
    assert after.rates == before.rates
    assert after.shares == before.shares
    clock, losses = political_state(theatre, new, countries, 8.0)
    old_clock, old_losses = political_state(theatre, snapshot, countries, 8.0)
    np.testing.assert_allclose(clock, old_clock + 1)
    at = countries.index("BEN")
    assert losses[at] == pytest.approx(old_losses[at]), "unknown: stays where it was"
    assert losses[0] < old_losses[0]


@pytest.mark.parametrize(
    ("init", "problem"),
    [
        (coverage.FIRST_INIT - 1, "too early.*1999-01 to 2023-12"),
        (528, None),
        (529, "not all members are observed then .BFA to 2023-12, NER to 2023-12"),
        (530, "later than the data.*2023-12 or earlier"),
    ],
)
def test_a_start_that_is_allowed_is_one_that_can_be_made(theatre, snapshot, init, problem):
    cells = snapshot.cells.copy()
    cells.loc[cells["country"] == "MLI", "observed_last"] = 529
    if problem is None:
        coverage.check_start(theatre, cells, 529, init, "a.toml")
        return
    with pytest.raises(InputError, match=f"a.toml: init_time: {problem}"):
        coverage.check_start(theatre, cells, 529, init, "a.toml")


def test_the_check_and_the_fit_begin_in_the_same_month():
    assert coverage.FIRST_INIT == theatre_fit.FIRST_INIT


def test_an_import_says_in_words_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.setenv("LIPTAKO_DATA", str(tmp_path / "data"))
    some = str(write(tmp_path / "of Mali.csv", ("2024-01-05", "Mali"), ("2023-12-05", "Mali")))
    tried = CliRunner().invoke(app, ["data", "import", some, "--dry-run"])
    assert tried.exit_code == 0, tried.output
    assert "Recorded deaths would go: 231 of 232 in Mali" in tried.stdout
    assert f"liptako data import '{some}' --yes" in tried.stdout
    assert "{" not in tried.stdout
    done = CliRunner().invoke(app, ["data", "import", some, "--yes", "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["last_month"] == "2024-01"
    assert any('init_time = "2023-12"' in step for step in content["next"]), "Niger ends there"
    world = str(write(tmp_path / RELEASE, ("2024-01-05", "Mali")))
    text = CliRunner().invoke(app, ["data", "import", world, "--yes"]).stdout
    assert "counted as quiet: Burkina Faso, Niger" in text
    assert 'init_time = "2024-01"' in text


def test_a_check_that_passes_after_an_import_means_what_the_run_asks(tmp_path, monkeypatch):
    monkeypatch.setenv("LIPTAKO_DATA", str(tmp_path / "data"))
    scenario = tmp_path / "jan.toml"
    scenario.write_text(
        'name = "jan"\ntitle = "Jan"\ntheatre = "sahel"\ninit_time = "2024-01"\n'
        '[policies.baseline]\nlabel = "As it is"\n'
    )
    check = ["scenario", "check", str(scenario)]
    assert "later than the data" in CliRunner().invoke(app, check).stderr
    some = str(write(tmp_path / "some.csv", ("2024-01-05", "Mali", "Niger")))
    assert CliRunner().invoke(app, ["data", "import", some]).exit_code == 0
    assert "BFA to 2023-12" in CliRunner().invoke(app, check).stderr
    rest = str(write(tmp_path / "rest.csv", ("2024-01-06", "Burkina Faso")))
    assert CliRunner().invoke(app, ["data", "import", rest]).exit_code == 0
    assert CliRunner().invoke(app, check).exit_code == 0
    assert calendar.parse_month("2024-01") == 529
