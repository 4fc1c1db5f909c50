"""What past coups, juntas, pacts and disputes of the region say, as the model takes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako.data.regimes import used
from liptako.data.snapshot import Snapshot
from liptako.inference.past_cases.coup_panel import coup_panel, coup_state
from liptako.inference.past_cases.coups import CoupFit, fit_coups
from liptako.inference.past_cases.disputes import DisputeFit, fit_disputes, touching
from liptako.inference.past_cases.exits import Beta, Gamma, fit_exits
from liptako.inference.past_cases.pacts import fit_stages
from liptako.inference.past_cases.regimes import fit_regimes, home_of
from liptako.model.posterior import PoliticsPosterior, RegimeFit
from liptako.theatre.schema import Theatre

NEVER = -30.0
"""Log odds of a coup where no panel teaches it."""

HARDLY_EVER = Gamma(1.0, 1000000000.0)
"""Monthly rate of what no record teaches."""


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
    coups = fit_coups(panel)
    mean, covariance = _in_terms_of_the_model(
        coups, _covariates(theatre, snapshot, half_life), countries
    )
    exits = fit_exits(snapshot.juntas, last, panel)
    nested = theatre.alliance.nested if theatre.alliance else ()
    stages = fit_stages(snapshot.pacts, last, nested=nested)
    return PoliticsPosterior(
        coup_mean=mean,
        coup_covariance=covariance,
        wave=(coups.settings.year_sd, coups.settings.year_persistence),
        rates={
            "regime.forced": exits.forced,
            "regime.negotiated": exits.negotiated,
            "regime.negotiated_later": exits.negotiated_later,
            "alliance.to_consultative": stages.consultative,
            "alliance.to_operational": stages.operational,
            "alliance.to_integrated": stages.integrated,
            "alliance.end": stages.end,
            "alliance.leave": stages.exit,
            "ladders.incident": disputes.incident,
        },
        shares={
            "regime.success": exits.success,
            "regime.same_camp": exits.same_camp,
            "regime.capital": exits.capital,
            "alliance.follow": stages.follow,
            **_how_far(disputes),
        },
        regimes=past_regimes(snapshot, countries),
    )


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
    """Return months since the last coup or attempt, and the fading mean of deaths in battle.

    Both as the coup fit counts them, at the end of the snapshot's last month.
    """
    if not theatre.coup_panel:
        return np.zeros(len(countries)), np.zeros(len(countries))
    state = _covariates(theatre, snapshot, half_life).loc[list(countries)]
    return np.expm1(state["log_since"].to_numpy()) - 1.0, np.expm1(state["log_losses"].to_numpy())


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
    leaves += [f"regime.{name}" for name in ("forced", "negotiated", "negotiated_later")]
    shares = [f"regime.{name}" for name in ("success", "same_camp", "capital")]
    shares.append("alliance.follow")
    return PoliticsPosterior(
        coup_mean=np.r_[np.full(n_countries, NEVER), np.zeros(3)],
        coup_covariance=np.zeros((n_countries + 3, n_countries + 3)),
        wave=(0.0, 0.0),
        rates={**dict.fromkeys(leaves, HARDLY_EVER), "ladders.incident": disputes.incident},
        shares={**dict.fromkeys(shares, (0.5, 0.5)), **_how_far(disputes)},
        regimes=None,
    )


def _in_terms_of_the_model(
    fit: CoupFit, state: pd.DataFrame, countries: Sequence[str]
) -> tuple[Float[np.ndarray, " term"], Float[np.ndarray, "term term"]]:
    """Return mean and covariance of the model's terms, which are linear in the fit's.

    The model's baseline holds at the country's own polyarchy and losses at the start, and at
    no time since the last coup.
    """
    n = len(countries)
    at = {name: index for index, name in enumerate(fit.names)}
    turn = np.zeros((n + 3, len(fit.names)))
    turn[:n, at["intercept"]] = 1.0
    turn[:n, at["log_since"]] = -fit.centre["log_since"]
    for row, iso in enumerate(countries):
        if f"country:{iso}" in at:
            turn[row, at[f"country:{iso}"]] = 1.0
        for name in ("polyarchy", "log_losses"):
            turn[row, at[name]] = state[name][iso] - fit.centre[name]
    turn[n, at["log_since"]] = 1.0
    turn[n + 1, at["log_losses"]] = 1.0
    turn[n + 2, at[f"year:{fit.years[-1]}"]] = 1.0
    return turn @ fit.mean, turn @ fit.covariance @ turn.T
