"""What is said of how well forecasts were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import between
from liptako.words.streams import say as streams

say = Texts(
    "skill",
    {
        "unclear": (
            "Tested on deaths {years} (state-based, {countries}): "
            "no clear difference from 'last year again' ({low}% to {high}%)"
        ),
        "better": (
            "Tested on deaths {years} (state-based, {countries}): "
            "{skill:.0f}% ({low:.0f}-{high:.0f}) better than 'last year again'"
        ),
        "worse": (
            "Tested on deaths {years} (state-based, {countries}): "
            "{skill:.0f}% ({low:.0f}-{high:.0f}) worse than 'last year again'"
        ),
        "country": "1 country",
        "countries": "{count} countries",
        "not_tested": "Deaths: not yet tested.",
        "world": (
            "World, {countries} countries, {years}, state-based deaths by the forecast of the "
            "level: {how} than last year again (CRPS {score:.2f} against {other:.2f}, difference "
            "{gap:+.2f}, {low:+.2f} to {high:+.2f}; in logs {log_score:.4f} against "
            "{log_other:.4f}), lower in {won} of {of} windows"
        ),
        "streams": (
            "Every stream (state-based, civilians by perpetrator, non-state), 1 to 36 months "
            "ahead, seen each October of {years}, in logs against last year again: months {months} "
            "({months_range}), totals of a year {totals} ({totals_range}). Of totals in countries "
            "with deaths on record {covered} in 100 ({covered_range}) lay inside the 90% range. "
            "{worse}"
        ),
        "worse_none": "No stream is worse beyond its bound",
        "worse_some": "Worse beyond its bound: {rows}",
        "cells": (
            "Cells by month, {years}: {how} than last year again ({gain:+.1f}%, {low:+.1f} to "
            "{high:+.1f}). {chances}"
        ),
        "chance": "{least} or more deaths: {expected:,} cell-months expected, {happened:,} came",
        "same": "not clearly other",
        "well": "better",
        "badly": "worse",
        "regimes": (
            "Regimes: tested on {cases:,} past cases in the world ({months} months, origins before "
            "2018): log score {score:.3f} against {constant:.3f} for a constant (gain {gain:.3f}, "
            "{low:.3f} to {high:.3f}); which of two lasts longer is told {apart} "
            "(AUC {auc:.2f}, {auc_low:.2f}-{auc_high:.2f}). Three of a region at once: {p} "
            "in 100 expected to last, {share} ({share_low}-{share_high}) did"
        ),
        "regimes_short": (
            "Regimes: on {cases:,} past cases {how} than one rate for all (log score {score:.3f} "
            "against {constant:.3f}); which of two lasts longer is told {apart}"
        ),
        "pact_short": "Pact: on {n} past pacts {how} than their average rate",
        "pact": (
            "Pact: {n} past pacts left out one by one: a first operation within {months} months is "
            "forecast {how} than by the share of the others (log score {gap:+.3f}, {low:+.3f} to "
            "{high:+.3f})"
        ),
        "by_chance": "no better than by chance",
        "by_skill": "better than by chance",
        "pact_better": "better",
        "pact_worse": "worse",
        "pact_same": "no better",
        "measured": "Measured on {date}, Python {python}, {machine}",
        "measured_unknown": "Measured on a day that was not recorded",
    },
)


def skill_line(
    years: Sequence[int], countries: int, estimate: float, low: float, high: float
) -> str:
    """Return in one sentence how well deaths were forecast.

    Args:
        years: tested, first to last.
        countries: how many were tested.
        estimate: skill against last year again, as a share.
        low: end of its interval.
        high: the other end.

    Example:
        >>> skill_line([2018, 2023], 3, 0.1, 0.02, 0.17).split(": ")[1]
        "10% (2-17) better than 'last year again'"
    """
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1] % 100:02d}"
    skill, low, high = 100.0 * estimate, 100.0 * low, 100.0 * high
    which = say["country"] if countries == 1 else say("countries", count=countries)
    on = {"years": span, "countries": which}
    if low <= 0 <= high:
        return say("unclear", **on, low=round(low), high=round(high))
    if skill > 0:
        return say("better", **on, skill=skill, low=low, high=high)
    return say("worse", **on, skill=-skill, low=-high, high=-low)


def world_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how deaths of all countries were forecast, from what is kept."""
    gap, low, high = record["gap"]
    (score, other), (log_score, log_other) = record["crps"], record["in_logs"]
    return say(
        "world",
        countries=record["countries"],
        years=_years(record["windows"]),
        how=_how(-high, -low),
        score=score,
        other=other,
        gap=gap,
        low=low,
        high=high,
        log_score=log_score,
        log_other=log_other,
        won=record["won"]["won"],
        of=record["won"]["of"],
    )


