"""Names of the tables of a run, as readers meet them."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "tables",
    {
        "observed": "Recorded deaths by country and month",
        "deaths_country_month": "Simulated deaths by country and month",
        "deaths_country_period": "Deaths by country and period",
        "deaths_members": "A few single futures",
        "deaths_stream": "Deaths by country, stream and period",
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
        "ending_parts": "Alliance, regimes, insurgents one by one",
        "ending_table": "Alliance, regimes and insurgents",
        "threshold_grid": "Outcomes under other thresholds",
        "rollback_steps": "War rolled back, rule by rule",
        "war_years": "Wars in futures and past wars",
        "pact_stage": "Stage of the pact by month",
        "regime_survival": "Regimes in power by month",
        "exits": "Exits of regimes",
        "attempts": "Number of coups and attempts",
        "reach": "Reach of states outside the capital",
        "base_rates": "Politics in the run, and past cases",
        "ladder_shares": "Rungs of disputes by pair and month",
        "dispute_chances": "Chances of militarised disputes by pair",
        "dispute_groups": "Chances of militarised disputes by kind of pair",
        "upper_rungs": "Rates of militarised disputes, and past ones",
        "acts": "Acts that juntas may choose",
        "promises": "Promised dates to hand over",
        "patrons": "Support by patron, country and year",
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
        "ending_parts": "Readings one by one",
        "ending_table": "Readings together",
        "threshold_grid": "Other thresholds",
        "rollback_steps": "War rolled back",
        "war_years": "Wars and past wars",
        "pact_stage": "Pact by month",
        "regime_survival": "Regimes in power",
        "exits": "Exits of regimes",
        "attempts": "Coups and attempts",
        "reach": "Reach outside capitals",
        "base_rates": "Past cases",
        "ladder_shares": "Disputes by month",
        "dispute_chances": "Disputes by pair",
        "dispute_groups": "Disputes by kind of pair",
        "upper_rungs": "Rates of disputes",
        "acts": "Acts",
        "promises": "Promised dates",
        "patrons": "Patrons",
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
        "lo, hi": "range over nine in ten sets of assumptions; empty under 500 futures",
        "mcse": "standard error of the simulation",
        "reference, reference_lo, reference_hi": "past cases of the same kind, with 90% interval",
        "observed": "as the event data record it; of a place: how much of it they cover",
        "code_system": "what the codes of a country's regions are, and whose",
        "counted_in": "of a region in which no cell mostly lies: the region that holds its cell",
    },
)
"""What columns of the workbook mean, for its cover."""
