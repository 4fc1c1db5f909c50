r"""Forecasts by pooled networks: where trends at several scales lead a series.

Small networks, trained on the histories of all countries at war, say how far the level at a lead
lies from where it stands and how surely. With `v` the mean of the capped recent months at a
half-life of three months and `x` features of the history at the origin,

    log level(h, z) = log(v + c) + m(x, h) + s_up(x, h) max(z, 0) + s_down(x, h) min(z, 0)
    deaths(h)       ~ NegativeBinomial(mean = level(h, z), size = r(y)),  z standard normal

where `m`, `log s_up` and `log s_down` are those of one network and the level is averaged,
quantile by quantile, over the ensemble. Averaged quantile functions: Ratcliff (1979),
doi:10.1037/0033-2909.86.3.446. Trained by `liptako.inference.network_fit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from liptako.data import arrays
from liptako.model.recent import Memory, kernel_cdf, weighted_mean

HALF_LIVES_MONTHS = (0.7, 3.0, 6.0, 12.0, 36.0, 120.0)
ANCHOR = Memory(3.0, 24)
FEATURES = (
    "last month over 3 months",
    "3 over 6 months",
    "6 over 12 months",
    "12 over 36 months",
    "36 over 120 months",
    "level over 12 months",
    "roughness",
    "share of months without deaths",
    "peak over mean",
    "highest past level over level",
    "level over level a year ago",
    "level over level three years ago",
    "age of the war",
)
N_INPUTS = len(FEATURES) + 7
NODES = np.linspace(-4.0, 4.0, 33)
"""Standard normal scores at which the level is mixed."""
LOG_LEVEL_RANGE = (-8.0, 10.5)
LOG_SPREAD_RANGE = (-3.4, 0.6)
BASE_LOG_SPREAD = -0.4
OFFSET = 0.3
_YEAR = 12
_MID, MEAN = 2, 3  # half-lives of 6 and 12 months


class Network(NamedTuple):
    """Weights of an ensemble of networks with one hidden layer and a linear bypass.

    Axis order: ensemble member, input, hidden unit or output. The three outputs are
    `m`, `log s_up` and `log s_down`, the last two against `BASE_LOG_SPREAD`.
    """

    hidden: Float[np.ndarray, "seed input unit"]
    hidden_bias: Float[np.ndarray, "seed unit"]
    out: Float[np.ndarray, "seed unit 3"]
    out_bias: Float[np.ndarray, "seed 3"]
    bypass: Float[np.ndarray, "seed input 3"]


@dataclass(frozen=True)
class NetworkFit:
    """What the ensemble learned; see `liptako.inference.network_fit.fit_networks`.

    Args:
        network: the ensemble.
        center: mean of each feature in training.
        scale: standard deviation of each feature in training.
        dispersion: `(a, b)` in log r = a + b log((12-month mean + 1) / 20).
        stretch: beyond a year the spread grows by `(lead / 12) ** stretch` on top of `s`.
    """

    network: Network
    center: Float[np.ndarray, " feature"]
    scale: Float[np.ndarray, " feature"]
    dispersion: tuple[float, float]
    stretch: float


def smoothed(history: Float[np.ndarray, "month series"]) -> Float[np.ndarray, "half series month"]:
    """Return the exponentially weighted means of deaths at each half-life, month by month.

    The weights of the months seen so far are scaled to sum to one, so a short history is
    not taken for a peaceful one.

    Example:
        >>> smoothed(np.full((5, 1), 3.0))[:, 0, -1].round(6).tolist()
        [3.0, 3.0, 3.0, 3.0, 3.0, 3.0]
    """
    means = []
    for half_life in HALF_LIVES_MONTHS:
        decay = 0.5 ** (1.0 / half_life)
        total = arrays.fading_mean(history, decay)
        weight = 1.0 - decay ** np.arange(1, len(history) + 1)
        means.append((total / weight[:, None]).T)
    return np.stack(means)


def features(
    history: Float[np.ndarray, "month series"],
) -> Float[np.ndarray, "month series feature"]:
    """Return the features of every month as an origin, from that month and earlier alone.

    Ratios of means over different memories (trend at several scales), the level itself,
    roughness, quiet months and past peaks; all but the level do not depend on the scale.
    """
    means = smoothed(history)
    logs = np.log(means + OFFSET)
    log_deaths = np.log1p(history)
    steps = np.abs(np.diff(log_deaths, axis=0, prepend=log_deaths[:1]))
    quiet = _trailing(history == 0, np.mean)
    peak = _trailing(history, np.max).T
    highest = np.maximum.accumulate(means[_MID], axis=1)
    columns = [logs[j] - logs[j + 1] for j in range(5)]
    columns += [
        (logs[MEAN] - 3.0) / 2.0,
        _trailing(steps, np.mean).T,
        quiet.T,
        np.log1p(peak) - np.log1p(means[MEAN]),
        np.log1p(highest) - np.log1p(means[_MID]),
        logs[_MID] - _ago(logs[_MID], 12),
        logs[_MID] - _ago(logs[_MID], 36),
        np.log1p((np.cumsum(means[MEAN] >= 1.0, axis=1)) / 12.0),
    ]
    return np.stack(columns, axis=-1).transpose(1, 0, 2)


def _ago(rows: np.ndarray, months: int) -> Float[np.ndarray, "series month"]:
    """Return the value some months earlier, the first one where history is shorter."""
    earlier = np.maximum(np.arange(rows.shape[1]) - months, 0)
    return rows[:, earlier]


def _trailing(values: np.ndarray, reduce) -> Float[np.ndarray, "month series"]:
    """Reduce the last twelve months up to each month."""
    return np.stack(
        [reduce(values[max(0, t - _YEAR + 1) : t + 1], axis=0) for t in range(len(values))]
    ).astype(float)


def inputs(
    features: Float[Any, "*case feature"], lead: Float[Any, "*case"]
) -> Float[Any, "*case input"]:
    """Return the inputs of the network: standardised features, the lead and their products.

    Works on NumPy and JAX arrays alike, so that fit and forecast share it.
    """
    import jax.numpy as jnp

    xp = np if isinstance(features, np.ndarray) else jnp
    u = xp.log(lead / 8.0)[..., None]
    return xp.concatenate([features, u, 0.5 * u * features[..., :6]], axis=-1)


def dispersion_of(
    mean_deaths: Float[np.ndarray, "*case"], coefficients: tuple[float, float]
) -> Float[np.ndarray, "*case"]:
    """Return the negative-binomial size for a 12-month mean of deaths."""
    return np.exp(coefficients[0] + coefficients[1] * np.log((mean_deaths + 1.0) / 20.0))


def anchor(history: Float[np.ndarray, "month series"]) -> Float[np.ndarray, "month series"]:
    """Return the log of where the level stands at each month, robust to a single month."""
    return np.log(weighted_mean(history, ANCHOR) + OFFSET)


def log_levels(
    fit: NetworkFit, history: Float[np.ndarray, "month series"], leads: np.ndarray
) -> Float[np.ndarray, "series lead node"]:
    """Return quantiles of the log level at `NODES`, for each lead in months."""
    x = (features(history)[-1] - fit.center) / fit.scale
    lead = np.broadcast_to(leads.astype(float), (len(x), len(leads)))
    x = inputs(np.broadcast_to(x[:, None], (*lead.shape, x.shape[-1])), lead)
    found = np.zeros((*lead.shape, len(NODES)))
    net = fit.network
    wider = (np.maximum(lead, _YEAR) / _YEAR) ** fit.stretch
    for k in range(len(net.hidden)):
        unit = np.tanh(x @ net.hidden[k] + net.hidden_bias[k])
        head = unit @ net.out[k] + x @ net.bypass[k] + net.out_bias[k]
        found += _quantiles(head, wider) / len(net.hidden)
    return np.clip(anchor(history)[-1][:, None, None] + found, *LOG_LEVEL_RANGE)


def network_cdf(
    fit: NetworkFit,
    history: Float[np.ndarray, "month series"],
    values: Float[np.ndarray, " value"],
    leads: np.ndarray,
) -> Float[np.ndarray, "series lead value"]:
    """Return the chance of at most so many deaths at each lead.

    Args:
        fit: the ensemble.
        history: monthly deaths; the last row is the origin.
        values: whole numbers of deaths.
        leads: months ahead.
    """
    level = np.exp(log_levels(fit, history, leads))
    size = dispersion_of(smoothed(history)[MEAN, :, -1], fit.dispersion)
    edges = np.r_[-np.inf, 0.5 * (NODES[1:] + NODES[:-1]), np.inf]
    weight = np.diff(ndtr(edges))
    found = np.empty((*level.shape[:2], len(values)))
    for series, rows in enumerate(level):
        sizes = np.full(rows.size, size[series])
        chance = kernel_cdf(rows.ravel(), sizes, values).reshape(*rows.shape, len(values))
        found[series] = np.einsum("n,lnv->lv", weight, chance)
    return found


def _quantiles(
    head: Float[np.ndarray, "*case 3"], wider: Float[np.ndarray, "*case"]
) -> Float[np.ndarray, "*case node"]:
    spread = np.exp(np.clip(head[..., 1:] + BASE_LOG_SPREAD, *LOG_SPREAD_RANGE))
    spread = spread * wider[..., None]
    up, down = np.maximum(NODES, 0.0), np.minimum(NODES, 0.0)
    return head[..., :1] + spread[..., :1] * up + spread[..., 1:] * down
