"""Outcomes: what the endings of a run are counted from, and the tables that keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Float, Shaped

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.model.codes import EXITS, STAGES, Exit, Rung, Stage
from liptako.theatre.scenario import EndingThresholds

Labels: TypeAlias = "tuple[str, ...] | Shaped[np.ndarray, ' label']"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What endings are counted from. Year 1 is the first 12 months after the start.

    Numbers of any type are taken, and kept as floats, whole numbers or marks.

    Args:
        countries: the members of the alliance.
        inflicted: deaths that insurgents inflict: soldiers and civilians they kill.
        attacked: cells with at least one attack by insurgents in the year.
        exits: how a regime ended in the month, see `Exit`.
        stage: of the pact at the end of the month, see `Stage`.
        left: out of the pact by the end of the month.
        joint_acts: of the pact in the month.
        baseline_inflicted: yearly mean of the three years before the start.
        baseline_attacked: in the last year before the start.
        rivals: two members threaten each other in the month, or worse; never if not given.
        elsewhere: deaths inflicted in the year in the worst hit of the countries outside that had
            few before; none if not given.

    Raises:
        InputError: shapes that do not fit together, a missing or negative number, an unknown code.
    """

    countries: tuple[str, ...]
    inflicted: Shaped[np.ndarray, "member year country"]
    attacked: Shaped[np.ndarray, "member year country"]
    exits: Shaped[np.ndarray, "member month country"]
    stage: Shaped[np.ndarray, "member month"]
    left: Shaped[np.ndarray, "member month country"]
    joint_acts: Shaped[np.ndarray, "member month"]
    baseline_inflicted: Shaped[np.ndarray, " country"]
    baseline_attacked: Shaped[np.ndarray, " country"]
    rivals: Shaped[np.ndarray, "member month"] | None = None
    elsewhere: Shaped[np.ndarray, "member year"] | None = None

    def __post_init__(self) -> None:
        if self.rivals is None:
            object.__setattr__(self, "rivals", np.zeros(np.shape(self.stage), bool))
        if self.elsewhere is None:
            object.__setattr__(self, "elsewhere", np.zeros(np.shape(self.inflicted)[:2]))
        if np.ndim(self.inflicted) != 3 or np.ndim(self.stage) != 2:
            raise InputError(
                "wrong shape",
                field="inflicted, stage",
                value=(np.shape(self.inflicted), np.shape(self.stage)),
                allowed="[member, year, country] and [member, month]",
            )
        if len(set(self.countries)) < len(self.countries):
            raise InputError("a country twice", field="countries", value=self.countries)
        yearly = (*np.shape(self.inflicted)[:2], len(self.countries))
        monthly = (yearly[0], np.shape(self.stage)[1], len(self.countries))
        shapes = {
            "inflicted": (yearly, np.float64, None),
            "attacked": (yearly, np.int32, None),
            "exits": (monthly, np.int8, len(Exit)),
            "stage": (monthly[:2], np.int8, len(Stage)),
            "left": (monthly, np.bool_, 2),
            "joint_acts": (monthly[:2], np.int32, None),
            "rivals": (monthly[:2], np.bool_, 2),
            "elsewhere": (yearly[:2], np.float64, None),
            "baseline_inflicted": (yearly[2:], np.float64, None),
            "baseline_attacked": (yearly[2:], np.float64, None),
        }
        for name, (shape, dtype, codes) in shapes.items():
            array = _checked(getattr(self, name), name, shape, dtype, codes)
            object.__setattr__(self, name, array)

    @property
    def members(self) -> int:
        """How many members."""
        return self.inflicted.shape[0]

    @property
    def months(self) -> int:
        """How many months may be counted: those simulated in which all years are whole."""
        return min(self.stage.shape[1], 12 * self.inflicted.shape[1])


