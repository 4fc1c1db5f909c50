"""Regimes: rates as written, kinds of exit, what they leave behind, and both couplings."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import AGE_BANDS, Exit
from liptako.model.distributions import Categorical
from liptako.model.emit import Draw, Observed
from liptako.model.processes import pressure, regime, violence
from liptako.model.processes.levers import no_view
from liptako.model.random import Site
from liptako.model.simulate import start_member

HANDED, OF_COHORT = (0.03, 0.02, 0.04, 0.025, 0.005), (0.006, 0.004, 0.01, 0.002, 0.001)
OTHERS, INSIDERS = (0.05, 0.045, 0.03, 0.02, 0.015), (0.012, 0.02, 0.03, 0.025, 0.01)
FORCE, SUCCESS, CAPITAL = (0.01, 0.005, 0.02, 0.008, 0.03), 0.4, 0.2
OLD = mf.INIT - 500
"""A month before any regime of these tests was born."""

RATES = {
    "regime__handed_over": HANDED, "regime__handed_over_cohort": OF_COHORT,
    "regime__coup_others": OTHERS, "regime__coup_insiders": INSIDERS, "regime__force": FORCE,
    "regime__success": SUCCESS, "regime__capital": CAPITAL,
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def params(world, **changes):
    n = len(world.structure.countries)
    shaky = {"regime__baseline": np.full(n, -3.0), **RATES}
    return mf.plain_params(world.structure, **{**shaky, **changes})


def ruled(world, **changes):
    """Return the regimes at the start with some of their numbers changed, each one by country."""
    given = {name: jnp.broadcast_to(jnp.asarray(value, jnp.float32), (3,))
             for name, value in changes.items() if name != "frailty"}  # fmt: skip
    if "frailty" in changes:
        given["frailty"] = jnp.float32(changes["frailty"])
    return replace(world.start().state.regime, **given)


def month_after(world, exits, state=None, lost=0.0, background=None, **changes):
    structure = world.structure
    state = world.start().state if state is None else state
    background = world.start().background if background is None else background
    forcing = mf.forcing_at(world.start().forcing, 0)
    seen = {int(Site.EXIT): jnp.asarray(exits, jnp.float32)}
    lost = np.broadcast_to(lost, 3)
    return regime.survive(
        structure, background, params(world, **changes), state, forcing,
        jnp.asarray(lost, jnp.float32), Observed(seen),
    )  # fmt: skip


NOBODY_INVADED = jnp.zeros(3)


def rates_of(
    world, rule, month=mf.INIT + 1, handing_over=(1.0, 1.0, 1.0), invaded=NOBODY_INVADED, **changes
):
    given = params(world, **changes)
    multiplier = jnp.asarray(handing_over, jnp.float32)
    at = rule, jnp.int32(month), multiplier, invaded
    return np.asarray(regime.risks(world.structure, given, *at))


def by_hand(handed, others, insiders, force):
    """Return rates in the order of kinds: some coups and some of those that fail, force split."""
    failed = (others + insiders) * (1 - SUCCESS) / SUCCESS
    return [others, insiders, failed, force * (1 - CAPITAL), force * CAPITAL, handed, 0.0]


@pytest.mark.parametrize(
    ("tenure", "band"),
    [(0, 0), (5, 0), (6, 1), (23, 1), (24, 2), (59, 2), (60, 3), (119, 3), (120, 4), (400, 4)],
)
def test_a_regime_ends_at_the_rates_of_the_band_of_its_age(world, tenure, band):
    """A band begins with its first age: at 24 months the rates are those of 24 to 59."""
    assert AGE_BANDS == (0, 6, 24, 60, 120)
    seen = rates_of(world, ruled(world, junta=1.0, tenure=tenure))
    expected = by_hand(HANDED[band], OTHERS[band], INSIDERS[band], FORCE[band])
    np.testing.assert_allclose(seen, np.tile(expected, (3, 1)).T, rtol=1e-6)


def test_what_moves_rates_multiplies_those_it_is_about(world):
    """Danger moves coups, the shared factor coups and force, dates and pressure hand-overs."""
    rule = ruled(world, junta=1.0, tenure=[3, 30, 130], danger=[0.4, -0.3, 0.0], frailty=0.25)
    seen = rates_of(world, rule, handing_over=(1.0, 0.5, 3.0))
    for country, (band, danger, handing) in enumerate(
        [(0, 0.4, 1.0), (2, -0.3, 0.5), (4, 0.0, 3.0)]
    ):
        coups, forced = np.exp(danger + 0.25), np.exp(0.25)
        expected = by_hand(
            HANDED[band] * handing, OTHERS[band] * coups, INSIDERS[band] * coups,
            FORCE[band] * forced,
        )  # fmt: skip
        np.testing.assert_allclose(seen[:, country], expected, rtol=1e-5)


def test_probabilities_compete_for_the_month(world):
    """Of several rates the chance of any is one less the chance of none; each has its share."""
    rule = ruled(world, junta=[1, 0, 1], tenure=[10, 0, 70], coup_clock=[50, 7, 70])
    at = rule, jnp.int32(mf.INIT + 1), jnp.ones(3), NOBODY_INVADED
    seen = np.asarray(regime.probabilities(world.structure, params(world), *at))
    for country, band in ((0, 1), (2, 3)):
        rates = np.array(by_hand(HANDED[band], OTHERS[band], INSIDERS[band], FORCE[band]))
        expected = rates / rates.sum() * (1 - np.exp(-rates.sum()))
        np.testing.assert_allclose(seen[:, country], expected, rtol=1e-5)
    event = 1 / (1 + np.exp(3.0 + 0.3 * np.log(7 + 2.0)))
    civil = [event * SUCCESS, 0.0, event * (1 - SUCCESS), 0.0, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(seen[:, 1], civil, rtol=1e-5)


def test_only_members_have_regimes(world):
    structure = replace(world.structure, member=np.array([1.0, 0.0, 0.0], np.float32))
    for junta in (1.0, 0.0):
        rule = ruled(world, junta=junta)
        seen = np.asarray(
            regime.probabilities(
                structure, params(world), rule, jnp.int32(mf.INIT + 1), jnp.ones(3), NOBODY_INVADED
            )
        )
        assert seen[:, 0].any()
        assert not seen[:, 1:].any()


def test_a_cohort_hands_over_at_its_own_rate_from_its_first_month_on(world):
    """In month t one aged a was born in t - 1 - a: here in the month before, of, and after."""
    month = mf.INIT + 1
    born = np.array([OLD - 1, OLD, OLD + 1])
    rule = ruled(world, junta=1.0, tenure=month - 1 - born)
    dated = {"regime__cohort_from": float(OLD)}
    seen = rates_of(world, rule, month, **dated)
    np.testing.assert_allclose(seen[5], [HANDED[4], OF_COHORT[4], OF_COHORT[4]], rtol=1e-6)
    np.testing.assert_array_equal(seen[:5], rates_of(world, rule, month)[:5])
    earlier = rates_of(world, rule, month, **dated, regime__cohort=0.0)
    np.testing.assert_allclose(earlier[5], HANDED[4], rtol=1e-6)


def test_categorical_draws_each_kind_as_often_as_it_should():
    law = Categorical(jnp.asarray([[0.1], [0.0], [0.25]]))
    u = (jnp.arange(1000) + 0.5) / 1000
    drawn = np.asarray(law.quantile(u))
    np.testing.assert_array_equal(np.bincount(drawn.astype(int), minlength=4), [650, 100, 0, 250])
    assert float(law.log_prob(jnp.asarray([0.0]))[0]) == pytest.approx(np.log(0.65), rel=1e-5)
    assert float(law.log_prob(jnp.asarray([3.0]))[0]) == pytest.approx(np.log(0.25), rel=1e-5)


def test_exits_move_clock_camp_and_memory(world):
    exits = [Exit.COUP_OTHER_CAMP, Exit.MUTINY, Exit.NONE]
    before = ruled(world, junta=[0, 1, 1], tenure=[0, 30, 40], coup_clock=[9, 20, 40])
    state = replace(world.start().state, regime=before)
    after = month_after(world, exits, state).regime
    np.testing.assert_array_equal(after.coup_clock, [0.0, 0.0, 41.0])
    np.testing.assert_array_equal(after.tenure, [0.0, 31.0, 41.0])
    np.testing.assert_array_equal(after.junta, [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(after.rally, [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(after.shake, [1.0, 0.0, 0.0])
    for kind in (Exit.NEGOTIATED, Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.INTERVENTION):
        gone = month_after(world, [kind] * 3, state).regime
        np.testing.assert_array_equal(gone.junta, 0.0)
        np.testing.assert_array_equal(gone.shake, 1.0)
        np.testing.assert_array_equal(gone.rally, 0.0)
        np.testing.assert_array_equal(gone.coup_clock, [10.0, 21.0, 41.0])


def test_a_coup_by_insiders_ends_no_regime(world):
    """Who leads changes: the clock of coups starts anew, the regime's age and rights do not."""
    before = ruled(world, junta=1.0, tenure=[5, 30, 40], coup_clock=40.0)
    state = replace(world.start().state, regime=before)
    own = month_after(world, [Exit.COUP_SAME_CAMP] * 3, state).regime
    np.testing.assert_array_equal(own.junta, 1.0)
    np.testing.assert_array_equal(own.tenure, [6.0, 31.0, 41.0])
    np.testing.assert_array_equal(own.coup_clock, 0.0)
    np.testing.assert_array_equal(own.shake, 1.0)
    np.testing.assert_array_equal(own.rally, 0.0)


