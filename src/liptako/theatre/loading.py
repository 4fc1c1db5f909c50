"""Reading theatre, parameter and scenario files: TOML in, checked records out."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from liptako import calendar, files
from liptako.errors import InputError
from liptako.theatre import levers, rules, shocks
from liptako.theatre.politics import Act
from liptako.theatre.registry import Form, Forms, Registry
from liptako.theatre.scenario import Scenario
from liptako.theatre.schema import Theatre
from liptako.theatre.strict import Name, Strict
from liptako.theatre.validation import validate

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
"""Tables and lists that may lie in one another."""


class Menu(Strict):
    """What `menu.toml` may say: acts by name."""

    menu: dict[Name, Act]


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
        content = tomllib.loads(files.read_text(path, MAX_BYTES))
    except InputError as error:
        raise InputError(error.problem, file=path, allowed=error.allowed or "a TOML file") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid TOML ({error})", file=path, allowed="a TOML file") from None
    if _too_deep(content):
        raise InputError("nested too deep", file=path, allowed=f"{MAX_DEPTH} levels")
    return content


def _too_deep(content: object) -> bool:
    """Return whether tables and lists lie in one another beyond what any file needs."""
    level: list[Any] = [content]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for row in level
            for item in (row.values() if isinstance(row, dict) else row)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def load_theatre(folder: Path) -> tuple[Theatre, Registry]:
    """Read a theatre's folder: `theatre.toml`, `params.toml` and, where there is one, `menu.toml`.

    Raises:
        InputError: anything missing or not allowed; the message names the file.
    """
    file = folder / "theatre.toml"
    content = read_toml(file)
    theatre = validate(Theatre, content, file)
    if (folder / "menu.toml").exists():
        theatre = _with_menu(content, file, folder / "menu.toml")
    file = folder / "params.toml"
    rows = read_toml(file)
    forms = validate(Forms, {"forms": rows.pop("forms", {})}, file).forms
    registry = validate(Registry, rows, file, inside="processes")
    _check_forms(forms, registry, theatre, file)
    tables = judged_tables(theatre) | {
        f"forms.{name}": form.model_dump(include={"acts", "options"})
        for name, form in forms.items()
    }
    return theatre, registry.model_copy(update={"forms": forms, "tables": tables})


def _check_forms(
    forms: Mapping[str, Form], registry: Registry, theatre: Theatre, file: Path
) -> None:
    """Check that structural alternatives act on parameters that there are, each on its own."""
    named = {"lever": tuple(theatre.levers), "stream": tuple(theatre.streams)}
    paths, taken = {path for path, _ in registry.items()}, {}
    for path, row in registry.items():
        if row.shape == ["lever", "stream"]:
            paths |= {f"{path}.{lever}" for lever in named["lever"]}
    for name, form in forms.items():
        for option, table in zip(form.options, form.tables(), strict=True):
            for stream, value in table.items():
                field = f"forms.{name}.options.{option}"
                if stream not in named["stream"]:
                    raise InputError("no such stream", file=file, field=field, value=stream)
                row = dict(registry.items()).get(form.acts[0].rpartition(".")[0])
                low, high = (row and row.range) or (-math.inf, math.inf)
                if not low <= value <= high:
                    bounds = f"{low:g} to {high:g}"
                    raise InputError(
                        "out of range", file=file, field=field, value=value, allowed=bounds
                    )
        for path in form.acts:
            field = f"forms.{name}.acts"
            if path not in paths:
                raise InputError("no such parameter", file=file, field=field, value=path)
            if path in taken:
                also = f"one alternative a parameter; forms.{taken[path]} acts on it"
                raise InputError("acted on twice", file=file, field=field, value=path, allowed=also)
            taken[path] = name


def _with_menu(content: dict[str, Any], theatre_file: Path, file: Path) -> Theatre:
    """Return the theatre with the acts of `file`; a problem that is theirs is reported there."""
    if "menu" in content:
        raise InputError(
            f"there is {file.name} beside it",
            file=theatre_file,
            field="menu",
            allowed=f"acts in one of the two, {theatre_file.name} or {file.name}",
        )
    acts = read_toml(file)
    validate(Menu, acts, file, inside="menu")
    return validate(Theatre, {**content, "menu": acts}, file)


def judged_tables(theatre: Theatre) -> dict[str, Any]:
    """Return the judgement that stands in theatre files, by name, as plain values.

    What patrons gave and supply (`patrons.NAME`), the acts of the menu (`menu.NAME`), where
    disputes stood (`ladders.AAA-BBB`), what was promised (`promises.AAA`), what armies held
    against those who led them (`grievances.AAA`), which towns were besieged (`sieges.AAA`), what
    blocs threatened (`blocs.NAME`), what others imposed (`imposed.AAA`) and the pact's `agenda`.
    """
    tables: dict[str, Any] = {
        f"patrons.{name}": row.model_dump(
            exclude={"id": True, "label": True, "instruments": {"__all__": {"label"}}}
        )
        for name, row in theatre.patrons.items()
    }
    for name, act in theatre.menu.items():
        tables[f"menu.{name}"] = act.model_dump(exclude={"id", "label", "law"})
    for dyad in theatre.ladders:
        rows = [row.model_dump() for row in dyad.standing]
        tables[f"ladders.{'-'.join(dyad.pair)}"] = rows
    for promise in theatre.promises:
        row = promise.model_dump(exclude={"country"})
        tables.setdefault(f"promises.{promise.country}", []).append(row)
    for held in theatre.grievances:
        row = held.model_dump(exclude={"country"})
        tables.setdefault(f"grievances.{held.country}", []).append(row)
    for siege in theatre.sieges or []:
        row = siege.model_dump(exclude={"country"})
        tables.setdefault(f"sieges.{siege.country}", []).append(row)
    for row in theatre.imposed:
        values = row.model_dump(exclude={"country"})
        tables.setdefault(f"imposed.{row.country}", []).append(values)
    for name, bloc in theatre.blocs.items():
        tables[f"blocs.{name}"] = bloc.model_dump(exclude={"id", "label"})
    if theatre.alliance and theatre.alliance.agenda:
        items = theatre.alliance.agenda.items()
        tables["agenda"] = {name: item.model_dump(exclude={"id", "label"}) for name, item in items}
    return tables


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
    name = checked.theatre
    for folder in (file.parent / name, file.resolve().parent.parent, theatres_folder() / name):
        if folder.name == name and (folder / "theatre.toml").is_file():
            theatre, registry = load_theatre(folder)
            _check_start(theatre, checked, file)
            levers.check_policies(theatre, checked, str(file))
            shocks.check_policies(theatre, checked, str(file))
            rules.check_policies(theatre, checked, str(file))
            _check_endings(theatre, checked, str(file))
            return LoadedScenario(checked, theatre, registry, folder, file)
    raise InputError(
        "no such theatre",
        file=file,
        field="theatre",
        value=checked.theatre,
        allowed=", ".join(sorted(_shipped_theatres())) + ", or a folder beside the file",
    )


def _check_start(theatre: Theatre, scenario: Scenario, file: Path) -> None:
    first = min((row.first_month for row in theatre.observed), default=scenario.init_month)
    if scenario.init_month < first:
        raise InputError(
            "before anything was observed",
            file=file,
            field="init_time",
            value=scenario.init_time,
            allowed=f"{calendar.format_month(first)} or later",
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
    with suppress(OSError, ValueError):
        if path.suffix == ".toml" or path.exists():
            return path
    raise InputError(
        "no such scenario",
        field="scenario",
        value=str(scenario),
        allowed=f"{', '.join(shipped)}, or the path of a TOML file",
    )


def _check_endings(theatre: Theatre, scenario: Scenario, file: str) -> None:
    """Check the thresholds of endings against the alliance they speak of."""
    if theatre.alliance is None:
        return
    most = len(theatre.alliance.members)
    if scenario.endings.rolled_back_members > most:
        raise InputError(
            "more than the alliance has",
            file=file,
            field="endings.rolled_back_members",
            value=scenario.endings.rolled_back_members,
            allowed=f"at most {most}",
        )
