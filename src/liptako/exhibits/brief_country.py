"""The brief of a country: what its futures hold, from the tables of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.charts import paper
from liptako.charts.readers import ALL, known
from liptako.exhibits.briefs import (
    COMPARISON,
    Brief,
    Measured,
    Number,
    Part,
    Picture,
    Row,
    measured,
    number_of,
    stamp_of,
)
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.files import WORKBOOK
from liptako.exhibits.grid import Grid
from liptako.exhibits.places import at_most
from liptako.exhibits.reasons import event_of
from liptako.experiments.differences import NO_VIEW
from liptako.runs.arms import BASELINE
from liptako.words import briefs as words
from liptako.words import deaths as death_words
from liptako.words import reasons
from liptako.words.briefs import say
from liptako.words.dates import as_seen_from, month_name, period_name
from liptako.words.language import speaking
from liptako.words.numbers import MISSING, between, every, exact, of_100, rounded, whole_100
from liptako.words.page import say as page
from liptako.words.verification import worst_miss

REGIONS = 10
"""Regions that are named; the report and the workbook have all."""

WATCHED = 3
"""Signposts that are named."""

MOVED = ("civilians_killed", "civilians_by_state", "deaths")
"""Outcomes by which policies are said to move a country, each where it counts fewest others."""

COAST = "coast_deaths"
REGIMES = "regimes_held"


def country_brief(
    code: str,
    tables: Tables | Measured,
    facts: Facts,
    verification: Mapping[str, Any] | None = None,
) -> Brief:
    """Return the brief of a country.

    Args:
        code: ISO3, one of `facts.countries`.
        tables: of the run, with the stored comparison where there is one.
        facts: of the run.
        verification: what is stored of it, from `liptako.verification.stored`.
    """
    held = measured(tables)
    with speaking(facts.language):
        if not held.of("deaths_country_period", country=code):
            return _unknown(code, held, facts)
        return _known(code, held, facts, verification)


def _known(
    code: str, held: Measured, facts: Facts, verification: Mapping[str, Any] | None
) -> Brief:
    """Return the brief of a country with event data."""
    last, ahead = (period_name(p, facts.init_month) for p in (facts.before, facts.ahead))
    killed = _totals("deaths_country_period", held, facts, country=code)
    civilians = _totals("civilians_perpetrator", held, facts, country=code, perpetrator=ALL)
    name = facts.countries[code]
    sentence = say(
        "sentence", country=name, year=ahead, last=last,
        middle=civilians["middle"], range=civilians["range"], seen=civilians["seen"],
        deaths=killed["middle"], deaths_range=killed["range"], deaths_seen=killed["seen"],
    )  # fmt: skip
    caveat = say(
        "caveat", simulated=_simulated(facts), stamp=as_seen_from(facts.init_month),
        source=facts.events, run_id=facts.run_id,
    )  # fmt: skip
    numbers = (
        _toll("civilians", civilians, ahead, last),
        _toll("deaths", killed, ahead, last),
        _third(code, held, facts),
    )
    return Brief(
        key=code,
        kind="country",
        title=name,
        about=facts.title,
        sentence=sentence,
        caveat=caveat,
        numbers=numbers,
        harm=perpetrators_grid(code, held, facts),
        tables=(regions_grid(code, held, facts),),
        picture=_picture(code, held, facts),
        stamp=stamp_of(facts),
        run_id=facts.run_id,
        citation=facts.citation,
        language=facts.language,
        parts=(
            Part(
                title=say["changes"],
                lines=(*signpost_lines(code, held, facts), *policy_lines(code, held, facts)),
            ),
            Part(title=say["rests"], lines=_rests(held, facts)),
            Part(title=say["tested"], lines=_tested(code, facts, verification)),
            Part(title=say["not_for"], lines=(say["use"],)),
        ),
    )


def _simulated(facts: Facts) -> str:
    """Return that numbers are simulated, and under which policy, where it is not the baseline."""
    policy = str(facts.provenance.get(page["fact_policy"], BASELINE))
    return say["simulated"] if policy == BASELINE else say("simulated_under", policy=policy)


def _totals(table: str, held: Measured, facts: Facts, **where: str) -> dict[str, str]:
    """Return a toll of the year before and of the next, as text."""
    past = held.one(table, period=facts.before, **where)
    ahead = held.one(table, period=facts.ahead, **where)
    ends = [known(ahead.get(name)) for name in ("q05", "q50", "q95")]
    low, middle, high = (MISSING if end is None else rounded(end) for end in ends)
    span = MISSING if MISSING in (low, high) else between(low, high)
    return {"seen": exact(number_of(past, "observed")), "middle": middle, "range": span}


def _toll(key: str, totals: Mapping[str, str], year: str, last: str) -> Number:
    return Number(
        name=say(key, year=year),
        value=totals["middle"],
        spread=say("nine", range=totals["range"]),
        beside=say("seen", seen=totals["seen"], last=last),
    )


def _third(code: str, held: Measured, facts: Facts) -> Number:
    """Return whether today's regime lasts, where one is simulated, or the chance of a high toll."""
    regimes = held.of("regime_survival", country=code)
    if regimes:
        return _regime(max(regimes, key=lambda row: row["lead"]), facts)
    table = "deaths_country_period"
    chance = number_of(held.one(table, country=code, period=facts.ahead), "p_100")
    seen = exact(number_of(held.one(table, country=code, period=facts.before), "observed"))
    last, ahead = (period_name(p, facts.init_month) for p in (facts.before, facts.ahead))
    return Number(
        name=say("hundred", number=100, year=ahead),
        value=words.chance(chance),
        spread=say["of_futures"],
        beside=say("killed_seen", seen=seen, last=last),
    )


