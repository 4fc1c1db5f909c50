"""What a run was made from, its name, and how to cite it."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import xarray as xr

from liptako.cache import bit_flags
from liptako.model.drawn import fingerprint
from liptako.runs.start import Prepared
from liptako.version import AUTHOR, YEAR, __version__, address


def manifest(prepared: Prepared, policy: str) -> dict[str, Any]:
    """Return what a run is made from: versions, data and their hashes, scenario, seed."""
    tables = prepared.snapshot.manifest["tables"]
    return {
        "liptako_version": __version__,
        "git_revision": revision(),
        "scenario": prepared.loaded.scenario.model_dump(),
        "policy": policy,
        "data": {name: tables[name]["sha256"] for name in sorted(tables)},
        "data_until": prepared.snapshot.manifest["last_month"],
        "sources": [
            {key: source.get(key) for key in ("title", "vintage", "licence", "citation")}
            | {"events": source.get("role") == "ged"}
            for source in prepared.snapshot.manifest["sources"]
        ],
        "fit": prepared.posterior.about,
        **({"motives": fingerprint(prepared.motives)} if prepared.motives else {}),
        **({"flags": flags} if (flags := bit_flags()) else {}),
        "machine": {
            "python": platform.python_version(),
            "system": platform.machine(),
            "jax": metadata.version("jax"),
            "numpy": metadata.version("numpy"),
        },
    }


def run_id(run: xr.Dataset) -> str:
    """Return the run's name: the scenario's, and a hash of all that the run depends on."""
    return f"{run.attrs['scenario']}-{_digest(json.loads(run.attrs['manifest']))}"


def run_id_of(prepared: Prepared, policy: str) -> str:
    """Return the name of a run before it is made, see `run_id`."""
    return f"{prepared.loaded.scenario.name}-{_digest(manifest(prepared, policy))}"


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps({k: v for k, v in content.items() if k != "machine"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


@lru_cache(maxsize=1)
def revision() -> str | None:
    """Return the git revision of the source tree this package runs from, if it is one."""
    here = Path(__file__).resolve().parents[3]
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return None
    return done.stdout.strip() or None


def cite(run: xr.Dataset) -> str:
    """Return how to cite a run, with its version, seed and "as seen from" date.

    Args:
        run: from `liptako.simulate` or `liptako.load_run`.
    """
    attrs = run.attrs
    return (
        f"Liptako {attrs['liptako_version']}, scenario {attrs['scenario']} "
        f"(policy {attrs['policy']}), as seen from {attrs['init_time']}, "
        f"{run.sizes['member']} futures, seed {attrs['seed']}; event data to "
        f"{attrs['data_until']}: {attrs['event_source']}. {attrs['event_citation']}."
    )


def bibtex(run: xr.Dataset) -> str:
    """Return the citation for reference managers that read BibTeX."""
    said = _said(run)
    fields = {
        "author": f"{{{AUTHOR}}}",
        "title": said["title"],
        "year": said["year"],
        "version": said["version"],
        "url": address(),
        "note": said["note"],
    }
    rows = (
        f"  {name} = {{{value if name in ('author', 'url') else _escaped(value)}}}"
        for name, value in fields.items()
        if value
    )
    return f"@software{{{said['id']},\n" + ",\n".join(rows) + "\n}\n"


def csl_json(run: xr.Dataset) -> str:
    """Return the citation for reference managers that read CSL-JSON (Zotero and others)."""
    said = _said(run)
    item = {
        "id": said["id"],
        "type": "software",
        "author": [{"literal": AUTHOR}],
        "title": said["title"],
        "issued": {"date-parts": [[int(said["year"])]]},
        "version": said["version"],
        "URL": address(),
        "note": said["note"],
    }
    item = {name: value for name, value in item.items() if value}
    return json.dumps([item], indent=2, ensure_ascii=False) + "\n"


def _said(run: xr.Dataset) -> dict[str, str]:
    attrs = run.attrs
    return {
        "id": f"liptako_{run_id(run).replace('-', '_')}",
        "title": f"Liptako: {attrs['title']}",
        "year": YEAR,
        "version": str(attrs["liptako_version"]),
        "note": f"Run {run_id(run)}: {run.sizes['member']} futures, seed {attrs['seed']}, "
        f"as seen from {attrs['init_time']}",
    }


def _escaped(text: str) -> str:
    """Return text in which BibTeX reads no command."""
    plain = text.replace("\\", "/").replace("{", "(").replace("}", ")")
    return re.sub(r"([#$%&_])", r"\\\1", plain)
