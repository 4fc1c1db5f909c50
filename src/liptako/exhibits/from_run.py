"""The facts of a run, as exhibits take them."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from liptako import calendar
from liptako.charts import read_outlines
from liptako.exhibits.facts import Facts
from liptako.outcomes.ranges import no_range
from liptako.outcomes.violence import perpetrators
from liptako.runs.cite import bibtex, cite, run_id
from liptako.runs.dataset import (
    manifest_of,
    observed_countries,
    partly_observed,
    scenario_of,
    tested_of,
    theatre_of,
)
from liptako.theatre.loading import theatres_folder
from liptako.theatre.schema import Theatre
from liptako.words import deaths, endings, page
from liptako.words.dates import month_name
from liptako.words.numbers import every


def facts_of(run: xr.Dataset, skill: str | None = None, outlines: Path | None = None) -> Facts:
    """Return what is shown of a run besides its tables.

    Args:
        run: from `simulate` or `load_run`.
        skill: the line on how well deaths were forecast, from the stored verification.
        outlines: file of country outlines for the map; the shipped theatre's when absent.
    """
    theatre, manifest, scenario = theatre_of(run), manifest_of(run), scenario_of(run)
    sources = [source for source in manifest["sources"] if source["events"]]
    vintages = sorted({f"{source['title']} ({source['vintage']})" for source in sources})
    names = {iso: row.name for iso, row in theatre.countries.items()}
    seen, partly, who = observed_countries(run), partly_observed(run), perpetrators(theatre)
    outlines = outlines or theatres_folder() / theatre.name / "outlines.geojson"
    never = [name for iso, name in names.items() if iso not in seen]
    return Facts(
        title=scenario.title,
        init_month=scenario.init_month,
        last_data_month=calendar.parse_month(manifest["data_until"]),
        months=scenario.months,
        members=scenario.members,
        seed=scenario.seed,
        run_id=run_id(run),
        data_vintages="; ".join(vintages),
        events=run.attrs["event_source"],
        countries={
            iso: deaths.say("part", country=name) if iso in partly else name
            for iso, name in names.items()
        },
        allies=tuple(theatre.by_role("member")),
        littoral=tuple(theatre.by_role("littoral")),
        perpetrators={actor: theatre.actors[actor].label for actor in who},
        stream_notes=(
            *(f"{theatre.actors[a].label}: {theatre.actors[a].definition}." for a in who),
            *(row.note for row in theatre.streams.values() if row.note),
        ),
        skill=skill,
        tested_deaths=tested_of(run, "tested_deaths"),
        tested=tested_of(run, "tested"),
        tested_shortly=tested_of(run, "tested_shortly"),
        warnings=[
            *deaths.no_event_data(never, [names[iso] for iso in partly]),
            *([why] if (why := no_range(scenario.members)) else []),
        ],
        provenance={
            "Liptako": manifest["liptako_version"],
            page.say["fact_revision"]: manifest["git_revision"] or page.say["fact_no_revision"],
            page.say["fact_policy"]: manifest["policy"],
            page.say["fact_fitted"]: run.attrs["fit_until"],
            **{
                page.say("fact_sha256", name=name): digest
                for name, digest in manifest["data"].items()
            },
        },
        citation=cite(run),
        bibtex=bibtex(run),
        alliance=theatre.alliance.name if theatre.alliance else "",
        dyads=dyads_of(theatre),
        thresholds=scenario.endings.model_dump(),
        why_no_endings=_why_no_endings(run),
        outlines=read_outlines(outlines) if outlines.is_file() else None,
    )


def dyads_of(theatre: Theatre) -> dict[str, str]:
    """Return the pairs whose disputes may climb, as datasets name them, in words."""
    names = {iso: row.name for iso, row in theatre.countries.items()}
    return {"-".join(row.pair): every([names[iso] for iso in row.pair]) for row in theatre.ladders}


def _why_no_endings(run: xr.Dataset) -> str:
    alliance, start = theatre_of(run).alliance, scenario_of(run).init_month
    later = alliance is not None and alliance.signed_month > start
    return endings.why_none(
        allied=alliance is not None,
        signed_later=month_name(alliance.signed_month) if alliance and later else None,
    )
