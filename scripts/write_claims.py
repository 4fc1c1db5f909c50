"""Write docs/claims.md from the ledger of claims; no verdict and no figure is ever typed by hand.

python scripts/write_claims.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liptako.ledger.claims import claims
from liptako.words.claims import (
    MARKS,
    chance_line,
    decides,
    laws,
    marked,
    said_of,
    say,
    stale_line,
    tally,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "claims.md"
INTRO = """# The argument audited

{argument} argue what follows about the Alliance of Sahel States. Here it is, claim by
claim, in their order and in our words. Each claim is put to two questions, which are never mixed:

- **WORLD**: what do data say, up to {until}? Dated rows of the timeline, counts of recorded events
  with their intervals, studies of what changed after a date beside places where nothing did.
- **MODEL**: what follows from the assumptions of the simulation? The same futures with one thing
  changed, policies beside none, chances in three years. A model tests assumptions, not the world.

Marks: {marks}. *Supported* means that
the 90% interval, or nine in ten sets of assumptions, lie on the claim's side; *mixed*, that its
parts or measures do not agree, or that only some can be decided; *cannot be decided here* is no
"false": the claim may well be true, and what would decide it stands below it. A mechanism is
supported in WORLD only by an effect that is estimated beside other places and months, with a
placebo that shows none. A forecast has no verdict in WORLD before its date: what was so before
stands in its place. Harm to civilians stands with every contrast and policy.

{counts}

{chance}

{measured}

`liptako claims` prints this list, `liptako claims 6` one claim with all of its tests;
`liptako claims --recompute` measures anew what is read from storage here.
"""


def page(content: Mapping[str, Any]) -> str:
    """Return the page for what `liptako claims --json` prints."""
    marks = ", ".join(marked(verdict) for verdict in MARKS)
    parts = [
        INTRO.format(
            argument=content["argument"],
            until=content["data_until"],
            marks=marks,
            counts="\n".join(f"- {tally(side, c)}" for side, c in content["counts"].items()),
            chance=chance_line(content) + _survivors(content),
            measured=stale_line(content),
        )
    ]
    for section, title in content["sections"].items():
        rows = [row for row in content["rows"] if row["section"] == section]
        parts += [f"## {title}", *(_claim(row) for row in rows)]
    named = "\n".join(f"- {law}" for law in laws(content["rows"]))
    parts += [f"## Acts of armed actors\n\n{say['law']}\n\n{named}"] if named else []
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _survivors(content: Mapping[str, Any]) -> str:
    numbers = content["by_chance"]["ids"]
    return f" They belong to claims {', '.join(map(str, numbers))}." if numbers else ""


def _claim(row: Mapping[str, Any]) -> str:
    lines = [f"### {row['id']}. {row['text']}", "", f"*{row['type'].capitalize()}.*", ""]
    for side in ("world", "model"):
        lines.append(f"- **{say[side]}: {marked(row[side]['verdict'])}**")
        lines += [f"  - {_escaped(said_of(test))}" for test in row[side]["tests"]]
    if row["doubt"]:
        lines.append(f"- {say('doubt', text=row['doubt'])}")
    if needed := decides(row):
        lines.append(f"- {say('decides', text=needed)}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("*", "\\*")


def main(arguments: list[str]) -> int:
    """Write the page; return the exit code."""
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    PAGE.write_text(page(claims().summary()), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
