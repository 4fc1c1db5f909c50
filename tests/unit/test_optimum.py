"""Fits that check whether they converged."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import model_fixtures as mf
from liptako.inference import theatre_fit
from liptako.inference.fit import FitSettings
from liptako.inference.optimum import NoOptimumError, at_optimum
from liptako.inference.severity_fit import fit_severity
from liptako.model.posterior import load_posterior
from liptako.verification.kernels import fit_mixture_kernel

RNG = np.random.default_rng(5)
HISTORY = RNG.negative_binomial(1.0, 0.1, (80, 4)).astype(float)
EVENTS = RNG.poisson(0.5, (30, 2, 5)).astype(float)

FITS = {
    "severity": lambda: fit_severity(EVENTS, EVENTS * RNG.poisson(3.0, EVENTS.shape), 48.0),
    "kernel": lambda: fit_mixture_kernel(HISTORY),
}


def bowl(x):
    return float(((x - 2.0) ** 2).sum() + (x**4).sum())


def test_only_an_optimum_is_one():
    start = np.array([9.0, -5.0])
    found = optimize.minimize(bowl, start, method="L-BFGS-B")
    np.testing.assert_array_equal(at_optimum(found, "a bowl"), found.x)
    short = optimize.minimize(bowl, start, method="L-BFGS-B", options={"maxiter": 1})
    with pytest.raises(NoOptimumError, match="a bowl: the fit did not converge"):
        at_optimum(short, "a bowl")
    assert at_optimum(short, "a bowl", missing=1e-4) is short.x
    for changes in ({"fun": np.nan}, {"x": np.array([np.inf, 0.0])}):
        with pytest.raises(NoOptimumError):
            at_optimum(optimize.OptimizeResult({**found, **changes}), "a bowl", missing=0.0)


@pytest.mark.parametrize("name", FITS)
def test_a_fit_that_stops_short_is_an_error(monkeypatch, name):
    FITS[name]()
    plain = optimize.minimize

    def short(*args, **rest):
        options = {**rest.pop("options", {}), "maxiter": 1}
        return plain(*args, **rest, options=options)

    monkeypatch.setattr(optimize, "minimize", short)
    with pytest.raises(NoOptimumError, match="did not converge"):
        FITS[name]()


def test_the_fit_of_the_theatre_says_whether_it_converged(monkeypatch, theatre_folder):
    assert load_posterior(theatre_folder / "fit.nc").about["converged"] == "yes"
    loaded = mf.world().prepared.loaded
    arguments = (loaded.theatre, loaded.registry, mf.world_snapshot(), mf.INIT)
    monkeypatch.setattr(theatre_fit, "FIRST_MONTH", mf.FIRST_MONTH)
    monkeypatch.setattr(theatre_fit, "WARM_UP_MONTHS", 24)
    monkeypatch.setattr(theatre_fit, "FIRST_INIT", 0)
    half_lives = []
    monkeypatch.setattr(
        theatre_fit, "fit_severity", lambda *a: half_lives.append(a[2]) or fit_severity(*a)
    )
    settings = FitSettings(iterations=2, severity_half_life=7.0)
    fitted, _ = theatre_fit.fit_theatre(*arguments, settings)
    assert fitted.about["converged"].startswith("no: ")
    assert half_lives == [7.0]
