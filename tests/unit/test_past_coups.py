"""The coup model: its panel by hand, planted parameters, and what it says of real data."""

from __future__ import annotations

import choose_coup_settings
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.signal import lfilter
from scipy.special import expit

from liptako.calendar import month_id, year_of
from liptako.data.arrays import fading_mean
from liptako.errors import InputError
from liptako.inference.past_cases import coups as coup_fit
from liptako.inference.past_cases.coup_panel import COVARIATES, coup_panel, coup_state
from liptako.inference.past_cases.coups import (
    CoupFit,
    CoupSettings,
    base_rate,
    event_chances,
    fit_coups,
)

IDS = {"AAA": 1, "BBB": 2, "CCC": 3}
LAST = 160
OUTSIDE = {"CPV": 40, "LBR": 43, "SLE": 53, "GMB": 54}


def tables(ids=IDS, last=LAST, seed=1):
    """Return coups, deaths and polyarchy; BBB had events in months 70 and 140, CCC no polyarchy."""
    rng = np.random.default_rng(seed)
    coups = pd.DataFrame(
        [("BBB", 70, 0, 1), ("BBB", 140, 1, 1), ("ZZZ", 90, 1, 0)],
        columns=["country", "month", "successes", "failures"],
    )
    months = np.arange(121, last + 1)
    deaths = pd.concat(
        [
            pd.DataFrame(
                {"country_id": i, "month": months, "deaths_sb": rng.poisson(9, len(months))}
            )
            for i in ids.values()
        ]
    )
    vdem = pd.DataFrame(
        [("AAA", 1984, 0.2), ("AAA", 1985, 0.4), ("BBB", 1980, 0.6)],
        columns=["country", "year", "polyarchy"],
    )
    return coups, deaths, vdem


def of(panel, iso, month):
    return panel[(panel["country"] == iso) & (panel["month"] == month)].iloc[0]


def test_panel_counts_events_and_months_since():
    panel = coup_panel(*tables(), IDS, LAST)
    assert len(panel) == 3 * (LAST - 60)
    assert base_rate(panel) == (2, len(panel))
    assert of(panel, "BBB", 70)["event"] == 1
    assert of(panel, "BBB", 70)["success"] == 0
    assert of(panel, "BBB", 140)["success"] == 1
    expected = {61: 0, 62: 1, 70: 9, 71: 1, 140: 70, 141: 1, 160: 20}
    for month, since in expected.items():
        assert of(panel, "BBB", month)["log_since"] == pytest.approx(np.log1p(since))
    assert of(panel, "AAA", 160)["log_since"] == pytest.approx(np.log1p(99))


def test_panel_takes_polyarchy_of_the_year_before():
    panel = coup_panel(*tables(), IDS, LAST)
    assert of(panel, "AAA", month_id(1985, 12))["polyarchy"] == 0.2
    assert of(panel, "AAA", month_id(1986, 1))["polyarchy"] == 0.4
    assert of(panel, "AAA", LAST)["polyarchy"] == 0.4
    assert of(panel, "BBB", 61)["polyarchy"] == 0.6
    others = panel[panel["country"] != "CCC"]["polyarchy"].mean()
    assert of(panel, "CCC", 100)["polyarchy"] == pytest.approx(others)


def test_panel_losses_fade_and_lag():
    coups, deaths, vdem = tables()
    deaths["deaths_sb"] = np.where((deaths["country_id"] == 1) & (deaths["month"] == 130), 100, 0)
    panel = coup_panel(coups, deaths, vdem, IDS, LAST, half_life=4.0)
    assert of(panel, "AAA", 130)["log_losses"] == 0
    first = 100 * (1 - 2**-0.25)
    assert of(panel, "AAA", 131)["log_losses"] == pytest.approx(np.log1p(first))
    assert of(panel, "AAA", 135)["log_losses"] == pytest.approx(np.log1p(first / 2))
    later = panel[panel["month"] >= 121]["log_losses"].mean()
    assert of(panel, "BBB", 100)["log_losses"] == pytest.approx(later)


@pytest.mark.parametrize("axis", [0, 1])
def test_fading_means_are_a_linear_filter(axis):
    values, decay = np.random.default_rng(1).gamma(0.5, 50.0, (40, 30)), 0.9
    expected = lfilter([1.0 - decay], [1.0, -decay], values, axis=axis)
    np.testing.assert_allclose(fading_mean(values, decay, axis), expected, rtol=1e-12)


