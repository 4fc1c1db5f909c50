"""Write docs/mechanisms.md from the theatre's table of mechanisms and measured contrasts.

liptako contrasts --members 2000 --json > contrasts.json
python scripts/write_mechanisms.py contrasts.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import measured_page
from pydantic import Field
from write_contrasts import numbers

from liptako.cli.contrasts import numbers_of
from liptako.theatre.loading import load_theatre, read_toml, theatres_folder
from liptako.theatre.registry import Registry
from liptako.theatre.strict import Name, Strict
from liptako.theatre.validation import validate
from liptako.words.skill import measured

PAGE = Path(__file__).resolve().parents[1] / "docs" / "mechanisms.md"
THEATRE = theatres_folder() / "sahel"
CLAIMS = 81
"""Claims of the argument, numbered from 1."""
INTRO = """# Mechanisms

What the argument is made of, where each piece stands in the model, on what evidence, and whether it
acts. A contrast has two arms of futures that share every random draw and differ in one thing: the
difference with its Monte Carlo error, its range over nine in ten sets of assumptions, and in how
many of 100 sets more futures have that sign. A row whose size shows no effect says so and stays: no
size is raised to be seen. Signs that were expected, and why, are in [contrasts](contrasts.md); what
each effect rests on is printed by `liptako assumptions`. Claims are numbered as the argument makes
them (Parens & Plichta 2024).

{about}
"""


class Mechanism(Strict):
    """One piece of the argument.

    Attributes:
        label: in words.
        process: of `liptako.model.processes`.
        parameters: rows of the registry.
        data: what it rests on.
        contrasts: names of those that show it acting.
        claims: numbers of those that use it.
    """

    label: str = Field(min_length=1)
    process: str = Field(min_length=1)
    parameters: list[str]
    data: str = Field(min_length=1)
    contrasts: list[str]
    claims: list[int]


class Mechanisms(Strict):
    """The mechanisms of a theatre, by name."""

    mechanisms: dict[Name, Mechanism]


def mechanisms() -> dict[str, Mechanism]:
    """Return the shipped theatre's mechanisms by name."""
    file = THEATRE / "mechanisms.toml"
    return validate(Mechanisms, {"mechanisms": read_toml(file)}, file).mechanisms


def page(found: dict[str, Any]) -> str:
    """Return the page for what `liptako contrasts --json` printed."""
    registry = load_theatre(THEATRE)[1]
    rows = {row["name"]: numbers(row) for row in found["contrasts"]}
    about = (
        f"{measured(found.get('measured', {}))}: {found['members']:,} futures of each arm, seed "
        f"{found['seed']}, as seen from {found['init_time']}."
    )
    head = [
        "| mechanism | process | parameters | data | contrast | claims |",
        "|---|---|---|---|---|---|",
    ]
    body = [_line(row, registry, rows) for row in mechanisms().values()]
    return INTRO.format(about=about) + "\n" + "\n".join([*head, *body]) + "\n"


def _line(row: Mechanism, registry: Registry, measured_rows: dict[str, dict[str, Any]]) -> str:
    parameters = "<br>".join(f"`{path}`: {registry[path].status}" for path in row.parameters)
    shown = "<br>".join(_contrast(measured_rows[name]) for name in row.contrasts)
    claims = ", ".join(map(str, row.claims)) or "none"
    cells = (
        row.label,
        f"`{row.process}`",
        parameters or "none: data alone",
        row.data,
        shown or "none: fitted, or not moved alone",
        claims,
    )
    return f"| {' | '.join(cells)} |"


def _contrast(row: dict[str, Any]) -> str:
    _, difference, _, span, sets = (text.replace("*", "\\*") for text in numbers_of(row))
    return f"{row['label']}: {difference}, {span}; {sets} of 100; {row['verdict']}"


if __name__ == "__main__":
    raise SystemExit(measured_page.write(sys.argv[1:], __doc__, PAGE, page))
