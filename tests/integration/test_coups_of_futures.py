"""How many coups futures of the shipped scenario see, against the world's record."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.model.codes import Exit
from liptako.runs.run import run_of
from liptako.runs.start import start_of

MEMBERS = 600
COUPS = [int(kind) for kind in (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)]
RECORD = {"world's regimes born of coups since 1950": 0.35, "the three since 1985": 0.39}
"""Mean number of coups and attempts in 36 months; their 99th percentiles are 3 to 5."""


@pytest.mark.slow
def test_coups_and_attempts_are_as_many_as_the_record_has():
    """No country's futures hold more than the record's worst spells, and none is quiet or wild."""
    run = run_of(start_of("sahel-2024", members=MEMBERS), variants=False).dataset
    exits = run["exits"].transpose("member", "month", "country")
    number = np.isin(exits.to_numpy(), COUPS).sum(axis=1)
    seen = {}
    for country, iso in enumerate(exits["country"].to_numpy()):
        if iso in ("BFA", "MLI", "NER"):
            times = number[:, country]
            seen[iso] = (times.mean(), np.quantile(times, 0.99), times.max())
            assert 0.2 < times.mean() < 1.0, seen
            assert np.quantile(times, 0.99) <= 8, seen
        else:
            assert not number[:, country].any(), iso
    assert len(seen) == 3
    assert min(RECORD.values()) / 2 < np.mean([one[0] for one in seen.values()])
