"""Whose the recorded dead are: shares by stream, which futures draw around, and the record itself.

Shares are of the deaths whose side is known, in the countries whose regimes are simulated (in all
where none is), in the last `MONTHS` before the start.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import betaincinv, ndtr

from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.model.level import SCORES
from liptako.model.processes.sides import CIVILIANS, INSURGENTS, SIDES, STATE
from liptako.model.structure import Structure
from liptako.theatre.schema import Theatre

MONTHS = 36
"""Recorded months in which it is measured whose the dead are."""

COLUMNS = {
    "state": "deaths_state",
    "insurgents": "deaths_insurgent",
    "civilians": "deaths_civilians",
}
"""Where the snapshot's events have the dead of each side."""

SPREAD = (0.01, 0.9)
"""Least and most that deaths of a month are alike in whose they are."""


def known_dead(snapshot: Snapshot, structure: Structure) -> Float[np.ndarray, "month stream side"]:
    """Return the dead whose side is known, by month, where regimes are simulated."""
    return _by_country(snapshot, structure, _measured(structure), MONTHS).sum(axis=-1)


def side_shares(
    theatre: Theatre, snapshot: Snapshot, structure: Structure
) -> Float[np.ndarray, "share stream country node"]:
    r"""Return quantiles of the share of civilians, and of states among the others.

    Of beta distributions, at `level.SCORES`. How alike the deaths of a month are in whose they are
    is one number for all streams, estimated by moments: with share $p$, $n_t$ deaths in month $t$
    and $x_t$ of them on the side, $E (x_t - n_t p)^2 = n_t p (1 - p) (1 + (n_t - 1) \rho)$. The
    same number for the totals of countries says how far each country's mean is pulled toward that
    of all; deaths of a month that are alike count as fewer.
    """
    each = _by_country(snapshot, structure, structure.countries, MONTHS)
    where = [structure.countries.index(iso) for iso in _measured(structure)]
    means = mean_shares(theatre, structure, each[..., where].sum(axis=-1))
    armed = each[:, :, [STATE, INSURGENTS]].sum(axis=2)
    parts = (each[:, :, CIVILIANS], each.sum(axis=2)), (each[:, :, STATE], armed)
    return np.stack([_quantiles(p, *part) for p, part in zip(means, parts, strict=True)])


def _measured(structure: Structure) -> tuple[str, ...]:
    inside = np.array(structure.countries)[np.asarray(structure.member) > 0].tolist()
    return tuple(inside or structure.countries)


def mean_shares(
    theatre: Theatre, structure: Structure, dead: Float[np.ndarray, "month stream side"]
) -> tuple[Float[np.ndarray, " stream"], Float[np.ndarray, " stream"]]:
    """Return by stream the share of civilians among the dead, and of states among the others.

    Where nothing is known of a stream its shares are those of battles with insurgents together;
    where insurgents fight each other none of the dead is a state's, unless the record says so.
    """
    one_sided = np.isin(structure.streams, theatre.streams_of("one_sided"))
    battles = ~one_sided & (structure.insurgent_against_others > 0)
    total = dead.sum(axis=0)
    armed = total[:, STATE] + total[:, INSURGENTS]
    civilian = _share(total[:, CIVILIANS], total.sum(axis=-1), battles)
    own = _share(total[:, STATE], armed, battles)
    return np.where(one_sided, 1.0, civilian), np.where(armed > 0, own, own * battles)


def inflicted_share(
    theatre: Theatre, snapshot: Snapshot, structure: Structure
) -> Float[np.ndarray, " stream"]:
    """Return by stream the share of deaths that insurgents inflict: not their own dead.

    Zero in streams without insurgents, and where insurgents fight each other.
    """
    civilian, own = mean_shares(theatre, structure, known_dead(snapshot, structure))
    return (civilian + (1.0 - civilian) * own) * structure.insurgent_against_others


def recorded_dead(
    theatre: Theatre, snapshot: Snapshot, structure: Structure, months: int
) -> Float[np.ndarray, "past_month side country"]:
    """Return the recorded dead of each side; those of no known side by their stream's shares."""
    countries = structure.countries
    known = _by_country(snapshot, structure, countries, months)
    last = snapshot.last_month
    deaths = arrays.by_country(
        snapshot.events, structure.streams, countries, last - months + 1, last
    )
    unknown = deaths - known.sum(axis=2)
    civilian, own = mean_shares(theatre, structure, known_dead(snapshot, structure))
    shares = np.stack([own * (1.0 - civilian), (1.0 - own) * (1.0 - civilian), civilian], axis=-1)
    spread = unknown[:, :, None] * shares[:, :, None]
    return (known + spread).sum(axis=1)


def _by_country(
    snapshot: Snapshot, structure: Structure, countries: tuple[str, ...], months: int
) -> Float[np.ndarray, "month stream side country"]:
    last = snapshot.last_month
    each = [
        arrays.by_country(
            snapshot.events, structure.streams, countries, last - months + 1, last, COLUMNS[side]
        )
        for side in SIDES
    ]
    return np.stack(each, axis=2)


def _share(part: np.ndarray, whole: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    overall = part[pooled].sum() / max(whole[pooled].sum(), 1.0)
    return np.where(whole > 0, part / np.maximum(whole, 1.0), overall)


def _quantiles(
    share: Float[np.ndarray, " stream"],
    part: Float[np.ndarray, "month stream country"],
    whole: Float[np.ndarray, "month stream country"],
) -> Float[np.ndarray, "stream country node"]:
    both = (share > 0) & (share < 1)
    p = np.where(both, share, 0.5)[:, None]
    alike = _alike(p[both], part[:, both], whole[:, both])
    counts = 1.0 / (1.0 + np.maximum(whole - 1.0, 0.0) * alike)
    seen, among = ((counts * values).sum(axis=0) for values in (part, whole))
    pull = 1.0 / _alike(p[both], seen[both], among[both]) - 1.0
    own = ((seen + p * pull) / (among + pull))[..., None]
    size = 1.0 / alike - 1.0
    nodes = betaincinv(own * size, (1.0 - own) * size, ndtr(SCORES))
    return np.where(both[:, None, None], nodes, share[:, None, None])


def _alike(p: np.ndarray, part: np.ndarray, whole: np.ndarray) -> float:
    r"""Return $\rho$: 0 where deaths of a month fall apart from each other, 1 all on one side."""
    away = ((part - whole * p) ** 2 / (p * (1.0 - p))).sum()
    pairs = (whole * (whole - 1.0)).sum()
    return float(np.clip((away - whole.sum()) / max(pairs, 1.0), *SPREAD))
