"""`liptako run` as a user meets it: a small run, the same run again, and an interrupt."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr

from liptako.files import sha256

MEMBERS, MONTHS, SEED = 32, 12, 5
SMALL = ["run", "--members", str(MEMBERS), "--months", str(MONTHS), "--seed", str(SEED)]
LIMIT_S = 300


class Place:
    """A folder to run in, with a cache of compiled programs that all runs here share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "LIPTAKO_CACHE": str(folder / "cache"),
            "LIPTAKO_DATA": str(folder / "data"),
        }

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "liptako", *args],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str) -> tuple[str, str]:
        with self.start(*args) as process:
            out, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0, err
        return out, err


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def printed(place: Place) -> dict[str, Any]:
    """What the first run prints with `--json`."""
    out, err = place.run(*SMALL, "--json")
    assert err == ""
    return json.loads(out)


@pytest.fixture(scope="module")
def folder(place: Place, printed: dict[str, Any]) -> Path:
    return place.folder / printed["folder"]


def test_the_run_is_the_one_asked_for(printed):
    assert (printed["members"], printed["months"], printed["seed"]) == (MEMBERS, MONTHS, SEED)
    assert (printed["scenario"], printed["policy"]) == ("sahel-2024", "baseline")
    assert (printed["init_time"], printed["as_seen_from"]) == ("2023-12", "Dec 2023")


def test_the_folder_holds_all_of_it_and_nothing_half_done(folder, printed):
    assert folder.name == printed["run_id"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    names = {path.name for path in folder.iterdir()}
    assert names >= {"report.html", "tables.xlsx", "cite.txt", "run.json", "run.nc", "tables"}
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]
    assert all(path.stat().st_size > 0 for path in folder.rglob("*") if path.is_file())


def test_the_stored_summary_is_the_printed_one(folder, printed):
    stored = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    aside = json.loads((folder / "timing.json").read_text(encoding="utf-8"))
    assert {**stored, **aside, "folder": printed["folder"]} == printed


def test_quantiles_can_be_recounted_from_the_members(folder, printed):
    members = pd.read_parquet(folder / "tables/members.parquet")
    assert set(members["member"]) == set(range(MEMBERS))
    for country in ("MLI", "BFA", "NER"):
        tolls = members[members["country"] == country].groupby("member")["deaths"].sum()
        told = printed["deaths"][country]["next_12_months"]
        assert told["median"] == pytest.approx(tolls.median(), abs=1e-3)
        assert told["mean"] == pytest.approx(tolls.mean(), abs=1e-3)
        assert told["q05"] <= told["median"] <= told["q95"]


def test_the_arrays_are_labelled_and_stamped(folder):
    with xr.open_dataset(folder / "run.nc") as data:
        assert data.sizes["member"] == MEMBERS
        assert data.sizes["month"] == MONTHS
        assert list(data["valid_time"].to_numpy()[[0, -1]]) == ["2024-01", "2024-12"]
        assert data.attrs["init_time"] == "2023-12"
        assert float(data["deaths"].min()) >= 0


def test_last_year_in_the_summary_is_what_the_data_say(printed, snapshot):
    events = snapshot.events[snapshot.events["month"].between(517, 528)]
    for country in ("MLI", "BFA", "NER"):
        recorded = int(events.loc[events["country"] == country, "deaths"].sum())
        assert printed["deaths"][country]["last_12_months"] == recorded


