"""How `liptako verify` lays out a verification for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from liptako.cli import (
    verify_displacement,
    verify_growth,
    verify_recruitment,
    verify_regimes,
    verify_streams,
    verify_world,
)
from liptako.words.numbers import between
from liptako.words.numbers import say as number_words
from liptako.words.verification import say, worst_miss
from liptako.words.verification import skill as skill_words


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print a verification."""
    for path in content.get("exported", []):
        console.print(say("written", path=path), soft_wrap=True)
    {
        "world": verify_world.show,
        "streams": verify_streams.show,
        "growth": verify_growth.show,
        "coups": _show_coups,
        "regimes": verify_regimes.show,
        "displacement": verify_displacement.show,
        "recruitment": verify_recruitment.show,
        "pact": _show_pact,
    }.get(content["level"], _show_deaths)(content, console)
    if "stored" in content and "prospective" not in content:
        console.print(say("stored", path=content["stored"]), soft_wrap=True)


def _show_deaths(content: Mapping[str, Any], console: Console) -> None:
    if "prospective" in content:
        _show_prospective(content, console)
    if "scores" not in content:
        return
    head = say("deaths", countries=", ".join(content["countries"]))
    about = say(
        "cases",
        cases=f"{content['cases']:,}",
        units=say[f"units_{content['level']}"],
        members=f"{content['members']:,}",
    )
    console.print(f"\n[bold]{head}[/]: {about}\n")
    console.print(_scores(content["scores"], content["differences"], "liptako"))
    console.print(f"{say['read']}\n")
    console.print(_windows(content["by_window"]))
    console.print(f"\n[bold]{content['skill_line']}[/]")
    _show_wins(content["wins"], console)
    console.print(worst_miss(content["worst_miss"]))
    if content.get("chances"):
        _show_chances(content["chances"], console)
    if "all_observed" in content:
        every = content["all_observed"]
        skill = _skill(every["skill_vs_conflictology"])
        console.print(say("all_observed", countries=", ".join(every["countries"]), skill=skill))
    _show_more(content, console)


def _show_coups(content: Mapping[str, Any], console: Console) -> None:
    about = say(
        "coups_cases",
        cases=f"{content['cases']:,}",
        first=content["first_origin"],
        last=content["last_origin"],
        events=f"{content['events']:,}",
    )
    console.print(f"\n[bold]{say['coups']}[/], {about}\n")
    heads = (say["forecast"], say["log_score"], "Brier", "AUC", say["expected"],
             say["less_base_rate"])  # fmt: skip
    table = Table(*heads)
    for row in content["scores"]:
        gap = content["differences"].get(row["model"])
        span = "" if gap is None else "{:+.4f} ({:+.4f} to {:+.4f})".format(*gap["log_score"])
        table.add_row(
            say[row["model"]], f"{row['log_score']:.4f}", f"{row['brier']:.4f}",
            "{:.2f} ({:.2f} to {:.2f})".format(*content["auc"][row["model"]]),
            f"{row['expected']:.1f}", span,
        )  # fmt: skip
    console.print(table)
    gap, low, high = content["against_tenure"]
    ends = {"gap": f"{gap:+.4f}", "low": f"{low:+.4f}", "high": f"{high:+.4f}"}
    console.print(f"{say('coups_read', stayed=say[content['stayed']], **ends)}\n")
    bins = Table(*(say[key] for key in ("chance_said", "column_cases", "mean_chance", "happened")))
    for row in content["reliability"]:
        if row["model"] == "liptako" and row["n"]:
            said = between(f"{row['low']:.2f}", f"{row['high']:.2f}")
            bins.add_row(said, str(row["n"]), f"{row['p']:.2f}", f"{row['frequency']:.2f}")
    console.print(bins)


def _show_pact(content: Mapping[str, Any], console: Console) -> None:
    events = {event: say[event] for event in ("operation", "exit", "end")}
    about = say(
        "pact_about",
        init_time=content["init_time"],
        age=content["age"],
        members=f"{content['members']:,}",
        pacts=content["past_pacts"],
        weight=f"{content['past_weight']:.0f}",
    )
    console.print(f"\n[bold]{say['pact']}[/], {about}\n", soft_wrap=True)
    heads = ("in_100", "model", "by_month", "", "past", "covers", "predicts")
    table = Table(*(say.get(key, "") for key in heads), box=None)
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
        said = [
            say("quantile", model=row["model"], quarter=_month(row["q25"]), half=_month(row["q50"]))
            for row in rows
        ]
        console.print(say("quantiles", event=name, models=", ".join(said)), soft_wrap=True)
    console.print(f"\n{say['pact_read']}\n", soft_wrap=True)
    _show_left_out(content["left_out"], console)
    _show_histories(content["hysteresis"], console)


