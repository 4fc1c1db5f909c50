"""How camps end: rates against hand counts and planted rates, survival by hand and as published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liptako.errors import InputError
from liptako.inference.past_cases.exits import (
    Beta,
    Gamma,
    camp_end_mode,
    fit_exits,
    jeffreys_rate,
    survival,
)

NAN = np.nan
PANEL = pd.DataFrame({"event": [1, 1, 1, 0, 0], "success": [1, 0, 1, 0, 0]})


def juntas(*rows):
    """Return juntas of `country, coup, next_success, leader_end, camp_end, mode[, region]`."""
    table = pd.DataFrame(
        [(*row, "west") if len(row) == 6 else row for row in rows],
        columns=[
            "country", "coup", "next_success", "leader_end", "camp_end",
            "leader_end_mode", "region",
        ],
    )  # fmt: skip
    table["next_attempt"] = table["next_success"]
    for field in ("next_attempt", "next_success", "leader_end", "camp_end"):
        table[field] = table[field].astype(float)
        table[f"{field}_status"] = np.where(table[field].notna(), "dated", "none")
    return table


CAMPS = juntas(
    ("AAA", 100, NAN, 110, 110, "election"),  # 10 months, negotiated
    ("BBB", 100, NAN, 101, 120, "negotiated"),  # 20 months, negotiated
    ("CCC", 100, NAN, 105, 105, "uprising"),  # 5 months, forced
    ("DDD", 100, 130, 130, 130, "coup"),  # 30 months, another camp
    ("DDD", 130, NAN, NAN, NAN, "in_office"),  # 20 months, still there
    ("EEE", 100, 108, 108, 126, "coup"),  # 8 months, then its own officers again
    ("EEE", 108, NAN, 126, 126, "rebellion"),  # 18 months, forced
    ("FFF", 100, NAN, 104, 104, "rebellion", "central"),
)


def test_modes_of_camps_are_not_those_of_leaders():
    table = juntas(
        ("AAA", 1, 90, 10, 10, "election"),
        ("BBB", 1, 90, 5, 20, "death"),
        ("CCC", 1, 20, 5, 20, "negotiated"),
        ("DDD", 1, 20, 20, 20, "coup"),
        ("EEE", 1, NAN, 5, NAN, "negotiated"),
    )
    assert camp_end_mode(table).tolist() == ["election", "negotiated", "coup", "coup", ""]


def test_rates_and_shares_by_hand():
    fit = fit_exits(CAMPS, 150, PANEL)
    months = 10 + 20 + 5 + 30 + 20 + 8 + 18
    assert fit.camp_months == months
    assert fit.n_camps == 7
    assert fit.negotiated == Gamma(2.5, months)
    assert fit.forced == Gamma(2.5, months)
    assert fit.capital == Beta(2.5, 1.5)  # two of three forced ends, all regions
    assert fit.same_camp == Beta(1.5, 1.5)  # one of two coups against a sitting camp
    assert fit.success == Beta(2.5, 1.5)


def test_the_window_cuts_ends_and_exposure():
    fit = fit_exits(CAMPS, 150, PANEL, within=12)
    assert fit.camp_months == 10 + 12 + 5 + 12 + 12 + 8 + 12
    assert (fit.negotiated.shape, fit.forced.shape) == (1.5, 1.5)
    assert fit_exits(CAMPS, 150, PANEL, within=None).camp_months == 111


def test_nothing_after_the_last_month_changes_the_fit():
    before = fit_exits(CAMPS, 115, PANEL), survival(CAMPS, 115)
    later = CAMPS.copy()
    for field in ("next_success", "leader_end", "camp_end"):
        late = later[field] > 115
        later[field] = later[field].where(~late, later[field] + 7)
    later["leader_end_mode"] = later["leader_end_mode"].where(later["leader_end"] <= 115, "death")
    later = pd.concat([later, juntas(("GGG", 116, NAN, 118, 118, "uprising"))], ignore_index=True)
    assert fit_exits(later, 115, PANEL) == before[0]
    pd.testing.assert_frame_equal(survival(later, 115), before[1])
    assert fit_exits(later, 150, PANEL) != fit_exits(CAMPS, 150, PANEL)


def test_planted_rates_are_recovered():
    rng = np.random.default_rng(2)
    rows = []
    for place in range(400):
        deal, force = rng.geometric(0.015), rng.geometric(0.005)
        end, mode = min((deal, "election"), (force, "rebellion"))
        rows.append((f"C{place}", 100, NAN, 100 + end, 100 + end, mode))
    fit = fit_exits(juntas(*rows), 148, PANEL)
    for rate, truth in ((fit.negotiated, 0.015), (fit.forced, 0.005)):
        low, high = rate.interval(0.999)
        assert low < truth < high
        assert high / low < 2.5
    assert not fit.negotiated.interval(0.999)[0] < 0.03 < fit.negotiated.interval(0.999)[1]


def test_survival_by_hand():
    table = survival(CAMPS, 150, max_months=40).set_index("month")
    # ends at 5, 10, 18, 20, 26, 30; one camp of 20 months goes on
    expected = {4: 1, 5: 6 / 7, 10: 5 / 7, 18: 4 / 7, 20: 3 / 7, 26: 3 / 14, 30: 0}
    for month, alive in expected.items():
        assert table.loc[month, "survival"] == pytest.approx(alive)
    assert table.loc[[0, 10, 20, 26], "at_risk"].tolist() == [7, 6, 4, 2]
    assert ((table["lo"] <= table["survival"]) & (table["survival"] <= table["hi"])).all()
    np.testing.assert_allclose(table["lo"].loc[:4], 0.05 ** (1 / 7))


def test_greenwood_by_hand():
    row = survival(CAMPS, 150).set_index("month").loc[10]
    variance = 1 / (7 * 6) + 1 / (6 * 5)
    spread = 1.6448536 * np.sqrt(variance) / abs(np.log(5 / 7))
    assert row["lo"] == pytest.approx((5 / 7) ** np.exp(spread))
    assert row["hi"] == pytest.approx((5 / 7) ** np.exp(-spread))


def test_survival_given_that_it_lasted():
    given = survival(CAMPS, 150, at_least=10, max_months=40).set_index("month")
    whole = survival(CAMPS, 150, max_months=40).set_index("month")["survival"]
    assert given.index[0] == 10
    assert given.loc[10, "survival"] == 1
    np.testing.assert_allclose(given["survival"], whole.loc[10:] / whole.loc[10])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: survival(CAMPS, 150, at_least=60), "at_least"),
        (lambda: survival(CAMPS, 150, at_least=50), "at_least"),
        (lambda: survival(CAMPS, 150, region="east"), "region"),
        (lambda: fit_exits(CAMPS, 99, PANEL), "region"),
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


def test_real_survival_is_as_published(snapshot):
    """The compiled reference class gives 0.77 and 0.45 at 12 and 36 months, median 25."""
    table = survival(snapshot.juntas, 528).set_index("month")["survival"]
    assert round(table.loc[12], 2) == 0.77
    assert round(table.loc[36], 2) == 0.45
    assert int((table <= 0.5).idxmax()) == 25


def test_real_shares_and_exposure(snapshot):
    fit = fit_exits(snapshot.juntas, 528, PANEL, within=None)
    assert fit.same_camp == Beta(2.5, 3.5)
    assert fit.capital == Beta(2.5, 2.5)
    assert (fit.negotiated.shape, fit.forced.shape) == (14.5, 2.5)


def test_the_windowed_rates_agree_with_survival(snapshot):
    """Within the window the constant rates, coups by others included, give the observed curve."""
    curve = survival(snapshot.juntas, 528).set_index("month")
    fit = fit_exits(snapshot.juntas, 528, PANEL)
    coups = 3 / fit.camp_months
    alive = np.exp(-36 * (fit.negotiated.mean + fit.forced.mean + coups))
    assert curve.loc[36, "lo"] < alive < curve.loc[36, "hi"]
    ever = fit_exits(snapshot.juntas, 528, PANEL, within=None)
    assert np.exp(-36 * (ever.negotiated.mean + ever.forced.mean)) > curve.loc[36, "hi"]
