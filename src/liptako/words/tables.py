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
    },
)
