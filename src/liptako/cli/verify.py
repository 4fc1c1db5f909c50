"""`liptako verify`: how good the forecasts were, on the field's own test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli import verify_world
from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.errors import InputError

if TYPE_CHECKING:
    from liptako.verification.backtest.forecasts import Progress

DEFAULT_WINDOWS = "2018-2023"
DEFAULT_MEMBERS = 1000
COUPS = "coups"
REGIMES = "regimes"
PACT = "pact"
DISPLACEMENT = "displacement"
RECRUITMENT = "recruitment"
WORLD_PARTS = {DEFAULT_WINDOWS: "world", "1996-2017": "world_earlier"}
"""Windows of the world whose record is kept, and under which name."""
PLAIN = (COUPS, REGIMES, DISPLACEMENT, RECRUITMENT)
"""Levels that go with no other option."""
KEPT = ("pgm", REGIMES, PACT)
"""Levels whose record is kept beside that of country-months."""


def verify(
    scenario: Annotated[
        str,
        typer.Argument(
            help="Whose theatre and data: a shipped scenario, or a TOML file; with --growth also a "
            "run's folder."
        ),
    ] = "sahel-2024",
    *,
    level: Annotated[
        str,
        typer.Option(
            metavar="cm|pgm|coups|regimes|pact|displacement|recruitment",
            help="Country-months, PRIO-GRID cell-months, a coup or attempt within a year, how long "
            "the world's regimes born of coups last, the pact beside past ones, people "
            "displaced in a year, or insurgents around killings by states.",
        ),
    ] = "cm",
    windows: Annotated[
        str, typer.Option(help="Years, each forecast from October of the year before.")
    ] = DEFAULT_WINDOWS,
    countries: Annotated[
        str | None, typer.Option(help="ISO3 codes with commas; by default the members.")
    ] = None,
    world: Annotated[
        bool, typer.Option("--world", help="The level on all countries of the world.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="A folder in the VIEWS challenge's format to score too.")
    ] = None,
    members: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Draws of our forecasts: 1000 to compare with others, which is the default; 300 "
            "with --streams, 500 with --growth.",
        ),
    ] = None,
    long_leads: Annotated[
        bool | None,
        typer.Option(
            "--long-leads/--no-long-leads",
            help="Leads 15 to 36 too; by default with the default windows of country-months.",
        ),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write the forecasts there in the challenge's format.")
    ] = None,
    prospective: Annotated[
        bool, typer.Option("--prospective", help="Score stored forecasts on data seen since.")
    ] = False,
    store: Annotated[
        bool,
        typer.Option(
            "--store",
            help="Keep the result as what `run` says of its skill (of --streams, --world with all "
            "its windows of either time, and the levels cm, pgm, regimes and pact); with "
            "--prospective: store a forecast from the last month of the data.",
        ),
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where stored forecasts are, if not in the usual place.")
    ] = None,
    streams: Annotated[
        bool,
        typer.Option("--streams", help="Every stream of deaths, leads 1 to 36, months and years."),
    ] = False,
    origins: Annotated[
        str | None, typer.Option(help="With --streams: years, each from October; all since 2005.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="With --streams: the last month of outcomes."),
    ] = None,
    growth: Annotated[
        bool,
        typer.Option("--growth", help="Growth in futures beside that of past cases like it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forecast past windows as they would have been forecast then; score; compare."""
    asked = None if members is None else _whole(members)
    number = DEFAULT_MEMBERS if asked is None else asked
    chosen = None if countries is None else countries.split(",")
    _check_shown(
        streams, growth, origins, until,
        others=(world, level != "cm", windows != DEFAULT_WINDOWS, countries, against, export,
                prospective, folder, long_leads is not None, growth and store),
    )  # fmt: skip
    _check(level, prospective, folder, store, export, windows, countries, number, world)
    if world:
        _check_world(level, countries, against, number, long_leads, prospective, folder)
    part = _part(level, windows, world, streams, (origins, until, asked)) if store else None
    if part and not prospective:
        _folder_to_store_in(scenario)  # before the work, not after it
    with progress_bar(as_json) as progress:
        if streams or growth:
            content = _of_all_shown(scenario, growth, asked, origins, until, progress)
        elif world:
            content = verify_world.content(scenario, windows, export, progress)
        elif level in (*PLAIN, PACT):
            content = _of_level(scenario, level, number, progress)
        elif prospective:
            content = _prospective(scenario, level, chosen, number, store, folder, progress)
        else:
            wanted = windows == DEFAULT_WINDOWS and level == "cm" and countries is None
            content = _backtest(
                scenario, level, windows, chosen, number, against,
                wanted if long_leads is None else long_leads, export, store, progress,
            )  # fmt: skip
    if part and not prospective:
        content["stored"] = _store(scenario, part, content)
    if as_json:
        print_json(content)
    else:
        from liptako.cli import verify_text

        verify_text.show(content, console)
    if content.get("outside"):
        raise typer.Exit(1)


