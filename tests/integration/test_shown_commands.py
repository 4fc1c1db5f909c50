"""Every command line that README, pages, decisions and help show is run, small, with its exit code.

`tests/unit/test_commands_shown.py` says what is shown and that it can be typed; here each is run
with a few members and months. A bare name, or a line that would take too long, is run as another
of its kind.
"""

from __future__ import annotations

import shlex
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from liptako.cli.app import app
from liptako.data.geography import gid_of
from liptako.data.snapshot import DATA_VARIABLE
from liptako.inference import level_fit, theatre_fit
from liptako.inference.level_fit import LevelSettings
from liptako.inference.motives import infer as motives
from liptako.inference.motives.sampling import Settings
from liptako.inference.network_fit import NetworkSettings
from liptako.inference.theatre_fit import FitSettings
from liptako.verification.backtest import scoring
from liptako.verification.backtest.forecasts import Source

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from test_commands_shown import SHOWN

FEW = "--members 2 --months 1"
RUN = {
    "liptako": ("", 2),  # prints its help
    "liptako assumptions": ("", 0),
    "liptako doctor": ("", 0),
    "liptako data show": ("", 0),
    "liptako data import": ("", 2),  # which file?
    "liptako data import file.csv --dry-run": ("", 0),
    "liptako scenario new": ("", 2),  # of what name?
    "liptako scenario new mine": ("", 0),
    "liptako scenario new --theatre new": ("theirs", 0),
    "liptako scenario check": ("", 2),  # which file?
    "liptako scenario check mine.toml": ("", 0),
    "liptako run --json": (FEW, 0),
    "liptako run --members 500 --months 24 --seed 7 --out runs": (FEW, 0),
    "liptako show run": ("", 0),
    "liptako brief NER": ("", 0),
    "liptako brief engage-niger": ("", 0),
    "liptako contrasts --members 2000": ("--members 2 --months 12 --only {contrast}", 0),
    "liptako compare sahel-2024 baseline mediate": ("--members 2 --months 12", 0),
    "liptako compare sahel-2024 baseline sanctions-for-dates --dry-run": ("", 0),
    "liptako compare sahel-2024 baseline engage-niger support-coast": (
        "--members 2 --months 12",
        0,
    ),
    "liptako compare sahel-2024 baseline mediate support-coast --rank civilians_killed": (
        "--members 2 --months 12",
        2,  # too few to rank
    ),
    "liptako compare sahel-2024 engage-niger leave-to-russia --outcome capital_deaths:NER": (
        "--members 2 --months 12",
        0,
    ),
    "liptako compare sahel-2024 baseline mediate --out dir": ("--members 2 --months 12", 0),
    "liptako compare sahel-2024 --store": ("--months 12", 2),  # only the whole is stored
    "liptako lenses": ("", 0),
    "liptako claims": ("23", 0),
    "liptako claims 6": ("", 0),
    "liptako claims --recompute": ("23 --members 2", 0),
    "liptako claims --store": ("23", 2),  # all claims are stored together
    "liptako sensitivity run": ("", 2),  # too few futures
    "liptako discover run": ("", 2),
    "liptako discover run --outcome endures": ("", 2),
    "liptako signposts run": ("", 2),  # a month has no endings
    "liptako bench": ("--members 16 --months 1 --against none --repeats 1 --seconds 0", 0),
    "liptako verify --store": ("--members 100", 2),  # only the full verification is stored
    "liptako verify --prospective --folder dir": ("", 2),  # nothing is stored there
}
"""Command lines in the order in which they are run, what makes them small, and exit codes."""

