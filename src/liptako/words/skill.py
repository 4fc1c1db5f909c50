"""What is said of how well forecasts were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts

say = Texts(
    "skill",
    {
        "unclear": (
            "Tested on deaths {years}: "
            "no clear difference from 'last year again' ({low}% to {high}%)"
        ),
        "better": (
            "Tested on deaths {years}: "
            "{skill:.0f}% ({low:.0f}-{high:.0f}) better than 'last year again'"
        ),
        "worse": (
            "Tested on deaths {years}: "
            "{skill:.0f}% ({low:.0f}-{high:.0f}) worse than 'last year again'"
        ),
        "not_tested": "Deaths: not yet tested.",
        "regimes": (
            "Regimes: tested on {cases:,} past cases in the world ({months} months, origins before "
            "2018): log score {score:.3f} against {constant:.3f} for a constant (gain {gain:.3f}, "
            "{low:.3f} to {high:.3f}); which of two lasts longer is told {apart} "
            "(AUC {auc:.2f}, {auc_low:.2f}-{auc_high:.2f}). Three of a region at once: {p} "
            "in 100 expected to last, {share} ({share_low}-{share_high}) did"
        ),
        "pact": (
            "Pact: {n} past pacts left out one by one: a first operation within {months} months is "
            "forecast {how} than by the share of the others (log score {gap:+.3f}, {low:+.3f} to "
            "{high:+.3f})"
        ),
        "by_chance": "no better than by chance",
        "by_skill": "better than by chance",
        "pact_better": "better",
        "pact_worse": "worse",
        "pact_same": "no better",
        "measured": "Measured on {date}, Python {python}, {machine}",
        "measured_unknown": "Measured on a day that was not recorded",
    },
)


def skill_line(years: Sequence[int], estimate: float, low: float, high: float) -> str:
    """Return in one sentence how well deaths were forecast.

    Args:
        years: tested, first to last.
        estimate: skill against last year again, as a share.
        low: end of its interval.
        high: the other end.

    Example:
        >>> skill_line([2018, 2023], 0.1, 0.02, 0.17)
        "Tested on deaths 2018-23: 10% (2-17) better than 'last year again'"
    """
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1] % 100:02d}"
    skill, low, high = 100.0 * estimate, 100.0 * low, 100.0 * high
    if low <= 0 <= high:
        return say("unclear", years=span, low=round(low), high=round(high))
    if skill > 0:
        return say("better", years=span, skill=skill, low=low, high=high)
    return say("worse", years=span, skill=-skill, low=-high, high=-low)


def regimes_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how regimes were forecast, from the record that is kept of it."""
    gain, low, high = record["gain"]
    auc, auc_low, auc_high = record["auc"]
    p, share, share_low, share_high = (f"{100 * value:.0f}" for value in record["triples"])
    return say(
        "regimes",
        cases=record["cases"],
        months=record["months"],
        score=record["log_score"],
        constant=record["constant"],
        gain=gain,
        low=low,
        high=high,
        apart=say["by_skill" if auc_low > 0.5 else "by_chance"],
        auc=auc,
        auc_low=auc_low,
        auc_high=auc_high,
        p=p,
        share=share,
        share_low=share_low,
        share_high=share_high,
    )


def pact_line(record: Mapping[str, Any]) -> str:
    """Return in one sentence how past pacts were forecast, from the record that is kept of it."""
    gap, low, high = record["gap"]
    key = "pact_same" if low <= 0 <= high else "pact_better" if gap < 0 else "pact_worse"
    return say(
        "pact", n=record["n"], months=record["months"], how=say[key], gap=gap, low=low, high=high
    )


def measured(recorded: Mapping[str, str]) -> str:
    """Return when and where something was measured, as it was recorded then.

    Example:
        >>> measured({"date": "2026-11-23", "python": "3.11.7", "machine": "x86_64"})
        'Measured on 2026-11-23, Python 3.11.7, x86_64'
        >>> measured({})
        'Measured on a day that was not recorded'
    """
    known = {name: recorded.get(name) for name in ("date", "python", "machine")}
    return say("measured", **known) if all(known.values()) else say["measured_unknown"]
