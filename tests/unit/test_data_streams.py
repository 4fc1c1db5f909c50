import pandas as pd
import pytest

from liptako.data import events, streams
from liptako.errors import InputError


@pytest.fixture(scope="module")
def rules(theatre, theatre_folder):
    return streams.read_stream_rules(theatre_folder / theatre.stream_rules, theatre)


@pytest.mark.parametrize(
    ("kind", "side_a", "side_b", "stream"),
    [
        (1, "Government of Mali", "JNIM", "state_jnim"),
        (1, "Government of Mali", "AQIM", "state_jnim"),
        (1, "Government of Mali", "MUJAO", "state_jnim"),
        (1, "Government of Niger", "IS", "state_is"),
        (1, "Government of Nigeria", "JAS", "state_is"),
        (1, "Government of Mali", "CSP-PSD", "state_separatist"),
        (1, "Government of Ivory Coast", "MPCI", "state_separatist"),
        (2, "IS", "JNIM", "jnim_is"),
        (2, "JNIM", "IS", "jnim_is"),
        (2, "CMA", "GATIA, MSA", "militia_jihadist"),
        (2, "Ansar Dine", "CMA", "militia_jihadist"),
        (2, "Fulani", "Dogon", "militia_jihadist"),
        (2, "Dozos (Mali)", "JNIM", "militia_jihadist"),
        (3, "JNIM", "Civilians", "jnim_civilians"),
        (3, "Ansaroul Islam", "Civilians", "jnim_civilians"),
        (3, "IS", "Civilians", "is_civilians"),
        (3, "Government of Burkina Faso", "Civilians", "state_civilians"),
        (3, "Dan na Ambassagou", "Civilians", "militia_civilians"),
        (3, "MFDC - FN", "Civilians", "militia_civilians"),
        (1, "Government of Mali", "Martians", "unmapped"),
        (1, "Government of Mali", "Government of Niger", "unmapped"),
    ],
)
def test_sides_to_streams(rules, kind, side_a, side_b, stream):
    table = pd.DataFrame({"side_a": [side_a], "side_b": [side_b], "type_of_violence": [kind]})
    assert streams.classify(table, rules)["stream"].tolist() == [stream]


def test_a_joint_side_of_two_classes_has_none(rules):
    assert rules.actor_class("GATIA, MSA") == "militia"
    assert rules.actor_class("GATIA, CMA") is None
    assert rules.actor_class("GATIA, Martians") is None


def test_every_stream_has_a_rule_of_its_kind(rules, theatre):
    assert {pair[3] for pair in rules.pairs} == set(theatre.streams)
    assert all(theatre.streams[pair[3]].kind == pair[0] for pair in rules.pairs)


def test_unmapped_pairs_are_listed_by_deaths(rules):
    table = pd.DataFrame(
        {
            "side_a": ["X", "Y", "Y", "JNIM"],
            "side_b": ["Civilians"] * 4,
            "type_of_violence": [3] * 4,
            "best": [5, 2, 4, 1],
        }
    )
    left = streams.unmapped(streams.classify(table, rules))
    assert left[["side_a", "events", "deaths"]].to_numpy().tolist() == [["Y", 2, 6], ["X", 1, 5]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("actor,exact,Foo,,pirates,", "no such class"),
        ("actor,pair,Foo,,jnim,", "does not fit"),
        ("actor,exact,JNIM,,is,", "two classes"),
        ("one_sided,pair,jnim,civilian,state_jnim,", "no such stream"),
        ("one_sided,pair,pirates,civilian,jnim_civilians,", "no such class"),
        ("piracy,pair,jnim,civilian,jnim_civilians,", "not an allowed value"),
    ],
)
def test_bad_rules_are_refused(tmp_path, theatre, row, words):
    path = tmp_path / "rules.csv"
    path.write_text(f"rule,match,a,b,gives,note\nactor,exact,JNIM,,jnim,\n{row}\n")
    with pytest.raises(InputError, match=words):
        streams.read_stream_rules(path, theatre)


def event(**change):
    base = {
        "id": 7, "month": 500, "country": "MLI", "gid": 1, "gid_published": 1, "region": "R",
        "stream": "s", "kind": "k", "coarse": False, "class_a": "state", "class_b": "jnim",
        "deaths_a": 1, "deaths_b": 2, "deaths_civilians": 4, "deaths_unknown": 8,
        "best": 15, "low": 10, "high": 20,
    }  # fmt: skip
    return {**base, **change}


def test_deaths_go_to_the_side_that_suffered_them():
    rows = [
        event(),
        event(stream="m", class_a="militia", class_b="is"),
        event(stream="x", class_a="jnim", class_b="is"),
        event(stream="c", class_a="is", class_b="civilian"),
        event(stream="u", class_a="", class_b=""),
    ]
    table = events.aggregate(pd.DataFrame(rows)).set_index("stream")
    parts = table[["deaths_state", "deaths_insurgent", "deaths_civilians", "deaths_unknown"]]
    assert parts.loc["s"].tolist() == [1, 2, 4, 8]
    assert parts.loc["m"].tolist() == [1, 2, 4, 8]
    assert parts.loc["x"].tolist() == [0, 3, 4, 8]
    assert parts.loc["c"].tolist() == [0, 1, 6, 8]
    assert parts.loc["u"].tolist() == [0, 0, 4, 11]
    assert (parts.sum(axis=1) == table["deaths"]).all()


def test_events_add_up_within_a_key():
    table = events.aggregate(pd.DataFrame([event(), event(id=8, coarse=True), event(gid=2)]))
    assert table["events"].tolist() == [2, 1]
    assert table["events_coarse"].tolist() == [1, 0]
    assert table["deaths"].tolist() == [30, 15]
