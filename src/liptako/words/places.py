"""What is said of places: the map by cell, regions, and spread to neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "places",
    {
        # map
        "unobserved": "no event data: not safe, unknown",
        "p_any": "1 or more killed",
        "p_25": "25 or more killed",
        "panel": "Cells: {what} in {date} alone",
        "panel_regions": "Regions: {what} in {months} months, by {date}",
        "definition": (
            "Chance in that month alone, by half-degree cell (about 55 km). White: under 1%. "
            "Grey diagonal lines: {unobserved}."
        ),
        "definition_regions": (
            "Regions: chance over all the months together, first-level regions drawn by the cells "
            "that they are simulated in."
        ),
        "finding": (
            "{date}: at least a 20% chance of deaths in {hot} of {cells} cells with event data"
        ),
        "finding_regions": (
            "{what} by {date}: more likely than not in {hot} of {known} regions with event data"
        ),
        "finding_unknown": "{start}; {unknown} more regions have no event data: not safe, unknown",
        "words_regions": (
            "Regions: {what} by {date}, by chance: {items}. Highest: {names}. {blind} regions: "
            "{unobserved}."
        ),
        "words_region": "{region}, {country}: {chance}",
        "words": "Maps of chances by half-degree cell. {blind} cells: {unobserved}.",
        "words_panel": "{what}, {date}, cells by chance: {items}.",
        "words_item": "{name}: {cells}",
        "class_0": "under 1%",
        "class_1": "1-5%",
        "class_2": "5-20%",
        "class_3": "20-50%",
        "class_4": "50-80%",
        "class_5": "80-100%",
        "legend": "Chance",
        "tip_chance": "chance, %",
        "tip_place": "place",
        "tip_region": "{region}, {country}",
        "tip_cell": "cell in {region}, {country}",
        "tip_unknown": "{place}: {unobserved}",
        "map": "Map",
        # regions
        "regions": (
            "Regions most likely to see 25 or more killed in the next {months} months. Chances in "
            "100 that at least 1, at least 25, at least 100 are killed"
        ),
        "regions_all": (
            "All regions of the theatre: {known} with chances, then {unknown} without event data"
        ),
        "all_below": "All {regions} regions stand below, folded, and in the workbook.",
        "region": "Region",
        "code": "Code",
        "country": "Country",
        "people": "People",
        "killed_last": "Killed in the last",
        "killed_next": "Next {months} months",
        "months": "{months} months",
        "or_more": "{number}+",
        "at_most": "≤ {chance}",
        "at_most_any": "≤ 100",
        "in_another": (
            "no cell lies mostly in it: counted in {region}, whose chances are the most that its "
            "own can be"
        ),
        "no_event_data": "no event data",
        "outside_cells": "outside the cells that are simulated",
        "regions_inside": (
            "≤: no cell lies mostly in these, so they are simulated as part of another region, "
            "whose chances are the most that their own can be; recorded deaths and people are "
            "their own: {names}."
        ),
        "region_inside": "{region} in {around}",
        "codes": "Codes: {systems}.",
        "codes_item": "{system}: {countries}",
        "regions_people": (
            "People: published figures by region, of years that differ by country; ?: none at hand."
        ),
        "regions_recorded": (
            "Recorded deaths are those of the region that events name, of all kinds. Chances "
            "count a cell of about 55 km whole, by the region that most of it lies in, so deaths "
            "near a region's edge may count in its neighbour: `cells_last_12_months` in the file "
            "has recorded deaths so counted."
        ),
        "regions_kinds": (
            "Deaths of all kinds: VIEWS counts state-based deaths alone, CAST counts events."
        ),
        "regions_elsewhere": (
            "Beside others: VIEWS forecasts state-based deaths alone; these are deaths of all "
            "kinds, between groups and of civilians killed on purpose too. CAST forecasts numbers "
            "of events up to 6 months ahead, as ACLED counts them, those without deaths among "
            "them; these are people killed, as the event data count them. The file has recorded "
            "state-based deaths and events with deaths by region; neither is forecast by region "
            "here."
        ),
        # coast
        "coast": "Chance that at least so many are killed in the next {months} months",
        "group": "Group",
        "threshold": "Killed",
        "at_least": "{number} or more",
        "chance": "Chance",
        "killed_before": "{months} months before",
        "counted": "Counted",
        "not_counted": "No data, not counted",
        "mcse_note": (
            "Sampling error of the simulation alone: {errors} in 100. "
            "The error from assumptions is larger and is not in it."
        ),
        "coast_none": "Coast: no coastal neighbour has event data, so nothing is said of it",
        "coast_line": (
            "Coast ({counted}): {threshold} or more killed, {chance} in 100; {seen} in the "
            "{months} months before"
        ),
    },
)


def classes() -> list[str]:
    """Return the names of the map's classes of chance, from the lowest."""
    return [say[f"class_{number}"] for number in range(6)]


def coast_line(
    counted: Sequence[str], threshold: int, chance: float, seen: int, months: int = 12
) -> str:
    """Return the chance that violence reaches neighbours, beside as many months before."""
    names, number = ", ".join(counted), f"{100 * chance:.0f}"
    places = {"counted": names, "threshold": threshold, "chance": number}
    return say("coast_line", **places, seen=seen, months=months)
