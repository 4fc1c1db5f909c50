"""What `liptako verify` prints for people: tables, intervals and plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

LABELS = {
    "liptako": "Liptako",
    "level": "its level law alone",
    "conflictology": "last year again",
    "conflictology_smoothed": "last year again, smoothed",
    "conflictology_neighbours": "last year again, with neighbours",
    "last_observation_poisson": "last month again (Poisson)",
    "bootstrap_240": "any of 240 months of the world",
    "ew_level": "weighted recent level",
    "zero": "no deaths",
    "against": "the forecast given",
}


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print a verification."""
    for path in content.get("exported", []):
        console.print(f"Written: {path}", soft_wrap=True)
    if content["level"] == "coups":
        _show_coups(content, console)
        return
    if content["level"] == "pact":
        _show_pact(content, console)
        return
    if "prospective" in content:
        _show_prospective(content, console)
    if "scores" not in content:
        return
    what = "country-months" if content["level"] == "cm" else "cell-months"
    console.print(
        f"\n[bold]State-based deaths a month, {', '.join(content['countries'])}[/]: "
        f"{content['cases']:,} {what}, each year forecast from October of the year before\n"
        f"{content['members']:,} draws. Data as published later, not as known then.\n"
    )
    console.print(_scores(content["scores"], content["differences"], "liptako"))
    console.print(
        "Last year again: the last 12 months, the field's conflictology. CRPS: distance of the "
        "whole forecast from what happened, in deaths. Held: outcomes inside the 90% range. Lower "
        "is better, but held should be 90. Brackets: 90% interval.\n"
    )
    console.print(_windows(content["by_window"]))
    console.print(f"\n[bold]{content['skill_line']}[/]")
    _show_wins(content["wins"], console)
    _show_miss(content["worst_miss"], console)
    if "all_observed" in content:
        every = content["all_observed"]
        console.print(
            f"All observed countries ({', '.join(every['countries'])}): "
            f"{_skill(every['skill_vs_conflictology'])} against last year again"
        )
    _show_more(content, console)
    if "stored" in content:
        console.print(f"Stored: {content['stored']}", soft_wrap=True)


def _show_coups(content: Mapping[str, Any], console: Console) -> None:
    names = {"liptako": "Liptako", "tenure": "time since the last alone", "constant": "base rate"}
    console.print(
        f"\n[bold]A coup or attempt within 12 months[/], countries of the panel, "
        f"{content['cases']:,} country-years from {content['first_origin']} to "
        f"{content['last_origin']}, {content['events']:,} with one\n"
    )
    table = Table("forecast", "log score", "Brier", "expected", "log score less base rate")
    for row in content["scores"]:
        gap = content["differences"].get(row["model"])
        span = "" if gap is None else "{:+.4f} ({:+.4f} to {:+.4f})".format(*gap["log_score"])
        table.add_row(
            names[row["model"]], f"{row['log_score']:.4f}", f"{row['brier']:.4f}",
            f"{row['expected']:.1f}", span,
        )  # fmt: skip
    console.print(table)
    gap, low, high = content["against_tenure"]
    console.print(
        f"Liptako less time alone, log score: {gap:+.4f} ({low:+.4f} to {high:+.4f}). Lower is "
        "better. Brackets: 90% interval, blocks of origins. Settings were chosen on months before "
        "2018: earlier origins carry a little hindsight.\n"
    )
    bins = Table("chance said", "cases", "mean chance", "share that happened")
    for row in content["reliability"]:
        if row["model"] == "liptako" and row["n"]:
            said = f"{row['low']:.2f} to {row['high']:.2f}"
            bins.add_row(said, str(row["n"]), f"{row['p']:.2f}", f"{row['frequency']:.2f}")
    console.print(bins)


def _show_pact(content: Mapping[str, Any], console: Console) -> None:
    events = {"operation": "first joint operation", "exit": "first member leaves",
              "end": "breaks up or falls dormant"}  # fmt: skip
    console.print(
        f"\n[bold]The pact beside past ones[/], seen from {content['init_time']}, "
        f"{content['age']} months after signature; {content['members']:,} futures\n"
        f"Past: {content['past_pacts']} pacts, idle and whole at that age; nested treaties "
        f"count as one ({content['past_weight']:.0f})\n",
        soft_wrap=True,
    )
    heads = ("in 100", "model", "by month", "", "past", "covers", "predicts")
    table = Table(*heads, box=None)
    before = None
    for row in content["table"]:
        name = "" if (row["event"], row["model"]) == before else events[row["event"]]
        before = row["event"], row["model"]
        table.add_row(
            name, row["model"], str(row["month"]), _in_100(row["p"], row["lo"], row["hi"]),
            _in_100(row["past"], row["past_lo"], row["past_hi"]),
            _answer(row["covers"]), _answer(row["predicts"]),
        )  # fmt: skip
    console.print(table)
    for event, name in events.items():
        rows = [row for row in content["quantiles"] if row["event"] == event]
        said = [f"{row['model']} {_month(row['q25'])} and {_month(row['q50'])}" for row in rows]
        console.print(f"A quarter, and half, by month: {name}: {', '.join(said)}", soft_wrap=True)
    console.print(
        "\nGame: the alliance game. Markov: the rates of past pacts. Model's brackets: 9 in 10 "
        "sets of assumptions; past's: 90% interval. Covers: the past lies inside the model's "
        "brackets. Predicts: inside what so few pacts would show, assumptions and luck together. "
        "No range below 500 futures.\n",
        soft_wrap=True,
    )
    _show_histories(content["hysteresis"], console)