def danger_of(world, state, background=None, **changes):
    start = world.start()
    background = start.background if background is None else background
    forcing = mf.forcing_at(start.forcing, 0)
    return np.asarray(
        regime.danger(world.structure, background, params(world, **changes), state, forcing)
    )


def test_the_states_own_dead_raise_the_rate_of_coups_up_to_a_bound(world):
    """The log ratio of the fading mean to the start's saturates."""
    start = world.start()
    losses, lost = np.array([12.0, 0.0, 3.0]), np.array([50.0, 60.0, 0.0])
    background = replace(start.background, losses_start=jnp.asarray(losses, jnp.float32))
    state = replace(start.state, regime=ruled(world, losses=losses))
    after = month_after(world, [0, 0, 0], state, lost, background)
    fade = 2.0 ** (-1 / 8)
    faded = fade * losses + (1 - fade) * lost
    np.testing.assert_allclose(after.regime.losses, faded, rtol=1e-5)
    more = np.log((1 + faded) / (1 + losses))
    assert more[2] < 0.0 < more[1]
    for bound in (1.4, 0.5):
        seen = danger_of(world, after, background, regime__losses=0.4, regime__saturation=bound)
        np.testing.assert_allclose(seen, 0.4 * bound * np.tanh(more / bound), rtol=1e-4)


