"""What the model carries from month to month, for one member."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jaxtyping import Array, Float, Int


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Regime:
    """Who rules, country by country.

    Attributes:
        coup_clock: months since the last coup or attempt.
        junta: one where the camp in power came by a coup.
        tenure: months since it did.
        losses: fading mean of the state's own dead in a month.
        siege: how far insurgents' attacks near the capital exceed those at the start, a fading log.
        rally: fading memory of a new junta's first month, one then.
        shake: fading memory of exits, one at an exit.
        danger: log rate of coups beyond that of the start.
        coup_elsewhere: months left of the year after a coup that succeeded in another country.
        frailty: log of what this future multiplies the rates of coups and force by, everywhere.
        exit: how rule ended this month, see `liptako.model.codes.Exit`.
    """

    coup_clock: Float[Array, " country"]
    junta: Float[Array, " country"]
    tenure: Float[Array, " country"]
    losses: Float[Array, " country"]
    siege: Float[Array, " country"]
    rally: Float[Array, " country"]
    shake: Float[Array, " country"]
    danger: Float[Array, " country"]
    coup_elsewhere: Float[Array, " country"]
    frailty: Float[Array, ""]
    exit: Float[Array, " country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Pact:
    """How far the alliance has come.

    Attributes:
        stage: see `liptako.model.codes.Stage`.
        left: one where a country is not, or no longer, a member.
        profile: how each ally was inclined last quarter: probability of each level of commitment.
        commitment: what each then committed, in units of deployable force.
        worth: what staying was worth to each.
        trust: how far allies expect one another to deliver, 0 to 1.
        agenda: how far the common agenda (trade, movement, infrastructure) has come, 0 to 1.
        provided: how much of the public good this month's commitments provide, 0 to 1.
    """

    stage: Float[Array, ""]
    left: Float[Array, " country"]
    profile: Float[Array, "player level"]
    commitment: Float[Array, " player"]
    worth: Float[Array, " player"]
    trust: Float[Array, ""]
    agenda: Float[Array, ""]
    provided: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Patronage:
    """What outside powers give, as shares of the most that each has given in the theatre.

    Attributes:
        capacity: logarithm of what each could give, zero at the start.
        wanted: what each client would take from each.
        support: what it gets.
    """

    capacity: Float[Array, " patron"]
    wanted: Float[Array, "patron country"]
    support: Float[Array, "patron country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Conduct:
    """What regimes have chosen so far.

    Attributes:
        stance: where each has set the levers, added to what the scenario sets.
        due: months until a promised date to hand over, zero where no date stands.
        act: the act of the last quarter, from 1 in the order of the menu; 0 for none.
        missed: how many promised dates passed without a hand-over.
    """

    stance: Float[Array, "lever country"]
    due: Float[Array, " country"]
    act: Float[Array, " country"]
    missed: Float[Array, " country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """State at the end of a month; no batch axes.

    Attributes:
        counts: last month's events.
        traces: fading memory of events, per month, by half-life.
        reference_counts: last month's events as the country's level expects them.
        reference_traces: what the traces of a whole country would be, had it followed its
            level. The level moves totals; momentum acts through the gap between traces and
            these.
        level_score: standard normal score of each country's level, by block (slow part).
        level: log of the deaths expected in the month from history alone, by block.
        presence: share of a country's state presence, by region.
        displaced: people displaced and not returned, by region of refuge.
        away: the same people by the region that they left.
        flight: the year's noise in how many flee, standard normal, by country of origin.
        regime: who rules.
        patronage: what outside powers give.
        conduct: what regimes have chosen.
        rung: how far each dyad's dispute has climbed, see `liptako.model.codes.Rung`.
        pact: how far the alliance has come.
    """

    counts: Float[Array, "stream cell"]
    traces: Float[Array, "stream half_life cell"]
    reference_counts: Float[Array, "stream country"]
    reference_traces: Float[Array, "stream half_life country"]
    level_score: Float[Array, "block country"]
    level: Float[Array, "block country"]
    presence: Float[Array, " region"]
    displaced: Float[Array, " region"]
    away: Float[Array, " region"]
    flight: Float[Array, " country"]
    regime: Regime
    patronage: Patronage
    conduct: Conduct
    rung: Float[Array, " dyad"]
    pact: Pact


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Forcing:
    """What enters a month from outside: calendar, levers, shocks, the law of the level.

    `fixed` is one where the scenario sets a lever, so that no regime's choice moves it.
    With a leading axis it holds the months of a run.
    """

    month: Int[Array, "*month"]
    levers: Float[Array, "*month lever country"]
    shocks: Float[Array, "*month shock country"]
    fixed: Float[Array, "*month lever country"]
    level_nodes: Float[Array, "*month block country node"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Background:
    """What members share and a compiled program must not contain as constants.

    Attributes:
        scores: standard normal scores of the level's quantile nodes.
        spread_ratio: variance of the log of a month's deaths over that of the level, at least 1.
        ring_own: country sums of ring neighbours per unit of country trace, within borders.
        ring_cross: the same across borders, from country to country.
        presence_start: share of a country's state presence by region, were there no attacks.
        attack_share: share of a country's insurgent events by region, at the start.
        side_shares: quantiles at `scores` of the share of civilians among a month's dead of a
            stream and country, and of states among the others.
        losses_start: fading mean of the state's own dead by country, at the start.
        siege_start: fading mean of insurgent events near each capital, at the start.
        border_start: the same in each country's border cells.
        support_start: what patrons gave at the start.
        rung_start: where each dyad's dispute stood.
        dated_start: one where a promised date to hand over stood.
        population: people by region.
        most_deaths: of a stream in each cell and month: its people, or what was recorded there.
        distance_km: between region centroids.
    """

    scores: Float[Array, " node"]
    spread_ratio: Float[Array, "block country"]
    ring_own: Float[Array, "ring pressure country"]
    ring_cross: Float[Array, "ring pressure country country"]
    presence_start: Float[Array, " region"]
    attack_share: Float[Array, " region"]
    side_shares: Float[Array, "share stream country node"]
    losses_start: Float[Array, " country"]
    siege_start: Float[Array, " country"]
    border_start: Float[Array, " country"]
    support_start: Float[Array, "patron country"]
    rung_start: Float[Array, " dyad"]
    dated_start: Float[Array, " country"]
    population: Float[Array, " region"]
    most_deaths: Float[Array, " cell"]
    distance_km: Float[Array, "region region"]