def _regime(row: Row, facts: Facts) -> Number:
    spread, beside = say["of_futures"], say["no_past"]
    if number_of(row, "lo") is not None:
        spread = say("assumptions", range=_span(row, "lo", "hi"))
    if number_of(row, "reference") is not None:
        past = of_100(float(row["reference"]))
        beside = say("past", past=past, range=_span(row, "reference_lo", "reference_hi"))
    date = month_name(facts.init_month + int(row["lead"]))
    value = of_100(float(row["p"]))
    return Number(name=say("still_rules", date=date), value=value, spread=spread, beside=beside)


def _span(row: Row, low: str, high: str) -> str:
    return between(whole_100(float(row[low])), whole_100(float(row[high])))


def perpetrators_grid(code: str, held: Measured, facts: Facts) -> Grid:
    """Return civilians killed on purpose in a country, by perpetrator."""
    table, rows = "civilians_perpetrator", []
    for who, label in facts.perpetrators.items():
        if held.of(table, country=code, perpetrator=who):
            found = _totals(table, held, facts, country=code, perpetrator=who)
            rows.append([label, found["seen"], found["middle"], found["range"]])
    last, ahead = (period_name(p, facts.init_month) for p in (facts.before, facts.ahead))
    head = [say["by"], say("recorded", year=last), say("middle", year=ahead), say["range"]]
    return Grid(say["harm"], head, rows, numeric=3, note="" if rows else say["by_none"])


def regions_grid(code: str, tables: Tables | Measured, facts: Facts) -> Grid:
    """Return the regions of a country, those with the highest chance of 25 killed first."""
    mine = sorted(measured(tables).of("regions", country=code), key=_rank)
    names = {row["region"]: row["region_name"] for row in mine}
    rows = [_region(row, names) for row in mine[:REGIONS]]
    heads = [say("last_year", months=12), say["chance_3"], say["chance_6"], say["chance_12"]]
    head = [say["region"], say["code"], say["people"], *heads]
    note = _regions_note(mine, rows)
    return Grid(say["regions_caption"], head, rows, numeric=5, note=note)


def _rank(row: Row) -> tuple[float, ...]:
    """Return what regions are ordered by: the highest first, what nobody knows last."""
    ends = (number_of(row, name) for name in ("p_25_in_12", "p_100_in_12", "mean"))
    return tuple(1.0 if end is None else -end for end in ends)


