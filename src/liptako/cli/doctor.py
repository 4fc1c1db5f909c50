"""`liptako doctor`: what a report of a fault needs to say of this installation."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from liptako.cli.output import AsJson, console, print_json
from liptako.words.commands import say

PACKAGES = (
    "jax", "jaxlib", "numpy", "pandas", "xarray", "h5netcdf", "h5py", "pyarrow", "pydantic",
    "altair", "vl-convert-python", "openpyxl", "typer", "rich",
)  # fmt: skip
BROWSERS = ("xdg-open", "firefox", "chromium", "google-chrome", "open")
LOCALE = ("LANG", "LC_ALL", "PYTHONUTF8", "PYTHONIOENCODING", "TZ")


def doctor(as_json: AsJson = False) -> None:
    """Print versions, cache, data, memory and browser; exit 0 whatever is found."""
    content = {name: _found(look) for name, look in _LOOKS.items()}
    if as_json:
        print_json(content)
        return
    for name, found in content.items():
        console.print(f"{say[f'doctor_{name}']}:", markup=False)
        rows = found.items() if isinstance(found, dict) else [("", found)]
        for key, value in rows:
            line = f"  {key}: {value}" if key else f"  {value}"
            console.print(line, soft_wrap=True, markup=False)


def _found(look: Callable[[], Any]) -> Any:
    """Return what is found, or why nothing could be: one fault must not hide the rest."""
    try:
        return look()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _versions() -> dict[str, str]:
    from liptako.runs.cite import revision
    from liptako.version import __version__

    found = {"liptako": __version__, "revision": _found(revision) or "-"}
    found["python"] = f"{platform.python_version()} ({sys.executable})"
    found["machine"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "-"
    return found


def _settings() -> dict[str, str]:
    from liptako.cache import bit_flags

    mine = {name: os.environ[name] for name in sorted(os.environ) if name.startswith("LIPTAKO_")}
    places = {name: os.environ[name] for name in LOCALE if name in os.environ}
    return {**mine, **bit_flags(), **places, "output": str(sys.stdout.encoding)}


def _cache() -> dict[str, Any]:
    from liptako.cache import cache_folder

    folder = cache_folder()
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return {
        "folder": str(folder),
        "files": len(sizes),
        "megabytes": round(sum(sizes) / 1e6, 1),
        "writable": _writable(folder),
    }


def _data() -> dict[str, Any]:
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario()
    folder = snapshot_folder(loaded.folder, loaded.theatre)
    manifest = load_snapshot(folder).manifest
    sources = {str(row["title"]): str(row["vintage"]) for row in manifest["sources"]}
    return {"folder": str(folder), "until": manifest["last_month"], **sources}


def _memory() -> dict[str, Any]:
    pages = {name: os.sysconf(name) for name in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES")}
    page = os.sysconf("SC_PAGE_SIZE") / 1e9
    free = shutil.disk_usage(Path.cwd()).free
    return {
        "gigabytes": round(pages["SC_PHYS_PAGES"] * page, 1),
        "free_gigabytes": round(pages["SC_AVPHYS_PAGES"] * page, 1),
        "processors": os.cpu_count(),
        "free_disk_gigabytes_here": round(free / 1e9, 1),
    }


def _browser() -> str:
    return next((found for name in BROWSERS if (found := shutil.which(name))), say["no_browser"])


def _writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)


_LOOKS: dict[str, Callable[[], Any]] = {
    "versions": _versions,
    "settings": _settings,
    "cache": _cache,
    "data": _data,
    "memory": _memory,
    "browser": _browser,
}
