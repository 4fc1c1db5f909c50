"""Forecasts of how long regimes last: without hindsight, scored by hand, three at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from liptako import calendar
from liptako.data import regimes as data
from liptako.errors import InputError
from liptako.inference.past_cases.regime_spells import regime_spells
from liptako.inference.past_cases.regimes import fit_regimes, survival
from liptako.verification.politics import regimes as verification
from regime_fixtures import LAST, regimes

ORIGIN = calendar.month_id(2005, 1)
EARLY, LATE = calendar.month_id(1990, 1), calendar.month_id(2019, 1)


@pytest.fixture(scope="module")
def cases(snapshot):
    return verification.rolling_cases(snapshot, (ORIGIN, ORIGIN + 24))


def test_every_sitting_regime_has_a_chance_from_every_form(snapshot, cases):
    rows = data.spells(snapshot.regimes, "regime")
    sits = (rows["coup"] <= ORIGIN) & ((rows["end"] > ORIGIN) | (rows["event"] == 0))
    for form in verification.FORMS:
        for horizon in verification.HORIZONS:
            part = cases[
                (cases["origin"] == ORIGIN) & (cases["form"] == form)
                & (cases["horizon"] == horizon)
            ]  # fmt: skip
            assert sorted(part["country"]) == sorted(rows["country"][sits])
            assert part["p"].between(0, 1, inclusive="neither").all()
    wide = cases.pivot_table(index=["origin", "country", "form"], columns="horizon", values="p")
    assert (wide[12] > wide[24]).all()
    assert (wide[24] > wide[36]).all()


def test_outcomes_are_whether_it_sat_at_the_end_of_the_horizon(snapshot):
    table = regimes(
        {"country": "AAA", "coup": ORIGIN - 40, "end": ORIGIN + 12, "mode": "election"},
        {"country": "BBB", "coup": ORIGIN - 30, "end": ORIGIN + 13, "mode": "coup_out"},
        {"country": "CCC", "coup": ORIGIN - 20},
        {"country": "DDD", "coup": ORIGIN - 20, "end": ORIGIN, "mode": "election"},
        {"country": "EEE", "coup": ORIGIN + 1},
    )
    found = verification.rolling_cases(replace(snapshot, regimes=table), (ORIGIN,))
    assert set(found["country"]) == {"AAA", "BBB", "CCC"}
    lasted = found[found["form"] == "age"].set_index(["country", "horizon"])["lasted"]
    assert [lasted["AAA", h] for h in (12, 24, 36)] == [0, 0, 0]
    assert [lasted["BBB", h] for h in (12, 24, 36)] == [1, 0, 0]
    assert [lasted["CCC", h] for h in (12, 24, 36)] == [1, 1, 1]
    assert found[found["country"] == "AAA"]["age"].eq(40).all()


def test_forecasts_see_nothing_after_their_origin(snapshot, cases):
    later = snapshot.regimes.copy()
    for unit in data.UNITS:
        after = later[f"{unit}_end"] > ORIGIN
        later[f"{unit}_end"] = later[f"{unit}_end"].mask(after, ORIGIN + 2.0)
        later[f"{unit}_mode"] = later[f"{unit}_mode"].mask(after, "foreign")
        later[f"{unit}_event"] = later[f"{unit}_event"].mask(after, 1.0)
    later["coup"] = later["coup"].mask(later["coup"] > ORIGIN, ORIGIN + 1)
    found = verification.rolling_cases(replace(snapshot, regimes=later), (ORIGIN,))
    here = cases[cases["origin"] == ORIGIN]
    np.testing.assert_array_equal(found["p"], here["p"])
    assert found["lasted"].eq(0).all()
    assert here["lasted"].sum() > 0


def test_forms_are_the_fits_own(snapshot, cases):
    here = cases[(cases["origin"] == ORIGIN) & (cases["horizon"] == 36)]
    rows = here[here["form"] == "region_age"]
    home = rows[rows["subregion"] == "Western Africa"]
    fit = fit_regimes(snapshot.regimes, snapshot.coups_world, ORIGIN, "Western Africa")
    ages = home["age"].to_numpy(int)
    n = len(ages)
    shape, rate = (np.tile(part, (n, 1, 1)) for part in (fit.shape, fit.rate))
    np.testing.assert_allclose(home["p"], survival(shape, rate, ages, 36))
    spells = regime_spells(snapshot.regimes, ORIGIN)
    ends, months = spells.table["event"].sum(), spells.exposure.sum()
    constant = here[here["form"] == "constant"]["p"]
    np.testing.assert_allclose(constant, (months / (months + 36)) ** (ends + 0.5))
    cohort = here[here["form"] == "region_age_cohort"]["p"].to_numpy()
    born = ORIGIN - rows["age"].to_numpy(int)
    young = born >= calendar.month_id(2000, 1)
    np.testing.assert_array_equal(cohort[~young], rows["p"].to_numpy()[~young])
    assert (cohort[young] != rows["p"].to_numpy()[young]).all()


def made(origins, form_scores, seed=0):
    """Return cases with chances of each form that are right, or shrunk toward a half."""
    rng = np.random.default_rng(seed)
    rows = []
    for origin in origins:
        for place in range(30):
            truth = float(rng.beta(4, 1))
            lasted = int(rng.random() < truth)
            for form, shrink in form_scores.items():
                for horizon in verification.HORIZONS:
                    p = 0.5 + shrink * (truth - 0.5)
                    rows.append((origin, horizon, f"C{place:02d}", 10, "R", "S", form,
                                 min(max(p, 1e-3), 1 - 1e-3), lasted))  # fmt: skip
    names = [*verification.KEYS, "region", "subregion", "form", "p", "lasted"]
    return pd.DataFrame(rows, columns=names)


def test_forms_are_chosen_on_outcomes_that_ended_before_2018():
    scales = {"constant": 0.1, "age": 0.5, "region_age": 1.0, "region_age_cohort": 0.6}
    early = made(range(EARLY, EARLY + 240, 12), scales)
    late = made((LATE,), dict.fromkeys(scales, 0.0) | {"constant": 1.0}, seed=1)
    scores = verification.score(pd.concat([early, late], ignore_index=True))
    assert scores.stayed == "region_age"
    assert scores.mean_loss["region_age"] < 0 < scores.mean_loss["constant"]
    for rows in scores.horizons.values():
        assert rows["chosen_on"]["cases"] == 20 * 30
        assert rows["later"]["cases"] == 30
        assert rows["chosen_on"]["differences"]["region_age"]["log_score"][2] < 0
        assert "reliability" not in rows["later"]
    found = scores.summary()
    assert found["within_allowed_loss"]
    assert found["stayed"] == "region_age"


def test_a_term_that_does_not_gain_is_out():
    assert verification.stayed({"constant": 0.1, "region_age": 0.0, "region_age_cohort": 0.01}) == (
        "age"
    )
    assert verification.stayed({"region_age": -0.01, "region_age_cohort": -0.005}) == "region_age"


def test_scores_by_hand():
    cases = made((EARLY,), dict.fromkeys(verification.FORMS, 1.0))
    row = verification.score(cases).horizons[12]["chosen_on"]["scores"][1]
    part = cases[(cases["form"] == "age") & (cases["horizon"] == 12)]
    given = np.where(part["lasted"] == 1, part["p"], 1 - part["p"])
    assert row["log_score"] == pytest.approx(-np.log(given).mean())
    assert row["brier"] == pytest.approx(((part["p"] - part["lasted"]) ** 2).mean())
    with pytest.raises(InputError, match="choose"):
        verification.score(made((LATE,), dict.fromkeys(verification.FORMS, 1.0)))


def test_three_at_once_is_the_mean_over_all_groups():
    p = [0.9, 0.5, 0.7, 0.3]
    expected = sum(a * b * c for a, b, c in combinations(p, 3))
    assert verification.elementary_three(pd.Series(p)) == pytest.approx(expected)
    names = [*verification.KEYS, "region", "subregion", "form", "p", "lasted"]
    rows = [
        (origin, 36, f"C{place}", age, "R", "S" if place < 3 else "T", "age", chance, lasted)
        for origin in (EARLY, EARLY + 12, LATE)
        for place, (chance, age, lasted) in enumerate(
            [(0.9, 3, 1), (0.5, 48, 1), (0.7, 20, 1), (0.3, 9, 0), (0.99, 2, 1), (0.99, 49, 1)]
        )
    ]
    found = {
        (row["within"], row["period"]): row
        for row in verification.triples(pd.DataFrame(rows, columns=names))
    }
    region = found["region", "all"]
    assert region["p"] == pytest.approx(expected / 4)
    assert region["share"] == pytest.approx(1 / 4)
    assert (region["groups"], region["origins"]) == (12, 3)
    assert found["region", "chosen_on"]["origins"] == 2
    inside = found["subregion", "all"]
    assert inside["p"] == pytest.approx(0.9 * 0.5 * 0.7)
    assert inside["share"] == 1.0
    assert inside["difference"][0] == pytest.approx(0.9 * 0.5 * 0.7 - 1.0)


def test_origins_are_januaries_with_outcomes():
    found = verification.yearly_origins(LAST)
    assert found[0] == calendar.month_id(1960, 1)
    assert found[-1] == calendar.month_id(2022, 1)
    assert {month % 12 for month in found} == {1}
    with pytest.raises(InputError):
        verification.yearly_origins(calendar.month_id(1960, 6))


def test_without_regimes_there_is_nothing_to_forecast(snapshot):
    with pytest.raises(InputError, match="no regime"):
        verification.rolling_cases(replace(snapshot, regimes=data.no_regimes()), (ORIGIN,))
