import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model_fixtures as mf
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


def test_known_distances_in_kilometres():
    # one degree of latitude; Nashville to Los Angeles airport, 2,887.26 km at a radius of 6,372.8
    assert geography.distance_km(0, 0, 1, 0) == pytest.approx(111.195, abs=1e-3)
    apart = geography.distance_km(36.12, -86.67, 33.94, -118.40)
    assert apart == pytest.approx(2887.26 * 6371.0088 / 6372.8, abs=0.01)


@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_the_chord_gives_the_same_distance(lat_a, lon_a, lat_b, lon_b):
    lat, lon = np.radians([lat_a, lat_b]), np.radians([lon_a, lon_b])
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = np.linalg.norm(place[:, 0] - place[:, 1])
    found = geography.arc_km(chord / 2)
    expected = geography.distance_km(lat_a, lon_a, lat_b, lon_b)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_regions_lie_as_far_apart_as_where_their_people_live():
    world = mf.world()
    structure, cells = world.structure, mf.cells_of().set_index("gid")
    weight = np.maximum(structure.population_share, 1e-9)[:, None] * structure.region_matrix
    lat, lon = (
        cells.loc[structure.gid.astype(int), name].to_numpy() @ weight / weight.sum(axis=0)
        for name in ("lat", "lon")
    )
    found = np.asarray(world.start().background.distance_km)
    expected = geography.distance_km(lat[:, None], lon[:, None], lat, lon)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=0.02)
    assert found.max() > 500.0


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
