"""The backtest: every model on the same windows, countries or cells, scored and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.verification.backtest import forecasts, record, submission
from liptako.verification.backtest.baseline_forecasts import (
    CELL_MODELS,
    COUNTRY_MODELS,
    Past,
    depends_on,
    make_baselines,
)
from liptako.verification.backtest.cases import SCORES, remembered_cases
from liptako.verification.backtest.comparison import (
    by_window,
    calibration_of,
    chances_of,
    differences,
    means,
    same_cases,
    skills,
    wins,
    worst_miss,
)
from liptako.verification.backtest.forecasts import MEMBERS, Progress, Source, TheatreDraws
from liptako.verification.backtest.windows import (
    DEFAULT_WINDOWS,
    LAST_LONG_LEAD,
    Window,
    checked_years,
    last_scored,
    long_windows,
    window,
)

Level = Literal["cm", "pgm"]
LEVELS: tuple[Level, ...] = ("cm", "pgm")
OWN = "liptako"
LAW = "level"
REFERENCE = "conflictology"
LONG_MODELS = ("conflictology", "conflictology_smoothed", "bootstrap_240", "ew_level", "zero")
ONE_SIDED_MODELS = ("conflictology", "conflictology_smoothed", "ew_level", "zero")


@dataclass(frozen=True, eq=False)
class Verification:
    """What a backtest found.

    Args:
        level: `cm` (country-months) or `pgm` (cell-months).
        countries: ISO3 codes scored.
        windows: years.
        members: draws of our forecasts.
        cases: one row for each model, window, month and unit, of all observed countries.
        long: likewise at leads 15 to 36; empty when not asked for.
        one_sided: likewise, units are perpetrator and country; empty at `pgm`.
        against: cases of every model on those that an outside forecast has; empty without.
        names: of units.
    """

    level: Level
    countries: tuple[str, ...]
    windows: tuple[int, ...]
    members: int
    cases: pd.DataFrame
    long: pd.DataFrame = field(default_factory=pd.DataFrame)
    one_sided: pd.DataFrame = field(default_factory=pd.DataFrame)
    against: pd.DataFrame = field(default_factory=pd.DataFrame)
    names: dict[Any, str] = field(default_factory=dict)

    @property
    def chosen(self) -> pd.DataFrame:
        """Cases of the countries scored."""
        return self._of_countries(self.cases)

    def summary(self) -> dict[str, Any]:
        """Return everything as one plain mapping, as `--json` prints it."""
        cases = same_cases(self.chosen)
        skill = skills(cases, OWN)
        found: dict[str, Any] = {
            "level": self.level,
            "countries": list(self.countries),
            "windows": list(self.windows),
            "members": self.members,
            "cases": int((cases["model"] == OWN).sum()),
            "scores": means(cases),
            "by_window": by_window(cases),
            "skill_vs_conflictology": skill[REFERENCE],
            "skill": skill,
            "differences": differences(cases, OWN),
            "wins": wins(cases, OWN),
            "calibration": calibration_of(cases, OWN),
            "chances": chances_of(cases, OWN) if self.level == "pgm" else None,
            "worst_miss": worst_miss(cases, OWN, self.names),
            "leads_15_36": self._long_summary(),
            "one_sided": self._one_sided_summary(),
        }
        if self.level == "cm" and len(self.cases) > len(self.chosen):
            every = same_cases(self.cases)
            found["all_observed"] = {
                "countries": sorted(map(str, every["unit"].unique())),
                "scores": means(every),
                "skill_vs_conflictology": skills(every, OWN)[REFERENCE],
            }
        if not self.against.empty:
            common = same_cases(self.against)
            found["against"] = {
                "cases": int((common["model"] == OWN).sum()),
                "scores": means(common),
                "differences": differences(common, OWN),
                "skill": skills(common, OWN),
            }
        return found

    def _of_countries(self, cases: pd.DataFrame) -> pd.DataFrame:
        if self.level == "pgm" or cases.empty:
            return cases
        return cases[cases["unit"].isin(self.countries)]

    def _long_summary(self) -> dict[str, Any] | None:
        if self.long.empty:
            return None
        long = self._of_countries(self.long)
        law = same_cases(long[long["model"] != OWN])
        found = {
            "origins": sorted(int(name) for name in law["window"].unique()),
            "origin_month": "October",
            "scores": means(law),
            "skill_of_level": skills(law, LAW),
        }
        if (long["model"] == OWN).any():
            own = same_cases(long)
            found["with_liptako"] = {
                "origins": sorted(int(name) for name in own["window"].unique()),
                "scores": means(own),
                "skill": skills(own, OWN),
                "coverage90_by_lead": calibration_of(own, OWN)["coverage90_by_lead"],
            }
        return found

    def _one_sided_summary(self) -> dict[str, Any] | None:
        if self.one_sided.empty:
            return None
        place = self.one_sided["unit"].str.split(" ", expand=True)
        mine = self.one_sided[place[1].isin(self.countries)]
        who = place.loc[mine.index, 0]
        cases = same_cases(mine)
        return {
            "scores": means(cases),
            "skill_vs_conflictology": skills(cases, OWN)[REFERENCE],
            "differences": differences(cases, OWN, ("crps", "crps_log1p")),
            "by_perpetrator": {
                str(name): means(same_cases(rows)) for name, rows in mine.groupby(who)
            },
        }


def verify(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    level: Level = "cm",
    windows: Sequence[int] = DEFAULT_WINDOWS,
    countries: Sequence[str] | None = None,
    members: int = MEMBERS,
    against: str | Path | None = None,
    long_leads: bool = False,
    progress: Progress | None = None,
) -> Verification:
    """Forecast past windows as they would have been forecast then, and score all models.

    Args:
        scenario: whose theatre and data.
        level: `cm` for country-months, `pgm` for PRIO-GRID-months.
        windows: years; each is forecast from October of the year before.
        countries: ISO3 codes; by default the theatre's members.
        members: draws of our forecasts; 1,000 are comparable with the challenge.
        against: a folder in the challenge's format, scored on identical cases.
        long_leads: also leads 15 to 36 from every October since 2005 (`cm` only).
        progress: called as work proceeds.

    Raises:
        InputError: anything out of range.

    Example:
        >>> verify(windows=[2020]).summary()["scores"]["liptako"]       # doctest: +SKIP
    """
    source = source_of(scenario, members, progress)
    return score_windows(
        source,
        level=level,
        windows=windows,
        countries=countries,
        against=against,
        long_leads=long_leads,
    )


def score_windows(
    source: Source,
    *,
    level: Level = "cm",
    windows: Sequence[int] = DEFAULT_WINDOWS,
    countries: Sequence[str] | None = None,
    against: str | Path | None = None,
    long_leads: bool = False,
) -> Verification:
    """Do what `verify` does with data and settings already at hand; same arguments."""
    snapshot, theatre = source.snapshot, source.loaded.theatre
    if level not in LEVELS:
        raise InputError("no such level", field="level", value=level, allowed="cm, pgm")
    years = checked_years(tuple(windows), last_scored(snapshot.last_month))
    spans = [window(year) for year in years]
    observed = record.observed_countries(theatre, snapshot, spans[0].init - 11, spans[-1].last)
    chosen = record.checked_countries(countries, theatre, observed)
    outside = None if against is None else submission.find(against, level, years)
    if outside is not None:
        submission.check(outside, level, spans, source.loaded)
    score = score_countries if level == "cm" else score_cells
    units = observed if level == "cm" else chosen
    cases = pd.concat([score(source, span, units) for span in spans], ignore_index=True)
    names = names_of(source.loaded, snapshot, level)
    result = Verification(level, chosen, years, source.members, cases, names=names)
    if level == "cm":
        rows = [score_one_sided(source, span, observed) for span in spans]
        result = replace(result, one_sided=pd.concat(rows, ignore_index=True))
        if long_leads:
            result = replace(result, long=score_long(source, spans, observed))
    if outside is not None:
        theirs = submission.score(outside, result.chosen, source.loaded)
        result = replace(result, against=pd.concat([result.chosen, theirs], ignore_index=True))
    return result


def source_of(
    scenario: str | Path | LoadedScenario, members: int, progress: Progress | None
) -> Source:
    """Return the data and settings to verify with.

    Raises:
        InputError: the number of members is out of range.
    """
    if not 2 <= members <= MEMBERS:
        raise InputError("out of range", field="members", value=members, allowed=f"2 to {MEMBERS}")
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre))
    return Source(loaded, snapshot, members, progress=progress or (lambda what, done, of: None))


def country_past(source: Source, span: Window, countries: Sequence[str]) -> Past:
    """Return the world's history up to a window's origin, and where the countries are in it."""
    theatre = source.loaded.theatre
    table = record.world_table(source.snapshot.until(span.init))
    place = {int(number): column for column, number in enumerate(table.columns)}
    columns = {
        iso: place[row.views_id] for iso, row in theatre.countries.items() if row.views_id in place
    }
    near = record.country_neighbours(source.snapshot, theatre, countries)
    known = ~table.iloc[-12:].isna().any().to_numpy()
    lists = [
        [columns[other] for other in near[iso] if other in columns and known[columns[other]]]
        for iso in countries
    ]
    return Past(
        table.to_numpy(float), [columns[iso] for iso in countries], int(table.index[0]), lists
    )


def score_countries(source: Source, span: Window, countries: tuple[str, ...]) -> pd.DataFrame:
    """Return the cases of every model at country-months of a window."""
    source.say(f"Window {span.name}")
    obs = record.country_deaths(source.snapshot, countries, span.first, span.last)
    draws = country_run(source, span)
    law = forecasts.level_at(source, span.init)
    past = country_past(source, span, countries)
    parts = [
        remembered_cases(
            OWN, span, countries, obs,
            lambda: forecasts.country_draws(draws, source, countries), (draws.deaths,),
        ),
        remembered_cases(
            LAW, span, countries, obs,
            lambda: forecasts.level_draws(source, span, countries), (law, past.pool),
        ),
    ]  # fmt: skip
    return pd.concat([*parts, *_baselines(past, span, countries, obs, COUNTRY_MODELS)])


def country_run(source: Source, span: Window) -> TheatreDraws:
    """Return the months of a window out of one simulation that reaches the longest lead."""
    whole = Window(span.init, span.init, span.init + 1, span.init + LAST_LONG_LEAD)
    draws = forecasts.theatre_draws(source, whole)
    rows = slice(span.first_lead - 1, span.last_lead)
    return replace(draws, deaths=draws.deaths[rows])


def cell_past(source: Source, span: Window, gid: np.ndarray) -> Past:
    """Return the history of cells up to a window's origin, that of the cells around them beside."""
    seen, start = source.snapshot.until(span.init), record.history_start()
    beyond, near = record.cells_around(source.snapshot, gid, span.init - 11, span.init)
    pool, outside = (record.cell_deaths(seen, g, start, span.init) for g in (gid, beyond))
    return Past(pool, range(len(gid)), start, near, outside)


