"""Experiments and outcomes as EMA Workbench expects them, for its feature scoring and PRIM.

It takes a data frame and a dictionary of arrays, and this makes them, of a run or of policies
compared. Each experiment is a member under a policy; its uncertainties are the parameters drawn
for it.

References:
    Kwakkel, J. H. (2017). The Exploratory Modeling Workbench. Environmental Modelling & Software
    96, 239-250. https://doi.org/10.1016/j.envsoft.2017.06.054
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

import numpy as np
import pandas as pd
import xarray as xr

from liptako.experiments.compare import Comparison
from liptako.model.draws import set_numbers
from liptako.model.forms import form_numbers
from liptako.outcomes.decisive import outcomes_at
from liptako.runs.carried import FORM, carried_of, varying
from liptako.runs.dataset import forms_of

Experiments = tuple[pd.DataFrame, dict[str, np.ndarray]]


@singledispatch
def experiments_outcomes(
    found: Comparison | xr.Dataset, outcomes: Sequence[str] | None = None
) -> Experiments:
    """Return the experiments and outcomes of a run or of a comparison.

    Args:
        found: a run's dataset, or policies compared.
        outcomes: of a run, see `liptako.outcomes.decisive.outcomes_at`; of a comparison, those
            that were compared.

    Returns:
        One row a policy and member, with each parameter that varies over members as a column
        (`process.name`, entries of an array as `process.name[1,2]`; of a run, structural
        alternatives as `forms.NAME`, with the name of the form), and `policy`, `scenario` (the
        member) and `model`; and the outcomes, in the same order.

    Raises:
        InputError: a run that keeps no parameters, or an outcome that it does not have.

    Example:
        >>> from liptako.experiments.compare import compare                  # doctest: +SKIP
        >>> x, y = experiments_outcomes(compare("sahel-2024", ["baseline", "mediate"]))
        ... # doctest: +SKIP
    """
    raise TypeError(f"neither a run nor a comparison: {type(found)}")


@experiments_outcomes.register
def _of_a_comparison(found: Comparison, outcomes: Sequence[str] | None = None) -> Experiments:
    scenario = found.prepared.loaded.scenario
    columns = varying(found.prepared.draw_params(scenario.seed, found.members))
    parts = [
        pd.DataFrame(columns).assign(policy=policy, scenario=found.members, model=scenario.name)
        for policy in found.policies
    ]
    measured = {
        name: np.concatenate([found.values[policy][name] for policy in found.policies])
        for name in outcomes or found.counted
    }
    return pd.concat(parts, ignore_index=True), measured


@experiments_outcomes.register
def _of_a_run(found: xr.Dataset, outcomes: Sequence[str] | None = None) -> Experiments:
    members = found["member"].to_numpy()
    about = {"policy": found.attrs["policy"], "model": found.attrs["scenario"]}
    experiments = carried_of(found).of_members(members)
    forms = forms_of(found)
    numbers = form_numbers(
        {name: len(options) for name, options in forms.items()}, set_numbers(members)["judgement"]
    )
    for name in [name for name in forms if f"{FORM}{name}" in experiments]:
        experiments[f"{FORM}{name}"] = np.array(list(forms[name]))[numbers[name]]
    return experiments.assign(scenario=members, **about), outcomes_at(found, outcomes)
