"""What is said of a verification: what was scored, against what, and how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import between

say = Texts(
    "verification",
    {
        "written": "Written: {path}",
        "stored": "Stored: {path}",
        # models
        "liptako": "Liptako",
        "level": "its level law alone",
        "conflictology": "last year again",
        "conflictology_smoothed": "last year again, smoothed",
        "conflictology_neighbours": "last year again, with neighbours",
        "last_observation_poisson": "last month again (Poisson)",
        "bootstrap_240": "any of 240 months of the world",
        "ew_level": "weighted recent level",
        "zero": "no deaths",
        # the world
        "world": "State-based deaths a month, {countries} countries of the world",
        "world_about": (
            "{cases} country-months, windows {first}-{last}, each forecast from October of the "
            "year before by the level alone: what members' deaths are drawn from."
        ),
        "world_read": (
            "CRPS: distance of the whole forecast from what happened, in deaths; in logs: of "
            "log(1 + deaths), in which no single war decides. Lower is better. Brackets: 90% "
            "interval."
        ),
        "world_wins": (
            "Against last year again it was nearer in {years_won} of {years} years, and in "
            "{units_won} of the {units} countries with any death ({tied} the same)"
        ),
        "world_median": "Median over countries at war (25 deaths a year or more): {scores}",
        "world_published": "Published for the same windows: {model} {score} ({source})",
        "in_logs": "in logs",
        "mean_deaths": "deaths a month",
        "all_countries": "all countries",
        "without": "without {countries}",
        "crps": "CRPS",
        "and_more": "{low} or more",
        "against": "the forecast given",
        # deaths
        "deaths": "State-based deaths a month, {countries}",
        "units_cm": "country-months",
        "units_pgm": "cell-months",
        "cases": (
            "{cases} {units}, each year forecast from October of the year before\n"
            "{members} draws. Data as published later, not as known then."
        ),
        "read": (
            "Last year again: the last 12 months, the field's conflictology. CRPS: distance of the "
            "whole forecast from what happened, in deaths. Held: outcomes inside the 90% range. "
            "Lower is better, but held should be 90. Brackets: 90% interval."
        ),
        "ignorance": "ignorance",
        "interval": "interval",
        "held": "held",
        "minus": "CRPS, {model} minus this",
        "by_year": "CRPS by year",
        "wins": (
            "Against last year again it was nearer in {years_won} of {years} years and {units_won} "
            "of {units} places ({tied} the same)"
        ),
        "miss": (
            "Worst miss: {place}, {month}: {seen} killed, forecast {middle} ({range}). Worst year: "
            "{worst} {year}, {share}% of all error"
        ),
        "all_observed": "All observed countries ({countries}): {skill} against last year again",
        "one_sided": (
            "Civilians killed on purpose, by perpetrator: {skill} against last year again"
        ),
        "long": (
            "Leads 15 to 36, origins October {first}-{last}: the level law {skill} against last "
            "year again"
        ),
        "long_own": (
            "  origins {first}-{last}: Liptako {skill} against last year again; held {held} of 100 "
            "(goal 90)"
        ),
        "on_given": "On the {cases} cases of the forecast given:",
        "prospective": ("made on data to {init_time}, scored {first} to {last} ({units} units)"),
        # chances in cells
        "chance_of": "Chance of {deaths} or more killed in a cell and month",
        "brier": "Brier score: {scores}",
        # coups
        "coups": "A coup or attempt within 12 months",
        "coups_cases": (
            "countries of the panel, {cases} country-years from {first} to {last}, {events} with "
            "one"
        ),
        "forecast": "forecast",
        "log_score": "log score",
        "expected": "expected",
        "less_base_rate": "log score less base rate",
        "tenure": "time since the last alone",
        "years": "and the year",
        "losses": "and deaths",
        "every_term": "every term",
        "constant": "base rate",
        "coups_read": (
            "Liptako is the form with the lowest log score on years that ended before 2018: "
            "{stayed}. Less time alone, all years: {gap} ({low} to {high}). Every term: country, "
            "year, polyarchy, deaths. Lower is better. "
            "Brackets: 90% interval, blocks of origins. Earlier origins carry a little hindsight."
        ),
        "chance_said": "chance said",
        "column_cases": "cases",
        "mean_chance": "mean chance",
        "happened": "share that happened",
        # regimes
        "regimes": "How long regimes born of coups last",
        "regimes_about": (
            "the world's, seen each January from {first}; forms chosen on outcomes before 2018"
        ),
        "regimes_horizon": (
            "{months} months ahead: {cases} cases ({regimes} regimes, {countries} countries), "
            "{first} to {last}; {lasted} lasted"
        ),
        "age": "age alone",
        "region_age": "region and age",
        "region_age_cohort": "region, age, cohort",
        "less_age": "log score less age alone",
        "regimes_judged": "{form}: AUC {auc}, slope {slope}, intercept {intercept}",
        "fifths_of": "By fifths: {bins}",
        "fifth": "{said} said, {happened} lasted ({range})",
        "regimes_later": (
            "For the record, {cases} cases from {first} to {last}: {scores}. Too few to choose on."
        ),
        "regime_score": "{form} {score}",
        "regimes_read": (
            "Lower is better; AUC 0.5 tells nothing apart; slope 1 and intercept 0 are right. "
            "Cohort: regimes born in the origin's decade. Brackets: 90% intervals, countries "
            "drawn; for AUC, slope and fifths origins too. Fifths hold at once."
        ),
        "regimes_stayed": (
            "What stayed: {form}. Against age alone, mean of the horizons: {losses}. "
            "At most {allowed} more is allowed."
        ),
        "triples": "Three at once, all lasting, in 100 (aged 3 to 48 months, as if independent)",
        "in_one": "in one",
        "region": "region",
        "subregion": "subregion",
        "months_ahead_of": "months",
        "forecast_of": "forecast",
        "lasted_of": "lasted",
        "groups_of": "groups (origins)",
        # the pact
        "pact": "The pact beside past ones",
        "pact_about": (
            "seen from {init_time}, {age} months after signature; {members} futures\n"
            "Past: {pacts} pacts, idle and whole at that age; nested treaties count as one "
            "({weight})"
        ),
        "operation": "first joint operation",
        "exit": "first member leaves",
        "end": "breaks up or falls dormant",
        "in_100": "in 100",
        "model": "model",
        "by_month": "by month",
        "past": "past",
        "covers": "covers",
        "predicts": "predicts",
        "quantiles": "A quarter, and half, by month: {event}: {models}",
        "quantile": "{model} {quarter} and {half}",
        "later": "later",
        "pact_read": (
            "Game: the alliance game. Markov: the rates of past pacts. Model's brackets: 9 in 10 "
            "sets of assumptions; past's: 90% interval. Covers: the past lies inside the model's "
            "brackets. Predicts: inside what so few pacts would show, assumptions and sampling "
            "together. No range below 500 futures."
        ),
        "left_out": "Each past pact left out",
        "left_out_about": "forecast by the rates of the other treaties (Markov)",
        "from_month": "from",
        "within": "within",
        "short_operation": "first operation",
        "short_exit": "first exit",
        "short_end": "ends",
        "came": "came",
        "less_constant": "log score less constant",
        "left_out_read": (
            "From: months since signature, idle and whole then; within so many more. Came: pacts "
            "in which it did; expected: by the rates. Constant: the share among the other "
            "treaties; it is pulled away from the pact left out, so it is easy to beat where an "
            "event is rare. Below zero the rates are better. Brackets: 90% interval over treaties. "
            "No forecast in time: later pacts teach earlier ones."
        ),
        "histories": "Two histories",
        "histories_about": "the same parameters and random draws, in 100",
        "months_ahead": "months ahead",
        "on_paper": "on paper",
        "at_work": "at work",
        "sets_apart": "sets in 100 still apart",
        "histories_read": (
            "Provided: of what full commitment gives. Operates: futures in which the pact does. "
            "Apart: by {differs} in 100 or more."
        ),
        "recruitment": (
            "After {killings} killings of ten or more civilians by states, insurgent events near "
            "them in the six months after were {effect} ({lo} to {hi}) of those before, beyond the "
            "rest of the country; at random months in the same cells {placebo}. An effect smaller "
            "than {least_seen} could not be seen here. What followed is not what was caused."
        ),
        # displacement
        "displacement": "People newly displaced in a year",
        "displacement_about": (
            "each year forecast from the other years\n"
            "Elasticity in deaths {elasticity}, spread of a year's log total {sd}"
        ),
        "killed": "killed",
        "recorded": "recorded",
        "deaths_known": "deaths known",
        "known_before": "known before",
        "last_year": "last year again",
        "other_years": "mean of other years",
        "displacement_held": "{place} {inside} of {n} ({range})",
        "displacement_coverage": "Inside the 90% range, {forecast}: {held}",
        "all_together": "together",
        "displacement_scores": "on {n} cases that all can forecast",
        "minus_this": "less {forecast}",
        "nothing_reported": "Left out, nothing reported in a year of deaths: {n} ({places})",
        "partly_observed": "Left out, deaths known of a part of the country alone: {n} ({places})",
        "few_deaths": "Left out, fewer than 12 killed: {n} ({places})",
        "displacement_read": (
            "Deaths known: through the year's recorded deaths. Known before: through those of the "
            "year before, times a factor. * outside. CRPS of logs: lower is better; held should "
            "be 90. Brackets: 90% ranges; of coverage for so few cases in 100, of differences over "
            "years. Cases of one year are not independent, so few tell little. The record mixes "
            "disasters in and reports arrive in batches; 2018 is its first year. "
            "No forecast in time: later years teach earlier ones."
        ),
        "skill": "{skill}% ({range})",
        "skill_unclear": "{verdict}, {skill}% ({range})",
    },
)


def skill(estimate: int, low: int, high: int, verdict: str) -> str:
    """Return a skill in percent with its interval, after the verdict where it is unclear.

    Example:
        >>> skill(16, 2, 22, "better"), skill(3, -4, 9, "no clear difference")
        ('16% (2 to 22)', 'no clear difference, 3% (-4 to 9)')
    """
    places = {"skill": estimate, "range": between(low, high)}
    if verdict in ("better", "worse"):
        return say("skill", **places)
    return say("skill_unclear", verdict=verdict, **places)


def worst_miss(miss: Mapping[str, Any]) -> str:
    """Return which month and year were forecast worst, as `liptako verify` found."""
    low, high = miss["forecast_90"]
    year = miss["worst_window"]
    return say(
        "miss",
        place=miss["name"],
        month=miss["month"],
        seen=f"{miss['observed']:,.0f}",
        middle=f"{miss['forecast_median']:,.0f}",
        range=between(f"{low:,.0f}", f"{high:,.0f}"),
        worst=year["name"],
        year=year["window"],
        share=f"{100 * year['share_of_loss']:.0f}",
    )
