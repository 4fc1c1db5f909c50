"""From a scenario and its data to the start of its futures.

Everything that enters is cut at `init_time`: data through `Snapshot.until`, fits by their
vintage. A scenario that starts before the shipped fits' vintage is fitted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.data import arrays
from liptako.data.coverage import check_start
from liptako.data.regimes import used
from liptako.data.snapshot import Snapshot, load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.inference.features import traces_of
from liptako.inference.motives.stored import motives_in_use
from liptako.inference.past_cases.politics import fit_politics, political_state
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.inference.vintages import fits_for
from liptako.model.codes import Stage
from liptako.model.drawn import Drawn, put
from liptako.model.draws import draw_params
from liptako.model.level import SCORES, LevelFit, forecast_level
from liptako.model.params import Params
from liptako.model.posterior import PoliticsPosterior, TheatrePosterior
from liptako.model.processes import commitment, contingent, pressure, recruitment
from liptako.model.simulate import Start
from liptako.model.state import (
    Background,
    Blocs,
    Conduct,
    Forcing,
    Pact,
    Patronage,
    Regime,
    Rules,
    State,
    Territory,
)
from liptako.model.structure import BLOCKS, Structure, build_structure, layout_of
from liptako.runs.background import as_array, background_of
from liptako.runs.executor import Progress, check_bits, keep_compiled_programs, silent, told
from liptako.runs.flight import with_the_displaced
from liptako.runs.level_spread import SimulatedLevel, simulated_levels
from liptako.runs.wars import wars_of
from liptako.theatre import levers, rules, shocks
from liptako.theatre.dated import (
    besieged_at,
    grievances_at,
    promised_at,
    rungs_at,
    support_at,
    threats_at,
    withdrawn_at,
)
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.politics import Alliance
from liptako.theatre.schema import Theatre

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
        level: what each series' level is drawn from; `series` says which.
        series: (country, block) of each of its rows.
        shocks: persistence, transient share and correlation of the level's score.
        state: at the end of `init_month`.
        background: what members share.
        motives: draws of what regimes want, where those inferred say more than none do.
    """

    loaded: LoadedScenario
    snapshot: Snapshot
    structure: Structure
    posterior: TheatrePosterior
    politics: PoliticsPosterior
    level: SimulatedLevel
    series: tuple[tuple[str, str], ...]
    shocks: dict[str, float]
    state: State
    background: Background
    motives: tuple[Drawn, ...] = ()

    def start(self, policy: str, seed: int) -> Start:
        """Return the start of the futures of a policy."""
        scenario = self.loaded.scenario
        file = str(self.loaded.file)
        values = levers.resolve(self.loaded.theatre, scenario, policy, file)
        months = np.arange(1, scenario.months + 1, dtype=np.int32)
        heard = rules.resolve_rules(self.loaded.theatre, scenario, policy, file)
        forcing = Forcing(
            month=jax.device_put(months + np.int32(scenario.init_month)),
            levers=as_array(values),
            fixed=as_array(levers.fixed(self.loaded.theatre, scenario, policy)),
            shocks=as_array(shocks.resolve_shocks(self.loaded.theatre, scenario, policy, file)),
            rules=Rules(**{name: as_array(row) for name, row in heard._asdict().items()}),
            level_nodes=as_array(self._level_nodes(scenario.months)),
        )
        return Start(self.state, self.background, forcing, seed)

    @property
    def init_month(self) -> int:
        """Last month that is seen."""
        return self.loaded.scenario.init_month

    @property
    def observed(self) -> tuple[str, ...]:
        """Countries with event data at the start, in the theatre's order."""
        known = {country for country, _ in self.series}
        return tuple(iso for iso in self.structure.countries if iso in known)

    @property
    def allies(self) -> tuple[str, ...]:
        """The members of the pact, none if there was none at the start."""
        alliance = self.loaded.theatre.alliance
        exists = alliance is not None and bool(self.state.pact.stage < Stage.DISSOLVED)
        return tuple(alliance.members) if alliance and exists else ()

    def draw_params(
        self, seed: int, members: Int[np.ndarray, " member"], *, judgement: bool = True
    ) -> Params:
        """Return the parameters of members, see `liptako.model.draws.draw_params`."""
        params = draw_params(
            self.loaded.registry,
            self.posterior,
            self.politics,
            self.structure,
            self.shocks,
            seed,
            members,
            judgement=judgement,
        )
        return put(params, self.motives, members) if judgement else params

    def _level_nodes(self, months: int) -> Float[np.ndarray, "month block country node"]:
        levels = self.level.log_level
        nodes = np.full((months, len(BLOCKS), len(self.structure.countries), len(SCORES)), NO_LEVEL)
        for row, (country, block) in enumerate(self.series):
            at = BLOCKS.index(block), self.structure.countries.index(country)
            known = levels[row][:months]
            nodes[: len(known), at[0], at[1]] = known
            nodes[len(known) :, at[0], at[1]] = known[-1]
        return nodes