def _check_world(
    level: str, countries: str | None, against: Path | None, members: int,
    long_leads: bool | None, prospective: bool, folder: Path | None,
) -> None:  # fmt: skip
    plain = (level, countries, against, members, long_leads, prospective, folder)
    if plain != ("cm", None, None, DEFAULT_MEMBERS, None, False, None):
        raise InputError("goes with few other options", field="world", value="--world",
                         allowed="--world with --windows, --export, --store, --json")  # fmt: skip


def _part(
    level: str, windows: str, world: bool, streams: bool, of_streams: tuple[object, ...]
) -> str | None:
    """Return under which name a result is kept beside that of country-months, if it is."""
    if world:
        if windows not in WORLD_PARTS:
            raise _only_the_full(f"--windows {' or '.join(WORLD_PARTS)}")
        return WORLD_PARTS[windows]
    if streams:
        if any(given is not None for given in of_streams):
            raise _only_the_full("no --origins, --until or --members")
        return "streams"
    return level if level in KEPT else None


def _only_the_full(allowed: str) -> InputError:
    return InputError("only the full verification is stored", field="store", allowed=allowed)


def _check_shown(
    streams: bool, growth: bool, origins: str | None, until: str | None, others: tuple[object, ...]
) -> None:
    """Refuse what does not go with the verification of all that is shown."""
    if (streams or growth) and (any(others) or (streams and growth)):
        raise InputError("goes with no such option", field="streams" if streams else "growth",
                         allowed="--members, --json; --streams: --origins, --until, "
                         "--store")  # fmt: skip
    for field, value in {"origins": origins, "until": until}.items():
        if value is not None and not streams:
            raise InputError("goes with --streams", field=field, value=value)


