"""What `liptako data import` says: what a file covers, what was left out, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts

say = Texts(
    "data",
    {
        "read": "{file}: {rows:,} events, {used:,} of them taken, {first} to {last}",
        "covered": "Covered: {countries}",
        "span": "{countries} ({first} to {last})",
        "replaced": "Deaths in what it covers: {before:,} recorded before, {after:,} now",
        "quiet": (
            "Taken for a file of the whole world. No event there, so counted as quiet: "
            "{countries}. If it holds only some countries, name them with --countries"
        ),
        "gap": (
            "Left as it was, for months are missing between its data and the file: {country}, from "
            "{month}"
        ),
        "never": (
            "Left out, for it was never observed: {countries}. If the file is complete for it, say "
            "so: --countries, --first and --last"
        ),
        "month_not_covered": (
            "{number:,} events left out: they stand alone, apart from the file's other months. "
            "If they are right, say what it covers: --first and --last"
        ),
        "cell_not_observed": (
            "{number:,} events left out: they lie in regions whose data end earlier"
        ),
        "skipped": "{number:,} events in countries outside the theatre were passed over",
        "low_above_best": "{number:,} events with a low above the best estimate: lowered to it",
        "best_above_high": "{number:,} events with a best estimate above the high: high raised",
        "parts_differ": "{number:,} events whose deaths by side do not add up: left as they are",
        "unmapped": (
            "{number:,} events with {deaths:,} deaths that no rule of {rules} gives a stream: "
            "{sides}"
        ),
        "outside": "{number:,} events outside the theatre's cells",
        "lost": (
            "Recorded deaths would go: {each}. Check the file; if it is right, import it with --yes"
        ),
        "of": "{gone:,} of {before:,} in {country}",
        "next": "Next:",
        "next_import": "liptako data import {file}{yes}  to add it",
        "next_show": "liptako data show  to see what is covered now",
        "next_run": 'Set init_time = "{last}" in a scenario of your own, then check and run it: '
        "liptako scenario new mine",
        "behind": (
            "A run needs all members: it can start at the latest from {start}, until data for the "
            "others are imported too"
        ),
        "back": "To go back to the data that came with Liptako, remove {folder}",
    },
)


def imported(report: Mapping[str, Any], names: Mapping[str, str], rules: str) -> list[str]:
    """Return sentences on what an import did, or would do.

    Args:
        report: of `liptako.data.imports.ImportReport`, as a mapping.
        names: of countries by code.
        rules: the file of stream rules.
    """
    lines = [
        say("read", file=report["file"], rows=report["rows"], used=report["used"],
            first=report["first_month"], last=report["last_month"]),
        say("covered", countries="; ".join(_spans(report["covered"], names))),
        say("replaced", before=report["deaths_before"], after=report["deaths_after"]),
    ]  # fmt: skip
    if report["world"] and report["quiet"]:
        lines.append(say("quiet", countries=_named(report["quiet"], names)))
    lines += [say("gap", country=names[iso], month=at) for iso, at in report["gaps"].items()]
    if report["never"]:
        lines.append(say("never", countries=_named(report["never"], names)))
    lines += [say(why, number=number) for why, number in report["left_out"].items()]
    if report["skipped"]:
        lines.append(say("skipped", number=sum(report["skipped"].values())))
    lines += [
        say(why, number=report["repairs"][why])
        for why in ("low_above_best", "best_above_high", "parts_differ")
        if report["repairs"][why]
    ]
    if report["unmapped"]:
        rows = report["unmapped"]
        lines.append(
            say("unmapped", number=sum(row["events"] for row in rows), rules=rules,
                deaths=sum(row["deaths"] for row in rows),
                sides="; ".join(f"{row['side_a']} - {row['side_b']}" for row in rows[:3]))
        )  # fmt: skip
    if report["outside_cells"]:
        lines.append(say("outside", number=report["outside_cells"]))
    if report["start_month"] is not None and report["start_month"] < report["last_month"]:
        lines.append(say("behind", start=report["start_month"]))
    if report["lost"]:
        each = (
            say("of", gone=gone, before=before, country=names[iso])
            for iso, (gone, before) in report["lost"].items()
        )
        lines.append(say("lost", each=", ".join(each)))
    return lines


def next_steps(report: Mapping[str, Any], file: str, folder: str) -> list[str]:
    """Return what to do after an import, or after a trial of one."""
    if report["dry_run"]:
        return [say("next_import", file=shlex.quote(file), yes=" --yes" if report["lost"] else "")]
    start = report["start_month"]
    steps = [say["next_show"]]
    if start is not None:
        steps.append(say("next_run", last=start))
    return [*steps, say("back", folder=folder)]


def _named(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(names[iso] for iso in codes)


def _spans(covered: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> list[str]:
    """Return spans with the countries that share them."""
    by_span: dict[tuple[str, ...], list[str]] = {}
    for iso, span in covered.items():
        by_span.setdefault(tuple(span), []).append(iso)
    return [
        say("span", countries=_named(codes, names), first=first, last=last)
        for (first, last), codes in by_span.items()
    ]
