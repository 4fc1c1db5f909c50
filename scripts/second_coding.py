"""Second coding of consequences: options shuffled, without date, name or choice.

python scripts/second_coding.py sheet SHEET [THEATRE_FOLDER]     write a sheet to fill in
python scripts/second_coding.py read SHEET [THEATRE_FOLDER]      turn a filled sheet into codes.toml

A sheet has pairs of options in random order, first and second at random, none named: acts of the
menu stand against doing nothing. A coder writes what each option brings, -1 to 1, from the words
alone. The coder of this theatre had read of the events before: agreement is an upper bound.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from liptako.theatre.loading import load_scenario, load_theatre, read_toml
from liptako.theatre.motives import CODES, FORKS

SEED = 20231231
NOTHING = "Do none of it"


def pairs(folder: Path) -> list[tuple[str, str, str, str]]:
    """Return kind, name and the two options of each pair, in the order of the files."""
    menu = load_theatre(folder)[0].menu
    rows = [("acts", name, act.label, NOTHING) for name, act in menu.items()]
    forks = read_toml(folder / FORKS).get("forks", {})
    return rows + [
        ("forks", name, row["taken"]["label"], row["refused"]["label"])
        for name, row in forks.items()
    ]


def shuffled(folder: Path) -> list[tuple[str, str, bool, tuple[str, str]]]:
    """Return kind, name, whether the two are turned round, and the two options as shown."""
    random, found = np.random.default_rng(SEED), pairs(folder)
    order = random.permutation(len(found))
    turned = random.random(len(found)) < 0.5
    return [
        (kind, name, bool(turned[at]), (two, one) if turned[at] else (one, two))
        for at in order.tolist()
        for kind, name, one, two in [found[at]]
    ]


def sheet(folder: Path) -> str:
    """Return an empty sheet."""
    lines = ["# What each option brings over 6 to 12 months to those who decide, -1 to 1."]
    for number, (*_, options) in enumerate(shuffled(folder), start=1):
        lines += ["", f"[pair_{number}]"]
        for place, label in zip(("first", "second"), options, strict=True):
            lines += [f"# {label}", f"{place} = {{ }}"]
    return "\n".join(lines) + "\n"


def codes(filled: Path, folder: Path) -> str:
    """Return `codes.toml` from a filled sheet."""
    rows, found = read_toml(filled), {"acts": {}, "forks": {}}
    for number, (kind, name, turned, _) in enumerate(shuffled(folder), start=1):
        row = rows[f"pair_{number}"]
        taken, refused = (
            row[key] for key in (("second", "first") if turned else ("first", "second"))
        )
        if kind == "acts" and refused:
            raise SystemExit(f"pair_{number}: doing nothing brings nothing")
        found[kind][name] = taken if kind == "acts" else {"taken": taken, "refused": refused}
    lines = [
        "# The second coding of acts and of options of forks, from shuffled pairs without date,",
        "# name or choice (scripts/second_coding.py). Its coder had read of the events: agreement",
        "# with the first coding is an upper bound. Frozen in motives.lock before any posterior.",
        "",
        "[acts]",
    ]
    order = [(kind, name) for kind, name, *_ in pairs(folder)]
    lines += [f"{name} = {_inline(found[kind][name])}" for kind, name in order if kind == "acts"]
    for name in (name for kind, name in order if kind == "forks"):
        lines += ["", f"[forks.{name}]"]
        lines += [f"{key} = {_inline(value)}" for key, value in found["forks"][name].items()]
    return "\n".join(lines) + "\n"


def _inline(table: dict[str, float]) -> str:
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in table.items()) + " }"


def main(arguments: list[str]) -> int:
    """Write a sheet, or the codes of a filled one; return the exit code."""
    if len(arguments) not in (2, 3) or arguments[0] not in ("sheet", "read"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[2]) if arguments[2:] else load_scenario().folder
    file = Path(arguments[1])
    if arguments[0] == "sheet":
        file.write_text(sheet(folder), encoding="utf-8")
    else:
        (folder / CODES).write_text(codes(file, folder), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
