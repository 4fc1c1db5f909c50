"""Patrons, their dated support, and the levers that politics reads by role."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liptako import calendar
from liptako.data.timeline import read_timeline
from liptako.errors import InputError
from liptako.theatre.dated import most_at, offers_at, support_at
from liptako.theatre.politics import DATED, Means, Patron, Support
from liptako.theatre.schema import Lever, Theatre
from liptako.theatre.validation import allowed_at, validate

FILE = Path("theatre.toml")
SNAPSHOT = calendar.parse_month("2023-12")
FIRST, LAST = calendar.parse_month("2019-11"), calendar.parse_month("2024-02")
PATRONS = ("russia", "france", "usa", "turkey", "eu", "germany", "un")

# What each patron gives at the end of 2023; what is not named is zero.
END_OF_2023 = {
    ("russia", "MLI"): 1.0,
    ("russia", "BFA"): 0.05,
    ("russia", "NER"): 0.05,
    ("usa.aid", "NER"): 0.3,
    ("usa.base", "NER"): 1.0,
    ("usa.intelligence", "NER"): 0.5,
    ("usa.recognition", "NER"): 0.3,
    ("turkey", "MLI"): 0.8,
    ("turkey", "BFA"): 0.8,
    ("turkey", "NER"): 1.0,
    ("eu", "MLI"): 0.2,
    ("germany.airlift", "NER"): 1.0,
    ("germany.money", "NER"): 0.3,
    ("germany.access", "NER"): 0.6,
    ("france", "CIV"): 0.2,
    ("france", "SEN"): 0.1,
    ("france", "BEN"): 0.05,
    ("france", "TGO"): 0.05,
}


@pytest.fixture
def content(theatre):
    """The shipped theatre as a file would hold it, free to be spoilt."""
    return theatre.model_dump(mode="json")


def cell(theatre: Theatre, patron: str, country: str, month: str) -> float:
    levels = support_at(theatre, calendar.parse_month(month))
    return float(
        levels[list(theatre.instruments).index(patron), list(theatre.countries).index(country)]
    )


def cut(theatre: Theatre, month: int) -> Theatre:
    """Return the theatre as it would be with every later row at another level."""

    def level(means: Means) -> dict[str, list[Support]]:
        return {
            field: [
                row
                if row.since_month <= month
                else row.model_copy(update={"level": 1.0 - row.level})
                for row in getattr(means, field)
            ]
            for field in DATED
        }

    patrons = {}
    for name, patron in theatre.patrons.items():
        by = {kind: row.model_copy(update=level(row)) for kind, row in patron.instruments.items()}
        patrons[name] = patron.model_copy(update=level(patron) | {"instruments": by})
    return theatre.model_copy(update={"patrons": patrons})


def test_ids_of_patrons_never_change_because_they_key_the_random_numbers(theatre):
    found = {name: row.id for name, row in theatre.patrons.items()}
    known = {name: n for n, name in enumerate(PATRONS, start=1)}
    assert {name: found.get(name) for name in known} == known


def test_every_cited_row_is_in_the_timeline_and_dates_the_support(theatre, theatre_folder):
    timeline = read_timeline(theatre_folder / theatre.timeline)
    months = dict(zip(timeline["row_id"], timeline["month"], strict=True))
    cited = [
        (name, row) for name, patron in theatre.patrons.items() for row in patron.support if row.row
    ]
    assert len(cited) > 15
    assert [(name, row.row) for name, row in cited if months.get(row.row) != row.since_month] == []


def test_nothing_is_coded_after_the_end_of_2023(theatre):
    rows = [row for patron in theatre.patrons.values() for row in patron.support]
    assert max(row.since_month for row in rows) <= SNAPSHOT
    assert all(row.row or "judgement" in row.note or "RFI" in row.note for row in rows)


def test_support_at_the_end_of_2023(theatre):
    expected = np.zeros((len(theatre.instruments), len(theatre.countries)), np.float32)
    for (patron, country), level in END_OF_2023.items():
        at = list(theatre.instruments).index(patron), list(theatre.countries).index(country)
        expected[at] = level
    levels = support_at(theatre, SNAPSHOT)
    assert levels.dtype == np.float32
    np.testing.assert_array_equal(levels, expected)


@pytest.mark.parametrize(
    ("patron", "country", "month", "level"),
    [
        ("russia", "MLI", "2021-11", 0.0),
        ("russia", "MLI", "2021-12", 1.0),
        ("france", "MLI", "2022-07", 0.5),
        ("france", "MLI", "2022-08", 0.0),
        ("france", "BFA", "2023-01", 0.1),
        ("france", "BFA", "2023-02", 0.0),
        ("france", "NER", "2023-11", 0.1),
        ("usa.aid", "NER", "2023-09", 1.0),
        ("germany.money", "NER", "2023-06", 1.0),
        ("un", "MLI", "2023-05", 1.0),
        ("un", "MLI", "2023-11", 0.5),
    ],
)
def test_support_changes_in_the_month_of_its_row(theatre, patron, country, month, level):
    assert cell(theatre, patron, country, month) == np.float32(level)


def test_support_is_zero_before_the_first_row(theatre):
    assert not support_at(theatre, calendar.parse_month("2019-12")).any()


@given(month=st.integers(FIRST, LAST))
def test_what_is_dated_later_never_enters(theatre, month):
    for at in (support_at, offers_at, most_at):
        np.testing.assert_array_equal(at(cut(theatre, month), month), at(theatre, month))


def test_the_limited_patron_and_the_rift(theatre):
    assert [name for name, patron in theatre.patrons.items() if patron.limited] == ["russia"]
    assert {name: p.rivals for name, p in theatre.patrons.items() if p.rivals} == {
        "usa": ["france"]
    }
    assert theatre.patrons["russia"].supplies == {"partner": 1.0}


def test_levers_have_the_roles_that_politics_reads(theatre):
    found = {name: (row.role, row.patron) for name, row in theatre.levers.items() if row.role}
    assert found == {
        "joint_operations": ("joint_operations", None),
        "us_posture": ("offer", "usa"),
        "russia_capacity": ("capacity", "russia"),
        "us_aid": ("offer", "usa.aid"),
        "us_base": ("offer", "usa.base"),
        "us_recognition": ("offer", "usa.recognition"),
        "germany_stay": ("offer", "germany"),
        "ukraine_war": ("war", "russia"),
        "france_return": ("offer", "france"),
        "europe_engagement": ("offer", "eu"),
        "backer": ("backing", None),
        "ecowas_posture": ("sanctions", None),
        "mediation": ("mediation", None),
        "transition_pressure": ("transition", None),
        "publicity": ("publicity", None),
        "pursuit": ("pursuit", None),
        "offensive": ("offensive", None),
        "ecowas_force": ("force", None),
        "army_pay": ("pay", None),
        "siege_relief": ("siege_relief", None),
    }


def test_the_pact_is_dated_by_the_timeline(theatre, theatre_folder):
    timeline = read_timeline(theatre_folder / theatre.timeline)
    pact = timeline[timeline["actor"] == "aes"].set_index("action")["date"]
    assert pact["pact_signed"].startswith(theatre.alliance.signed)
    assert pact["pact_deepened"].min().startswith(theatre.alliance.consultative)
    assert theatre.alliance.operational is None


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("patrons", "france", "id"), 1, "patrons: every id must be unique"),
        (("patrons", "france", "supplies"), {"tanks": 1.0}, "unknown levers ['tanks']"),
        (
            ("patrons", "france", "supplies"),
            {"drones": 2.0},
            "patrons.france.supplies.drones: 2.0 must lie in range (-1.0, 1.0)",
        ),
        (("alliance", "members"), ["MLI", "FRA"], "alliance.members: unknown countries ['FRA']"),
        (("patrons", "usa", "rivals"), ["mars"], "patrons.usa.rivals: not other patrons ['mars']"),
        (("patrons", "usa", "rivals"), ["usa"], "patrons.usa.rivals: not other patrons ['usa']"),
        (
            ("patrons", "eu", "support", 0, "country"),
            "FRA",
            "patrons.eu.support: unknown countries ['FRA']",
        ),
        (
            ("patrons", "eu", "support", 1, "since"),
            "2020-01",
            "patrons.eu.support: MLI since 2020-01 must come later than since 2020-01",
        ),
        (
            ("patrons", "eu", "support", 1, "since"),
            "2019-12",
            "patrons.eu.support: MLI since 2019-12 must come later than since 2020-01",
        ),
        (
            ("levers", "us_posture", "patron"),
            "mars",
            "levers.us_posture.patron: 'mars' is not one of ['russia'",
        ),
        (
            ("levers", "france_return", "patron"),
            "usa",
            "levers.france_return.role: 'offer' of 'usa' is the role of 'us_posture' already",
        ),
        (
            ("levers", "ecowas_posture", "role"),
            "backing",
            "levers.ecowas_posture.role: 'backing' is the role of 'backer' already",
        ),
        (
            ("levers", "russia_capacity", "patron"),
            "un",
            "levers.russia_capacity.patron: 'un' has no capacity",
        ),
        (
            ("levers", "us_base", "patron"),
            "usa.tanks",
            "levers.us_base.patron: 'usa.tanks' is not one of ['russia'",
        ),
        (
            ("levers", "russia_capacity", "patron"),
            "usa.base",
            "levers.russia_capacity.patron: 'usa.base' is not one of ['russia'",
        ),
        (("levers", "ukraine_war", "patron"), "un", "levers.ukraine_war.patron: 'un' has no war"),
        (("patrons", "usa", "money"), 1.0, "it has instruments: money belong to each of them"),
        (
            ("patrons", "russia", "limited"),
            False,
            "war: only a limited patron has a capacity that it takes from",
        ),
        (
            ("patrons", "usa", "instruments", "base", "supplies"),
            {"tanks": 1.0},
            "patrons.usa.instruments.base.supplies: unknown levers ['tanks']",
        ),
        (
            ("patrons", "usa", "instruments", "aid", "most", 0, "country"),
            "FRA",
            "patrons.usa.instruments.aid.most: unknown countries ['FRA']",
        ),
        (
            ("menu", "reopen_west", "wants"),
            {"usa.tanks": 0.5},
            "menu.reopen_west: no such levers or patrons: ['usa.tanks']",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(content, path, value, message):
    node = content
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    with pytest.raises(InputError) as caught:
        validate(Theatre, content, FILE)
    assert caught.value.file == "theatre.toml"
    assert message in caught.value.problem


@pytest.mark.parametrize(
    ("path", "value", "problem", "allowed"),
    [
        (("patrons", "un", "support", 0, "level"), 1.5, "out of range", "a number, 0 to 1"),
        (("patrons", "un", "support", 0, "since"), "2020", "not a month", "YYYY-MM"),
        (
            ("patrons", "eu", "support", 0, "note"),
            None,
            "names neither a row of the timeline",
            None,
        ),
        (("patrons", "un", "support", 0, "note"), "", "too short", "not empty"),
        (("patrons", "usa", "id"), 256, "out of range", "1 to 255"),
        (("patrons", "usa", "limited"), 1, "wrong type", "true or false"),
        (("levers", "backer", "role"), "king", "not an allowed value", "joint_operations, offer"),
        (("levers", "backer", "role"), "offer", "role 'offer' with patron None", None),
        (("levers", "backer", "role"), "capacity", "role 'capacity' with patron None", None),
        (("levers", "backer", "patron"), "usa", "role 'backing' with patron 'usa'", None),
        (("levers", "drones", "patron"), "usa", "role None with patron 'usa'", None),
        (("alliance", "lever"), "joint_operations", "unknown key", "name, members"),
        (("alliance", "members"), ["MLI"] * 9, "too long", "a list of 2 to 8"),
    ],
)
def test_a_wrong_value_is_refused_by_file_field_and_range(content, path, value, problem, allowed):
    node = content
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    with pytest.raises(InputError) as caught:
        validate(Theatre, content, FILE)
    error = caught.value
    assert error.file == "theatre.toml"
    assert (error.field or "").startswith(".".join(str(part) for part in path[:2]))
    assert problem in error.problem
    assert (allowed or "") in (error.allowed or "")


def test_a_support_and_a_patron_need_little():
    row = Support(country="AAA", since="2020-01", level=0.5, note="an example")
    assert row.since_month == calendar.parse_month("2020-01")
    patron = Patron(id=1, label="A", support=[row])
    assert (patron.limited, patron.supplies, patron.rivals) == (False, {}, [])
    assert Lever(id=1, label="A", range=(0.0, 1.0), civil=True).role is None
    assert allowed_at(Theatre, ("patrons", "any", "id")) == "a whole number, 1 to 255"


def test_a_theatre_without_patrons_supports_nobody(theatre):
    bare = theatre.model_copy(update={"patrons": {}})
    assert support_at(bare, SNAPSHOT).shape == (0, len(theatre.countries))