def digests(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def test_the_same_run_again_gives_the_same_numbers_in_words(place, folder, printed):
    before = digests(folder)
    out, _ = place.run(*SMALL)
    again = digests(folder)
    assert again.keys() == before.keys()
    assert {name for name in before if again[name] != before[name]} <= {"timing.json"}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert "as seen from Dec 2023" in out
    assert "Not a current forecast" in out
    assert f"{MEMBERS} futures, seed {SEED}" in out
    for name in ("Mali", "Burkina Faso", "Niger"):
        assert f"\n  {name} " in out
    assert f"{printed['deaths']['BFA']['last_12_months']:,}" in out
    assert folder.name in out
    for said in ("Use of force by Dec 2024", "Most likely to be chosen by Dec 2024"):
        assert said in out
    lines = out[out.index("Use of force by") :].split("\n\n")[0].splitlines()
    assert 3 <= len(lines) <= 8
    assert max(map(len, lines)) <= 80


def test_disputes_and_choices_are_in_the_folder_and_the_summary(folder, printed):
    keys = {"disputes", "upper_rungs", "acts", "promises", "patrons"}
    assert keys <= set(printed)
    assert printed["politics_horizon_months"] == MONTHS
    names = ("ladder_shares", "dispute_chances", "dispute_groups", "upper_rungs")
    for name in (*names, "acts", "promises", "patrons"):
        assert len(pd.read_parquet(folder / f"tables/{name}.parquet")) > 0
    acts = pd.read_parquet(folder / "tables/acts.parquet").set_index(["country", "act"])
    told = printed["acts"]["BFA"]["deepen_pact"]
    assert told["p_any"] == pytest.approx(acts.loc[("BFA", "deepen_pact"), "p_any"], abs=1e-5)


@pytest.mark.slow
def test_two_runs_at_once_into_one_folder_leave_one_whole_run(place, folder):
    before = digests(folder)
    both = [place.start(*SMALL, "--json") for _ in range(2)]
    ended = [process.communicate(timeout=LIMIT_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    after = digests(folder)
    assert {name for name in before if after[name] != before[name]} <= {"timing.json"}


@pytest.mark.slow
def test_what_a_killed_run_left_is_cleared_away_by_the_next(place, folder):
    half = folder.parent / f".{folder.name}-{2**22 + 1}-0a0b0c0d"
    half.mkdir()
    (half / "run.nc").write_bytes(b"half")
    place.run(*SMALL)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_disk_that_fills_up_is_said_in_one_line(place):
    """Files may not grow beyond a megabyte: less than a run's dataset takes."""
    program = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from liptako.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *SMALL, "--out", "full"],
        cwd=place.folder, env=place.environment, capture_output=True, text=True, timeout=LIMIT_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "larger than is allowed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (place.folder / "full").exists()


def in_the_midst(out: Path) -> bool:
    """The output folder is made just before members are simulated."""
    return out.is_dir()


def while_writing(out: Path) -> bool:
    """A run is written to a hidden folder, which is then renamed."""
    return any(out.glob(".*/tables/*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Stopped")],
)
@pytest.mark.parametrize(("moment", "members"), [(in_the_midst, 100_000), (while_writing, MEMBERS)])
def test_a_stop_leaves_nothing_behind(
    place: Place,
    folder: Path,
    moment: Callable[[Path], bool],
    members: int,
    number: signal.Signals,
    code: int,
    word: str,
):
    out = place.folder / moment.__name__
    args = ["run", "--members", str(members), "--months", str(MONTHS), "--out", out.name]
    before = {path.name for path in place.folder.iterdir()}
    process = place.start(*args)
    try:
        until = time.monotonic() + LIMIT_S
        while not moment(out):
            assert process.poll() is None, "it ended before it could be interrupted"
            assert time.monotonic() < until
            time.sleep(0.01)
        if moment is in_the_midst:
            time.sleep(8.0)
        process.send_signal(number)
        printed, errors = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code, errors
    assert errors.strip() == f"{word}; nothing was left half written."
    assert "Traceback" not in errors
    assert printed == ""
    assert {path.name for path in place.folder.iterdir()} == before


def test_the_python_in_the_readme_runs(place: Place, folder: Path):
    readme = Path(__file__).resolve().parents[2] / "README.md"
    (code,) = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "as seen from 2023-12" in done.stdout
    assert "q95" in (place.folder / "deaths.csv").read_text(encoding="utf-8").splitlines()[0]
