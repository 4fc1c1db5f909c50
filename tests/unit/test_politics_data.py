"""The shipped ladders, promises and menu: dated by the timeline, valued by its codes."""

import math
import shutil
from collections import Counter, defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.data.timeline import EFFECTS, read_timeline
from liptako.errors import InputError
from liptako.theatre.consequences import CONSEQUENCES, SITUATIONS
from liptako.theatre.dated import RUNGS, THREATS, promised_at, rungs_at, threats_at
from liptako.theatre.freeze import judgement_digest
from liptako.theatre.loading import judged_tables, load_theatre
from liptako.theatre.schema import Theatre

SNAPSHOT = calendar.parse_month("2023-12")
FIRST, LAST = calendar.parse_month("2020-01"), calendar.parse_month("2024-02")

ACTS = (
    "expel_europeans",
    "expel_americans",
    "hire_russians",
    "buy_drones",
    "mobilise",
    "target_harder",
    "restrain",
    "offensive",
    "stand_down",
    "promise_date",
    "extend_transition",
    "deepen_pact",
    "leave_pact",
    "reopen_west",
    "confront_neighbour",
    "conciliate_neighbour",
    "leave_bloc",
    "rejoin_bloc",
)

# Kinds of rows of the timeline that are an act of the menu.
CODED = {
    "expel_europeans": ("expel_force", "mission_ended", "defence_accord_ended"),
    "hire_russians": ("mercenary_deployment", "engagement"),
    "buy_drones": ("drone_acquisition",),
    "mobilise": ("mass_recruitment", "popular_mobilisation_law"),
    "target_harder": ("mass_atrocity_state",),
    "offensive": ("offensive", "territory_captured"),
    "promise_date": ("transition_promise",),
    "extend_transition": ("transition_extended", "election_postponed"),
    "deepen_pact": ("pact_proposed", "solidarity_pledge", "pact_deepened"),
    "confront_neighbour": ("interstate_crisis", "border_closed"),
    "conciliate_neighbour": ("deescalation",),
}
COLUMN = {"autonomy_from_west": "autonomy", "alignment_russia": "alignment"}
JUNTAS = {"MLI": "2020-08", "BFA": "2022-01", "NER": "2023-07"}
# Log odds that are no counts; params.toml says why.
SET = {"expel_americans": math.log(1 / 6.5), "stand_down": 0.0, "leave_pact": -6.0}


@pytest.fixture(scope="module")
def loaded(theatre_folder):
    return load_theatre(theatre_folder)


@pytest.fixture(scope="module")
def theatre(loaded) -> Theatre:
    """The shipped theatre with its menu."""
    return loaded[0]


@pytest.fixture(scope="module")
def timeline(theatre, theatre_folder):
    rows = read_timeline(theatre_folder / theatre.timeline)
    rows["act"] = ""
    for act, kinds in CODED.items():
        rows.loc[rows["action"].isin(kinds) & rows["lens_relevance"].eq("yes"), "act"] = act
    # an accord with a neighbour is no accord with Europe
    rows.loc[rows["act"].ne("") & rows["target"].eq("benin"), "act"] = "confront_neighbour"
    return rows


@pytest.fixture
def copy(theatre_folder, tmp_path):
    """A folder with the three files, free to be spoilt."""
    for name in ("theatre.toml", "params.toml", "menu.toml"):
        shutil.copy(theatre_folder / name, tmp_path / name)
    return tmp_path


def dated(theatre: Theatre) -> list:
    """Return every dated row of ladders, promises and grievances."""
    standing = [row for dyad in theatre.ladders for row in dyad.standing]
    return [*standing, *theatre.promises, *theatre.grievances]


def at(theatre: Theatre, month: str) -> dict[str, str]:
    """Return the pairs that stand above dialogue in a month, with their rungs."""
    rungs = rungs_at(theatre, calendar.parse_month(month))
    pairs = ["-".join(dyad.pair) for dyad in theatre.ladders]
    return {pair: RUNGS[rung] for pair, rung in zip(pairs, rungs, strict=True) if rung}


def due(theatre: Theatre, month: str) -> dict[str, float]:
    left = promised_at(theatre, calendar.parse_month(month))
    return {iso: float(n) for iso, n in zip(theatre.countries, left, strict=True) if n}


