"""Freeze what motives are inferred from: write its hash and the reason into `motives.lock`.

python scripts/freeze_motives.py "why it was frozen or changed" [THEATRE_FOLDER]
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from liptako.errors import InputError
from liptako.theatre.freeze import freeze_parts
from liptako.theatre.loading import load_scenario, load_theatre
from liptako.theatre.motives import LOCK, load_motives

MOST_ARGUMENTS = 2


def main(arguments: list[str]) -> int:
    """Append an entry to the lock; return the exit code."""
    if not 1 <= len(arguments) <= MOST_ARGUMENTS:
        print(__doc__, file=sys.stderr)
        return 2
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    folder = Path(arguments[1]) if arguments[1:] else load_scenario().folder
    try:
        motives = load_motives(folder, tuple(load_theatre(folder)[0].menu))
        if motives is None:
            raise InputError("no motives to freeze", file=folder)
        lock = freeze_parts(motives.parts(), folder / LOCK, arguments[0], today)
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{LOCK}: {lock.sha256[:12]}, {len(lock.entries[-1].changed)} parts changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
