"""The report: arranges exhibits into one page; nothing is computed or worded here."""

from liptako.report.bundle import bundle
from liptako.report.render import render

__all__ = ["bundle", "render"]
