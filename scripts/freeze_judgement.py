"""Freeze the judgement of a theatre: write its hash and the reason into `judgement.lock`.

python scripts/freeze_judgement.py "why it was frozen or changed" [THEATRE_FOLDER]
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from liptako.errors import InputError
from liptako.theatre.freeze import LOCK, freeze
from liptako.theatre.loading import load_scenario, load_theatre

MOST_ARGUMENTS = 2


def main(arguments: list[str]) -> int:
    """Append an entry to the lock; return the exit code."""
    if not 1 <= len(arguments) <= MOST_ARGUMENTS:
        print(__doc__, file=sys.stderr)
        return 2
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        folder = Path(arguments[1]) if arguments[1:] else load_scenario().folder
        lock = freeze(load_theatre(folder)[1], folder, arguments[0], today)
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    changed = ", ".join(lock.entries[-1].changed)
    print(f"{folder / LOCK}: {lock.sha256}, changed: {changed}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
