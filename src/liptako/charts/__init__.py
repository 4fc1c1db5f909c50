"""Charts: pure functions from tidy tables to Altair charts.

Every chart carries its finding as the title, its units, its source, the date it was seen
from, and one text alternative.
"""

from liptako.charts.annual import annual
from liptako.charts.fan import fan
from liptako.charts.map import map_chart, read_outlines, region_table
from liptako.charts.perpetrators import perpetrators
from liptako.charts.theme import as_seen_from, text_alternative

__all__ = [
    "annual",
    "as_seen_from",
    "fan",
    "map_chart",
    "perpetrators",
    "read_outlines",
    "region_table",
    "text_alternative",
]