def cut(theatre: Theatre, month: int) -> Theatre:
    """Return the theatre as it would be had everything later gone otherwise."""

    def spoilt(row):
        if row.since_month <= month:
            return row
        other = {"rung": "war"} if hasattr(row, "rung") else {"due": "2030-01"}
        return row.model_copy(update=other)

    ladders = [
        dyad.model_copy(update={"standing": [spoilt(row) for row in dyad.standing]})
        for dyad in theatre.ladders
    ]
    promises = [spoilt(row) for row in theatre.promises]
    return theatre.model_copy(update={"ladders": ladders, "promises": promises})


def worth(act, weight: dict[str, float]) -> float:
    return sum(weight[name] * value for name, value in act.effects.items())


def test_ids_of_acts_and_new_levers_never_change(theatre):
    assert {name: act.id for name, act in theatre.menu.items()} == {
        name: n for n, name in enumerate(ACTS, start=1)
    } | {"reshuffle_command": 26}
    new = ("mediation", "transition_pressure", "publicity", "pursuit", "offensive")
    assert [theatre.levers[name].id for name in new] == [15, 16, 17, 18, 19]


def test_every_row_is_in_the_timeline_and_dates_what_cites_it(theatre, timeline):
    months = dict(zip(timeline["row_id"], timeline["month"], strict=True))
    rows = dated(theatre)
    assert len(rows) > 25
    assert [row for row in rows if months.get(row.row) != row.since_month] == []


def test_a_row_cited_is_an_act_of_its_country_or_of_the_bloc(theatre, timeline):
    who = dict(zip(timeline["row_id"], timeline["country"], strict=True))
    for dyad in theatre.ladders:
        assert {who[row.row] for row in dyad.standing} <= {"ECW", *dyad.pair}, dyad.pair
    for row in theatre.promises:
        assert who[row.row] in {"ECW", row.country}
    for row in theatre.grievances:
        assert who[row.row] == row.country


def test_nothing_is_dated_after_2023_and_promises_are_in_order(theatre):
    assert max(row.since_month for row in dated(theatre)) <= SNAPSHOT
    for iso in theatre.countries:
        months = [row.since_month for row in theatre.promises if row.country == iso]
        assert months == sorted(set(months)), iso


def test_the_ladders_are_the_borders_of_the_members(theatre, snapshot: Snapshot):
    cells = snapshot.cells
    where = {
        (r, c): iso for r, c, iso in zip(cells["row"], cells["col"], cells["country"], strict=True)
    }
    touching = {
        frozenset((iso, where[r + dr, c + dc]))
        for (r, c), iso in where.items()
        for dr, dc in product((-1, 0, 1), repeat=2)
        if where.get((r + dr, c + dc), iso) != iso
    }
    members = set(theatre.by_role("member"))
    assert {frozenset(dyad.pair) for dyad in theatre.ladders} == {
        pair for pair in touching if pair & members
    }


@pytest.mark.parametrize(
    ("month", "above"),
    [
        ("2020-07", {}),
        ("2020-10", {}),
        ("2022-07", {"MLI-CIV": "coercion"}),
        ("2023-06", {}),
        ("2023-11", {"NER-BEN": "coercion", "NER-NGA": "coercion"}),
        ("2023-12", {"NER-BEN": "coercion", "NER-NGA": "coercion", "MLI-DZA": "coercion"}),
    ],
)
def test_rungs_change_in_the_month_of_their_row(theatre, month, above):
    assert at(theatre, month) == above


def test_sanctions_on_mali_hold_for_the_bloc_alone(theatre):
    assert set(at(theatre, "2020-09").values()) == {"sanctions"}
    assert set(at(theatre, "2022-03").values()) == {"coercion"}
    assert {"MLI-DZA", "MLI-MRT"}.isdisjoint(at(theatre, "2022-03"))


@pytest.mark.parametrize(
    ("month", "left"),
    [
        ("2020-08", {}),
        ("2020-09", {"MLI": 19.0}),
        ("2021-12", {"MLI": 4.0}),
        ("2022-01", {}),
        ("2022-06", {"MLI": 22.0}),
        ("2023-08", {"MLI": 8.0, "BFA": 12.0}),
        ("2023-09", {"BFA": 11.0}),
        ("2023-12", {"BFA": 8.0}),
        ("2024-07", {}),
        ("2024-09", {}),
    ],
)
def test_dates_promised_come_nearer_until_kept_or_withdrawn(theatre, month, left):
    assert due(theatre, month) == left


@given(month=st.integers(FIRST, LAST))
def test_what_is_dated_later_never_enters(theatre, month):
    np.testing.assert_array_equal(rungs_at(cut(theatre, month), month), rungs_at(theatre, month))
    np.testing.assert_array_equal(
        promised_at(cut(theatre, month), month), promised_at(theatre, month)
    )


