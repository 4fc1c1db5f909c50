"""An invented theatre, built in memory: three countries, 61 cells, four streams.

Two countries of thirty cells touch; the third is one cell far from both. Everything a run needs
is here, small enough that compiling and running take seconds. `political_world` adds a pact of
the three, three patrons, two disputes, a promised date, a menu and the levers of politics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax import Array

from liptako import calendar
from liptako.data.snapshot import OPTIONAL, Snapshot
from liptako.inference.level_fit import load_level_fit
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.model.codes import AGE_BANDS
from liptako.model.level import LevelFit
from liptako.model.outputs import OUTPUTS, gather
from liptako.model.params import (
    VARIANCE,
    BlocsParams,
    LaddersParams,
    MeansParams,
    Params,
    TerritoryParams,
    from_leaves,
    leaf_paths,
)
from liptako.model.posterior import TheatrePosterior
from liptako.model.simulate import Start, compile_batch
from liptako.model.state import Forcing
from liptako.model.structure import RINGS, Layout, Structure
from liptako.runs.executor import run_members
from liptako.runs.start import Prepared, prepare
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.loading import LoadedScenario, theatres_folder
from liptako.theatre.registry import Registry
from liptako.theatre.scenario import Scenario
from liptako.theatre.schema import Theatre

RATES = ("handed_over", "handed_over_cohort", "coup_others", "coup_insiders", "force")
"""Of regimes, by band of age."""

INIT = calendar.month_id(2013, 8)
MONTHS = 12
HALF_LIFE = (2.0, 8.0, 36.0)
LONER = "CCC"
"""The country of one cell that touches nobody."""

NEVER = -60.0
"""How readily a regime takes an act that it never takes."""

STREAMS = {
    "army_rebels": {"id": 3, "sides": ("army", "rebels"), "kind": "state_based"},
    "guards_rebels": {"id": 7, "sides": ("guards", "rebels"), "kind": "non_state"},
    "rebels_civilians": {"id": 11, "sides": ("rebels", "civilian"), "kind": "one_sided"},
    "army_civilians": {"id": 20, "sides": ("army", "civilian"), "kind": "one_sided"},
}
EXTRA = {"guards_civilians": {"id": 31, "sides": ("guards", "civilian"), "kind": "one_sided"}}
POLICIES = {
    "baseline": [],
    "null": [{"lever": "shelter", "value": 0.0, "first": "2013-09"}],
    "later": [{"lever": "shelter", "value": 1.0, "first": "2014-03"}],
    "small": [{"lever": "shelter", "value": 0.2, "first": "2013-09"}],
    "whole": [{"lever": "shelter", "value": 1.0, "first": "2013-09"}],
    "one": [{"lever": "shelter", "value": 1.0, "first": "2013-09", "countries": ["AAA"]}],
    "edge": [{"lever": "patrol", "value": 1.0, "first": "2013-09"}],
    "brief": [{"lever": "patrol", "value": 1.0, "first": "2013-10", "last": "2013-11"}],
}

POLITICAL_LEVERS = {
    "drill": {"range": (0.0, 1.0), "where": "border", "role": "joint_operations"},
    "invite": {"range": (-1.0, 1.0), "role": "offer", "patron": "rich"},
    "means": {"range": (-2.0, 1.0), "role": "capacity", "patron": "poor"},
    "friend": {"range": (0.0, 1.0), "role": "backing"},
    "ban": {"range": (-1.0, 1.0), "role": "sanctions"},
    "push": {"range": (0.0, 1.0), "role": "offensive"},
    "talks": {"range": (0.0, 1.0), "role": "mediation"},
    "noise": {"range": (-1.0, 1.0), "role": "publicity"},
    "chase": {"range": (0.0, 1.0), "role": "pursuit"},
    "press": {"range": (0.0, 1.0), "role": "transition"},
}
SUPPORT = {
    "poor": {"AAA": 0.75, "BBB": 0.25},
    "rich": {"AAA": 0.5},
    "spurned": {"AAA": 0.8, "BBB": 0.4},
}
"""What each patron gives at the start; what is not named is zero."""

PATRONS = {
    "poor": {"limited": True, "supplies": {"shelter": 0.5}},
    "rich": {"supplies": {"patrol": 1.0}, "rivals": ["spurned"]},
    "spurned": {},
}
"""The first has limits; the third offers less where the second gives more."""

LADDERS = {("AAA", "BBB"): "dialogue", ("BBB", LONER): "sanctions"}
"""Where disputes stand at the start."""

DUE = 12
"""Months to the date that the first country has promised."""

MENU = {
    "enlist": {
        "levers": {"patrol": 0.4},
        "effects": {"insurgent_pressure": 0.2, "popular_approval": -0.3},
        "when": {"strain": {"insurgent_pressure": 0.5}},
    },
    "strike": {
        "levers": {"push": 0.5, "patrol": 0.2},
        "effects": {"corporate_advancement": 0.4},
        "when": {"exposure": {"insurgent_pressure": 0.4}, "dispute": {"autonomy": -0.2}},
    },
    "stand_down": {"levers": {"push": -0.5, "patrol": -0.3}},
    "court": {
        "wants": {"rich": 0.3, "spurned": -0.2},
        "effects": {"rents_arms": 0.5, "autonomy": -0.2},
        "when": {"unbacked": {"rents_arms": 0.5}},
    },
    "vow": {"transition": "promise", "when": {"pressed": {"alignment": 0.6}}},
    "put_off": {"transition": "extend", "effects": {"regime_survival": 0.5}},
    "tie": {"pact": "deepen", "when": {"danger": {"alliance_commitment": 0.3}}},
    "quit": {"pact": "leave", "when": {"distrust": {"autonomy": 0.7}}},
}
"""Acts of every kind: on levers, patrons, dates and the pact."""


@dataclass(frozen=True, eq=False)
class World:
    """The invented theatre as prepared, with parameters of one member."""

    prepared: Prepared
    params: Params

    @property
    def structure(self) -> Structure:
        return self.prepared.structure

    def start(self, policy: str = "baseline", seed: int = 5) -> Start:
        return self.prepared.start(policy, seed)


def axes_of(path: str) -> list[str]:
    """Return the axes of a leaf of `Params` as annotated, less that of members."""
    process, name = path.split(".")
    annotation = get_type_hints(get_type_hints(Params)[process])[name]
    return get_args(annotation)[0].dim_str.split()[1:]


def theatre_of(streams: dict[str, Any], politics: bool = False) -> Theatre:
    country = {"role": "member", "gwno": 900}
    place = {"lat": -40.0, "lon": -78.0}
    return Theatre.model_validate(
        {
            "name": "invented",
            "title": "An invented theatre",
            "snapshot": "snapshot",
            "stream_rules": "streams.csv",
            "countries": {
                iso: {
                    **country,
                    "id": number,
                    "name": iso.title(),
                    "views_id": 900 + number,
                    "capital": {**place, "name": f"{iso.title()} City"},
                }
                for iso, number in (("AAA", 2), ("BBB", 9), (LONER, 4))
            },
            "observed": [
                {
                    "source": "invented",
                    "countries": ["AAA", "BBB", LONER],
                    "first": "1989-01",
                    "last": "2020-12",
                }
            ],
            "actors": {
                name: {"label": name.capitalize(), "definition": f"All {name}"}
                for name in ("army", "rebels", "guards", "civilian")
            },
            "pressures": {"rebels": ["rebels"], "army": ["army"], "guards": ["guards"]},
            "streams": {name: {**row, "label": name} for name, row in streams.items()},
            **(political_parts() if politics else {}),
            "levers": {
                "shelter": {"id": 1, "label": "Shelter", "range": (0.0, 1.0), "civil": True},
                "patrol": {
                    "id": 2,
                    "label": "Patrols",
                    "range": (0.0, 1.0),
                    "civil": False,
                    "where": "border",
                },
                **(political_levers() if politics else {}),
            },
        }
    )


def political_levers() -> dict[str, Any]:
    return {
        name: {"id": number, "label": name, "civil": False, **row}
        for number, (name, row) in enumerate(POLITICAL_LEVERS.items(), start=3)
    }


def political_parts() -> dict[str, Any]:
    return {
        "patrons": {
            name: {
                "id": 40 + number,
                "label": name,
                "support": [
                    {"country": iso, "since": "2013-01", "level": level, "note": "invented"}
                    for iso, level in SUPPORT[name].items()
                ],
                **row,
            }
            for number, (name, row) in enumerate(PATRONS.items())
        },
        "alliance": {
            "name": "Pact",
            "members": ["AAA", "BBB", LONER],
            "signed": "2013-05",
            "agenda": {
                "roads": {"id": 3, "label": "Roads", "means": 0.75, "lock": 0.4},
                "mail": {"id": 4, "label": "Mail", "means": 0.25, "lock": 0.6},
            },
        },
        "ladders": [
            {"pair": pair, "standing": [{"rung": rung, "since": "2013-02", "note": "invented"}]}
            for pair, rung in LADDERS.items()
        ],
        "promises": [
            {
                "country": "AAA",
                "since": "2013-06",
                "due": calendar.format_month(INIT + DUE),
                "note": "invented",
            }
        ],
        "menu": menu_of(MENU),
    }


def menu_of(acts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return acts as a theatre has them, with ids and labels."""
    return {
        name: {"id": number, "label": name, **act}
        for number, (name, act) in enumerate(acts.items(), start=1)
    }


