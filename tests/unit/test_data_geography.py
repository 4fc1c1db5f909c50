import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liptako.data import geography
from liptako.errors import InputError

GIDS = st.integers(1, geography.ROWS * geography.COLUMNS)


def test_the_published_example():
    assert geography.gid_of(15.02, -12.54) == 151535
    assert geography.gid_of(-90, -180) == 1
    assert geography.gid_of(90, 180) == 259_200


@given(GIDS, st.floats(-0.249, 0.249), st.floats(-0.249, 0.249))
def test_any_point_of_a_cell_gives_the_cell(gid, north, east):
    lat, lon = geography.centroid(gid)
    assert geography.gid_of(lat + north, lon + east) == gid


@given(GIDS)
def test_neighbours_are_mutual(gid):
    near = geography.neighbours(gid)
    assert all(gid in geography.neighbours(other) for other in near)
    row, _ = geography.row_column(gid)
    assert len(near) == (5 if row in (1, geography.ROWS) else 8)


def test_rings_do_not_overlap():
    rings = [geography.neighbours(151535, radius) for radius in (0, 1, 2)]
    assert [len(ring) for ring in rings] == [1, 8, 16]
    assert len({gid for ring in rings for gid in ring}) == 25


def test_cells_cover_the_sphere():
    area = geography.cell_area_km2(np.arange(1, 259_201)).sum()
    assert area == pytest.approx(4 * np.pi * geography.EARTH_RADIUS_KM**2, rel=1e-9)


def test_distance_of_a_quarter_of_the_globe():
    quarter = np.pi / 2 * geography.EARTH_RADIUS_KM
    assert geography.distance_km(0, 0, 0, 90) == pytest.approx(quarter)
    assert geography.distance_km(10, 20, 10, 20) == 0


@pytest.mark.parametrize(("lat", "lon"), [(200, 0), (0, 181), (float("nan"), 0)])
def test_points_off_the_globe_are_refused(lat, lon):
    with pytest.raises(InputError, match="out of range"):
        geography.gid_of(lat, lon)


def test_what_is_no_cell_is_refused():
    with pytest.raises(InputError, match="PRIO-GRID"):
        geography.centroid(0)


def test_distances_and_areas_are_those_of_the_earth():
    """A degree is 60 nautical miles, Paris to New York 5,837 km, the globe 510 million km2."""
    assert geography.distance_km(13, 2, 14, 2) == pytest.approx(60 * 1.852, rel=2e-3)
    paris, new_york = (48.8566, 2.3522), (40.7128, -74.0060)
    assert geography.distance_km(*paris, *new_york) == pytest.approx(5837, rel=1e-3)
    assert geography.cell_area_km2(np.arange(1, 259_201)).sum() == pytest.approx(510.1e6, rel=1e-3)