def _region(row: Row, names: Mapping[str, str]) -> list[str]:
    around = row.get("counted_in") or ""
    name = str(row["region_name"])
    if around:
        name = say("region_inside", region=name, around=names.get(around, around))
    chances = [words.chance(number_of(row, f"p_25_in_{months}")) for months in (3, 6, 12)]
    if around:
        chances = [at_most(text) for text in chances]
    people, seen = number_of(row, "people"), exact(number_of(row, "last_12_months"))
    return [name, str(row["region"]), words.people(people), seen, *chances]


def _regions_note(mine: Sequence[Row], rows: list[list[str]]) -> str:
    if not rows:
        return say["no_regions"]
    systems = dict.fromkeys(str(row["code_system"]) for row in mine if row.get("code_system"))
    parts = [say("codes", system=every(list(systems)))] if systems else []
    parts += [say["at_most_sign"]] if any(row.get("counted_in") for row in mine[:REGIONS]) else []
    parts += [say["unknown_sign"]] if any(MISSING in row[-3:] for row in rows) else []
    rest = len(mine) - len(rows)
    parts += [say("regions_more", number=rest, file=WORKBOOK)] if rest else []
    return " ".join(parts)


def signpost_lines(code: str, held: Measured, facts: Facts) -> list[str]:
    """Return events in a country, or between it and another, that would move an outcome."""
    if "signposts" not in held:
        return [say["few_for_signposts"]]
    here = {code, *(pair for pair in facts.dyads if code in pair.split("-"))}
    mine = [row for row in held.of("signposts") if row["holds"] and row["where"] in here]
    first: dict[tuple[str, ...], Row] = {}
    for row in sorted(mine, key=lambda row: -abs(row["moves"])):
        first.setdefault((row["kind"], row["where"], row["what"]), row)
    places = {**facts.countries, **facts.dyads}
    lines = [
        say(
            "signpost",
            event=event_of(row, places, facts.init_month),
            outcome=reasons.outcome(row["outcome"]),
            given=of_100(row["given"]),
            absent=of_100(row["absent"]),
        )
        for row in list(first.values())[:WATCHED]
    ]
    return lines or [say["no_signposts"]]


def policy_lines(code: str, held: Measured, facts: Facts) -> list[str]:
    """Return which of the compared policies move a country, with both signs."""
    compared = list(dict.fromkeys(row["outcome"] for row in held.of(COMPARISON)))
    outcomes = outcomes_for(code, compared, facts)
    if not outcomes:
        return [say["no_policies"]]
    lines = [_moved(outcome, held.of(COMPARISON, outcome=outcome), facts) for outcome in outcomes]
    note = [say["changed"]] if facts.compared.get("changed") else []
    return [*lines, *note, say["comparison"]]


def _moved(outcome: str, rows: Sequence[Row], facts: Facts) -> str:
    """Return which policies move one outcome."""
    labels = facts.compared.get("labels", {})
    sides = {
        sign: [
            words.policy_item(labels.get(row["policy"], row["policy"]), *_ends(row))
            for row in sorted(rows, key=lambda row: -abs(row["at"]))
            if row["kind"] == sign
        ]
        for sign in ("fewer", "more")
    }
    view = sum(row["verdict"] == NO_VIEW for row in rows)
    whose = "" if ":" in outcome or outcome == COAST else f":{','.join(facts.allies)}"
    name = words.outcome_name(f"{outcome}{whose}", facts.countries)
    months = facts.compared["months"]
    return words.moved(name, months, sides["fewer"], sides["more"], view, len(rows))


def _ends(row: Row) -> tuple[float, float, float]:
    return row["at"], row["low"], row["high"]


def outcomes_for(code: str, outcomes: list[str], facts: Facts) -> list[str]:
    """Return the compared outcomes that say most of a country: those that count fewest others.

    Example:
        >>> facts = Facts(title="", init_month=0, last_data_month=0, months=1, members=2, seed=1,
        ...     run_id="", data_vintages="", events="", countries={}, perpetrators={},
        ...     allies=("AAA", "BBB"))
        >>> outcomes_for("AAA", ["deaths", "deaths:AAA,BBB", "deaths:BBB"], facts)
        ['deaths:AAA,BBB']
    """
    if code in facts.littoral:
        return [name for name in outcomes if name == COAST]
    found = []
    for plain in MOVED:
        counting = [name for name in outcomes if name.partition(":")[0] == plain]
        own = [name for name in counting if code in name.partition(":")[2].split(",")]
        whole = [name for name in counting if ":" not in name and code in facts.allies]
        best = sorted(own, key=lambda name: name.count(",")) or whole
        found += best[:1]
    return found