def start_of(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Return the start of a scenario's futures: its data, fits, state and all that members share.

    Args:
        scenario: a name, a file, or a loaded scenario.
        members: how many futures; the scenario's own number if not given.
        months: how far; likewise.
        seed: of the random numbers; likewise.
        progress: told before anything slow.

    Raises:
        InputError: for anything not allowed; the data do not allow the scenario's start.
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    adjusted = loaded.scenario.adjusted(members=members, months=months, seed=seed)
    loaded = replace(loaded, scenario=adjusted)
    check_bits()
    keep_compiled_programs()
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre))
    check_start(
        loaded.theatre, snapshot.cells, snapshot.last_month, adjusted.init_month, loaded.file
    )
    return prepare(loaded, snapshot, *fits_for(loaded, snapshot, told(progress)))


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
    structure = build_structure(loaded.theatre, snapshot.cells, init, layout_of(loaded.registry))
    history, series = level_history(loaded, snapshot, structure)
    law = forecast_level(level_fit, history)
    half_life = np.asarray(loaded.registry["memory.half_life"].value, np.float32)
    state = _state(loaded, snapshot, structure, half_life)
    level = simulated_levels(law, series, structure, state, posterior)
    spread = _by_country(level, series, structure)
    wars = wars_of(loaded.theatre, snapshot, init, float(half_life[pressure.MIDDLE]))
    state = replace(state, patronage=replace(state.patronage, war=as_array(wars.last)))
    background = background_of(loaded.theatre, snapshot, structure, state, spread, wars)
    state = with_the_displaced(
        state, background, posterior, snapshot, structure, loaded.registry, init
    )
    return Prepared(
        loaded=loaded,
        snapshot=snapshot,
        structure=structure,
        posterior=posterior,
        politics=fit_politics(
            loaded.theatre, snapshot, structure.countries, half_life[pressure.MIDDLE]
        ),
        level=level,
        series=series,
        shocks={
            "persistence": law.persistence,
            "transient": law.transient,
            "correlation": law.correlation,
        },
        state=state,
        background=background,
        motives=motives_in_use(loaded.folder, structure, init),
    )


def _by_country(
    level: SimulatedLevel, series: tuple[tuple[str, str], ...], structure: Structure
) -> Float[np.ndarray, "block country"]:
    """Return the spread of deaths over that of the level, 1 where nothing is observed."""
    found = np.ones((len(BLOCKS), len(structure.countries)))
    for (country, block), ratio in zip(series, level.spread_ratio, strict=True):
        found[BLOCKS.index(block), structure.countries.index(country)] = ratio
    return found


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
    counts = arrays.by_cell(snapshot.events, structure.streams, structure.gid, FIRST_MONTH, init)
    traces, last = traces_of(counts, half_life)[-1], counts[-1]
    matrix = structure.country_matrix
    brought, brought_traces = recruitment.none_brought(structure, len(half_life))
    nothing = as_array(np.zeros((len(BLOCKS), len(structure.countries))))
    return State(
        counts=as_array(last),
        traces=as_array(traces),
        brought=as_array(brought),
        brought_traces=as_array(brought_traces),
        reference_counts=as_array(last @ matrix),
        reference_traces=as_array(traces @ matrix),
        level_score=nothing,
        level=nothing,
        presence=as_array(_presence(structure)),
        displaced=as_array(np.zeros(len(structure.regions))),
        away=as_array(np.zeros(len(structure.regions))),
        flight=as_array(np.zeros(len(structure.countries))),
        regime=_regime(loaded, snapshot, structure, half_life[pressure.MIDDLE]),
        patronage=_patronage(structure, support_at(loaded.theatre, init)),
        conduct=_conduct(loaded.theatre, structure, init),
        means=as_array(np.zeros(len(structure.countries))),
        rung=as_array(rungs_at(loaded.theatre, init)),
        blocs=Blocs(as_array(structure.bloc_members), as_array(threats_at(loaded.theatre, init))),
        pact=_pact(loaded.theatre.alliance, structure, init),
        territory=_territory(loaded.theatre, snapshot, structure, init),
        answers=contingent.none_yet(structure),
    )


def _patronage(structure: Structure, support: Float[np.ndarray, "instrument country"]) -> Patronage:
    """Return what patrons give at the start; their own wars are as they were of late."""
    zero, level = as_array(np.zeros(len(structure.patrons.names))), as_array(support)
    return Patronage(capacity=zero, wanted=level, support=level, war=zero, toll=zero)


