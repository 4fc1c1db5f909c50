"""The model in Mesa 3: one agent a cell, countries as attributes of the model.

Written as agent modellers write: an agent knows its neighbours, a month is a sequence of
`AgentSet.do` calls (all remember, all look around, all act), and what belongs to a country
(level, state presence, displacement) is an attribute of the model. Inside an agent the nine
streams are a small array, which is faster than Python numbers. The agents' order does not
matter, since all look before any acts.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import mesa
import numpy as np

from liptako.model.params import Params
from liptako.model.processes.pressure import MIDDLE
from liptako.model.processes.violence import MOST_PER_MONTH
from liptako.model.simulate import Start
from liptako.model.structure import BY_INSURGENTS, RINGS, Structure

from .numpy_model import Countries, Totals, World, deaths_of, within_countries
from .numpy_model import build as _build_world


class Cell(mesa.Agent):
    """A cell of the grid: its memory, what it sees around it, what happens in it."""

    def __init__(self, model: Theatre, index: int) -> None:
        super().__init__(model)
        structure = model.world.structure
        self.index = index
        self.country = int(structure.country[index])
        self.region = int(structure.region[index])
        self.at_border = bool(structure.border_cell[index])
        self.near: list[list[tuple[Cell, int | None]]] = []
        state = model.world.start.state
        self.events = state.counts[:, index].astype(float)
        self.traces = state.traces[:, :, index].astype(float)
        share = structure.background_share[index]
        self.background = model.params.violence.background[:, self.country] * share

    def remember(self) -> None:
        """Let last month's events enter the traces."""
        self.traces *= self.model.keep
        self.traces += self.model.fresh * self.events[:, None]
        self.pressure = self.model.members_of_pressure @ self.traces[:, MIDDLE]
        self.model.attacks[self.region] += self.pressure[BY_INSURGENTS]

    def look_around(self) -> None:
        """Set the rate of events from own memory and neighbours."""
        model = self.model
        bracket = self.background + model.excitation @ self.traces.ravel()
        for ring, neighbours in enumerate(self.near):
            around = np.zeros(len(self.pressure))
            for other, border in neighbours:
                if border is None:
                    around += other.pressure
                else:
                    around += model.permeability[border] * other.pressure
            bracket += model.contagion[ring] @ around
        log_change = model.effect[self.country] - model.suppression[self.region]
        if self.at_border:
            log_change = log_change + model.effect_at_border[self.country]
        rate = model.scale[self.country] * bracket * np.exp(log_change)
        self.rate = np.minimum(rate, MOST_PER_MONTH)

    def act(self) -> None:
        """Draw the month's events and their deaths, and tell the country."""
        model = self.model
        size = model.size
        self.events = model.random_numbers.negative_binomial(
            size, size / (size + self.rate)
        ).astype(float)
        stream = self.events.nonzero()[0]
        if not len(stream):
            return
        z = model.random_numbers.standard_normal(len(stream))
        deaths = deaths_of(
            self.events[stream],
            model.params.severity,
            model.countries.mean_severity,
            stream,
            z,
        )
        model.events[:, self.country] += self.events
        model.deaths[stream, self.country] += deaths
        model.region_deaths[self.region] += deaths.sum()


class Theatre(mesa.Model):
    """One member: its cells as agents, its countries as attributes."""

    def __init__(self, world: World, params: Params, rng: np.random.Generator) -> None:
        super().__init__(seed=int(rng.integers(2**31)))
        self.world, self.params, self.random_numbers = world, params, rng
        self.month = 0
        self.countries = Countries(world, params, rng)
        violence, n = params.violence, len(world.structure.streams)
        self.keep = self.countries.decay[None, :].astype(float)
        self.fresh = 1 - self.keep
        self.members_of_pressure = world.structure.members_of_pressure.astype(float)
        self.excitation = violence.excitation.reshape(n, -1).astype(float)
        self.contagion = violence.contagion.transpose(2, 0, 1).astype(float)
        self.permeability = violence.permeability.astype(float).tolist()
        self.size = violence.dispersion.astype(float)
        cells = [Cell(self, index) for index in range(world.structure.n_cells)]
        _introduce(cells, world.structure)

    def step(self) -> None:
        """Advance one month."""
        countries, structure = self.countries, self.world.structure
        self.attacks = np.zeros(len(structure.regions))
        self.region_deaths = np.zeros(len(structure.regions))
        self.events = np.zeros((len(structure.streams), len(structure.countries)))
        self.deaths = np.zeros_like(self.events)
        self.agents.do("remember")
        countries.remember()
        countries.walk(self.month)
        countries.move_presence(self.attacks)
        effect, at_border, suppression = countries.modifiers(self.month)
        self.effect, self.effect_at_border = effect.T, at_border.T
        self.suppression, self.scale = suppression.T, countries.scale().T
        self.agents.do("look_around")
        self.agents.do("act")
        self.displaced = countries.displace(self.region_deaths, self.month)
        self.month += 1


def _introduce(cells: list[Cell], structure: Structure) -> None:
    """Tell each agent who its neighbours are, and across which border."""
    near, n = structure.neighbours, structure.n_cells
    within = [within_countries(structure, reach) for reach in RINGS]
    for cell in cells:
        slot = near.slot[cell.index]
        for inside, across, border in zip(within, near.across, near.border, strict=True):
            around = [(cells[j], None) for j in np.flatnonzero(inside[cell.index])]
            pairs = zip(across[slot], border[slot], strict=True)
            around += [(cells[j], int(b)) for j, b in pairs if j < n]
            cell.near.append(around)


@dataclass
class Model:
    """What `simulate` needs; the agents of each member are made in `begin`."""

    world: World


def build(structure: Structure, start: Start) -> Model:
    """Return what all members share."""
    return Model(_build_world(structure, start))


def begin(model: Model, params: Params, rng: np.random.Generator) -> list[Theatre]:
    """Return the members with their agents, at the start."""
    return [
        Theatre(model.world, jax.tree.map(lambda leaf, i=i: leaf[i], params), rng)
        for i in range(len(params.memory.half_life))
    ]


def advance(members: list[Theatre], months: int) -> Totals:
    """Return what members see in the months to come."""
    kept = []
    for member in members:
        rows = []
        for _ in range(months):
            member.step()
            rows.append((member.deaths, member.events, member.displaced))
        kept.append([np.stack(part) for part in zip(*rows, strict=True)])
    return Totals(*(np.stack(part) for part in zip(*kept, strict=True)))


def simulate(model: Model, params: Params, rng: np.random.Generator, months: int) -> Totals:
    """Return the futures of members, one after the other."""
    kept = [
        advance(begin(model, one, rng), months)
        for one in (
            jax.tree.map(lambda leaf, i=i: leaf[i : i + 1], params)
            for i in range(len(params.memory.half_life))
        )
    ]
    return Totals(*(np.concatenate(part) for part in zip(*kept, strict=True)))
