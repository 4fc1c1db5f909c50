"""Outcomes under each structural alternative: forms of a mechanism between which no score chooses.

Each set of assumptions has one form of each alternative, so a form's own probability is the mean
over the members whose sets have it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import pandas as pd
import xarray as xr

from liptako.model.draws import form_numbers, set_numbers
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.counted import allies_of
from liptako.outcomes.measures import ending, until
from liptako.outcomes.pieces import COUNTS
from liptako.outcomes.ranges import mcse_of_share


def forms_of(run: xr.Dataset) -> dict[str, dict[str, str]]:
    """Return the forms of each structural alternative of a run, by name, with what they are called.

    The first of each is that of the run at the middle of judgement.
    """
    return json.loads(run.attrs.get("forms", "{}"))


def by_form(run: xr.Dataset, horizons: Sequence[int]) -> pd.DataFrame:
    """Return the chance of each piece and outcome under each form, one alternative at a time.

    Args:
        run: of a theatre with an alliance.
        horizons: months ahead, whole years.

    Returns:
        Columns `horizon`, `name` (a piece or an outcome), `alternative`, `form`, `label`, `p`,
        `mcse` and `members`; no rows where the theatre has no structural alternatives or no member
        has some form.
    """
    forms, allies = forms_of(run), allies_of(run)
    sets = set_numbers(run["member"].to_numpy())["judgement"]
    numbers = form_numbers({name: tuple(options) for name, options in forms.items()}, sets)
    rows = []
    for months in horizons:
        cut = until(run, months)
        leading = {count.piece: count.measure for count in reversed(COUNTS)}
        measures = leading | {name: partial(ending, name) for name in ENDINGS}
        for name, measure in measures.items():
            happens = measure(cut, allies) > 0
            for alternative, options in forms.items():
                for place, (form, label) in enumerate(options.items()):
                    mine = happens[numbers[alternative] == place]
                    if not len(mine):
                        continue
                    p = float(mine.mean())
                    row = {"horizon": months, "name": name, "alternative": alternative}
                    row |= {"form": form, "label": label, "p": p}
                    rows.append(row | {"mcse": mcse_of_share(p, len(mine)), "members": len(mine)})
    names = ["horizon", "name", "alternative", "form", "label", "p", "mcse", "members"]
    return pd.DataFrame(rows, columns=pd.Index(names))
