"""Regions: what their codes are, and where those without a cell of their own are counted."""

import pandas as pd
import pytest
import shapely

from liptako.data import cells, geography


def regions_of(**boxes: tuple[float, float, float, float]) -> pd.DataFrame:
    """Return regions of one country, each a box of west, south, east, north."""
    shapes = [shapely.box(*box) for box in boxes.values()]
    return pd.DataFrame({"country": "AAA", "region": list(boxes), "shape": shapes})


def cells_of(**at: tuple[float, float]) -> pd.DataFrame:
    """Return a cell a region, at longitude and latitude."""
    gid = [int(geography.gid_of(lat, lon)) for lon, lat in at.values()]
    return pd.DataFrame({"gid": gid, "country": "AAA", "region": list(at)})


def test_a_region_is_counted_where_most_of_it_lies():
    regions = regions_of(
        west=(0.0, 0.0, 0.5, 0.5),
        east=(0.5, 0.0, 1.0, 0.5),
        town=(0.45, 0.2, 0.7, 0.3),  # a fifth west of the edge
        far=(0.9, 0.4, 1.4, 0.9),  # a corner in the east cell, the rest in none
        away=(5.0, 5.0, 5.5, 5.5),
    )
    known = cells_of(west=(0.25, 0.25), east=(0.75, 0.25))
    assert cells.counted_in(regions, known).tolist() == ["", "", "east", "", ""]
    known.loc[known["region"] == "east", "country"] = "BBB"
    found = cells.counted_in(regions, known)
    assert found.tolist()[2] == "west", "in a cell of its own country where there is one"


@pytest.mark.parametrize(
    ("codes", "source", "expected"),
    [
        (["AA01", "AA02", "AA03"], "Office 2021", "P-code (Office 2021)"),
        (["AA-1", "AA-02", "AA-XY"], "", "ISO 3166-2"),
        (["AA.", "AA.BB", "AA.CC"], "", "HASC"),
        (["12345678B1234", "23456789B1234"], "", "shapeID"),
        (["north", "south"], "", "own codes"),
        (["AA01", "north"], "", "own codes"),
    ],
)
def test_a_code_system_is_told_by_the_form_of_most_codes(codes, source, expected):
    assert cells.code_system(codes, source) == expected
