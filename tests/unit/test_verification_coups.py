"""Scores of coup forecasts: by hand, without hindsight, and whatever they say of real data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from liptako.errors import InputError
from liptako.verification.politics import coups

OUTSIDE = {"CPV": 40, "LBR": 43, "SLE": 53, "GMB": 54}
ORIGIN = 444


@pytest.fixture(scope="module")
def ids(theatre):
    return {iso: row.views_id for iso, row in theatre.countries.items() if iso != "DZA"} | OUTSIDE


@pytest.fixture(scope="module")
def cases(snapshot, ids):
    return coups.rolling_cases(snapshot, ids, (ORIGIN, ORIGIN + 12))


def test_every_country_has_a_chance_from_every_model(cases):
    assert len(cases) == 2 * 16 * 5
    assert cases["p"].between(0, 1, inclusive="neither").all()
    assert set(cases["model"]) == {*coups.FORMS, "constant"}


def test_terms_stay_by_their_score_on_years_that_ended_before_2018():
    rows = [
        (origin, form, p, 1)
        for form, early, late in (("tenure", 0.5, 0.5), ("years", 0.6, 0.1), ("losses", 0.4, 0.9),
                                  ("every_term", 0.5, 0.9))
        for origin, p in ((coups.CHOSEN_BEFORE - 13, early), (coups.CHOSEN_BEFORE - 12, late))
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["origin", "model", "p", "event"])
    assert coups.form_that_stayed(table) == "years"
    equal = table.assign(p=0.5)
    assert coups.form_that_stayed(equal) == "tenure"
    assert coups.form_that_stayed(table[table["origin"] == coups.CHOSEN_BEFORE - 12]) == "tenure"


def test_the_form_that_stayed_is_scored_as_our_own(cases):
    form = coups.form_that_stayed(cases)
    every = coups.with_our_own(cases)
    assert len(every) == len(cases) + 2 * 16
    own, stayed = (every[every["model"] == model]["p"].to_numpy() for model in ("liptako", form))
    np.testing.assert_array_equal(own, stayed)


def test_outcomes_are_of_the_year_after(snapshot, ids, cases):
    table = snapshot.coups
    inside = table[table["month"].between(ORIGIN + 1, ORIGIN + 12) & table["country"].isin(ids)]
    found = cases[(cases["origin"] == ORIGIN) & (cases["model"] == "constant")]
    assert set(found["country"][found["event"] == 1]) == set(inside["country"])


def test_outcomes_begin_after_the_origin_and_end_with_the_year(snapshot, ids):
    months = {"BEN": ORIGIN, "TGO": ORIGIN + 1, "GHA": ORIGIN + 12, "SEN": ORIGIN + 13}
    rows = pd.DataFrame({"country": list(months), "month": list(months.values())})
    changed = replace(snapshot, coups=rows.assign(successes=0, failures=1))
    found = coups.rolling_cases(changed, ids, (ORIGIN,))
    assert set(found["country"][found["event"] == 1]) == {"TGO", "GHA"}


def test_the_constant_is_the_rate_to_date(snapshot, ids, cases):
    known = snapshot.coups[
        snapshot.coups["country"].isin(ids) & (snapshot.coups["month"] <= ORIGIN)
    ]
    rate = (len(known) + 0.5) / (16 * (ORIGIN - 60) + 1)
    found = cases[(cases["origin"] == ORIGIN) & (cases["model"] == "constant")]["p"]
    np.testing.assert_allclose(found, 1 - (1 - rate) ** 12)


def test_forecasts_see_nothing_after_their_origin(snapshot, ids, cases):
    later = snapshot.country_months["month"] > ORIGIN
    deaths = snapshot.country_months["deaths_sb"].where(~later, 10**5)
    coup_rows = pd.DataFrame(
        {"country": list(ids), "month": ORIGIN + 3, "successes": 1, "failures": 0}
    )
    old = snapshot.coups[snapshot.coups["month"] <= ORIGIN]
    vdem = snapshot.vdem.assign(
        polyarchy=snapshot.vdem["polyarchy"].where(snapshot.vdem["year"] < 2017, 0.99)
    )
    corrupted = replace(
        snapshot,
        country_months=snapshot.country_months.assign(deaths_sb=deaths),
        coups=pd.concat([old, coup_rows], ignore_index=True),
        vdem=vdem,
    )
    found = coups.rolling_cases(corrupted, ids, (ORIGIN,))
    np.testing.assert_array_equal(found["p"], cases[cases["origin"] == ORIGIN]["p"])
    assert (found["event"] == 1).all()


def test_an_origin_without_outcomes_is_refused(snapshot, ids):
    with pytest.raises(InputError) as caught:
        coups.rolling_cases(snapshot, ids, (snapshot.last_month - 11,))
    assert caught.value.field == "origins"


def invented(seed=0, origins=24, countries=16):
    """Return cases of a world with known chances: one model knows them, one overstates."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 9, (origins, countries))
    event = (rng.random(truth.shape) < truth).astype(int)
    index = pd.MultiIndex.from_product(
        [range(origins), [f"C{i:02d}" for i in range(countries)]], names=["origin", "country"]
    )
    base = pd.DataFrame({"event": event.ravel()}, index=index).reset_index()
    chances = {"truth": truth, "loud": truth ** (1 / 3), "constant": np.full(truth.shape, 0.1)}
    return pd.concat(
        [base.assign(model=m, p=np.clip(p.ravel(), 1e-6, 1 - 1e-6)) for m, p in chances.items()]
    )


