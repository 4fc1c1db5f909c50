"""`liptako lenses`: which lens decisions of juntas are consistent with, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.words import lenses as words
from liptako.words.lenses import say

WIDE, NARROW = 40, 15
"""Widths of the columns of juntas and of families."""


def lenses(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    *,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Infer anew, a minute or two, not from what is stored.")
    ] = False,
    calibrate: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=10,
            max=2000,
            help="Test the inference on N synthetic histories; from 200 on, recovery too.",
        ),
    ] = None,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Simulate the same futures under each lens.")
    ] = False,
    members: Annotated[
        int, typer.Option(metavar="N", min=2, max=100_000, help="Futures under each lens.")
    ] = 500,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")] = 1,
    keep: Annotated[
        bool, typer.Option("--store", help="Keep what was found beside the theatre.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show which lens the juntas' decisions are consistent with, and what that rests on."""
    from liptako.experiments.lenses import case_of, check_futures
    from liptako.inference.motives.stored import store, stored
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario(scenario)
    content = stored(loaded.folder)
    case = case_of(loaded)
    if simulate:
        check_futures(loaded, case)
    found: dict[str, Any] = {}
    with progress_bar(as_json) as progress:
        posterior = None
        if fresh or content is None or simulate:
            posterior = _infer(case, seed, progress)
            found |= {**plain(posterior.summary()), "measured": measured(), "seed": seed}
        if calibrate is not None:
            found |= plain(_calibrate(case, calibrate, seed, progress))
        if simulate:
            found["simulated"] = plain(_simulate(loaded, members, seed, posterior, progress))
    content = {**(content or {}), **found}
    if keep and found:
        store(found, loaded.folder)
    content["stale"] = content["fingerprint"] != case.fingerprint()
    if as_json:
        print_json({key: value for key, value in content.items() if key != "draws"})
    else:
        show(content, case)
    broken = found.get("broken", {"passed": False})["passed"]
    if broken or not found.get("calibration", {"passed": True})["passed"]:
        raise typer.Exit(1)


def plain(value: Any) -> Any:
    """Return JSON content: numbers rounded to what they are worth, `nan` as null."""
    from liptako.verification.results import rounded

    return rounded(value, 5)


def _infer(case: Any, seed: int, progress: Any) -> Any:
    from liptako.inference.motives.infer import infer

    progress("Inferring motives", 0, 0)
    return infer(case, seed)


def _calibrate(case: Any, n: int, seed: int, progress: Any) -> dict[str, Any]:
    from liptako.verification import motives

    progress("Calibrating on synthetic histories", 0, 0)
    found: dict[str, Any] = {
        "calibration": motives.calibrate(case.record, case.names, n, seed).summary()
    }
    if n >= motives.FULL:
        half = n // 2
        broken = motives.calibrate(case.record, case.names, half, seed, spoil=motives.thrice)
        found["broken"] = broken.summary()
        progress("Recovery by length of history", 0, 0)
        found["recovery"] = motives.recovery(case.record, case.names, seed)
        found["false_names"] = motives.false_names(case.record, case.names, seed=seed)
    return found


def _simulate(
    loaded: Any, members: int, seed: int, posterior: Any, progress: Any
) -> dict[str, Any]:
    from liptako.experiments.lenses import simulate_lenses

    table = simulate_lenses(loaded, members=members, seed=seed, found=posterior, progress=progress)
    return {"members": members, "rows": table.to_dict("records")}


def show(content: Mapping[str, Any], case: Any) -> None:
    """Print a summary as `liptako.inference.motives.summary` gives it."""
    from liptako.theatre import motives
    from liptako.words.dates import month_name

    console.print(f"[bold]{say['title']}[/]")
    about = {key: content["panel"][key] for key in ("quarters", "months", "rows", "forks")}
    lines = [say("about", date=month_name(content["until"]), **about)]
    check = motives.check(case.motives)
    if check.state != "as frozen":
        lines.append(say("changed", parts=", ".join(check.changed) or check.state))
    if content["stale"]:
        lines.append(say["stale"])
    lines += ["", *table_lines(content)]
    lines += ["", words.legend(content), "", words.gain_sentence(content), "", say["models"]]
    lines += [f"  {line}" for line in words.model_lines(content["predictive"])]
    lines += ["", say["telling"], *(f"  {line}" for line in words.telling_lines(content))]
    lines += ["", say["sensitivity"]]
    lines += [f"  {line}" for line in words.variant_lines(content["sensitivity"])]
    lines += ["", words.agreement_sentence(content), *words.comparator_lines(content)]
    lines.append(say("sampler", **content["sampler"]))
    if "calibration" in content:
        lines += ["", *words.calibration_lines(content)]
    if "simulated" in content:
        lines += ["", *simulated_lines(content["simulated"])]
    for line in [*lines, "", say["footer"]]:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def table_lines(content: Mapping[str, Any]) -> list[str]:
    """Return the shares of families by junta, a line each."""
    rows = [(row["label"], row) for row in content["juntas"].values()]
    rows.append((say["together"], content["together"]))
    families = list(content["together"]["families"])
    lines = [_line(say["junta"], families, say["verdict"])]
    for label, row in rows:
        cells = [words.share_text(row["families"][name]) for name in families]
        lines.append(_line(label, cells, words.verdict_text(row["verdict"])))
    return lines


def simulated_lines(simulated: Mapping[str, Any]) -> list[str]:
    """Return what futures come to under each lens, by lens and outcome."""
    from liptako.cli.compare_text import outcome_lines

    members = simulated["members"]
    lines = [say("simulated", members=members), say["tests"]]
    by_label: dict[str, list[dict[Any, Any]]] = {}
    for row in simulated["rows"]:
        numbers = {key: float("nan") if value is None else value for key, value in row.items()}
        by_label.setdefault(row["label"], []).append(numbers)
    for label, rows in by_label.items():
        lines += ["", label, *outcome_lines(rows, "prior", members)]
    return lines


def _line(first: str, cells: list[str], last: str) -> str:
    return f"{first:<{WIDE}}" + "".join(f"{cell:>{NARROW}}" for cell in cells) + f"   {last}"
