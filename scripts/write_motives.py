"""Write docs/motives.md from the stored inference and the forks; no figure in it is typed by hand.

liptako lenses --fresh --simulate --calibrate 200 --store
python scripts/write_motives.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from liptako.inference.motives.stored import stored
from liptako.theatre.loading import load_scenario
from liptako.theatre.motives import Motives, load_motives
from liptako.words import lenses as words
from liptako.words.dates import month_name
from liptako.words.lenses import say
from liptako.words.skill import measured

PAGE = Path(__file__).resolve().parents[1] / "docs" / "motives.md"
INTRO = """# Motives: which lens decisions are consistent with

The argument reads the juntas in three families of ways: idealistic, pragmatic and cynical. Each
is written down as a *lens*, a weight over the consequences that a decision is expected to have; a
fourth, opportunism, takes the best offer at hand and is the null that the others must beat.
`liptako lenses` says which lens the decisions of each junta are consistent with, and how sure
that is. It says nothing of what any person meant. "Cannot be decided here" is a result.

## What was found

{about} {measured}, by `liptako lenses --fresh --store`.

{table}

{legend}

{gain}

{models}

## What speaks most

{telling}

{telling_lines}

## What survives

{sensitivity_lines}

{agreement}

{comparators}

## Can it find a lens that is there?

{calibration}

## What would differ

{simulated}

## Forks

Decisions at which lenses predict opposite signs. Of each, the option taken is named first, then
the option refused and who offered it; `+` a lens that prefers the first, `-` the second.

{forks}

A restraint is an option that was open and not taken by the end, where it is censored. Offers of
December 2023 have no answer yet and are no fork. The timeline has no row on whether the killings
of April 2023 in Burkina Faso were looked into, so that there is no fork on it; those of November
have one.

## How it is done

- **Record.** `junta_months.csv`, written by `scripts/write_panel.py` from the timeline: a quarter
  is one choice among the acts that were open, or none. A joint decision counts a third for each
  of three. A row that decides a fork is taken out of its quarter, so that no row counts twice.
  Not acting counts: every act that was open and not taken lowers what would have made it likely.
- **Model.** That of the simulation (`processes/choices.py`): readiness of acts plus the strength
  of motives times what lenses say an act is worth. Shares of lenses are pooled over juntas: the
  timeline has no rows of earlier juntas and hardly any of civilian governments, so nothing else
  can pool them. Of the situations that make an act worth more, losses and disputes are on record;
  the others are held.
- **Codes.** Two codings of what acts and options bring, the second from a shuffled sheet without
  date, name or choice (`scripts/second_coding.py`). One coder made both, so that their
  agreement is an upper bound, and set some so that lenses disagree on a fork: the signs are no
  independent check. The posterior sums over them.
- **Frozen.** Lenses, forks and codes stand in `motives.lock` from before a posterior was computed
  (`scripts/freeze_motives.py` logs a change).
- **Held out.** A junta's quarter with its forks is left out in turn, by Pareto-smoothed
  importance sampling. Only if motives say these better than none, by more than the error, does
  the main run draw from the posterior; how ready acts are then comes from the same draws.
- **Comparators.** Killings by the state (events of the theatre) and hand-overs of the world's
  regimes born of coups. No series of peacekeepers' sites ships, so there is none.

