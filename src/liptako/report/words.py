"""Every word of the report's own, in one place, so that another language can be added."""

from __future__ import annotations

from liptako.errors import InputError

ENGLISH = {
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
    "killed": "People killed",
    "country": "Country",
    "seen_in": "{year}, recorded",
    "middle_in": "{year}, middle",
    "nine": "9 in 10 futures",
    "range": "{low} to {high}",
    "range_note": (
        "In 9 of 10 futures the toll lies inside the range; in 1 of 10 outside. "
        "The range is not a minimum and a maximum."
    ),
    "trust": "How far to trust this",
    "trust_deaths": "Deaths",
    "trust_endings": "Endings of the alliance",
    "not_verified": "not yet verified against the record.",
    "not_modelled": "not yet modelled, so this report gives no chance for any of them.",
    "trust_data": "Data",
    "warnings": "Before you use a number",
    "civilians_short": "Harm to civilians",
    "longer": "Further ahead: totals for later periods",
    "period": "Period",
    "later": "Months 13 to 24 ({year})",
    "horizon": "All {months} months",
    "deaths_month": "Deaths, month by month",
    "deaths_year": "Deaths, year by year",
    "civilians": "Civilians killed, by perpetrator",
    "civilians_total": "Civilians killed, all countries together",
    "civilians_country": "Civilians killed, by perpetrator and country",
    "by": "Killed by",
    "all_countries": "All countries shown",
    "where": "Where",
    "regions_caption": "Regions most likely to see 25 or more killed in the next 12 months",
    "region": "Region",
    "chance_any": "1 or more killed, futures in 100",
    "chance_25": "25 or more killed, futures in 100",
    "mean": "Expected",
    "observed_share": "Cells with data",
    "map": "Map",
    "no_data": "no event data: not safe, unknown",
    "coast": "Spread to neighbours",
    "coast_caption": "Chance that at least so many are killed in the next 12 months",
    "group": "Group",
    "threshold": "Killed",
    "at_least": "{number} or more",
    "chance": "Chance",
    "counted": "Counted",
    "not_counted": "No data, not counted",
    "none": "none",
    "mcse_note": (
        "Sampling error of the simulation alone: {errors} in 100. "
        "The error from assumptions is larger and is not in it."
    ),
    "endings": "Endings of the alliance",
    "endings_text": (
        "NOT yet modelled. Whether the alliance succeeds, endures or fails will stand here "
        "once it is simulated and its assumptions are frozen."
    ),
    "how": "How to read this",
    "provenance": "Where the numbers come from",
    "citation": "How to cite",
    "downloads": "Data",
    "downloads_text": (
        "The tables behind the charts, as CSV. Months are written YYYY-MM; every row says from "
        "when it was seen. Quantiles of months do not add up to quantiles of years: use the "
        "table of periods."
    ),
    "rows": "{rows} rows, {size} kB",
    "too_large": "too large to put into this page; it is in the folder of the run",
    "in_words": "The chart in words",
    "no_script": "This chart needs a browser with scripts. Its numbers are in the words below it.",
    "png": "PNG",
    "not_in_run": "Not part of this run.",
}

TABLE_NAMES = {
    "observed": "Recorded deaths by country and month",
    "deaths_country_month": "Simulated deaths by country and month",
    "deaths_country_period": "Deaths by country and period",
    "deaths_members": "A few single futures",
    "civilians_perpetrator": "Civilians killed by perpetrator",
    "regions": "Chances by region",
    "coast": "Chances for groups of neighbours",
    "cells": "Chances by grid cell",
}

GUIDE = (
    (
        "A future",
        "One run of the simulation: one way the coming months might go. Chances are counts: "
        "27 in 100 means that it happened in 27 of every 100 futures.",
    ),
    (
        "Middle",
        "Half of the futures have fewer deaths, half have more. It is not the most likely number.",
    ),
    (
        "9 in 10 futures",
        "The range that leaves out the lowest and the highest twentieth of the futures. The truth "
        "falls outside it in 1 of 10 cases if the model is right, and more often if it is wrong.",
    ),
    (
        "Deaths",
        "People killed in organised violence as the event data record them: fighters and "
        "civilians. Such counts are a floor: some killings are never reported, and abuse by "
        "states is reported least.",
    ),
    (
        "Recorded",
        "What the event data hold for past months. White on the map means a chance under 1 in "
        "100. Grey diagonal lines mean that nobody counted: not safe, unknown.",
    ),
    (
        "Last 12 months again",
        "The simplest forecast there is: next year repeats last year. A model is worth its cost "
        "only where it does better.",
    ),
    (
        "Month by month against year by year",
        "Each month's range is taken alone. A year's range comes from whole futures and is "
        "narrower than the sum of its months' ranges.",
    ),
    (
        "What this is not",
        "No forecast of single attacks, units or persons; no advice; and no statement about "
        "anyone's intent.",
    ),
)

_LANGUAGES = {"en": ENGLISH}


def words(language: str) -> dict[str, str]:
    """Return the report's words in a language.

    Raises:
        InputError: there is no such translation.
    """
    if language not in _LANGUAGES:
        raise InputError(
            "no translation", field="language", value=language, allowed=", ".join(_LANGUAGES)
        )
    return _LANGUAGES[language]
