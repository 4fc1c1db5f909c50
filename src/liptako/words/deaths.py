"""What is said of deaths: by month, by year, and what the event data leave out."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts
from liptako.words.numbers import between, exact, rounded

say = Texts(
    "deaths",
    {
        "killed": "People killed",
        "country": "Country",
        "seen_in": "{year}, recorded",
        "middle_in": "{year}, middle",
        "middle": "Middle",
        "nine": "9 in 10 futures",
        "period": "Period",
        "range_note": (
            "In 9 of 10 futures the toll lies inside the range; in 1 of 10 outside. "
            "The range is not a minimum and a maximum."
        ),
        "longer": "Further ahead: totals for later periods",
        "months_13_24": "Months 13 to 24 ({year})",
        "horizon": "All {months} months",
        "headline": (
            "The middle future for {country} in the {months} months after {date} is {middle} "
            "people killed ({range} in 9 of 10 futures); {seen} were killed in the {months} "
            "months before."
        ),
        # month by month
        "key_recorded": "Recorded",
        "key_median": "Middle of the futures",
        "key_half": "Half of the futures",
        "key_nine": "9 in 10 futures",
        "key_member": "Single futures",
        "key_again": "Last 12 months again (dashes)",
        "scale_sqrt": "square-root scale",
        "scale_linear": "linear scale",
        "fan": (
            "People killed a month, {scale}. Black: recorded. Line: middle of the futures; dark "
            "and light bands: half, and 9 in 10, of the futures in each month taken alone. The "
            "last months of a release are revised upward later, so the black line may end too low."
        ),
        "fan_finding": (
            "{country} loses most: about {ahead} killed a month over the next {months} months, "
            "averaged over the futures"
        ),
        "fan_before": "{text}; {before} a month in the last 12",
        "fan_words": "Line charts of people killed a month, seen from {date}.",
        "fan_country": ("{country}: {seen}; {date}: middle {middle}, 9 in 10 futures {range}."),
        "no_record": "no record",
        "seen_a_month": "{number} a month in the last 12 months",
        "tip_country": "country",
        "tip_year": "year",
        "tip_month": "month",
        "tip_middle": "middle",
        "tip_from": "9 in 10, from",
        "tip_to": "to",
        "tip_recorded": "recorded",
        # year by year
        "annual": (
            "People killed in a year. Black bar: recorded. Dot: middle of the futures; "
            "line: in 9 of 10 futures the toll lies inside it."
        ),
        "annual_finding": (
            "{country}, {year}: {middle} killed in the middle future, {range} in 9 of 10"
        ),
        "annual_before": "{text}; {seen} in {year}",
        "annual_none": "No year is simulated",
        "annual_words": "Annual totals of people killed.",
        "annual_recorded": "{country}, {year}: {seen} recorded.",
        "annual_country": "{country}, {year}: middle {middle}, 9 in 10 futures {range}.",
        "quiet": (
            "Not shown: fewer than {few} were killed in the last {months} months, and fewer than "
            "{few} are in the next {months} in 95 of 100 futures: {names}."
        ),
        # what the data leave out
        "never": "No event data, so unknown and not counted, not safe: {names}.",
        "partly": "Event data for parts only: {names}.",
        "part": "{country} (part)",
        "events_and_futures": "Events: {events}. Futures: Liptako",
        # terminal
        "killed_span": "Killed, {first} to {last}",
        "before_n": "{months} months before",
        "short_middle": "middle",
        "short_range": "{low}-{high}",
    },
)


def headline(
    *, country: str, months: int, date: str, middle: float, low: float, high: float, seen: float
) -> str:
    """Return the sentence that leads where no pact is simulated: the highest toll of an ally.

    Example:
        >>> said = headline(country="Here", months=12, date="Dec 2023", middle=3210.0, low=890.0,
        ...     high=10394.0, seen=2109.0)
        >>> said[said.index("3,"):said.index(";")]
        '3,200 people killed (890 to 10,400 in 9 of 10 futures)'
    """
    return say(
        "headline",
        country=country,
        months=months,
        date=date,
        middle=rounded(middle),
        range=between(rounded(low), rounded(high)),
        seen=exact(seen),
    )


def fan_finding(*, country: str, ahead: float, months: int, before: float | None) -> str:
    """Return who loses most a month, beside the last 12 months where they were recorded."""
    text = say("fan_finding", country=country, ahead=rounded(ahead), months=months)
    return text if before is None else say("fan_before", text=text, before=rounded(before))


def fan_country(
    *, country: str, before: float | None, date: str, middle: float, low: float, high: float
) -> str:
    """Return a country's panel in words."""
    seen = say["no_record"] if before is None else say("seen_a_month", number=rounded(before))
    span = between(rounded(low), rounded(high))
    return say(
        "fan_country", country=country, seen=seen, date=date, middle=rounded(middle), range=span
    )


def annual_finding(
    *,
    country: str,
    year: str,
    middle: float,
    low: float,
    high: float,
    seen: float | None,
    last_year: str,
) -> str:
    """Return the highest toll of the next year, beside the last one."""
    span = between(rounded(low), rounded(high))
    text = say("annual_finding", country=country, year=year, middle=rounded(middle), range=span)
    return (
        text if seen is None else say("annual_before", text=text, seen=exact(seen), year=last_year)
    )


def annual_country(*, country: str, year: str, middle: float, low: float, high: float) -> str:
    """Return a simulated year of a country in words."""
    span = between(rounded(low), rounded(high))
    return say("annual_country", country=country, year=year, middle=rounded(middle), range=span)


def quiet(names: Sequence[str], few: int, months: int) -> str:
    """Return which countries are left to this sentence, and why."""
    return say("quiet", names=", ".join(names), few=few, months=months)


def no_event_data(never: Sequence[str], partly: Sequence[str]) -> list[str]:
    """Return what a reader must know of countries without event data, whole or in part."""
    lines = [("never", never), ("partly", partly)]
    return [say(key, names=", ".join(names)) for key, names in lines if names]
