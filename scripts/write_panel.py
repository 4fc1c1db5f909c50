"""Write a theatre's panel of junta-months from its timeline: `junta_months.csv`.

python scripts/write_panel.py [THEATRE_FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from liptako.data.timeline import read_timeline
from liptako.inference.motives.panel import junta_months
from liptako.theatre.loading import load_scenario, load_theatre
from liptako.theatre.motives import load_motives

FILE = "junta_months.csv"


def text(folder: Path) -> str:
    """Return the panel as CSV."""
    theatre = load_theatre(folder)[0]
    motives = load_motives(folder, tuple(theatre.menu))
    if motives is None or theatre.timeline is None:
        raise SystemExit(f"{folder}: no motives, or no timeline")
    table = junta_months(motives, read_timeline(folder / theatre.timeline))
    return table.to_csv(index=False, lineterminator="\n", float_format="%.6g")


def main(arguments: list[str]) -> int:
    """Write the panel; return the exit code."""
    folder = Path(arguments[0]) if arguments else load_scenario().folder
    (folder / FILE).write_text(text(folder), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
