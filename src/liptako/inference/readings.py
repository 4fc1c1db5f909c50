r"""The weights by their political reading: what one event tends to be followed by.

For a reading with leading streams $L$ and following streams $F$, the number is
$\frac{1}{|L|} \sum_{l \in L} \sum_{f \in F} \sum_h w_{f,l,h}$ (for neighbours, over rings):
events in $F$ that follow one event in $L$, all told. It is predictive, not causal.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.inference.fit import GROUP_SD, FitSettings, groups, prior_group_means
from liptako.model.posterior import TheatrePosterior, split_weights
from liptako.model.structure import RINGS, Structure
from liptako.theatre.schema import Reading, Theatre

DRAWS = 2000


def readings(
    theatre: Theatre,
    posterior: TheatrePosterior,
    structure: Structure,
    n_half: int,
    settings: FitSettings = FitSettings(),
    seed: int = 0,
) -> pd.DataFrame:
    """Return each reading's prior and posterior: `reading, label, kind, q05, q50, q95`.

    Args:
        theatre: whose readings.
        posterior: the fit.
        structure: sizes.
        n_half: number of half-lives.
        settings: of the fit; give the prior.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    shape = (DRAWS, *posterior.log_weights.shape)
    factor = np.linalg.cholesky(posterior.covariance)
    fitted = posterior.log_weights + np.einsum("sij,msj->msi", factor, rng.standard_normal(shape))
    group, n_groups = groups(
        len(structure.streams), n_half, len(RINGS), len(structure.pressures),
        len(structure.countries),
    )  # fmt: skip
    centre = prior_group_means(n_half, len(RINGS))
    means = centre + GROUP_SD * rng.standard_normal((DRAWS, n_groups))
    assumed = means[:, group] + settings.prior_sd * rng.standard_normal(shape)
    rows = []
    for kind, log_weights in (("prior", assumed), ("posterior", fitted)):
        weights = split_weights(log_weights, structure, n_half)
        for name, reading in theatre.readings.items():
            values = _following(weights, reading, structure)
            low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
            rows.append(
                {"reading": name, "label": reading.label, "kind": kind}
                | {"q05": low, "q50": middle, "q95": high}
            )
    return pd.DataFrame(rows)


def _following(
    weights: dict[str, np.ndarray], reading: Reading, structure: Structure
) -> np.ndarray:
    follows = [structure.streams.index(name) for name in reading.follows]
    leads = [structure.streams.index(name) for name in reading.leads]
    if reading.place == "same cell":
        block = weights["violence.excitation"][:, follows][:, :, leads]
        return block.sum((1, 3)).mean(1)
    # each ring holds eight cells more than the one before; a stream feeds several pressures
    ring_cells = 8.0 * np.arange(1, len(RINGS) + 1)
    by_pressure = (weights["violence.contagion"][:, follows] * ring_cells).sum((1, 3))
    return (by_pressure @ structure.members_of_pressure[:, leads]).mean(1)
