"""Flight, fitted: planted numbers are found again, a run moves people as the fit does, and totals
of the record lie within the noise that the fit states.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import flight_fixtures as ff
import model_fixtures as mf
from liptako import calendar
from liptako.inference.displacement_fit import PRIOR_ELASTICITY, PRIOR_LOG_RATE, fit_displacement
from liptako.inference.flight_record import flight_record, flights
from liptako.model import random
from liptako.model.emit import Draw
from liptako.model.processes import displacement
from liptako.model.structure import build_structure, layout_of
from liptako.theatre.loading import load_theatre

LAST = calendar.month_id(2023, 12)


@pytest.fixture(scope="module")
def read(snapshot, theatre, theatre_folder):
    """Return a function from a snapshot and a month to the record up to it."""
    _, registry = load_theatre(theatre_folder)

    def record(data=snapshot, last_month=LAST):
        structure = build_structure(theatre, data.cells, last_month, layout_of(registry))
        return flight_record(data, structure, registry, last_month)

    return record


@pytest.fixture(scope="module")
def shipped(read):
    return read()


def test_the_rates_found_give_the_recorded_totals(shipped):
    b = np.array([0.2, 0.9])
    found = flights(shipped, b)
    for y in range(1, len(shipped.years)):
        rates = np.nan_to_num(found.log_rate[:, y], nan=-30.0)
        left, away = shipped.through(y, found.away[:, y], rates, b)
        totals, used = left @ shipped.country_matrix, shipped.used[y]
        np.testing.assert_allclose(totals[0, used], shipped.displaced[y, used], rtol=2e-3)
        np.testing.assert_allclose(totals[1, used], shipped.displaced[y, used], rtol=2e-3)
        np.testing.assert_allclose(away, found.away[:, y + 1], rtol=1e-3, atol=1.0)


def test_a_total_above_the_bound_counts_as_nearly_all_that_it_allows():
    record = ff.planted_record(1)
    record = replace(record, displaced=np.where(record.used, 1e12, np.nan))
    found = flights(record, np.array([0.7]))
    used = record.used[1:]
    assert np.isfinite(found.log_rate[0, 1:][used]).all()
    assert (found.log_slope[0, 1:][used] < np.log(0.5)).all(), "near the bound little follows"
    assert (found.away[0] <= record.people + 1).all()


def test_what_cannot_teach_is_left_out_and_named(shipped, read, snapshot):
    rows = shipped.left_out.set_index(["country", "year"])["why"]
    assert rows["NGA", 2022] == "partly_observed"
    assert rows["TGO", 2023] == "nothing_reported"
    assert rows["BEN", 2021] == "few_deaths"
    assert int(shipped.used.sum()) == 19
    before = read(snapshot, calendar.month_id(2019, 12))
    assert before.used.sum(axis=1).tolist() == [0, 4, 4], "all of Nigeria is observed until then"


def test_a_run_moves_people_as_the_fit_does():
    """A year in the model, month by month and without noise, and the same year in the record."""
    world = mf.world()
    start, structure = world.start(), world.structure
    record = flight_record(
        world.prepared.snapshot, structure, world.prepared.loaded.registry, mf.INIT
    )
    rng = np.random.default_rng(3)
    deaths = rng.poisson(3.0, (12, len(structure.regions))).astype(np.float32)
    rates, b = np.array([-5.5, -6.0, -6.5]), 0.6
    people = np.asarray(start.background.population)
    record = replace(
        record, displaced=np.full((1, 3), np.nan), deaths=deaths[None], years=(2020,),
        people=people, most=0.02, return_rate=0.03,
    )  # fmt: skip
    away = np.full(len(structure.regions), 0.2) * people
    left, then = record.through(0, away[None], rates[None], np.array([b]))
    params = mf.plain_params(
        structure, displacement__log_rate=rates, displacement__elasticity=b,
        displacement__log_sd=0.0, displacement__most=0.02, displacement__return_rate=0.03,
    )  # fmt: skip
    state, new = replace(start.state, away=jnp.asarray(away, jnp.float32)), 0.0
    move = jax.jit(
        lambda state, killed: displacement.move(
            structure, start.background, params, state, mf.forcing_at(start.forcing, 0), killed,
            Draw(random.member_key(1, 2), jnp.int32(mf.INIT + 1)),
        )
    )  # fmt: skip
    for killed in deaths:
        state, moved = move(state, killed)
        new = new + np.asarray(moved)
    np.testing.assert_allclose(new, (left @ structure.region_country_matrix)[0], rtol=1e-4)
    np.testing.assert_allclose(np.asarray(state.away), then[0], rtol=1e-4)


def test_noise_of_a_run_is_that_of_the_fit():
    # 40,000 draws: the spread of log totals within 2%, so far below the bound.
    world = mf.world()
    start, structure = world.start(), world.structure
    params = mf.plain_params(structure, displacement__log_sd=0.8)
    deaths = jnp.ones(len(structure.regions))

    @jax.jit
    @jax.vmap
    def new(member):
        draw = Draw(random.member_key(1, member), jnp.int32(mf.INIT + 1))
        forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(LAST + 1))
        return displacement.move(
            structure, start.background, params, start.state, forcing, deaths, draw
        )[1]

    seen = np.log(np.asarray(new(jnp.arange(40_000))))
    np.testing.assert_allclose(seen.std(0), 0.8, rtol=0.02)


def test_planted_numbers_are_found_within_their_errors():
    """Twelve records, each of 32 totals: 60 numbers, 90% of them inside their 90% intervals.

    Were they independent, fewer than 46 had chance 0.002; those of one record are not, so 43.
    """
    inside = []
    for seed in range(12):
        rng = np.random.default_rng(100 + seed)
        rates, b = rng.normal(-6.9, 1.0, 4), rng.normal(*PRIOR_ELASTICITY)
        fit = fit_displacement(ff.planted_record(seed, rates, b))
        z = (fit.mean[:-1] - np.r_[rates, b]) / np.sqrt(np.diag(fit.covariance)[:-1])
        inside += list(abs(z) < 1.645)
    assert sum(inside) >= 43, np.mean(inside)
    assert np.exp(fit.mean[-1]) == pytest.approx(ff.NOISE_SD, rel=0.5)


def test_rate_and_elasticity_offset_each_other():
    """Where deaths are few for the people, a higher elasticity goes with a higher rate."""
    record = ff.planted_record(2)
    record = replace(record, people=8 * record.people)
    fit = fit_displacement(record)
    sd = np.sqrt(np.diag(fit.covariance))
    intensity = np.log(1e5 * record.deaths.mean() / record.people.mean())
    assert intensity < -1
    correlation = fit.covariance[:4, 4] / sd[:4] / sd[4]
    assert (correlation > 0.5).all()


def test_an_empty_record_gives_the_prior():
    record = ff.planted_record(1)
    fit = fit_displacement(replace(record, displaced=np.full_like(record.displaced, np.nan)))
    np.testing.assert_allclose(fit.mean[:4], PRIOR_LOG_RATE[0], atol=1e-6)
    assert fit.mean[4] == pytest.approx(PRIOR_ELASTICITY[0], abs=0.01)
    variance = np.diag(fit.covariance)
    assert variance[4] == pytest.approx(PRIOR_ELASTICITY[1] ** 2, rel=0.05)
    # a half-normal of scale 1 has mean square 1
    np.testing.assert_allclose(variance[:4], PRIOR_LOG_RATE[1] ** 2 + 1.0, rtol=0.1)


def test_countries_without_totals_get_the_pooled_rate_with_more_doubt(shipped):
    fit = fit_displacement(shipped)
    taught = shipped.used.any(axis=0)
    rates, sd = fit.mean[:-2], np.sqrt(np.diag(fit.covariance))[:-2]
    assert np.ptp(rates[~taught]) < 1e-9
    assert rates[taught].min() < rates[~taught][0] < rates[taught].max()
    assert sd[~taught].min() > sd[taught].max()


def test_yearly_totals_lie_within_the_stated_noise(shipped):
    # If the noise is as stated, fewer than 15 of 19 inside 90% has chance 0.04, |z| > 3.5 0.01.
    fit = fit_displacement(shipped)
    found = flights(shipped, fit.mean[-2:-1]).log_rate[0]
    z = ((found - fit.mean[:-2]) / np.exp(fit.mean[-1]))[shipped.used]
    assert (abs(z) < 1.64).sum() >= 15
    assert abs(z).max() < 3.5
    assert abs(z.mean()) < 0.5
    assert 0.4 < z.std() < 1.4


def test_the_future_does_not_enter_the_fit(snapshot, read):
    until = calendar.month_id(2020, 12)
    later = snapshot.displacement["month"] > until
    moved = snapshot.displacement.assign(
        displaced=snapshot.displacement["displaced"].mask(later, 1e7)
    )
    events = snapshot.events
    killed = events.assign(deaths=events["deaths"].mask(events["month"] > until, 999))
    plain = fit_displacement(read(snapshot, until))
    worse = fit_displacement(read(replace(snapshot, displacement=moved, events=killed), until))
    for one, other in zip(plain, worse, strict=True):
        np.testing.assert_array_equal(one, other)
    year_not_over = fit_displacement(read(snapshot, until + 9))
    np.testing.assert_array_equal(plain.mean, year_not_over.mean)
    assert not np.array_equal(plain.mean, fit_displacement(read(snapshot, until + 12)).mean)


def test_a_few_years_are_enough_to_fit_and_do_not_look_certain(snapshot, read):
    for year in range(2017, 2024):
        fit = fit_displacement(read(snapshot, calendar.month_id(year, 12)))
        assert np.isfinite(fit.mean).all()
        assert np.linalg.eigvalsh(fit.covariance).min() > 1e-4
        assert (np.sqrt(np.diag(fit.covariance)) > 0.1).all()
        assert 0.4 < np.exp(fit.mean[-1]) < 2.0


def test_those_who_fled_earlier_are_away_when_a_run_starts():
    world = mf.world()
    start, people = world.start().state, np.asarray(world.start().background.population)
    away, displaced = np.asarray(start.away), np.asarray(start.displaced)
    # 900 people of country AAA fled in 2011; those of 2012 are the last whole year's
    home = world.structure.region_country == world.structure.countries.index("AAA")
    record = flight_record(
        world.prepared.snapshot, world.structure, world.prepared.loaded.registry, mf.INIT
    )
    stay = 1.0 - record.return_rate
    assert 900 * stay ** (20 + 12) < away[home].sum() < 900 * stay**20
    assert not away[~home].any()
    assert displaced.sum() == pytest.approx(away.sum(), rel=1e-5)
    assert (away < people).all()
    none = pd.DataFrame({"country": [], "month": [], "displaced": []})
    empty = replace(world.prepared.snapshot, displacement=none.astype({"month": int}))
    assert not np.asarray(mf.prepared_of(world.prepared.loaded, empty).state.away).any()
