"""Runs by hand in which it is known why an outcome comes."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

import model_fixtures as mf
import run_fixtures as rf
from liptako.model.codes import Exit, Stage
from liptako.model.draws import set_numbers
from liptako.runs.carried import Carried, with_carried
from liptako.theatre.politics import Act, Alliance, Dyad
from liptako.theatre.schema import Theatre

MEMBERS, MONTHS = 2000, 24
BAR = 0.6
"""Sets whose drive is above see a coup in 9 of 10 members, the others in 1 of 10."""

FORMS = {"route": {"road": "by road", "river": "by river"}}


def pact_theatre() -> Theatre:
    plain = mf.theatre_of(mf.STREAMS)
    coast = plain.countries["CCC"].model_copy(update={"role": "littoral"})
    return plain.model_copy(
        update={
            "countries": {**plain.countries, "CCC": coast},
            "alliance": Alliance(name="Pact", members=["AAA", "BBB"], signed="2013-01"),
            "ladders": [Dyad(pair=pair) for pair in (("AAA", "BBB"), ("CCC", "AAA"))],
            "menu": {"patrol": Act(id=7, label="Patrol")},
        }
    )


def drive() -> np.ndarray:
    """Return what decides, in each set of judgement."""
    return np.random.default_rng(5).permutation(100) / 100.0


def carried() -> Carried:
    rng = np.random.default_rng(6)
    idle = rng.uniform(size=(100, 30))
    values = np.column_stack([drive(), idle, np.arange(100) % 2])
    names = ("made.drive", *(f"made.idle[{n}]" for n in range(30)), "forms.route")
    status = ["judgement"] * len(names)
    status[11:21], status[21:31] = ["reference class"] * 10, ["estimated"] * 10
    return Carried(names, tuple(status), tuple(f"What {name} is" for name in names), values)


def run_with_reasons(members: int = MEMBERS) -> xr.Dataset:
    """Return a run whose coups follow the drive, beside much that follows nothing.

    The coup comes in the eighth month in `AAA`; in `BBB` a mutiny comes in the second month in one
    member of three, whatever else. The pact lives in all.
    """
    rng = np.random.default_rng(7)
    own = drive()[set_numbers(np.arange(members))["judgement"]]
    coup = rng.uniform(size=members) < np.where(own > BAR, 0.9, 0.1)
    mutiny = rng.uniform(size=members) < 1 / 3
    exits = np.zeros((members, MONTHS, 3), np.int8)
    exits[coup, 7, 0], exits[mutiny, 1, 1] = Exit.COUP_OTHER_CAMP, Exit.MUTINY
    # what warns of the coup: deaths in its country three months before it
    deaths = rng.poisson(3.0, (members, MONTHS, 4, 3)).astype(float)
    deaths[coup, :4, 0, 0] += 20.0
    joint = np.ones((members, MONTHS), np.int8)
    run = rf.run_of(
        pact_theatre(), members=members, months=MONTHS, exits=exits, deaths=deaths,
        joint_acts=joint, stage=np.full((members, MONTHS), int(Stage.OPERATIONAL), np.int8),
    )  # fmt: skip
    return with_carried(run, carried()).assign_attrs(forms=json.dumps(FORMS))