def test_four_thousand_times_the_losses_do_little_more_than_four_times(world):
    start = world.start()
    background = replace(start.background, losses_start=jnp.full(3, 9.0))
    ratios = np.array([1.0, 4.0, 4000.0])
    state = replace(start.state, regime=ruled(world, losses=10.0 * ratios - 1.0))
    seen = danger_of(world, state, background, regime__losses=0.4, regime__saturation=1.4)
    np.testing.assert_allclose(seen, 0.4 * 1.4 * np.tanh(np.log(ratios) / 1.4), atol=1e-6)
    assert seen[2] <= 0.4 * 1.4 + 1e-6, "no more than the bound"
    assert seen[2] - seen[1] < 0.4 * 1.4 * (1 - np.tanh(np.log(4.0) / 1.4)) + 1e-6
    nobody = danger_of(world, state, background, regime__losses=0.4, regime__saturation=0.0)
    assert np.isfinite(nobody).all()


def test_at_the_start_danger_is_none_whatever_the_parameters(world):
    lively = {f"regime__{name}": 0.7 for name in ("losses", "siege", "rally", "sanctions")}
    lively |= {f"regime__{name}_variance": 0.2 for name in ("siege", "rally", "sanctions")}
    lively |= {"regime__guarantee": 0.9}
    for one in (world, mf.political_world()):
        start, losses = one.start(), jnp.asarray([20.0, 5.0, 0.0])
        state = replace(start.state, regime=replace(start.state.regime, losses=losses))
        background = replace(start.background, losses_start=losses)
        more = {} if not one.structure.patrons.names else {
            "patrons__insurance": np.ones(3), "patrons__insurance_variance": np.ones(3),
        }  # fmt: skip
        np.testing.assert_array_equal(danger_of(one, state, background, **lively, **more), 0.0)


