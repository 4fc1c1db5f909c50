"""Event tables as dense arrays, month by stream by place; fading means over months."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer


def by_cell(
    events: pd.DataFrame,
    streams: tuple[str, ...],
    gid: Integer[np.ndarray, " cell"],
    first: int,
    last: int,
    value: str = "events",
) -> Float[np.ndarray, "month stream cell"]:
    """Return a column of the snapshot's events summed by month, stream and cell.

    Rows of other streams (`unmapped`), cells or months are left out.

    Args:
        events: the snapshot's events.
        streams: names, in the order of the axis.
        gid: ascending.
        first: first month number.
        last: last month number.
        value: the column to sum.
    """
    place = np.searchsorted(gid, events["gid"].to_numpy()).clip(max=len(gid) - 1)
    inside = gid[place] == events["gid"].to_numpy()
    return _dense(events, streams, place, inside, len(gid), first, last, value)


def by_country(
    events: pd.DataFrame,
    streams: tuple[str, ...],
    countries: tuple[str, ...],
    first: int,
    last: int,
    value: str = "deaths",
) -> Float[np.ndarray, "month stream country"]:
    """Return a column summed by month, stream and the country that the data name."""
    index = {iso: i for i, iso in enumerate(countries)}
    place = events["country"].map(index).fillna(-1).to_numpy(int)
    return _dense(events, streams, place, place >= 0, len(countries), first, last, value)


def by_region(
    events: pd.DataFrame,
    streams: tuple[str, ...],
    regions: tuple[str, ...],
    first: int,
    last: int,
    value: str = "deaths",
) -> Float[np.ndarray, "month stream region"]:
    """Return a column summed by month, stream and the region that the data name."""
    place = pd.Index(regions).get_indexer(pd.Index(events["region"]))
    return _dense(events, streams, place, place >= 0, len(regions), first, last, value)


def fading_mean(
    values: Float[np.ndarray, "*place"], decay: float | np.floating | np.ndarray, axis: int = 0
) -> Float[np.ndarray, "*place"]:
    """Return the fading mean through each month, `E <- d E + (1 - d) x`, from zero.

    The same as `scipy.signal.lfilter`, which takes longer to import than this takes to run.

    Args:
        values: by month and anything else.
        decay: share of the mean that remains after a month, for all or for each.
        axis: of months.

    Example:
        >>> fading_mean(np.array([4.0, 0.0, 2.0]), 0.5).tolist()
        [2.0, 1.0, 1.5]
    """
    faded = np.empty(np.shape(values))
    mean: float | np.ndarray = 0.0
    by_month = np.moveaxis(faded, axis, 0)
    for month, seen in enumerate(np.moveaxis(values, axis, 0)):
        mean = decay * mean + (1.0 - decay) * seen
        by_month[month] = mean
    return faded


def _dense(
    events: pd.DataFrame,
    streams: tuple[str, ...],
    place: np.ndarray,
    inside: np.ndarray,
    n_places: int,
    first: int,
    last: int,
    value: str,
) -> np.ndarray:
    stream = events["stream"].map({s: i for i, s in enumerate(streams)}).fillna(-1)
    stream = stream.to_numpy(int)
    month = events["month"].to_numpy() - first
    keep = inside & (stream >= 0) & (month >= 0) & (month <= last - first)
    dense = np.zeros((last - first + 1, len(streams), n_places), np.float32)
    np.add.at(dense, (month[keep], stream[keep], place[keep]), events[value].to_numpy()[keep])
    return dense
