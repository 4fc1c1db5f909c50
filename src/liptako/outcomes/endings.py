"""Endings of a run: from its members to tables with ranges over assumptions.

Three pieces stand before the outcomes: the pact is alive, all regimes hold, the war is rolled back.
Each stands beside how often it came in past cases (`pieces`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from liptako.errors import InputError
from liptako.model.codes import EXITS, STAGES, Exit
from liptako.model.draws import set_numbers
from liptako.outcomes.classify import (
    ALLIANCE,
    ENDINGS,
    HORIZONS,
    INSURGENTS,
    REGIMES,
    SUB_ENDINGS,
    WAYS,
    Classified,
    classify,
    ending_table,
    threshold_grid,
)
from liptako.outcomes.counted import Outcomes, allies_of, outcomes_of, thresholds_of, underreported
from liptako.outcomes.cut import until
from liptako.outcomes.forms import by_form
from liptako.outcomes.measures import broken_by_month, camp_lasts, exits
from liptako.outcomes.pieces import pieces
from liptako.outcomes.ranges import (
    chance,
    mcse_of_mean,
    mcse_of_share,
    no_range,
    variance_by_status,
)
from liptako.theatre.scenario import EndingThresholds
from liptako.theatre.strict import Strict
from liptako.theatre.validation import validate

REPORTING_LOSSES = (0.1, 0.3, 0.5)
"""Shares of insurgents' attacks that reports might miss."""

BROKEN = "broken"
WITHOUT_PACT = "without_pact"


def has_endings(run: xr.Dataset) -> bool:
    """Return whether there was a pact, and the run is long enough to end."""
    return bool(allies_of(run) and horizons_of(run))


