"""What the report's page says around its exhibits."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "page",
    {
        "banner": "AS SEEN FROM {date}",
        "banner_rest": "not a current forecast",
        "age": "Its data end {months} months before today.",
        "run": "{members} simulated futures, {months} months ahead, seed {seed}",
        "copy_sentence": "Copy sentence",
        "copied": "Copied",
        "print": "Print or save as PDF",
        "cite_link": "Cite",
        "data_link": "Data (CSV)",
        "contents": "On this page",
        "trust": "How far to trust this",
        "trust_deaths": "Deaths",
        "trust_endings": "Endings of the alliance",
        "not_verified": "not yet verified against the record.",
        "not_modelled": (
            "none in this run: it is shorter than a year, or no pact was signed by then."
        ),
        "trust_data": "Data",
        "warnings": "Before you use a number",
        "no_endings": (
            "None in this run: it is shorter than a year, or no pact was signed when it begins."
        ),
        "how": "How to read this",
        "provenance": "Where the numbers come from",
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
        "not_in_run": "Not part of this run.",
        # sections
        "section_endings": "Endings of the alliance",
        "section_pact": "The pact, month by month",
        "section_regimes": "Regimes in power",
        "section_disputes": "Disputes",
        "section_choices": "What the juntas may choose",
        "section_patrons": "Patrons",
        "section_base-rates": "Base rates: model and past cases",
        "section_months": "Deaths, month by month",
        "section_years": "Deaths, year by year",
        "section_civilians": "Civilians killed, by perpetrator",
        "section_where": "Where",
        "section_coast": "Spread to neighbours",
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
        "sentence": "{headline} ({stamp}; {run_id})",
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
    "future", "middle", "nine", "deaths", "recorded", "again", "months_and_years", "not",
)  # fmt: skip
"""Explained in every report, in order."""

ENDINGS_GUIDE = ("assumptions", "reference_class")
"""Explained only where the report has endings."""


def guide(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return terms with what they mean."""
    return [(say[f"guide_{name}"], say[f"guide_{name}_text"]) for name in names]