def test_scores_by_hand():
    table = pd.DataFrame({
        "origin": [1, 2, 3, 4] * 2,
        "country": "AAA",
        "model": ["constant"] * 4 + ["other"] * 4,
        "p": [0.5] * 4 + [0.9, 0.2, 0.2, 0.2],
        "event": [1, 0, 0, 0] * 2,
    })  # fmt: skip
    scores = coups.score(table, block=1)
    rows = scores.means.set_index("model")
    assert rows.loc["constant", "log_score"] == pytest.approx(np.log(2))
    assert rows.loc["other", "brier"] == pytest.approx((0.01 + 3 * 0.04) / 4)
    assert rows.loc["other", ["expected", "observed", "n"]].tolist() == [1.5, 1, 4]
    expected = -(np.log(0.9) + 3 * np.log(0.8)) / 4 - np.log(2)
    assert scores.differences["other"]["log_score"].estimate == pytest.approx(expected)


def test_truth_beats_the_constant_and_exaggeration_loses():
    scores = coups.score(invented())
    assert scores.means["model"].iloc[0] == "truth"
    assert scores.differences["truth"]["log_score"].hi < 0
    assert scores.differences["loud"]["log_score"].lo > 0
    assert scores.auc["constant"].estimate == 0.5
    assert scores.auc["truth"].lo > 0.5
    assert scores.auc["truth"].estimate == pytest.approx(scores.auc["loud"].estimate)
    text = coups.describe(scores)
    assert "truth - constant, log_score" in text
    assert text.count(": better") >= 1
    assert text.count(": worse") >= 1
    flipped = coups.score(invented(), reference="truth")
    assert flipped.differences["constant"]["log_score"].lo > 0


def test_reliability_counts_and_frequencies():
    cases = invented()
    table = coups.score(cases).reliability
    assert table.groupby("model")["n"].sum().eq(24 * 16).all()
    assert ((table["p"] >= table["low"]) & (table["p"] <= table["high"])).all()
    truth = table[(table["model"] == "truth") & (table["n"] >= 30)]
    error = np.sqrt(truth["p"] * (1 - truth["p"]) / truth["n"])
    assert ((truth["frequency"] - truth["p"]).abs() < 4 * error).all()
    loud = table[(table["model"] == "loud") & (table["low"] >= 0.4)]
    assert (loud["frequency"] < loud["p"] - 0.1).all()


@pytest.mark.parametrize(
    ("change", "options", "field"),
    [
        (lambda t: t.assign(p=1.0), {}, "p"),
        (lambda t: t[t["model"] != "constant"], {}, "reference"),
        (lambda t: t.iloc[1:], {}, "model"),
        (lambda t: t[t["origin"] < 2], {}, "block"),
    ],
)
def test_bad_cases_are_refused(change, options, field):
    with pytest.raises(InputError) as caught:
        coups.score(change(invented()), **options)
    assert caught.value.field == field