def endings(
    run: xr.Dataset, thresholds: EndingThresholds | Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the three pieces and the four outcomes at 12, 24 and 36 months.

    Args:
        run: from `liptako.simulate`.
        thresholds: where one outcome stops and the next begins, as in a scenario's `[endings]`;
            what is not named is as usual. The scenario's own if not given.

    Returns:
        Columns `horizon` (months), `kind` (`piece` or `outcome`), `name`, `p`, `lo` and `hi` (the
        middle nine tenths of its range over what is assumed and fitted, Monte Carlo error taken
        out; not a number of fewer than 500 futures), `mcse`, and for pieces `base_rate`, `base_lo`
        and `base_hi`: how often it came in past cases, with its 90% interval.

    Raises:
        InputError: no pact at the start, a run shorter than a year, no such threshold.

    Example:
        >>> run = simulate("sahel-2024", members=600)                  # doctest: +SKIP
        >>> endings(run, {"min_joint_acts": 1})                        # doctest: +SKIP
    """
    if allies_of(run) and not horizons_of(run):
        raise InputError(
            "too short for endings", field="months", value=run.sizes["month"], allowed="12 or more"
        )
    if thresholds is not None:
        given = thresholds.model_dump() if isinstance(thresholds, Strict) else dict(thresholds)
        own = validate(EndingThresholds, given, Path("thresholds"))
        run = run.assign_attrs(ending_thresholds=own.model_dump_json())
    parts, found = pieces(run, horizons_of(run)), _outcomes(run)
    if why := no_range(run.sizes["member"]):
        warnings.warn(why, stacklevel=2)
    leading = parts[parts["leads"]].rename(columns={"piece": "name"}).assign(kind="piece")
    whole = found.rename(columns={"ending": "name"}).assign(kind="outcome")
    columns = ["horizon", "kind", "name", "p", "lo", "hi", "mcse"]
    columns += [f"base_{name}" for name in ("rate", "lo", "hi")]
    both = pd.concat([leading, whole]).sort_values("horizon", kind="stable")
    return both[columns].reset_index(drop=True)


def _outcomes(run: xr.Dataset) -> pd.DataFrame:
    """Return the four outcomes by horizon."""
    outcomes, thresholds = outcomes_of(run), thresholds_of(run)
    found = {months: classify(outcomes, thresholds, months) for months in horizons_of(run)}
    sets = set_numbers(run["member"].to_numpy())
    return _by_horizon(found, lambda c: _ranges(c, ENDINGS, "ending", sets))


def horizons_of(run: xr.Dataset) -> tuple[int, ...]:
    """Return the horizons that the run is long enough for."""
    return tuple(months for months in HORIZONS if months <= run.sizes["month"])


def ending_tables(
    run: xr.Dataset, variants: Mapping[str, xr.Dataset] | None = None
) -> dict[str, pd.DataFrame]:
    """Return all tables on endings and politics, by name; none if there was no pact.

    Args:
        run: a run's dataset.
        variants: of the first members with something left out, by name.
    """
    horizons = horizons_of(run)
    if not has_endings(run):
        return {}
    thresholds = thresholds_of(run)
    outcomes = outcomes_of(run)
    found = {months: classify(outcomes, thresholds, months) for months in horizons}
    sets = set_numbers(run["member"].to_numpy())
    return {
        "pieces": pieces(run, horizons, (variants or {}).get("no_effects")),
        "forms": by_form(run, horizons),
        "endings": _by_horizon(found, lambda c: _ranges(c, ENDINGS, "ending", sets)),
        "sub_endings": _by_horizon(
            found, lambda c: _ranges(c, (*WAYS["fails"], *WAYS["outside"]), "sub_ending", sets)
        ),
        "ending_parts": _by_horizon(found, lambda c: _parts(c, sets)),
        "ending_table": _by_horizon(found, lambda c: ending_table(c).drop(columns="months")),
        "threshold_grid": _by_horizon(
            found, lambda c: threshold_grid(outcomes, thresholds, c.months)
        ),
        "ending_variants": _variants(run, variants or {}, outcomes),
        "ending_variance": _by_horizon(found, lambda c: _variance(c, sets)),
        "pact_stage": pact_stage(run),
        "exits": _exits(run, horizons, sets),
        "regime_survival": regime_survival(run, sets),
    }


def _by_horizon(
    found: dict[int, Classified], make: Callable[[Classified], pd.DataFrame]
) -> pd.DataFrame:
    frames = [make(classified) for classified in found.values()]
    for months, frame in zip(found, frames, strict=True):
        frame.insert(0, "horizon", months)
    return pd.concat(frames, ignore_index=True)


def _ranges(
    classified: Classified, names: tuple[str, ...], column: str, sets: dict[str, np.ndarray]
) -> pd.DataFrame:
    source = {"ending": ENDINGS, "sub_ending": SUB_ENDINGS}[column]
    codes = getattr(classified, column)
    rows = [{column: name, **chance(codes == source.index(name), sets)} for name in names]
    return pd.DataFrame(rows)


def _variance(classified: Classified, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return how much of each ending's variance comes from which evidence."""
    frames = []
    for index, ending in enumerate(ENDINGS):
        shares = variance_by_status((classified.ending == index).astype(float), sets)
        frames.append(shares.assign(ending=ending))
    return pd.concat(frames, ignore_index=True)


def _variants(
    run: xr.Dataset, variants: Mapping[str, xr.Dataset], outcomes: Outcomes
) -> pd.DataFrame:
    """Return endings and rollback of every variant, on the members they all share."""
    thresholds = thresholds_of(run)
    others = {name: outcomes_of(data) for name, data in variants.items()}
    n = min((other.members for other in others.values()), default=outcomes.members)
    each = {"paired": outcomes, **others}
    each |= {
        f"reporting_{round(100 * loss)}": underreported(outcomes, loss) for loss in REPORTING_LOSSES
    }
    main = {m: classify(outcomes, thresholds, m) for m in horizons_of(run)}
    rows = []
    for name, one in each.items():
        for months, as_it_is in main.items():
            classified = classify(one, thresholds, months)
            whole = name.startswith("reporting")
            used = slice(None) if whole else slice(n)
            happens, before = _happens(classified, used), _happens(as_it_is, used)
            if name == WITHOUT_PACT:  # all on paper, by construction
                happens = {"rolled_back": happens["rolled_back"]}
            for ending, share in happens.items():
                p, gap = float(share.mean()), share.astype(float) - before[ending]
                rows.append(
                    {"variant": name, "horizon": months, "ending": ending, "p": p,
                     "mcse": mcse_of_share(p, len(share)), "members": len(share),
                     "difference": float(gap.mean()),
                     "difference_mcse": mcse_of_mean(gap)}
                )  # fmt: skip
    return pd.DataFrame(rows)


def _happens(classified: Classified, used: slice) -> dict[str, np.ndarray]:
    found = {ending: classified.ending[used] == i for i, ending in enumerate(ENDINGS)}
    found["rolled_back"] = classified.insurgents[used] == INSURGENTS.index("rolled_back")
    return found


def _parts(classified: Classified, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return alliance, regimes and insurgents each by itself, whatever the others do."""
    kinds = {"alliance": ALLIANCE, "regimes": REGIMES, "insurgents": INSURGENTS}
    rows = [
        {"reading": reading, "state": name, **chance(getattr(classified, reading) == code, sets)}
        for reading, names in kinds.items()
        for code, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def pact_stage(run: xr.Dataset) -> pd.DataFrame:
    """Return the share of members at each stage of the pact, by month; a member gone is broken."""
    broken = broken_by_month(run, allies_of(run))
    stage = run["stage"].transpose("member", "month").to_numpy()
    rows = []
    for index, month in enumerate(run["month"].to_numpy()):
        for code, name in enumerate(STAGES[:-1]):
            p = ((stage[:, index] == code) & ~broken[:, index]).mean()
            rows.append({"month": int(month), "stage": name, "p": float(p)})
        rows.append({"month": int(month), "stage": BROKEN, "p": float(broken[:, index].mean())})
    return pd.DataFrame(rows)


def _exits(run: xr.Dataset, horizons: tuple[int, ...], sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the chance of at least one exit of each kind, by country and horizon."""
    rows = []
    for country in allies_of(run):
        for months in horizons:
            cut = until(run, months)
            for kind in Exit:
                if kind == Exit.NONE:
                    continue
                happens = exits((kind,), cut, [country]) > 0
                row = {"country": country, "horizon": months, "kind": EXITS[kind]}
                rows.append(row | chance(happens, sets))
    return pd.DataFrame(rows)


def survival(run: xr.Dataset) -> pd.DataFrame:
    """Return `regime_survival` over the run's own sets of assumptions."""
    return regime_survival(run, set_numbers(run["member"].to_numpy()))


def regime_survival(run: xr.Dataset, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the chance that the camp in power lasts, beside camps of the region.

    The reference is the Kaplan-Meier curve of the region's camps that had lasted as long as this
    one had at the start.
    """
    rows = []
    for country in allies_of(run):
        held = camp_lasts(run, country)
        past = run[["past_survival", "past_lo", "past_hi"]].sel(country=country)
        for month in range(held.shape[1]):
            row = {"country": country, "lead": month + 1, **chance(held[:, month], sets)}
            reference = past.isel(month=month)
            row |= {
                "reference": float(reference["past_survival"]),
                "reference_lo": float(reference["past_lo"]),
                "reference_hi": float(reference["past_hi"]),
            }
            rows.append(row)
    return pd.DataFrame(rows)
