"""Write docs/policies.md from the stored comparison; no figure in it is ever typed by hand.

liptako compare sahel-2024 --store
python scripts/write_policies.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from liptako.charts.compare import prepared
from liptako.errors import InputError
from liptako.exhibits.compare import cell_of
from liptako.experiments.differences import NO_EFFECT, ROBUST
from liptako.experiments.stored import FILE, stored, table_of
from liptako.theatre.loading import theatres_folder
from liptako.theatre.questions import Question, load_questions
from liptako.words.compare import capital, changes
from liptako.words.numbers import every
from liptako.words.outcomes import title_of
from liptako.words.skill import measured
from liptako.words.what_if import MARKS, say

PAGE = Path(__file__).resolve().parents[1] / "docs" / "policies.md"
THEATRE = theatres_folder() / "sahel"
INTRO = """# Policy questions

What the argument asks of policies (Parens & Plichta 2024, claims by number), answered from one
stored comparison: the same futures under each policy, and what differs from the {reference}. It is
a comparison in a model, not an experiment, and no advice. How a difference and its verdict are made
is in [comparing policies](compare.md).

{made}

Cells: middle over sets of assumptions, the range over nine in ten of them, and a mark: {robust}
robust (beyond Monte Carlo error, and the sign holds in 90 of 100 sets), {open} no robust sign (it
depends on assumptions, or the model holds no view), {more} more members needed to tell, {same} no
future changes. A sign can be robust where the range has both signs: it says which way most futures
of a set move, the range how far their mean may. Sentences name robust signs only, with the middle
difference; harm to civilians is always said. A small robust difference is still a small one.
"""
LIMITS = """## What no answer here can say

- A robust sign follows from what is assumed. That all sets of assumptions share it does not make it
  true.
- What a lever does in the field is one of several published forms, or none, by `liptako
  assumptions`. Where no view is published the model holds none, and most differences in deaths then
  have no sign.
- It knows neither what a policy costs nor whether it can be done, nor who would agree.
- Ranges are over assumptions inside this model. What the model leaves out is in none of them.
"""
RECORDED = ("date", "python", "machine")


def page(content: dict[str, Any], questions: dict[str, Question]) -> str:
    """Return the page for a stored comparison.

    Args:
        content: from `liptako.experiments.stored.stored`.
        questions: of the theatre.

    Raises:
        InputError: a question names a policy or an outcome that is not stored.
    """
    table = prepared(table_of(content))
    sentences = {
        str(policy): capital(changes(rows.to_dict("records"), ROBUST, NO_EFFECT))
        for policy, rows in table.groupby("policy", sort=False)
    }
    asked = [policy for row in questions.values() for policy in row.policies]
    others = [policy for policy in sentences if policy not in asked]
    labels = content["labels"]
    bullets = {
        policy: f"- **{policy}** ({_small(labels[policy])}): {said}"
        for policy, said in sentences.items()
    }
    for name, row in questions.items():
        _check(name, row, table)
    parts = [
        INTRO.format(reference=content["reference"], made=_made(content), **MARKS),
        *(_section(row, table, bullets) for row in questions.values()),
        "## Other policies compared\n\n" + "\n".join(bullets[policy] for policy in others)
        if others
        else "",
        LIMITS,
        _assumed(content["assumed"]),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _made(content: dict[str, Any]) -> str:
    """Return what was run, when, and with which hash."""
    made = {name: str(content["made_from"].get(name, "")) for name in RECORDED}
    return (
        f"{measured(made)}, by `liptako compare {content['scenario']} --store`: as "
        f"seen from {content['init_time']}, {content['months']} months, {content['members']:,} "
        f"futures under each of {len(content['differences'])} policies and the "
        f"{content['reference']}, seed {content['seed']}, hash {content['sha256'][:12]}."
    )


def _check(name: str, row: Question, table: pd.DataFrame) -> None:
    for field, column in (("policies", "policy"), ("outcomes", "outcome")):
        known = list(table[column].unique())
        for value in getattr(row, field):
            if value not in known:
                raise InputError(
                    "not in the stored comparison",
                    file=THEATRE / FILE,
                    field=f"{name}.{field}",
                    value=value,
                    allowed=", ".join(known),
                )


def _section(row: Question, table: pd.DataFrame, bullets: dict[str, str]) -> str:
    """Return one question: sentences, numbers, and what cannot be said."""
    claims = f"Claim{'s' if len(row.claims) > 1 else ''} {every(list(map(str, row.claims)))}."
    cells = table.set_index(["policy", "outcome"])
    head = [f"| | {' | '.join(row.policies)} |", f"|---|{'---|' * len(row.policies)}"]
    lines = [
        f"| {title_of(outcome, str(cells.loc[(row.policies[0], outcome), 'unit']))} | "
        + " | ".join(cell_of(cells.loc[(policy, outcome)]) for policy in row.policies)
        + " |"
        for outcome in row.outcomes
    ]
    said = "\n".join(bullets[policy] for policy in row.policies)
    return (
        f"## {row.ask}\n\n{claims}\n\n{said}\n\n"
        + "\n".join([*head, *lines])
        + f"\n\nNot said: {row.not_said}"
    )


def _assumed(assumed: dict[str, list[str]]) -> str:
    if not assumed:
        return ""
    lines = [f"- {name}: {law}" for name, laws in assumed.items() for law in laws]
    head = (
        "## Acts of armed actors\n\nThey are assumptions, never advice. What law bounds them:\n\n"
    )
    return head + "\n".join(lines) + f"\n\n{say['footer']}"


def _small(label: str) -> str:
    return label.rstrip(".")


def main(arguments: list[str]) -> int:
    """Write the page; return the exit code."""
    content = stored(THEATRE)
    if arguments or content is None:
        print(__doc__, file=sys.stderr)
        return 2
    PAGE.write_text(page(content, load_questions(THEATRE)), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
