r"""Commitment: how much deployable force each ally gives the pact, given the others.

Each quarter every ally chooses none, some or much ($k = 0, 1, 2$) in a logit quantal response
equilibrium, reached from last quarter's profile; so a pact that works tends to go on working, and
a paper one to stay on paper. With $t$ the others' total, $\tau$ trust, $n$ allies and $w$ the
regime's motives, ally $i$ expects

$$u_i(k, t) = w^{sec}_i x_i\,G\Big(\frac{k + \tau t}{2n}\Big)
+ w^{sur}_i\,\iota\,h_i [k > 0] \frac{\tau t}{2(n - 1)} + w^{app}_i\,\sigma [k > 0]
- c\,\frac{k}{2}\,l_i - w^{sur}_i\,\epsilon\,\frac{k}{2}\,\frac{t}{2(n - 1)}\,\bar l_{-i}$$

a public good (less impunity across borders, by exposure $x_i$), insurance for those who take part
(by danger $h_i$), standing (by the weights of approval and of commitment), the cost at home and the
risk of being drawn into others' wars (by losses $l$). The good needs a threshold that backer slack
lowers, the most that any ally or patron can spare beyond its own war:

$$G(x) = \frac{e^{s x} - 1}{e^{s x} + e^{s (\theta - r \cdot \text{slack})}}$$

(a logistic curve that starts at zero; $n$ counts the allies at the start, so that two of three can
reach two thirds of full commitment at most).

What is then committed is drawn from the equilibrium. Trust moves toward the share of allies that
gave something. Each item of the common agenda is proposed, agreed, then in force: at a rate in
proportion to trust while a common organ meets, and by acts that deepen the pact.

Assumption: all of it; one quarter of pact life estimates nothing. Evidence: the time to a first
operation, exit and end that the priors imply covers past pacts (decision 0008). Test:
`tests/unit/test_commitment.py`.

References:
    Olson & Zeckhauser (1966), doi:10.2307/1927082. Snyder (1984), doi:10.2307/2010183. McKelvey &
    Palfrey (1995), doi:10.1006/game.1995.1023.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.games.quantal_response import payoffs_of_totals, quantal_response, totals_of_others
from liptako.model.codes import Stage
from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import patrons, pressure, timing
from liptako.model.processes.levers import set_at_home
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, Pact, State
from liptako.model.structure import Structure
from liptako.theatre.consequences import Consequence

LEVELS = np.arange(3)
"""What an ally may commit: none, some, much; in units of deployable force."""

MOST = float(LEVELS[-1])

IN_FORCE = 2.0
"""The stage of an item of the agenda that is carried out; 0 is proposed, 1 agreed."""

STEPS, NEWTON = 8, 8
"""Damped and Newton steps of a quarter's equilibrium: play starts near it."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Stakes:
    """What allies face in a quarter, each relative to the start of the run.

    Attributes:
        exposure: insurgent attacks in border cells.
        danger: of a coup or an intervention.
        strain: losses of the army.
        slack: the most that any ally or patron can spare beyond its own war.
    """

    exposure: Float[Array, " player"]
    danger: Float[Array, " player"]
    strain: Float[Array, " player"]
    slack: Float[Array, ""]


def begin(params: Params, pact: Pact) -> Pact:
    """Return the pact with how willing and trustful allies are at the start."""
    game = params.commitment
    shares = jnp.stack(
        [1.0 - game.willing, (1.0 - game.much) * game.willing, game.much * game.willing]
    )
    trust = jnp.where(pact.stage < Stage.DISSOLVED, game.trust, game.neutral_trust)
    return replace(pact, profile=jnp.broadcast_to(shares, pact.profile.shape), trust=trust)


