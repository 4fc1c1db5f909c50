"""What the terminal says around the exhibits of a run."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "run",
    {
        "about": ("as seen from {date}, {months} months, {members} futures, seed {seed}"),
        "data": "Data to {until}. Events: {events}. Not a current forecast.",
        "no_range": (
            "No range over assumptions under {least} futures; this run has {members}. "
            "--members {least} gives one."
        ),
        "saved": "Saved {folder}/: {files}",
        "next": "Next: liptako compare {scenario} {reference} {policy}",
    },
)