def test_a_theatre_without_politics_has_none(theatre):
    bare = theatre.model_copy(update={"ladders": [], "promises": []})
    assert rungs_at(bare, SNAPSHOT).shape == (0,)
    assert promised_at(bare, SNAPSHOT).tolist() == [0.0] * len(theatre.countries)


def test_every_act_names_what_exists_and_does_something(theatre):
    for name, act in theatre.menu.items():
        assert set(act.levers) <= set(theatre.levers), name
        assert set(act.wants) <= {*theatre.patrons, *theatre.instruments}, name
        assert set(act.effects) <= set(CONSEQUENCES), name
        assert set(act.when) <= set(SITUATIONS), name
        moves = act.levers or act.wants or act.transition or act.pact or act.leaves or act.joins
        assert moves or act.ranks, name
        for lever, change in act.levers.items():
            low, high = theatre.levers[lever].range
            assert abs(change) <= high - low, name


def test_effects_are_shares_and_no_act_is_without(theatre):
    for name, act in theatre.menu.items():
        values = [*act.effects.values(), *(v for more in act.when.values() for v in more.values())]
        assert act.effects, name
        assert max(map(abs, values)) <= 1.0, name


def test_an_act_that_moves_a_lever_bound_by_law_names_the_law(theatre):
    bound = {
        name
        for name, act in theatre.menu.items()
        if any(theatre.levers[lever].law for lever, change in act.levers.items() if change > 0)
    }
    armed = {"buy_drones", "mobilise", "target_harder", "offensive"}
    assert bound == armed | {"confront_neighbour"}
    assert {name for name, act in theatre.menu.items() if act.law} == bound | {"hire_russians"}


def test_effects_that_rows_code_are_their_means(theatre, timeline):
    for name in CODED:
        act, rows = theatre.menu[name], timeline[timeline["act"] == name]
        for column in EFFECTS:
            sign = -1.0 if column == "insurgent_pressure" else 1.0
            expected = sign * rows[column].mean()
            found = act.effects.get(COLUMN.get(column, column), 0.0)
            assert found == pytest.approx(expected, abs=0.006), f"{name}: {column}"


def test_readiness_follows_how_often_each_act_was_coded(loaded, timeline):
    theatre, registry = loaded

    def quarter(month: int) -> int:
        return (month - 1) // 3

    ruled = {
        (iso, q)
        for iso, since in JUNTAS.items()
        for q in range(quarter(calendar.parse_month(since)), quarter(SNAPSHOT) + 1)
    }
    taken = {("BFA", quarter(calendar.parse_month("2022-07")), "promise_date")}
    for row in timeline[timeline["act"].ne("")].itertuples():
        if row.row_id != "202109-MLI-engagement":  # talks of the arrival that another row dates
            who = JUNTAS if row.country == "AES" else [row.country]
            taken |= {(iso, quarter(row.month), row.act) for iso in who}
    several = Counter((iso, q) for iso, q, _ in taken)
    n: dict[str, float] = defaultdict(float)
    for iso, q, act in taken:
        n[act] += 1 / several[iso, q]
    none = len(ruled) - len(several)
    assert set(several) <= ruled
    assert (len(ruled), none) == (24, 6)
    readiness, weight = registry["choices.readiness"].value, registry["motives.weight"].value
    assert list(readiness) == list(theatre.menu)
    for name, act in theatre.menu.items():
        odds = SET.get(name, math.log((n[name] + 0.5) / (none + 0.5)))
        expected = odds - worth(act, weight)  # precision is 1 at its centre
        assert readiness[name] == pytest.approx(expected, abs=0.011), name
    assert registry["choices.precision"].prior.mean == 0.0


def test_fronts_are_regions_of_their_countries(theatre, snapshot: Snapshot):
    cells = snapshot.cells
    fronts = {iso: row.front for iso, row in theatre.countries.items() if row.front}
    assert fronts == {"MLI": "ML08", "BFA": "BF-12", "NER": "NE006"}
    for iso, front in fronts.items():
        assert front in set(cells.loc[cells["country"] == iso, "region"])


