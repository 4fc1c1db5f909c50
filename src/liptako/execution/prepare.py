"""From a scenario and its data to the start of its futures.

Everything that enters is cut at `init_time`: data through `Snapshot.until`, fits by their
vintage. A scenario that starts before the shipped fits' vintage is fitted anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako import calendar
from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.execution.spread import simulated_levels
from liptako.inference.features import traces_of
from liptako.inference.politics_fit import fit_politics, political_state
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.model.level import LevelFit, LevelLaw, forecast_level
from liptako.model.outcomes import Stage
from liptako.model.params import Params
from liptako.model.posterior import PoliticsPosterior, TheatrePosterior, draw_params
from liptako.model.processes import commitment, presence, regime, violence
from liptako.model.simulate import YEAR, Start
from liptako.model.state import Background, Conduct, Forcing, Pact, Patronage, Regime, State
from liptako.model.structure import BLOCKS, RINGS, Structure, build_structure, members_of
from liptako.theatre import levers, shocks
from liptako.theatre.dated import promised_at, rungs_at, support_at
from liptako.theatre.loading import LoadedScenario
from liptako.theatre.politics import Alliance
from liptako.theatre.schema import Theatre

BASELINE_MONTHS = 36
"""Months before the start that the endings compare with."""

NO_LEVEL = -20.0
"""Log deaths a month where nothing is observed and so nothing is simulated."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that a run needs, as seen from its start.

    Attributes:
        loaded: scenario, theatre, registry.
        snapshot: the data up to `init_month`.
        structure: cells and streams as arrays.
        posterior: what was estimated on the theatre's events.
        politics: what coups, juntas and pacts up to `init_month` say.
        law: the law of each series' level; `series` says which.
        series: (country, block) of each row of the law.
        shocks: persistence, transient share and correlation of the level's score.
        state: at the end of `init_month`.
        background: what members share.
    """

    loaded: LoadedScenario
    snapshot: Snapshot
    structure: Structure
    posterior: TheatrePosterior
    politics: PoliticsPosterior
    law: LevelLaw
    series: tuple[tuple[str, str], ...]
    shocks: dict[str, float]
    state: State
    background: Background

    def start(self, policy: str, seed: int) -> Start:
        """Return the start of the futures of a policy."""
        scenario = self.loaded.scenario
        file = str(self.loaded.file)
        values = levers.resolve(self.loaded.theatre, scenario, policy, file)
        forcing = Forcing(
            month=jnp.arange(1, scenario.months + 1, dtype=jnp.int32) + scenario.init_month,
            levers=jnp.asarray(values),
            fixed=jnp.asarray(levers.fixed(self.loaded.theatre, scenario, policy)),
            shocks=jnp.asarray(shocks.resolve_shocks(self.loaded.theatre, scenario, policy, file)),
            level_nodes=jnp.asarray(self._level_nodes(scenario.months)),
        )
        return Start(self.state, self.background, forcing, seed)

    @property
    def allies(self) -> tuple[str, ...]:
        """The members of the pact, none if there was none at the start."""
        alliance = self.loaded.theatre.alliance
        exists = alliance is not None and bool(self.state.pact.stage < Stage.DISSOLVED)
        return tuple(alliance.members) if alliance and exists else ()

    @property
    def inflicted_share(self) -> Float[np.ndarray, " stream"]:
        """By stream, the share of deaths that insurgents inflict: not their own dead.

        Of the deaths whose side is known, in the countries whose regimes are simulated, in the
        three years before the start; all deaths of civilians killed on purpose; zero in streams
        without insurgents, and where insurgents fight each other.
        """
        events = self.snapshot.events
        inside = events["country"].isin(members_of(self.loaded.theatre))
        since = self.loaded.scenario.init_month - BASELINE_MONTHS
        recent = events[inside & (events["month"] > since)]
        sums = recent.groupby("stream")[
            ["deaths_civilians", "deaths_state", "deaths_insurgent"]
        ].sum()
        sums = sums.reindex(list(self.structure.streams), fill_value=0)
        suffered = sums["deaths_civilians"] + sums["deaths_state"]
        known = suffered + sums["deaths_insurgent"]
        share = (suffered / known.where(known > 0)).fillna(suffered.sum() / max(known.sum(), 1))
        one_sided = np.isin(sums.index, self.loaded.theatre.streams_of("one_sided"))
        share = np.where(one_sided, 1.0, share)
        return share * self.structure.insurgent_against_others

    @property
    def before(self) -> pd.DataFrame:
        """By country, what endings are compared with.

        `inflicted`: deaths a year that insurgents inflicted in the three years before the start,
        by the country that events name; `attacked`: cells with an event of theirs in the last
        year, by the country of the cell, as futures are counted.
        """
        init, structure = self.loaded.scenario.init_month, self.structure
        share = dict(zip(structure.streams, self.inflicted_share, strict=True))
        events = self.snapshot.events
        inside = events[events["gid"].isin(structure.gid)]
        recent = inside[inside["month"] > init - BASELINE_MONTHS]
        inflicted = (recent["deaths"] * recent["stream"].map(share)).groupby(recent["country"])
        insurgent = np.array(structure.streams)[structure.members_of_pressure[0] > 0]
        last = recent[(recent["month"] > init - YEAR) & recent["stream"].isin(insurgent)]
        place = np.isin(structure.gid, last["gid"][last["events"] > 0])
        by_cell = pd.Series(np.array(structure.countries)[structure.country[place]])
        attacked = by_cell.value_counts()
        both = {"inflicted": inflicted.sum() * YEAR / BASELINE_MONTHS, "attacked": attacked}
        return pd.DataFrame(both).reindex(list(structure.countries)).fillna(0.0)

    def draw_params(
        self, seed: int, members: Int[np.ndarray, " member"], *, judgement: bool = True
    ) -> Params:
        """Return the parameters of members, see `liptako.model.posterior.draw_params`."""
        return draw_params(
            self.loaded.registry,
            self.posterior,
            self.politics,
            self.structure,
            self.shocks,
            seed,
            members,
            judgement=judgement,
        )

    def _level_nodes(self, months: int) -> Float[np.ndarray, "month block country node"]:
        n_nodes = len(self.law.score)
        levels = simulated_levels(self.law, self.series, self.structure, self.state, self.posterior)
        nodes = np.full((months, len(BLOCKS), len(self.structure.countries), n_nodes), NO_LEVEL)
        for row, (country, block) in enumerate(self.series):
            at = BLOCKS.index(block), self.structure.countries.index(country)
            known = levels[row][:months]
            nodes[: len(known), at[0], at[1]] = known
            nodes[len(known) :, at[0], at[1]] = known[-1]
        return nodes.astype(np.float32)


def prepare(
    loaded: LoadedScenario, snapshot: Snapshot, posterior: TheatrePosterior, level_fit: LevelFit
) -> Prepared:
    """Return the start of a scenario's futures.

    Args:
        loaded: the scenario.
        snapshot: the data; what is later than the scenario's `init_time` is cut off here.
        posterior: fitted on data up to `init_time` at the latest.
        level_fit: likewise.
    """
    init = loaded.scenario.init_month
    snapshot = snapshot.until(init)
    structure = build_structure(loaded.theatre, snapshot.cells, init)
    history, series = level_history(loaded, snapshot, structure)
    law = forecast_level(level_fit, history)
    half_life = np.asarray(loaded.registry["memory.half_life"].value, np.float32)
    state = _state(loaded, snapshot, structure, half_life)
    return Prepared(
        loaded=loaded,
        snapshot=snapshot,
        structure=structure,
        posterior=posterior,
        politics=fit_politics(
            loaded.theatre, snapshot, structure.countries, half_life[presence.MIDDLE]
        ),
        law=law,
        series=series,
        shocks={
            "persistence": law.persistence,
            "transient": law.transient,
            "correlation": law.correlation,
        },
        state=state,
        background=_background(snapshot, structure, state, law),
    )


def level_history(
    loaded: LoadedScenario, snapshot: Snapshot, structure: Structure
) -> tuple[Float[np.ndarray, "month series"], tuple[tuple[str, str], ...]]:
    """Return monthly deaths of each observed country and block, and which series is which.

    A country counts as the data name it, not as cells do, and only with its cells that are
    observed at the start.
    """
    init = loaded.scenario.init_month
    seen = [iso for i, iso in enumerate(structure.countries) if (structure.country == i).any()]
    inside = snapshot.events["gid"].isin(structure.gid)
    events = snapshot.events[inside]
    deaths = arrays.by_country(events, structure.streams, structure.countries, FIRST_MONTH, init)
    series, columns = [], []
    for iso in seen:
        for block, name in enumerate(BLOCKS):
            series.append((iso, name))
            country = structure.countries.index(iso)
            columns.append(deaths[:, structure.block == block, country].sum(1))
    return np.stack(columns, axis=1), tuple(series)


def _state(
    loaded: LoadedScenario, snapshot: Snapshot, structure: Structure, half_life: np.ndarray
) -> State:
    init = loaded.scenario.init_month
    support = jnp.asarray(support_at(loaded.theatre, init))
    counts = arrays.by_cell(snapshot.events, structure.streams, structure.gid, FIRST_MONTH, init)
    traces, last = traces_of(counts, half_life)[-1], counts[-1]
    matrix = structure.country_matrix
    shape = (len(BLOCKS), len(structure.countries))
    return State(
        counts=jnp.asarray(last),
        traces=jnp.asarray(traces),
        reference_counts=jnp.asarray(last @ matrix),
        reference_traces=jnp.asarray(traces @ matrix),
        level_score=jnp.zeros(shape),
        level=jnp.zeros(shape),
        presence=jnp.asarray(_presence(structure)),
        displaced=jnp.zeros(len(structure.regions)),
        flight=jnp.zeros(len(structure.countries)),
        regime=_regime(loaded, snapshot, structure, half_life[presence.MIDDLE]),
        patronage=Patronage(jnp.zeros(len(support)), support, support),
        conduct=_conduct(loaded.theatre, structure, init),
        rung=jnp.asarray(rungs_at(loaded.theatre, init), jnp.float32),
        pact=_pact(loaded.theatre.alliance, structure, init),
    )


def _regime(
    loaded: LoadedScenario, snapshot: Snapshot, structure: Structure, half_life: float
) -> Regime:
    """Return who rules at the start: the coup clock and losses as the coup fit counts them."""
    init, countries = loaded.scenario.init_month, list(structure.countries)
    clock, losses = political_state(loaded.theatre, snapshot, countries, half_life)
    ruling = snapshot.juntas[snapshot.juntas["camp_end_status"] == "none"]
    since = ruling.groupby("country")["coup"].min().reindex(countries)
    zero = jnp.zeros(len(structure.countries))
    return Regime(
        coup_clock=jnp.asarray(clock, jnp.float32),
        junta=jnp.asarray(since.notna(), jnp.float32),
        tenure=jnp.asarray((init - since).fillna(0.0), jnp.float32),
        losses=jnp.asarray(losses, jnp.float32),
        legitimacy=zero,
        shake=zero,
        danger=zero,
        wave=jnp.zeros(()),
        exit=zero,
    )


def _conduct(theatre: Theatre, structure: Structure, init: int) -> Conduct:
    """Return what regimes have chosen: history contains it, but for dates that stand."""
    zero = jnp.zeros(len(structure.countries))
    return Conduct(
        stance=jnp.zeros((len(structure.levers), len(structure.countries))),
        due=jnp.asarray(promised_at(theatre, init), jnp.float32),
        act=zero,
        missed=zero,
    )


def _pact(alliance: Alliance | None, structure: Structure, init: int) -> Pact:
    """Return the pact at the start; one that was not signed by then is none."""
    stage, left = Stage.DISSOLVED, np.ones(len(structure.countries))
    if alliance is not None and alliance.signed_month <= init:
        reached = [alliance.signed, alliance.consultative, alliance.operational]
        stage = max(
            stage_
            for stage_, month in zip(Stage, reached, strict=False)
            if month is not None and calendar.parse_month(month) <= init
        )
        left = 1.0 - structure.member
    zero, players = jnp.zeros(()), len(structure.allies)
    return Pact(
        stage=jnp.float32(stage),
        left=jnp.asarray(left, jnp.float32),
        profile=jnp.zeros((players, len(commitment.LEVELS))),
        commitment=jnp.zeros(players),
        worth=jnp.zeros(players),
        trust=zero,
        agenda=zero,
        provided=zero,
    )


def _presence(structure: Structure) -> Float[np.ndarray, " region"]:
    """Return starting shares of state presence: where the people are."""
    people = structure.population_share @ structure.region_matrix
    return people.astype(np.float32)


def _background(
    snapshot: Snapshot, structure: Structure, state: State, law: LevelLaw
) -> Background:
    own, cross = _ring_shares(structure, state)
    cells = snapshot.cells.set_index("gid").loc[structure.gid.astype(int)]
    weight = np.maximum(structure.population_share, 1e-9)
    total = weight @ structure.region_matrix + 1e-9
    lat = (weight * cells["lat"].to_numpy()) @ structure.region_matrix / total
    lon = (weight * cells["lon"].to_numpy()) @ structure.region_matrix / total
    people = structure.population_share @ structure.region_matrix
    known = snapshot.population.groupby("country")["population"].sum()
    totals = np.array([known.get(iso, np.nan) for iso in structure.countries], float)
    totals = np.where(np.isnan(totals), np.nanmean(totals), totals)
    return Background(
        scores=jnp.asarray(law.score, jnp.float32),
        ring_own=jnp.asarray(own),
        ring_cross=jnp.asarray(cross),
        presence_start=jnp.asarray(_presence(structure)),
        attack_share=presence.shares_of_attacks(
            structure, state.traces, jnp.asarray(_presence(structure))
        ),
        losses_start=state.regime.losses,
        siege_start=regime.near_capital(structure, state),
        border_start=commitment.border_attacks(structure, state),
        support_start=state.patronage.support,
        rung_start=state.rung,
        population=jnp.asarray(people * totals[structure.region_country], jnp.float32),
        distance_km=jnp.asarray(_distances_km(lat, lon), jnp.float32),
    )


def _ring_shares(structure: Structure, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return country sums of ring pressure per unit of each country's own trace.

    Measured on the traces at the start, country by country; where a country has none, its
    ring is taken as closed.
    """
    pooled = np.asarray(violence.pressures(structure, state.traces))
    n_countries = len(structure.countries)
    own = np.zeros((len(RINGS), len(pooled), n_countries), np.float32)
    cross = np.zeros((len(RINGS), len(pooled), n_countries, n_countries), np.float32)
    open_borders = jnp.ones(len(structure.neighbours.borders))
    apart = pooled * (structure.country == np.arange(n_countries)[:, None])[:, None, :]
    rings = jax.jit(jax.vmap(lambda only: violence.rings(structure, only, open_borders)))
    around_each = np.asarray(rings(apart)) @ structure.country_matrix
    for source, (only, around) in enumerate(zip(apart, around_each, strict=True)):
        unit = only.sum(1)[None, :, None]
        share = np.divide(around, unit, out=np.zeros_like(around), where=unit > 0)
        own[:, :, source] = share[:, :, source]
        cross[:, :, :, source] = share
        cross[:, :, source, source] = 0.0
    return own, cross


def _distances_km(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    phi, lam = np.radians(lat), np.radians(lon)
    cosine = np.sin(phi)[:, None] * np.sin(phi) + np.cos(phi)[:, None] * np.cos(phi) * np.cos(
        lam[:, None] - lam
    )
    return 6371.0 * np.arccos(np.clip(cosine, -1.0, 1.0))