COUPS = ("successes", "failures")

LAYOUT = Layout(near_capital_km=150.0, background_people=0.5)

FIXED = {
    "regime.cohort": 1.0, "regime.saturation": 1.4, "choices.depth": 2.0, "choices.enough": 0.01,
    "commitment.much": 0.5, "commitment.neutral_trust": 0.5, "commitment.gone": 10.0,
    "commitment.most_exposure": 3.0, "commitment.most_danger": 1.0, "commitment.most_strain": 1.0,
    "draws.weight_reach": 2.5, "grievance.half_life": 6.0, "dates.half_life": 6.0,
}  # fmt: skip
"""What the invented theatre holds fixed, as the shipped one does."""


def registry() -> Registry:
    """Return a registry with a row for every leaf of the model that is no prior's variance."""
    plain = {"unit": "1", "meaning": "m", "acts_on": "a.b", "source": "s"}
    judged = {
        "memory.half_life": {"value": list(HALF_LIFE), "shape": ["half_life"]},
        "violence.permeability": {"prior": {"dist": "beta", "a": 3, "b": 2}, "shape": ["border"]},
        "violence.lever_effect": {
            "prior": {"dist": "normal", "sd": 0.25},
            "shape": ["lever", "stream"],
            "value": {"shelter": {"rebels_civilians": -0.4}, "patrol": {"army_rebels": 0.3}},
        },
        "violence.published": {"value": 0.0, "shape": ["lever", "stream"]},
        "violence.published_size": {
            "prior": {"dist": "uniform", "low": 0.1, "high": 1.0},
            "shape": ["lever"],
        },
    }
    estimated = {"shocks", "violence", "severity"}
    held = FIXED | {f"structure.{name}": value for name, value in vars(LAYOUT).items()}
    judged |= {path: {"value": value} for path, value in held.items()}
    processes: dict[str, dict[str, Any]] = {}
    rows = [path for path in leaf_paths() if not path.endswith(VARIANCE)]
    for path in dict.fromkeys([*rows, *held]):
        process, name = path.split(".")
        if path in judged:
            row = {"status": "judgement", "range": (-2.0, 150.0), **judged[path]}
        elif process in estimated:
            row = {"status": "estimated", "posterior": f"fit.nc#{name}"}
        else:
            prior = {"dist": "uniform", "low": 0.1, "high": 0.4}
            row = {"status": "judgement", "range": (0.0, 500.0), "prior": prior}
            row["shape"] = axes_of(path)
        processes.setdefault(process, {})[name] = {**plain, **row}
    return Registry.model_validate({"processes": processes})


