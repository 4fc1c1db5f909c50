"""`liptako.table`: amounts are summed, codes counted, and what makes no sense is refused."""

from __future__ import annotations

import numpy as np
import pytest

import liptako as lp
import run_fixtures as rf
from liptako.errors import InputError
from liptako.model.codes import EXITS, STAGES, Exit, Stage
from liptako.model.outputs import OUTPUTS
from liptako.outcomes.deaths import CODED, SUMMED_OVER, _dimensions
from liptako.outcomes.places import reach

MEMBERS = 4


@pytest.fixture(scope="module")
def run(theatre):
    exits = np.zeros((MEMBERS, 12, len(theatre.countries)), int)
    exits[0, 2, 0] = exits[1, 2, 0] = Exit.MUTINY
    stage = np.full((MEMBERS, 12), int(Stage.CONSULTATIVE))
    stage[3, 5:] = Stage.DISSOLVED
    return rf.run_of(theatre, members=MEMBERS, months=12, exits=exits, stage=stage, deaths=2.0)


def test_one_dimension_may_be_named_alone(run):
    assert lp.table(run, by="country").equals(lp.table(run, by=["country"]))
    assert (lp.table(run, by="country")["mean"] == 12 * 2.0 * run.sizes["stream"]).all()


def test_codes_give_shares_by_label(run, theatre):
    found = lp.table(run, "exits", by=["country", "month"])
    assert list(found.columns) == ["country", "month", "label", "share"]
    first = found[
        (found["country"] == next(iter(theatre.countries))) & (found["month"] == "2024-03")
    ]
    assert dict(zip(first["label"], first["share"], strict=True)) == {
        **dict.fromkeys(EXITS, 0.0), "none": 0.5, "mutiny": 0.5,
    }  # fmt: skip
    stage = lp.table(run, "stage", by="month")
    assert list(stage["label"][: len(STAGES)]) == list(STAGES)
    assert (stage.groupby("month")["share"].sum() == 1.0).all()
    last = stage[stage["month"] == "2024-12"].set_index("label")["share"]
    assert (last["consultative"], last["dissolved"]) == (0.75, 0.25)
    left = lp.table(run, "left")
    assert set(left["label"]) == {"no", "yes"}
    acts = lp.table(run, "act", by=["month", "country"])
    assert list(acts.columns[:2]) == ["month", "country"]
    assert set(acts["label"]) == {"none", *theatre.menu}


def test_every_variable_with_codes_is_known_to_hold_codes(run):
    coded = {name for name, output in OUTPUTS.items() if "code" in output.unit}
    assert set(CODED) == coded
    assert set(SUMMED_OVER) <= set(OUTPUTS)


@pytest.mark.parametrize(
    ("variable", "by", "said"),
    [
        ("deaths", [], r"by: empty; received \[\]; allowed: one or more of month, stream, country"),
        ("deaths", "months", r"did you mean 'month'\?.*allowed: month, stream, country"),
        ("deaths", ["country", "country"], "by: named twice"),
        ("deaths", "member", "by: no such dimension; received 'member'"),
        ("deths", "country", r"variable: no such variable \(did you mean 'deaths'\?\)"),
        ("exits", "country", "exits holds codes over month; allowed: all of month, country"),
        ("left", "month", "left holds codes over country"),
        ("influence", "year", "no sum over region"),
        ("region_deaths_within", "region", "no sum over window"),
        ("support", ["instrument"], "no sum over full_year, country"),
        ("due", "country", "no sum over month"),
        ("missed", "country", "no sum over month"),
    ],
)
def test_what_cannot_be_tabled_is_refused_with_what_can(run, variable, by, said):
    with pytest.raises(InputError, match=said):
        lp.table(run, variable, by=by)


@pytest.mark.parametrize("by", [3, None, b"country"])
def test_dimensions_are_names(by):
    with pytest.raises(InputError, match=r"by: not a list of dimensions.*allowed: country"):
        _dimensions(by, ["country"])


def test_what_is_counted_up_to_a_month_is_summed_over_countries_only(run):
    assert len(lp.table(run, "missed", by="month")) == 12


@pytest.mark.parametrize("value", ["2", "two", 2.5, True, float("nan"), [2]])
def test_numbers_of_a_run_are_whole(value):
    scenario = lp.load_scenario().scenario
    with pytest.raises(InputError, match=r"months: not a whole number.*allowed: 1 to 60"):
        scenario.adjusted(months=value)
    assert scenario.adjusted(months=np.int32(6)).months == 6


def test_a_country_by_its_name_suggests_its_code(theatre):
    from liptako.verification.backtest.record import checked_countries

    for given in ("Niger", "niger", "NIG"):
        with pytest.raises(InputError, match=r"did you mean NER\?"):
            checked_countries([given], theatre, ["MLI", "NER"])


def test_a_theatre_without_members_has_tables_without_rows(theatre):
    nobody = theatre.model_copy(
        update={
            "alliance": None,
            "countries": {
                iso: row.model_copy(update={"role": "surroundings"})
                for iso, row in theatre.countries.items()
            },
        }
    )
    found = reach(rf.run_of(nobody, months=12))
    assert len(found) == 0
    assert list(found.columns)[:2] == ["country", "year"]