def _show_histories(content: Mapping[str, Any], console: Console) -> None:
    console.print("[bold]Two histories[/], the same parameters and luck, in 100\n")
    table = Table("months ahead", "", "on paper", "at work", "sets in 100 still apart", box=None)
    values = {(row["lead"], row["history"]): row for row in content["histories"]}
    for row in content["differ"]:
        lead, quantity = row["lead"], row["quantity"]
        both = [f"{100 * values[lead, name][quantity]:.0f}" for name in ("paper", "operating")]
        share = "-" if math.isnan(row["share"]) else f"{100 * row['share']:.0f}"
        table.add_row(str(lead), quantity, *both, share)
    console.print(table)
    console.print(
        f"\nProvided: of what full commitment gives. Operates: futures in which the pact does. "
        f"Apart: by {100 * content['differs']:.0f} in 100 or more.",
        soft_wrap=True,
    )


def _in_100(p: float, lo: float, hi: float) -> str:
    span = "" if math.isnan(lo) else f" ({100 * lo:.0f}-{100 * hi:.0f})"
    return f"{100 * p:.0f}{span}"


def _month(month: float) -> str:
    return "later" if math.isnan(month) else f"{month:.0f}"


def _answer(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "no"


def _show_more(content: Mapping[str, Any], console: Console) -> None:
    if one_sided := content.get("one_sided"):
        console.print(
            f"Civilians killed on purpose, by perpetrator: "
            f"{_skill(one_sided['skill_vs_conflictology'])} against last year again"
        )
    if long := content.get("leads_15_36"):
        origins = long["origins"]
        console.print(
            f"Leads 15 to 36, origins October {origins[0]}-{origins[-1]}: the level law "
            f"{_skill(long['skill_of_level']['conflictology'])} against last year again"
        )
        if own := long.get("with_liptako"):
            origins = own["origins"]
            console.print(
                f"  origins {origins[0]}-{origins[-1]}: Liptako "
                f"{_skill(own['skill']['conflictology'])} against last year again; held "
                f"{100 * own['scores']['liptako']['coverage90']:.0f} of 100 (goal 90)"
            )
    if against := content.get("against"):
        console.print(f"\nOn the {against['cases']:,} cases of the forecast given:")
        console.print(_scores(against["scores"], against["differences"], "liptako"))


def _show_prospective(content: Mapping[str, Any], console: Console) -> None:
    if "stored" in content:
        console.print(f"Stored: {content['stored']}", soft_wrap=True)
    for note in content["notes"]:
        console.print(note, soft_wrap=True)
    for row in content["prospective"]:
        first, last = row["months"]
        console.print(f"\n[bold]{row['file']}[/], made on data to {row['init_time']}, "
                      f"scored {first} to {last} ({row['units']} units)")  # fmt: skip
        console.print(_scores(row["scores"], row["differences"], "liptako"))


def _scores(
    scores: Mapping[str, Mapping[str, float]], differences: Mapping[str, Any] | None, own: str
) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("CRPS", "ignorance", "interval", "held", "CRPS log"):
        table.add_column(name, justify="right")
    table.add_column(f"CRPS, {LABELS[own]} minus this")
    digits = 2 if max(row["crps"] for row in scores.values()) >= 1 else 4
    for model, row in scores.items():
        table.add_row(
            f"[bold]{LABELS[model]}[/]" if model == own else LABELS[model],
            f"{row['crps']:.{digits}f}",
            f"{row['ign']:.2f}",
            f"{row['mis']:.{digits - 1}f}",
            f"{100 * row['coverage90']:.0f}",
            f"{row['crps_log1p']:.3f}",
            _difference(differences.get(model), digits) if differences else "",
        )
    return table


def _difference(row: Mapping[str, Any] | None, digits: int) -> str:
    if row is None:
        return ""
    crps = row["crps"]
    ends = f"{crps['lo']:+.{digits}f} to {crps['hi']:+.{digits}f}"
    return f"{crps['estimate']:+.{digits}f} ({ends}) {crps['verdict']}"


def _windows(by_window: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    table = Table(title="CRPS by year", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for window in by_window:
        table.add_column(str(window), justify="right")
    models = next(iter(by_window.values()))
    for model in models:
        values = [rows[model]["crps"] for rows in by_window.values()]
        digits = 2 if max(values) >= 1 else 4
        table.add_row(LABELS[model], *(f"{value:.{digits}f}" for value in values))
    return table


def _show_wins(wins: Mapping[str, Any], console: Console) -> None:
    row = wins["conflictology"]
    years, units = row["windows"], row["units"]
    console.print(
        f"Against last year again it was nearer in {years['won']} of {years['of']} years and "
        f"{units['won']} of {units['of']} places ({units['tied']} the same)"
    )


def _show_miss(miss: Mapping[str, Any], console: Console) -> None:
    low, high = miss["forecast_90"]
    year = miss["worst_window"]
    console.print(
        f"Worst miss: {miss['name']}, {miss['month']}: {miss['observed']:,.0f} killed, forecast "
        f"{miss['forecast_median']:,.0f} ({low:,.0f} to {high:,.0f}). Worst year: {year['name']} "
        f"{year['window']}, {100 * year['share_of_loss']:.0f}% of all error"
    )


def _skill(row: Mapping[str, Any]) -> str:
    estimate, lo, hi = (round(100 * row[key]) for key in ("estimate", "lo", "hi"))
    value = f"{estimate}% ({lo} to {hi})"
    return value if row["verdict"] in ("better", "worse") else f"{row['verdict']}, {value}"