def _of_all_shown(
    scenario: str, growth: bool, members: int | None, origins: str | None, until: str | None,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Verify all that is shown: every stream's scores, or growth beside that of past cases."""
    from liptako.cli import verify_growth, verify_streams

    if growth:
        return verify_growth.found(scenario, members, progress)
    return verify_streams.found(scenario, members, origins, until, progress)


def _of_level(scenario: str, level: str, members: int, progress: Progress) -> dict[str, Any]:
    """Verify a piece of politics, displacement, or recruitment."""
    if level == COUPS:
        return _coups(scenario, progress)
    if level == REGIMES:
        return _regimes(scenario, progress)
    if level == DISPLACEMENT:
        return _displacement(scenario, progress)
    if level == RECRUITMENT:
        from liptako.cli import verify_recruitment

        return {"level": RECRUITMENT, **verify_recruitment.found(scenario, progress)}
    return _pact(scenario, members, progress)


def _folder_to_store_in(scenario: str) -> Path:
    """Return the theatre's folder, where a verification of deaths must be stored already."""
    from liptako.theatre.loading import load_scenario
    from liptako.verification.results import to_stand_beside

    folder = load_scenario(scenario).folder
    to_stand_beside(folder)
    return folder


def _store(scenario: str, part: str, content: dict[str, Any]) -> str:
    """Keep one of the further tests in the stored verification; return the file."""
    from liptako.verification.results import store_part

    return str(store_part(part, content, _folder_to_store_in(scenario)))


def _check(
    level: str, prospective: bool, folder: Path | None, store: bool, export: Path | None,
    windows: str, countries: str | None, members: int, world: bool,
) -> None:  # fmt: skip
    """Refuse options that contradict each other before anything slow is done."""
    if level not in ("cm", "pgm", PACT, *PLAIN):
        raise InputError("no such level", field="level", value=level,
                         allowed="cm, pgm, coups, regimes, pact, displacement or "
                                 "recruitment")  # fmt: skip
    plain = (prospective, folder, export, windows, countries)
    if level in (PACT, *PLAIN) and plain != (False, None, None, DEFAULT_WINDOWS, None):
        allowed = f"--level {level}" + (", with --members" if level == PACT else "")
        raise InputError("goes with no other option", field="level", value=level,
                         allowed=f"{allowed} and --json if you like")  # fmt: skip
    if level in PLAIN and members != DEFAULT_MEMBERS:
        raise InputError("goes with no other option", field="level", value=level,
                         allowed=f"--level {level} and --json if you like")  # fmt: skip
    if folder is not None and not prospective:
        raise InputError("says where stored forecasts are", field="folder", value=str(folder),
                         allowed="with --prospective only")  # fmt: skip
    if prospective and export is not None:
        raise InputError("both asked for", field="export", value=str(export),
                         allowed="--export DIR, or --prospective --folder DIR")  # fmt: skip
    full = (windows, countries, members) == (DEFAULT_WINDOWS, None, DEFAULT_MEMBERS)
    if store and not (prospective or world) and not (full and level in ("cm", *KEPT)):
        raise _only_the_full("no --windows, --countries or --members, and no --level coups, "
                             "displacement or recruitment")  # fmt: skip
    if export is not None and members != DEFAULT_MEMBERS:
        raise InputError("a forecast in the challenge's format has 1,000 draws", field="members",
                         value=members, allowed=str(DEFAULT_MEMBERS))  # fmt: skip


def _backtest(
    scenario: str, level: Any, windows: str, countries: list[str] | None, members: int,
    against: Path | None, long_leads: bool, export: Path | None, store: bool, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    from liptako.runs.folder import check_writable
    from liptako.verification import results
    from liptako.verification.backtest import scoring
    from liptako.verification.backtest import windows as spans
    from liptako.verification.backtest.prospective import export as write

    source = scoring.source_of(scenario, members, progress)
    last = source.snapshot.last_month
    scored = spans.last_scored(last)
    years = spans.parse_windows(windows, spans.last_forecast(last) if export else scored)
    content: dict[str, Any] = {"level": level}
    if export is not None:
        check_writable(export)
        content["exported"] = [str(path) for path in write(source, level, years, export, countries)]
        years = tuple(year for year in years if year <= scored)
    if years:
        done = scoring.score_windows(
            source,
            level=level,
            windows=years,
            countries=countries,
            against=against,
            long_leads=long_leads,
        )
        content = {**content, **done.summary()}
        content["skill_line"] = results.skill_line(content)
    if store and level == "cm":
        tables = source.snapshot.manifest["tables"]
        data = {name: row["sha256"] for name, row in sorted(tables.items())}
        made_from = {"data": data, **measured()}
        content["stored"] = str(results.store(content, source.loaded.folder, made_from))
    return content


def _coups(scenario: str, progress: Progress) -> dict[str, Any]:
    """Return scores of one-year forecasts of coups from every origin."""
    from liptako import calendar
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.theatre.loading import load_scenario
    from liptako.verification.politics import coups

    progress("Forecasting coups from every year", 0, 0)
    loaded = load_scenario(scenario)
    panel = loaded.theatre.coup_panel
    if not panel:
        raise InputError("this theatre has none", file=loaded.file, field="coup_panel",
                         allowed="countries that teach the hazard of coups")  # fmt: skip
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre))
    origins = coups.yearly_origins(snapshot.reference_month)
    cases = coups.with_our_own(coups.rolling_cases(snapshot, panel, origins))
    found = coups.score(cases).summary()
    alone = coups.score(cases, reference=coups.REFERENCE_FORM).differences
    found["stayed"] = coups.form_that_stayed(cases)
    found["against_tenure"] = list(alone["liptako"]["log_score"])
    found["terms_against_tenure"] = {
        form: list(alone[form]["log_score"]) for form in coups.FORMS if form in alone
    }
    first, last = (calendar.format_month(origins[i]) for i in (0, -1))
    return {"level": COUPS, "first_origin": first, "last_origin": last, **found}