def streams_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how every stream was forecast, from what is kept."""
    places: dict[str, str] = {}
    for name, span in (("months", "months"), ("totals", "years")):
        gap, low, high = record["gaps"][span]
        places[name] = _how(-high, -low)
        places[f"{name}_range"] = f"{gap:+.3f}, {low:+.3f} to {high:+.3f}"
    covered, low, high = (f"{100 * share:.0f}" for share in record["covered"])
    rows = [_row(names, record["actors"]) for names in record["worse"]]
    return say(
        "streams",
        years=_years(record["origins"]),
        covered=covered,
        covered_range=between(low, high),
        worse=say("worse_some", rows="; ".join(rows)) if rows else say["worse_none"],
        **places,
    )


def _row(names: Sequence[str], actors: Mapping[str, str]) -> str:
    block, band, span = names
    kind, _, actor = block.partition(" ")
    name = streams(kind, actor=actors[actor]) if actor else streams[kind]
    return streams("row", block=name, band=band, span=streams[f"span_{span}"])


def cells_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how deaths in cells were forecast, from what is kept."""
    gain, low, high = (100 * share for share in record["gain"])
    chances = "; ".join(
        say("chance", least=least, expected=round(expected), happened=happened)
        for least, (expected, happened) in record["chances"].items()
    )
    return say(
        "cells", years=_years(record["windows"]), how=_how(low, high), gain=gain, low=low,
        high=high, chances=chances,
    )  # fmt: skip


def _how(low: float, high: float) -> str:
    """Return what an interval of a gain says."""
    return say["same" if low <= 0 <= high else "well" if low > 0 else "badly"]


def _years(years: Sequence[int]) -> str:
    return str(years[0]) if years[0] == years[-1] else f"{years[0]}-{years[-1]}"


def regimes_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how regimes were forecast, from the record that is kept of it."""
    gain, low, high = record["gain"]
    auc, auc_low, auc_high = record["auc"]
    p, share, share_low, share_high = (f"{100 * value:.0f}" for value in record["triples"])
    return say(
        "regimes",
        cases=record["cases"],
        months=record["months"],
        score=record["log_score"],
        constant=record["constant"],
        gain=gain,
        low=low,
        high=high,
        apart=_apart(record),
        auc=auc,
        auc_low=auc_low,
        auc_high=auc_high,
        p=p,
        share=share,
        share_low=share_low,
        share_high=share_high,
    )


def regimes_short(record: Mapping[str, Any]) -> str:
    """Return the most of `regimes_line` in a few words."""
    return say(
        "regimes_short",
        cases=record["cases"],
        score=record["log_score"],
        constant=record["constant"],
        apart=_apart(record),
        how=_how(*record["gain"][1:]),
    )


def _apart(record: Mapping[str, Any]) -> str:
    return say["by_skill" if record["auc"][1] > 0.5 else "by_chance"]


def pact_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how past pacts were forecast, from the record that is kept of it."""
    gap, low, high = record["gap"]
    how = _beside_others(record)
    return say("pact", n=record["n"], months=record["months"], how=how, gap=gap, low=low, high=high)


def pact_short(record: Mapping[str, Any]) -> str:
    """Return the most of `pact_line` in a few words."""
    return say("pact_short", n=record["n"], how=_beside_others(record))


def _beside_others(record: Mapping[str, Any]) -> str:
    gap, low, high = record["gap"]
    return say["pact_same" if low <= 0 <= high else "pact_better" if gap < 0 else "pact_worse"]


def measured(recorded: Mapping[str, str]) -> str:
    """Return when and where something was measured, as it was recorded then.

    Example:
        >>> measured({"date": "2026-11-23", "python": "3.11.7", "machine": "x86_64"})
        'Measured on 2026-11-23, Python 3.11.7, x86_64'
        >>> measured({})
        'Measured on a day that was not recorded'
    """
    known = {name: recorded.get(name) for name in ("date", "python", "machine")}
    return say("measured", **known) if all(known.values()) else say["measured_unknown"]
