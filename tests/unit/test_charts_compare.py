"""The chart of policies compared: marks, ends, what is drawn, and what is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import compare_fixtures as cf
from liptako import charts
from liptako.charts.compare import FIRST, KINDS, MOST, compare_chart, drawn, kind_of, prepared
from liptako.errors import InputError
from liptako.experiments.differences import DEPENDS, MORE, NO_EFFECT, NO_VIEW, ROBUST
from liptako.words.outcomes import NAMES, ends_of, group_of, in_order
from liptako.words.what_if import finding, say

STAMP: dict[str, Any] = {"init_month": 528, "source": "Invented; simulated by Liptako"}


def draw(table: Any = None, **settings: Any) -> Any:
    chosen = cf.comparison() if table is None else table
    return compare_chart(chosen, **({"about": cf.about()} | STAMP | settings))


def marks(spec: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is drawn, by panel and policy."""
    found = {}
    for panel in spec["concat"]:
        for row in spec["datasets"][panel["layer"][-1]["data"]["name"]]:
            found[panel["title"]["text"], row["policy"]] = row
    return found


def test_stamped_sourced_and_described() -> None:
    chart = draw()
    spec = chart.to_dict()
    small = " ".join(spec["title"]["subtitle"])
    for words in (
        "As seen from 31 Dec 2023", STAMP["source"], "Comparison in a model, not an experiment.",
        "1,000 futures under each policy, seed 1", "Made on 2001-02-03", "hash 0123456789ab",
        "never advised: patrols",
    ):  # fmt: skip
        assert words in small
    assert charts.text_alternative(chart) == spec["description"]
    assert {"columns", "width", "min_width", "pad"} <= set(spec["usermeta"]["layout"])
    assert draw(title="Mine").to_dict()["title"]["text"] == ["Mine"]