def cells_of() -> pd.DataFrame:
    """Return two countries side by side, five rows by six columns each, and a far one of one."""
    places = [(row, col, "AAA" if col < 206 else "BBB") for row in range(100, 105)
              for col in range(200, 212)]  # fmt: skip
    places.append((120, 240, LONER))
    cells = pd.DataFrame(places, columns=["row", "col", "country"])
    rng = np.random.default_rng(8)
    people = rng.gamma(1.0, 1.0, len(cells))
    half = np.where(cells["col"] % 6 < 4, "01", "02")
    return cells.assign(
        gid=(cells["row"] - 1) * 720 + cells["col"],
        lat=-90.25 + 0.5 * cells["row"],
        lon=-180.25 + 0.5 * cells["col"],
        region=cells["country"] + half,
        region_name="Region " + half,
        area_km2=3000.0,
        pop_share=people / pd.Series(people).groupby(cells["country"]).transform("sum"),
        border=cells["col"].isin([205, 206]),
        dist_capital_km=300.0,
        observed_first=109,
        observed_last=492,
    ).sort_values("gid", ignore_index=True)


SPLIT = ("deaths_civilians", "deaths_state", "deaths_insurgent", "deaths_unknown")


def with_dead(world: World, rows: list[tuple[int, str, str, tuple[int, ...]]]) -> Snapshot:
    """Return the snapshot with other events: months before the start, stream, country, the dead.

    Those who died by side as in `SPLIT`; sides that are left out have none.
    """
    events = pd.DataFrame(
        [
            {"month": INIT - ago, "stream": stream, "country": country, "events": 1}
            | {"gid": int(world.structure.gid[0]), "deaths": sum(died)}
            | dict.fromkeys(SPLIT, 0)
            | dict(zip(SPLIT, died, strict=False))
            for ago, stream, country, died in rows
        ]
    )
    return replace(world.prepared.snapshot, events=events)