def test_a_siege_adds_to_danger_and_a_rally_takes_off_it(world):
    """Where there is no view of an effect, half its prior variance comes off, by its square."""
    rule = ruled(world, siege=[0.5, 0.0, -1.0], rally=[0.0, 1.0, 0.5])
    state = replace(world.start().state, regime=rule)
    held = danger_of(world, state, regime__siege=0.6, regime__rally=0.3)
    np.testing.assert_allclose(held, [0.3, -0.3, -0.6 - 0.15], rtol=1e-5)
    seen = danger_of(world, state, regime__siege=0.6, regime__rally=0.3,
                     regime__siege_variance=0.2, regime__rally_variance=0.08)  # fmt: skip
    lost = np.array([0.1 * 0.25, 0.04, 0.1 + 0.04 * 0.25])
    np.testing.assert_allclose(seen, held - lost, rtol=1e-5)


def test_sanctions_add_to_the_odds_of_a_coup_where_they_are_set():
    world = mf.political_world()
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    forcing = mf.with_levers(world.structure, forcing, ban=[0.5, 0.0, -1.0], friend=1.0)
    seen = regime.danger(
        world.structure,
        start.background,
        params(world, regime__sanctions=0.6),
        start.state,
        forcing,
    )
    np.testing.assert_allclose(seen, [0.3, 0.0, -0.6], rtol=1e-6)
    unknown = params(world, regime__sanctions=0.6, regime__sanctions_variance=0.16)
    less = regime.danger(world.structure, start.background, unknown, start.state, forcing)
    np.testing.assert_allclose(less, [0.3 - 0.02, 0.0, -0.6 - 0.08], rtol=1e-5)


def test_disputes_that_climb_past_dialogue_add_as_sanctions_do():
    """At the start the first stands at dialogue, the second at sanctions; shares by country."""
    world = mf.political_world()
    start = world.start()
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), ban=[0.5, 0.0, 0.0])
    for rungs, change in (((0, 1), [0, 0, 0]), ((1, 4), [1, 0.5, 0]), ((0, 0), [0, -0.5, -1])):
        state = replace(start.state, rung=jnp.asarray(rungs, jnp.float32))
        seen = regime.danger(
            world.structure, start.background, params(world, regime__sanctions=0.6), state, forcing
        )
        expected = 0.6 * np.add(change, [0.5, 0.0, 0.0])
        np.testing.assert_allclose(seen, expected, atol=1e-6)


class Laws:
    """Lets nothing happen, and keeps the laws it was asked about."""

    def __init__(self):
        self.asked = {}

    def __call__(self, site, law, first, second):
        self.asked[site] = law
        return jnp.zeros(np.broadcast_shapes(first.shape, second.shape))


def handing_over(due, stance=0.0, **changes):
    """Return what multiplies hand-overs of three juntas, pressed by a half, 0 and 1."""
    world = mf.political_world()
    structure, start = world.structure, world.start()
    conduct = replace(start.state.conduct, due=jnp.asarray(due, jnp.float32))
    moved = conduct.stance.at[structure.levers.index("press")].set(stance)
    state = replace(start.state, conduct=replace(conduct, stance=moved))
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), press=[0.5, 0.0, 1.0])
    given = params(world, **changes)
    return np.asarray(regime.handed_over(structure, start.background, given, state, forcing))