def test_nothing_after_the_last_month_changes_panel_or_state():
    coups, deaths, vdem = tables()
    last = 150
    panel, state = (f(coups, deaths, vdem, IDS, last) for f in (coup_panel, coup_state))
    coups = pd.concat([coups, coups.assign(country="AAA", month=[151, 155, 158])])
    deaths = deaths.assign(deaths_sb=deaths["deaths_sb"].where(deaths["month"] <= last, 10**6))
    late = pd.DataFrame({"country": ["AAA", "CCC"], "year": year_of(last), "polyarchy": 0.9})
    vdem = pd.concat([vdem, late, late.assign(year=2000)])
    known = vdem[(vdem["year"] < year_of(last)) | (vdem["country"] == "AAA")]
    pd.testing.assert_frame_equal(coup_panel(coups, deaths, known, IDS, last), panel)
    pd.testing.assert_frame_equal(coup_state(coups, deaths, known, IDS, last), state)


def test_losses_stay_as_last_known_where_deaths_are_not():
    coups, deaths, vdem = tables()
    gap = deaths[(deaths["country_id"] != IDS["AAA"]) | (deaths["month"] <= LAST - 6)]
    before = coup_state(coups, gap[gap["month"] <= LAST - 6], vdem, IDS, LAST - 6)
    after = coup_state(coups, gap, vdem, IDS, LAST)
    known, kept = (table.set_index("country")["log_losses"]["AAA"] for table in (before, after))
    assert kept == known > 0.0


def test_state_is_the_next_row_of_a_longer_panel():
    coups, deaths, vdem = tables()
    state = coup_state(coups, deaths, vdem, IDS, 140).set_index("country")
    longer = coup_panel(coups, deaths, vdem, IDS, 141)
    for iso in ("AAA", "BBB"):
        for name in COVARIATES:
            assert state.loc[iso, name] == pytest.approx(of(longer, iso, 141)[name])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_month": 60}, "last_month"),
        ({"half_life": 0.0}, "half_life"),
        ({"countries": {}}, "countries"),
        ({"countries": {"AAA": 99}}, "deaths_sb"),
        ({"last_month": LAST + 5}, "deaths_sb"),
        ({"vdem": pd.DataFrame(columns=["country", "year", "polyarchy"])}, "polyarchy"),
    ],
)
def test_bad_panels_are_refused(change, field):
    coups, deaths, vdem = tables()
    given = {"coups": coups, "country_months": deaths, "vdem": vdem, "countries": IDS}
    with pytest.raises(InputError) as caught:
        coup_panel(**{**given, "last_month": LAST, **change})
    assert caught.value.field == field


@pytest.mark.parametrize(
    "change", [{"country_sd": 0.0}, {"year_sd": -1.0}, {"year_persistence": 1.0}, {"effect_sd": 0}]
)
def test_bad_settings_are_refused(change):
    with pytest.raises(InputError):
        CoupSettings(**change)


TRUTH = {"log_since": -0.4, "polyarchy": -1.5, "log_losses": 0.3}
SETTINGS = CoupSettings(country_sd=0.5, year_sd=0.4, year_persistence=0.6, effect_sd=1.0)