def _rests(held: Measured, facts: Facts) -> tuple[str, ...]:
    """Return data, estimates and judgement, and how much of the spread is judgement."""
    run = {"members": facts.members, "months": facts.months, "seed": facts.seed}
    data = say("data", events=facts.events, until=month_name(facts.last_data_month))
    lines = [f"{data} {words.facts_line(run)}", say["estimated"]]
    return (*lines, *([_judgement(held, facts)] if facts.allies else []))


def _judgement(held: Measured, facts: Facts) -> str:
    mine = held.of("evidence", kind="status", name="judgement")
    mine = [row for row in mine if known(row["share"]) is not None]
    if not mine:
        from liptako.outcomes.signposts import LEAST_MEMBERS

        few = facts.members < LEAST_MEMBERS
        return say("judgement_few", least=LEAST_MEMBERS) if few else say["judgement_none"]
    first = next((row for row in mine if row["outcome"] == REGIMES), mine[0])
    return say(
        "judgement",
        outcome=reasons.outcome(str(first["outcome"])),
        share=of_100(float(first["share"])),
        range=reasons.spread(float(first["lo"]), float(first["hi"])),
    )


def _tested(code: str, facts: Facts, verification: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return how deaths were forecast before, the worst miss if it was here, and regimes."""
    lines = [f"{facts.skill}." if facts.skill else say["not_tested"]]
    if verification:
        counted = [facts.countries.get(iso, iso) for iso in verification["countries"]]
        lines[0] += " " + say("tested_on", countries=every(counted))
        if verification["worst_miss"]["unit"] == code:
            lines.append(say("worst", miss=worst_miss(verification["worst_miss"])))
    regimes = (verification or {}).get("tested", {}).get("regimes")
    if code in facts.allies and regimes:
        lines.append(words.regimes_tested(regimes))
    return tuple(lines)


def _picture(code: str, held: Measured, facts: Facts) -> Picture:
    name, start = facts.countries[code], facts.init_month
    observed = held.of("observed", country=code)
    plume = sorted(held.of("deaths_country_month", country=code), key=lambda row: row["month"])
    look = {kind: {"thick": kind in ("nine", "half"), "dashed": kind == "again"}
            for kind in paper.PLUME}  # fmt: skip
    last = [row["deaths"] for row in observed if start - 12 < row["month"] <= start]
    end = plume[-1]
    said = death_words.fan_country(
        country=name,
        before=sum(last) / len(last) if last else None,
        date=month_name(int(end["month"])),
        middle=end["q50"],
        low=end["q05"],
        high=end["q95"],
    )
    return Picture(
        title=say("chart", country=name),
        lines=say["chart_lines"],
        svg=paper.plume_svg(observed, plume, start),
        words=said,
        key=tuple(
            (death_words.say[f"key_{kind}"], paper.swatch(colour, **look[kind]))
            for kind, colour in paper.PLUME.items()
        ),
    )


def _unknown(code: str, held: Measured, facts: Facts) -> Brief:
    """Return the brief of a country without event data: that nothing is known, and no number."""
    name, stamp = facts.countries[code], as_seen_from(facts.init_month)
    names = [str(row["region_name"]) for row in held.of("regions", country=code)]
    where = [say("unknown_regions", names=", ".join(sorted(names)))] if names else []
    return Brief(
        key=code,
        kind="unknown",
        title=name,
        about=facts.title,
        sentence=say("unknown", country=name),
        caveat=say("unknown_caveat", stamp=stamp, source=facts.events),
        stamp=stamp_of(facts),
        run_id=facts.run_id,
        citation=facts.citation,
        language=facts.language,
        parts=(
            Part(title=say["regions"], lines=(say["unknown_why"], *where)),
            Part(title=say["changes"], lines=(say["unknown_change"],)),
            Part(title=say["not_for"], lines=(say["use"],)),
        ),
    )
