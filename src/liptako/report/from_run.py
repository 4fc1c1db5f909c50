"""The report of a run: its facts, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from liptako import calendar
from liptako.charts import read_outlines
from liptako.exhibits.facts import ReportFacts
from liptako.outcomes.measures import perpetrators
from liptako.report.render import OPTIONAL, REQUIRED, render
from liptako.runs.cite import bibtex, cite, run_id
from liptako.runs.dataset import (
    manifest_of,
    observed_countries,
    partly_observed,
    scenario_of,
    theatre_of,
)


def report_of(
    run: xr.Dataset,
    tables: Mapping[str, pd.DataFrame],
    skill: str | None = None,
    outlines: Path | None = None,
) -> str:
    """Return the report of a run as one HTML page.

    Args:
        run: the run.
        tables: from `liptako.outcomes.deaths.standard_tables`.
        skill: the line on how well deaths were forecast, from the stored verification.
        outlines: file of country outlines for the map.
    """
    return render(
        {name: frame for name, frame in tables.items() if name in REQUIRED + OPTIONAL},
        facts_of(run, tables, skill),
        outlines=read_outlines(outlines) if outlines and outlines.is_file() else None,
    )


def facts_of(
    run: xr.Dataset, tables: Mapping[str, pd.DataFrame], skill: str | None = None
) -> ReportFacts:
    """Return what the report says of a run besides its tables."""
    theatre, manifest, scenario = theatre_of(run), manifest_of(run), scenario_of(run)
    sources = [source for source in manifest["sources"] if source["events"]]
    vintages = sorted({f"{source['title']} ({source['vintage']})" for source in sources})
    parts = partly_observed(run)
    return ReportFacts(
        title=scenario.title,
        headline=headline(run, tables),
        init_month=scenario.init_month,
        last_data_month=calendar.parse_month(manifest["data_until"]),
        months=scenario.months,
        members=scenario.members,
        seed=scenario.seed,
        run_id=run_id(run),
        data_vintages="; ".join(vintages),
        source=f"Events: {run.attrs['event_source']}. Futures: Liptako",
        countries={
            iso: f"{row.name} (part)" if iso in parts else row.name
            for iso, row in theatre.countries.items()
        },
        perpetrators={who: _short(theatre.actors[who]) for who in perpetrators(theatre)},
        skill=skill,
        warnings=warnings_of(run),
        provenance={
            "Liptako": manifest["liptako_version"],
            "Revision": manifest["git_revision"] or "not a source tree",
            "Policy": manifest["policy"],
            "Fitted on data until": run.attrs["fit_until"],
            **{f"sha256 of {name}": digest for name, digest in manifest["data"].items()},
        },
        citation=cite(run),
        bibtex=bibtex(run),
        alliance=theatre.alliance.name if theatre.alliance else "",
        dyads={
            "-".join(row.pair): " and ".join(theatre.countries[iso].name for iso in row.pair)
            for row in theatre.ladders
        },
        thresholds=scenario.endings.model_dump(),
    )


def headline(run: xr.Dataset, tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the sentence that leads: the member with the highest toll, and last year's."""
    theatre = theatre_of(run)
    rows = tables["deaths_country_period"]
    members = rows[rows["country"].isin(theatre.by_role("member"))]
    ahead = members[members["period"] == "next_12_months"].set_index("country")
    past = members[members["period"] == "last_12_months"].set_index("country")["observed"]
    worst = str(ahead["q50"].idxmax())
    row = ahead.loc[worst].to_dict()
    init = scenario_of(run).init_month
    span = min(12, run.sizes["month"])
    return (
        f"The middle future for {theatre.countries[worst].name} in the {span} months after "
        f"{calendar.month_name(init)} is {rounded(row['q50'])} people killed "
        f"({rounded(row['q05'])} to {rounded(row['q95'])} in 9 of 10 futures); "
        f"{int(past[worst]):,} were killed in the 12 months before."
    )


def rounded(value: float) -> str:
    """Return a toll to two digits, for prose."""
    value = float(value)
    if value < 10:
        return f"{value:.0f}"
    step = 10 ** (len(str(int(value))) - 2)
    return f"{int(round(value / step) * step):,}"


def warnings_of(run: xr.Dataset) -> list[str]:
    """Return what a reader must know before using a number."""
    theatre = theatre_of(run)
    seen = observed_countries(run)
    partly = partly_observed(run)
    never = [row.name for iso, row in theatre.countries.items() if iso not in seen]
    found = []
    if never:
        found.append(f"No event data, not counted, not safe: {', '.join(never)}.")
    if partly:
        names = ", ".join(theatre.countries[iso].name for iso in partly)
        found.append(f"Event data for parts only: {names}.")
    return found


def _short(text: str) -> str:
    """Return an actor class in a word or two, for legends."""
    return text.split(",", maxsplit=1)[0].split(" and ", maxsplit=1)[0]
