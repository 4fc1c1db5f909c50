"""The report: arranges exhibits into one page; nothing is computed or worded here."""

from liptako.report.library import bundle
from liptako.report.render import render

__all__ = ["bundle", "render"]
