"""Rates, shares and survival of past cases: by hand, planted, as published."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.data.regimes import spells
from liptako.errors import InputError
from liptako.inference.past_cases.rates import Beta, Gamma, jeffreys_rate, jeffreys_share, survival

FOLLOWED = np.array([10, 20, 5, 30, 20, 26, 18])
ENDED = np.array([True, True, True, True, False, True, True])
"""Months of seven cases; the one of 20 months in the middle goes on."""


def test_rates_and_shares_by_hand():
    assert jeffreys_rate(2, 78) == Gamma(2.5, 78.0)
    assert jeffreys_share(2, 3) == Beta(2.5, 1.5)


def test_survival_by_hand():
    table = survival(FOLLOWED, ENDED, 40).set_index("month")
    # ends at 5, 10, 18, 20, 26, 30; one camp of 20 months goes on
    expected = {4: 1, 5: 6 / 7, 10: 5 / 7, 18: 4 / 7, 20: 3 / 7, 26: 3 / 14, 30: 0}
    for month, alive in expected.items():
        assert table.loc[month, "survival"] == pytest.approx(alive)
    assert table.loc[[0, 10, 20, 26], "at_risk"].tolist() == [7, 6, 4, 2]
    assert ((table["lo"] <= table["survival"]) & (table["survival"] <= table["hi"])).all()
    np.testing.assert_allclose(table["lo"].loc[:4], 0.05 ** (1 / 7))


def test_greenwood_by_hand():
    row = survival(FOLLOWED, ENDED).set_index("month").loc[10]
    variance = 1 / (7 * 6) + 1 / (6 * 5)
    spread = 1.6448536 * np.sqrt(variance) / abs(np.log(5 / 7))
    assert row["lo"] == pytest.approx((5 / 7) ** np.exp(spread))
    assert row["hi"] == pytest.approx((5 / 7) ** np.exp(-spread))


def test_survival_given_that_it_lasted():
    given = survival(FOLLOWED, ENDED, 40, 10).set_index("month")
    whole = survival(FOLLOWED, ENDED, 40).set_index("month")["survival"]
    assert given.index[0] == 10
    assert given.loc[10, "survival"] == 1
    np.testing.assert_allclose(given["survival"], whole.loc[10:] / whole.loc[10])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: survival(FOLLOWED, ENDED, at_least=60), "at_least"),
        (lambda: survival(FOLLOWED, ENDED, at_least=50), "at_least"),
        (lambda: jeffreys_rate(1, 0), "exposure"),
    ],
)
def test_bad_input_is_refused(call, field):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field


def test_intervals_hold_their_share():
    rng = np.random.default_rng(3)
    rate, share = Gamma(3.5, 70.0), Beta(2.5, 4.5)
    for drawn, law in (
        (rng.gamma(3.5, 1 / 70, 100_000), rate),
        (rng.beta(2.5, 4.5, 100_000), share),
    ):
        low, high = law.interval()
        assert np.mean((drawn > low) & (drawn < high)) == pytest.approx(0.9, abs=0.005)
        assert drawn.mean() == pytest.approx(law.mean, rel=0.01)


def test_real_survival_falls_fast_and_then_slowly(snapshot):
    """Half of the world's regimes born of coups since 1990 are gone in their first five years."""
    past = spells(snapshot.regimes, "regime")
    past = past[past["coup"] >= 121]
    table = survival(past["months"].to_numpy(int), past["event"].to_numpy(int) == 1, 120)
    curve = table.set_index("month")["survival"]
    assert 0.6 < curve.loc[12] < 0.9
    assert 0.3 < curve.loc[60] < 0.6
    assert curve.loc[60] - curve.loc[120] < curve.loc[0] - curve.loc[60]