def events_of(cells: pd.DataFrame, streams: dict[str, Any]) -> pd.DataFrame:
    """Return events that are common in a few cells and rare elsewhere, without memory."""
    rng = np.random.default_rng(21)
    heat = rng.gamma(0.3, 0.5, (len(streams), len(cells)))
    counts = rng.poisson(np.broadcast_to(heat, (INIT + 24 - FIRST_MONTH, *heat.shape)))
    month, stream, cell = np.nonzero(counts)
    number = counts[month, stream, cell]
    deaths = np.floor(number * np.exp(rng.normal(1.0, 0.8, len(number))))
    return pd.DataFrame(
        {
            "month": month + FIRST_MONTH,
            "stream": np.array(list(streams))[stream],
            "gid": cells["gid"].to_numpy()[cell],
            "country": cells["country"].to_numpy()[cell],
            "region": cells["region"].to_numpy()[cell],
            "events": number,
            "deaths": deaths.astype(int),
            "deaths_civilians": deaths.astype(int),
            "deaths_state": 0,
            "deaths_insurgent": 0,
        }
    )


def snapshot_of(cells: pd.DataFrame, events: pd.DataFrame) -> Snapshot:
    empty = {
        field.name: pd.DataFrame({"year": []})
        for field in fields(Snapshot)
        if field.name not in OPTIONAL
    }
    population = pd.DataFrame({"country": ["AAA", "BBB"], "region": "", "population": [4e6, 6e6]})
    displaced = pd.DataFrame({"country": ["AAA"], "month": [INIT - 20], "displaced": [900.0]})
    dates = ("consultative", "first_operation", "command", "end", "first_exit")
    ends = ("next_attempt", "next_success", "leader_end", "camp_end")
    disputes = ("scope", "country_a", "country_b", "year", "hostility")
    return Snapshot(
        **{
            **empty,
            "cells": cells,
            "regions": cells[["country", "region", "region_name"]]
            .drop_duplicates(ignore_index=True)
            .assign(code_system="own codes", counted_in=""),
            "events": events,
            "population": population,
            "displacement": displaced,
            "coups": pd.DataFrame({name: [] for name in ("country", "month", *COUPS)}),
            "mid": pd.DataFrame({name: [] for name in disputes}),
            "pacts": _no_rows("signed", dates, "end_mode", "end_trigger", "pooled_money"),
            "juntas": _no_rows("coup", ends, "country", "leader_end_mode", "camp_end_mode"),
            "manifest": {
                "last_month": calendar.format_month(INIT + 24),
                "sources": [],
                "tables": {},
            },
        }
    )