def outcomes_of(run: xr.Dataset, thresholds: EndingThresholds | None = None) -> Outcomes:
    """Return what the endings of a run's members are counted from.

    Args:
        run: a run's dataset; the start of it must have known the pact.
        thresholds: say in which countries outside the war is new; the run's own if not given.

    Raises:
        InputError: there was no pact.
    """
    allies = allies_of(run)
    if not allies:
        raise InputError(
            "no alliance at the start of the run, so no endings",
            field="init_time",
            value=run.attrs["init_time"],
            allowed="after the pact was signed",
        )
    inside = run[[*_COUNTED]].sel(country=list(allies))
    return Outcomes(
        countries=allies,
        inflicted=np.stack([_inflicted_by_year(run, iso) for iso in allies], axis=-1),
        attacked=inside["attacked_cells"].to_numpy(),
        exits=inside["exits"].to_numpy(),
        stage=inside["stage"].to_numpy(),
        left=inside["left"].to_numpy(),
        joint_acts=inside["joint_acts"].to_numpy(),
        rivals=rivals_of(run),
        elsewhere=_elsewhere(run, (thresholds or thresholds_of(run)).spread_deaths),
        baseline_inflicted=inside["baseline_inflicted"].to_numpy(),
        baseline_attacked=inside["baseline_attacked"].to_numpy(),
    )


_COUNTED = (
    "attacked_cells", "exits", "stage", "left", "joint_acts", "baseline_inflicted",
    "baseline_attacked",
)  # fmt: skip
"""What endings are counted from, besides deaths and rungs: the rest of a run is large."""


def positions(data: xr.Dataset | xr.DataArray, dim: str, names: Sequence[str]) -> list[int]:
    """Return where names stand along a dimension.

    Raises:
        KeyError: one of them is not there.
    """
    index = data.get_index(dim)
    return [int(index.get_loc(name)) for name in names]  # type: ignore[arg-type]


def of_country(
    values: xr.DataArray, country: str, *dims: Any, **places: Any
) -> Shaped[np.ndarray, "..."]:
    """Return a country's values, without the labels that `sel` carries along at a cost.

    Args:
        values: by country and more.
        country: its code.
        dims: order of the axes.
        places: which places of other dimensions to take; all by default.
    """
    (place,) = positions(values, "country", [country])
    mine = values.variable.isel(country=place).isel(places)
    return mine.transpose(*dims).to_numpy()


def _inflicted_by_year(run: xr.Dataset, country: str) -> Float[np.ndarray, "member year"]:
    years = run.sizes["full_year"]
    deaths = of_country(run["deaths"], country, "member", "month", "stream")
    monthly = deaths.astype(float) @ run["inflicted_share"].to_numpy()
    return (
        monthly[:, : MONTHS_PER_YEAR * years]
        .reshape(len(monthly), years, MONTHS_PER_YEAR)
        .sum(axis=2)
    )


def _elsewhere(run: xr.Dataset, few: float) -> Float[np.ndarray, "member year"]:
    """Return the most deaths inflicted in any country outside the pact that had `few` before."""
    outside = run["observed"] & ~run["country"].isin(allies_of(run))
    new = run["country"].to_numpy()[(outside & (run["baseline_inflicted"] < few)).to_numpy()]
    most = np.zeros((run.sizes["member"], run.sizes["full_year"]))
    for country in new.tolist():
        most = np.maximum(most, _inflicted_by_year(run, country))
    return most


def rivals_of(run: xr.Dataset) -> Bool[np.ndarray, "member month"]:
    """Return when two members of the pact threatened each other, or worse."""
    allies = set(allies_of(run))
    among = [pair for pair in run["dyad"].to_numpy() if set(str(pair).split("-")) <= allies]
    return (run["rung"].sel(dyad=among) >= Rung.COERCION).any("dyad").to_numpy()


def allies_of(run: xr.Dataset) -> tuple[str, ...]:
    """Return the members of the pact at the start; none if there was no pact."""
    return tuple(filter(None, run.attrs["alliance"].split(",")))


def thresholds_of(run: xr.Dataset) -> EndingThresholds:
    """Return the thresholds that the run's scenario sets."""
    return EndingThresholds.model_validate_json(run.attrs["ending_thresholds"])


