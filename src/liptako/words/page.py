"""What the report's page says around its exhibits."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "page",
    {
        "banner": "AS SEEN FROM {date}",
        "banner_rest": "not a current forecast",
        "age": "Its data end {months} months before today.",
        "run": "{members} simulated futures, {months} months ahead, seed {seed}",
        "data_to": "event data to {date}",
        "copy_sentence": "Copy sentence",
        "copied": "Copied",
        "print": "Print or save as PDF",
        "cite_link": "Cite",
        "data_link": "Data (CSV)",
        "workbook": "Excel",
        "briefs": "One-page briefs",
        "briefs_asked": "{count} questions",
        "about": "Terms, sources, data",
        "contents": "On this page",
        "trust": "How far to trust this",
        "trust_more": "All tests",
        "all_tests": "All tests in full",
        "data": "Data",
        "no_endings": (
            "None in this run: it is shorter than a year, or no pact was signed when it begins."
        ),
        "how": "How to read this",
        "provenance": "Where the numbers come from",
        "use": "How this may not be used",
        "use_targets": (
            "Not to choose, time or avoid targets: nothing here is finer than a month and half a "
            "degree, and nothing names a person, a unit or a village."
        ),
        "use_safe": (
            "Not as a sign that a place is safe, nor to refuse asylum, aid or insurance: where "
            "nobody counts it is unknown, and abuse by states is reported least."
        ),
        "use_advice": (
            "Not as advice: what armed actors do is assumed and never ranked, and harm to "
            "civilians leads every comparison."
        ),
        "use_blame": (
            "Not to blame a people or to read anyone's intent: events are classed by armed actor."
        ),
        "use_quote": (
            "Not without its date, its range and how it was tested: copy the sentence whole."
        ),
        "citation": "How to cite",
        "downloads": "Data",
        "downloads_text": (
            "The tables behind the charts, as CSV. Months are written YYYY-MM; every row says "
            "from when it was seen. Quantiles of months do not add up to quantiles of years: use "
            "the table of periods."
        ),
        "workbook_text": "All of them in one workbook, in the folder of the run beside this page:",
        "rows": "{rows} rows, {size} kB",
        "too_large": "too large to put into this page; it is in the folder of the run",
        "in_words": "The chart in words",
        "no_script": (
            "This chart needs a browser with scripts. Its numbers are in the words below it."
        ),
        "png": "PNG",
        "csv": "CSV",
        "csv_of": "CSV: {name}",
        "link": "Link",
        "link_to": "Link to this chart: {finding}",
        "alike": "Same scale for all",
        "not_in_run": "Not part of this run.",
        # sections
        "section_civilians": "Deaths and civilians",
        "section_places": "Places",
        "section_pact": "The pact and the regimes",
        "section_what-if": "What if: policies compared",
        "section_signposts": "What would change this",
        "section_motives": "Why: motives",
        "section_claims": "The argument, claim by claim",
        "section_trust": "How far to trust this",
        "section_assumptions": "Assumptions",
        "defined": "How endings are defined",
        "more": "More: {names}",
        "wide": "Wider than the screen: swipe or scroll it sideways.",
        # how to read this
        "guide_future": "A future",
        "guide_future_text": (
            "One run of the simulation: one way the coming months might go. Chances are counts: "
            "27 in 100 means that it happened in 27 of every 100 futures."
        ),
        "guide_middle": "Middle",
        "guide_middle_text": (
            "Half of the futures have fewer deaths, half have more. It is not the most likely "
            "number."
        ),
        "guide_nine": "9 in 10 futures",
        "guide_nine_text": (
            "The range that leaves out the lowest and the highest twentieth of the futures. The "
            "truth falls outside it in 1 of 10 cases if the model is right, and more often if it "
            "is wrong."
        ),
        "guide_deaths": "Deaths",
        "guide_deaths_text": (
            "People killed in organised violence as the event data record them: fighters and "
            "civilians. Such counts are a floor: some killings are never reported, and abuse by "
            "states is reported least."
        ),
        "guide_recorded": "Recorded",
        "guide_recorded_text": (
            "What the event data hold for past months. White on the map means a chance under 1 in "
            "100. Grey diagonal lines mean that nobody counted: not safe, unknown."
        ),
        "guide_again": "Last 12 months again",
        "guide_again_text": (
            "The simplest forecast there is: next year repeats last year. A model is worth its "
            "cost only where it does better."
        ),
        "guide_months_and_years": "Month by month against year by year",
        "guide_months_and_years_text": (
            "Each month's range is taken alone. A year's range comes from whole futures and is "
            "narrower than the sum of its months' ranges."
        ),
        "guide_not": "What this is not",
        "guide_not_text": (
            "No forecast of single attacks, units or persons; no advice; and no statement about "
            "anyone's intent."
        ),
        "guide_short": "Short names",
        "guide_short_text": (
            "VIEWS: Violence & Impacts Early-Warning System. ACLED: Armed Conflict Location & "
            "Event Data; CAST: its Conflict Alert System. P-code: place code of the UN's OCHA, "
            "from its Common Operational Datasets of administrative boundaries (COD-AB); HASC: "
            "Hierarchical Administrative Subdivision Codes. CRPS: continuous ranked probability "
            "score, the distance of a forecast from what came, in deaths (lower is better); log "
            "score: how improbable a forecast held what came (lower is better); AUC: share of "
            "pairs of cases put in the right order (half: by chance)."
        ),
        "guide_assumptions": "Other assumptions",
        "guide_assumptions_text": (
            "Parameters that rest on judgement or on few past cases are drawn anew for each set "
            "of assumptions. The range leaves out the lowest and the highest twentieth of the "
            "sets. It is not the error of the simulation, which is smaller."
        ),
        "guide_reference_class": "Reference class",
        "guide_reference_class_text": (
            "Past cases of the same kind: coups, camps of officers in power, pacts. A run with "
            "reference classes only leaves out what rests on judgement alone."
        ),
        "sentence": ("{headline} {caveat} ({stamp}, not a current forecast. {source}, {run_id}.)"),
        "footer": "{run_id} · {stamp} · not a current forecast",
        "absent": "{what}: {not_in_run}",
        "fact_revision": "Revision",
        "fact_no_revision": "not a source tree",
        "fact_policy": "Policy",
        "fact_fitted": "Fitted on data until",
        "fact_sha256": "sha256 of {name}",
    },
)


GUIDE = (
    "future", "middle", "nine", "deaths", "recorded", "again", "months_and_years", "not", "short",
)  # fmt: skip
"""Explained in every report, in order."""

ENDINGS_GUIDE = ("assumptions", "reference_class")
"""Explained only where the report has endings."""


USES = ("targets", "safe", "advice", "blame", "quote")
"""What a run may not be used for, in order."""


def more(names: Sequence[str]) -> str:
    """Return what a section shows on demand, in a line."""
    return say("more", names="; ".join(names))


def sentence(headline: str, caveat: str, stamp: str, source: str, run_id: str) -> str:
    """Return the sentence to copy: with its caveat, its date, its source and its run."""
    end = "" if headline.endswith(".") else "."
    return say(
        "sentence", headline=f"{headline}{end}", caveat=caveat, stamp=stamp, source=source,
        run_id=run_id,
    )  # fmt: skip


def uses() -> list[str]:
    """Return how a run may not be used."""
    return [say[f"use_{name}"] for name in USES]


def guide(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return terms with what they mean."""
    return [(say[f"guide_{name}"], say[f"guide_{name}_text"]) for name in names]