def _regime(
    loaded: LoadedScenario, snapshot: Snapshot, structure: Structure, half_life: float | np.floating
) -> Regime:
    """Return who rules at the start: the coup clock and losses as the coup fit counts them."""
    init, countries = loaded.scenario.init_month, list(structure.countries)
    clock, losses = political_state(loaded.theatre, snapshot, countries, half_life)
    since = sitting(snapshot, countries)
    regimes = [iso for iso, simulated in zip(countries, structure.member, strict=True) if simulated]
    zero = as_array(np.zeros(len(structure.countries)))
    return Regime(
        coup_clock=as_array(clock),
        junta=as_array(since.notna().to_numpy()),
        tenure=as_array((init - since).fillna(0.0).to_numpy()),
        losses=as_array(losses),
        siege=zero,
        rally=zero,
        shake=zero,
        danger=zero,
        coup_elsewhere=as_array(coups_elsewhere(snapshot, regimes, countries)),
        frailty=as_array(0.0),
        exit=zero,
        grievance=as_array(_grievance(loaded, snapshot, init)),
        within=zero,
    )


def _grievance(
    loaded: LoadedScenario, snapshot: Snapshot, init: int
) -> Float[np.ndarray, "kind country"]:
    """Return what the ranks hold at the start against those who lead them."""
    won = coups_that_succeeded(snapshot).groupby("country")["month"].max()
    last = {str(iso): int(month) for iso, month in won.items()}
    half_life = loaded.registry.fixed("grievance.half_life")
    return grievances_at(loaded.theatre, init, half_life, last)


def coups_that_succeeded(snapshot: Snapshot) -> pd.DataFrame:
    """Return the coups that succeeded, by country and month."""
    return snapshot.coups[snapshot.coups["successes"] > 0]


def sitting(snapshot: Snapshot, countries: Sequence[str]) -> pd.Series:
    """Return the month of the coup that bore each regime in power, missing where none did.

    As the world's table has it, where a coup by insiders ends no regime; where the table is
    absent, as the region's.
    """
    regimes = used(snapshot.regimes)
    ruling = regimes[(regimes["new_regime"] == 1) & (regimes["regime_event"] == 0)]
    since = ruling.groupby("country")["coup"].max()
    if not len(regimes):
        ruling = snapshot.juntas[snapshot.juntas["camp_end_status"] == "none"]
        since = ruling.groupby("country")["coup"].min()
    return since.reindex(list(countries))


def coups_elsewhere(
    snapshot: Snapshot, regimes: Sequence[str], countries: Sequence[str]
) -> Float[np.ndarray, " country"]:
    """Return the months left of the year after a coup that succeeded in another of the regimes."""
    coups = coups_that_succeeded(snapshot)
    coups = coups[coups["country"].isin(list(regimes))]
    last = coups.groupby("country")["month"].max()
    left = (MONTHS_PER_YEAR - (snapshot.last_month - last)).clip(lower=0)
    others = (left.drop(iso, errors="ignore") for iso in countries)
    return np.array([other.max() if len(other) else 0.0 for other in others], float)


def _conduct(theatre: Theatre, structure: Structure, init: int) -> Conduct:
    """Return what regimes have chosen: history contains it, but for dates that stand."""
    zero = as_array(np.zeros(len(structure.countries)))
    return Conduct(
        stance=as_array(np.zeros((len(structure.levers), len(structure.countries)))),
        due=as_array(promised_at(theatre, init)),
        act=zero,
        missed=zero,
        relief=zero,
        default=zero,
    )


def _territory(theatre: Theatre, snapshot: Snapshot, structure: Structure, init: int) -> Territory:
    """Return who is besieged at the start and what forces left of late; reach is each member's own.

    Raises:
        InputError: a siege is dated in a region that there is none of.
    """
    known = set(snapshot.regions["region"])
    for row in theatre.sieges or []:
        if row.region not in known:
            raise InputError(
                "no such region", field="sieges", value=row.region, allowed="a code of the data"
            )
    nobody = as_array(np.zeros(len(structure.countries)))
    return Territory(
        besieged=as_array(besieged_at(theatre, structure.regions, init)),
        force=as_array(structure.patrons.force @ support_at(theatre, init)),
        withdrawn=as_array(withdrawn_at(theatre, init)),
        reached=nobody,
        reached_start=nobody,
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
    zero, players = as_array(0.0), len(structure.allies)
    return Pact(
        stage=as_array(stage),
        left=as_array(left),
        profile=as_array(np.zeros((players, len(commitment.LEVELS)))),
        commitment=as_array(np.zeros(players)),
        worth=as_array(np.zeros(players)),
        trust=zero,
        items=as_array(np.zeros(len(structure.item_ids))),
        pushed=zero,
        agenda=zero,
        provided=zero,
    )


def _presence(structure: Structure) -> Float[np.ndarray, " region"]:
    """Return starting shares of state presence: where the people are."""
    people = structure.population_share @ structure.region_matrix
    return people.astype(np.float32)