def test_draws_without_a_network() -> None:
    vl_convert = pytest.importorskip("vl_convert")
    picture = vl_convert.vegalite_to_svg(draw().to_dict(), allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture
    for kind in KINDS:
        assert say[kind] in picture, "each kind of mark is in the key"


def test_filled_where_robust_hollow_where_not_grey_where_more_are_needed() -> None:
    row = {"diff": -1.0}
    assert kind_of(row | {"verdict": ROBUST}) == "fewer"
    assert kind_of(row | {"diff": 1.0, "verdict": ROBUST}) == "more"
    assert kind_of(row | {"verdict": DEPENDS}) == kind_of(row | {"verdict": NO_VIEW}) == "hollow"
    assert kind_of(row | {"verdict": MORE}) == "grey"
    assert kind_of(row | {"diff": 0.0, "verdict": NO_EFFECT}) == "none"
    assert KINDS["hollow"][0] == "#ffffff", "hollow"
    assert KINDS["fewer"][0] == KINDS["fewer"][1] != KINDS["more"][0], "filled"
    shown = marks(draw().to_dict())
    assert shown["Civilians killed on purpose", "boats"]["kind"] == say["fewer"]
    assert shown["Civilians killed on purpose", "patrols"]["kind"] == say["more"]
    assert shown["People killed, all violence", "boats"]["kind"] == say["hollow"]
    assert shown["People killed, all violence", "patrols"]["kind"] == say["grey"]


def test_the_middle_is_drawn_with_its_range_and_chances_in_100() -> None:
    shown = marks(draw().to_dict())
    row = shown["The alliance fails, in 100 futures", "envoys"]
    assert (row["at"], row["low"], row["high"]) == pytest.approx((-2.7, -4.5, -1.5))
    row = shown["Regimes ended", "boats"]
    assert (row["at"], row["low"], row["high"]) == pytest.approx((-0.135, -0.225, -0.075))


def test_of_few_members_the_mean_is_drawn_with_twice_its_error() -> None:
    spec = draw(cf.comparison(members=200)).to_dict()
    row = marks(spec)["People killed, all violence", "boats"]
    assert (row["at"], row["low"], row["high"]) == pytest.approx((-30.0, -36.0, -24.0))
    assert "too few for a range" in " ".join(spec["title"]["subtitle"])
    assert spec["usermeta"]["finding"].endswith("more members are needed to tell any sign")


def test_the_ends_are_labelled_and_zero_is_inside() -> None:
    for panel in draw().to_dict()["concat"]:
        left, right = panel["layer"][1]["mark"], panel["layer"][2]["mark"]
        assert left["align"] == "left"
        assert right["align"] == "right"
        domain = panel["layer"][-1]["encoding"]["x"]["scale"]["domain"]
        assert domain[0] < 0 < domain[1]
        words = (left["text"].removeprefix("← "), right["text"].removesuffix(" →"))
        assert words in {ends_of(unit) for unit, _ in cf.OUTCOMES.values()}


def test_harm_to_civilians_stands_first_and_is_the_finding() -> None:
    spec = draw(cf.comparison().iloc[::-1]).to_dict()
    assert spec["concat"][0]["title"]["text"] == "Civilians killed on purpose"
    assert draw().to_dict()["usermeta"]["finding"] == (
        "Civilians killed on purpose, 3 policies beside baseline: fewer under boats; more under "
        "patrols; no robust sign under 1 of 3"
    )


def test_a_robust_sign_of_those_killed_by_states_is_in_the_finding() -> None:
    rows = cf.comparison()
    states = rows[rows["outcome"] == "civilians_killed"].assign(outcome="civilians_by_state")
    table = pd.concat([rows[rows["outcome"] != "civilians_killed"], states])
    said = draw(pd.concat([table, rows[rows["outcome"] == "civilians_killed"]])).to_dict()
    assert said["usermeta"]["finding"].endswith(
        "Civilians killed by states: fewer under boats, more under patrols"
    )


def test_of_many_outcomes_those_that_lead_are_drawn() -> None:
    assert drawn(["exits", "deaths"]) == ["deaths", "exits"]
    many = [*NAMES, "share_far_crown", "share_far_crown:AAA", "deaths:AAA"]
    assert len(many) > MOST
    assert set(drawn(many)) == {*FIRST, "share_far_crown"}
    assert len(FIRST) < MOST
    assert drawn(many)[0] == "civilians_killed"


def test_a_comparison_that_is_out_of_date_says_so_first_and_still_when_it_was_made() -> None:
    lines = draw(about=cf.about(changed=("params.toml", "events"))).to_dict()["usermeta"]["lines"]
    assert lines[0].startswith("THE THEATRE HAS CHANGED")
    assert "params.toml and events" in lines[0]
    assert cf.about()["command"] in lines[0]
    assert any("Made on 2001-02-03" in line for line in lines)
    assert not any("CHANGED" in line for line in draw().to_dict()["usermeta"]["lines"])


def test_the_words_hold_signs_numbers_and_what_is_not_known() -> None:
    text = charts.text_alternative(draw())
    assert "Civilians killed on purpose: boats -18 (-30 to -10), robust" in text
    assert "more members needed: envoys, patrols" in text


def test_findings_name_a_few_and_count_the_rest() -> None:
    many = [f"p{i}" for i in range(9)]
    none: dict[str, list[str]] = {"fewer": [], "more": [], "unknown": []}
    said = finding("Killed", "baseline", none | {"fewer": many}, 9)
    assert said == "Killed, 9 policies beside baseline: fewer under p0, p1, p2, p3 and 5 others"
    assert finding("Killed", "baseline", none, 9).endswith("no policy has a robust sign")
    found = {"Killed by states": none | {"more": ["p1"]}, "Killed by militias": none}
    assert finding("Killed", "baseline", none, 9, found).endswith(
        "no policy has a robust sign; Killed by states: more under p1"
    )
    assert "1 policy beside" in finding("Killed", "baseline", none, 1)


def test_outcomes_keep_their_group() -> None:
    assert (group_of("deaths:AAA"), group_of("fails"), group_of("coups")) == (
        "harm", "alliance", "politics",
    )  # fmt: skip
    assert in_order(["b", "a"]) == ["b", "a"], "those without a place as they come"


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="column 'verdict' is missing"):
        draw(cf.comparison().drop(columns="verdict"))
    with pytest.raises(InputError, match="no rows"):
        draw(cf.comparison().iloc[:0])
    assert np.isfinite(prepared(cf.comparison(members=16))["at"]).all()