In Python, `lp.lenses()` infers anew; `.summary()` has all of this, `.to_arviz()` an ArviZ
`InferenceData`, `lp.plot.lenses(found)` the picture.
`liptako lenses --fresh --store` keeps a new inference, `liptako lenses --simulate` runs the same
futures under each lens, and `liptako lenses --calibrate 200` tests it on synthetic histories.
"""
OUTCOMES = ("pact_alive", "regimes_held", "civilians_killed", "civilians_by_state", "coups")


def page(content: dict[str, Any], motives: Motives) -> str:
    """Return the page for a stored inference."""
    about = {key: content["panel"][key] for key in ("quarters", "months", "rows", "forks")}
    opened = say("about", date=month_name(content["until"]), **about)
    calibrated = words.calibration_lines(content) if "calibration" in content else ["Not run yet."]
    return INTRO.format(
        measured=measured(content.get("measured", {})),
        about=f"{opened[:1].upper()}{opened[1:]}. " + say("sampler", **content["sampler"]),
        table="\n".join(_shares(content)),
        legend=words.legend(content),
        gain=words.gain_sentence(content),
        models="\n".join(
            [say["models"] + ":", "", *_bullets(words.model_lines(content["predictive"]))]
        ),
        telling=say["telling"],
        telling_lines="\n".join(
            f"{at}. {line}" for at, line in enumerate(words.telling_lines(content), start=1)
        ),
        sensitivity_lines="\n".join(
            [say["sensitivity"] + ":", "", *_bullets(words.variant_lines(content["sensitivity"]))]
        ),
        agreement=words.agreement_sentence(content),
        comparators="\n".join(_bullets(words.comparator_lines(content))),
        calibration="\n".join(_bullets(line.strip() for line in calibrated)),
        simulated="\n".join(_simulated(content)),
        forks="\n".join(_forks(motives)),
    )


def _shares(content: dict[str, Any]) -> list[str]:
    families = list(content["together"]["families"])
    head = [say["junta"], *families, "contraction", say["verdict"]]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    rows = [(row["label"], row) for row in content["juntas"].values()]
    for label, row in [*rows, (say["together"], content["together"])]:
        cells = [words.share_text(row["families"][name]) for name in families]
        shrunk = " ".join(f"{row['families'][name]['contraction']:.2f}" for name in families)
        verdict = words.verdict_text(row["verdict"])
        lines.append(f"| {' | '.join([label, *cells, shrunk, verdict])} |")
    return [*lines, "", say["contraction"]]


def _simulated(content: dict[str, Any]) -> list[str]:
    found = content.get("simulated")
    if not found:
        return ["Not simulated yet."]
    lines = [f"{say('simulated', members=found['members'])}. {say['tests']}", ""]
    lines += [f"| motives | {' | '.join(OUTCOMES)} |", "|" + "---|" * (1 + len(OUTCOMES))]
    base = {row["outcome"]: row for row in found["rows"]}
    lines.append(
        "| prior | " + " | ".join(_number(base[name], "base", "") for name in OUTCOMES) + " |"
    )
    for label in dict.fromkeys(row["label"] for row in found["rows"]):
        rows = {row["outcome"]: row for row in found["rows"] if row["label"] == label}
        cells = [f"{_number(rows[o], 'diff', '+')} ({rows[o]['verdict']})" for o in OUTCOMES]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return [*lines, "", say["simulated_legend"]]


def _number(row: dict[str, Any], key: str, sign: str) -> str:
    scale = 100.0 if row["unit"] == "chance" or row["unit"].startswith("share") else 1.0
    value, error = scale * row[key], scale * row["mcse"]
    digits = 0 if abs(value) >= 20 else 1 if abs(value) >= 1 else 2
    text = f"{value:{sign},.{digits}f}"
    return text if key == "base" else f"{text} ± {error:,.{digits}f}"


def _forks(motives: Motives) -> list[str]:
    lenses = list(motives.spec.lenses)
    head = ["month", "junta", "taken", "refused (offered by)", *lenses]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for fork in motives.forks.values():
        signs = ["-0+"[fork.predicts[name] + 1] for name in lenses]
        when = f"to {fork.month}" if fork.restraint else fork.month
        refused = f"{fork.refused.label} ({fork.offered_by})"
        lines.append(f"| {' | '.join([when, fork.junta, fork.taken.label, refused, *signs])} |")
    return lines


def _bullets(lines: Any) -> list[str]:
    return [f"- {line}" for line in lines]


def written() -> str:
    """Return the page for what the theatre stores."""
    loaded = load_scenario()
    motives = load_motives(loaded.folder, tuple(loaded.theatre.menu))
    content = stored(loaded.folder)
    assert motives is not None
    assert content is not None
    return page(content, motives)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
