"""The report of a run: its facts, and the page."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from liptako import calendar
from liptako.charts import read_outlines
from liptako.execution import store
from liptako.outcomes.deaths import partly_observed, perpetrators
from liptako.report.facts import ReportFacts
from liptako.report.render import OPTIONAL, REQUIRED, render
from liptako.runs.run import Run


def report_of(run: Run, tables: Mapping[str, pd.DataFrame], skill: str | None = None) -> str:
    """Return the report of a run as one HTML page.

    Args:
        run: the run.
        tables: from `liptako.outcomes.deaths.standard_tables`.
        skill: the line on how well deaths were forecast, from the stored verification.
    """
    outlines = run.prepared.loaded.folder / "outlines.geojson"
    return render(
        {name: frame for name, frame in tables.items() if name in REQUIRED + OPTIONAL},
        facts_of(run, tables, skill),
        outlines=read_outlines(outlines) if outlines.is_file() else None,
    )


def facts_of(run: Run, tables: Mapping[str, pd.DataFrame], skill: str | None = None) -> ReportFacts:
    """Return what the report says of a run besides its tables."""
    theatre, manifest = run.prepared.loaded.theatre, store.manifest(run)
    scenario = run.prepared.loaded.scenario
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
        run_id=store.run_id(run),
        data_vintages="; ".join(vintages),
        source=f"Events: {run.prepared.snapshot.event_source}. Futures: Liptako",
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
            "Fitted on data until": run.prepared.posterior.about["data_until"],
            **{f"sha256 of {name}": digest for name, digest in manifest["data"].items()},
        },
        citation=store.cite(run),
        bibtex=store.bibtex(run),
        alliance=theatre.alliance.name if theatre.alliance else "",
        dyads={
            "-".join(row.pair): " and ".join(theatre.countries[iso].name for iso in row.pair)
            for row in theatre.ladders
        },
        thresholds=scenario.endings.model_dump(),
    )


def headline(run: Run, tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the sentence that leads: the member with the highest toll, and last year's."""
    theatre = run.prepared.loaded.theatre
    rows = tables["deaths_country_period"]
    members = rows[rows["country"].isin(theatre.by_role("member"))]
    ahead = members[members["period"] == "next_12_months"].set_index("country")
    past = members[members["period"] == "last_12_months"].set_index("country")["observed"]
    worst = str(ahead["q50"].idxmax())
    row = ahead.loc[worst].to_dict()
    init = run.prepared.loaded.scenario.init_month
    span = min(12, run.dataset.sizes["month"])
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


def warnings_of(run: Run) -> list[str]:
    """Return what a reader must know before using a number."""
    theatre = run.prepared.loaded.theatre
    seen = {country for country, _ in run.prepared.series}
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
