"""What is kept of each further test, beside that of deaths by country and month.

One entry of `PARTS` is one test: what of its content is kept in the stored verification, and the
sentence that tells it wherever a run says how far it can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liptako.runs.dataset import TESTED
from liptako.words import skill as words

SHOWN_MONTHS = 36
"""Months ahead at which the test of politics is told."""


DEATHS, POLITICS, SHORTLY = TESTED


class Part(NamedTuple):
    """One test.

    Args:
        of: where a run keeps its sentence, see `liptako.runs.dataset.TESTED`.
        record: makes what is kept from what `liptako verify` prints.
        sentence: tells what is kept.
        shortly: tells the most of it in a few words, for a first screen; none where another does.
    """

    of: str
    record: Callable[[Mapping[str, Any]], dict[str, Any]]
    sentence: Callable[[Mapping[str, Any]], str]
    shortly: Callable[[Mapping[str, Any]], str] | None = None


def _world(content: Mapping[str, Any]) -> dict[str, Any]:
    scores, windows = content["scores"], content["windows"]
    return {
        "countries": content["countries"],
        "windows": [windows[0], windows[-1]],
        "crps": [scores[name]["crps"] for name in ("level", "conflictology")],
        "in_logs": [scores[name]["crps_log1p"] for name in ("level", "conflictology")],
        "gap": _gap(content["differences"]["conflictology"]["crps"]),
        "gap_in_logs": _gap(content["differences"]["conflictology"]["crps_log1p"]),
        "won": content["wins"]["conflictology"]["windows"],
    }


def _streams(content: Mapping[str, Any]) -> dict[str, Any]:
    (pooled,) = [
        row
        for row in content["coverage"]
        if (row["block"], row["band"]) == ("together", "together")
    ]
    return {
        "origins": [content["origins"][0], content["origins"][-1]],
        "gaps": {
            span: _gap(row["less"]["conflictology"]) for span, row in content["together"].items()
        },
        "covered": _gap(pooled["active"]),
        "worse": content["worse"],
        "actors": content["actors"],
    }


def _cells(content: Mapping[str, Any]) -> dict[str, Any]:
    windows = content["windows"]
    return {
        "windows": [windows[0], windows[-1]],
        "gain": _gap(content["skill_vs_conflictology"]),
        "chances": {
            least: [row["expected"], row["happened"]] for least, row in content["chances"].items()
        },
    }


def _regimes(content: Mapping[str, Any]) -> dict[str, Any]:
    chosen = content["horizons"][str(SHOWN_MONTHS)]["chosen_on"]
    scores = {row["form"]: row for row in chosen["scores"]}
    mine, constant = scores[content["stayed"]], scores["constant"]
    (three,) = [
        row
        for row in content["triples"]
        if (row["within"], row["horizon"], row["period"], row["form"])
        == ("subregion", SHOWN_MONTHS, "all", content["stayed"])
    ]
    return {
        "cases": chosen["cases"],
        "months": SHOWN_MONTHS,
        "log_score": mine["log_score"],
        "constant": constant["log_score"],
        "gain": list(chosen["differences"]["constant"]["log_score"]),
        "auc": list(mine["auc"]),
        "triples": [three[name] for name in ("p", "share", "lo", "hi")],
    }


def _pact(content: Mapping[str, Any]) -> dict[str, Any]:
    (row,) = [
        row
        for row in content["left_out"]
        if (row["age"], row["event"], row["months"]) == (0, "operation", SHOWN_MONTHS)
    ]
    gap = [row[f"log_score_{name}"] for name in ("gap", "lo", "hi")]
    return {"n": row["n"], "months": SHOWN_MONTHS, "gap": gap}


def _gap(row: Mapping[str, Any]) -> list[float]:
    return [row[name] for name in ("estimate", "lo", "hi")]


PARTS = {
    "world": Part(DEATHS, _world, words.world_line),
    "world_earlier": Part(DEATHS, _world, words.world_line),
    "streams": Part(DEATHS, _streams, words.streams_line),
    "pgm": Part(DEATHS, _cells, words.cells_line),
    "regimes": Part(POLITICS, _regimes, words.regimes_line, words.regimes_short),
    "pact": Part(POLITICS, _pact, words.pact_line, words.pact_short),
}
"""Name of each test to what is kept of it, in the order in which they are told."""