def score_cells(source: Source, span: Window, countries: tuple[str, ...]) -> pd.DataFrame:
    """Return the cases of every model at cell-months of a window."""
    source.say(f"Window {span.name}")
    gid = record.cells_of(source.snapshot, countries)
    obs = record.cell_deaths(source.snapshot, gid, span.first, span.last)
    past = cell_past(source, span, gid)
    draws = forecasts.theatre_draws(source, span, cells=True)
    own = remembered_cases(
        OWN, span, list(gid), obs, lambda: forecasts.cell_draws(draws, gid), (draws.cells,)
    )
    return pd.concat([own, *_baselines(past, span, list(gid), obs, CELL_MODELS)])


def score_one_sided(source: Source, span: Window, countries: tuple[str, ...]) -> pd.DataFrame:
    """Return the cases of civilians killed on purpose; units are `perpetrator ISO3`."""
    theatre, start = source.loaded.theatre, record.history_start()
    who = record.perpetrator_streams(theatre)
    units = [f"{actor} {iso}" for actor in who for iso in countries]
    seen = source.snapshot.until(span.init)
    obs = record.one_sided_deaths(source.snapshot, theatre, countries, span.first, span.last)
    pool = record.one_sided_deaths(seen, theatre, countries, start, span.init)
    draws = country_run(source, span)
    own = remembered_cases(
        OWN, span, units, obs,
        lambda: forecasts.one_sided_draws(draws, source, countries), ("one-sided", draws.deaths),
    )  # fmt: skip
    past = Past(pool, range(len(units)), start)
    return pd.concat([own, *_baselines(past, span, units, obs, ONE_SIDED_MODELS)])