def _no_rows(start: str, dates: tuple[str, ...], *words: str) -> pd.DataFrame:
    status = [f"{date}_status" for date in dates]
    table = {name: np.zeros(0) for name in (start, *dates)}
    return pd.DataFrame({**table, **{name: np.array([], object) for name in (*status, *words)}})


def weights(n_streams: int, n_countries: int = 3) -> dict[str, np.ndarray]:
    """Return weights under which violence feeds itself and its neighbours, short of explosion."""
    rng = np.random.default_rng(2)
    excitation = 0.005 * rng.gamma(2.0, 1.0, (n_streams, n_streams, len(HALF_LIFE)))
    excitation[np.arange(n_streams), np.arange(n_streams)] += [0.2, 0.15, 0.15]
    return {
        "violence.excitation": excitation,
        "violence.contagion": np.full((n_streams, 3, len(RINGS)), 0.002),
        "violence.background": np.full((n_streams, n_countries), 1.0),
    }


def posterior_of(n_streams: int) -> TheatrePosterior:
    parts = weights(n_streams)
    joined = [
        parts["violence.excitation"].reshape(n_streams, -1),
        parts["violence.contagion"].transpose(0, 2, 1).reshape(n_streams, -1),
        parts["violence.background"],
    ]
    log_weights = np.log(np.concatenate(joined, axis=1))
    n_weights = log_weights.shape[1]
    return TheatrePosterior(
        log_weights=log_weights,
        covariance=np.broadcast_to(0.01 * np.eye(n_weights), (n_streams, n_weights, n_weights)),
        log_dispersion=np.full(n_streams, -0.5),
        dispersion_sd=np.full(n_streams, 0.1),
        severity=np.tile([1.0, -0.2], (n_streams, 1)),
        severity_covariance=np.broadcast_to(0.001 * np.eye(2), (n_streams, 2, 2)),
        displacement=np.array([-6.9, -6.7, -6.8, 0.7, -0.5]),
        displacement_covariance=0.01 * np.eye(5),
        group_means=np.zeros(9),
        shocks=np.zeros((2, 3, 5)),
        about={
            "data_until": calendar.format_month(INIT),
            "first_month": calendar.format_month(INIT - 4),
            "streams": ",".join(list("abcdefgh")[:n_streams]),
            "countries": "AAA,BBB,CCC",
            "pressures": "rebels,states,militias",
            "half_lives": ",".join(f"{months:g}" for months in HALF_LIFE),
        },
    )


@cache
def level_fit() -> LevelFit:
    """Return the shipped level model: it knows no theatre, only histories of deaths."""
    return load_level_fit(theatres_folder() / "sahel" / "level.npz")


def loaded_scenario(streams: dict[str, Any] = STREAMS, politics: bool = False) -> LoadedScenario:
    scenario = Scenario.model_validate(
        {
            "name": "invented",
            "title": "Invented",
            "theatre": "invented",
            "init_time": calendar.format_month(INIT),
            "months": MONTHS,
            "members": 32,
            "policies": {
                name: {"label": name, "set": settings} for name, settings in POLICIES.items()
            },
        }
    )
    theatre = theatre_of(streams, politics)
    return LoadedScenario(scenario, theatre, registry(), Path(), Path("invented.toml"))


def plain_params(structure: Structure, **changes: Any) -> Params:
    """Return one member's parameters; `violence__excitation=...` replaces a leaf."""
    n_streams, n_countries = len(structure.streams), len(structure.countries)
    lever_effect = np.zeros((len(structure.levers), n_streams))
    lever_effect[0, structure.streams.index("rebels_civilians")] = -0.4
    lever_effect[1, structure.streams.index("army_rebels")] = 0.3
    leaves = {
        "memory.half_life": HALF_LIFE,
        "shocks.persistence": 0.9,
        "shocks.transient": 0.2,
        "shocks.correlation": 0.3,
        "presence.need": 0.3,
        "presence.inertia": 0.8,
        "presence.offensive": 0.4,
        "presence.supply_loss": 0.25,
        "presence.suppression": 0.2,
        **weights(n_streams, n_countries),
        "violence.dispersion": np.full(n_streams, 0.5),
        "violence.permeability": np.full(len(structure.neighbours.borders), 0.4),
        "violence.lever_effect": lever_effect,
        "violence.lever_effect_variance": np.zeros_like(lever_effect),
        "violence.published": np.zeros_like(lever_effect),
        "violence.published_size": np.ones(len(structure.levers)),
        "violence.recruitment": 1.0,
        "severity.log_median": np.full(n_streams, 1.0),
        "severity.log_sd": np.full(n_streams, 0.8),
        "displacement.log_rate": np.full(n_countries, -6.9),
        "displacement.elasticity": 0.7,
        "displacement.log_sd": 0.5,
        "displacement.distance_decay": 120.0,
        "displacement.return_rate": 0.02,
        "displacement.most": 1.0,
        "influence.half_saturation": 0.3,
        **quiet_politics(structure),
    }
    leaves |= {name.replace("__", "."): value for name, value in changes.items()}
    return from_leaves({name: jnp.asarray(leaves[name], jnp.float32) for name in leaf_paths()})


