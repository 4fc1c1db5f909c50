"""What happened, as the challenge counted it."""

from __future__ import annotations

import numpy as np
import pytest

from liptako import calendar
from liptako.data import views
from liptako.errors import InputError
from liptako.verification.backtest import record, windows
from liptako.verification.backtest.baseline_forecasts import Past, make_baselines

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


def test_cells_around_are_those_that_adjoin_observed_and_no_others(snapshot):
    gid = record.cells_of(snapshot, MEMBERS)
    beyond, near = record.cells_around(snapshot, gid, FIRST, LAST)
    every = np.concatenate([gid, beyond])
    cells = snapshot.cells.set_index("gid")
    assert not np.isin(beyond, gid).any()
    assert (cells.loc[beyond, "observed_last"] >= LAST).all()
    assert {"BEN", "CIV"} <= set(cells.loc[beyond, "country"])
    assert not {"DZA", "GHA"} & set(cells.loc[beyond, "country"])  # no events, so unknown
    inside = next(i for i, row in enumerate(near) if len(row) == 8)
    steps = [r + c for r in (-720, 0, 720) for c in (-1, 0, 1) if r or c]  # PRIO-GRID has 720 a row
    assert sorted(every[near[inside]]) == sorted(gid[inside] + step for step in steps)
    assert max(map(len, near)) == 8
    assert all(i not in row for i, row in enumerate(near))


def test_a_cell_at_a_border_is_pooled_with_what_lies_across(snapshot):
    span = windows.window(2014)
    small = record.cells_of(snapshot, ["NER"])
    beyond, near = record.cells_around(snapshot, small, span.init - 11, span.init)
    start = record.history_start()
    seen = snapshot.until(span.init)
    pool, outside = (record.cell_deaths(seen, g, start, span.init) for g in (small, beyond))
    past = Past(pool, range(len(small)), start, near, outside)
    draws = make_baselines(past, span, ["conflictology_neighbours"])["conflictology_neighbours"]()
    assert draws.shape == (12, len(small), 1000)
    quiet = pool[-12:].sum(0) == 0
    lit = np.array([outside[-12:, [j - len(small) for j in row if j >= len(small)]].sum()
                    for row in near]) > 0  # fmt: skip
    assert (quiet & lit).any()  # war in Nigeria, none yet on this side
    assert (draws[0].max(-1)[quiet & lit] > 0).all()