def test_a_date_promised_or_missed_since_the_start_and_pressure_for_one_multiply_hand_overs():
    """The first country's date stood at the start: what rates hold is not counted again."""
    start = mf.political_world().start()
    np.testing.assert_array_equal(start.background.dated_start, [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(handing_over((0, 1, 0)), 1.0)
    effects = {"regime__promise": 0.9, "regime__pressure": 0.4}
    expected = {(3, 1, 0): [0.2, 0.9, 0.4], (0, 0, 0): [0.2 - 0.9, 0.0, 0.4]}
    for due, log in expected.items():
        np.testing.assert_allclose(handing_over(due, **effects), np.exp(log), rtol=1e-5)


def test_what_is_not_known_of_dates_and_pressure_keeps_the_mean_rate():
    seen = handing_over((0, 1, 0), regime__promise=0.9, regime__promise_variance=0.25,
                        regime__pressure=0.4, regime__pressure_variance=0.09)  # fmt: skip
    expected = [-0.9 - 0.125 + 0.2 - 0.045 / 4, 0.9 - 0.125, 0.4 - 0.045]
    np.testing.assert_allclose(seen, np.exp(expected), rtol=1e-5)


def test_pressure_counts_whoever_moved_the_lever():
    seen = handing_over((1, 0, 0), stance=0.5, regime__pressure=0.4)
    np.testing.assert_allclose(seen, np.exp([0.4, 0.2, 0.6]), rtol=1e-5)


def test_a_month_asks_for_the_chances_of_its_rates():
    """What a month draws is what pressure, danger and the shared factor make of rates."""
    world = mf.political_world()
    structure, start, laws = world.structure, world.start(), Laws()
    rule = ruled(world, junta=1.0, tenure=30.0, frailty=0.3)
    state = replace(start.state, regime=rule)
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), ban=1.0, press=0.5)
    given = params(world, regime__sanctions=0.6, regime__pressure=0.4, regime__promise=0.9)
    regime.survive(
        structure, start.background, given, state, forcing,
        jnp.zeros(3), laws,
    )  # fmt: skip
    for country in range(3):
        coups = np.exp(0.6 + 0.3)
        rates = np.array(by_hand(
            HANDED[2] * np.exp(0.2), OTHERS[2] * coups, INSIDERS[2] * coups,
            FORCE[2] * np.exp(0.3),
        ))  # fmt: skip
        expected = rates / rates.sum() * (1 - np.exp(-rates.sum()))
        seen = np.asarray(laws.asked[Site.EXIT].probability)[:, country]
        np.testing.assert_allclose(seen, expected, rtol=1e-5)


def test_danger_and_what_ties_coups_move_the_log_odds_one_for_one(world):
    rule = ruled(world)
    at = ruled(world, danger=[0.0, 0.4, -1.0], frailty=0.2)
    gap = regime.coup_log_odds(params(world), at) - regime.coup_log_odds(params(world), rule)
    np.testing.assert_allclose(gap, np.array([0.0, 0.4, -1.0]) + 0.2, atol=1e-5)


def test_a_month_keeps_the_danger_it_was_drawn_with():
    """What allies expect of one another next quarter is read from it: without what ties coups."""
    world = mf.political_world()
    start = world.start()
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), ban=1.0)
    state = replace(start.state, regime=ruled(world, frailty=0.5, coup_elsewhere=3.0))
    after = regime.survive(
        world.structure, start.background,
        params(world, regime__sanctions=0.6, regime__contagion=0.4), state, forcing,
        jnp.zeros(3), Observed({int(Site.EXIT): jnp.zeros(3)}),
    )  # fmt: skip
    np.testing.assert_allclose(after.regime.danger, 0.6, rtol=1e-6)


