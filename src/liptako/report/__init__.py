"""The report: arranges charts and tables into one page; nothing is computed here."""

from liptako.exhibits.facts import ReportFacts
from liptako.report.render import render

__all__ = ["ReportFacts", "render"]
