r"""How past pacts moved from stage to stage: a plain Markov model, and milestones.

Stages are paper, consultative, operational, integrated; a pact can end and a member can leave
in any of them. Each monthly rate has the posterior Gamma(n + 1/2, T), with n events in T
months at risk (Jeffreys). Months count from the month after signature: what had come by then
was there from the start and says nothing of a rate. They count only up to a window after
signature, for some pacts were used once, decades on.

Assumptions: rates are constant within the window and alike for all pacts of a tier. Treaties
nested in one another share the weight of one pact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from liptako.data import pacts as source
from liptako.errors import InputError
from liptako.inference.past_cases.rates import Beta, Gamma, jeffreys_rate, jeffreys_share

Tier = Literal["core", "comparison", "all"]
TIERS = ("core", "comparison", "all")
BROKEN_MODES = ("dissolved", "member_left", "dormant")
NOT_BROKEN_TRIGGERS = ("task_done", "merged_upward")
"""Ends that are no failure: the task was done, or a successor took over."""
_Z90 = 1.6448536

FEW_MEMBERS = 4
"""Members of a small pact, at most."""

GROUPS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "core": lambda rows: rows["tier"] == "core",
    "core_charter": lambda rows: (rows["tier"] == "core") & (rows["type"] != "joint_force"),
    "core_insurgency": lambda rows: (rows["tier"] == "core") & (rows["shared_insurgency"] == 1),
    "coup_regimes": lambda rows: rows["juntas_share"] >= 0.5,
    "all": lambda rows: rows["signed"].notna(),
    "insurgency": lambda rows: rows["shared_insurgency"] == 1,
    "small_no_backer": lambda rows: (
        (rows["members_n"] <= FEW_MEMBERS) & rows["external_backer"].str.startswith("none")
    ),
}
"""Groups of past pacts: the core tier; of it charters, no joint forces; and those who
fought the same groups; members half or more under coup regimes; all; all who fought the same
groups; two to four members without a backer abroad."""


@dataclass(frozen=True)
class StageFit:
    """Posteriors of monthly rates of a pact.

    Args:
        consultative: a common organ meets, from paper.
        operational: first joint operation, from paper or consultative.
        integrated: common money paid out, from operational. It carries no date, so every
            operational month in the window counts as exposure: the rate is a low one.
        end: breaks up or falls dormant while all members are in.
        exit: the first member leaves.
        follow: the pact ends with that exit, at once or in the month after.
        n_pacts: pacts of the tier.
        weight: sum of their weights, the number of pacts that nested ones amount to.
    """

    consultative: Gamma
    operational: Gamma
    integrated: Gamma
    end: Gamma
    exit: Gamma
    follow: Beta
    n_pacts: int
    weight: float


class Share(NamedTuple):
    """A share with its 90% Wilson interval."""

    estimate: float
    lo: float
    hi: float
    hits: int
    n: int


class GroupRange(NamedTuple):
    """A share in several groups of past pacts: a range, for no group is the right one.

    Args:
        estimate: mean of the groups, each as likely to be the one that matters.
        lo: the lowest lower end of a group.
        hi: the highest upper end.
        lowest: the lowest estimate.
        highest: the highest.
        groups: each by name.
    """

    estimate: float
    lo: float
    hi: float
    lowest: float
    highest: float
    groups: dict[str, Share]


class Milestones(NamedTuple):
    """What became of pacts that were alive, all members in, and idle some months on.

    Args:
        operational: had a joint operation by the later month.
        broken: ended or lost a member by then, absorbed or task done apart.
        alive: had a joint operation by then, and had neither ended in any way nor lost a member.
        curve: `month, p_operational, p_ended, at_risk` after signature, see `operation_curve`.
    """

    operational: Share
    broken: Share
    alive: Share
    curve: pd.DataFrame


def fit_stages(
    pacts: pd.DataFrame,
    last_month: int,
    nested: Sequence[Sequence[str]] = (),
    tier: Tier = "core",
    within: int = 60,
) -> StageFit:
    """Fit the rates of the stages of past pacts.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        nested: clusters of names of pacts nested in one another, each pact in at most one.
            Names that are not there, as before they were signed, are passed over.
        tier: `core`, `comparison` or `all`.
        within: months after signature that count, 1 or more.

    Returns:
        Posteriors. Rows with an unknown date are left out of the rates they concern.

    Raises:
        InputError: an unknown tier, no pact, a pact in two clusters, or no month at risk.

    Example:
        >>> fit_stages(s.pacts, 528).operational.mean                        # doctest: +SKIP
        0.01...
    """
    if within < 1:
        raise InputError("too small", field="within", value=within, allowed="1 or more")
    rows = _rows(pacts, last_month, tier)
    weights = _weights(rows["pact"], nested)
    age = {field: column.fillna(np.inf).to_numpy() for field, column in _ages(rows).items()}
    known = {field: (rows[f"{field}_status"] != "unknown").to_numpy() for field in age}
    began, dated, end = age["first_operation"], age["consultative"], age["end"]
    stop = np.minimum(np.minimum(end, within), last_month - rows["signed"].to_numpy(float))
    op_known = known["first_operation"] & known["end"]

    def rate(event: np.ndarray, until: np.ndarray, keep: np.ndarray) -> Gamma:
        months = np.where(keep, np.minimum(until, stop).clip(0.0), 0.0)
        happened = (event == months) & (months > 0)
        return jeffreys_rate((weights * happened).sum(), (weights * months).sum())

    left, counts = age["first_exit"], known["first_exit"] & known["end"]
    money = rows["pooled_money"].to_numpy()
    counted = op_known & (money != "unknown")
    at_work = np.where(counted, (stop - began.clip(0.0)).clip(0.0), 0.0)
    paid = (money == "1") & (at_work > 0)
    lost = counts & (left <= np.minimum(stop, within)) & (left > 0)
    followed = lost & _broke(rows).to_numpy() & (end <= left + 1)
    return StageFit(
        consultative=rate(dated, np.minimum(dated, began), known["consultative"] & op_known),
        operational=rate(began, began, op_known),
        integrated=jeffreys_rate(
            (weights * paid).sum(), max((weights * at_work).sum(), float(within))
        ),
        end=rate(np.where(_broke(rows) & (end < left), end, np.inf), np.minimum(end, left), counts),
        exit=rate(left, left, counts),
        follow=jeffreys_share((weights * followed).sum(), (weights * lost).sum()),
        n_pacts=len(rows),
        weight=float(weights.sum()),
    )


def milestones(
    pacts: pd.DataFrame,
    last_month: int,
    idle_until: int = 3,
    by: int = 39,
    tier: Tier = "core",
    worked: bool = False,
) -> Milestones:
    """Return what became, by a later month, of pacts idle some months after signature.

    Idle: alive, no member gone, no joint operation. Counted are those followed to month `by`
    or finished before it. An operation before or at signature is one in month 0.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        idle_until: months after signature.
        by: months after signature, above `idle_until`.
        tier: `core`, `comparison` or `all`.
        worked: instead of those idle, those that had a joint operation by `idle_until`.

    Returns:
        Shares with their intervals, and the curve among the same pacts.

    Raises:
        InputError: months out of order, an unknown tier, or no such pact.

    References:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= idle_until < by:
        raise InputError(
            "out of order", field="idle_until", value=idle_until, allowed=f"0 to {by - 1}"
        )
    rows = _rows(pacts, last_month, tier)
    ages = _ages(rows)
    known = (rows[["first_operation_status", "end_status", "first_exit_status"]] != "unknown").all(
        axis=1
    )
    gone = ages[["end", "first_exit"]].min(axis=1)
    began = ages["first_operation"].clip(lower=0.0)
    stood = known & ~(gone <= idle_until) & ((began <= idle_until) == worked)
    follow = last_month - rows["signed"]
    stood &= follow >= idle_until
    finished = (gone <= by) | ((began <= by) & (not worked))
    seen, known = (stood & (done | (follow >= by)) for done in (finished, gone <= by))
    if not known.any():
        raise InputError("no pact followed so long", field="by", value=by)
    left = (ages["first_exit"] <= by) & ~(ages["first_exit"] > ages["end"].fillna(np.inf))
    broken = seen & (((ages["end"] <= by) & _broke(rows)) | left)
    alive = known & (began <= by) & ~(gone <= by)
    return Milestones(
        operational=wilson(int((seen & (began <= by)).sum()), int(seen.sum())),
        broken=wilson(int(broken.sum()), int(seen.sum())),
        alive=wilson(int(alive.sum()), int(known.sum())),
        curve=_curve(rows[stood], last_month, by, idle_until),
    )


