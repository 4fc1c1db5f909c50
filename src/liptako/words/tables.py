"""Names of the tables of a run, as readers meet them."""

from __future__ import annotations

import re

from liptako.words.language import Texts

say = Texts(
    "tables",
    {
        "observed": "Recorded deaths by country and month",
        "deaths_country_month": "Simulated deaths by country and month",
        "deaths_country_period": "Deaths by country and period",
        "deaths_members": "A few single futures",
        "deaths_stream": "Deaths by country, stream and period",
        "dead_side": "The dead by country, side and period",
        "strain": "Offensives, and the strain on armies",
        "civilians_perpetrator": "Civilians killed by perpetrator",
        "displaced": "People displaced by country and period",
        "regions": "Chances by region",
        "coast": "Chances for groups of neighbours",
        "cells": "Chances by grid cell",
        "endings": "Outcomes for the alliance",
        "pieces": "Three pieces, beside past cases",
        "forms": "Outcomes under each form of a mechanism",
        "sub_endings": "Ways to fail, and to stand outside",
        "ending_variants": "Outcomes in variants of the run",
        "ending_variance": "What the spread of outcomes rests on",
        "evidence": "Evidence, and forms of mechanisms, behind the spread",
        "assumptions": "Assumptions that move the endings most",
        "signposts": "What would change this",
        "ending_parts": "Alliance, regimes, insurgents one by one",
        "ending_table": "Alliance, regimes and insurgents",
        "threshold_grid": "Outcomes under other thresholds",
        "rollback_steps": "War rolled back, rule by rule",
        "war_years": "Wars in futures and past wars",
        "pact_stage": "Stage of the pact by month",
        "agenda": "The pact's agenda",
        "means": "What states can spend",
        "regime_survival": "Regimes in power by month",
        "exits": "Exits of regimes",
        "attempts": "Number of coups and attempts",
        "reach": "Reach of states outside the capital",
        "besieged": "Regions under siege, and people in them",
        "base_rates": "Politics in the run, and past cases",
        "ladder_shares": "Rungs of disputes by pair and month",
        "dispute_chances": "Chances of militarised disputes by pair",
        "dispute_groups": "Chances of militarised disputes by kind of pair",
        "upper_rungs": "Rates of militarised disputes, and past ones",
        "blocs": "Threats and interventions of blocs",
        "acts": "Acts that juntas may choose",
        "promises": "Promised dates to hand over",
        "lenses": "Lenses that decisions are consistent with",
        "lenses_telling": "Most telling decisions",
        "ranks": "Grievance in the ranks, and dates",
        "patrons": "Support by patron and instrument, country and year",
        "patron_wars": "Deaths in patrons' own wars, against the start",
        "comparison": "Policies compared, by outcome",
        "claims": "The argument, claim by claim",
    },
)

sheet = Texts(
    "sheets",
    {
        "observed": "Recorded deaths",
        "deaths_country_month": "Deaths by month",
        "deaths_country_period": "Deaths by period",
        "deaths_members": "Single futures",
        "deaths_stream": "Deaths by stream",
        "dead_side": "Whose the dead are",
        "strain": "Strain on armies",
        "civilians_perpetrator": "Civilians by perpetrator",
        "displaced": "Displaced",
        "regions": "Regions",
        "coast": "Groups of neighbours",
        "endings": "Outcomes",
        "pieces": "Pieces and past cases",
        "forms": "Forms of mechanisms",
        "sub_endings": "Ways to fail or change",
        "ending_variants": "Outcomes in variants",
        "ending_variance": "Spread of outcomes",
        "evidence": "Evidence behind the spread",
        "assumptions": "Assumptions",
        "signposts": "Signposts",
        "ending_parts": "Readings one by one",
        "ending_table": "Readings together",
        "threshold_grid": "Other thresholds",
        "rollback_steps": "War rolled back",
        "war_years": "Wars and past wars",
        "pact_stage": "Pact by month",
        "agenda": "Agenda of the pact",
        "means": "Means of states",
        "regime_survival": "Regimes in power",
        "exits": "Exits of regimes",
        "attempts": "Coups and attempts",
        "reach": "Reach outside capitals",
        "besieged": "Sieges",
        "base_rates": "Past cases",
        "ladder_shares": "Disputes by month",
        "dispute_chances": "Disputes by pair",
        "dispute_groups": "Disputes by kind of pair",
        "upper_rungs": "Rates of disputes",
        "blocs": "Blocs",
        "acts": "Acts",
        "promises": "Promised dates",
        "lenses": "Lenses",
        "lenses_telling": "Telling decisions",
        "ranks": "Ranks and dates",
        "patrons": "Patrons",
        "patron_wars": "Wars of patrons",
        "comparison": "Policies compared",
        "claims": "Claims",
    },
)
"""Names of sheets: a spreadsheet allows 31 characters."""

