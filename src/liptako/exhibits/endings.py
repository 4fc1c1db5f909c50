"""Endings as text: the sentence that leads, the first screen, printed tables, the terminal."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from liptako.charts.readers import (
    ENDINGS,
    WAYS_TO,
    Rows,
    check_endings,
    counts,
    horizons_of,
    judgement_share,
    likeliest_first,
    require,
    rollback_gap,
    sub_counts,
    variant_counts,
    variant_members,
)
from liptako.errors import InputError
from liptako.exhibits import pieces
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.terminal import wrapped
from liptako.words import endings as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, few, hundreds, one_or_range
from liptako.words.numbers import say as number_words
from liptako.words.regimes import exit_name

_NOT_THRESHOLDS = ("horizon", "chosen", "mcse")
_BOOL = (bool, np.bool_)
_NAME, _COUNT, _RANGE, _PAST = 34, 6, 20, 14
"""Widths of the terminal's columns, in characters."""


def headline(tables: Tables, facts: Facts) -> str:
    """Return the sentence that leads: the likeliest outcome by the last horizon; the regimes."""
    endings = tables["endings"]
    check_endings(endings)
    horizon = horizons_of(endings)[-1]
    rows = likeliest_first(endings, horizon)
    first = rows[0]
    held = [
        (row["text"], words.range_words(row["low"], row["high"]))
        for row in pieces.pieces_of(tables, horizon)
        if row["piece"] == "regimes_held"
    ]
    ways = [way["sub_ending"] for way in _ways(tables, first, horizon) if way["count"]]
    return words.headline(
        first=first["ending"],
        first_count=first["count"],
        first_text=first["text"],
        first_range=words.range_words(first["low"], first["high"]),
        ways=ways,
        held=held[0] if held else None,
        regimes=len(facts.allies),
        date=month_name(facts.init_month + horizon),
    )


def forms_line(tables: Tables) -> str:
    """Return how far forms of mechanisms move the likeliest outcome; nothing where none does."""
    horizon = horizons_of(tables["endings"])[-1] if "endings" in tables else 0
    if not horizon:
        return ""
    first = likeliest_first(tables["endings"], horizon)[0]["ending"]
    return words.forms_line(first, pieces.moves(tables, first, horizon))


def evidence_line(tables: Tables) -> str:
    """Return that outcomes together were never tested, and what share of the spread is judged."""
    horizon = horizons_of(tables["endings"])[-1]
    first = likeliest_first(tables["endings"], horizon)[0]["ending"]
    share = _judgement(tables, first, horizon)
    if share in (None, "?"):
        return words.say["evidence_unknown"]
    return words.say("evidence", share=share, ending=words.say[first].lower())


def first_rows(tables: Tables) -> list[dict[str, Any]]:
    """Return the outcomes of the first screen: name, count, dots, note, range."""
    horizon = horizons_of(tables["endings"])[-1]
    found = []
    for row in counts(tables["endings"], horizon):
        ending = row["ending"]
        ways = ", ".join(
            words.say("way", name=words.say[f"short_{way['sub_ending']}"], count=way["text"])
            for way in _ways(tables, row, horizon)
        )
        note = ways if ending == "fails" else words.say(f"{ending}_note", ways=ways)
        found.append(
            row
            | {
                "name": words.say[ending],
                "note": note.rstrip(": "),
                "dots": round(row["count"] / 5),
                "range": words.range_signs(row["low"], row["high"]),
            }
        )
    return found


def by_when(tables: Tables, facts: Facts) -> str:
    """Return the heading of the first screen's endings."""
    horizon = horizons_of(tables["endings"])[-1]
    return words.say("by", date=month_name(facts.init_month + horizon))


def definitions(facts: Facts) -> list[tuple[str, str]]:
    """Return each outcome with its definition, thresholds filled in.

    Raises:
        InputError: the facts lack a threshold.
    """
    times = partial(words.say, "times")
    values = {
        name: times(value=f"{value:g}") if _is_share(name, value) else f"{value:g}"
        for name, value in facts.thresholds.items()
        if not isinstance(value, list | tuple)
    }
    kinds = facts.thresholds.get("changed_by")
    if kinds is not None:
        values["changed_by"] = ", ".join(exit_name(str(kind)) for kind in kinds)
    try:
        return [(words.say[name], words.say(f"{name}_means", **values)) for name in ENDINGS]
    except KeyError as error:
        raise InputError(
            "a threshold of the endings is missing",
            field=f"thresholds: {error.args[0]}",
            value=sorted(facts.thresholds),
            allowed="every threshold of the scenario's endings",
        ) from None


