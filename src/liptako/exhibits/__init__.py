"""One entry for each thing that is shown: table, chart, sentences and download.

Terminal, report and dashboard arrange the same entries; nothing is computed or worded there.
"""

from liptako.exhibits.exhibit import Exhibit, Printed, Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.registry import EXHIBITS, check_tables, exhibit
from liptako.exhibits.workbook import workbook

__all__ = [
    "EXHIBITS",
    "Exhibit",
    "Facts",
    "Printed",
    "Tables",
    "check_tables",
    "exhibit",
    "workbook",
]
