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
        grievance: fading memory of pay withheld and of commanders dismissed or moved, up to 1.
        within: log rate of coups from within and of mutinies beyond that of the start.
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
    grievance: Float[Array, "kind country"]
    within: Float[Array, " country"]


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
        items: how far each item of the agenda has come: 0 proposed, 1 agreed, 2 in force.
        pushed: chance that acts of this month bring each item a stage further.
        agenda: how far the agenda as a whole has come, by what items add to the cost of leaving.
        provided: how much of the public good this month's commitments provide, 0 to 1.
    """

    stage: Float[Array, ""]
    left: Float[Array, " country"]
    profile: Float[Array, "player level"]
    commitment: Float[Array, " player"]
    worth: Float[Array, " player"]
    trust: Float[Array, ""]
    items: Float[Array, " item"]
    pushed: Float[Array, ""]
    agenda: Float[Array, ""]
    provided: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Blocs:
    """Where each country stands with each bloc.

    Attributes:
        inside: one where it is a member, suspended or not.
        threat: how far the bloc has gone toward force, see `liptako.model.codes.Threat`.
    """

    inside: Float[Array, "bloc country"]
    threat: Float[Array, "bloc country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Patronage:
    """What outside powers give, as shares of the most that each has given in the theatre.

    Attributes:
        capacity: logarithm of what each could give, zero at the start.
        wanted: what each client would take by each instrument.
        support: what it gets.
        war: log of a month's deaths in a patron's own war, less that of their mean at the start.
        toll: fading mean of `war`, zero at the start: what the war has cost of late.
    """

    capacity: Float[Array, " patron"]
    wanted: Float[Array, "instrument country"]
    support: Float[Array, "instrument country"]
    war: Float[Array, " patron"]
    toll: Float[Array, " patron"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Conduct:
    """What regimes have chosen so far.

    Attributes:
        stance: where each has set the levers, added to what the scenario sets.
        due: months until a promised date to hand over, zero where no date stands.
        act: the act of the last quarter, from 1 in the order of the menu; 0 for none.
        missed: how many promised dates passed without a hand-over.
        relief: fading memory of a date newly promised, one in its month.
        default: fading memory of a date that passed unkept or was put off, one in its month.
    """

    stance: Float[Array, "lever country"]
    due: Float[Array, " country"]
    act: Float[Array, " country"]
    missed: Float[Array, " country"]
    relief: Float[Array, " country"]
    default: Float[Array, " country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Territory:
    """Who is cut off, whom outside forces have left, and whom states reach.

    Attributes:
        besieged: one where a town of a region is besieged.
        force: outside force in each country, in units of a large one.
        withdrawn: fading memory of force that left each country and was not replaced.
        reached: share of people outside the capital's region whom the state reaches.
        reached_start: the same as the run began.
    """

    besieged: Float[Array, " region"]
    force: Float[Array, " country"]
    withdrawn: Float[Array, " country"]
    reached: Float[Array, " country"]
    reached_start: Float[Array, " country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Answers:
    """What the rules of a policy have found, see `liptako.model.processes.contingent`.

    Attributes:
        held: one where a rule held when it was last read.
        months: how many it has held for.
        after_coup: months left of the year after a coup that succeeded, since the run began.
        begun: insurgent events and killings by states a month, as the run began.
    """

    held: Float[Array, "rule country"]
    months: Float[Array, "rule country"]
    after_coup: Float[Array, " country"]
    begun: Float[Array, "counted country"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """State at the end of a month; no batch axes.

    Attributes:
        counts: last month's events.
        traces: fading memory of events, per month, by half-life.
        brought: last month's killings by states that a change of their rate brought, see
            `liptako.model.processes.recruitment`.
        brought_traces: fading memory of them.
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
        means: log of what each country can spend over what it could at the start.
        rung: how far each dyad's dispute has climbed, see `liptako.model.codes.Rung`.
        blocs: who is in which bloc, and threatened by it.
        pact: how far the alliance has come.
        territory: who is cut off, whom outside forces have left, whom states reach.
        answers: what the rules of the policy have found.
    """

    counts: Float[Array, "stream cell"]
    traces: Float[Array, "stream half_life cell"]
    brought: Float[Array, "killing cell"]
    brought_traces: Float[Array, "killing half_life cell"]
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
    means: Float[Array, " country"]
    rung: Float[Array, " dyad"]
    blocs: Blocs
    pact: Pact
    territory: Territory
    answers: Answers


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Rules:
    """Rules of a policy, as `liptako.theatre.rules.RuleArrays` describes them."""

    kind: Float[Array, "*month rule condition"]
    own: Float[Array, "*month rule"]
    of: Float[Array, "*month rule country"]
    times: Float[Array, "*month rule"]
    lever: Float[Array, "*month rule lever"]
    value: Float[Array, "*month rule"]
    pace: Float[Array, "*month rule"]
    heard: Float[Array, "*month rule country"]
    read: Float[Array, "*month"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Forcing:
    """What enters a month from outside: calendar, levers, rules, shocks, the law of the level.

    `fixed` is one where the scenario sets a lever, so that no regime's choice moves it.
    With a leading axis it holds the months of a run.
    """

    month: Int[Array, "*month"]
    levers: Float[Array, "*month lever country"]
    shocks: Float[Array, "*month shock country"]
    fixed: Float[Array, "*month lever country"]
    rules: Rules
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
        attacks_start: fading mean of insurgent events a month by region, at the start.
        besieged_start: one where a town of a region was besieged.
        side_shares: quantiles at `scores` of the share of civilians among a month's dead of a
            stream and country, and of states among the others.
        losses_start: fading mean of the state's own dead by country, at the start.
        siege_start: fading mean of insurgent events near each capital, at the start.
        border_start: the same in each country's border cells.
        support_start: what patrons gave at the start, by instrument.
        offer_start: what each would then have given to a client that took it; at least the same.
        most_start: what law let a client have at its own request; at least the same.
        war_law: mean, persistence and spread of `Patronage.war`, in this order.
        rung_start: where each dyad's dispute stood.
        imposed_start: one where others imposed what a lever stands for.
        dated_start: one where a promised date to hand over stood.
        grievance_start: what the ranks held against those who led them.
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
    attacks_start: Float[Array, " region"]
    besieged_start: Float[Array, " region"]
    side_shares: Float[Array, "share stream country node"]
    losses_start: Float[Array, " country"]
    siege_start: Float[Array, " country"]
    border_start: Float[Array, " country"]
    support_start: Float[Array, "instrument country"]
    offer_start: Float[Array, "instrument country"]
    most_start: Float[Array, "instrument country"]
    war_law: Float[Array, "3 patron"]
    rung_start: Float[Array, " dyad"]
    imposed_start: Float[Array, "lever country"]
    dated_start: Float[Array, " country"]
    grievance_start: Float[Array, "kind country"]
    population: Float[Array, " region"]
    most_deaths: Float[Array, " cell"]
    distance_km: Float[Array, "region region"]
