"""The brief of a question or a policy: both sides of the trade-off, from the stored comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.charts import paper
from liptako.exhibits.briefs import (
    COMPARISON,
    Brief,
    Measured,
    Part,
    Picture,
    Row,
    measured,
    stamp_of,
)
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.experiments.differences import NO_EFFECT, ROBUST
from liptako.theatre.questions import Question
from liptako.words import briefs as words
from liptako.words.briefs import say
from liptako.words.compare import capital, changes, side_of
from liptako.words.dates import as_seen_from, month_name
from liptako.words.language import speaking
from liptako.words.numbers import every
from liptako.words.outcomes import HARM, ends_of, group_of, in_order

ALWAYS = (HARM, "civilians_by_state", "deaths", "displaced", "coast_deaths")
"""Outcomes on every such brief where they were compared: people, and neighbours."""

DRAWN = (HARM, "civilians_by_state", "deaths", "coast_deaths")
"""Outcomes that are drawn, each the first that a brief looks at: civilians, all, neighbours."""

SIDES = {
    "gains": "side_better",
    "costs": "side_worse",
    "politics": "side_politics",
    "": "side_open",
}
"""Side of a trade-off to its name; where no sign is robust there is none."""


def question_brief(
    key: str,
    question: Question | None,
    tables: Tables | Measured,
    facts: Facts,
    skill: str | None = None,
) -> Brief:
    """Return the brief of a question, or of one policy.

    Args:
        key: of the question; a policy's name where the brief is of that policy.
        question: that the policy stands for; none where it stands for none.
        tables: with the comparison.
        facts: of the comparison, from `liptako.exhibits.from_comparison.facts_of_stored`.
        skill: the line on how well deaths were forecast.
    """
    with speaking(facts.language):
        return _brief(key, question, measured(tables), facts, skill)


def _brief(
    key: str, question: Question | None, held: Measured, facts: Facts, skill: str | None
) -> Brief:
    about, rows = facts.compared, held.of(COMPARISON)
    compared = list(dict.fromkeys(row["policy"] for row in rows))
    names = [name for name in (question.policies if question else []) if name in compared]
    first = key if key in names or not names else names[0]
    labels = about["labels"]
    mine = [first, *(name for name in names if name != first)]
    outcomes = outcomes_of(question, list(dict.fromkeys(row["outcome"] for row in rows)))
    found = changes(_raw(first, held, facts, outcomes), ROBUST, NO_EFFECT)
    return Brief(
        key=key,
        kind="question",
        title=question.ask if question else say("policy_title", label=labels[first]),
        about=_about(question, facts),
        sentence=say(
            "beside",
            label=labels[first],
            reference=_reference(about),
            months=about["months"],
            changes=found,
        ),
        caveat=say(
            "question_caveat",
            stamp=as_seen_from(facts.init_month),
            source=facts.events,
            run_id=facts.run_id,
        ),
        tables=(
            sides_grid(first, outcomes, held, facts),
            *([others_grid(mine[1:], outcomes, held, facts)] if mine[1:] else []),
        ),
        picture=_picture(mine, outcomes, held, facts),
        parts=(
            *([Part(title=say["not_said"], lines=(question.not_said,))] if question else []),
            Part(title=say["law"], lines=_laws(mine, about)),
            Part(title=say["rests"], lines=_rests(outcomes, facts)),
            Part(title=say["tested"], lines=_tested(skill)),
            Part(title=say["not_for"], lines=(say["use"],)),
        ),
        stamp=stamp_of(facts),
        run_id=facts.run_id,
        citation=facts.citation,
        language=facts.language,
    )


def _about(question: Question | None, facts: Facts) -> str:
    """Return the scenario's title, and which claims of the argument the question tests."""
    if question is None or not question.claims:
        return facts.title
    claims = say("claims", numbers=every([str(number) for number in question.claims]))
    return f"{facts.title}. {claims}"


def outcomes_of(question: Question | None, compared: Sequence[str]) -> list[str]:
    """Return what a brief looks at: what harms people always, then what the question asks.

    Where it asks for some countries alone, all of them together stand for it only if it asks so.

    Example:
        >>> outcomes_of(None, ["exits", "deaths", "civilians_killed"])
        ['civilians_killed', 'deaths']
    """
    asked = list(question.outcomes) if question else []
    narrower = {name.partition(":")[0] for name in asked if ":" in name} - {HARM}
    wanted = dict.fromkeys([*(name for name in ALWAYS if name not in narrower), *asked])
    return in_order([name for name in wanted if name in compared])


