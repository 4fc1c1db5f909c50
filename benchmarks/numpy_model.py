"""The model in plain, vectorised NumPy: a loop over members and months, arrays over the rest.

This is what a scientist would write without JAX: double precision, NumPy's own generators, one
sparse matrix for the neighbours, severity drawn only where something happened. It follows the
equations in `liptako.model.processes` and shares no code with them but the constants, so that
agreement with the JAX model (`agreement.py`) tests both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from scipy import sparse
from scipy.special import ndtr

from liptako.data.geography import row_column
from liptako.model.params import Params
from liptako.model.processes.presence import NEGLIGIBLE
from liptako.model.processes.pressure import MIDDLE
from liptako.model.processes.severity import EXACT_TERMS
from liptako.model.processes.violence import MOST_PER_MONTH
from liptako.model.simulate import Start
from liptako.model.structure import RINGS, Structure


class Totals(NamedTuple):
    """What is kept of members: sums over the cells of a country."""

    deaths: np.ndarray
    """Deaths, `[member, month, stream, country]`."""
    events: np.ndarray
    """Events, likewise."""
    displaced: np.ndarray
    """People newly displaced, `[member, month, country]`."""


@dataclass
class Rings:
    """Neighbours as matrices from cells to cells, one for each ring (and border)."""

    within: list[sparse.csr_array]
    across: list[list[sparse.csr_array]]

    @classmethod
    def of(cls, structure: Structure) -> Rings:
        """Find who lies where from the cells' numbers, and borders from the lists of them."""
        near = structure.neighbours
        n, n_borders = structure.n_cells, len(near.borders)
        cells = np.arange(n)
        within, across = [], []
        for reach, outside, border in zip(RINGS, near.across, near.border, strict=True):
            within.append(sparse.csr_array(within_countries(structure, reach).astype(float)))
            rows, at = outside[near.slot], border[near.slot]
            across.append(
                [_adjacency(cells, np.where(at == b, rows, n), n) for b in range(n_borders)]
            )
        return cls(within, across)

    def permeable(self, permeability: np.ndarray) -> list[sparse.csr_array]:
        """Return one matrix a ring, borders weighted by their permeability."""
        return [
            sparse.csr_array(inside + sum(p * m for p, m in zip(permeability, at, strict=True)))
            for inside, at in zip(self.within, self.across, strict=True)
        ]


def within_countries(structure: Structure, reach: int) -> np.ndarray:
    """Return whether two cells of one country are `reach` cells apart, `[cell, cell]`."""
    row, column = row_column(structure.gid)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    return (apart == reach) & (structure.country[:, None] == structure.country)


def _adjacency(cells: np.ndarray, lists: np.ndarray, n: int) -> sparse.csr_array:
    row = np.repeat(cells, lists.shape[1])
    column = lists.ravel()
    real = column < n
    ones = np.ones(real.sum())
    return sparse.csr_array((ones, (row[real], column[real])), shape=(n, n))


@dataclass
class World:
    """The theatre and its start as plain arrays, shared by all members."""

    structure: Structure
    start: Start
    rings: Rings
    country_matrix: np.ndarray
    region_matrix: np.ndarray
    border_index: np.ndarray


def build(structure: Structure, start: Start) -> World:
    """Return what all members share."""
    start = Start(*jax.tree.map(np.asarray, (start.state, start.background)),
                  jax.tree.map(np.asarray, start.forcing), start.seed)  # fmt: skip
    n = len(structure.countries)
    borders = structure.neighbours.borders
    index = np.full((n, n), len(borders))
    for border, name in enumerate(borders):
        i, j = (structure.countries.index(iso) for iso in name.split("-"))
        index[i, j] = index[j, i] = border
    return World(
        structure,
        start,
        Rings.of(structure),
        structure.country_matrix.astype(float),
        structure.region_matrix.astype(float),
        index,
    )