def _is_share(name: str, value: object) -> bool:
    """Return whether a threshold is a share of what was before; other numbers are counts."""
    return isinstance(value, float) and name != "spread_deaths"


def trust_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the lines that qualify outcomes: evidence, other pact models, reference classes."""
    horizon = horizons_of(tables["endings"])[-1]
    found = [evidence_line(tables)]
    beside = pieces.no_effects_lines(tables, facts, horizon)
    found = [*facts.tested, *found, *beside, *pieces.outside_lines(tables, facts, horizon)]
    if "ending_variants" in tables:
        past, plain, paired, without = _variants(tables, horizon)
        found += [
            words.beside(kind, counts)
            for kind, counts in (("markov_pact", past), ("reference_only", plain))
            if "fails" in counts
        ]
        if "rolled_back" in without:
            key = "without_pact" if "rolled_back" in paired else "without_pact_alone"
            with_ = paired.get("rolled_back", "")
            found.append(words.say(key, without=without["rolled_back"], with_=with_))
    return found


def cross_grid(table: Rows, facts: Facts) -> Grid:
    """Return alliance by regimes by insurgents at the last horizon, in 100 futures."""
    table = require(table, ["horizon", "alliance", "regimes", "insurgents", "p"], "ending_table")
    horizon = int(table["horizon"].max())
    mine = table[table["horizon"] == horizon]
    numbers = hundreds([float(p) for p in mine["p"]])
    keys = zip(mine["alliance"], mine["regimes"], mine["insurgents"], strict=True)
    cells = {
        key: few(count, float(p)) for key, count, p in zip(keys, numbers, mine["p"], strict=True)
    }
    columns = ("rolled_back", "contained", "worse")
    rows = [
        [words.say[a], words.say[r], *(cells.get((a, r, column), "0") for column in columns)]
        for a in ("alive", "paper", "broken")
        for r in ("held", "changed")
    ]
    caption = words.say("cross", date=month_name(facts.init_month + horizon))
    head = [words.say[key] for key in ("alliance", "regimes", *columns)]
    return Grid(caption, head, rows, numeric=3, note=words.say["cross_note"])


def thresholds_grid(grid: Rows, facts: Facts) -> Grid:
    """Return the endings for each value of each threshold, over all settings of the others."""
    del facts
    table = require(grid, ["horizon", *ENDINGS], "threshold_grid")
    table = table[table["horizon"] == table["horizon"].max()]
    names = [name for name in table.columns if name not in (*ENDINGS, *_NOT_THRESHOLDS)]
    rows, most = [], 1
    for name in names:
        for value in sorted(table[name].unique()):
            mine = table[table[name] == value]
            most = max(most, len(mine))
            shown = f"{value:g}"
            if isinstance(value, _BOOL):
                shown = number_words["yes" if value else "no"]
            spans = (_span(mine[ending]) for ending in ENDINGS)
            rows.append([words.say.get(str(name), str(name)), shown, *spans])
    head = [words.say[key] for key in ("grid_column", "grid_value", *ENDINGS)]
    note = words.say("grid_note", settings=most)
    return Grid(words.say["grid"], head, rows, numeric=5, note=note)


def _variants_grid(variants: Rows, facts: Facts, *, reporting: bool) -> Grid:
    horizon = horizons_of(variants)[-1]
    every = list(dict.fromkeys(str(name) for name in variants["variant"]))
    chosen = [n for n in every if n == "paired" or n.startswith("reporting_") == reporting]
    rows = []
    for name in chosen:
        found = variant_counts(variants, name, horizon)
        label = words.say.get(f"variant_{name}", name)
        if name.startswith("reporting_"):
            label = words.say("variant_reporting", share=name.removeprefix("reporting_"))
        rows.append([label, *(found.get(key, "") for key in (*ENDINGS, "rolled_back"))])
    mine = variants[variants["variant"].isin(chosen) & (variants["horizon"] == horizon)]
    members, error = f"{int(mine['members'].max()):,}", f"{100 * float(mine['mcse'].max()):.0f}"
    note = words.say("variants_note", members=members, error=error)
    if reporting:
        note = words.say("reporting_note", note=note)
    date = month_name(facts.init_month + horizon)
    caption = words.say("reporting" if reporting else "variants", date=date)
    head = [words.say[key] for key in ("variant", *ENDINGS, "rolled_back_short")]
    return Grid(caption, head, rows if len(rows) > 1 else [], numeric=5, note=note)


variants_grid = partial(_variants_grid, reporting=False)
"""With less evidence, with a pact like past ones, and without."""

reporting_grid = partial(_variants_grid, reporting=True)
"""If less were reported."""


def lines(tables: Tables, facts: Facts, horizon: int | None = None) -> list[str]:
    """Return the lines on the alliance: pieces beside past cases, outcomes, their evidence.

    Args:
        tables: of the run.
        facts: of the run; why it has no endings, where it has none.
        horizon: months ahead; the last there is when absent.

    Raises:
        InputError: a table lacks a column, a row or an ending.
    """
    if "endings" not in tables:
        return [words.say("line_none", why=facts.why_no_endings or words.say["counted_at"])]
    check_endings(tables["endings"])
    at = horizons_of(tables["endings"])[-1] if horizon is None else horizon
    head = words.say("line_head", date=month_name(facts.init_month + at))
    heads = (words.say["line_in_100"], words.say["line_assumptions"], words.say["line_past"])
    found = [f"[bold]{head:<{_NAME}}[/]{heads[0]:>{_COUNT}}{heads[1]:>{_RANGE}}{heads[2]:>{_PAST}}"]
    for row in pieces.pieces_of(tables, at):
        name, span = words.piece(row["piece"], len(facts.allies)), _signs(row)
        past = "" if row["base"] == MISSING else pieces.past_of(row)
        text = f"{'  ' + name:<{_NAME}}{row['text']:>{_COUNT}}{span:>{_RANGE - 5}}"
        found.append(f"{text}{past:>{_PAST + 5}}".rstrip())
    for row in counts(tables["endings"], at):
        name = words.say[f"long_{row['ending']}"]
        found.append(f"{'  ' + name:<{_NAME}}{row['text']:>{_COUNT}}{_signs(row):>{_RANGE - 5}}")
        for way in _ways(tables, row, at):
            name = words.say[f"line_{way['sub_ending']}"]
            found.append(f"[dim]{'    ' + name:<{_NAME}}{way['text']:>{_COUNT}}[/]")
    beside = pieces.no_effects_lines(tables, facts, at) + pieces.outside_lines(tables, facts, at)
    found += [text for line in beside for text in wrapped(line)]
    found += _variant_lines(tables, at)
    first = likeliest_first(tables["endings"], at)[0]["ending"]
    return [*found, words.judgement_line(_judgement(tables, first, at), first)]


def _signs(row: dict[str, Any]) -> str:
    return words.range_signs(row["low"], row["high"])


def _variant_lines(tables: Tables, horizon: int) -> list[str]:
    if "ending_variants" not in tables:
        return []
    found, variants = [], tables["ending_variants"]
    past, plain, paired, without = _variants(tables, horizon)
    if "rolled_back" in without:
        gap = rollback_gap(variants, "without_pact", horizon)
        signed = gap and words.say("gap", gap=f"{gap[0]:+.1f}", error=f"{gap[1]:.1f}")
        found.append(
            words.without_pact_line(
                without=without["rolled_back"],
                with_=paired.get("rolled_back"),
                gap=signed,
                futures=variant_members(variants, "without_pact"),
            )
        )
    return found + [
        words.beside(kind, counts, terminal=True)
        for kind, counts in (("markov_pact", past), ("reference_only", plain))
        if "fails" in counts
    ]


def _variants(tables: Tables, horizon: int) -> list[dict[str, str]]:
    """Return endings of the variants: benchmark pact, reference classes, as it is, no pact."""
    names = ("markov_pact", "reference_only", "paired", "without_pact")
    return [variant_counts(tables["ending_variants"], name, horizon) for name in names]


def _ways(tables: Tables, row: dict[str, Any], horizon: int) -> list[dict[str, Any]]:
    """Return the ways to the ending of a row of `counts`, where it has several."""
    if row["ending"] not in WAYS_TO or "sub_endings" not in tables:
        return []
    return sub_counts(tables["sub_endings"], row["ending"], horizon, row["count"])


def _judgement(tables: Tables, ending: str, horizon: int) -> str | None:
    if "ending_variance" not in tables:
        return None
    return judgement_share(tables["ending_variance"], ending, horizon)


def _span(shares: Rows) -> str:
    low, high = (round(100 * float(share)) for share in (shares.min(), shares.max()))
    return one_or_range(low, high)
