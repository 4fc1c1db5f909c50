"""What is said of a verification of every stream of deaths."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "streams",
    {
        "head": "Every stream of deaths",
        "about": (
            "{countries}, seen each October of {first} to {last}, outcomes to {until}; {members} "
            "draws. Data as published later."
        ),
        "months": "Months: CRPS of log(1 + deaths), mean over countries and months",
        "years": "Totals of a year: the same, mean over countries and years",
        "band": "leads",
        "liptako": "Liptako",
        "conflictology": "last year again",
        "conflictology_smoothed": "smoothed",
        "zero": "none",
        "less": "less last year again",
        "state_based": "state-based",
        "one_sided": "civilians, by {actor}",
        "non_state": "non-state",
        "all": "all kinds",
        "together": "all blocks together",
        "read": (
            "Lower is better. Last year again: the last 12 months as draws; of a year's total, 12 "
            "months drawn anew from them and summed. Smoothed: a count law around each, of a "
            "year's total around the last one. Brackets: intervals, blocks of up to three years; "
            "of the table so wide that all {rows} hold in 90 of 100, of the rest 90%. All kinds is "
            "the sum of the others and does not count in what is said of them together."
        ),
        "together_months": "All blocks together, months",
        "together_years": "All blocks together, totals of a year",
        "together_line": (
            "{head}: {verdict} than last year again, {range}; than smoothed {other}, {other_range}"
        ),
        "better": "better",
        "worse": "worse",
        "no clear difference": "not clearly other",
        "unknown": "not known to be other",
        "worse_none": "No block is worse beyond its bound.",
        "worse_some": "Worse beyond its bound: {rows}.",
        "coverage": "Yearly totals inside the 90% range, pooled over origins (goal: 85 to 95)",
        "coverage_line": (
            "  all {cases}: {covered}; active {active_cases}: {active}, by rank {exact}"
        ),
        "coverage_read": (
            "Active: a death on record in the block and country in the three years before; without "
            "one nearly every total lies inside. By rank: randomised ranks from 5 to 95 in 100, "
            "which counts do not widen."
        ),
        "row": "{block} {band} ({span})",
        "span_months": "months",
        "span_years": "totals",
    },
)
