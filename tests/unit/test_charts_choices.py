"""The chart of what juntas may choose, from invented tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import politics_fixtures as pf
from liptako import charts
from liptako.charts.choices import COLOURS, SHAPES, choices_chart
from liptako.charts.readers import last_rows
from liptako.errors import InputError
from liptako.words.acts import chance

STAMP: dict[str, Any] = {"init_month": pf.INIT, "source": "Invented; simulated by Liptako"}


def draw(table: pd.DataFrame | None = None, **settings: Any) -> Any:
    chosen = pf.acts() if table is None else table
    return choices_chart(chosen, countries=pf.CORE, **(STAMP | settings))


def _tables(spec: dict, *keys: str) -> list[list[dict]]:
    return [rows for rows in spec["datasets"].values() if rows and set(keys) <= set(rows[0])]


def test_stamped_sourced_and_described() -> None:
    chart = draw()
    spec = chart.to_dict()
    small = " ".join(spec["title"]["subtitle"])
    assert "As seen from 31 Dec 2023" in small
    assert STAMP["source"] in small
    assert "nobody's intent" in small
    assert " ".join(spec["title"]["text"]) == spec["usermeta"]["finding"]
    assert charts.text_alternative(chart) == spec["description"]
    assert {"columns", "width", "height", "min_width", "pad"} <= set(spec["usermeta"]["layout"])
    assert draw(title="Mine").to_dict()["title"]["text"] == ["Mine"]


def test_draws_without_a_network() -> None:
    vl_convert = pytest.importorskip("vl_convert")
    picture = vl_convert.vegalite_to_svg(draw().to_dict(), allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture


def test_acts_that_law_bounds_have_a_panel_of_their_own() -> None:
    spec = draw().to_dict()
    heads = [panel["title"]["text"] for panel in spec["concat"]]
    assert heads == ["Other acts", "Acts that law bounds"]
    drawn = [{row["label"] for row in rows} for rows in _tables(spec, "p_any")]
    assert {"Deepen the pact", "Leave the pact"} in drawn
    assert {"Buy armed drones", "Turn harsher"} in drawn
    lawful = draw(pf.acts().assign(law="")).to_dict()
    assert [panel["title"]["text"] for panel in lawful["concat"]] == ["Other acts"]


def test_the_last_horizon_is_drawn_for_every_country() -> None:
    rows = [row for rows in _tables(draw().to_dict(), "p_any") for row in rows]
    found = {(row["name"], row["label"]): row["p_any"] for row in rows}
    assert len(found) == 3 * len(pf.ACTS)
    assert found["Mali", "Deepen the pact"] == pytest.approx(48.0)
    assert found["Burkina Faso", "Deepen the pact"] == pytest.approx(66.0)


def test_acts_stand_likeliest_first_and_countries_as_given() -> None:
    shuffled = pf.acts().sample(frac=1.0, random_state=1)
    table = last_rows(shuffled, pf.CORE)
    assert table["label"].drop_duplicates().tolist() == [
        "Deepen the pact", "Buy armed drones", "Turn harsher", "Leave the pact",
    ]  # fmt: skip
    assert table["name"].tolist() == list(pf.CORE.values()) * 4


def test_the_finding_names_the_likeliest_act_of_each_kind() -> None:
    text = draw().to_dict()["usermeta"]["finding"]
    assert text == (
        "By Dec 2026 most often chosen: Deepen the pact (48 to 66 of 100 futures, by country); "
        "of those that law bounds: Buy armed drones (40 to 55 of 100 futures, by country)"
    )


def test_the_words_hold_every_chance() -> None:
    text = charts.text_alternative(draw())
    assert "Deepen the pact: Burkina Faso 66 (40 to 92), Mali 48 (29 to 67), Niger 60" in text
    assert "Leave the pact: Burkina Faso < 1, Mali < 1, Niger < 1." in text


def test_a_range_that_is_not_known_is_not_drawn() -> None:
    unknown = pf.acts().assign(lo=np.nan, hi=np.nan)
    spec = draw(unknown).to_dict()
    assert not [row for rows in _tables(spec, "lo") for row in rows if row["lo"] is not None]
    assert "Niger 60," not in charts.text_alternative(draw(unknown))
    assert "Niger 60." in charts.text_alternative(draw(unknown))
    assert chance(0.3, 0.3, 0.301) == "30"


def test_each_country_has_its_own_colour_and_shape() -> None:
    assert len(set(COLOURS)) == len(set(SHAPES)) == len(COLOURS) == len(SHAPES) == 8


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="column 'law' is missing"):
        draw(pf.acts().drop(columns="law"))
    with pytest.raises(InputError, match="no rows"):
        choices_chart(pf.acts(), countries={"XXX": "Nowhere"}, **STAMP)
    many = {f"C{i:02}": f"Country {i}" for i in range(9)}
    rows = [pf.acts().query("country == 'MLI'").assign(country=code) for code in many]
    with pytest.raises(InputError, match=r"too many countries.*up to 8"):
        choices_chart(pd.concat(rows), countries=many, **STAMP)
