"""Feed every reader of files with what is nearly right, and see that it refuses or reads it.

    python scripts/fuzz.py [--cases 10000] [--seed 1] [--only READER] [--case NUMBER] [--json]

A case is a sound file with a few changes: bytes turned, cut, doubled; words and numbers replaced by
awkward ones; values of a table or of JSON by values of another type. It must end in what the reader
returns or in an `InputError`, within 10 seconds and without memory running away. The same seed and
number give the same case, so that `--only READER --case NUMBER` shows one again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
LONGEST_S = 10.0
MOST_MEMORY_BYTES = 3 * 2**30
"""What the cases may add to the process's peak: what it held before is not theirs."""

AWKWARD = (
    b"", b"nan", b"inf", b"-inf", b"NaN", b"1e300", b"-1", b"0", b"1e-300", b"9" * 400, b"3.5",
    b"true", b"null", b"[]", b"{}", b'""', b"'", b'"', b"\\", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\xe2\x80\xae", b"\x1b[31m", b"=1+1", b"x" * 5000, b"[" * 2000, b"a." * 2000, b"0001-01-01",
    b"2204-03-01", b"2023-13", b"2023-02-31", b",", b";", b"\n", b"\r\n", b"[[", b"]]", b"Mali",
)  # fmt: skip
AWKWARD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**30, 3.5, 1e300, float("nan"), float("inf"), "", "x", "nan",
    "x" * 5000, [], {}, [[]], {"a": 1}, [None], "2204-03", "0001-01", "\x1b[31m",
)  # fmt: skip


class HangError(BaseException):
    """A case took too long."""


@dataclass(frozen=True)
class Reader:
    """A reader of files.

    Args:
        name: of the reader.
        file: a sound file, the one that is changed.
        read: called with the changed file, at the path of the sound one.
        change: makes a changed file's bytes from the sound one's.
    """

    name: str
    file: Path
    read: Callable[[Path], object]
    change: Callable[[bytes, random.Random], bytes]


def change_bytes(content: bytes, rng: random.Random) -> bytes:
    """Turn, cut, double or fill some bytes."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(found) + 1)
        span = min(rng.choice((1, 1, 4, 64, 1000)), len(found))
        match rng.randrange(5):
            case 0 if found:
                found[at % len(found)] = rng.randrange(256)
            case 1:
                del found[at : at + span]
            case 2:
                found[at:at] = found[at : at + span]
            case 3:
                found[at:at] = bytes(rng.randrange(256) for _ in range(min(span, 64)))
            case _:
                found = found[: max(at, 1)] if rng.random() < 0.3 else found
    return bytes(found)


def change_words(content: bytes, rng: random.Random) -> bytes:
    """Replace, add or take out words of a text; now and then bytes."""
    if rng.random() < 0.2:
        return change_bytes(content, rng)
    lines = content.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 4))):
        row = rng.randrange(len(lines))
        match rng.randrange(6):
            case 0:
                lines[row:row] = [lines[row]]
            case 1 if len(lines) > 1:
                del lines[row]
            case 2:
                lines.insert(row, rng.choice(AWKWARD))
            case _:
                lines[row] = _one_word(lines[row], rng)
    return b"\n".join(lines)


def _one_word(line: bytes, rng: random.Random) -> bytes:
    marks = [at for at, byte in enumerate(line) if byte in b',;= []{}"']
    if not marks:
        return line + rng.choice(AWKWARD)
    first = rng.choice(marks)
    last = min([at for at in marks if at > first], default=len(line))
    return line[: first + 1] + rng.choice(AWKWARD) + line[last:]


def change_release(content: bytes, rng: random.Random) -> bytes:
    """Change the words of a GED file, or pack it in another way."""
    changed = change_words(content, rng)
    match rng.randrange(12):
        case 0:
            return change_bytes(gzip.compress(changed), rng)
        case 1:
            return changed.decode("latin-1").encode("utf-16")
        case 2:
            return changed.replace(b",", b";")
        case 3:
            return b"\n".join(changed.split(b"\n")[1:])
        case 4:
            return _zipped(changed, rng)
        case _:
            return changed


def _zipped(content: bytes, rng: random.Random) -> bytes:
    with tempfile.TemporaryFile() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(rng.choice(("a.csv", "a.txt", "._a.csv", "xl/workbook.xml")), content)
        stream.seek(0)
        return change_bytes(stream.read(), rng) if rng.random() < 0.5 else _all(stream)


def _all(stream: Any) -> bytes:
    stream.seek(0)
    return stream.read()


def change_json(content: bytes, rng: random.Random) -> bytes:
    """Replace values of a JSON document by values of another type; now and then words."""
    if rng.random() < 0.3:
        return change_words(content, rng)
    document = json.loads(content)
    for _ in range(rng.choice((1, 1, 3))):
        document = _one_value(document, rng)
    return json.dumps(document).encode()


def _one_value(node: Any, rng: random.Random) -> Any:
    if not isinstance(node, dict | list) or not node or rng.random() < 0.15:
        return rng.choice(AWKWARD_VALUES)
    key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
    copy = dict(node) if isinstance(node, dict) else list(node)
    if rng.random() < 0.15:
        del copy[key]
    else:
        copy[key] = _one_value(node[key], rng)
    return copy


def change_forecast(content: bytes, rng: random.Random) -> bytes:
    """Change values, names and types of a forecast's table; now and then bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if rng.random() < 0.4:
        return change_bytes(content, rng)
    table = pq.read_table(pa.BufferReader(content))
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(table.num_columns)
        name = table.column_names[at]
        values = table.column(at).to_pylist()
        match rng.randrange(6):
            case 0:
                table = table.rename_columns(
                    [rng.choice(table.column_names) if n == name else n for n in table.column_names]
                )
            case 1 if table.num_columns > 1:
                table = table.remove_column(at)
            case 2:
                values = [str(value) for value in values]
                table = table.set_column(at, name, pa.array(values))
            case 3:
                table = table.slice(0, rng.randrange(table.num_rows + 1))
            case 4:
                note = rng.choice((b"{", b"[]", b'{"index_columns": [7]}', b"\xff"))
                table = table.replace_schema_metadata({b"pandas": note})
            case _:
                if values:
                    odd = rng.choice((float("nan"), 1e300, -1.0, float("inf"), 0.5, 2.0**53, None))
                    values = [None if v is None else float(v) for v in map(_number, values)]
                    values[rng.randrange(len(values))] = odd
                    table = table.set_column(at, name, pa.array(values, pa.float64()))
    out = pa.BufferOutputStream()
    pq.write_table(table, out)
    return out.getvalue().to_pybytes()


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def readers(folder: Path, run: Path | None = None) -> list[Reader]:
    """Return every reader with a sound file of its own, below a folder.

    Args:
        folder: empty; filled here.
        run: a run's folder; without one, run folders are left out.
    """
    import numpy as np

    from liptako import cache
    from liptako.data import build, ged
    from liptako.data.snapshot import load_snapshot, read_manifest
    from liptako.inference.level_fit import load_level_fit
    from liptako.ledger.stored import stored
    from liptako.model.posterior import load_posterior
    from liptako.theatre.claims import load_claims
    from liptako.theatre.contrasts import load_contrasts
    from liptako.theatre.loading import load_scenario, load_theatre
    from liptako.verification import results
    from liptako.verification.backtest import prospective, submission, windows

    source = REPOSITORY / "src/liptako/theatres/sahel"
    small = folder / "skerries"
    shutil.copytree(REPOSITORY / "tests/theatres/skerries", small)
    shutil.copytree(source, folder / "sahel")
    sahel, scenario = load_scenario(), small / "scenarios/skerries-2011.toml"
    (folder / "release.csv").write_text(_release(), encoding="utf-8")
    challenge = folder / "challenge/cm/window=Y2018/team_cm_2018.parquet"
    _write_forecast(challenge)
    (folder / "store").mkdir()
    (folder / "store/manifest.json").write_text(json.dumps(_stored()), encoding="utf-8")
    numbers = {row.gwno: row.name for row in sahel.theatre.countries.values()}

    def remembered() -> None:
        found = cache.remember("fuzz", (1,), lambda: {"x": np.arange(200.0)})
        assert found["x"].sum() == 19_900, "a damaged fit was taken for a sound one"

    os.environ["LIPTAKO_CACHE"] = str(folder / "cache")
    remembered()

    def against(path: Path) -> None:
        found = submission.find(folder / "challenge", "cm", [2018])
        submission.check(found, "cm", [windows.window(2018)], sahel)

    def theatre(path: Path) -> None:
        load_contrasts(small, load_scenario(scenario).theatre)

    def whole(path: Path) -> None:
        load_contrasts(folder / "sahel", load_theatre(folder / "sahel")[0])

    def claimed(path: Path) -> None:
        load_claims(small, load_scenario(scenario).theatre, sahel.scenario.init_month)

    def claims_kept(path: Path) -> None:
        stored(replace(sahel, folder=folder / "sahel"))

    found = [
        Reader("ged", folder / "release.csv", lambda path: ged.read_release(path, numbers),
               change_release),
        Reader("ged_all", folder / "release.csv", ged.read_ged, change_release),
        Reader("scenario", scenario, load_scenario, change_words),
        *(Reader(name, small / f"{name}.toml", theatre, change_words)
          for name in ("theatre", "params", "menu", "contrasts")),
        Reader("claims", small / "claims.toml", claimed, change_words),
        Reader("claims_kept", folder / "sahel/claims.json", claims_kept, change_json),
        Reader("sahel_menu", folder / "sahel/menu.toml", whole, change_words),
        Reader("sources", small / "sources.toml", build.read_sources, change_words),
        Reader("views", challenge, against, change_forecast),
        Reader("fit", folder / "sahel/fit.nc", load_posterior, change_bytes),
        Reader("level", folder / "sahel/level.npz", load_level_fit, change_bytes),
        Reader("cache", next((folder / "cache").glob("*.npz")), lambda path: remembered(),
               change_bytes),
        Reader("snapshot", folder / "sahel/snapshot/manifest.json",
               lambda path: read_manifest(path.parent), change_json),
        Reader("tables", folder / "sahel/snapshot/coups.parquet",
               lambda path: load_snapshot(path.parent), change_bytes),
        Reader("store", folder / "store/manifest.json",
               lambda path: prospective.read_manifest(path.parent), change_json),
        Reader("verification", folder / "sahel/verification.json",
               lambda path: results.stored(path.parent), change_json),
    ]  # fmt: skip
    if run is not None:
        from liptako.runs.folder import load_run

        shutil.copytree(run, folder / "run")
        found.append(
            Reader("run", folder / "run/run.nc", lambda path: load_run(path.parent).close(),
                   change_bytes)
        )  # fmt: skip
    return found


def _release() -> str:
    from liptako.data.ged import PUBLISHED

    rows = []
    places = (("Mali", 432, 14.49, -4.19, 150112), ("Niger", 436, 14.21, 1.45, 150123),
              ("Ukraine", 369, 48.24, 37.04, 199155))  # fmt: skip
    for number, (country, gwno, lat, lon, gid) in enumerate(places * 2):
        row = dict.fromkeys(PUBLISHED, "") | {
            "id": number, "type_of_violence": 1, "side_a": f"Government of {country}",
            "side_b": "JNIM", "where_prec": 1 + number % 7, "latitude": lat, "longitude": lon,
            "priogrid_gid": gid, "country": country, "country_id": gwno,
            "date_start": "2023-12-05", "date_end": "2023-12-06 00:00:00.000", "date_prec": 1,
            "deaths_a": 0, "deaths_b": 1, "deaths_civilians": 0, "deaths_unknown": 0, "best": 1,
            "high": 2, "low": 1,
        }  # fmt: skip
        rows.append(",".join(str(row[name]) for name in PUBLISHED))
    return "\n".join([",".join(PUBLISHED), *rows]) + "\n"


def _write_forecast(path: Path) -> None:
    import pandas as pd

    keys = [(m, unit, draw) for m in range(457, 463) for unit in (50, 78) for draw in range(4)]
    table = pd.DataFrame(keys, columns=["month_id", "country_id", "draw"]).assign(outcome=2.0)
    path.parent.mkdir(parents=True)
    table.set_index(["month_id", "country_id", "draw"]).to_parquet(path)


def _stored() -> dict[str, Any]:
    entry = {"file": "cm/a.parquet", "level": "cm", "sha256": "0" * 64, "init_time": "2023-12",
             "first": "2024-01", "last": "2025-02", "draws": 1000}  # fmt: skip
    return {"format": 1, "forecasts": [entry, entry]}


def try_case(reader: Reader, sound: bytes, seed: int, number: int) -> tuple[str, float, str]:
    """Return how a case ended (`read`, `refused`, `crash`, `hang`), in how long, and a trace."""
    from liptako.errors import InputError

    rng = random.Random(f"{seed}:{reader.name}:{number}")
    reader.file.write_bytes(reader.change(sound, rng))
    start, outcome, trace = time.perf_counter(), "read", ""
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        reader.read(reader.file)
    except InputError as error:
        outcome = "refused"
        if "\n" in str(error) or len(str(error)) > 4000:
            outcome, trace = "crash", f"not one short line: {error}"[:2000]
    except HangError:
        outcome, trace = "hang", f"more than {LONGEST_S:g} s"
    except Exception:
        outcome, trace = "crash", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        reader.file.write_bytes(sound)
    return outcome, time.perf_counter() - start, trace


def _peak_memory() -> int:
    """Return the most bytes that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fuzz(
    found: list[Reader], cases: int, seed: int, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Try cases, reader after reader in turn; return counts, the slowest, and what failed."""

    def stop(*_: object) -> None:
        raise HangError

    signal.signal(signal.SIGALRM, stop)
    warnings.simplefilter("ignore")
    sound = {reader.file: reader.file.read_bytes() for reader in found}
    counts, failures, slowest = Counter(), [], (0.0, "")
    before = _peak_memory()
    for number in range(cases):
        reader = found[number % len(found)]
        outcome, seconds, trace = try_case(reader, sound[reader.file], seed, number)
        counts[f"{reader.name} {outcome}"] += 1
        slowest = max(slowest, (seconds, f"{reader.name} {number}"))
        if trace:
            failures.append({"reader": reader.name, "case": number, "end": outcome})
            say(f"{reader.name}, case {number}: {outcome}\n{trace}")
    added = _peak_memory() - before
    return {
        "cases": cases,
        "seed": seed,
        "counts": dict(sorted(counts.items())),
        "slowest_s": round(slowest[0], 2),
        "slowest": slowest[1],
        "peak_memory_mib": (before + added) // 2**20,
        "added_memory_mib": added // 2**20,
        "failures": failures,
        "ok": not failures and added < MOST_MEMORY_BYTES,
    }


def _a_run(folder: Path) -> Path:
    from liptako.runs.folder import write_dataset
    from liptako.runs.run import simulate

    (folder / "made").mkdir()
    write_dataset(simulate(members=4, months=2), folder / "made/run.nc")
    return folder / "made"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; returns 1 when a case crashed or hung."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one reader")
    parser.add_argument("--case", type=int, help="one case of it, by number")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = readers(folder, _a_run(folder) if options.only in (None, "run") else None)
        chosen = [row for row in found if options.only in (None, row.name)]
        if options.case is not None:
            sound = chosen[0].file.read_bytes()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            print(*try_case(chosen[0], sound, options.seed, options.case), sep="\n")
            return 0
        say = (lambda text: print(text, file=sys.stderr)) if options.as_json else print
        result = fuzz(chosen, options.cases, options.seed, say)
    result["seconds"] = round(time.perf_counter() - start)
    print(json.dumps(result, indent=1))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