def planted(seed, n=40, last=480, flip=1.0):
    """Return a panel simulated month by month from the model, and its country effects."""
    rng = np.random.default_rng(seed)
    ids = {f"C{i:02d}": i + 1 for i in range(n)}
    months = np.arange(121, last + 1)
    scale = rng.gamma(0.5, 20, (n, 1)) * np.exp(rng.normal(0, 0.3, (n, len(months))).cumsum(1))
    deaths = pd.DataFrame({
        "country_id": np.repeat(list(ids.values()), len(months)),
        "month": np.tile(months, n),
        "deaths_sb": np.clip(scale, 0, 1e4).ravel(),
    })  # fmt: skip
    vdem = pd.DataFrame({
        "country": np.repeat(list(ids), 50),
        "year": np.tile(np.arange(1980, 2030), n),
        "polyarchy": rng.uniform(0, 1, (n, 1)).repeat(50, axis=1).ravel(),
    })  # fmt: skip
    none = pd.DataFrame(columns=["country", "month", "successes", "failures"])
    blank = coup_panel(none.astype({"month": int}), deaths, vdem, ids, last)
    place = rng.normal(0, SETTINGS.country_sd, n)
    waves = [0.0]
    for _ in range(60):
        noise = rng.normal(0, SETTINGS.year_sd * np.sqrt(1 - SETTINGS.year_persistence**2))
        waves.append(SETTINGS.year_persistence * waves[-1] + noise)
    shape = (n, last - 60)
    polyarchy, losses = (blank[x].to_numpy().reshape(shape) for x in COVARIATES[1:])
    since, rows = np.zeros(n), []
    for column in range(shape[1]):
        eta = -2.0 + place + waves[year_of(column + 61) - 1980]
        eta += (
            flip * TRUTH["log_since"] * np.log1p(since) + TRUTH["polyarchy"] * polyarchy[:, column]
        )
        hit = rng.random(n) < expit(eta + TRUTH["log_losses"] * losses[:, column])
        rows += [(f"C{i:02d}", column + 61, 1, 0) for i in np.flatnonzero(hit)]
        since = np.where(hit, 1, since + 1)
    coups = pd.DataFrame(rows, columns=none.columns)
    return coup_panel(coups, deaths, vdem, ids, last), place


def misses(fit):
    """Return how many standard errors each covariate's effect is off the truth."""
    table = fit.table().set_index("name")
    return {
        name: (table.loc[name, "mean"] - b) / table.loc[name, "sd"] for name, b in TRUTH.items()
    }


def test_planted_parameters_are_recovered():
    panel, place = planted(3)
    fit = fit_coups(panel, SETTINGS)
    table = fit.table().set_index("name")
    assert max(map(abs, misses(fit).values())) < 3.5
    assert table.loc["log_since", "sd"] < 0.1
    found = table.loc[[f"country:{iso}" for iso in fit.countries], "mean"]
    assert np.corrcoef(found, place)[0, 1] > 0.7
    at_centre = -2.0 + sum(b * fit.centre[name] for name, b in TRUTH.items())
    assert abs(table.loc["intercept", "mean"] - at_centre) < 4 * table.loc["intercept", "sd"]
    assert (fit.n_events, fit.n_country_months) == base_rate(panel)
    wrong, _ = planted(3, flip=-0.5)
    assert abs(misses(fit_coups(wrong, SETTINGS))["log_since"]) > 3.5


def test_evidence_prefers_the_planted_spreads():
    panel, _ = planted(4)
    right = fit_coups(panel, SETTINGS).log_evidence
    for change in ({"country_sd": 0.05}, {"country_sd": 5.0}, {"year_sd": 0.02}, {"year_sd": 5.0}):
        other = CoupSettings(**{**vars(SETTINGS), **change})
        assert right > fit_coups(panel, other).log_evidence + 1


def test_intercept_alone_is_the_rate_and_the_evidence_an_integral():
    panel, _ = planted(5, n=10, last=300)
    fit = fit_coups(panel, covariates=(), effects=())
    n, k = len(panel), panel["event"].sum()
    assert expit(fit.mean[0]) == pytest.approx(k / n, rel=1e-3)

    def joint(a):
        prior = np.exp(-0.5 * (a / 10) ** 2) / (10 * np.sqrt(2 * np.pi))
        shift = k * fit.mean[0] - n * np.logaddexp(0, fit.mean[0])
        return np.exp(k * a - n * np.logaddexp(0, a) - shift) * prior

    exact = np.log(quad(joint, fit.mean[0] - 1, fit.mean[0] + 1, epsabs=0)[0])
    exact += k * fit.mean[0] - n * np.logaddexp(0, fit.mean[0])
    assert fit.log_evidence == pytest.approx(exact, abs=0.01)


def test_narrow_priors_pool_completely():
    panel, _ = planted(6, n=10, last=300)
    tight = CoupSettings(country_sd=1e-3, year_sd=1e-3, effect_sd=1e-3)
    fit = fit_coups(panel, tight)
    assert np.abs(fit.mean[1:]).max() < 0.01
    wide = fit_coups(panel, CoupSettings(country_sd=2.0))
    assert np.abs(wide.mean[1 : 1 + len(wide.countries)]).max() > 0.1


