"""Light readers of reference tables: population, displacement, V-Dem, disputes, alliances, UN."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from liptako.data import raw, tables
from liptako.data.cells import plain_name
from liptako.data.tables import Column, Spec
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

_YEAR = Column("int", low=1900, high=2100)

POPULATION_SPEC: Spec = {
    "country": Column("str"),
    "year": _YEAR,
    "region_name": Column("str", aliases=("adm1",)),
    "population": Column("int", low=1, aliases=("pop_total",)),
}

VDEM_SPEC: Spec = {
    "country": Column("str", aliases=("country_text_id",)),
    "year": _YEAR,
    "polyarchy": Column("float", low=0, high=1, aliases=("v2x_polyarchy",), missing=True),
    "polyarchy_low": Column("float", aliases=("v2x_polyarchy_codelow",), missing=True),
    "polyarchy_high": Column("float", aliases=("v2x_polyarchy_codehigh",), missing=True),
    "polyarchy_sd": Column("float", aliases=("v2x_polyarchy_sd",), missing=True),
}

MOST_GROWTH = 0.2
"""Most that the log of a region's people may change in a year: growth is 0.04 at the most, and
what remains is for people who fled."""

MID_SPEC: Spec = {
    "dispute": Column("int", low=1, aliases=("dispnum",)),
    "gwno_a": Column("int", low=2, high=990, aliases=("ccode1",)),
    "gwno_b": Column("int", low=2, high=990, aliases=("ccode2",)),
    "year": _YEAR,
    "onset": Column("int", allowed=(0, 1), aliases=("cowmidonset",)),
    "hostility": Column("int", low=1, high=5, aliases=("hostlev",)),
}

ATOP_SPEC: Spec = {
    "gwno_a": Column("int", low=2, high=990, aliases=("ccode1",)),
    "gwno_b": Column("int", low=2, high=990, aliases=("ccode2",)),
    "year": _YEAR,
    "defence": Column("int", allowed=(0, 1), aliases=("atop_defense",)),
    "offence": Column("int", allowed=(0, 1), aliases=("atop_offense",)),
    "neutrality": Column("int", allowed=(0, 1), aliases=("atop_neutral",)),
    "nonaggression": Column("int", allowed=(0, 1), aliases=("atop_nonagg",)),
    "consultation": Column("int", allowed=(0, 1), aliases=("atop_consul",)),
}

PEACEKEEPING_SPEC: Spec = {
    "mission": Column("str"),
    "year": _YEAR,
    "location": Column("str"),
    "lat": Column("float", low=-90, high=90, aliases=("latitude",), missing=True),
    "lon": Column("float", low=-180, high=180, aliases=("longitude",), missing=True),
    "infantry": Column("float", low=0, aliases=("Infantry",), missing=True),
}


def read_population(path: str | Path, theatre: Theatre, latest: int) -> pd.DataFrame:
    """Read people by first-level region, one year a country.

    Levels are not comparable between countries: use shares within a country.

    Args:
        path: CSV with country names, years, region names and people.
        theatre: rows of other countries are left out.
        latest: for each country the last year up to this one is taken, or else the first.

    Returns:
        Columns `country` (ISO3), `year`, `region_name`, `population`.

    Raises:
        InputError: a region twice in a year, or its people beside those of the year before it
            in the file beyond what a year can bring: values in the wrong rows, most likely.
    """
    table = tables.read_csv(path, POPULATION_SPEC)
    names = {plain_name(row.name): iso for iso, row in theatre.countries.items()}
    plain = [plain_name(name.replace("_", " ")) for name in table["country"]]
    table["country"] = [names.get(name, "") for name in plain]
    table = table[table["country"] != ""]
    duplicated = table.duplicated(["country", "year", "region_name"])
    tables.refuse_rows(duplicated, table, "region_name", "a region twice", file=path)
    _check_years_beside(table, path)
    years = table.groupby("country")["year"].agg(
        lambda year: year[year <= latest].max() if (year <= latest).any() else year.min()
    )
    table = table[table["year"] == table["country"].map(years)]
    return table.sort_values(["country", "region_name"], ignore_index=True)


def _check_years_beside(table: pd.DataFrame, path: str | Path) -> None:
    """Refuse people who came or went, from one year of the file to the next, by too many."""
    ordered = table.sort_values(["country", "region_name", "year"])
    regions = ordered.groupby(["country", "region_name"])
    before, years = regions["population"].shift(), regions["year"].diff()
    growth = pd.Series(np.log(ordered["population"] / before), ordered.index)
    jump = growth.abs() > MOST_GROWTH * years
    if jump.any():
        at = ordered.index[jump.to_numpy()][0]
        low, high = (before[at] * np.exp(sign * MOST_GROWTH * years[at]) for sign in (-1, 1))
        tables.refuse_rows(
            jump,
            ordered,
            "population",
            f"not near the {before[at]:,.0f} people of {ordered['region_name'][at]} in "
            f"{ordered['year'][at] - years[at]:.0f}",
            file=path,
            allowed=f"{low:,.0f} to {high:,.0f}",
        )


def read_displacement(path: str | Path) -> pd.DataFrame:
    """Read new internal displacements, months down and countries across.

    Noisy, and disasters are mixed in.

    Returns:
        Columns `country` (ISO3), `month`, `displaced` (people).
    """
    head = tables.read_csv(path, {"month": Column("month")})
    countries = [name for name in raw.header(path) if name != "month"]
    spec: Spec = {name: Column("float", low=0, missing=True) for name in countries}
    if not countries:
        raise InputError("no column of a country", file=path, allowed="ISO3 codes")
    values = tables.read_csv(path, spec)
    values["month"] = head["month"]
    long = values.melt("month", var_name="country", value_name="displaced")
    long = long.dropna(subset="displaced")[["country", "month", "displaced"]]
    return long.sort_values(["country", "month"], ignore_index=True)


def read_vdem(path: str | Path) -> pd.DataFrame:
    """Read V-Dem's electoral democracy index with its uncertainty; repeated rows are dropped.

    Returns:
        Columns `country` (ISO3), `year`, `polyarchy`, `polyarchy_low`, `polyarchy_high`,
        `polyarchy_sd`.

    Raises:
        InputError: two different values for one country and year.
    """
    table = tables.read_csv(path, VDEM_SPEC).dropna(subset="polyarchy").drop_duplicates()
    bad = table.duplicated(["country", "year"])
    tables.refuse_rows(bad, table, "polyarchy", "two values for one country and year", file=path)
    return table.sort_values(["country", "year"], ignore_index=True)


def read_disputes(path: str | Path) -> pd.DataFrame:
    """Read dyadic militarised disputes (Correlates of War codes).

    Returns:
        Columns `dispute, gwno_a, gwno_b, year, onset, hostility` (1 none to 5 war), one row
        a dispute, dyad and year, each dyad once with the lower code first.
    """
    table = tables.read_csv(path, MID_SPEC)
    low = table[["gwno_a", "gwno_b"]].min(axis=1)
    table["gwno_b"] = table[["gwno_a", "gwno_b"]].max(axis=1)
    table["gwno_a"] = low
    keys = ["dispute", "gwno_a", "gwno_b", "year"]
    table = table.sort_values([*keys, "onset", "hostility"]).drop_duplicates(keys, keep="last")
    return table.reset_index(drop=True)


def dispute_rates(disputes: pd.DataFrame, theatre: Theatre) -> pd.DataFrame:
    """Return dispute onsets by year and highest hostility: theatre dyads, and world totals.

    Args:
        disputes: from `read_disputes`.
        theatre: dyads of two of its countries are listed one by one.

    Returns:
        Columns `scope` (`theatre` or `world`), `country_a`, `country_b` (ISO3; "" for the
        world), `year`, `hostility`, `disputes` (onsets).
    """
    onsets = disputes[disputes["onset"] == 1].copy()
    iso = {row.gwno: code for code, row in theatre.countries.items()}
    onsets["country_a"] = onsets["gwno_a"].map(iso).fillna("")
    onsets["country_b"] = onsets["gwno_b"].map(iso).fillna("")
    inside = onsets[(onsets["country_a"] != "") & (onsets["country_b"] != "")].copy()
    inside["scope"] = "theatre"
    onsets[["country_a", "country_b"]] = ""
    onsets["scope"] = "world"
    keys = ["scope", "country_a", "country_b", "year", "hostility"]
    both = pd.concat([inside, onsets])
    return both.groupby(keys, as_index=False).agg(disputes=("dispute", "size"))


def read_alliances(path: str | Path) -> pd.DataFrame:
    """Read ATOP alliance obligations by dyad and year (Correlates of War codes)."""
    return tables.read_csv(path, ATOP_SPEC)


def read_peacekeeping(path: str | Path) -> pd.DataFrame:
    """Read Geo-PKO deployments by mission, site and year; monthly rows repeat a year."""
    return tables.read_csv(path, PEACEKEEPING_SPEC)
