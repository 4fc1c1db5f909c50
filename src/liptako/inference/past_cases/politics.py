"""What past coups, juntas, pacts and disputes of the region say, as the model takes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako.data import arrays
from liptako.data.regimes import used
from liptako.data.snapshot import Snapshot
from liptako.inference.past_cases.coup_panel import LOSSES_FROM, coup_panel, coup_state
from liptako.inference.past_cases.coups import CoupFit, fit_coups
from liptako.inference.past_cases.disputes import DisputeFit, fit_disputes, touching
from liptako.inference.past_cases.pacts import fit_stages
from liptako.inference.past_cases.rates import Beta, Gamma
from liptako.inference.past_cases.regime_ties import contagion_ratio, frailty_variance
from liptako.inference.past_cases.regimes import (
    abroad_share,
    capital_share,
    fit_regimes,
    home_of,
)
from liptako.model.posterior import PoliticsPosterior, RegimeFit, RegimeTies
from liptako.theatre.roles import members_of
from liptako.theatre.schema import Theatre

NEVER = -30.0
"""Log odds of a coup where no panel teaches it."""

HARDLY_EVER = Gamma(1.0, 1000000000.0)
"""Monthly rate of what no record teaches."""

TERMS = ("log_since",)
"""What moves coups against other governments than juntas: other terms did not gain before 2018."""

WIDTH_90 = 2 * 1.6448536
"""Standard deviations in a 90% interval of a normal distribution."""

LEAST_VARIANCE = 0.01
"""Where the record shows no shared frailty, it could still hide so much."""


def fit_politics(
    theatre: Theatre, snapshot: Snapshot, countries: Sequence[str], half_life: float | np.floating
) -> PoliticsPosterior:
    """Return what the data up to the snapshot's last month say of politics.

    Months that were imported teach nothing here: an import of events says nothing of coups and
    pacts, and no coup is known of is not no coup.

    Args:
        theatre: its panel of coups and its alliance.
        snapshot: already cut at the start of the run.
        countries: the theatre's, in the order of the model.
        half_life: of the memory of losses, months.
    """
    disputes = past_disputes(snapshot)
    if not theatre.coup_panel:
        return _nobody_falls(len(countries), disputes)
    last = snapshot.reference_month
    tables = snapshot.coups, snapshot.country_months, snapshot.vdem
    panel = coup_panel(*tables, theatre.coup_panel, last, half_life)
    mean, covariance = _in_terms_of_the_model(fit_coups(panel, covariates=TERMS), countries)
    nested = theatre.alliance.nested if theatre.alliance else ()
    stages = fit_stages(snapshot.pacts, last, nested=nested)
    return PoliticsPosterior(
        coup_mean=mean,
        coup_covariance=covariance,
        losses=losses_effect(panel, snapshot, members_of(theatre), half_life),
        rates={
            "alliance.to_consultative": stages.consultative,
            "alliance.to_operational": stages.operational,
            "alliance.to_integrated": stages.integrated,
            "alliance.end": stages.end,
            "alliance.leave": stages.exit,
            "ladders.incident": disputes.incident,
        },
        shares={
            **past_shares(snapshot),
            "alliance.follow": stages.follow,
            **_how_far(disputes),
        },
        regimes=past_regimes(snapshot, countries),
        ties=past_ties(snapshot),
    )


def losses_effect(
    panel: pd.DataFrame,
    snapshot: Snapshot,
    countries: Sequence[str],
    half_life: float | np.floating,
) -> tuple[float, float]:
    """Return what the state's own dead add to the log odds of a coup: mean and standard deviation.

    Of some countries alone, since whose the dead are is known where events are; in the model it is
    one form of two, beside none.

    Args:
        panel: from `coup_panel`.
        snapshot: with events of those countries.
        countries: whose regimes are simulated.
        half_life: of the memory of losses, months.
    """
    mine = panel[panel["country"].isin(list(countries)) & (panel["month"] >= LOSSES_FROM)]
    lost = own_losses(snapshot, countries, half_life)
    keys = pd.MultiIndex.from_arrays([mine["month"] - 1, mine["country"]])
    before = lost.stack().reindex(keys, fill_value=0.0)
    if mine.empty or not before.to_numpy().any():
        return 0.0, 0.0
    table = mine.assign(log_losses=np.log1p(before.to_numpy()))
    fit = fit_coups(table, covariates=("log_since", "log_losses"), effects=())
    place = fit.names.index("log_losses")
    return float(fit.mean[place]), float(np.sqrt(fit.covariance[place, place]))


def own_losses(
    snapshot: Snapshot, countries: Sequence[str], half_life: float | np.floating
) -> pd.DataFrame:
    """Return the fading mean of the state's own dead by month and country, from none in 1990.

    Past a country's last observed month it stays where it was: what is not known is not none.
    """
    events, last = snapshot.events, snapshot.last_month
    mine = events[events["country"].isin(list(countries)) & (events["month"] >= LOSSES_FROM)]
    sums = mine.pivot_table(
        index="month", columns="country", values="deaths_state", aggfunc="sum", fill_value=0
    )
    months = pd.RangeIndex(LOSSES_FROM, last + 1, name="month")
    wide = sums.reindex(index=months, columns=pd.Index(list(countries), name="country"))
    decay = 2.0 ** (-1.0 / float(half_life))
    faded = arrays.fading_mean(wide.fillna(0.0).to_numpy(float), decay)
    seen = snapshot.cells.groupby("country")["observed_last"].max().reindex(wide.columns)
    known = np.asarray(months)[:, None] <= seen.fillna(last).to_numpy(float)
    return pd.DataFrame(faded, wide.index, wide.columns).where(known).ffill().fillna(0.0)


def past_ties(snapshot: Snapshot) -> RegimeTies | None:
    """Return how the world's regimes born of coups rise and fall together, by subregion.

    Given what age and decade explain. None where the snapshot holds no such regime.
    """
    last, regimes = snapshot.reference_month, snapshot.regimes
    if not len(spells := used(regimes)) or not (spells["coup"] < last).any():
        return None
    variance = frailty_variance(regimes, last, by_decade=True)
    ratio = contagion_ratio(regimes, snapshot.coups_world, last, by_decade=True)
    middle = max(variance.estimate, LEAST_VARIANCE)
    spread = max((variance.hi - variance.lo) / WIDTH_90, LEAST_VARIANCE)
    return RegimeTies(
        frailty=((middle / spread) ** 2, middle / spread**2),
        contagion=(
            float(np.log(ratio.estimate)),
            float(np.log(ratio.hi) - np.log(ratio.lo)) / WIDTH_90,
        ),
        after_coup=ratio.share,
    )


def past_shares(snapshot: Snapshot) -> dict[str, Beta]:
    """Return how regimes ended by force fell; unknown without any."""
    if not len(snapshot.regimes):
        return dict.fromkeys(("regime.capital", "regime.abroad"), Beta(0.5, 0.5))
    record = snapshot.regimes, snapshot.reference_month
    return {"regime.capital": capital_share(*record), "regime.abroad": abroad_share(*record)}


def past_regimes(snapshot: Snapshot, countries: Sequence[str]) -> RegimeFit | None:
    """Return how the world's regimes born of coups ended, for the subregion of most countries.

    None where the snapshot holds no regime that was at risk by its last month.
    """
    last, regimes = snapshot.reference_month, snapshot.regimes
    if not len(spells := used(regimes)) or not (spells["coup"] < last).any():
        return None
    return fit_regimes(regimes, snapshot.coups_world, last, home_of(regimes, tuple(countries)))


def past_disputes(snapshot: Snapshot) -> DisputeFit:
    """Return the rate of past disputes between countries of the theatre that touch.

    Without a record, or without two countries that touch, disputes hardly ever come to a display
    of force, and how far they go is unknown.
    """
    pairs = touching(snapshot.cells)
    if pairs and "world" in set(snapshot.mid["scope"]):
        return fit_disputes(snapshot.mid, pairs, snapshot.reference_month)
    unknown = Beta(0.5, 0.5)
    return DisputeFit(
        (HARDLY_EVER, HARDLY_EVER, HARDLY_EVER), unknown, unknown, (0, 0, 0), 0.0, len(pairs), 0
    )


def _how_far(disputes: DisputeFit) -> dict[str, tuple[float, float]]:
    return {"ladders.clash": disputes.clash, "ladders.war": disputes.war}


def political_state(
    theatre: Theatre, snapshot: Snapshot, countries: Sequence[str], half_life: float | np.floating
) -> tuple[Float[np.ndarray, " country"], Float[np.ndarray, " country"]]:
    """Return months since the last coup or attempt, and the fading mean of the state's own dead.

    Both as the coup fit counts them, at the end of the snapshot's last month.
    """
    if not theatre.coup_panel:
        return np.zeros(len(countries)), np.zeros(len(countries))
    since = _covariates(theatre, snapshot, half_life).loc[list(countries)]["log_since"]
    lost = own_losses(snapshot, countries, half_life).iloc[-1]
    return np.expm1(since.to_numpy()) - 1.0, lost.to_numpy()


def _covariates(
    theatre: Theatre, snapshot: Snapshot, half_life: float | np.floating
) -> pd.DataFrame:
    """Return next month's covariates of every country of the theatre and of the panel."""
    everyone = {iso: row.views_id for iso, row in theatre.countries.items()} | theatre.coup_panel
    tables = snapshot.coups, snapshot.country_months, snapshot.vdem
    return coup_state(*tables, everyone, snapshot.last_month, half_life).set_index("country")


