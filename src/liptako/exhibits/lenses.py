"""Which lens decisions are consistent with, from the stored inference of a theatre."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from liptako.charts.readers import Rows
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.inference.motives.stored import stored
from liptako.words import lenses as words
from liptako.words.lenses import say

_NUMBERS = ("mean", "lo", "hi", "before", "before_lo", "before_hi", "contraction", "largest")


def stored_tables(folder: Path, init: int) -> dict[str, pd.DataFrame]:
    """Return the tables of a theatre's stored inference of motives.

    None where it has none, or where it was inferred from months after the start of the run.

    Args:
        folder: of the theatre.
        init: last month that the run has seen.
    """
    content = stored(folder)
    return {} if content is None or content["until"] > init else tables_of(content)


def tables_of(content: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return shares by junta and family, and the most telling decisions."""
    models = {row["model"]: row for row in content["predictive"]}
    gain = models["all lenses"]
    same = {
        "until": content["until"],
        "gain": gain["beyond_none"],
        "gain_error": gain["error"],
        "motives_from": content["motives_from"],
    }
    shares = [
        {
            "junta": junta,
            "label": row["label"],
            "family": family,
            **{name: one[name] for name in _NUMBERS},
            "verdict": row["verdict"],
            **same,
        }
        for junta, row in content["juntas"].items()
        for family, one in row["families"].items()
    ]
    telling = [
        {
            "sentence": line,
            **{name: row[name] for name in ("kind", "junta", "month", "for_family",
                                            "against_family", "spread")},
        }
        for row, line in zip(content["telling"], words.telling_lines(content), strict=True)
    ]  # fmt: skip
    return {"lenses": pd.DataFrame(shares), "lenses_telling": pd.DataFrame(telling)}


def shares_grid(table: Rows, facts: Facts) -> Grid:
    """Return the share of each family by junta, with the verdict."""
    del facts
    families = list(dict.fromkeys(table["family"]))
    rows = []
    for row in words.nested(table.to_dict("records")).values():
        cells = [words.share_text(row["families"][name]) for name in families]
        rows.append([row["label"], *cells, words.verdict_text(row["verdict"])])
    head = [say["junta"], *families, say["verdict"]]
    note = f"{gain_of(table)} {say['footer']}"
    return Grid(say["title"], head, rows, numeric=len(families) + 1, note=note)


def telling_grid(table: Rows, facts: Facts) -> Grid:
    """Return the most telling decisions, each with the families it speaks for and against."""
    del facts
    rows = [[str(at), row] for at, row in enumerate(table["sentence"], start=1)]
    return Grid(say["telling"].rstrip(":"), [say["number"], say["decision"]], rows)


def gain_of(table: Rows) -> str:
    """Return how motives fare on what was held out."""
    first = table.iloc[0]
    model = {"model": "all lenses", "beyond_none": first["gain"], "error": first["gain_error"]}
    return words.gain_sentence({"predictive": [model], "motives_from": first["motives_from"]})
