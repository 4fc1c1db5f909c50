"""The stored inference of motives of a theatre, and whether a simulation draws from it.

`lenses.json` in a theatre's folder holds what `liptako lenses --store` found, so that report and
terminal need no sampler. The main run draws motives from the posterior only where it says what was
held out better than no motives do, by more than the standard error; otherwise from their prior.
Readiness then comes from the same draws, so that no row of the timeline is used twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from liptako import files
from liptako.errors import InputError
from liptako.files import atomic_write
from liptako.model.drawn import Drawn
from liptako.model.structure import Structure
from liptako.theatre.consequences import CONSEQUENCES

FILE, FORMAT = "lenses.json", 1
NEEDED = ("juntas", "together", "predictive", "motives_from", "telling", "sensitivity", "until")


def stored(folder: str | Path) -> dict[str, Any] | None:
    """Return the stored inference of a theatre's folder; none where there is none.

    Raises:
        InputError: the file is there and damaged.

    Example:
        >>> stored("no/such/folder") is None
        True
    """
    file = Path(folder) / FILE
    return files.read_stored(
        file, "inference of motives", FORMAT, partial(_check, file), "liptako lenses --store"
    )


def _check(file: Path, content: Mapping[str, Any]) -> None:
    for name in NEEDED:
        if name not in content:
            raise InputError("missing", file=file, field=name)


def store(content: Mapping[str, Any], folder: str | Path) -> Path:
    """Write an inference beside the theatre it belongs to, and return the file.

    What was stored before and is not in `content` stays: calibration and simulation are measured
    apart.

    Raises:
        InputError: the folder cannot be written.
    """
    file = Path(folder) / FILE
    before = stored(folder) or {}
    whole = {**before, "format": FORMAT, **content}
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        with atomic_write(file) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=file) from None
    return file


def motives_in_use(folder: Path, structure: Structure, init: int) -> tuple[Drawn, ...]:
    """Return the draws that take the place of the prior of motives, if any do.

    They do where the stored posterior was inferred from nothing later than the start and beats
    the model without motives.

    Args:
        folder: of the theatre.
        structure: its countries and acts.
        init: last month that may be seen.
    """
    content = stored(folder)
    if content is None or content["motives_from"] != "posterior" or content["until"] > init:
        return ()
    return drawn_of(content["draws"], structure)


def drawn_of(draws: Mapping[str, Any], structure: Structure) -> tuple[Drawn, ...]:
    """Return draws of motives and readiness as parameters of a simulation.

    Args:
        draws: `countries` to draws by consequence, and `readiness` to draws by act.
        structure: countries and acts.

    Raises:
        InputError: a country or an act that the theatre has none of.
    """
    acts, countries = structure.menu.names, structure.countries
    sets = len(next(iter(draws["readiness"].values())))
    weight = np.full((sets, len(countries), len(CONSEQUENCES)), np.nan)
    ready = np.full((sets, len(acts)), np.nan)
    for names, rows, out, field in (
        (countries, draws["countries"], weight, "countries"),
        (acts, draws["readiness"], ready, "readiness"),
    ):
        for name, values in rows.items():
            if name not in names:
                raise InputError(
                    "no such name", file=FILE, field=field, value=name, allowed=", ".join(names)
                )
            out[:, names.index(name)] = values
    return (
        Drawn("motives.weight", weight),
        Drawn("choices.readiness", ready),
        Drawn("choices.precision", np.ones(sets)),
    )