def decide(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state with what allies commit, their trust and the agenda.

    Choices are made in January, April, July and October.
    """
    allies, pact = structure.allies, state.pact
    if len(allies) < 2:
        return state
    inside = 1.0 - pact.left[allies]
    quarter = timing.chooses(forcing)

    def play() -> tuple[Array, Array]:
        faced = stakes(structure, background, params, state, forcing)
        return equilibrium(structure, params, faced, pact)

    profile, worth = jax.lax.cond(quarter, play, lambda: (pact.profile, pact.worth))
    zero = np.zeros(len(allies), np.uint32)
    law = Categorical(profile[:, 1:].T)
    chosen = emit(Site.COMMITMENT, law, structure.country_ids[allies], zero)
    counts = (
        (pact.stage < Stage.DISSOLVED) * (params.alliance.markov < 1.0) * params.alliance.active
    )
    commitment = jnp.where(quarter, chosen, pact.commitment) * inside * counts
    gave = ((commitment > 0) * inside).sum() / jnp.maximum(inside.sum(), 1.0)
    game = params.commitment
    trust = pact.trust + game.trust_pace * (gave - pact.trust) * quarter * (counts > 0)
    meets = (pact.stage >= Stage.CONSULTATIVE) & (pact.stage < Stage.DISSOLVED)
    items = _agenda(structure, params, pact, trust * meets, emit)
    after = replace(
        pact,
        profile=profile,
        commitment=commitment,
        worth=worth,
        trust=trust,
        items=items,
        pushed=jnp.zeros(()),
        agenda=structure.agenda_lock @ items / IN_FORCE,
    )
    return replace(state, pact=after)


def _agenda(
    structure: Structure, params: Params, pact: Pact, drive: Array, emit: Emit
) -> Float[Array, " item"]:
    """Return how far each item has come: at full drive it takes about two stages' time in all."""
    rate = IN_FORCE * params.commitment.agenda_pace * drive
    chance = 1.0 - jnp.exp(-rate) * (1.0 - pact.pushed)
    open_ = (pact.items < IN_FORCE) * params.alliance.active
    zero = np.zeros(len(structure.item_ids), np.uint32)
    moved = emit(Site.AGENDA, Categorical((chance * open_)[None]), structure.item_ids, zero)
    return pact.items + moved


def stakes(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Stakes:
    """Return what each ally faces, relative to the start."""
    allies, game = structure.allies, params.commitment
    exposure = (pressure.border_attacks(structure, state) + 1.0) / (background.border_start + 1.0)
    return Stakes(
        exposure=jnp.clip(exposure, 1.0 / game.most_exposure, game.most_exposure)[allies],
        danger=jnp.exp(jnp.clip(state.regime.danger, -game.most_danger, game.most_danger))[allies],
        strain=strain(structure, background, params, state),
        slack=slack(structure, background, params, state, forcing),
    )


def strain(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, " player"]:
    """Return each ally's losses as a multiple of those at the start, within a bound.

    What it can spend counts against them, as far as means buy force.
    """
    most = params.commitment.most_strain
    more = jnp.log1p(state.regime.losses) - jnp.log1p(background.losses_start)
    more = more - params.means.force * state.means
    return jnp.exp(jnp.clip(more, -most, most))[structure.allies]


def slack(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, ""]:
    """Return the most that any ally, patron or outside backer can spare, 0 to 1."""
    inside = 1.0 - state.pact.left[structure.allies]
    own = inside * params.commitment.spare / strain(structure, background, params, state)
    backer = (structure.roles["backing"] @ set_at_home(state, forcing))[structure.allies].mean()
    most = jnp.maximum(own.max(), patrons.backing(structure, params, state))
    return jnp.minimum(jnp.maximum(most, backer), 1.0)


def equilibrium(
    structure: Structure, params: Params, faced: Stakes, pact: Pact
) -> tuple[Float[Array, "player level"], Float[Array, " player"]]:
    """Return the quarter's profile, and what staying is worth to each ally.

    Args:
        structure: who the allies are.
        params: this member's parameters.
        faced: what they face.
        pact: last quarter's profile and trust; who has left commits nothing.
    """
    game, n = params.commitment, len(structure.allies)
    weight = params.motives.weight[structure.allies]
    security = weight[:, Consequence.INSURGENT_PRESSURE]
    survival = weight[:, Consequence.REGIME_SURVIVAL]
    approval = weight[:, Consequence.POPULAR_APPROVAL] + weight[:, Consequence.ALLIANCE_COMMITMENT]
    levels = np.tile(LEVELS, (n, 1))
    own, others = levels[:, :, None], totals_of_others(levels)[None, None, :]
    share = (own + pact.trust * others) / (MOST * n)
    full = MOST * (n - 1)
    mean_strain = (faced.strain.sum() - faced.strain) / (n - 1)

    def each(of: Array) -> Array:
        return of[:, None, None]

    good = each(security * faced.exposure) * provision(params, share, faced.slack)
    insured = each(survival * faced.danger) * game.insurance * (own > 0) * pact.trust
    entrapped = each(survival * mean_strain) * game.entrapment * own / MOST
    standing = (approval * game.standing)[:, None] * (levels > 0)
    cost = (game.cost * faced.strain)[:, None] * levels / MOST
    gone = game.gone * pact.left[structure.allies][:, None] * levels
    payoffs = payoffs_of_totals(
        standing - cost - gone, good + (insured - entrapped) * others / full, levels
    )
    reached = quantal_response(payoffs, game.precision, pact.profile, steps=STEPS, newton=NEWTON)
    worth = (reached.strategies * payoffs(reached.strategies)).sum(axis=1)
    return reached.strategies, worth


def provision(
    params: Params, share: Float[Array | np.ndarray, "..."], spared: Float[Array, ""]
) -> Float[Array, "..."]:
    """Return how much of the public good a share of full commitment provides, $G$ above."""
    game = params.commitment
    threshold = game.threshold - game.relief * spared
    steep = game.steepness
    return jnp.expm1(steep * share) / (jnp.exp(steep * share) + jnp.exp(steep * threshold))


def provided(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, ""]:
    """Return how much of the public good this month's commitments provide."""
    if len(structure.allies) < 2:
        return jnp.zeros(())
    share = state.pact.commitment.sum() / (MOST * len(structure.allies))
    return provision(params, share, slack(structure, background, params, state, forcing))