class Countries:
    """What a country carries and decides, for one member: level, presence, the displaced."""

    def __init__(self, world: World, params: Params, rng: np.random.Generator) -> None:
        self.world, self.params, self.rng = world, params, rng
        structure, state, background = world.structure, world.start.state, world.start.background
        self.mean_severity = mean_severity(params)
        self.decay = 2.0 ** (-1.0 / params.memory.half_life)
        self.reference_counts = state.reference_counts.astype(float)
        self.reference_traces = state.reference_traces.astype(float)
        self.level_score = rng.standard_normal(state.level_score.shape)
        need = params.presence.need
        self.stood = (1 - need) * background.presence_start + need * background.attack_share
        self.presence = self.stood.copy()
        self.displaced = state.displaced.astype(float)
        self.away = state.away.astype(float)
        self.flight = rng.standard_normal(len(structure.countries))
        permeability = np.append(params.violence.permeability, 0.0)
        self.ring_cross = background.ring_cross * permeability[world.border_index]
        pull = background.population * np.exp(
            -background.distance_km / params.displacement.distance_decay
        )
        self.pull = pull.astype(float)
        self.in_block = (np.arange(2)[:, None] == structure.block).astype(float)

    def remember(self) -> None:
        """Let last month's expected events enter the reference traces."""
        keep = self.decay[:, None]
        self.reference_traces = keep * self.reference_traces
        self.reference_traces += (1 - keep) * self.reference_counts[:, None, :]

    def walk(self, month: int) -> None:
        """Move each country's level."""
        shocks, rng = self.params.shocks, self.rng
        shape = self.level_score.shape
        own, shared = np.sqrt(1 - shocks.correlation), np.sqrt(shocks.correlation)
        innovation = own * rng.standard_normal(shape) + shared * rng.standard_normal()
        fast = own * rng.standard_normal(shape) + shared * rng.standard_normal()
        slow = shocks.persistence * self.level_score
        self.level_score = slow + np.sqrt(1 - shocks.persistence**2) * innovation
        background = self.world.start.background
        new = np.clip(1 - (1 - shocks.transient) * background.spread_ratio, 0, 1)
        score = np.sqrt(1 - new) * self.level_score + np.sqrt(new) * fast
        nodes = self.world.start.forcing.level_nodes[month]
        scores = background.scores
        self.level = np.empty(shape)
        for at in np.ndindex(shape):
            self.level[at] = np.interp(score[at], scores, nodes[at])

    def move_presence(self, attacks: np.ndarray) -> None:
        """Move state presence toward the regions with attacks."""
        structure, presence = self.world.structure, self.params.presence
        start = self.world.start.background.presence_start
        country = structure.region_country
        total = np.bincount(country, attacks, minlength=len(structure.countries))[country]
        need = np.where(total > NEGLIGIBLE, attacks / np.maximum(total, NEGLIGIBLE), start)
        called_for = (1 - presence.need) * start + presence.need * need
        self.presence = presence.inertia * self.presence + (1 - presence.inertia) * called_for

    def scale(self) -> np.ndarray:
        """Return events per unit of pressure, `[stream, country]`, so that levels are met."""
        structure, violence = self.world.structure, self.params.violence
        pooled = structure.members_of_pressure @ self.reference_traces[:, MIDDLE]
        around = self.world.start.background.ring_own * pooled
        around = around + np.einsum("rpkj,pj->rpk", self.ring_cross, pooled)
        reference = (
            violence.background
            + np.einsum("sqh,qhk->sk", violence.excitation, self.reference_traces)
            + np.einsum("spr,rpk->sk", violence.contagion, around)
        )
        deaths = (self.in_block * self.mean_severity) @ reference
        scale = (np.exp(self.level) / np.maximum(deaths, 1e-6))[structure.block]
        self.reference_counts = scale * reference
        return scale

    def modifiers(self, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return log effects of levers by country and at borders, and of presence by region."""
        structure = self.world.structure
        levers = self.world.start.forcing.levers[month]
        at_border = structure.lever_on_border[:, None]
        effect = self.params.violence.lever_effect.T
        change = np.tanh(self.presence / np.maximum(self.stood, 1e-6) - 1)
        suppression = self.params.presence.suppression * np.outer(structure.insurgent, change)
        return effect @ (levers * (1 - at_border)), effect @ (levers * at_border), suppression

    def displace(self, region_deaths: np.ndarray, month: int) -> np.ndarray:
        """Move people; return the newly displaced by country."""
        structure, displacement = self.world.structure, self.params.displacement
        country = structure.region_country
        n = len(structure.countries)
        if self.world.start.forcing.month[month] % 12 == 1:
            self.flight = self.rng.standard_normal(n)
        noise = displacement.log_sd * self.flight
        at_home = np.maximum(self.world.start.background.population - self.away, 0)
        intensity = np.log(1e5 * np.maximum(region_deaths, 1) / np.maximum(at_home, 1))
        log_called = (displacement.log_rate + noise)[country] + displacement.elasticity * intensity
        called = np.where(region_deaths > 0, np.exp(log_called), 0.0)
        leaving = displacement.most * at_home * -np.expm1(-called / displacement.most)
        pull = self.pull / (1 + region_deaths)
        arriving = leaving @ (pull / pull.sum(axis=1, keepdims=True))
        stay = 1 - displacement.return_rate
        self.displaced = stay * self.displaced + arriving
        self.away = stay * self.away + leaving
        return np.bincount(country, leaving, minlength=n)


class Member:
    """One future: the countries' part, and arrays over streams and cells."""

    def __init__(self, world: World, params: Params, rng: np.random.Generator) -> None:
        self.world, self.params, self.rng = world, params, rng
        structure, violence = world.structure, params.violence
        self.countries = Countries(world, params, rng)
        self.counts = world.start.state.counts.astype(float)
        self.traces = world.start.state.traces.astype(float)
        self.rings = world.rings.permeable(violence.permeability)
        n = len(structure.streams)
        self.excitation = violence.excitation.reshape(n, -1).astype(float)
        self.contagion = violence.contagion.astype(float)
        self.background = violence.background[:, structure.country] * structure.background_share

    def rates(self, month: int) -> np.ndarray:
        """Return expected events, `[stream, cell]`; call once the level has walked."""
        structure, countries = self.world.structure, self.countries
        pressure = (structure.members_of_pressure @ self.traces[:, MIDDLE]).T
        bracket = self.background + self.excitation @ self.traces.reshape(-1, structure.n_cells)
        for ring, matrix in enumerate(self.rings):
            bracket += self.contagion[:, :, ring] @ (matrix @ pressure).T
        effect, at_border, suppression = countries.modifiers(month)
        log_change = effect[:, structure.country] - suppression[:, structure.region]
        log_change += at_border[:, structure.country] * structure.border_cell
        rate = countries.scale()[:, structure.country] * bracket * np.exp(log_change)
        return np.minimum(rate, MOST_PER_MONTH)

    def step(self, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return a month's deaths and events by stream and cell, and displaced by country."""
        keep = self.countries.decay[None, :, None]
        self.traces = keep * self.traces + (1 - keep) * self.counts[:, None, :]
        self.countries.remember()
        self.countries.walk(month)
        insurgent = self.world.structure.insurgent
        attacks = insurgent @ self.traces[:, MIDDLE] @ self.world.region_matrix
        self.countries.move_presence(attacks)
        self.rate = self.rates(month)
        size = self.params.violence.dispersion[:, None].astype(float)
        self.counts = self.rng.negative_binomial(size, size / (size + self.rate)).astype(float)
        deaths = self.deaths()
        displaced = self.countries.displace(deaths.sum(0) @ self.world.region_matrix, month)
        return deaths, self.counts, displaced

    def deaths(self) -> np.ndarray:
        """Draw the deaths of the month's events."""
        deaths = np.zeros_like(self.counts)
        stream, cell = np.nonzero(self.counts)
        z = self.rng.standard_normal(len(cell))
        n = self.counts[stream, cell]
        deaths[stream, cell] = deaths_of(
            n, self.params.severity, self.countries.mean_severity, stream, z
        )
        return deaths


def deaths_of(n, severity, mean, stream, z) -> np.ndarray:
    """Return the deaths of `n` events of a stream at normal scores `z`."""
    m, s = severity.log_median[stream], severity.log_sd[stream]
    variance = np.log1p(np.expm1(s**2) / n)
    several = np.log(n * mean[stream] + 0.5) - 0.5 * variance
    return np.floor(np.exp(np.where(n > 1, several, m) + np.sqrt(variance) * z))


def mean_severity(params: Params) -> np.ndarray:
    """Return the expected deaths of one event, by stream."""
    m = params.severity.log_median.astype(float)
    s = params.severity.log_sd.astype(float)
    head = sum(ndtr((m - np.log(j)) / s) for j in range(1, EXACT_TERMS + 1))
    above = (m - np.log(EXACT_TERMS)) / s
    tail = np.exp(m + 0.5 * s**2) * ndtr(above + s) - EXACT_TERMS * ndtr(above)
    return head + tail - 0.5 * ndtr(above)


def simulate(world: World, params: Params, rng: np.random.Generator, months: int) -> Totals:
    """Return the futures of members, one after the other.

    Args:
        world: from `build`.
        params: stacked over members.
        rng: of all draws.
        months: how many, at most those of the world's start.
    """
    kept = []
    for member in range(len(params.memory.half_life)):
        future = Member(world, jax.tree.map(lambda leaf, i=member: leaf[i], params), rng)
        rows = []
        for month in range(months):
            deaths, events, displaced = future.step(month)
            rows.append((deaths @ world.country_matrix, events @ world.country_matrix, displaced))
        kept.append([np.stack(part) for part in zip(*rows, strict=True)])
    return Totals(*(np.stack(part) for part in zip(*kept, strict=True)))
