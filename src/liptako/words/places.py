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
        "panel": "{what}, {date}",
        "definition": (
            "Chance in that month alone, by half-degree cell (about 55 km). White: under 1%. "
            "Grey diagonal lines: {unobserved}."
        ),
        "finding": (
            "{date}: at least a 20% chance of deaths in {hot} of {cells} cells with event data"
        ),
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
        "map": "Map",
        # regions
        "regions": "Regions most likely to see 25 or more killed in the next {months} months",
        "region": "Region",
        "in_another": "no cell lies mostly in it: counted in {region}",
        "no_event_data": "no event data",
        "outside_cells": "outside the cells that are simulated",
        "regions_inside": "No cell lies mostly in these, so they are counted in others: {names}.",
        "region_inside": "{region} in {around}",
        "region_row": "{region} ({code}), {country}",
        "chance_any": "1 or more killed, futures in 100",
        "chance_25": "25 or more killed, futures in 100",
        # coast
        "coast": "Chance that at least so many are killed in the next {months} months",
        "group": "Group",
        "threshold": "Killed",
        "at_least": "{number} or more",
        "chance": "Chance",
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
