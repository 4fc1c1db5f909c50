"""Liptako: a laboratory for alliance politics and irregular war.

The public names. They are loaded when first used, so that `import liptako` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from liptako.errors import InputError
from liptako.version import __version__

if TYPE_CHECKING:
    from liptako.data.snapshot import Snapshot, load_snapshot
    from liptako.exhibits import plot
    from liptako.experiments.compare import compare
    from liptako.experiments.discovery import discover
    from liptako.experiments.lenses import lenses
    from liptako.experiments.sensitivity import sensitivity
    from liptako.ledger.claims import claims
    from liptako.outcomes.chance import chance
    from liptako.outcomes.deaths import table
    from liptako.outcomes.endings import endings
    from liptako.outcomes.signposts import signposts
    from liptako.report.asked import brief
    from liptako.runs.cite import cite
    from liptako.runs.folder import load_run
    from liptako.runs.run import simulate
    from liptako.theatre.loading import load_scenario

_WHERE = {
    "Snapshot": "liptako.data.snapshot",
    "chance": "liptako.outcomes.chance",
    "brief": "liptako.report.asked",
    "cite": "liptako.runs.cite",
    "claims": "liptako.ledger.claims",
    "compare": "liptako.experiments.compare",
    "discover": "liptako.experiments.discovery",
    "endings": "liptako.outcomes.endings",
    "lenses": "liptako.experiments.lenses",
    "load_run": "liptako.runs.folder",
    "load_scenario": "liptako.theatre.loading",
    "load_snapshot": "liptako.data.snapshot",
    "sensitivity": "liptako.experiments.sensitivity",
    "signposts": "liptako.outcomes.signposts",
    "simulate": "liptako.runs.run",
    "table": "liptako.outcomes.deaths",
}

__all__ = [
    "InputError",
    "Snapshot",
    "__version__",
    "brief",
    "chance",
    "cite",
    "claims",
    "compare",
    "discover",
    "endings",
    "lenses",
    "load_run",
    "load_scenario",
    "load_snapshot",
    "plot",
    "sensitivity",
    "signposts",
    "simulate",
    "table",
]


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("liptako.exhibits.plot")
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'liptako' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