def sides_grid(policy: str, outcomes: Sequence[str], held: Measured, facts: Facts) -> Grid:
    """Return both sides of a policy: what gets better, worse, shifts, and what is unclear.

    Args:
        policy: its name.
        outcomes: to show; harm to people stands before politics.
        held: the comparison.
        facts: of the comparison.
    """
    about = facts.compared
    mine = {row["outcome"]: row for row in held.of(COMPARISON, policy=policy)}
    found = [(name, mine[name]) for name in outcomes if name in mine]
    order = list(SIDES)
    found.sort(key=lambda pair: (group_of(pair[0]) != "harm", order.index(_side(*pair))))
    rows = [
        [
            words.outcome_name(name, facts.countries),
            say[SIDES[_side(name, row)]],
            words.base(float(row["base"]), str(row["unit"])),
            say["no_change"]
            if row["verdict"] == NO_EFFECT
            else words.difference(row["at"], row["low"], row["high"]),
            _sign(row),
        ]
        for name, row in found
    ]
    head = [say[key] for key in ("outcome", "side", "reference", "difference", "sign")]
    caption = say("both_sides", label=about["labels"].get(policy, policy))
    return Grid(caption, head, rows, numeric=3, note=say("sides_note", months=about["months"]))


def _side(name: str, row: Row) -> str:
    return side_of(name, row["diff"]) if row["verdict"] == ROBUST else ""


def _sign(row: Row) -> str:
    """Return the verdict in words, with the way where it is robust."""
    if row["verdict"] != ROBUST:
        return words.SIGNS[row["verdict"]]
    down, up = ends_of(str(row["unit"]))
    return say("sign_fewer", down=up if row["diff"] > 0 else down)


def others_grid(
    policies: Sequence[str], outcomes: Sequence[str], held: Measured, facts: Facts
) -> Grid:
    """Return what the question's other policies change of the outcomes shown, a sentence each."""
    labels, rows = facts.compared["labels"], []
    for name in policies:
        mine = _raw(name, held, facts, outcomes)
        label = say("named", label=labels.get(name, name), policy=name)
        rows.append([label, capital(changes(mine, ROBUST, NO_EFFECT))])
    return Grid(say["others"], [say["other_policy"], say["other_changes"]], rows)


def _raw(
    policy: str, held: Measured, facts: Facts, only: Sequence[str] | None = None
) -> list[dict[Any, Any]]:
    """Return the rows of a policy, countries of outcomes by name; of some outcomes only."""
    return [
        {**row, "outcome": words.named_outcome(row["outcome"], facts.countries)}
        for row in held.of(COMPARISON, policy=policy)
        if only is None or row["outcome"] in only
    ]


def _reference(about: Mapping[str, Any]) -> str:
    return str(about["labels"].get(about["reference"], about["reference"]))


def _picture(
    policies: Sequence[str], outcomes: Sequence[str], held: Measured, facts: Facts
) -> Picture:
    panels, said, kinds = [], [], set()
    for plain in DRAWN:
        outcome = next((name for name in outcomes if name.partition(":")[0] == plain), None)
        if outcome is not None:
            every_policy = held.of(COMPARISON, outcome=outcome)
            rows = [row for row in every_policy if row["policy"] in policies]
            name = words.outcome_name(outcome, facts.countries)
            panels.append((name, ends_of(str(rows[0]["unit"])), rows))
            said.append(words.panel(name, rows))
            kinds |= {row["kind"] for row in rows}
    return Picture(
        title=say("question_chart", reference=facts.compared["reference"]),
        lines=say["question_chart_lines"],
        svg=paper.sides_svg(panels, policies),
        words=" ".join(said),
        key=tuple(
            (say[f"key_{kind}"], paper.key_mark(kind)) for kind in paper.SIDES if kind in kinds
        ),
    )


def _laws(policies: Sequence[str], about: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the law that bounds what armed actors are assumed to do under policies."""
    laws, labels = about.get("laws", {}), about["labels"]
    lines = [
        say("law_of", policy=labels.get(name, name), law=law)
        for name in policies
        for law in laws.get(name, [])
    ]
    return tuple(lines) or (say["no_law"],)


def _rests(outcomes: Sequence[str], facts: Facts) -> tuple[str, ...]:
    about = facts.compared
    codes = {code for name in outcomes for code in name.partition(":")[2].split(",") if code}
    codes |= {*facts.allies} | ({*facts.littoral} if "coast_deaths" in outcomes else set())
    counted = [name for code, name in facts.countries.items() if code in codes]
    made = say(
        "rests_comparison", date=about.get("made", ""), members=f"{about['members']:,}",
        seed=about["seed"], hash=str(about.get("hash", ""))[:12],
    )  # fmt: skip
    data = say("data", events=facts.events, until=month_name(facts.last_data_month))
    changed = [say["changed"]] if about.get("changed") else []
    first = f"{data} {say('counted', countries=every(counted))}" if counted else data
    return (*changed, " ".join([first, *facts.warnings]), made, say["rests_effects"])


def _tested(skill: str | None) -> tuple[str, ...]:
    return (f"{say['tested_policies']} {f'{skill}.' if skill else say['not_tested']}",)
