"""Tables of runs made by hand: every number is known before the table is made."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import run_fixtures as rf
import table_fixtures as tf
from liptako.errors import InputError
from liptako.exhibits.places import all_regions_grid, regions_grid
from liptako.model.codes import Exit, Stage
from liptako.model.forms import form_numbers
from liptako.outcomes import civilians, deaths, endings, pieces, places
from liptako.outcomes.base_rates import attempts
from liptako.outcomes.endings import regime_survival
from liptako.outcomes.forms import by_form
from liptako.outcomes.ranges import set_numbers
from liptako.runs.dataset import observed_countries, partly_observed
from liptako.words.places import say as place_words
from liptako.words.tables import columns

MONTHS = 36
UNSEEN = "GHA"


def one(table: pd.DataFrame, **where: object) -> pd.Series:
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, where
    return table.iloc[0]


@pytest.fixture(scope="module")
def countries(theatre):
    return list(theatre.countries)


@pytest.fixture(scope="module")
def run(theatre, countries):
    """Three futures; deaths are powers of ten by country, times member, in chosen months."""
    streams = list(theatre.streams)
    killed = np.zeros((3, MONTHS, len(streams), len(countries)))
    factor = np.array([1.0, 2.0, 3.0])
    killed[:, 0, 0, countries.index("MLI")] = 10 * factor
    killed[:, 12, 0, countries.index("MLI")] = 100 * factor
    killed[:, 23, 1, countries.index("MLI")] = 1000 * factor
    killed[:, 24, 0, countries.index("MLI")] = 5000 * factor
    killed[:, 1, 0, countries.index("BEN")] = 40 * factor
    killed[:, 1, 0, countries.index("TGO")] = 20 * factor
    recorded = np.zeros((60, len(streams), len(countries)))
    recorded[-1, 0, countries.index("MLI")] = 7.0
    recorded[-12, 1, countries.index("MLI")] = 5.0
    recorded[-13, 0, countries.index("MLI")] = 900.0
    recorded[-1, 0, countries.index("TGO")] = 3.0
    seen = [iso for iso in countries if iso != UNSEEN]
    return rf.run_of(
        theatre, members=3, months=MONTHS, observed=seen, deaths=killed, recorded_deaths=recorded
    )


def test_periods_hold_the_months_they_name(run):
    table = deaths.deaths_country_period(run)
    mali = table[table["country"] == "MLI"].set_index("period")
    assert mali.loc["last_12_months", "observed"] == 12.0, "the month before them is left out"
    assert mali.loc["next_12_months", "q50"] == 20.0
    assert mali.loc["months_13_24", "q50"] == 2 * 1100
    assert mali.loc["horizon", "mean"] == 2 * (10 + 1100 + 5000)
    assert mali.loc["next_12_months", "q05"] == pytest.approx(11.0)
    assert mali.loc["next_12_months", "p_25"] == pytest.approx(1 / 3), "30 of 10, 20, 30"
    assert mali.loc["next_12_months", "p_100"] == 0.0
    assert mali.loc["months_13_24", "p_100"] == 1.0


def test_months_and_countries_keep_their_own(run):
    table = deaths.deaths_country_month(run)
    first = int(run["month"][0])
    assert one(table, country="MLI", month=first)["q50"] == 20.0
    assert one(table, country="MLI", lead=13)["q50"] == 200.0
    assert one(table, country="MLI", lead=13)["valid_time"] == "2025-01"
    assert one(table, country="BEN", lead=2)["p_any"] == 1.0
    assert one(table, country="MLI", lead=1)["p_25"] == pytest.approx(1 / 3), "30 of 10, 20, 30"
    assert one(table, country="BEN", lead=1)["mean"] == 0.0
    wide = deaths.table(run, "deaths", by=["month", "country"]).set_index(["month", "country"])
    assert wide.loc[("2024-01", "MLI"), "q50"] == 20.0
    assert wide.loc[("2024-02", "BEN"), "q50"] == 80.0
    turned = deaths.table(run, "deaths", by=["country", "month"]).set_index(["month", "country"])
    pd.testing.assert_frame_equal(turned.sort_index(), wide.sort_index())


def test_no_data_is_no_number_anywhere(run):
    table = deaths.table(run, "deaths", by=["country"]).set_index("country")
    assert table.loc[UNSEEN].isna().all()
    assert table.drop(UNSEEN).notna().all(axis=None)
    assert (
        deaths.table(run, "displaced", by=["country"]).set_index("country").loc[UNSEEN].isna().all()
    )
    assert UNSEEN not in set(deaths.deaths_country_month(run)["country"])
    assert UNSEEN not in observed_countries(run)
    assert partly_observed(run) == []


def test_streams_keep_their_own(run, theatre):
    first, second, *_ = theatre.streams
    table = deaths.deaths_stream(run)
    row = one(table, country="MLI", stream=second, period="months_13_24")
    assert row["q50"] == 2000.0
    assert one(table, country="MLI", stream=first, period="months_13_24")["q50"] == 200.0
    assert one(table, country="MLI", stream=second, period="last_12_months")["observed"] == 5.0


def test_the_coast_is_the_littoral_states_alone(run, theatre):
    table = places.coast(run).iloc[0]
    littoral = [iso for iso in theatre.by_role("littoral") if iso != UNSEEN]
    assert table["counted"] == littoral
    assert UNSEEN in table["not_counted"]
    assert table["threshold"] == 100
    assert table["probability"] == pytest.approx(2 / 3), "60, 120 and 180 killed; Mali is no coast"
    assert table["last_12_months"] == 3.0


def test_a_coast_that_nobody_observes_is_unknown_and_not_at_peace(run, theatre):
    littoral = run["country"].isin(theatre.by_role("littoral"))
    blind = run.assign(observed=run["observed"] & ~littoral)
    row = places.coast(blind).iloc[0]
    assert row["counted"] == []
    assert row[["probability", "mcse", "last_12_months"]].isna().all()


def test_civilians_by_perpetrator(theatre, countries):
    streams = list(theatre.streams)
    who = {theatre.streams[s].sides[0]: streams.index(s) for s in theatre.streams_of("one_sided")}
    killed = np.zeros((2, 12, len(streams), len(countries)))
    recorded = np.zeros((60, len(streams), len(countries)))
    for n, at in enumerate(who.values(), start=1):
        killed[:, 3, at, countries.index("BFA")] = n * np.array([10.0, 30.0])
        killed[:, 3, at, countries.index("BEN")] = 500.0
        recorded[-2, at, countries.index("BFA")] = n
    run = rf.run_of(theatre, members=2, months=12, deaths=killed, recorded_deaths=recorded)
    table = civilians.civilians_perpetrator(run)
    total = sum(range(1, len(who) + 1))
    for n, actor in enumerate(who, start=1):
        for country in ("BFA", "ALL"):
            ahead = one(table, country=country, perpetrator=actor, period="next_12_months")
            assert (ahead["mean"], ahead["q50"]) == (20.0 * n, 20.0 * n), (country, actor)
            assert ahead["share_mean"] == pytest.approx(n / total)
            past = one(table, country=country, perpetrator=actor, period="last_12_months")
            assert (past["observed"], past["share_mean"]) == (n, pytest.approx(n / total))
    every = table[(table["country"] == "BFA") & (table["perpetrator"] == "ALL")]
    past, ahead = every.set_index("period").loc[["last_12_months", "next_12_months"]].iloc
    assert (past["observed"], past["share_mean"]) == (total, 1.0)
    assert (ahead["q50"], ahead["q95"]) == (20.0 * total, pytest.approx(29.0 * total))


def test_reach_is_that_of_the_start_and_of_the_end_of_each_year(theatre, countries):
    share = np.full((2, 24, len(countries)), 0.5)
    mali = countries.index("MLI")
    share[:, 0, mali] = 0.85
    share[:, 11, mali] = [0.9, 0.7]
    share[:, 23, mali] = 0.4
    table = places.reach(rf.run_of(theatre, members=2, months=24, reached=share))
    assert one(table, country="MLI", year=0)["mean"] == pytest.approx(0.85)
    assert one(table, country="MLI", year=1)["mean"] == pytest.approx(0.8)
    assert one(table, country="MLI", year=2)["q50"] == pytest.approx(0.4)
    assert one(table, country="NER", year=2)["q50"] == 0.5


def test_sieges_are_counted_by_region_and_by_people(theatre, countries):
    """Of two regions with as many people, the second is besieged for half of the first year."""
    burkina = 2 * countries.index("BFA")
    months = np.zeros((2, 2, 2 * len(countries)))
    months[:, 0, burkina + 1] = 6
    months[:, 1, burkina : burkina + 2] = 12
    run = rf.run_of(theatre, members=2, months=24, besieged=months)
    table = places.besieged(run)
    assert one(table, country="BFA", year=1, measure="regions")["mean"] == 0.5
    assert one(table, country="BFA", year=1, measure="people")["mean"] == 0.25
    assert one(table, country="BFA", year=2, measure="regions")["q50"] == 2.0
    assert one(table, country="BFA", year=0, measure="regions")["observed"] == 0.0
    assert one(table, country="NER", year=2, measure="people")["mean"] == 0.0
    named = run.assign_coords(region=["BF-12" if r == "BFA2" else r for r in run["region"].values])
    table = places.besieged(named)
    assert one(table, country="BFA", year=0, measure="people")["observed"] == 0.5


def test_regions_and_cells_keep_chances_of_one_and_of_25_apart(theatre, countries):
    """By region: nobody, one, 24 and 25 killed by the third month; 30, 99, 100 and 101 by the last.

    Deaths by year are others, so that each number shows where it is from."""
    at, second = 2 * countries.index("NER"), 2 * countries.index("BFA")
    within = np.zeros((4, 3, 2 * len(countries)))
    within[:, 0, at], within[:, 1, at] = [0, 1, 24, 25], [0, 25, 25, 25]
    within[:, 2, at], within[:, 2, second] = [30, 99, 100, 101], [25, 25, 100, 25]
    region_deaths = np.zeros((4, 1, 2 * len(countries)))
    region_deaths[:, 0, at] = [10, 20, 30, 40]
    shares = np.zeros((12, 2 * len(countries)))
    large = shares.copy()
    shares[2, at], large[2, at], shares[11, at] = 0.75, 0.25, 0.5
    run = rf.run_of(
        theatre, months=12, region_deaths=region_deaths, region_deaths_within=within,
        cell_any=shares, cell_large=large,
    )  # fmt: skip
    table = places.regions(run)
    row = one(table, region="NER1")
    assert row[["p_1_in_3", "p_25_in_3", "p_100_in_3"]].tolist() == [0.75, 0.25, 0.0]
    assert row[["p_1_in_6", "p_25_in_6", "p_100_in_6"]].tolist() == [0.75, 0.75, 0.0]
    assert row[["p_1_in_12", "p_25_in_12", "p_100_in_12"]].tolist() == [1.0, 1.0, 0.5]
    assert (row["mean"], row["q50"]) == (25.0, 25.0)
    assert table["region"].tolist()[:2] == ["NER1", "BFA1"], "as likely to see 25, likelier 100"
    cells = places.cells(run)
    gid = int(run["cell"][at])
    third = one(cells, gid=gid, lead=3)
    assert (third["p_any"], third["p_25"], third["window"]) == (0.75, 0.25, "month 3")
    assert (one(cells, gid=gid, lead=12)["p_any"], one(cells, gid=gid, lead=12)["p_25"]) == (0.5, 0)


def test_what_is_recorded_of_a_region_stands_under_its_own_name(theatre):
    """The fixture writes the window into each number, and a hundred more for each next kind."""
    run = rf.run_of(theatre, months=12, observed=["MLI"])
    table = places.regions(run)
    row = one(table, region="MLI0")
    assert (row["last_3_months"], row["last_12_months"]) == (3.0, 12.0)
    assert row["state_based_last_12_months"] == 112.0
    assert row["events_last_6_months"] == 206.0
    assert row["cells_last_12_months"] == 312.0
    assert row["people"] == 1000.0 * (
        1 + rf.run_of(theatre)["adm1"].to_numpy().tolist().index("MLI0")
    )
    assert np.isnan(one(table, region="GHA1")["last_12_months"]), "unknown is not zero"


def test_a_run_has_no_chances_beyond_its_months(theatre):
    run = rf.run_of(
        theatre, months=7, region_deaths_within=np.array(30.0), region_deaths=np.array(50.0)
    )
    table = places.regions(run)
    assert (table["p_25_in_6"] == 1.0).all()
    assert table[["p_1_in_12", "p_25_in_12", "p_100_in_12"]].isna().all(axis=None)
    assert (one(table, region="MLI1")["mean"], len(table)) == (50.0, run.sizes["adm1"])
    short = places.regions(rf.run_of(theatre, months=2, region_deaths=np.array(50.0)))
    assert short.filter(like="_in_3").isna().all(axis=None)
    assert regions_grid(short, tf.facts(months=2)).rows == [], "nothing to rank"
    listed = all_regions_grid(short, tf.facts(months=2))
    assert len(listed.rows) == len(short)
    assert not any(place_words["unobserved"] in row for row in listed.rows), "they are counted"


def test_every_region_has_a_row_and_says_why_numbers_are_missing(theatre, countries):
    seen = [iso for iso in countries if iso != "GHA"]
    run = rf.run_of(theatre, months=12, observed=seen)
    run = run.isel(region=run["region_country"].to_numpy() != "GHA")
    far = run["cell_country"].to_numpy() != "TGO"
    table = places.regions(run.isel(cell=far, region=run["region_country"].to_numpy() != "TGO"))
    assert sorted(table["region"]) == sorted(run["adm1"].to_numpy()), "each once"
    own, chances = ["mean", "q05", "q50", "q95", "influence_q50"], ["p_1_in_3", "p_100_in_12"]
    missing = table[own].isna()
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    assert (missing.any(axis=1) == (table["why_missing"] != "")).all(), "a word for each"
    inside = (table["counted_in"] != "") & ~table["country"].isin(["GHA", "TGO"])
    assert (table[chances].isna().any(axis=1) == (missing.any(axis=1) & ~inside)).all()
    town = one(table, region="MLI0")
    assert (town["counted_in"], town["code_system"]) == ("MLI2", "own codes")
    around = one(table, region="MLI2")["region_name"]
    assert town["why_missing"].startswith(f"no cell lies mostly in it: counted in {around} (MLI2)")
    assert np.isnan(town["observed"])
    assert one(table, region="GHA1")["why_missing"] == "no event data"
    assert one(table, region="GHA1")["observed"] == 0.0
    assert one(table, region="TGO1")["why_missing"] == "outside the cells that are simulated"
    assert not table["p_25_in_12"].isna().iloc[0], "what is not known ranks last"


def test_every_column_of_regions_has_a_meaning_on_the_workbook_s_cover(theatre):
    said = {name for names in columns for name in names.split(", ")}
    assert "p_1_in_3 to p_100_in_12" in said
    table = places.regions(rf.run_of(theatre, months=12))
    assert {name for name in table if not name.startswith("p_")} <= said


def test_a_region_without_a_cell_stands_below_the_one_it_is_counted_in(theatre, countries):
    within = np.zeros((4, 3, 2 * len(countries)))
    within[:3, :, 2 * countries.index("MLI") + 1] = 25.0
    run = rf.run_of(theatre, months=12, observed=["MLI", "NER"], region_deaths_within=within)
    table = places.regions(run)
    assert table["region"].tolist()[:2] == ["MLI2", "MLI0"]
    assert one(table, region="MLI0")["p_25_in_12"] == 0.75
    assert "MLI0" not in [row[1] for row in regions_grid(table, tf.facts()).rows]
    grid = all_regions_grid(table, tf.facts())
    assert [row[1:2] + row[-2:] for row in grid.rows[:2]] == [
        ["MLI2", "75", "< 1"],
        ["MLI0", "≤ 75", "< 1"],
    ]
    assert "Town MLI in Region" in grid.note
    assert "Town GHA" not in grid.note, "nothing of that country is ranked"


def test_the_list_of_all_regions_says_of_each_that_is_unknown(theatre):
    run = rf.run_of(theatre, months=12, observed=["MLI", "NER"])
    grid = all_regions_grid(places.regions(run), tf.facts())
    assert len(grid.rows) == run.sizes["adm1"]
    assert {len(row) for row in grid.rows} == {5, len(grid.head)}
    assert all((row[-1] == place_words["unobserved"]) == (len(row) == 5) for row in grid.rows)
    assert sum(len(row) == 5 for row in grid.rows) == 3 * (len(tf.COUNTRIES) - 2)
    assert not any(cell == "" for row in grid.rows for cell in row)
    assert sum(span for _, span in grid.groups) == len(grid.head)
    assert "own codes: " in grid.note


@pytest.fixture(scope="module")
def political(theatre, countries):
    """Four futures: coups in Mali in two of them, a hand-over in Niger in one, a late mutiny."""
    exits = np.zeros((4, 24, len(countries)), np.int8)
    exits[0, 5, countries.index("MLI")] = Exit.COUP_OTHER_CAMP
    exits[1, 12, countries.index("MLI")] = Exit.COUP_OTHER_CAMP
    exits[2, 3, countries.index("NER")] = Exit.NEGOTIATED
    exits[3, 20, countries.index("BFA")] = Exit.MUTINY
    exits[3, 2, countries.index("BEN")] = Exit.REBELLION
    stage = np.full((4, 24), Stage.PAPER, np.int8)
    stage[0, 6:], stage[1, 3:] = Stage.DISSOLVED, Stage.OPERATIONAL
    left = np.zeros((4, 24, len(countries)), bool)
    left[1, 18:, countries.index("NER")] = True
    left[:, :, countries.index("BEN")] = True
    past = np.linspace(0.9, 0.4, 24)
    return rf.run_of(
        theatre, months=24, exits=exits, stage=stage, left=left,
        past_survival=past, past_lo=past - 0.1, past_hi=past + 0.1,
    )  # fmt: skip


def test_exits_are_those_of_their_country_and_horizon(political):
    table = endings.ending_tables(political)["exits"]
    coups = {"kind": "coup_other_camp", "country": "MLI"}
    assert one(table, **coups, horizon=12)["p"] == 0.25, "the thirteenth month is not the twelfth"
    assert one(table, **coups, horizon=24)["p"] == 0.5
    assert one(table, kind="negotiated", country="NER", horizon=12)["p"] == 0.25
    assert table[(table["country"] == "BFA") & (table["horizon"] == 12)]["p"].sum() == 0.0
    assert one(table, kind="mutiny", country="BFA", horizon=24)["p"] == 0.25
    assert set(table["country"]) == {"MLI", "BFA", "NER"}


def test_the_pact_is_broken_where_it_ended_or_a_member_is_gone(political):
    table = endings.pact_stage(political)
    months = political["month"].to_numpy()
    shares = table[table["month"] == months[-1]].set_index("stage")["p"]
    assert shares["broken"] == 0.5, "one dissolved, one without Niger; who never joined is not gone"
    assert shares["paper"] == 0.5
    before = table[table["month"] == months[17]].set_index("stage")["p"]
    assert (before["operational"], before["broken"]) == (0.25, 0.25)
    assert table.groupby("month")["p"].sum().to_numpy() == pytest.approx(np.ones(24))


def test_camps_last_until_they_end_beside_past_ones_of_the_same_age(political):
    table = regime_survival(political, set_numbers(np.arange(4)))
    mali = table[table["country"] == "MLI"].set_index("lead")
    assert mali["p"].tolist() == [1.0] * 5 + [0.75] * 7 + [0.5] * 12
    assert table[table["country"] == "BFA"]["p"].min() == 1.0, "a mutiny ends no camp"
    np.testing.assert_allclose(mali["reference"], np.linspace(0.9, 0.4, 24))
    assert mali.loc[1, "reference_lo"] == pytest.approx(0.8)


def test_a_short_run_is_compared_with_as_many_months(run, theatre):
    short = run.isel(month=slice(0, 6), year=slice(0, 1), full_year=slice(0, 0))
    mali = deaths.deaths_country_period(short)
    mali = mali[mali["country"] == "MLI"].set_index("period")
    assert list(mali.index) == ["last_6_months", "next_6_months", "horizon"]
    assert mali.loc["last_6_months", "observed"] == 7.0, "a year ago is longer ago"
    assert mali.loc["next_6_months", "q50"] == 20.0
    coast = places.coast(short).iloc[0]
    assert (coast["months"], coast["last_6_months"]) == (6, 3.0)
    who = civilians.civilians_perpetrator(short)
    assert set(who["period"]) == {"last_6_months", "next_6_months"}


def test_pieces_stand_beside_past_cases_and_say_whether_they_lie_within(theatre, countries):
    members, allies = 600, list(theatre.alliance.members)
    exits = np.zeros((members, MONTHS, len(countries)), int)
    exits[:300, 5, countries.index(allies[0])] = Exit.NEGOTIATED
    exits[300:450, 30, countries.index(allies[1])] = Exit.COUP_SAME_CAMP
    joint = np.zeros((members, MONTHS), int)
    joint[:120, 24:26] = 1
    past = {"estimate": 0.3, "lo": 0.2, "hi": 0.45, "n": 12}
    run = rf.run_of(
        theatre, members=members, months=MONTHS, exits=exits, joint_acts=joint,
        past_cases={"months": 36, "disputes": rf.NO_RECORD,
                    "pieces": {"pact_alive": {"36": past}, "regimes_held": {"36": past}}},
    )  # fmt: skip
    table = pieces.pieces(run, (12, 36)).set_index(["horizon", "piece", "unit"])
    alive, held = table.loc[(36, "pact_alive", "alive")], table.loc[(36, "regimes_held", "regime")]
    assert (alive["p"], held["p"]) == (0.2, 0.5)
    assert table.loc[(36, "regimes_held", "junta"), "p"] == 0.25
    assert table.loc[(12, "regimes_held", "junta"), "p"] == 0.5
    assert alive[["base_rate", "base_lo", "base_hi", "base_n"]].tolist() == [0.3, 0.2, 0.45, 12]
    assert (bool(alive["within"]), bool(held["within"])) == (True, False)
    assert alive["leads"]
    assert not table.loc[(36, "pact_alive", "operational"), "leads"]
    assert table.loc[(12, "pact_alive", "alive"), "within"] is None
    assert table.loc[(36, "rolled_back", "totals"), "leads"]
    assert np.isnan(table.loc[(36, "rolled_back", "inflicted"), "base_rate"])
    found = endings.endings(run, {"min_joint_acts": 1, "changed_by": ["coup_same_camp"]})
    found = found.set_index(["horizon", "kind", "name"])["p"]
    assert found[36, "piece", "regimes_held"] == 0.75
    assert found[36, "outcome", "outside"] == 0.0
    with pytest.raises(InputError, match="thresholds: min_joint_act"):
        endings.endings(run, {"min_joint_act": 1})


def test_each_form_has_the_chance_of_its_own_sets(theatre, countries):
    """Exits in every member whose sets have the second form; the other alternative crosses it."""
    members = 400
    forms = {"one": {"a": "first", "b": "second"}, "two": {"x": "none", "y": "some", "z": "much"}}
    numbers = form_numbers({"one": 2, "two": 3}, set_numbers(np.arange(members))["judgement"])
    exits = np.zeros((members, MONTHS, len(countries)), int)
    at = countries.index(theatre.alliance.members[0])
    exits[numbers["one"] == 1, 3, at] = Exit.NEGOTIATED
    run = rf.run_of(theatre, members=members, months=MONTHS, exits=exits)
    run = run.assign_attrs(forms=json.dumps(forms))
    table = by_form(run, (36,)).set_index(["name", "alternative", "form"])
    held = table.loc["regimes_held"]
    assert held.loc[("one", "a"), "p"] == 1.0
    assert held.loc[("one", "b"), "p"] == 0.0
    assert held.loc[("one", "a"), "error"] == 0.0
    assert held.loc["two", "p"].between(0.45, 0.55).all()
    assert held.loc[("two", "x"), "error"] == pytest.approx(0.5 / np.sqrt(34), rel=0.05)
    assert held["members"].groupby("alternative").sum().tolist() == [members, members]
    assert by_form(run.assign_attrs(forms="{}"), (36,)).empty


def test_coups_and_attempts_are_counted_by_country_beside_the_record(theatre, countries):
    allies = list(theatre.alliance.members)
    exits = np.zeros((10, MONTHS, len(countries)), int)
    exits[:4, 3, countries.index(allies[0])] = Exit.MUTINY
    exits[:2, 5, countries.index(allies[0])] = Exit.COUP_SAME_CAMP
    exits[0, 8:18, countries.index(allies[0])] = Exit.COUP_OTHER_CAMP
    exits[:, 20, countries.index(allies[1])] = Exit.REBELLION
    past = {
        "months": 36,
        "disputes": rf.NO_RECORD,
        "coups_in_window": {"shares": [0.5, 0.2, 0.1, 0.05, 0.05, 0.06, 0.04], "n": 9},
    }
    run = rf.run_of(theatre, members=10, months=MONTHS, exits=exits, past_cases=past)
    table = attempts(run).set_index(["country", "number"])
    np.testing.assert_allclose(table.loc[allies[0], "p"], [0.6, 0.2, 0.1, 0.0, 0.0, 0.1])
    np.testing.assert_allclose(table.loc[allies[1], "p"], [1.0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(table.loc[allies[0], "past"], [0.5, 0.2, 0.1, 0.05, 0.05, 0.1])
    bare = rf.run_of(theatre, members=10, months=MONTHS, exits=exits)
    assert attempts(bare)["past"].isna().all()
