"""People displaced against IDMC, 2018-2023: totals of the countries that the fit could learn from.

IDMC counts people who flee from disasters too, and reports arrive in batches; the fit states its
noise as the spread of a year's log total.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako import calendar
from liptako.data import arrays
from liptako.inference.displacement_fit import MIN_DEATHS, fit_displacement
from liptako.model import random
from liptako.model.emit import Draw
from liptako.model.posterior import load_posterior
from liptako.model.processes import displacement

FIRST, LAST = calendar.month_id(2018, 1), calendar.month_id(2023, 12)
YEARS = np.arange(2018, 2024)


@pytest.fixture(scope="module")
def record(snapshot, theatre, theatre_folder) -> pd.DataFrame:
    """Return displaced and deaths by country and year, with the fit's log prediction."""
    countries = tuple(theatre.countries)
    moved = snapshot.displacement[snapshot.displacement["country"].isin(countries)]
    moved = moved.assign(year=moved["month"].map(calendar.year_of))
    moved = moved.groupby(["country", "year"], as_index=False)["displaced"].sum()
    deaths = arrays.by_country(snapshot.events, tuple(theatre.streams), countries, FIRST, LAST).sum(
        1
    )
    yearly = deaths.reshape(len(YEARS), 12, -1).sum(1)
    place = moved["country"].map({iso: i for i, iso in enumerate(countries)})
    moved["deaths"] = yearly[moved["year"] - 2018, place]
    terms = load_posterior(theatre_folder / "fit.nc").displacement
    moved["log_median"] = terms[place] + terms[-2] * np.log1p(moved["deaths"] / 12) + np.log(12.0)
    moved["sd"] = np.exp(terms[-1])
    return moved[(moved["deaths"] >= MIN_DEATHS) & (moved["displaced"] > 0)]


def standardised(record: pd.DataFrame) -> np.ndarray:
    return ((np.log(record["displaced"]) - record["log_median"]) / record["sd"]).to_numpy()


def test_yearly_totals_lie_within_the_stated_noise(record):
    # If the noise is as stated, fewer than 80% of 25 years inside 90% has chance 0.03, |z| > 3.5
    # anywhere 0.01.
    z = standardised(record)
    assert len(z) >= 20
    assert (abs(z) < 1.64).mean() >= 0.8
    assert abs(z).max() < 3.5
    assert abs(z.mean()) < 0.5
    assert 0.4 < z.std() < 1.4


def test_totals_of_six_years_lie_within_the_stated_noise(record):
    total = record.assign(median=np.exp(record["log_median"])).groupby("country")
    total = total.filter(lambda rows: len(rows) == len(YEARS)).groupby("country")
    seen, median = total["displaced"].sum(), total["median"].sum()
    sd = float(record["sd"].iloc[0])
    assert len(seen) >= 4
    # the mean of lognormal noise lies above its median
    error = np.log(seen / (median * np.exp(sd**2 / 2)))
    assert (abs(error) < sd).all(), error


def test_deaths_explain_displacement(record):
    # Broken variant: deaths of the wrong country and year.
    shuffled = record["deaths"].sample(frac=1.0, random_state=2).to_numpy()
    wrong = record.assign(
        log_median=record["log_median"] + np.log1p(shuffled / 12) - np.log1p(record["deaths"] / 12)
    )
    assert standardised(wrong).std() > 1.5 * standardised(record).std()
    assert (abs(standardised(wrong)) < 1.64).mean() < 0.8


def test_simulated_displacement_has_the_mean_that_the_fit_states(theatre_folder):
    # 40,000 draws of a month; lognormal mean within 5 standard errors.
    world = mf.world()
    start = world.start()
    terms = load_posterior(theatre_folder / "fit.nc").displacement
    params = mf.plain_params(
        world.structure,
        displacement__log_rate=terms[:3],
        displacement__elasticity=terms[-2],
        displacement__log_sd=np.exp(terms[-1]),
    )
    deaths = jnp.ones(len(world.structure.regions))
    by_country = np.bincount(world.structure.region_country).astype(np.float32)

    @jax.jit
    @jax.vmap
    def new(member):
        draw = Draw(random.member_key(1, member), jnp.int32(LAST + 1))
        forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(LAST + 1))
        return displacement.move(
            world.structure, start.background, params, start.state, forcing, deaths, draw
        )[1]

    seen = np.log(np.asarray(new(jnp.arange(40_000))))
    expected = terms[:3] + terms[-2] * np.log1p(by_country)
    sd = np.exp(terms[-1])
    assert abs(seen.mean(0) - expected).max() < 5 * sd / 200
    np.testing.assert_allclose(seen.std(0), sd, rtol=0.02)


def test_planted_displacement_is_found_again():
    rng = np.random.default_rng(6)
    countries, months = ("AAA", "BBB", "CCC"), np.arange(FIRST, LAST + 1)
    rate, elasticity, sd = np.array([4.0, 5.0, 6.0]), 1.1, 0.3
    deaths = rng.gamma(2.0, 20.0, (3, 6)) + 5.0
    month_of = np.repeat(np.arange(6), 12)
    noise = rng.normal(0, sd, (3, 6))
    moved = np.exp(rate[:, None] + elasticity * np.log1p(deaths) + noise)
    shape = {"country": np.repeat(countries, 72), "month": np.tile(months, 3)}
    mode, errors = fit_displacement(
        pd.DataFrame({**shape, "displaced": moved[:, month_of].ravel()}),
        pd.DataFrame({**shape, "deaths": deaths[:, month_of].ravel()}),
        countries,
        LAST,
    )
    assert abs(mode[:3] - rate).max() < 3 * errors[:3].max()
    assert mode[3] == pytest.approx(elasticity, abs=3 * errors[3])
    assert np.exp(mode[4]) == pytest.approx(sd, rel=0.5)


def test_the_future_does_not_enter_the_fit(snapshot, theatre):
    until = calendar.month_id(2020, 12)
    events, displaced = snapshot.events, snapshot.displacement
    later = displaced["month"] > until
    corrupted = displaced.assign(displaced=displaced["displaced"].mask(later, 1e7))
    worse = events.assign(deaths=events["deaths"].mask(events["month"] > until, 999))
    args = tuple(theatre.countries), until
    plain = fit_displacement(displaced, events, *args)
    for one, other in zip(plain, fit_displacement(corrupted, worse, *args), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(plain[0], fit_displacement(displaced, events, args[0], LAST)[0])


def test_a_few_years_are_enough_to_fit_and_do_not_look_certain(snapshot, theatre):
    # In 2018 the country effects alone fit the four totals there are.
    for year in range(2017, 2024):
        last = calendar.month_id(year, 12)
        mode, errors = fit_displacement(
            snapshot.displacement, snapshot.events, tuple(theatre.countries), last
        )
        assert np.isfinite(mode).all()
        assert (errors > 0.05).all()
        assert 0.4 < np.exp(mode[-1]) < 2.0
