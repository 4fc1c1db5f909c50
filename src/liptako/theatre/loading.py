"""Reading theatre, parameter and scenario files: TOML in, checked records out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from liptako.errors import InputError
from liptako.theatre import levers
from liptako.theatre.registry import Registry
from liptako.theatre.scenario import Scenario
from liptako.theatre.schema import Theatre

Model = TypeVar("Model", bound=BaseModel)
MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario with its theatre and parameters, all checked, and where they came from."""

    scenario: Scenario
    theatre: Theatre
    registry: Registry
    folder: Path
    """The theatre's folder; files the theatre names are relative to it."""
    file: Path

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


def theatres_folder() -> Path:
    """Return the folder of the theatres that ship with the package."""
    return Path(str(resources.files("liptako"))) / "theatres"


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        InputError: if it is missing, not readable, too large or not TOML.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("too large", file=path, allowed=f"at most {MAX_BYTES} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such file", file=path, allowed="a TOML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", file=path) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML ({error})", file=path) from None


def validate(model: type[Model], content: Mapping[str, Any], file: Path) -> Model:
    """Check `content` against `model`; report the first problem with its key path.

    Raises:
        InputError: naming the file, the key, the value received and what is allowed.
    """
    try:
        return model.model_validate(dict(content))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        allowed = None
        if first["type"] == "extra_forbidden":
            allowed = f"one of {', '.join(_allowed_keys(model, first['loc']))}"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(
            f"{first['msg']}{more}",
            file=file,
            field=field,
            value=None if first["type"] == "missing" else first.get("input"),
            allowed=allowed,
        ) from None


def _allowed_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed beside the unknown one at `loc`."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in loc[:-1]:
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or node.get("additionalProperties", {})
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return list(node.get("properties", {})) or ["(none)"]


def load_theatre(folder: Path) -> tuple[Theatre, Registry]:
    """Read `theatre.toml` and `params.toml` of a theatre's folder."""
    theatre = validate(Theatre, read_toml(folder / "theatre.toml"), folder / "theatre.toml")
    file = folder / "params.toml"
    registry = validate(Registry, {"processes": read_toml(file)}, file)
    return theatre, registry


def load_scenario(scenario: str | Path = "sahel-2024") -> LoadedScenario:
    """Load a scenario: the name of a shipped one, or the path of a TOML file.

    A scenario file names its theatre; a theatre folder of that name beside the file comes
    before a shipped one.

    Args:
        scenario: for example `"sahel-2024"` or `Path("mine.toml")`.

    Raises:
        InputError: for anything missing or not allowed, naming file, field and value.

    Example:
        >>> load_scenario("sahel-2024").scenario.init_time
        '2023-12'
    """
    file = _find(scenario)
    checked = validate(Scenario, read_toml(file), file)
    places = [file.parent / checked.theatre, file.parent.parent, theatres_folder() / checked.theatre]
    for folder in places:
        if folder.name == checked.theatre and (folder / "theatre.toml").is_file():
            theatre, registry = load_theatre(folder)
            levers.check_policies(theatre, checked, str(file))
            return LoadedScenario(checked, theatre, registry, folder, file)
    raise InputError(
        "no such theatre",
        file=file,
        field="theatre",
        value=checked.theatre,
        allowed=", ".join(sorted(_shipped_theatres())) + ", or a folder beside the file",
    )


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenarios that ship with the package, by name."""
    return {
        file.stem: file
        for folder in _shipped_theatres().values()
        for file in sorted((folder / "scenarios").glob("*.toml"))
    }


def _shipped_theatres() -> dict[str, Path]:
    return {file.parent.name: file.parent for file in theatres_folder().glob("*/theatre.toml")}


def _find(scenario: str | Path) -> Path:
    path = Path(scenario)
    shipped = shipped_scenarios()
    if str(scenario) in shipped:
        return shipped[str(scenario)]
    if path.suffix == ".toml" or path.exists():
        return path
    raise InputError(
        "no such scenario",
        field="scenario",
        value=str(scenario),
        allowed=f"{', '.join(shipped)}, or the path of a TOML file",
    )
