"""Write docs/contrasts.md from measured contrasts; no figure in it is ever typed by hand.

liptako contrasts --members 2000 --json > contrasts.json
python scripts/write_contrasts.py contrasts.json
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import measured_page

from liptako.cli.contrasts import numbers_of, unexpected
from liptako.experiments.contrasts import VERDICTS
from liptako.words.contrasts import ARROWS, say
from liptako.words.skill import measured

PAGE = Path(__file__).resolve().parents[1] / "docs" / "contrasts.md"
INTRO = """# Face validity: signed contrasts

Two arms of futures share every member's random draws and assumptions and differ in one thing. Each
row says which sign the argument or the literature leads one to expect, and which sign the model
has. Where they differ the row stays and is explained. {footer}

{counts}

Only a robust sign is as expected or against it: beyond twice its Monte Carlo error, and the same in
nine of ten sets of assumptions. What a lever does in the field is one of several published forms,
none among them, in an equal share of the sets. Where no view is held, an effect keeps the rate's
mean; what more events then bring forth still compounds, and fewer cannot, so that a mean over
futures may be up where the middle is not: read the middle.
"""
MISSING = ("lo", "middle", "hi", "sign_share")


def page(found: dict[str, Any]) -> str:
    """Return the page for what `liptako contrasts --json` printed."""
    rows = [numbers(row) for row in found["contrasts"]]
    head = [
        "| contrast | civilians | expected | difference | middle | range | sets | sign |",
        "|---|---|---|---|---|---|---|---|",
    ]
    table = [_line(row) for row in rows]
    sections = [
        f"## {head}\n\n" + ("\n".join(_bullet(row, "explanation") for row in chosen) or "None.")
        for head, chosen in unexpected(rows).items()
    ]
    verdicts = [row["verdict"] for row in rows]
    counts = [f"{verdicts.count(word)} {word}" for word in VERDICTS if word in verdicts]
    parts = [
        INTRO.format(footer=say["footer"], counts=f"Of {len(rows)} rows: {', '.join(counts)}."),
        "\n".join([*head, *table]),
        say["legend"] + " Arrow ?: open.",
        f"{measured(found.get('measured', {}))}, by "
        f"`liptako contrasts --members {found['members']}`: scenario {found['scenario']}, as seen "
        f"from {found['init_time']}, {found['members']:,} futures of each of {found['arms']} arms, "
        f"seed {found['seed']}.",
        *sections,
        "## Assumptions altered\n",
        "Rows that alter a number of the model test an assumption, and say nothing of the world.\n",
        "\n".join(_altered(row) for row in rows if row["altered"]) or "None.",
        "## Why each sign was expected\n",
        "\n".join(_bullet(row, "reason") for row in rows),
        "## Acts of armed actors\n",
        "They are assumptions, never advice. What law bounds them:\n",
        "\n".join(f"- {law}" for law in dict.fromkeys(law for row in rows for law in row["law"])),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with what JSON calls null as not a number."""
    return row | {name: math.nan for name in MISSING if row[name] is None}


def _line(row: dict[str, Any]) -> str:
    civilians, *numbers = (text.replace("*", "\\*") for text in numbers_of(row))
    cells = (row["label"], civilians, ARROWS[row["expected"]], *numbers, row["verdict"])
    return f"| {' | '.join(cells)} |"


def _altered(row: dict[str, Any]) -> str:
    return f"- {row['label']}. {'; '.join(row['altered'])}."


def _bullet(row: dict[str, Any], field: str) -> str:
    return f"- {row['label']}. {row[field] or say['unexplained']}"


if __name__ == "__main__":
    raise SystemExit(measured_page.write(sys.argv[1:], __doc__, PAGE, page))
