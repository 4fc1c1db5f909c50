"""Write the README's figure and its table of skill from measured results.

    python scripts/update_readme.py RUN_FOLDER

The figure comes from the run's tables, the skill from the stored verification that
`liptako verify --store` wrote. Nothing between the markers is ever typed by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import liptako as lp
from liptako.theatre.loading import load_scenario
from liptako.verification import part_lines, skill_line, stored
from liptako.words.skill import measured
from liptako.words.verification import worst_miss

ROOT = Path(__file__).resolve().parents[1]
FIGURE = ROOT / "docs" / "figures" / "deaths.png"
NAMES = {
    "liptako": "Liptako",
    "level": "its level alone, without the grid",
    "ew_level": "exponentially weighted level",
    "conflictology_smoothed": "last 12 months again, smoothed",
    "conflictology": "last 12 months again",
    "last_observation_poisson": "last month again",
    "zero": "no deaths",
}


def draw_figure(run: Path) -> str:
    """Draw deaths in the member countries and return the line that shows the figure."""
    opened = lp.load_run(run)
    try:
        chart = lp.plot.fan(opened)
    finally:
        opened.close()
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    chart.save(str(FIGURE), format="png", scale_factor=1.5)
    return f"![{chart.description}]({FIGURE.relative_to(ROOT)})"


def skill_table(folder: Path) -> str:
    """Return the table of scores with its date, machine and command."""
    found = stored(folder)
    if found is None:
        return "Not yet verified."
    rows = [
        "| forecast | CRPS | MIS | 90% coverage | CRPS of log |",
        "|---|---|---|---|---|",
    ]
    for key, name in NAMES.items():
        if key in found["scores"]:
            s = found["scores"][key]
            rows.append(
                f"| {name} | {s['crps']:.2f} | {s['mis']:.0f} | {s['coverage90']:.2f} "
                f"| {s['crps_log1p']:.3f} |"
            )
    gap = found["skill_vs_conflictology"]
    return "\n".join(
        [
            f"{skill_line(found)}. State-based deaths by country and month, windows "
            f"{found['windows'][0]} to {found['windows'][-1]}, {', '.join(found['countries'])}, "
            f"{found['cases']} cases; lower is better.",
            "",
            *rows,
            "",
            f"Gain on the last 12 months again: {100 * gap['estimate']:.1f}% "
            f"({100 * gap['lo']:.1f} to {100 * gap['hi']:.1f}, 90% interval, blocks of months).",
            f"{measured(found['made_from'])}, by `liptako verify --store`. [What each word "
            "means](docs/verification.md).",
            "",
            f"{worst_miss(found['worst_miss'])}.",
            "",
            "Tested beside it:",
            "",
            *(f"- {line}." for line in part_lines(found)),
            "- Outcomes together have not been tested.",
        ]
    )


def between(text: str, begin: str, end: str, content: str) -> str:
    """Return the text with what stands between two markers replaced."""
    head, rest = text.split(begin, 1)
    return f"{head}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"


def main() -> None:
    """Update the README in place."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if len(sys.argv) > 1:
        line = draw_figure(Path(sys.argv[1]))
        text = between(text, "<!-- figure: begin -->", "<!-- figure: end -->", line)
    table = skill_table(load_scenario().folder)
    readme.write_text(
        between(text, "<!-- skill: begin -->", "<!-- skill: end -->", table), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