cover = Texts(
    "cover",
    {
        "title": "Contents",
        "head": "Tables of a run, as seen from {stamp}",
        "not_forecast": "Simulated futures, not a current forecast. What is empty is not known.",
        "contents": "Contents",
        "columns": "Columns",
    },
)

CHANCES = "p_1_in_3 to p_100_in_12"

columns = Texts(
    "columns",
    {
        "as_seen_from": "last month that the run has seen",
        "month": "YYYY-MM",
        "horizon": "months ahead",
        "lead": "months ahead",
        "country": "ISO 3166-1 alpha-3 code; ALL: those of the table together",
        "q05, q25, q50, q75, q95": "quantiles over futures: 5, 25, 50, 75 and 95 in 100",
        "mean": "mean over futures",
        "p": "share of futures",
        "perpetrator": "who killed civilians on purpose; ALL: all perpetrators together",
        "p_25, p_100": "share of futures with as many deaths or more in the period",
        "lo, hi": "range over nine in ten sets of assumptions; empty under 500 futures",
        "mcse": "standard error of the simulation",
        "reference, reference_lo, reference_hi": "past cases of the same kind, with 90% interval",
        "observed": "as the event data record it; of a place: how much of it they cover",
        "code_system": "what the codes of a country's regions are, and whose",
        "diff, median, sign_holds": (
            "of a policy against the reference: mean and middle difference, share of sets of "
            "assumptions with its sign"
        ),
        "region, region_name": "code and name of a first-level region",
        "counted_in": (
            "of a region in which no cell mostly lies: the region that it is simulated as part "
            "of; its chances are that region's, the most that its own can be"
        ),
        "people": "of a region, as published by region; empty where no figure is at hand",
        "last_3_months, last_12_months": (
            "recorded killed before the start, of all kinds, by the region that events name"
        ),
        CHANCES: (
            "chance that at least 1, 25 or 100 are killed in the next 3, 6 or 12 months; empty: "
            "no event data, or a shorter run"
        ),
        "influence_q50": "share of people where insurgents have influence, middle future",
        "cells_last_12_months": (
            "recorded killed as futures count them: cells whole, by the region of most of each"
        ),
        "state_based_last_12_months": "recorded killed in state-based conflict, as VIEWS counts",
        "events_last_6_months": (
            "recorded events with deaths; not comparable in level with CAST, which counts events "
            "without deaths too"
        ),
        "why_missing": "why a region has no numbers of its own",
    },
)
"""What columns of the workbook mean, for its cover."""


def meaning_of(column: str) -> str | None:
    """Return what a column of a table means, as the workbook's cover says it.

    Example:
        >>> meaning_of("q50")
        'quantiles over futures: 5, 25, 50, 75 and 95 in 100'
        >>> meaning_of("p_25_in_6") == meaning_of("p_1_in_3")
        True
        >>> meaning_of("group")
    """
    named = {name: text for key, text in columns.items() for name in key.split(", ")}
    return columns[CHANCES] if re.fullmatch(r"p_\d+_in_\d+", column) else named.get(column)