def group_milestones(
    pacts: pd.DataFrame,
    last_month: int,
    age: int,
    months: int,
    *,
    what: Literal["operational", "broken", "alive"] = "alive",
    worked: bool = False,
) -> GroupRange:
    """Return what became of past pacts from one position, in each of `GROUPS`.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        age: months since signature; all members are in.
        months: ahead, 1 or more.
        what: which of the `Milestones`.
        worked: the position is that after a joint operation; without one if not.

    Raises:
        InputError: no group with a pact in this position that was followed so long.

    Example:
        >>> group_milestones(s.pacts, 528, 3, 36).groups["core"][3:]         # doctest: +SKIP
        (4, 20)
    """
    shares: dict[str, Share] = {}
    for name, inside in GROUPS.items():
        rows = pacts[inside(pacts)]
        try:
            found = milestones(rows, last_month, age, age + months, "all", worked)
        except InputError:  # no such pact: the other groups speak
            continue
        shares[name] = getattr(found, what)
    if not shares:
        raise InputError("no past pact was so", field="age", value=age)
    estimates = [share.estimate for share in shares.values()]
    return GroupRange(
        estimate=float(np.mean(estimates)),
        lo=min(share.lo for share in shares.values()),
        hi=max(share.hi for share in shares.values()),
        lowest=min(estimates),
        highest=max(estimates),
        groups=shares,
    )


