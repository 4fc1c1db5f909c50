"""Simulated regimes end as often, at each age and by each cause, as the fit of past ones says."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.inference.past_cases.politics import past_regimes
from liptako.inference.past_cases.regimes import exit_chances
from liptako.model import random
from liptako.model.codes import Exit
from liptako.model.draws import _regimes
from liptako.model.emit import Draw
from liptako.model.processes import regime

INIT, AGES, MONTHS, MEMBERS = 528, (40, 23, 5), 36, 8000
ENDS = {
    "coup_others": (Exit.COUP_OTHER_CAMP,),
    "force": (Exit.REBELLION, Exit.CAPITAL_FALLS),
    "handed_over": (Exit.NEGOTIATED,),
}


@pytest.fixture(scope="module")
def fit(snapshot):
    return past_regimes(snapshot.until(INIT), ("BFA", "MLI", "NER"))


@pytest.fixture(scope="module")
def start():
    return mf.world().start()


def exits_of(start, drawn, **changes):
    """Return how three juntas of `AGES` ended by member and month, were each left to itself."""
    structure = mf.world().structure
    base = mf.plain_params(structure, **changes)
    ages = jnp.asarray(AGES, jnp.float32)
    begun = replace(start.state.regime, junta=jnp.ones(3), tenure=ages)
    lost = jnp.zeros(3)
    forcing = mf.forcing_at(start.forcing, 0)

    @jax.jit
    @jax.vmap
    def futures(member, leaves):
        params = replace(base, regime=replace(base.regime, **leaves))
        key = random.member_key(jnp.uint32(11), member)

        def month(rule, number):
            state, at = replace(start.state, regime=rule), replace(forcing, month=number)
            after = regime.survive(
                structure, start.background, params, state, at, lost, Draw(key, number)
            )
            return after.regime, after.regime.exit

        return jax.lax.scan(month, begun, INIT + 1 + jnp.arange(MONTHS, dtype=jnp.int32))[1]

    return np.asarray(futures(jnp.arange(MEMBERS, dtype=jnp.uint32), drawn)).astype(int)


def first_ends(exits):
    """Return the month (from 1) of each regime's end, 0 if none, and its kind."""
    ending = np.isin(exits, [int(kind) for kinds in ENDS.values() for kind in kinds])
    month = np.where(ending.any(axis=1), ending.argmax(axis=1) + 1, 0)
    kind = np.take_along_axis(exits, np.maximum(month - 1, 0)[:, None], axis=1)[:, 0]
    return month, np.where(month > 0, kind, 0)


@pytest.mark.parametrize("cohort", [False, True])
def test_regimes_left_to_themselves_end_as_the_fit_of_past_ones_says(fit, start, cohort):
    """Within four Monte Carlo errors, at three ages, after one, two and three years, by cause.

    The shipped cohort differs little from those before it; one that seldom hands over does.
    """
    fit = replace(fit, cohort=(4.0, 16.0)) if cohort else fit
    drawn = _regimes(replace(mf.world().prepared.politics, regimes=fit), 4, np.arange(MEMBERS))
    leaves = {
        path.removeprefix("regime."): jnp.asarray(leaf, jnp.float32) for path, leaf in drawn.items()
    }
    exits = exits_of(start, leaves, regime__cohort=float(cohort))
    month, kind = first_ends(exits)
    for country, age in enumerate(AGES):
        chances = exit_chances(fit, age, MONTHS, cohort=cohort, n_draws=40000)
        for horizon in (12, 24, 36):
            over = (month[:, country] > 0) & (month[:, country] <= horizon)
            seen = {
                cause: (over & np.isin(kind[:, country], [int(one) for one in kinds])).mean()
                for cause, kinds in ENDS.items()
            }
            seen["survival"] = 1.0 - over.mean()
            for cause, share in seen.items():
                expected = chances[cause][horizon - 1]
                error = np.sqrt(expected * (1 - expected) / MEMBERS)
                assert abs(share - expected) < 4 * error, (age, horizon, cause, share, expected)


def test_insiders_and_failures_come_at_their_rates_and_end_nothing(fit, start):
    """Of a regime held in one band for a year, by the mean of its rates."""
    n, rates = MEMBERS, {"coup_others": 0.0, "coup_insiders": 0.02, "force": 0.0}
    leaves = {name: jnp.full((n, 5), rate) for name, rate in rates.items()}
    leaves |= {"handed_over": jnp.zeros((n, 5)), "success": jnp.full(n, 0.25)}
    exits = exits_of(start, leaves)
    total = 0.02 / 0.25
    for kind, share in ((Exit.COUP_SAME_CAMP, 0.25), (Exit.MUTINY, 0.75)):
        seen = (exits == int(kind)).mean()
        expected = share * -np.expm1(-total)
        error = np.sqrt(expected / exits.size)
        assert abs(seen - expected) < 4 * error, kind
    assert set(np.unique(exits)) == {0, int(Exit.COUP_SAME_CAMP), int(Exit.MUTINY)}
