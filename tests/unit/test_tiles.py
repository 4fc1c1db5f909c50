"""Regions drawn by their cells, and what a map says where it is pointed at."""

import pandas as pd

import table_fixtures as tf
from liptako import charts
from liptako.charts.tiles import beyond, borders, strips


def cells_of(*rows: str) -> pd.DataFrame:
    """Return cells from a picture, north first: a letter a region, small where unobserved."""
    table = [
        {"lat": 10.25 - 0.5 * y, "lon": 0.25 + 0.5 * x, "region": sign.upper(),
         "observed": sign.isupper(), "gid": 100 * y + x}
        for y, row in enumerate(rows)
        for x, sign in enumerate(row)
        if sign != "."
    ]  # fmt: skip
    return pd.DataFrame(table)


def test_cells_side_by_side_are_one_strip_each_region_and_whether_it_is_seen():
    found = strips(cells_of("AABb", "A.A."))
    drawn = found.sort_values(["n", "w"], ascending=[False, True])
    assert drawn[["region", "seen", "w", "e"]].to_numpy().tolist() == [
        ["A", 1, 0.0, 1.0],
        ["B", 1, 1.0, 1.5],
        ["B", 0, 1.5, 2.0],
        ["A", 1, 0.0, 0.5],
        ["A", 1, 1.0, 1.5],
    ]
    assert ((found["n"] - found["s"]) == 0.5).all()


def test_a_border_runs_between_regions_in_straight_lines_and_not_along_gaps():
    found = borders(cells_of("AAB", "AAB", "CC."))
    lines = sorted(found[["w", "s", "e", "n"]].to_numpy().tolist())
    assert lines == [[0.0, 9.5, 1.0, 9.5], [1.0, 9.5, 1.0, 10.5]]


def test_land_of_the_theatre_without_a_cell_is_unknown_and_other_land_is_not_drawn():
    def box(code: str, west: float, east: float) -> dict:
        ring = [[west, 9.0], [east, 9.0], [east, 11.0], [west, 11.0], [west, 9.0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        return {"properties": {"iso3": code}, "geometry": geometry}

    outlines = {"features": [box("AAA", 0.0, 1.0), box("BBB", 1.0, 1.5), box("CCC", 1.5, 9.0)]}
    found = beyond(cells_of("A..A", "AA.A"), outlines, ["AAA", "BBB"])
    places = found[["lat", "lon", "country"]].to_numpy().tolist()
    assert sorted(places) == [[9.75, 1.25, "BBB"], [10.25, 0.75, "AAA"], [10.25, 1.25, "BBB"]]
    assert not found["observed"].any()


def test_regions_have_their_own_chances_and_the_unknown_has_none():
    cells = cells_of("ABb").assign(country="AAA", region_name="North", lead=12, p_any=0.5, p_25=0.1)
    regions = tf.regions().iloc[:2].assign(region=["A", "B"], country="AAA")
    regions["p_25_in_12"], regions["p_1_in_12"] = [0.125, 0.6], [0.9, 0.95]
    spec = charts.map_chart(
        cells, regions, init_month=tf.INIT, source="made", countries={"AAA": "Land"}
    ).to_dict()
    assert [" ".join(panel["title"]["text"]) for panel in spec["concat"]] == [
        "Regions: 25 or more killed in 12 months, by Dec 2024",
        "Cells: 25 or more killed in Dec 2024 alone",
        "Regions: 1 or more killed in 12 months, by Dec 2024",
        "Cells: 1 or more killed in Dec 2024 alone",
    ]
    (drawn,) = [layer for layer in spec["concat"][0]["layer"] if "fill" in layer["encoding"]]
    tips = [tip["field"] for tip in drawn["encoding"]["tooltip"]]
    assert tips == ["place", "p_25_in_12"]
    tiles = spec["datasets"][drawn["data"]["name"]]
    assert [(row["region"], row["p_25_in_12"]) for row in tiles] == [
        ("A", 12.5),
        ("B", 60.0),
        ("B", None),
    ]
    finding = spec["usermeta"]["finding"]
    assert finding.startswith("25 or more killed by Dec 2024: more likely than not in 1 of 2")


def test_tooltips_name_region_and_country_of_regions_and_of_cells():
    cells = tf.cells(9)
    spec = charts.map_chart(
        cells, tf.regions(), init_month=tf.INIT, source="made", countries=tf.COUNTRIES
    ).to_dict()
    named = [rows for rows in spec["datasets"].values() if "blind" in rows[0]]
    (places,) = named
    names = {row["region"]: row for row in places}
    assert names["ML05"]["place"] == "Region 1 of Mali, Mali"
    assert names["ML05"]["cell"] == "cell in Region 1 of Mali, Mali"
    assert "not safe, unknown" in names["GH01"]["blind"]
    for panel in spec["concat"]:
        looked = [
            step["from"]["data"]["name"]
            for layer in panel["layer"]
            for step in layer.get("transform", ())
            if "lookup" in step
        ]
        assert looked, "each panel says where one points at"
        assert all(spec["datasets"][name] == places for name in looked)
