"""Charts: pure functions from tidy tables to Altair charts.

Every chart carries its finding as the title, its units, its source, the date it was seen
from, and one text alternative.
"""

from liptako.charts.annual import annual
from liptako.charts.base_rates import base_rates_chart
from liptako.charts.choices import choices_chart
from liptako.charts.endings import endings_chart
from liptako.charts.fan import fan
from liptako.charts.hysteresis import hysteresis_chart
from liptako.charts.ladders import disputes_chart, ladders_chart
from liptako.charts.map import map_chart, read_outlines, region_table
from liptako.charts.pact_times import pact_times_chart
from liptako.charts.perpetrators import perpetrators
from liptako.charts.stages import stages_chart
from liptako.charts.survival import survival_chart
from liptako.charts.theme import as_seen_from, text_alternative

__all__ = [
    "annual",
    "as_seen_from",
    "base_rates_chart",
    "choices_chart",
    "disputes_chart",
    "endings_chart",
    "fan",
    "hysteresis_chart",
    "ladders_chart",
    "map_chart",
    "pact_times_chart",
    "perpetrators",
    "read_outlines",
    "region_table",
    "stages_chart",
    "survival_chart",
    "text_alternative",
]