def test_a_coup_forced_on_a_month_happens_there_and_then_and_nowhere_else(world):
    start, structure = world.start(), world.structure
    given = mf.plain_params(structure)
    shocks = np.zeros((6, *start.forcing.shocks.shape[1:]), np.float32)
    shocks[3, regime.COUP, 1] = 1.0
    old = replace(
        start.state.regime, coup_clock=jnp.full(3, 40.0), tenure=jnp.full(3, 30.0),
        junta=jnp.asarray([1.0, 0.0, 0.0]),
    )  # fmt: skip
    state, seen = replace(start.state, regime=old), []
    for month in range(6):
        forcing = replace(mf.forcing_at(start.forcing, month), shocks=jnp.asarray(shocks[month]))
        draw = Draw(random.member_key(jnp.uint32(1), jnp.uint32(0)), forcing.month)
        state = regime.survive(
            structure, start.background, given, state, forcing,
            jnp.zeros(3), draw,
        )  # fmt: skip
        seen.append(state.regime)
    exits = np.array([np.asarray(one.exit) for one in seen])
    expected = np.zeros((6, 3))
    expected[3, 1] = Exit.COUP_OTHER_CAMP
    np.testing.assert_array_equal(exits, expected)
    for field, at_first in (("coup_clock", 40.0), ("tenure", 30.0)):
        months = np.array([np.asarray(getattr(one, field)) for one in seen])
        went_on = at_first + np.arange(1, 7)
        np.testing.assert_array_equal(months[:, [0, 2]], np.stack([went_on, went_on], 1))
        np.testing.assert_array_equal(months[:, 1], [*went_on[:3], 0, 1, 2], err_msg=field)
    np.testing.assert_array_equal(seen[-1].junta, [1.0, 1.0, 0.0])
    np.testing.assert_array_equal(seen[3].rally, [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(seen[3].coup_elsewhere, [12.0, 0.0, 12.0])


def test_a_forced_coup_replaces_what_luck_had_drawn(world):
    start = world.start()
    shocks = np.zeros(start.forcing.shocks.shape[1:], np.float32)
    shocks[regime.COUP, [0, 1]] = 1.0
    shocks[np.arange(len(shocks)) != regime.COUP] = 1.0
    forcing = replace(mf.forcing_at(start.forcing, 0), shocks=jnp.asarray(shocks))
    drawn = jnp.asarray([Exit.MUTINY, Exit.NEGOTIATED, Exit.MUTINY], jnp.float32)
    seen = {int(Site.EXIT): drawn}
    after = regime.survive(
        world.structure, start.background, params(world), start.state, forcing,
        jnp.zeros(3), Observed(seen),
    )  # fmt: skip
    one = float(Exit.COUP_OTHER_CAMP)
    np.testing.assert_array_equal(after.regime.exit, [one, one, float(Exit.MUTINY)])


def test_attacks_nearer_to_the_capital_than_at_the_start_are_a_siege(world):
    """The log of one and the attacks near it, beyond the start's, enters by a month's share."""
    structure = replace(world.structure, near_capital=_near(world.structure, [0, 1, 2]))
    start = world.start()
    before = np.asarray(pressure.near_capital(structure, start.state))
    background = replace(start.background, siege_start=jnp.asarray(before))
    closer = np.asarray(start.state.traces).copy()
    closer[:, :, [0, 1, 2]] += 5.0
    farther = np.asarray(start.state.traces).copy()
    farther[:, :, [6, 7, 8]] += 5.0
    found = {}
    for name, traces in (("closer", closer), ("farther", farther)):
        rule = ruled(world, siege=[0.0, 0.4, 0.0])
        state = replace(start.state, traces=jnp.asarray(traces), regime=rule)
        found[name] = np.asarray(regime.survive(
            structure, background, params(world, regime__legitimacy_persistence=0.9), state,
            mf.forcing_at(start.forcing, 0), jnp.zeros(3),
            Observed({int(Site.EXIT): jnp.zeros(3)}),
        ).regime.siege)  # fmt: skip
    insurgent = int((structure.insurgent > 0).sum())
    now = before[0] + 3 * 5.0 * insurgent
    nearer = np.log1p(now) - np.log1p(before[0])
    np.testing.assert_allclose(found["closer"], [0.1 * nearer, 0.36, 0.0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["farther"], [0.0, 0.36, 0.0], atol=1e-6)


def test_a_rally_fades_at_the_pace_of_legitimacy(world):
    state = replace(world.start().state, regime=ruled(world, rally=[1.0, 0.5, 0.0]))
    given = {"regime__legitimacy_persistence": 0.9}
    after = month_after(world, [0, 0, Exit.COUP_OTHER_CAMP], state, **given)
    np.testing.assert_allclose(after.regime.rally, [0.9, 0.45, 1.0], rtol=1e-6)


def _near(structure, cells):
    near = np.zeros((structure.n_cells, len(structure.countries)), np.float32)
    near[cells, structure.country[cells]] = 1.0
    return near


def test_exits_move_violence_through_posture_and_capacity(world):
    structure = world.structure
    effect = np.zeros(len(structure.streams))
    effect[structure.streams.index("army_civilians")] = 0.3
    moved = params(world, regime__exit_effect=effect)
    state = month_after(world, [Exit.COUP_OTHER_CAMP, 0, 0])
    forcing = mf.forcing_at(world.start().forcing, 0)
    background = world.start().background
    log = np.asarray(violence.modifiers(structure, background, moved, state, forcing))
    calm = np.asarray(
        violence.modifiers(structure, background, moved, month_after(world, [0, 0, 0]), forcing)
    )
    gap = log - calm
    expected = np.zeros_like(gap)
    row = structure.streams.index("army_civilians")
    expected[row, structure.zones.country == 0] = 0.3
    np.testing.assert_allclose(gap, expected, atol=1e-6)
    spread = 0.04 * (effect > 0)
    unknown = params(world, regime__exit_effect=effect, regime__exit_effect_variance=spread)
    less = np.asarray(violence.modifiers(structure, background, unknown, state, forcing)) - calm
    expected[row, structure.zones.country == 0] = 0.3 - 0.02
    np.testing.assert_allclose(less, expected, atol=1e-6)


# What ties regimes together


def after_of(world, elsewhere, **changes):
    rule = ruled(world, coup_elsewhere=elsewhere)
    return np.asarray(regime.tie(params(world, **changes), rule))


@pytest.mark.parametrize("contagion", [0.6, -0.4, 0.0])
def test_contagion_keeps_the_mean_rate_of_the_record(world, contagion):
    """Over the months of the record that follow a coup elsewhere, and the others, it is one."""
    given = {"regime__contagion": contagion, "regime__after_coup": 0.3}
    no, yes, last = np.exp(after_of(world, [0.0, 12.0, 1.0], **given))
    assert 0.3 * yes + 0.7 * no == pytest.approx(1.0, rel=1e-6)
    assert yes / no == pytest.approx(np.exp(contagion), rel=1e-6)
    assert last == yes, "to the last month of the year"


def test_a_coup_that_succeeds_counts_for_the_others_for_a_year(world):
    state = replace(world.start().state, regime=ruled(world, junta=1.0))
    for kind in (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP):
        one = month_after(world, [kind, 0, 0], state)
        np.testing.assert_array_equal(one.regime.coup_elsewhere, [0.0, 12.0, 12.0])
    for kind in (Exit.MUTINY, Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.NEGOTIATED):
        none = month_after(world, [kind, 0, 0], state)
        np.testing.assert_array_equal(none.regime.coup_elsewhere, 0.0)
    two = month_after(world, [Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, 0], state)
    np.testing.assert_array_equal(two.regime.coup_elsewhere, 12.0)
    faded, seen = one, []
    for _ in range(13):
        faded = month_after(world, [0, 0, 0], faded)
        seen.append(np.asarray(faded.regime.coup_elsewhere))
    expected = [max(12.0 - month, 0.0) for month in range(1, 14)]
    np.testing.assert_array_equal(seen, np.transpose([np.zeros(13), expected, expected]))


def test_a_coup_where_no_regime_is_simulated_does_nothing(world):
    structure = replace(world.structure, member=np.array([0.0, 1.0, 1.0], np.float32))
    start = world.start()
    after = regime.survive(
        structure, start.background, params(world), start.state,
        mf.forcing_at(start.forcing, 0), jnp.zeros(3),
        Observed({int(Site.EXIT): jnp.asarray([1.0, 0.0, 0.0])}),
    )  # fmt: skip
    np.testing.assert_array_equal(after.regime.coup_elsewhere, 0.0)


def frailties(world, variance, n=20000):
    """Return the log of the shared factor of members 0 to n."""
    given = params(world, regime__frailty=variance)

    @jax.jit
    @jax.vmap
    def one(member):
        key = random.member_key(jnp.uint32(3), member)
        return regime.frailty(given, Draw(key, jnp.int32(mf.INIT)))

    return np.asarray(one(jnp.arange(n, dtype=jnp.uint32)), float)


@pytest.mark.parametrize("variance", [0.05, 0.4])
def test_the_shared_factor_has_a_mean_of_one_and_its_variance(world, variance):
    """Lognormal, by Kolmogorov and Smirnov; mean within four Monte Carlo errors."""
    log = frailties(world, variance)
    factor = np.exp(log)
    assert abs(factor.mean() - 1.0) < 4 * np.sqrt(variance / len(log))
    scale = np.sqrt(np.log1p(variance))
    assert stats.kstest(log, stats.norm(-0.5 * scale**2, scale).cdf).pvalue > 0.001


def test_without_variance_the_shared_factor_is_one(world):
    np.testing.assert_array_equal(frailties(world, 0.0, n=100), 0.0)


def test_a_member_starts_with_its_own_factor_the_same_for_all_its_countries(world):
    start, given = world.start(), params(world, regime__frailty=0.4)
    log = frailties(world, 0.4, n=5)
    for member in (0, 4):
        key = random.member_key(jnp.uint32(3), jnp.uint32(member))
        state = start_member(
            world.structure, start.background, given, start.state, key, jnp.int32(mf.INIT)
        )
        assert state.regime.frailty.shape == ()
        assert float(state.regime.frailty) == pytest.approx(log[member], rel=1e-5)
    rule = replace(state.regime, junta=jnp.ones(3), tenure=jnp.full(3, 30.0))
    moved, still = rates_of(world, rule), rates_of(world, replace(rule, frailty=jnp.float32(0.0)))
    same = np.exp(float(state.regime.frailty))
    np.testing.assert_allclose(moved[:5] / still[:5], same, rtol=1e-5)
    np.testing.assert_allclose(moved[5] / still[5], 1.0, rtol=1e-6)


# What there is no view of


@pytest.mark.parametrize("moved", [-1.0, 0.5, 1.0, 2.0])
def test_an_effect_of_which_there_is_no_view_keeps_the_mean_rate(moved):
    """Over the prior's quantiles, weighted by equal steps of probability."""
    sd, n = 0.4, 400000
    effect = jnp.asarray(sd * stats.norm.ppf((np.arange(n) + 0.5) / n), jnp.float32)
    variance, moved = jnp.float32(sd**2), jnp.float32(moved)
    seen = np.exp(np.asarray(no_view(effect, variance, moved), float))
    assert seen.mean() == pytest.approx(1.0, abs=1e-3)
    held = np.asarray(no_view(effect, jnp.float32(0.0), moved))
    np.testing.assert_array_equal(held, np.asarray(effect * moved))


def test_commitments_of_allies_keep_coups_away():
    """Half of what the others could give guards a regime by half of the guarantee."""
    world = mf.political_world()
    start = world.start()
    given = jnp.asarray([2.0, 1.0, 1.0])
    state = replace(start.state, pact=replace(start.state.pact, commitment=given))
    forcing = mf.forcing_at(start.forcing, 0)
    seen = regime.danger(
        world.structure, start.background, params(world, regime__guarantee=0.8), state, forcing
    )
    order = np.argsort(world.structure.allies)
    np.testing.assert_allclose(seen, -0.8 * np.array([0.5, 0.75, 0.75])[order], rtol=1e-5)