def _show_left_out(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    console.print(f"[bold]{say['left_out']}[/], {say['left_out_about']}\n", soft_wrap=True)
    heads = ("from_month", "", "within", "column_cases", "came", "expected", "less_constant")
    table = Table(*(say.get(key, "") for key in heads), box=None, padding=(0, 1, 0, 0))
    before = None
    for row in rows:
        gap = [f"{row[f'log_score_{key}']:+.2f}" for key in ("gap", "lo", "hi")]
        start = (str(row["age"]), say[f"short_{row['event']}"])
        table.add_row(
            *(("", "") if start == before else start), str(row["months"]), str(row["n"]),
            str(row["happened"]), f"{row['expected']:.1f}", f"{gap[0]} ({between(*gap[1:])})",
        )  # fmt: skip
        before = start
    console.print(table)
    console.print(f"\n{say['left_out_read']}\n", soft_wrap=True)


def _show_histories(content: Mapping[str, Any], console: Console) -> None:
    console.print(f"[bold]{say['histories']}[/], {say['histories_about']}\n")
    heads = ("months_ahead", "", "on_paper", "at_work", "sets_apart")
    table = Table(*(say.get(key, "") for key in heads), box=None)
    values = {(row["lead"], row["history"]): row for row in content["histories"]}
    for row in content["differ"]:
        lead, quantity = row["lead"], row["quantity"]
        both = [f"{100 * values[lead, name][quantity]:.0f}" for name in ("paper", "operating")]
        share = "-" if math.isnan(row["share"]) else f"{100 * row['share']:.0f}"
        table.add_row(str(lead), quantity, *both, share)
    console.print(table)
    differs = f"{100 * content['differs']:.0f}"
    console.print("\n" + say("histories_read", differs=differs), soft_wrap=True)


def _in_100(p: float, lo: float, hi: float) -> str:
    span = "" if math.isnan(lo) else f" ({100 * lo:.0f}-{100 * hi:.0f})"
    return f"{100 * p:.0f}{span}"


def _month(month: float) -> str:
    return say["later"] if math.isnan(month) else f"{month:.0f}"


def _answer(value: bool | None) -> str:
    return "-" if value is None else number_words["yes" if value else "no"]


def _show_chances(chances: Mapping[str, Any], console: Console) -> None:
    """Print what was said of cells, threshold by threshold, beside what happened."""
    for threshold, row in chances.items():
        console.print(f"\n[bold]{say('chance_of', deaths=threshold)}[/]")
        table = Table(box=None, pad_edge=False)
        for key in ("chance_said", "column_cases", "expected", "came"):
            table.add_column(say[key], justify="right")
        for part in row["bins"]:
            said = between(f"{part['low']:g}", f"{part['high']:g}")
            expected = f"{part['expected']:,.1f}"
            table.add_row(said, f"{part['count']:,}", expected, f"{part['happened']:,}")
        console.print(table)
        scores = ", ".join(f"{say[model]} {score:.5f}" for model, score in row["brier"].items())
        console.print(say("brier", scores=scores), soft_wrap=True)


def _show_more(content: Mapping[str, Any], console: Console) -> None:
    if one_sided := content.get("one_sided"):
        console.print(say("one_sided", skill=_skill(one_sided["skill_vs_conflictology"])))
    if long := content.get("leads_15_36"):
        origins = long["origins"]
        skill = _skill(long["skill_of_level"]["conflictology"])
        console.print(say("long", first=origins[0], last=origins[-1], skill=skill))
        if own := long.get("with_liptako"):
            origins = own["origins"]
            skill = _skill(own["skill"]["conflictology"])
            held = f"{100 * own['scores']['liptako']['coverage90']:.0f}"
            console.print(
                say("long_own", first=origins[0], last=origins[-1], skill=skill, held=held)
            )
    if against := content.get("against"):
        console.print("\n" + say("on_given", cases=f"{against['cases']:,}"))
        console.print(_scores(against["scores"], against["differences"], "liptako"))


def _show_prospective(content: Mapping[str, Any], console: Console) -> None:
    if "stored" in content:
        console.print(say("stored", path=content["stored"]), soft_wrap=True)
    for note in content["notes"]:
        console.print(note, soft_wrap=True)
    for row in content["prospective"]:
        first, last = row["months"]
        places = {"init_time": row["init_time"], "first": first, "last": last}
        about = say("prospective", **places, units=row["units"])
        console.print(f"\n[bold]{row['file']}[/], {about}")
        console.print(_scores(row["scores"], row["differences"], "liptako"))


def _scores(
    scores: Mapping[str, Mapping[str, float]], differences: Mapping[str, Any] | None, own: str
) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("CRPS", say["ignorance"], say["interval"], say["held"], "CRPS log"):
        table.add_column(name, justify="right")
    table.add_column(say("minus", model=say[own]))
    digits = 2 if max(row["crps"] for row in scores.values()) >= 1 else 4
    for model, row in scores.items():
        table.add_row(
            f"[bold]{say[model]}[/]" if model == own else say[model],
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
    ends = between(f"{crps['lo']:+.{digits}f}", f"{crps['hi']:+.{digits}f}")
    return f"{crps['estimate']:+.{digits}f} ({ends}) {crps['verdict']}"


def _windows(by_window: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    table = Table(title=say["by_year"], title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for window in by_window:
        table.add_column(str(window), justify="right")
    models = next(iter(by_window.values()))
    for model in models:
        values = [rows[model]["crps"] for rows in by_window.values()]
        digits = 2 if max(values) >= 1 else 4
        table.add_row(say[model], *(f"{value:.{digits}f}" for value in values))
    return table


def _show_wins(wins: Mapping[str, Any], console: Console) -> None:
    row = wins["conflictology"]
    years, units = row["windows"], row["units"]
    won = {"years_won": years["won"], "years": years["of"], "units_won": units["won"]}
    console.print(say("wins", **won, units=units["of"], tied=units["tied"]))


def _skill(row: Mapping[str, Any]) -> str:
    estimate, low, high = (round(100 * row[key]) for key in ("estimate", "lo", "hi"))
    return skill_words(estimate, low, high, row["verdict"])
