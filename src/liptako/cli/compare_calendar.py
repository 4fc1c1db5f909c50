"""`liptako compare --dry-run`: what policies set and when, checked, with nothing simulated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from liptako.cli.output import console, print_json
from liptako.words.policies import calendar_lines, say

if TYPE_CHECKING:
    from liptako.runs.start import Prepared


def show_calendar(prepared: Prepared, policies: Sequence[str], as_json: bool) -> None:
    """Print the calendar of each policy.

    Args:
        prepared: the start; its scenario has the policies.
        policies: names.
        as_json: as data instead.
    """
    from liptako.calendar import year_of
    from liptako.words.dates import month_name

    scenario = prepared.loaded.scenario
    rows = {name: _rows(prepared, name) for name in policies}
    if as_json:
        labels = {name: scenario.policies[name].label for name in policies}
        print_json(
            {
                "scenario": scenario.name,
                "init_time": scenario.init_time,
                "months": scenario.months,
                "policies": {
                    name: {"label": labels[name], "courses": rows[name]} for name in policies
                },
            }
        )
        return
    years = Counter(year_of(scenario.init_month + lead) for lead in range(1, scenario.months + 1))
    about = say("about", date=month_name(scenario.init_month), months=scenario.months)
    console.print(f"[bold]{scenario.name}[/], {about}", soft_wrap=True)
    for name in policies:
        label = scenario.policies[name].label
        for line in ["", *calendar_lines(name, label, rows[name], sorted(years.items()))]:
            console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['legend']}", soft_wrap=True, markup=False)


def _rows(prepared: Prepared, policy: str) -> list[dict[str, Any]]:
    from liptako.theatre.courses import courses_of

    courses = courses_of(prepared.loaded.theatre, prepared.loaded.scenario, policy)
    return [
        {
            **course._asdict(),
            "countries": list(course.countries),
            "rule": None if course.rule is None else course.rule.model_dump(),
        }
        for course in courses
    ]
