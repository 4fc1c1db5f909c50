"""The same model in other engines, which come with a source checkout only (`benchmarks/`)."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from liptako.errors import InputError

ENGINES = ("numpy", "mesa")


def engine_modules(folder: Path | None = None) -> ModuleType | None:
    """Return the package of other engines, or none outside a source checkout."""
    name = "liptako_benchmarks"
    if name in sys.modules:
        return sys.modules[name]
    root = Path(__file__).resolve().parents[3]
    folder = root / "benchmarks" if folder is None else folder
    file = folder / "__init__.py"
    if not (file.is_file() and (folder.parent / "pyproject.toml").is_file()):
        return None
    spec = importlib.util.spec_from_file_location(
        name, file, submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        return None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return package


def engine(name: str) -> ModuleType:
    """Return one of the other engines: `build`, `simulate`; or `agreement`."""
    package = engine_modules()
    if package is None:
        raise InputError("only in a source checkout", field="against", value=name, allowed="none")
    module = name if name == "agreement" else f"{name}_model"
    return importlib.import_module(f"{package.__name__}.{module}")


def available(against: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the engines of those asked for that can run here, and why others cannot."""
    unknown = [name for name in against if name not in ENGINES]
    if unknown:
        raise InputError(
            "no such engine", field="against", value=unknown[0], allowed=", ".join(ENGINES)
        )
    if not against:
        return [], []
    if engine_modules() is None:
        return [], ["NumPy and Mesa: left out, they come with a source checkout only"]
    if "mesa" in against and importlib.util.find_spec("mesa") is None:
        return [e for e in against if e != "mesa"], ["Mesa: left out, it is not installed"]
    return list(against), []
