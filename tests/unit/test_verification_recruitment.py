"""Insurgents around killings by states: planted effects are found, none is found where none is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.verification import recruitment

MONTHS, FIRST = 240, mf.INIT - 239
EVERY = 30


def studied(factor: float, seed: int = 0, everywhere: bool = False, dead: float = 20.0):
    """Return the study of a record with killings, after which insurgents come `factor` times."""
    world = mf.world()
    structure, rng = world.structure, np.random.default_rng(seed)
    rate = np.full((MONTHS, structure.n_cells), 2.0)
    killings = []
    for month in range(12, MONTHS - 6, EVERY):
        cell = int(rng.integers(structure.n_cells))
        killings.append((month + FIRST, cell))
        near = recruitment._near(structure)[cell]
        where = structure.country == structure.country[cell] if everywhere else near
        rate[month + 1 : month + 7, where] *= factor
    counts = rng.poisson(rate)
    month, cell = np.nonzero(counts)
    events = {"month": month + FIRST, "gid": structure.gid[cell], "events": counts[month, cell]}
    rows = pd.DataFrame(events | {"stream": "army_rebels", "deaths": 1.0})
    killed = pd.DataFrame(killings, columns=["month", "cell"])
    killed = killed.assign(gid=structure.gid[killed.pop("cell")], stream="army_civilians",
                           events=1, deaths=dead)  # fmt: skip
    whole = pd.concat([rows, killed], ignore_index=True)
    snapshot = replace(world.prepared.snapshot, events=whole)
    return recruitment.after_killings(snapshot, structure, FIRST, mf.INIT)


@pytest.mark.parametrize("factor", [2.5, 0.4])
def test_a_planted_effect_is_found_with_its_sign_and_not_in_the_placebo(factor):
    study = studied(factor)
    assert study.killings == len(range(12, MONTHS - 6, EVERY))
    assert study.effect == pytest.approx(np.log(factor), abs=0.35)
    assert study.lo > 0 if factor > 1 else study.hi < 0
    assert abs(study.placebo) < 0.2


def test_where_nothing_follows_the_interval_holds_none():
    held = [study.lo <= 0.0 <= study.hi for study in (studied(1.0, seed) for seed in range(6))]
    assert sum(held) >= 4


def test_growth_of_the_whole_country_is_no_effect():
    assert abs(studied(2.5, everywhere=True).effect) < 0.35


def test_too_few_or_too_small_killings_are_refused():
    with pytest.raises(InputError, match="too few killings"):
        studied(1.0, dead=recruitment.LEAST - 1.0)
