"""Outcomes under each structural alternative: forms of a mechanism between which no score chooses.

Each set of assumptions has one form of each alternative, so a form's own probability is the mean
over the members whose sets have it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Int

from liptako.model.draws import set_numbers
from liptako.model.forms import form_numbers
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.cut import until
from liptako.outcomes.pieces import COUNTS, Cut
from liptako.runs.dataset import forms_of


def by_form(run: xr.Dataset, horizons: Sequence[int]) -> pd.DataFrame:
    """Return the chance of each piece and outcome under each form, one alternative at a time.

    Args:
        run: of a theatre with an alliance.
        horizons: months ahead, whole years.

    Returns:
        Columns `horizon`, `name` (a piece or an outcome), `alternative`, `form`, `label`, `p`,
        `error` (standard error over sets of assumptions) and `members`; no rows where the theatre
        has no structural alternatives or no member has some form.
    """
    forms = forms_of(run)
    sets = set_numbers(run["member"].to_numpy())["judgement"]
    numbers = form_numbers({name: tuple(options) for name, options in forms.items()}, sets)
    rows = []
    for months in horizons:
        cut = Cut(until(run, months))
        leading: dict[str, Bool[np.ndarray, " member"]] = {}
        for count in COUNTS:
            if count.piece not in leading:
                leading[count.piece] = count.measure(cut) > 0
        ends = {name: cut.classified.ending == code for code, name in enumerate(ENDINGS)}
        for name, happens in (leading | ends).items():
            for alternative, options in forms.items():
                for place, (form, label) in enumerate(options.items()):
                    mine = numbers[alternative] == place
                    if not mine.any():
                        continue
                    row = {"horizon": months, "name": name, "alternative": alternative}
                    row |= {"form": form, "label": label, "p": float(happens[mine].mean())}
                    error = _error(happens[mine], sets[mine])
                    rows.append(row | {"error": error, "members": int(mine.sum())})
    names = ["horizon", "name", "alternative", "form", "label", "p", "error", "members"]
    return pd.DataFrame(rows, columns=pd.Index(names))


def _error(happens: Bool[np.ndarray, " member"], sets: Int[np.ndarray, " member"]) -> float:
    """Return the standard error of a share over sets of assumptions, Monte Carlo error included.

    A form has some of the sets only, which differ in all else that is assumed.
    """
    _, place, size = np.unique(sets, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=happens) / size
    return float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.nan