def underreported(outcomes: Outcomes, share: float) -> Outcomes:
    """Return what would be *reported* if reports of insurgents' attacks fell by a share.

    Nothing else changes: the same war, seen less well, against a baseline reported as before. An
    ending counted from it shows how far silence alone could pass for a rollback. Cells fall by
    the whole share, rounded, though one of several attacks in a cell would still show it: that
    is the most that silence can do.

    Args:
        outcomes: of the members.
        share: of attacks no longer reported, 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise InputError("out of range", field="share", value=share, allowed="a number, 0 to 1")
    return replace(
        outcomes,
        inflicted=outcomes.inflicted * (1.0 - share),
        elsewhere=np.asarray(outcomes.elsewhere) * (1.0 - share),
        attacked=np.rint(outcomes.attacked * (1.0 - share)),
    )


def to_frames(outcomes: Outcomes, first_month: int = 1) -> dict[str, pd.DataFrame]:
    """Return the outcomes as tidy tables from which the same endings can be counted again.

    Args:
        outcomes: of the members.
        first_month: number of the first month simulated; by default months count from the start.

    Returns:
        `members_year`: member, year, country, inflicted, attacked; `members_elsewhere`: member,
        year, inflicted; `members_regimes`: member, month, country, exit, left; `members_pact`:
        member, month, stage, joint_acts, rivals; `baseline`: country, inflicted, attacked.
    """
    member = np.arange(outcomes.members, dtype=np.int32)
    year = np.arange(1, outcomes.inflicted.shape[1] + 1, dtype=np.int16)
    month = np.arange(first_month, first_month + outcomes.stage.shape[1], dtype=np.int16)
    country = pd.Categorical(outcomes.countries, outcomes.countries)
    yearly = {"member": member, "year": year, "country": country}
    monthly = {"member": member, "month": month}
    exits = pd.Categorical.from_codes(outcomes.exits.ravel(), pd.Index(EXITS))
    stage = pd.Categorical.from_codes(outcomes.stage.ravel(), pd.Index(STAGES))
    return {
        "members_year": _long(yearly, inflicted=outcomes.inflicted, attacked=outcomes.attacked),
        "members_elsewhere": _long(
            {"member": member, "year": year}, inflicted=np.asarray(outcomes.elsewhere)
        ),
        "members_regimes": _long(monthly | {"country": country}, exit=exits, left=outcomes.left),
        "members_pact": _long(
            monthly, stage=stage, joint_acts=outcomes.joint_acts, rivals=outcomes.rivals
        ),
        "baseline": _long(
            {"country": country},
            inflicted=outcomes.baseline_inflicted,
            attacked=outcomes.baseline_attacked,
        ),
    }


def from_frames(frames: Mapping[str, pd.DataFrame]) -> Outcomes:
    """Return the outcomes that `to_frames` made tables of; rows and columns in any order.

    Raises:
        InputError: a table or column is missing, a row is missing or there twice, an unknown
            country, exit or stage.
    """
    base = _columns(frames, "baseline", ["country", "inflicted", "attacked"])
    countries = tuple(base["country"].astype(str))
    if len(set(countries)) < len(countries):
        raise InputError("a country twice", field="baseline, country", value=countries)
    yearly = _cube(frames, "members_year", ["member", "year", "country"], countries)
    regimes = _cube(frames, "members_regimes", ["member", "month", "country"], countries)
    pact = _cube(frames, "members_pact", ["member", "month"], countries)
    elsewhere = _cube(frames, "members_elsewhere", ["member", "year"], countries)
    for table in ("members_elsewhere", "members_regimes", "members_pact"):
        if set(frames[table]["member"]) != set(frames["members_year"]["member"]):
            raise InputError("other members than in members_year", field=f"{table}, member")
    return Outcomes(
        countries=countries,
        inflicted=yearly("inflicted"),
        attacked=yearly("attacked"),
        exits=regimes("exit", EXITS),
        stage=pact("stage", STAGES),
        left=regimes("left"),
        joint_acts=pact("joint_acts"),
        rivals=pact("rivals"),
        elsewhere=elsewhere("inflicted"),
        baseline_inflicted=base["inflicted"].to_numpy(),
        baseline_attacked=base["attacked"].to_numpy(),
    )


def _long(axes: Mapping[str, Any], **columns: Any) -> pd.DataFrame:
    """Return one row for each combination of the axes' labels."""
    places = np.indices([len(labels) for labels in axes.values()]).reshape(len(axes), -1)
    index = {name: axes[name][place] for name, place in zip(axes, places, strict=True)}
    return pd.DataFrame(index | {name: values.ravel() for name, values in columns.items()})