def _regimes(scenario: str, progress: Progress) -> dict[str, Any]:
    """Return scores of forecasts of how long the world's regimes born of coups last."""
    from liptako import calendar
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.theatre.loading import load_scenario
    from liptako.verification.politics import regimes

    progress("Forecasting the world's regimes from every year", 0, 0)
    loaded = load_scenario(scenario)
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre))
    if snapshot.regimes.empty:
        raise InputError("this theatre's data hold none", file=loaded.file, field="regimes",
                         allowed="a source of the role regimes")  # fmt: skip
    cases = regimes.rolling_cases(snapshot)
    first, last = (calendar.format_month(int(cases["origin"].agg(end))) for end in ("min", "max"))
    scored = regimes.score(cases).summary()
    return {"level": REGIMES, "first_origin": first, "last_origin": last, **scored}


def _displacement(scenario: str, progress: Progress) -> dict[str, Any]:
    """Return forecasts of people displaced, each year left out, beside the record."""
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.inference.flight_record import flight_record
    from liptako.model.structure import build_structure, layout_of
    from liptako.theatre.loading import load_scenario
    from liptako.verification.displacement import verify_displacement

    progress("Forecasting each year's displaced from the other years", 0, 0)
    loaded = load_scenario(scenario)
    registry, init = loaded.registry, loaded.scenario.init_month
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre)).until(init)
    structure = build_structure(loaded.theatre, snapshot.cells, init, layout_of(registry))
    record = flight_record(snapshot, structure, registry, init)
    scored = verify_displacement(record, structure.countries).summary()
    return {"level": DISPLACEMENT, **scored}


def _pact(scenario: str, members: int, progress: Progress) -> dict[str, Any]:
    """Return times beside past pacts, each of these left out, and what two histories do."""
    from liptako.experiments.hysteresis import hysteresis
    from liptako.runs.pact_courses import pact_batch, prepare_pact
    from liptako.verification.politics.pact_cases import left_out_cases, score_cases
    from liptako.verification.politics.pact_times import pact_times

    prepared = prepare_pact(scenario, members=members, progress=progress)
    batch = pact_batch(prepared.structure)
    times = pact_times(prepared, batch, progress).summary()
    alliance = prepared.loaded.theatre.alliance
    nested = alliance.nested if alliance else ()
    cases = left_out_cases(prepared.snapshot.pacts, prepared.init_month, nested)
    left_out = score_cases(cases, nested).to_dict("records")
    return {
        "level": PACT,
        **times,
        "left_out": left_out,
        "hysteresis": hysteresis(prepared, batch, progress).summary(),
    }


def _prospective(
    scenario: str, level: Any, countries: list[str] | None, members: int, store: bool,
    folder: Path | None, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    from liptako.runs.folder import check_writable
    from liptako.verification.backtest import prospective, scoring

    source = scoring.source_of(scenario, members, progress)
    place = prospective.default_folder(source.loaded.theatre) if folder is None else folder
    content: dict[str, Any] = {"folder": str(place), "level": level}
    if store:
        check_writable(place)
        content["stored"] = str(prospective.store(source, level, place, countries))
    content["prospective"], content["notes"] = prospective.score(source, place, level)
    return content


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(
            "not a whole number", field="members", value=text, allowed=f"2 to {DEFAULT_MEMBERS}"
        ) from None