def _nobody_falls(n_countries: int, disputes: DisputeFit) -> PoliticsPosterior:
    """Return a posterior for a theatre without a panel of coups: regimes and pacts stand still.

    Disputes do not: their record is that of the theatre's own countries.
    """
    leaves = [f"alliance.{name}" for name in ("to_consultative", "to_operational")]
    leaves += [f"alliance.{name}" for name in ("to_integrated", "end", "leave")]
    shares = ["regime.capital", "regime.abroad", "alliance.follow"]
    return PoliticsPosterior(
        coup_mean=np.r_[np.full(n_countries, NEVER), 0.0],
        coup_covariance=np.zeros((n_countries + 1, n_countries + 1)),
        losses=(0.0, 0.0),
        rates={**dict.fromkeys(leaves, HARDLY_EVER), "ladders.incident": disputes.incident},
        shares={**dict.fromkeys(shares, (0.5, 0.5)), **_how_far(disputes)},
        regimes=None,
    )


def _in_terms_of_the_model(
    fit: CoupFit, countries: Sequence[str]
) -> tuple[Float[np.ndarray, " term"], Float[np.ndarray, "term term"]]:
    """Return mean and covariance of the model's terms, which are linear in the fit's.

    The model's baseline holds at no time since the last coup, and at the mean over years to come.
    """
    n = len(countries)
    at = {name: index for index, name in enumerate(fit.names)}
    turn = np.zeros((n + 1, len(fit.names)))
    turn[:n, at["intercept"]] = 1.0
    turn[:n, at["log_since"]] = -fit.centre["log_since"]
    for row, iso in enumerate(countries):
        if f"country:{iso}" in at:
            turn[row, at[f"country:{iso}"]] = 1.0
    turn[n, at["log_since"]] = 1.0
    mean = turn @ fit.mean
    mean[:n] += 0.5 * fit.settings.year_sd**2
    return mean, turn @ fit.covariance @ turn.T
