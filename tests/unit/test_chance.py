"""Chances of a run by place: what is kept, and what is refused."""

import numpy as np
import pytest

import liptako as lp
import run_fixtures as rf


@pytest.fixture(scope="module")
def countries(theatre):
    return list(theatre.countries)


@pytest.fixture(scope="module")
def run(theatre, countries):
    """Four futures: 10 to 40 killed a month in Mali, and a little of all else."""
    killed = np.zeros((4, 14, len(theatre.streams), len(countries)))
    killed[:, :, 0, countries.index("MLI")] = np.array([10, 20, 30, 40])[:, None]
    within = np.zeros((4, 3, 2 * len(countries)))
    within[:, 1, 2 * countries.index("NER") + 1] = [24, 25, 26, 27]
    large = np.zeros((14, 2 * len(countries)))
    large[4, 3] = 0.5
    seen = [iso for iso in countries if iso != "GHA"]
    return rf.run_of(
        theatre, months=14, observed=seen, deaths=killed, displaced=np.array(3.0),
        region_deaths_within=within, cell_large=large,
    )  # fmt: skip


def test_by_country_any_number_of_months_is_summed_future_by_future(run):
    found = lp.chance(run, at_least=60, months=2).set_index("country")
    assert found.loc["MLI", ["p", "mcse"]].tolist() == [0.5, 0.25]
    assert found.loc["BFA", "p"] == 0.0
    assert np.isnan(found.loc["GHA", "p"]), "unknown, not safe"
    assert lp.chance(run, at_least=240)["p"][0] == 0.75, "a year if nothing is said"
    assert lp.chance(run, at_least=20, month=14)["p"][0] == 0.75
    assert lp.chance(run, "displaced", at_least=42, months=14)["p"][0] == 1.0


def test_by_region_a_window_is_counted_and_a_town_has_its_surroundings_bound(run):
    found = lp.chance(run, "deaths", at_least=25, by="region", months=6)
    assert found["region"].tolist()[:2] == ["NER2", "NER0"]
    assert found["p"].tolist()[:2] == [0.75, 0.75]
    assert found["counted_in"].tolist()[:2] == ["", "NER2"]
    assert len(found) == run.sizes["adm1"]
    assert found[found["country"] == "GHA"]["p"].isna().all()


def test_by_cell_a_month_alone(run):
    found = lp.chance(run, by="cell", at_least=25, month=5)
    assert (found["cell"][0], found["p"][0]) == (int(run["cell"][3]), 0.5)
    assert {"country", "region_name", "lat", "lon"} <= set(found)
    assert lp.chance(run, by="cell", at_least=25, month=4)["p"].max() == 0.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"variable": "grievance"}, "deaths, events, displaced"),
        ({"variable": "events", "by": "region"}, "allowed: country"),
        ({"by": "town"}, "country, region, cell"),
        ({"at_least": 0}, "above 0"),
        ({"at_least": float("nan")}, "above 0"),
        ({"months": 15}, "1 to 14"),
        ({"months": True}, "1 to 14"),
        ({"months": 3, "month": 3}, "or one alone"),
        ({"by": "region", "months": 4}, "3, 6, 12"),
        ({"by": "region", "month": 3}, "not kept by region"),
        ({"by": "cell"}, "one month at a time"),
        ({"by": "cell", "months": 3}, "one month at a time"),
        ({"by": "cell", "month": 3, "at_least": 2}, "1, 25"),
        ({"by": "cell", "month": 0}, "1 to 14"),
    ],
)
def test_what_is_not_kept_is_refused_with_what_is(run, asked, said):
    with pytest.raises(lp.InputError, match=said):
        lp.chance(run, **asked)


def test_a_short_run_has_no_chance_by_region(theatre):
    short = rf.run_of(theatre, months=2)
    with pytest.raises(lp.InputError, match="none in so short a run"):
        lp.chance(short, by="region")