def quiet_politics(structure: Structure) -> dict[str, Any]:
    """Return parameters under which nobody falls or acts, and nothing moves between states."""
    n_streams, n_countries = len(structure.streams), len(structure.countries)
    n_patrons, n_levers = len(structure.patrons.names), len(structure.levers)
    n_instruments = len(structure.patrons.instruments)
    never = np.zeros(len(AGE_BANDS))
    regime = {"since_coup": -0.3, "baseline": np.full(n_countries, -30.0), "success": 0.5}
    regime |= dict.fromkeys(RATES, never) | {"cohort_from": 1e9, "capital": 0.5, "abroad": 0.0}
    regime |= dict.fromkeys(("losses", "guarantee", "frailty", "contagion", "after_coup"), 0.0)
    for name in ("siege", "rally", "sanctions", "promise", "pressure", "reach"):
        regime |= {name: 0.0, name + VARIANCE: 0.0}
    regime |= {"legitimacy_persistence": 0.95}
    regime |= dict.fromkeys(("exit_effect", "exit_effect" + VARIANCE), np.zeros(n_streams))
    choices = {"readiness": np.full(len(structure.menu.names), NEVER), "precision": 1.0}
    choices |= {"term": 24.0, "deepening": 0.1, "lasting": 0.95}
    ladders = {field.name: 0.0 for field in fields(LaddersParams)} | {"clash": 0.5, "war": 0.1}
    idle = ("to_consultative", "to_operational", "to_integrated", "end", "leave")
    pact = dict.fromkeys(idle, 0.0) | {"leave_after_coup": 0.0, "follow": 0.0}
    pact |= {"acts_consultative": 0.0}
    pact |= {"acts_operational": 3.0, "effort": 0.5, "active": 1.0}
    pact |= {"closure": 0.0, "away": 0.0, "markov": 0.0, "shield": 0.0}
    patrons = {"capacity_sd": 0.0, "capacity_persistence": 0.95, "response": 0.2, "rift": 0.0}
    patrons |= {"answer": 1.0}
    patrons |= {"elsewhere": 0.0} | dict.fromkeys(("capacity", "war"), np.zeros(n_patrons))
    each = ("insurance", "insurance" + VARIANCE, "entrenchment", "backing")
    patrons |= dict.fromkeys(each, np.zeros(n_instruments))
    patrons |= {"tolerance": np.zeros((n_instruments, n_levers))}
    game = {"precision": 6.0, "threshold": 0.6, "steepness": 8.0, "relief": 0.4, "spare": 0.1}
    game |= {"cost": 0.6, "insurance": 0.2, "standing": 0.1, "entrapment": 0.2}
    game |= {"willing": 0.1, "trust": 0.4, "trust_pace": 0.25, "agenda_pace": 0.02}
    game |= {"agenda_lock": 0.5, "outside": 0.2, "exit": -30.0, "exit_sensitivity": 2.0}
    game |= {"launch": 0.0, "stall": 0.0, "lapse": 0.0}
    motives = {"weight": np.ones((n_countries, len(CONSEQUENCES)))}
    territory = {field.name: 0.0 for field in fields(TerritoryParams)} | {"exit_half_life": 12.0}
    groups = {"regime": regime, "alliance": pact, "patrons": patrons, "commitment": game}
    blocs = {field.name: 0.0 for field in fields(BlocsParams)}
    means = {field.name: 0.0 for field in fields(MeansParams)} | {"lever": np.zeros(n_levers)}
    groups |= {"choices": choices, "ladders": ladders, "blocs": blocs, "means": means}
    groups |= {"territory": territory}
    ranks = ("pay", "posts", "exposure", "exposure" + VARIANCE)
    groups |= {"grievance": dict.fromkeys(ranks, 0.0)}
    groups |= {"dates": dict.fromkeys(("relief", "default", "coups", "coups" + VARIANCE), 0.0)}
    return FIXED | {
        f"{group}.{name}": value
        for group, leaves in (groups | {"motives": motives}).items()
        for name, value in leaves.items()
    }


