"""The argument's claims as text: how many have each verdict, and each with its marks."""

from __future__ import annotations

from liptako.charts.readers import Rows, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.words.claims import MARKS, marked, say

NOTES = "notes"
"""Attribute of the table: what stands below it, in words."""


def tally_grid(table: Rows, facts: Facts) -> Grid:
    """Return how many claims have each verdict, in the world and in the model."""
    table = require(table, ["world_verdict", "model_verdict"], "claims")
    rows = [
        [say[side], *(str(int((table[f"{side}_verdict"] == verdict).sum())) for verdict in MARKS)]
        for side in ("world", "model")
    ]
    head = [say["side"], *(marked(verdict) for verdict in MARKS)]
    note = " ".join(table.attrs.get(NOTES, ()))
    return Grid(say["tally_caption"], head, rows, numeric=len(MARKS), note=note)


def claims_grid(table: Rows, facts: Facts) -> Grid:
    """Return every claim with its verdict on each side, its number, and what would decide it."""
    columns = [f"{side}_{name}" for side in ("world", "model") for name in ("verdict", "text")]
    table = require(table, ["id", "text", "decides", *columns], "claims")
    rows = [
        [
            f"{row['id']}. {row['text']}",
            *(
                ": ".join(filter(None, (marked(row[f"{side}_verdict"]), row[f"{side}_text"])))
                for side in ("world", "model")
            ),
            row["decides"],
        ]
        for row in table.to_dict("records")
    ]
    head = [say["head_text"], say["world"], say["model"], say["head_decides"]]
    return Grid(say["caption"], head, rows, note=say["legend_short"])
