"""How `liptako verify --level regimes` lays out its scores for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from liptako.words.numbers import between
from liptako.words.verification import say


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print the scores of forecasts of how long regimes last."""
    about = say("regimes_about", first=content["first_origin"])
    console.print(f"\n[bold]{say['regimes']}[/], {about}", soft_wrap=True)
    for months, periods in content["horizons"].items():
        _show_horizon(months, periods, content["stayed"], console)
    console.print(f"\n{say['regimes_read']}", soft_wrap=True)
    losses = ", ".join(
        say("regime_score", form=say[form], score=f"{loss:+.4f}")
        for form, loss in content["mean_loss_against_age"].items()
    )
    stayed = {"form": say[content["stayed"]], "allowed": content["allowed_loss"]}
    console.print(f"[bold]{say('regimes_stayed', losses=losses, **stayed)}[/]\n", soft_wrap=True)
    _show_triples(content["triples"], content["stayed"], console)


def _show_horizon(months: str, periods: Mapping[str, Any], stayed: str, console: Console) -> None:
    chosen = periods["chosen_on"]
    head = say(
        "regimes_horizon", months=months, **_places(chosen, "regimes", "countries", "lasted")
    )
    console.print(f"\n{head}", soft_wrap=True)
    heads = (say["forecast"], say["log_score"], "Brier", say["less_age"])
    table = Table(*heads, box=None)
    for row in chosen["scores"]:
        form = row["form"]
        gap = chosen["differences"].get(form)
        table.add_row(
            say[form], f"{row['log_score']:.4f}", f"{row['brier']:.4f}",
            "" if gap is None else _span(gap["log_score"], 4, sign="+"),
        )  # fmt: skip
    console.print(table)
    auc = {row["form"]: row["auc"] for row in chosen["scores"]}[stayed]
    spans = {name: _span(span, 2) for name, span in chosen["calibration"][stayed].items()}
    console.print(
        say("regimes_judged", form=say[stayed], auc=_span(auc, 2), **spans), soft_wrap=True
    )
    bins = "; ".join(
        say("fifth", said=f"{row['p']:.2f}", happened=f"{row['frequency']:.2f}",
            range=between(f"{row['lo']:.2f}", f"{row['hi']:.2f}"))
        for row in chosen["reliability"][stayed]
    )  # fmt: skip
    console.print(say("fifths_of", bins=bins), soft_wrap=True)
    if later := periods.get("later"):
        scores = ", ".join(
            say("regime_score", form=say[row["form"]], score=f"{row['log_score']:.4f}")
            for row in later["scores"]
        )
        console.print(say("regimes_later", scores=scores, **_places(later)), soft_wrap=True)


def _show_triples(rows: list[Mapping[str, Any]], stayed: str, console: Console) -> None:
    console.print(f"[bold]{say['triples']}[/]")
    heads = ("in_one", "months_ahead_of", "forecast_of", "lasted_of", "groups_of")
    table = Table(*(say[head] for head in heads), box=None)
    for row in rows:
        if row["form"] == stayed and row["period"] == "all":
            table.add_row(
                say[row["within"]], str(row["horizon"]),
                _in_100(row["p"], row["p_lo"], row["p_hi"]),
                _in_100(row["share"], row["lo"], row["hi"]),
                f"{row['groups']:,} ({row['origins']})",
            )  # fmt: skip
    console.print(table)


def _places(scored: Mapping[str, Any], *more: str) -> dict[str, str]:
    counts = {name: f"{scored[name]:,}" for name in ("cases", *more)}
    return {"first": scored["first_origin"], "last": scored["last_origin"], **counts}


def _span(interval: list[float], digits: int, sign: str = "") -> str:
    value, low, high = (f"{number:{sign}.{digits}f}" for number in interval)
    return f"{value} ({between(low, high)})"


def _in_100(p: float, lo: float, hi: float) -> str:
    return f"{100 * p:.0f} ({between(f'{100 * lo:.0f}', f'{100 * hi:.0f}')})"
