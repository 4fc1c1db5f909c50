"""Signposts: each is counted again on the members, and on the half that did not find it."""

from __future__ import annotations

import numpy as np
import pytest

import reasons_fixtures as reasons
from liptako.errors import InputError
from liptako.model.codes import Exit
from liptako.model.draws import set_numbers
from liptako.outcomes import signposts as module
from liptako.outcomes.decisive import halves, outcomes_at
from liptako.outcomes.observable import events
from liptako.outcomes.signposts import found_on, moved, resampled, signpost_tables, signposts


@pytest.fixture(scope="module")
def run():
    return reasons.run_with_reasons()


@pytest.fixture(scope="module")
def found(run):
    return signposts(run, ["regimes_held", "pact_alive"])


def second_half(run) -> np.ndarray:
    return ~halves(set_numbers(run["member"].to_numpy())["judgement"])


def test_halves_share_no_set_of_judgement():
    sets = set_numbers(np.arange(1000))["judgement"]
    first = halves(sets)
    assert first.sum() == 500
    assert not set(sets[first]) & set(sets[~first])
    np.testing.assert_array_equal(first, halves(sets))


def test_a_signpost_is_counted_on_the_members_that_satisfy_it(run, found):
    """By hand: the coup in AAA decides, and deaths in its country warn of it."""
    rows = found.set_index(["kind", "where"])
    half = second_half(run)
    held = outcomes_at(run, ["regimes_held"])["regimes_held"][half] > 0
    coup = (run["exits"].sel(country="AAA") == Exit.COUP_OTHER_CAMP).any("month").to_numpy()[half]
    row = rows.loc[("coup", "AAA")]
    assert row["chance"] == coup.mean()
    assert (row["given"], row["absent"], row["moves"]) == (0.0, 1.0, -1.0)
    assert row["given_hi"] == pytest.approx(3.0 / coup.sum())
    killed = run["deaths"].sel(country="AAA").isel(month=slice(0, int(row["months"])))
    row = rows.loc[("deaths", "AAA")]
    killed = run["deaths"].sel(country="AAA").isel(month=slice(0, int(row["months"])))
    warned = (killed.sum(["month", "stream"]).to_numpy() > row["than"])[half]
    assert row["chance"] == warned.mean()
    assert row["given"] == held[warned].mean()
    assert row["absent"] == held[~warned].mean()
    assert row["moves_lo"] < row["moves"] == row["given"] - row["absent"] < row["moves_hi"] < 0
    assert row["members"] == half.sum() == reasons.MEMBERS / 2


def test_every_row_is_its_event_again(run, found):
    known = {event[:3]: event for event in events(run, before=24)}
    half = second_half(run)
    for row in found.to_dict("records"):
        happens = known[row["kind"], row["where"], row["months"]].happens[half]
        assert row["chance"] == happens.mean()
        assert 0.05 <= row["chance"] <= 0.95
    assert list(found["rank"]) == list(range(1, len(found) + 1))
    assert list(-found["moves"].abs()) == sorted(-found["moves"].abs())


def test_what_moves_nothing_is_no_signpost(run, found):
    assert set(found["outcome"]) == {"regimes_held"}, "the pact lives in all members"
    assert ("mutiny", "BBB") not in set(zip(found["kind"], found["where"], strict=True))
    held = found[found["holds"]]
    assert {"AAA"} == set(held["where"])


def test_events_too_rare_or_too_sure_are_passed_over(run):
    every = events(run, before=24)
    came = outcomes_at(run, ["regimes_held"])["regimes_held"] > 0
    rare = every[0]._replace(happens=~came & (np.arange(len(came)) % 40 == 0))
    sure = every[0]._replace(happens=came | (np.arange(len(came)) % 40 != 0))
    half = ~second_half(run)
    assert found_on([rare, sure], came, half) == []
    assert len(found_on([every[0]._replace(happens=~came)], came, half)) == 1


def test_of_one_thing_in_one_place_one_span_is_kept(found):
    matters = list(zip(found["kind"].str.removesuffix("_before"), found["where"], strict=True))
    assert len(matters) == len(set(matters))


def test_events_lie_within_a_year_and_before_the_horizon(run):
    assert {event.months for event in events(run)} == {3, 6, 12}
    assert {event.months for event in events(run, before=12)} == {3, 6}
    with pytest.raises(InputError, match="too short"):
        events(run, before=3)


def test_few_members_have_no_signposts():
    few = reasons.run_with_reasons(500)
    assert signposts(few).empty
    assert signpost_tables(few) == {}


def test_an_interval_is_that_of_sets_and_not_of_members():
    """Members of a set that are all alike tell no more than one of them."""
    alike = np.array([[10.0, 10.0, 0.0, 10.0], [0.0, 10.0, 10.0, 10.0]] * 10)
    mixed = np.array([[5.0, 10.0, 5.0, 10.0]] * 20)
    wide, narrow = moved(alike), moved(mixed)
    assert wide["given"] == narrow["given"] == 0.5
    assert narrow["given_lo"] == narrow["given_hi"] == 0.5
    assert wide["given_hi"] - wide["given_lo"] > 0.2


def test_what_never_came_may_yet_come():
    found = resampled(np.array([[0.0, 30.0, 5.0, 30.0]] * 4), "given", ((0,), (1,)))
    assert found == {"given": 0.0, "given_lo": 0.0, "given_hi": 3.0 / 120.0}
    assert module.CHANCE == (0.05, 0.95)
