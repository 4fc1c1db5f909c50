"""The level of a country's war: how many deaths a month to expect, 1 to 36 months ahead.

History favours reversion to the mean, trends favour growth. Which of the two wins, at which
lead and with what spread, is learned on the pooled histories of all countries
(`liptako.inference.level_fit`) and applied here to one history or several. With `y` the
deaths of the history, `h` the lead in months and `x` features of `y` at the origin,

    log level(h, z) = log(ewma(y) + c) + m(x, h) + s_up(x, h) max(z, 0) + s_down(x, h) min(z, 0)
    deaths(h)       ~ NegativeBinomial(mean = level(h, z(h)), size = r(y))
    z(h)            = sqrt(1 - transient) slow(h) + sqrt(transient) white(h)
    slow(h + 1)     = persistence slow(h) + sqrt(1 - persistence^2) e(h + 1)

where the level is averaged, quantile by quantile, over two experts: the networks above, whose
`m`, `log s_up` and `log s_down` are averages over an ensemble, and persistence with a spread that
each series has earned (`liptako.model.steady`). Averaged quantile functions: Ratcliff (1979),
doi:10.1037/0033-2909.86.3.446.
Series share one common factor in `slow` and in `white`, so that `correlation` is the
correlation of their `z`. Everything here is NumPy and pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from liptako.data import arrays
from liptako.errors import InputError
from liptako.model.steady import SteadyFit, level_quantiles

MAX_LEAD = 36
HALF_LIVES_MONTHS = (0.7, 3.0, 6.0, 12.0, 36.0, 120.0)
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
SCORES = np.linspace(-4.0, 4.0, 33)
LOG_LEVEL_RANGE = (-8.0, 10.5)
LOG_SPREAD_RANGE = (-3.4, 0.6)
_YEAR = 12
_OFFSET = 0.3
_ANCHOR, _MID, _MEAN = 1, 2, 3  # half-lives of 3, 6 and 12 months


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


BASE_LOG_SPREAD = -0.4


@dataclass(frozen=True)
class LevelFit:
    """What the pooled fit learned; see `liptako.inference.level_fit.fit_level`.

    Args:
        network: the ensemble.
        steady: the persistence expert beside it.
        network_share: weight of the ensemble in the level; the expert has the rest.
        center: mean of each feature in training.
        scale: standard deviation of each feature in training.
        dispersion: `(a, b)` in log r = a + b log((12-month mean + 1) / 20).
        persistence: monthly autocorrelation of the slow part of the score.
        transient: share of the score's variance that is white noise.
        correlation: correlation of scores between series of a theatre.
        stretch: beyond a year the spread grows by `(lead / 12) ** stretch` on top of `s`.
        about: what it was fitted to and how, as plain text values.
    """

    network: Network
    steady: SteadyFit
    network_share: float
    center: Float[np.ndarray, " feature"]
    scale: Float[np.ndarray, " feature"]
    dispersion: tuple[float, float]
    persistence: float
    transient: float
    correlation: float
    stretch: float
    about: dict[str, object]


@dataclass(frozen=True)
class LevelLaw:
    """The forecast law of the level of several series.

    Args:
        score: standard normal scores of the quantile nodes, increasing.
        log_level: quantiles of the log of the expected deaths in a month, leads from 1.
        persistence: monthly autocorrelation of the slow part of the score, 0 to 1.
        transient: share of the score's variance that is white noise, 0 to 1.
        dispersion: size r of the negative binomial of deaths given the level.
        correlation: correlation of the scores of two series, 0 to 1.
    """

    score: Float[np.ndarray, " node"]
    log_level: Float[np.ndarray, "series lead node"]
    persistence: float
    transient: float
    dispersion: Float[np.ndarray, " series"]
    correlation: float


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
    logs = np.log(means + _OFFSET)
    log_deaths = np.log1p(history)
    steps = np.abs(np.diff(log_deaths, axis=0, prepend=log_deaths[:1]))
    quiet = _trailing(history == 0, np.mean)
    peak = _trailing(history, np.max).T
    highest = np.maximum.accumulate(means[_MID], axis=1)
    columns = [logs[j] - logs[j + 1] for j in range(5)]
    columns += [
        (logs[_MEAN] - 3.0) / 2.0,
        _trailing(steps, np.mean).T,
        quiet.T,
        np.log1p(peak) - np.log1p(means[_MEAN]),
        np.log1p(highest) - np.log1p(means[_MID]),
        logs[_MID] - _ago(logs[_MID], 12),
        logs[_MID] - _ago(logs[_MID], 36),
        np.log1p((np.cumsum(means[_MEAN] >= 1.0, axis=1)) / 12.0),
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


def forecast_level(
    fit: LevelFit, history: Float[np.ndarray, "month series"], leads: int = MAX_LEAD
) -> LevelLaw:
    """Return the forecast law of the level of each series, from its own history alone.

    Args:
        fit: the pooled fit.
        history: monthly deaths, finite and not negative; the last row is the origin.
        leads: number of leads, 1 to 36 months.

    Returns:
        The law of the level at leads 1 to `leads` after the last row of `history`.

    Raises:
        InputError: if `history` or `leads` is out of range.
    """
    history = check_history(history)
    if not 1 <= leads <= MAX_LEAD:
        raise InputError("out of range", field="leads", value=leads, allowed=f"1 to {MAX_LEAD}")
    means = smoothed(history)[:, :, -1]
    x = (features(history)[-1] - fit.center) / fit.scale
    lead = np.broadcast_to(np.arange(1.0, leads + 1.0), (len(x), leads))
    x = inputs(np.broadcast_to(x[:, None], (len(x), leads, x.shape[-1])), lead)
    quantiles = np.zeros((len(x), leads, len(SCORES)))
    net = fit.network
    wider = (np.maximum(lead, _YEAR) / _YEAR) ** fit.stretch
    for k in range(len(net.hidden)):
        unit = np.tanh(x @ net.hidden[k] + net.hidden_bias[k])
        head = unit @ net.out[k] + x @ net.bypass[k] + net.out_bias[k]
        quantiles += _quantiles(head, wider) / len(net.hidden)
    anchor = np.log(means[_ANCHOR] + _OFFSET)[:, None, None]
    size = dispersion_of(means[_MEAN], fit.dispersion)
    expert = level_quantiles(fit.steady, history, lead[0], size, ndtr(SCORES))
    level = fit.network_share * np.exp(np.clip(anchor + quantiles, *LOG_LEVEL_RANGE))
    level = level + (1.0 - fit.network_share) * expert
    return LevelLaw(
        score=SCORES,
        log_level=np.clip(np.log(np.maximum(level, 1e-12)), *LOG_LEVEL_RANGE),
        persistence=fit.persistence,
        transient=fit.transient,
        dispersion=size,
        correlation=fit.correlation,
    )


def _quantiles(
    head: Float[np.ndarray, "*case 3"], wider: Float[np.ndarray, "*case"]
) -> Float[np.ndarray, "*case node"]:
    spread = np.exp(np.clip(head[..., 1:] + BASE_LOG_SPREAD, *LOG_SPREAD_RANGE))
    spread = spread * wider[..., None]
    up, down = np.maximum(SCORES, 0.0), np.minimum(SCORES, 0.0)
    return head[..., :1] + spread[..., :1] * up + spread[..., 1:] * down


def check_history(history: Float[np.ndarray, "month series"]) -> Float[np.ndarray, "month series"]:
    """Return the history as floats, or raise InputError when it is no table of deaths."""
    array = np.asarray(history, dtype=float)
    if array.ndim != 2 or len(array) < _YEAR:
        raise InputError(
            "not a table of months by series",
            field="history",
            value=array.shape,
            allowed=f"at least {_YEAR} months by one series or more",
        )
    if not np.isfinite(array).all() or array.min(initial=0.0) < 0:
        bad = np.argwhere(~np.isfinite(array) | (array < 0))[0]
        raise InputError(
            "not a count of deaths",
            field=f"history[{bad[0]}, {bad[1]}]",
            value=float(array[tuple(bad)]),
            allowed="finite and at least 0",
        )
    return array


def sample_paths(law: LevelLaw, members: int, seed: int) -> Float[np.ndarray, "member lead series"]:
    """Draw paths of the log level: a Gaussian copula over months and series.

    The first members of a larger sample are those of a smaller one with the same seed.
    """
    rng = _generator(members, seed, 0)
    n_series, leads = law.log_level.shape[:2]
    noise = rng.standard_normal((members, 2, leads, n_series + 1))
    share = law.correlation
    noise = np.sqrt(share) * noise[..., :1] + np.sqrt(1.0 - share) * noise[..., 1:]
    slow, white = noise[:, 0], noise[:, 1]
    fresh = np.sqrt(1.0 - law.persistence**2)
    for h in range(1, leads):
        slow[:, h] = law.persistence * slow[:, h - 1] + fresh * slow[:, h]
    z = np.sqrt(1.0 - law.transient) * slow + np.sqrt(law.transient) * white
    return _at_score(law, z)


def sample_deaths(
    law: LevelLaw, members: int, seed: int
) -> Float[np.ndarray, "member lead series"]:
    """Draw paths of deaths: negative binomial around the paths of `sample_paths`."""
    level = np.exp(sample_paths(law, members, seed))
    rng = _generator(members, seed, 1)
    size = np.broadcast_to(law.dispersion, level.shape)
    return rng.poisson(level * rng.gamma(size) / size).astype(float)


def marginal_draws(law: LevelLaw, n: int = 1000) -> Float[np.ndarray, "lead series draw"]:
    """Return `n` draws of deaths at each lead, spread evenly over the forecast distribution.

    A rank-1 lattice pairs the score of the level with the quantile of the negative
    binomial, so scores of the draws carry little Monte Carlo error. Draws of different
    leads or series are not paths: use `sample_deaths` for sums.
    """
    if n < 1:
        raise InputError("out of range", field="n", value=n, allowed="at least 1")
    from scipy.special import ndtri
    from scipy.stats import nbinom

    i = np.arange(n)
    level_u = (i + 0.5) / n
    count_u = (i * 0.6180339887498949 + 0.5) % 1.0
    z = np.broadcast_to(ndtri(level_u)[:, None, None], (n, law.log_level.shape[1], 1))
    z = np.broadcast_to(z, (n, law.log_level.shape[1], law.log_level.shape[0]))
    level = np.exp(_at_score(law, z)).transpose(1, 2, 0)
    size = law.dispersion[None, :, None]
    return nbinom.ppf(count_u, size, size / (size + level))


def _at_score(
    law: LevelLaw, z: Float[np.ndarray, "member lead series"]
) -> Float[np.ndarray, "member lead series"]:
    """Return the log level at a normal score by interpolation between the nodes."""
    out = np.empty(z.shape)
    for h in range(z.shape[1]):
        for s in range(z.shape[2]):
            out[:, h, s] = np.interp(z[:, h, s], law.score, law.log_level[s, h])
    return out


def _generator(members: int, seed: int, site: int) -> np.random.Generator:
    if members < 1:
        raise InputError("out of range", field="members", value=members, allowed="at least 1")
    return np.random.default_rng(np.random.SeedSequence([seed, site]))
