"""What happened, as the challenge counted it."""

from __future__ import annotations

import numpy as np
import pytest

from liptako import calendar
from liptako.data import views
from liptako.errors import InputError
from liptako.verification.backtest import record

FIRST, LAST = calendar.month_id(2018, 1), calendar.month_id(2023, 12)
MEMBERS = ("MLI", "BFA", "NER")


def test_observations_are_the_challenges_actuals(snapshot, theatre, raw):
    ours = record.country_deaths(snapshot, MEMBERS, FIRST, LAST)
    for year in range(2018, 2024):
        actuals = views.read_actuals(raw / "views" / f"cm_actuals_{year}.csv")
        wide = actuals.pivot(index="month", columns="country_id", values="outcome")
        ids = [theatre.countries[iso].views_id for iso in MEMBERS]
        rows = slice(12 * (year - 2018), 12 * (year - 2017))
        np.testing.assert_array_equal(ours[rows], wide[ids].to_numpy())


def test_cells_add_up_to_the_events_of_their_cells(snapshot):
    gid = record.cells_of(snapshot, MEMBERS)
    cells = record.cell_deaths(snapshot, gid, FIRST, LAST)
    events = snapshot.events
    inside = events["gid_published"].isin(gid) & (events["kind"] == "state_based")
    expected = events[inside & events["month"].between(FIRST, LAST)]["deaths"].sum()
    assert cells.sum() == expected > 10_000
    assert len(gid) == 929
    one = events[inside & (events["month"] == LAST)].iloc[0]
    at = np.searchsorted(gid, one["gid_published"])
    assert cells[-1, at] >= one["deaths"]


def test_one_sided_units_are_perpetrator_by_country(snapshot, theatre):
    deaths = record.one_sided_deaths(snapshot, theatre, MEMBERS, FIRST, LAST)
    who = list(record.perpetrator_streams(theatre))
    assert deaths.shape == (72, len(who) * 3)
    events = snapshot.events
    rows = (events["stream"] == "jnim_civilians") & (events["country"] == "BFA")
    expected = events[rows & events["month"].between(FIRST, LAST)]["deaths"].sum()
    assert deaths[:, who.index("jnim") * 3 + 1].sum() == expected > 0


def test_countries_observed_in_part_are_left_out(snapshot, theatre):
    seen = record.observed_countries(theatre, snapshot, FIRST, LAST)
    assert seen == ("MLI", "BFA", "NER", "BEN", "TGO", "CIV", "SEN", "GNB")
    early = record.observed_countries(theatre, snapshot, FIRST, calendar.month_id(2019, 12))
    assert "NGA" in early  # to 2019 the whole country is observed, then three states only
    assert record.observed_countries(theatre, snapshot, FIRST, LAST + 1) == ()


def test_countries_are_checked(theatre, snapshot):
    seen = record.observed_countries(theatre, snapshot, FIRST, LAST)
    assert record.checked_countries(None, theatre, seen) == MEMBERS
    assert record.checked_countries(["ner", " MLI"], theatre, seen) == ("NER", "MLI")
    for wrong in (["XXX"], ["NGA"], ["GHA"], [""], []):
        with pytest.raises(InputError, match="countries"):
            record.checked_countries(wrong, theatre, seen)


def test_neighbours_share_a_border(theatre, snapshot):
    near = record.country_neighbours(snapshot, theatre, MEMBERS)
    assert near["BFA"] == ["MLI", "NER", "BEN", "TGO", "GHA", "CIV"]
    assert "DZA" in near["MLI"]
    assert "MLI" not in near["MLI"]