SLOW = {
    "liptako fit": ("--out fits", 0),
    "liptako fit --check": ("--out fits", 1),  # a short fit differs from the shipped one
    "liptako verify": ("--windows 2023 --members 100", 0),
    "liptako verify --level pgm": ("--windows 2017 --members 20", 0),
    "liptako verify --world": ("--windows 2017", 0),
    "liptako verify --streams": ("--origins 2016 --until 2017-10 --members 2", 0),
    "liptako verify --growth": ("--members 2", 1),  # some middle of two futures lies outside
    "liptako verify --level coups": ("", 0),
    "liptako verify --level regimes": ("", 0),
    "liptako verify --level pact": ("--members 2", 0),
    "liptako verify --level displacement": ("", 0),
    "liptako verify --level recruitment": ("", 0),
    "liptako verify --windows 2024 --export dir": ("", 0),
    "liptako lenses --simulate": ("--members 2", 0),
    "liptako lenses --calibrate 200": ("--calibrate 10", 1),  # ten histories scatter too far
}

BARE = {
    "liptako verify --world --windows 1996-2017": "liptako verify --world",
    "liptako run": "liptako run --members 500 --months 24 --seed 7 --out runs",
    "liptako contrasts": "liptako contrasts --members 2000",
    "liptako lenses --fresh --store": "liptako lenses --simulate",
    "liptako compare": "liptako compare sahel-2024 baseline mediate",
}
"""Commands that are named, or take too long whole, and the line that runs them."""

EVENT = {
    "id": 900001, "type_of_violence": 1, "side_a": "Government of Mali", "side_b": "JNIM",
    "dyad_name": "Government of Mali - JNIM", "where_prec": 1, "adm_1": "Mopti region",
    "latitude": 14.6, "longitude": -4.1, "priogrid_gid": int(gid_of(14.6, -4.1)),
    "country": "Mali", "country_id": 432, "date_start": "2023-12-01", "date_end": "2023-12-02",
    "date_prec": 1, "deaths_a": 1, "deaths_b": 2, "deaths_civilians": 0, "deaths_unknown": 0,
    "best": 3, "high": 4, "low": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Iterator[Path]:
    """A folder to work in, with data of its own and a file of one event."""
    folder = tmp_path_factory.mktemp("shown")
    pd.DataFrame([EVENT]).to_csv(folder / "file.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(folder / "data"))
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def quick_fits() -> Iterator[None]:
    """Fits take seconds; the real ones take a minute each."""
    small = {
        "fit": FitSettings(iterations=2),
        "level": LevelSettings(networks=NetworkSettings(networks=1, steps=2, batch=64)),
    }
    with pytest.MonkeyPatch.context() as patch:
        level = partial(level_fit.fit_level, settings=small["level"])
        patch.setattr(level_fit, "fit_level", level)
        patch.setattr(
            theatre_fit, "fit_theatre", partial(theatre_fit.fit_theatre, settings=small["fit"])
        )
        few = Settings(warmup=20, draws=20, chains=2, depth=3)
        patch.setattr(motives, "infer", partial(motives.infer, settings=few, side=few))
        patch.setattr(scoring, "Source", partial(Source, **small))
        yield


def _ends(line: str, more: str, code: int) -> None:
    words = shlex.split(line)[1:]
    if words == ["show", "run"]:
        words = ["show", str(next(Path("runs").iterdir()))]
    done = CliRunner().invoke(app, [*words, *shlex.split(more)])
    assert done.exit_code == code, (line, done.output, done.exception)


def test_each_that_is_shown_is_run():
    assert set(SHOWN) == {*RUN, *SLOW, *BARE}
    assert set(BARE.values()) <= {*RUN, *SLOW}


@pytest.mark.parametrize("line", list(RUN))
def test_what_is_shown_ends_as_said(line, here, theatre_folder):
    more, code = RUN[line]
    contrasts = (theatre_folder / "contrasts.toml").read_text(encoding="utf-8")
    _ends(line, more.format(contrast=next(iter(tomllib.loads(contrasts)))), code)


@pytest.mark.slow
@pytest.mark.parametrize("line", list(SLOW))
def test_what_takes_longer_ends_as_said(line, here, quick_fits, tmp_path, monkeypatch):
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path))
    more, code = SLOW[line]
    _ends(line, more, code)
