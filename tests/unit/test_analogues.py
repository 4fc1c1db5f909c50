"""What followed in all countries that stood where a series stands."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.model import analogues
from liptako.model.analogues import BY_RATIO, N_CLASSES, QUIET_MONTHS
from liptako.model.level import VALUES


def test_classes_of_peace_go_by_how_long_it_has_been_quiet():
    history = np.zeros((200, 2))
    history[0, 0] = 5.0
    _, place = analogues.classes(history)
    assert place[[30, 70, 130], 0].tolist() == [2, 1, 0]
    assert (place[:, 1] == 0).all(), "never a death: quiet for long"
    assert place[0, 0] >= len(QUIET_MONTHS)


def test_classes_of_war_rise_with_the_mean_and_know_no_later_month():
    history = np.tile([0.3, 2.0, 30.0, 5_000.0], (60, 1))
    mean, place = analogues.classes(history)
    assert (np.diff(place[-1]) > 0).all()
    assert place[-1, -1] == N_CLASSES - 1
    np.testing.assert_allclose(mean[-1], [0.3, 2.0, 30.0, 5_000.0])
    history[50:] = 0.0
    assert (analogues.classes(history)[1][49] == place[49]).all()


def counted(history, after=-1, last=None, leads=3):
    places = analogues.classes(history)
    last = len(history) - 1 if last is None else last
    return analogues.count_followed(history, places, VALUES, leads, after, last)


def test_counting_in_two_parts_counts_each_outcome_once():
    rng = np.random.default_rng(2)
    history = rng.poisson(rng.gamma(0.5, 20.0, (90, 4))).astype(float)
    whole = counted(history)
    parts = counted(history, last=60) + counted(history, after=60)
    np.testing.assert_array_equal(parts, whole)
    origins = np.arange(analogues.FIRST_ORIGIN, 90)
    expected = [4 * (origins + lead <= 89).sum() for lead in (1, 2, 3)]
    assert whole.sum(axis=(1, 2)).tolist() == expected


def test_the_onset_rate_of_a_quiet_country_is_the_worlds():
    """One country in a hundred quiet months sees seven deaths."""
    history = np.zeros((300, 40))
    history[::100, :] = 0.0
    history[250, :5] = 7.0
    table = analogues.smoothed(counted(history, last=250, leads=1))
    cdf = analogues.analogue_cdf(table, np.zeros((300, 1)), VALUES, 1)[0, 0]
    origins = (250 - analogues.FIRST_ORIGIN) * 40
    assert 1.0 - cdf[0] == pytest.approx(5 / origins, rel=1e-6)
    assert cdf[6] == pytest.approx(cdf[0])
    assert cdf[7] == pytest.approx(1.0)


def test_a_war_goes_the_worlds_way_in_proportion():
    """All wars halve: so does this one, whatever its size."""
    history = np.full((25, 30), 0.0)
    history[:] = 200.0
    history = np.vstack([history, np.full((1, 30), 100.0)])
    table = analogues.smoothed(counted(history, last=25, leads=1))
    for size in (150.0, 400.0):
        own = np.full((24, 1), size)
        cdf = analogues.analogue_cdf(table, own, VALUES, 1)[0, 0]
        middle = VALUES[np.searchsorted(cdf, 0.5)]
        assert middle == pytest.approx(size / 2, rel=0.12)
    assert N_CLASSES - 1 > BY_RATIO
