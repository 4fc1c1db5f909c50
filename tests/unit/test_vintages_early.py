"""A start too early for any fit is refused in words, before anything slow is done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import model_fixtures as mf
from liptako.errors import InputError
from liptako.inference.theatre_fit import FIRST_INIT, fit_theatre


def test_a_start_before_anything_could_be_learned_is_refused():
    loaded = mf.loaded_scenario()
    with pytest.raises(InputError, match="too early") as raised:
        fit_theatre(loaded.theatre, loaded.registry, mf.world_snapshot(), FIRST_INIT - 1)
    assert raised.value.allowed == "1999-01 or later"