def operation_curve(
    pacts: pd.DataFrame, last_month: int, max_months: int = 60, tier: Tier = "core"
) -> pd.DataFrame:
    r"""Return the Aalen-Johansen chance of a first joint operation, by months since signature.

    With $S$ the chance of neither operation nor end,
    $P(t) = \sum_{u \le t} S(u-1) d_u / n_u$; ending, of whatever kind, competes.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        max_months: the last month after signature.
        tier: `core`, `comparison` or `all`.

    Returns:
        `month, p_operational, p_ended, at_risk`, from month 0. Members who fought together
        before they signed count as operational in month 0.

    Raises:
        InputError: an unknown tier or no pact.

    References:
        Aalen & Johansen 1978, https://www.jstor.org/stable/4615704.
    """
    return _curve(_rows(pacts, last_month, tier), last_month, max_months, 0)


def wilson(hits: int, n: int) -> Share:
    """Return a share with its 90% Wilson interval.

    Example:
        >>> [round(float(value), 2) for value in wilson(5, 20)[:3]]
        [0.25, 0.13, 0.43]
    """
    share, z2 = hits / n, _Z90**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z90 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    lo, hi = max(float(middle - half), 0.0), min(float(middle + half), 1.0)
    return Share(share, lo, hi, hits, n)


def _rows(pacts: pd.DataFrame, last_month: int, tier: str) -> pd.DataFrame:
    if tier not in TIERS:
        raise InputError("unknown", field="tier", value=tier, allowed=", ".join(TIERS))
    rows = source.censor(pacts, last_month)
    rows = rows if tier == "all" else rows[rows["tier"] == tier]
    if rows.empty:
        raise InputError("no pact by then", field="last_month", value=last_month)
    return rows.reset_index(drop=True)


def _ages(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the dated fields as months since signature, missing where there is no date."""
    return rows[list(source.PACT_DATES)].sub(rows["signed"], axis=0).astype(float)


def _broke(rows: pd.DataFrame) -> pd.Series:
    return rows["end_mode"].isin(BROKEN_MODES) & ~rows["end_trigger"].isin(NOT_BROKEN_TRIGGERS)


def _weights(names: pd.Series, nested: Sequence[Sequence[str]]) -> np.ndarray:
    listed = [name for cluster in nested for name in cluster]
    if twice := sorted({name for name in listed if listed.count(name) > 1}):
        raise InputError("in two clusters", field="nested", value=twice, allowed="each once")
    weights = np.ones(len(names))
    for cluster in nested:
        inside = names.isin(list(cluster)).to_numpy()
        weights[inside] = 1.0 / max(int(inside.sum()), 1)
    return weights


def _curve(rows: pd.DataFrame, last_month: int, max_months: int, start: int) -> pd.DataFrame:
    rows = rows[(rows["first_operation_status"] != "unknown") & (rows["end_status"] != "unknown")]
    ages = _ages(rows)
    began = ages["first_operation"].clip(lower=start).fillna(np.inf)
    ended = ages["end"].fillna(np.inf)
    until = np.minimum(np.minimum(began, ended), last_month - rows["signed"])
    months = np.arange(start, max_months + 1)
    alive, worked, stopped, table = 1.0, 0.0, 0.0, []
    for month in months:
        at_risk = int((until >= month).sum())
        now = until == month
        first = int((now & (began == month)).sum())
        last = int((now & (ended == month) & (began > month)).sum())
        worked += alive * first / max(at_risk, 1)
        stopped += alive * last / max(at_risk, 1)
        alive *= 1 - (first + last) / max(at_risk, 1)
        table.append((int(month), worked, stopped, at_risk))
    return pd.DataFrame(table, columns=["month", "p_operational", "p_ended", "at_risk"])
