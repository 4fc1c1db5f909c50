"""Charts: pure functions from tidy tables to Altair charts.

Every chart carries its finding as the title, its units, its source, the date it was seen
from, and one text alternative. A chart's module is loaded when it is first drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liptako.charts.annual import annual_chart
    from liptako.charts.base_rates import base_rates_chart
    from liptako.charts.choices import choices_chart
    from liptako.charts.compare import compare_chart
    from liptako.charts.endings import endings_chart
    from liptako.charts.fan import fan_chart
    from liptako.charts.frame import text_alternative
    from liptako.charts.hysteresis import hysteresis_chart
    from liptako.charts.ladders import disputes_chart, ladders_chart
    from liptako.charts.map import map_chart
    from liptako.charts.outlines import read_outlines
    from liptako.charts.pact_times import pact_times_chart
    from liptako.charts.perpetrators import perpetrators_chart
    from liptako.charts.readings import readings_chart
    from liptako.charts.stages import stages_chart
    from liptako.charts.survival import survival_chart

_WHERE = {
    "annual_chart": "annual",
    "base_rates_chart": "base_rates",
    "choices_chart": "choices",
    "compare_chart": "compare",
    "disputes_chart": "ladders",
    "endings_chart": "endings",
    "fan_chart": "fan",
    "hysteresis_chart": "hysteresis",
    "ladders_chart": "ladders",
    "map_chart": "map",
    "pact_times_chart": "pact_times",
    "perpetrators_chart": "perpetrators",
    "read_outlines": "outlines",
    "readings_chart": "readings",
    "stages_chart": "stages",
    "survival_chart": "survival",
    "text_alternative": "frame",
}

__all__ = [
    "annual_chart",
    "base_rates_chart",
    "choices_chart",
    "compare_chart",
    "disputes_chart",
    "endings_chart",
    "fan_chart",
    "hysteresis_chart",
    "ladders_chart",
    "map_chart",
    "pact_times_chart",
    "perpetrators_chart",
    "read_outlines",
    "readings_chart",
    "stages_chart",
    "survival_chart",
    "text_alternative",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"liptako.charts.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'liptako.charts' has no attribute {name!r}")
