"""Structure: cells, rings and borders as arrays."""

from __future__ import annotations

import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.structure import RINGS, Structure, build_structure


@pytest.fixture(scope="module")
def structure() -> Structure:
    return build_structure(mf.theatre_of(mf.STREAMS), mf.cells_of(), mf.INIT, mf.LAYOUT)


def arrays(structure: Structure) -> dict[str, np.ndarray]:
    found = {k: v for k, v in vars(structure).items() if isinstance(v, np.ndarray)}
    neighbours = vars(structure.neighbours)
    for name in ("across", "border"):
        found |= {f"{name}{i}": table for i, table in enumerate(neighbours[name])}
    return found | {"slot": neighbours["slot"]}


def test_shares_sum_to_one_in_every_country(structure):
    for share in (structure.population_share, structure.background_share):
        total = np.bincount(structure.country, share, minlength=3)
        np.testing.assert_allclose(total, 1.0, rtol=1e-6)
        assert (share >= 0).all()


def test_cells_are_in_order_of_gid_whatever_the_order_of_the_table(structure):
    shuffled = mf.cells_of().sample(frac=1.0, random_state=3)
    again = build_structure(mf.theatre_of(mf.STREAMS), shuffled, mf.INIT, mf.LAYOUT)
    for name, array in arrays(structure).items():
        np.testing.assert_array_equal(arrays(again)[name], array, err_msg=name)
    assert (np.diff(structure.gid.astype(int)) > 0).all()


def test_neighbours_by_brute_force(structure):
    cells = mf.cells_of()
    row, col, country = (cells[name].to_numpy() for name in ("row", "col", "country"))
    apart = np.maximum(abs(row[:, None] - row), abs(col[:, None] - col))
    same = country[:, None] == country
    neighbours = structure.neighbours
    margin = max(max(steps) for steps in neighbours.away)
    for ring, (reach, steps) in enumerate(zip(RINGS, neighbours.away, strict=True)):
        for i in range(structure.n_cells):
            around = neighbours.cell_at[margin + neighbours.place[i] + np.array(steps)]
            around = [j for j in around if j < structure.n_cells]
            assert sorted(around) == np.flatnonzero(apart[i] == reach).tolist()
            across = neighbours.across[ring][neighbours.slot[i]]
            across = [j for j in across if j < structure.n_cells]
            assert sorted(across) == np.flatnonzero((apart[i] == reach) & ~same[i]).tolist()


def test_borders_are_the_pairs_that_touch(structure):
    assert structure.neighbours.borders == ("AAA-BBB",)
    for table, cells in zip(structure.neighbours.border, structure.neighbours.across, strict=True):
        np.testing.assert_array_equal(table == 0, cells < structure.n_cells)


def test_a_zone_is_a_region_at_the_border_or_not_near_the_capital_or_not(structure):
    zones = structure.zones
    np.testing.assert_array_equal(zones.region[zones.of], structure.region)
    np.testing.assert_array_equal(zones.country[zones.of], structure.country)
    np.testing.assert_array_equal(zones.border[zones.of], structure.border_cell)
    near = structure.near_capital.any(axis=1)
    np.testing.assert_array_equal(zones.near[zones.of], near)
    found = set(zip(zones.region, zones.border, zones.near, strict=True))
    assert len(found) == len(zones.region)


def test_pressures_hold_the_streams_with_a_side_in_them(structure):
    expected = [[1, 1, 1, 0], [1, 0, 0, 1], [0, 1, 0, 0]]
    np.testing.assert_array_equal(structure.members_of_pressure, expected)
    np.testing.assert_array_equal(structure.block, [0, 1, 1, 1])
    np.testing.assert_array_equal(structure.stream_ids, [3, 7, 11, 20])
    np.testing.assert_array_equal(structure.country_ids, [2, 9, 4])


def test_unobserved_cells_are_left_out_as_neighbours_too():
    cells = mf.cells_of()
    for first, last in ((0, 0), (mf.INIT + 1, 492), (109, mf.INIT - 1)):
        hidden = cells["col"] == 203
        part = cells.assign(
            observed_first=cells["observed_first"].mask(hidden, first),
            observed_last=cells["observed_last"].mask(hidden, last),
        )
        built = build_structure(mf.theatre_of(mf.STREAMS), part, mf.INIT, mf.LAYOUT)
        assert not set(cells["gid"][hidden]) & set(built.gid.tolist())
        assert built.n_cells == (~hidden).sum()
        np.testing.assert_allclose(
            np.bincount(built.country, built.background_share), 1.0, rtol=1e-6
        )


def test_sums_by_country_and_region_keep_the_whole(structure):
    values = np.random.default_rng(0).random(structure.n_cells)
    by_region = values @ structure.region_matrix
    by_country = np.bincount(structure.region_country, by_region)
    np.testing.assert_allclose(by_country, values @ structure.country_matrix)
    assert structure.regions == ("AAA01", "AAA02", "BBB01", "BBB02", "CCC01")


def test_the_capital_is_near_up_to_150_km():
    cells = mf.cells_of().assign(dist_capital_km=1500.0)
    cells.loc[[0, 1, 2, 60], "dist_capital_km"] = [10.0, 149.9, 150.1, 100.0]
    near = build_structure(mf.theatre_of(mf.STREAMS), cells, mf.INIT, mf.LAYOUT).near_capital
    assert np.argwhere(near).tolist() == [[0, 0], [1, 0], [60, 2]], "each in its own country"


def test_a_cell_is_observed_from_its_first_month_to_its_last():
    cells = mf.cells_of()
    for first, last in ((mf.INIT, 492), (109, mf.INIT)):
        one = cells.assign(observed_first=first, observed_last=last)
        assert build_structure(mf.theatre_of(mf.STREAMS), one, mf.INIT, mf.LAYOUT).n_cells == len(
            cells
        )


def test_violence_starts_half_by_people_and_half_by_land():
    """In a country of two cells: nine people in ten in one of them, three quarters of the land."""
    cells = mf.cells_of().iloc[[0, 1]].assign(pop_share=[0.9, 0.1], area_km2=[1000.0, 3000.0])
    share = build_structure(mf.theatre_of(mf.STREAMS), cells, mf.INIT, mf.LAYOUT).background_share
    np.testing.assert_allclose(share, [(0.9 + 0.25) / 2, (0.1 + 0.75) / 2], rtol=1e-6)
