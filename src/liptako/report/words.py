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
    "not_modelled": "none in this run: it is shorter than a year, or no pact was signed by then.",
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
        "None in this run: it is shorter than a year, or no pact was signed when it begins."
    ),
    "question": "Will the {alliance} work?",
    "endings_by": "How it may end by {date}",
    "ending": "Ending",
    "in_100": "Futures in 100",
    "other_assumptions": "Other assumptions",
    "fails": "Fails",
    "endures": "Endures",
    "succeeds": "Succeeds",
    "endures_note": "regimes hold, war not contained",
    "succeeds_note": "insurgents rolled back, regimes hold",
    "stays_on_paper": "on paper",
    "breaks_up": "break-up",
    "rivalry": "rivalry",
    "regime_lost": "regime lost",
    "dot_note": "One dot is 5 futures in 100. The range spans 9 in 10 sets of assumptions.",
    "endings_defined": "How endings are defined",
    "fails_means": (
        "The pact is broken: a member has left, or it is dissolved. Or it is on paper: fewer than "
        "{min_joint_acts} joint acts in the last 12 months. Either is called rivalry where two "
        "members threatened each other, or worse, in those months. Or a regime is lost, by "
        "{lost_by}; this last is outside the three endings of the argument."
    ),
    "endures_means": (
        "The pact is alive and the regimes hold, but the insurgents are not rolled back."
    ),
    "succeeds_means": (
        "The pact is alive, the regimes hold and the insurgents are rolled back: in at least "
        "{rolled_back_members} members the deaths they inflict are at most {rolled_back_share} the "
        "yearly mean of the three years before, in each of the last two years (by the end of the "
        "first year: in that year); in the others at most {others_at_most} that mean; and the "
        "cells with events of theirs are at most {attacked_cells_share} those of the year before."
    ),
    "times": "{value} times",
    "trust_endings_short": "Endings",
    "evidence": "Never tested. Roughly {share} of their spread rests on judgement.",
    "evidence_unknown": "Never tested, and how much of their spread is judgement is not known.",
    "one_by_one": (
        "One by one: pact alive {alive}, all regimes held {held}, insurgents rolled back {rolled} "
        "in 100."
    ),
    "reference_only": (
        "Reference classes, judgement at its middle: fails {fails}, endures {endures}, succeeds "
        "{succeeds} in 100."
    ),
    "markov_pact": (
        "A pact like past ones, whatever its members gain: fails {fails}, endures {endures}, "
        "succeeds {succeeds} in 100."
    ),
    "without_pact": "Without the pact, rollback in {without} of 100 futures; with it in {with_}.",
    "without_pact_alone": "Without the pact, rollback in {without} of 100 futures.",
    "cross_caption": "Alliance, regimes and insurgents by {date}: futures in 100",
    "alliance": "Alliance",
    "regimes": "Regimes",
    "broken": "Broken",
    "paper": "On paper",
    "alive": "Alive",
    "held": "Held",
    "lost": "Lost",
    "rolled_back": "Insurgents rolled back",
    "not_contained": "Not contained",
    "cross_note": (
        "Success is the cell alive, held, rolled back. A rollback with the pact broken or on paper "
        "is not its success."
    ),
    "grid_caption": "Endings under other thresholds: futures in 100",
    "grid_column": "Threshold",
    "grid_value": "Set to",
    "min_joint_acts": "Joint acts in 12 months, at least",
    "rolled_back_share": "Deaths inflicted, share of before",
    "rolled_back_members": "Members rolled back, at least",
    "others_at_most": "Deaths in the other members, share of before",
    "attacked_cells_share": "Cells with insurgents' events, share of before",
    "negotiated_is_lost": "A negotiated transition counts as lost",
    "grid_note": (
        "Each row holds one threshold and spans all {settings} settings of the others. These are "
        "other definitions, not other futures."
    ),
    "yes": "yes",
    "no": "no",
    "variants_caption": (
        "With reference classes and judgement at its middle, with a pact like past ones, and "
        "without: endings by {date}, in 100"
    ),
    "reporting_caption": "If less were reported: endings by {date}, in 100",
    "variant": "Run",
    "paired": "As it is",
    "reference_only_row": "Reference classes, judgement at its middle",
    "without_pact_row": "Without the pact",
    "markov_pact_row": "A pact like past ones",
    "reporting_row": "{share}% less reported",
    "rolled_back_short": "Rolled back",
    "variants_note": (
        "{members} futures each, with the same luck in every row; the row as it is may differ a "
        "little from the main run, which has more. Sampling error: up to {error} in 100."
    ),
    "reporting_note": (
        "Less reporting looks like less war: what would be counted as success then is silence."
    ),
    "pact": "The pact, month by month",
    "regimes_power": "Regimes in power",
    "exits_caption": "How regimes may end: futures in 100, with other assumptions",
    "exit_kind": "How",
    "by_date": "By {date}",
    "reach_caption": "Standing outside the capital: people in 100 beyond insurgents' influence",
    "reach_note": "Legitimacy outside the capital has never been measured. This counts people "
    "outside the capital's region who do not live where insurgents have lately been active.",
    "exits_note": "A mutiny is an attempt that failed. One future may count in several rows.",
    "coup_other_camp": "coup by another camp",
    "coup_same_camp": "coup by the same officers",
    "mutiny": "mutiny",
    "rebellion": "rebellion",
    "capital_falls": "fall of the capital",
    "negotiated": "negotiated transition",
    "any": "any of these",
    "disputes": "Disputes",
    "groups_caption": "Any pair of a kind comes to it by {date}: futures in 100",
    "groups_note": (
        "In brackets in the first column: how many pairs. Past pairs: as many pairs of the region "
        "that touch, at the rate of past disputes."
    ),
    "pairs": "Pairs",
    "whose": "Rate",
    "here": "This run",
    "past_pairs": "Past disputes",
    "comes_to": "Comes to",
    "between allies": "Two members of the pact",
    "ally and outsider": "A member and a neighbour",
    "between outsiders": "Two others",
    "all pairs": "Any of these",
    "incident": "Display of force or beyond",
    "clash": "Use of force or beyond",
    "war": "War",
    "rungs_caption": "Militarised disputes in 100 years of a pair",
    "rungs_note": (
        "Past disputes: {source}, {years} years of pairs; {counts}. Most past pairs were quiet "
        "for all of these years; those listed here are a chosen part."
    ),
    "choices": "What the juntas may choose",
    "acts_caption": "Chosen at least once by {date}: futures in 100, with other assumptions",
    "act": "Act",
    "per_year": "Times a year",
    "acts_note": (
        "Each quarter a junta takes one act or none. These are decisions consistent with assumed "
        "motives, not anyone's intent, and no advice. Times a year: mean of the countries. Without "
        "brackets: the futures are too few to tell a range from chance."
    ),
    "acts_law": (
        "Acts that law bounds are listed because people suffer them, not as options. {laws}"
    ),
    "promises_caption": "Promised dates to hand over: futures in 100, with other assumptions",
    "promised": "A date",
    "stands": "stands then",
    "missed": "has passed without a hand-over",
    "handed_over": "stood when power was handed over",
    "promises_note": (
        "A date that stands at the start counts, and so do those promised later. A date that is "
        "put off before it is due has not passed."
    ),
    "patrons": "Patrons",
    "patron": "Patron",
    "at_start": "Start",
    "shares_caption": "Share of all outside support to the members, in 100",
    "shares_note": (
        "Middle, and in brackets 9 in 10 futures. Each patron is counted in the most that it has "
        "given in the theatre, so this compares presence, neither money nor men. Who gives "
        "nothing is left out."
    ),
    "support_caption": "What each gives each member, in 100 of the most that it has given",
    "support_note": "Middle, and in brackets 9 in 10 futures. Who gives nothing is left out.",
    "base_rates": "Base rates: model and past cases",
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
    "endings": "Endings of the alliance",
    "sub_endings": "Ways to fail",
    "ending_variants": "Endings in variants of the run",
    "ending_variance": "What the spread of endings rests on",
    "ending_parts": "Alliance, regimes, insurgents one by one",
    "ending_table": "Alliance, regimes and insurgents",
    "threshold_grid": "Endings under other thresholds",
    "pact_stage": "Stage of the pact by month",
    "regime_survival": "Regimes in power by month",
    "exits": "Exits of regimes",
    "reach": "Reach of states outside the capital",
    "base_rates": "Politics in the run, and past cases",
    "ladder_shares": "Rungs of disputes by pair and month",
    "dispute_chances": "Chances of militarised disputes by pair",
    "dispute_groups": "Chances of militarised disputes by kind of pair",
    "upper_rungs": "Rates of militarised disputes, and past ones",
    "acts": "Acts that juntas may choose",
    "promises": "Promised dates to hand over",
    "patrons": "Support by patron, country and year",
}

ENDINGS_GUIDE = (
    (
        "Other assumptions",
        "Parameters that rest on judgement or on few past cases are drawn anew for each set of "
        "assumptions. The range leaves out the lowest and the highest twentieth of the sets. It is "
        "not the error of the simulation, which is smaller.",
    ),
    (
        "Reference class",
        "Past cases of the same kind: coups, camps of officers in power, pacts. A run with "
        "reference classes only leaves out what rests on judgement alone.",
    ),
)
"""Explained only where the report has endings."""

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
