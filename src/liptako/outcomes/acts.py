"""What regimes chose: acts of the menu, promised dates; what patrons came to give, and can."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from liptako.model.codes import Exit
from liptako.model.draws import set_numbers
from liptako.outcomes.classify import HORIZONS
from liptako.outcomes.ranges import chance
from liptako.runs.dataset import theatre_of
from liptako.theatre.politics import Act
from liptako.theatre.roles import members_of
from liptako.theatre.schema import Theatre

ALL = "ALL"
"""All countries whose regimes are simulated, where support is listed by country."""

OUTCOMES = ("stands", "missed", "handed_over")
"""Of a promised date: one stands at the horizon; one has passed; power was handed over while
one stood."""


def choice_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return all tables on choices, by name; none where the theatre has no menu and no patrons."""
    theatre = theatre_of(run)
    tables = {}
    if theatre.menu:
        tables["acts"] = acts(run)
        tables["promises"] = promises(run)
    if theatre.patrons and run.sizes["full_year"]:
        tables["patrons"] = patrons(run)
    if any(row.war for row in theatre.patrons.values()) and run.sizes["full_year"]:
        tables["patron_wars"] = patron_wars(run)
    return tables


def horizons(months: int) -> list[int]:
    """Return the months ahead at which choices are counted: those of endings, or the last."""
    return sorted({*(h for h in HORIZONS if h <= months), min(months, HORIZONS[-1])})


def acts(run: xr.Dataset) -> pd.DataFrame:
    """Return how likely each regime is to choose each act, and how often it does.

    Decisions of juntas alone: one that hands over, or falls to rebels, chooses no more.

    Args:
        run: a run's dataset.

    Returns:
        Columns `country`, `act`, `label`, `law` (what bounds the act, or nothing), `horizon`
        (months), `p_any` (chance of at least one by then) with `lo`, `hi` and `mcse`, `per_year`
        (mean number a year until then).

    Example:
        >>> acts(simulate("sahel-2024"))                            # doctest: +SKIP
    """
    theatre = theatre_of(run)
    chosen = run["act"].transpose("member", "month", "country")
    sets = set_numbers(run["member"].to_numpy())
    rows = []
    for country in members_of(theatre):
        mine = chosen.sel(country=country).to_numpy()
        for code, (name, act) in enumerate(theatre.menu.items(), start=1):
            base = {"country": country, "act": name, "label": act.label, "law": law(act, theatre)}
            for months in horizons(mine.shape[1]):
                taken = mine[:, :months] == code
                found = chance(taken.any(axis=1), sets)
                often = {"per_year": float(taken.sum(axis=1).mean() * 12.0 / months)}
                rows.append(base | {"horizon": months, "p_any": found.pop("p")} | found | often)
    return pd.DataFrame(rows)


def law(act: Act, theatre: Theatre) -> str:
    """Return the law that bounds an act: its own, or that of the levers it raises; else nothing."""
    raised = [theatre.levers[name].law for name, change in act.levers.items() if change > 0]
    return act.law or "; ".join(dict.fromkeys(filter(None, raised)))


def promises(run: xr.Dataset) -> pd.DataFrame:
    """Return what became of promised dates to hand over, by country.

    Returns:
        Columns `country`, `horizon` (months), `outcome` (of `OUTCOMES`), `p`, `lo`, `hi`, `mcse`.
    """
    countries = members_of(theatre_of(run))
    members = run["member"].to_numpy()
    inside = (
        run[["due", "missed", "exits"]]
        .sel(country=list(countries))
        .transpose("member", "month", "country", ...)
    )
    stands, missed = (inside[name].to_numpy() > 0 for name in ("due", "missed"))
    over = (inside["exits"] == Exit.NEGOTIATED).to_numpy()
    sets, rows = set_numbers(members), []
    for column, country in enumerate(countries):
        for months in horizons(stands.shape[1]):
            until = slice(0, months), column
            found = (
                stands[:, months - 1, column],
                missed[:, months - 1, column],
                np.any((over & stands)[:, *until], axis=1),
            )
            rows += [
                {"country": country, "horizon": months, "outcome": name, **chance(happens, sets)}
                for name, happens in zip(OUTCOMES, found, strict=True)
            ]
    return pd.DataFrame(rows)


def patrons(run: xr.Dataset) -> pd.DataFrame:
    """Return what each patron gives each country by each instrument, at the end of each year.

    A share of the most that was given so: numbers of two patrons or two instruments cannot be
    added, for one counts soldiers and another money.

    Args:
        run: a run's dataset.

    Returns:
        Columns `patron`, `instrument`, `label`, `country` (those whose regimes are simulated;
        `ALL`: their mean; then others that got something at the start), `year`, `start`, `q05`,
        `q50`, `q95` and `mean` of support over futures.
    """
    theatre = theatre_of(run)
    members, start = members_of(theatre), run["support_start"].transpose("instrument", "country")
    given = start.any("instrument").to_numpy()
    others = [iso for iso, some in zip(theatre.countries, given, strict=True) if some]
    others = [iso for iso in others if iso not in members]
    seen = run["support"].transpose("member", "full_year", "instrument", "country")

    def columns(values: xr.DataArray) -> np.ndarray:
        inside, outside = (
            values.sel(country=list(some)).to_numpy().astype(float) for some in (members, others)
        )
        return np.concatenate([inside, inside.mean(axis=-1, keepdims=True), outside], axis=-1)

    level, before, rows = columns(seen), columns(start), []
    for i, (name, instrument) in enumerate(theatre.instruments.items()):
        for j, country in enumerate([*members, ALL, *others]):
            for k, year in enumerate(run["full_year"].to_numpy()):
                values = level[:, k, i, j]
                low, middle, high = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
                rows.append(
                    {"patron": name.partition(".")[0], "instrument": name,
                     "label": instrument.label, "country": country, "year": int(year),
                     "start": float(before[i, j]), "q05": low, "q50": middle, "q95": high,
                     "mean": float(values.mean())}
                )  # fmt: skip
    return pd.DataFrame(rows)


def patron_wars(run: xr.Dataset) -> pd.DataFrame:
    """Return how deadly patrons' own wars have been of late, at the end of each year.

    Returns:
        Columns `patron`, `label`, `year`, `q05`, `q50`, `q95`: the fading mean of deaths as a
        multiple of that at the start, over futures.
    """
    theatre, rows = theatre_of(run), []
    for name, patron in theatre.patrons.items():
        if patron.war is None:
            continue
        for year in run["full_year"].to_numpy():
            times = np.exp(run["toll"].sel(patron=name, full_year=year).to_numpy().astype(float))
            low, middle, high = np.quantile(times, (0.05, 0.5, 0.95)).tolist()
            rows.append({"patron": name, "label": patron.label, "year": int(year)})
            rows[-1] |= {"q05": low, "q50": middle, "q95": high}
    return pd.DataFrame(rows)