def test_judgement_in_every_file_is_listed_and_frozen(loaded):
    theatre, registry = loaded
    tables = judged_tables(theatre)
    forms = {
        f"forms.{name}": {"acts": form.acts, "options": form.options}
        for name, form in registry.forms.items()
    }
    assert len(forms) >= 5
    assert registry.tables == tables | forms
    assert {f"menu.{name}" for name in ACTS} <= set(tables)
    assert tables["ladders.MLI-DZA"][0]["rung"] == "coercion"
    assert [row["due"] for row in tables["promises.MLI"]] == ["2022-03", None, "2024-03", None]
    assert [row["kind"] for row in tables["grievances.BFA"]] == ["pay", "pay", "posts", "posts"]
    assert set(tables).isdisjoint(path for path, _ in registry.items())
    before = judgement_digest(registry)
    act = theatre.menu["restrain"].model_copy(update={"effects": {"autonomy": 0.5}})
    changed = {
        "menu": {**theatre.menu, "restrain": act},
        "ladders": theatre.ladders[:-1],
        "promises": theatre.promises[:-1],
        "grievances": theatre.grievances[:-1],
    }
    for field, value in changed.items():
        other = judged_tables(theatre.model_copy(update={field: value}))
        digest = judgement_digest(registry.model_copy(update={"tables": other}))
        assert digest != before, field


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ("[a]\nid = 99\n", "a.label", "missing"),
        ('[a]\nid = 99\nlabel = "A"\ncost = 1.0\n', "a.cost", "unknown key"),
        (
            '[a]\nid = 99\nlabel = "A"\neffects = { fame = 1.0 }\n',
            "a.effects.fame",
            "not an allowed value",
        ),
        ('[a]\nid = 99\nlabel = "A"\npact = "sell"\n', "a.pact", "not an allowed value"),
        ('[a]\nid = 1\nlabel = "A"\n', None, "menu: every id must be unique"),
        (
            '[a]\nid = 99\nlabel = "A"\nlevers = { tanks = 1.0 }\n',
            None,
            "menu.a: no such levers or patrons: ['tanks']",
        ),
        (
            '[a]\nid = 99\nlabel = "A"\nwants = { mars = 1.0 }\n',
            None,
            "menu.a: no such levers or patrons: ['mars']",
        ),
    ],
)
def test_a_wrong_act_is_refused_in_its_own_file(copy, line, field, problem):
    file = copy / "menu.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n" + line, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_theatre(copy)
    assert caught.value.file == str(file)
    assert problem in caught.value.problem
    assert field is None or str(caught.value.field).startswith(field)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('pair = ["MLI", "DZA"]', 'pair = ["MLI", "MLI"]', "are not two countries"),
        ('pair = ["MLI", "DZA"]', 'pair = ["MLI", "FRA"]', "are not two countries"),
        ('pair = ["NER", "DZA"]', 'pair = ["DZA", "MLI"]', "a pair of countries twice"),
        ('rung = "sanctions"', 'rung = "feud"', "not an allowed value"),
        ('since = "2023-01", rung', 'since = "2020-01", rung', "not in order of time"),
        ('country = "BFA"\nsince = "2022-07"', 'country = "FRA"\nsince = "2022-07"', "promises: "),
        ('due = "2024-07"', 'due = "soon"', "not a month"),
    ],
)
def test_ladders_and_promises_that_do_not_fit_are_refused(copy, old, new, problem):
    file = copy / "theatre.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_theatre(copy)
    assert caught.value.file == str(file)
    assert problem in caught.value.problem


def test_acts_in_two_files_are_refused_and_a_theatre_may_have_none(copy):
    file = copy / "theatre.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + '\n[menu.a]\nid = 1\nlabel = "A"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"menu\.toml beside it") as caught:
        load_theatre(copy)
    assert (caught.value.file, caught.value.field) == (str(file), "menu")
    (copy / "menu.toml").unlink()
    assert list(load_theatre(copy)[0].menu) == ["a"]
    file.write_text(text, encoding="utf-8")
    assert load_theatre(copy)[0].menu == {}


@pytest.mark.parametrize(
    ("month", "country", "stage"),
    [
        ("2021-12", "MLI", "none"),
        ("2022-01", "MLI", "threatened"),
        ("2022-07", "MLI", "none"),
        ("2023-06", "NER", "none"),
        ("2023-07", "NER", "threatened"),
        ("2023-08", "NER", "ordered"),
        ("2023-12", "NER", "threatened"),
        ("2023-12", "BFA", "none"),
    ],
)
def test_threats_stand_as_they_are_dated(theatre, month, country, stage):
    seen = threats_at(theatre, calendar.parse_month(month))
    assert seen.shape == (len(theatre.blocs), len(theatre.countries))
    assert THREATS[seen[0, list(theatre.countries).index(country)]] == stage


def test_threats_are_those_of_the_timeline(theatre, timeline):
    for bloc in theatre.blocs.values():
        assert {row.row for row in bloc.threats} <= {None, *timeline["row_id"]}