def stack(params: Params, n: int) -> Params:
    """Return the same parameters for each of `n` members."""
    return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (n, *leaf.shape)), params)


def build_world(
    streams: dict[str, Any] = STREAMS,
    cells: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
    politics: bool = False,
) -> World:
    """Return the invented theatre, with the events of `STREAMS` unless others are given."""
    everywhere = cells_of()
    events = events_of(everywhere, STREAMS) if events is None else events
    cells = everywhere if cells is None else cells
    prepared = prepared_of(loaded_scenario(streams, politics), snapshot_of(cells, events))
    return World(prepared, plain_params(prepared.structure))


def prepared_of(loaded: LoadedScenario, snapshot: Snapshot | None = None) -> Prepared:
    """Return a scenario as prepared, on the invented data unless others are given."""
    snapshot = world_snapshot() if snapshot is None else snapshot
    return prepare(loaded, snapshot, posterior_of(len(loaded.theatre.streams)), level_fit())


def world_snapshot() -> Snapshot:
    """Return the snapshot of the invented theatre, events after its start included."""
    cells = cells_of()
    return snapshot_of(cells, events_of(cells, STREAMS))


@cache
def world() -> World:
    """Return the invented theatre, the same for all tests."""
    return build_world()


@cache
def political_world() -> World:
    """Return the invented theatre with a pact and patrons, the same for all tests."""
    return build_world(politics=True)


TRACES = Counter[str]()
"""How often Python has run through the shared batch: once for each compilation."""


@cache
def shared_batch() -> Callable:
    """Return its compiled batch, the same for all tests; `TRACES` counts its compilations."""

    def counted(structure: Structure, seen: dict[str, Array], real: Array) -> dict[str, Array]:
        TRACES["batch"] += 1
        return gather(structure, seen, real)

    return compile_batch(world().structure, gather=counted)


def run(
    world: World,
    members: np.ndarray,
    start: Start | None = None,
    params: Params | None = None,
    batch: Callable | None = None,
) -> dict[str, np.ndarray]:
    """Return what members' futures show, joined over batches; cells as sums over members."""
    start = world.start() if start is None else start
    one = world.params if params is None else params
    batch = compile_batch(world.structure) if batch is None else batch
    parts = [
        {name: part if OUTPUTS[name].counted else part[:real] for name, part in kept.items()}
        for kept, real in run_members(batch, start, lambda m: stack(one, len(m)), members)
    ]
    return {
        name: sum(part[name] for part in parts)
        if output.counted
        else np.concatenate([part[name] for part in parts])
        for name, output in OUTPUTS.items()
    }


def forcing_at(forcing: Forcing, month: int) -> Forcing:
    """Return one month of a stacked forcing."""
    return jax.tree.map(lambda leaf: leaf[month], forcing)


def with_levers(structure: Structure, forcing: Forcing, **values: Any) -> Forcing:
    """Return a month's or a run's forcing with levers set, each to a number or one by country."""
    levers = forcing.levers
    for name, value in values.items():
        levers = levers.at[..., structure.levers.index(name), :].set(jnp.asarray(value))
    return replace(forcing, levers=levers)


def with_levels(start: Start, level: np.ndarray) -> Start:
    """Return the start with the level fixed at `[block, country]` for every month and score."""
    nodes = np.broadcast_to(level[None, :, :, None], start.forcing.level_nodes.shape)
    forcing = replace(start.forcing, level_nodes=jnp.asarray(nodes, jnp.float32))
    return replace(start, forcing=forcing)