def _columns(frames: Mapping[str, pd.DataFrame], table: str, names: list[str]) -> pd.DataFrame:
    if table not in frames:
        raise InputError("no such table", field=table, allowed="a table as `to_frames` makes it")
    for name in names:
        if name not in frames[table]:
            value = [str(column) for column in frames[table]]
            raise InputError(f"no column {name!r}", field=table, value=value)
    return frames[table]


def _cube(
    frames: Mapping[str, pd.DataFrame], table: str, axes: list[str], countries: tuple[str, ...]
) -> Callable[..., Shaped[np.ndarray, "..."]]:
    """Return a function that gives a column of a table as an array over the axes."""
    frame = _columns(frames, table, axes)
    if frame.empty:
        raise InputError("no rows", field=table)
    if "month" in axes and not pd.api.types.is_integer_dtype(frame["month"]):
        numbers = {text: calendar.parse_month(text) for text in frame["month"].unique()}
        frame = frame.assign(month=[numbers[text] for text in frame["month"]])
    labels: list[Labels] = [
        countries if axis == "country" else np.unique(frame[axis].to_numpy()) for axis in axes
    ]
    _refuse_gaps(table, dict(zip(axes, labels, strict=True)))
    places = [_codes(frame, table, axes[i], labels[i]) for i in range(len(axes))]
    shape = tuple(map(len, labels))
    order = np.lexsort(places[::-1])
    flat = np.ravel_multi_index(tuple(places), shape)[order]
    if not np.array_equal(flat, np.arange(np.prod(shape))):
        allowed = f"one row for each {' and '.join(axes)}: {np.prod(shape)}"
        raise InputError("rows missing or twice", field=table, value=len(frame), allowed=allowed)

    def array(name: str, words: tuple[str, ...] = ()) -> Shaped[np.ndarray, "..."]:
        values = _columns(frames, table, [name])[name]
        found = _codes(frame, table, name, words) if words else values.to_numpy()
        return found[order].reshape(shape)

    return array


def _refuse_gaps(table: str, labels: Mapping[str, Labels]) -> None:
    for axis in {"year", "month"} & set(labels):
        values = np.asarray(labels[axis])
        first = 1 if axis == "year" else values[:1]
        if not np.array_equal(values, np.arange(len(values)) + first):
            allowed = "1, 2, ..." if axis == "year" else "all from the first to the last"
            raise InputError(
                "not in a row", field=f"{table}, {axis}", value=values.tolist(), allowed=allowed
            )


def _codes(frame: pd.DataFrame, table: str, name: str, labels: Labels) -> np.ndarray:
    """Return the position of each value of a column among the labels."""
    codes = pd.Index(labels).get_indexer(pd.Index(frame[name]))
    if (codes < 0).any():
        raise InputError(
            "not an allowed value",
            field=f"{table}, {name}",
            value=frame[name].to_numpy()[codes < 0][0],
            allowed=", ".join(map(str, labels)),
        )
    return codes


def _checked(
    array: Shaped[np.ndarray, "..."], name: str, shape: tuple, dtype: type, codes: int | None
) -> Shaped[np.ndarray, "..."]:
    """Return an array of the expected shape as `dtype`, or refuse it."""
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        value = str(array.dtype)
        raise InputError("wrong type", field=name, value=value, allowed="numbers, none missing")
    if array.shape != shape or 0 in shape:
        allowed = f"{shape}, none of them 0"
        raise InputError("wrong shape", field=name, value=array.shape, allowed=allowed)
    top = np.finfo(np.float64).max if dtype is np.float64 else np.iinfo(np.int32).max
    most = top if codes is None else codes - 1
    wrong = ~((array >= 0) & (array <= most))
    if dtype is not np.float64:
        wrong |= array != np.trunc(array)
    if wrong.any():
        whole = "numbers" if dtype is np.float64 else "whole numbers"
        allowed = f"{whole}, 0 or more" if codes is None else f"{whole}, 0 to {most}"
        raise InputError("out of range", field=name, value=array[wrong][0].item(), allowed=allowed)
    return array.astype(dtype)