def score_long(source: Source, spans: Sequence[Window], countries: tuple[str, ...]) -> pd.DataFrame:
    """Return the cases at leads 15 to 36; ours from the origins of `spans` only."""
    origins = {span.init for span in spans}
    parts = []
    for span in long_windows(source.snapshot.last_month):
        source.say(f"Leads 15 to 36 from {calendar.format_month(span.init)}")
        obs = record.country_deaths(source.snapshot, countries, span.first, span.last)
        past = country_past(source, span, countries)
        law = forecasts.level_at(source, span.init)
        parts += [
            remembered_cases(
                LAW, span, countries, obs,
                lambda span=span: forecasts.level_draws(source, span, countries),
                (law, past.pool),
            ),
            *_baselines(past, span, countries, obs, LONG_MODELS),
        ]  # fmt: skip
        if span.init in origins:
            draws = country_run(source, span)
            parts.append(
                remembered_cases(
                    OWN, span, countries, obs,
                    lambda draws=draws: forecasts.country_draws(draws, source, countries),
                    (draws.deaths,),
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _baselines(
    past: Past, span: Window, units: Sequence, obs: np.ndarray, models: Sequence[str]
) -> list[pd.DataFrame]:
    return [
        remembered_cases(name, span, units, obs, make, depends_on(past))
        for name, make in make_baselines(past, span, models).items()
    ]


def names_of(loaded: LoadedScenario, snapshot, level: Level) -> dict[Any, str]:
    """Return what to call each country or cell: a cell by its region and number."""
    if level == "cm":
        return {iso: row.name for iso, row in loaded.theatre.countries.items()}
    cells = snapshot.cells
    return {
        int(gid): f"cell {gid} in {region}, {iso}"
        for gid, region, iso in cells[["gid", "region_name", "country"]].itertuples(index=False)
    }


__all__ = ["LEVELS", "SCORES", "Level", "Verification", "source_of", "verify"]