def test_draws_have_the_mean_and_the_covariance():
    panel, _ = planted(7, n=5, last=200)
    fit = fit_coups(panel, covariates=("log_since",), effects=())
    z = np.random.default_rng(1).standard_normal((200_000, 2))
    drawn = fit.draws(z)
    np.testing.assert_allclose(drawn.mean(axis=0), fit.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), fit.covariance, rtol=0.03, atol=3e-4)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"covariates": ("rain",)}, "covariates"),
        ({"effects": ("moon",)}, "effects"),
    ],
)
def test_unknown_terms_are_refused(options, field):
    panel = coup_panel(*tables(), IDS, LAST)
    with pytest.raises(InputError) as caught:
        fit_coups(panel, **options)
    assert caught.value.field == field


def by_hand(rate, slope=0.0, year_effect=0.0, persistence=0.0):
    """Return a fit without uncertainty: a constant rate, a slope on `log_since`, a last year."""
    mean = np.array([np.log(rate / (1 - rate)), year_effect, slope])
    names = ("intercept", "year:1999", "log_since")
    settings = CoupSettings(year_sd=1e-6, year_persistence=persistence)
    centre = {"log_since": 0.0}
    return CoupFit((), (1999,), names, mean, np.eye(3) * 1e-16, centre, settings, 0, 0, 0, 0)


STATE = pd.DataFrame({"country": ["AAA"], "month": [241], "log_since": [np.log1p(5)]})


def test_chances_add_up_month_by_month():
    chances = event_chances(by_hand(0.02), STATE, 24, n_draws=3)
    np.testing.assert_allclose(chances["p"], 1 - 0.98 ** np.arange(1, 25), rtol=1e-6)
    assert chances["month"].tolist() == list(range(241, 265))
    sloped = event_chances(by_hand(0.02, slope=-0.5), STATE, 3, n_draws=3)["p"]
    hazards = expit(np.log(0.02 / 0.98) - 0.5 * np.log1p([5, 6, 7]))
    np.testing.assert_allclose(sloped, 1 - np.cumprod(1 - hazards), rtol=1e-6)


def test_a_wave_carries_over_by_its_persistence():
    p = [
        event_chances(by_hand(0.02, year_effect=1.0, persistence=rho), STATE, 13, n_draws=3)["p"]
        for rho in (0.0, 0.5)
    ]
    first = expit(np.log(0.02 / 0.98) + 0.5)
    second = expit(np.log(0.02 / 0.98) + 0.25)
    assert p[0].iloc[0] == pytest.approx(0.02, rel=1e-4)
    assert p[1].iloc[0] == pytest.approx(first, rel=1e-4)
    assert p[1].iloc[12] == pytest.approx(1 - (1 - first) ** 12 * (1 - second), rel=1e-4)


def test_chances_refuse_an_unknown_country():
    panel = coup_panel(*tables(), IDS, LAST)
    state = coup_state(*tables(), IDS, LAST).replace({"country": {"AAA": "QQQ"}})
    with pytest.raises(InputError, match="QQQ"):
        event_chances(fit_coups(panel), state, 12)


@pytest.fixture(scope="module")
def real(snapshot, theatre):
    ids = {iso: row.views_id for iso, row in theatre.countries.items() if iso != "DZA"} | OUTSIDE
    known = snapshot.until(528)
    return known.coups, known.country_months, known.vdem, ids


def test_real_panel_has_the_known_counts(real):
    panel = coup_panel(*real, 528)
    assert base_rate(panel) == (55, 16 * 468)
    assert not panel.isna().to_numpy().any()


def test_real_fit_finds_the_coup_trap(real):
    table = fit_coups(coup_panel(*real, 528)).table().set_index("name")
    assert table.loc["log_since", "hi"] < 0
    assert table.loc["log_losses", "lo"] > 0


@pytest.mark.slow
def test_default_settings_are_those_the_script_chooses(real):
    panel = coup_panel(*real, choose_coup_settings.LAST_MONTH)
    best, _ = choose_coup_settings.choose(panel)
    assert best == coup_fit.DEFAULTS
    with pytest.raises(InputError, match="2017"):
        choose_coup_settings.choose(coup_panel(*real, 528))
