"""Make deliberate errors in the code, one at a time, and check that tests fail.

    python scripts/mutants.py [--only NAME] [--workers 2] [--json]

A test is worth what it would catch. Each error (a *mutant*) stands in `tests/mutants.toml` with
its `name`, the `file`, the `old` text, which stands there exactly once, the `new` text, and the
`tests` that must catch it: paths, or `path::function`. Every worker has a copy of the tree, so the
code here is never touched. First all tests run on the code as it is; those of a mutant must pass.
Tests run in processes forked from one that has imported the libraries, which halves the time.

A mutant is *killed* when a test fails, and *survives* when all pass. It is *broken* when it shows
nothing: tests that fail without it, cannot be collected, raise in a fixture or take too long.
`errors = true` marks a mutant that may be caught by an error outside a test.

Exit codes: 0 all killed; 1 one survives or is broken; 2 bad file or arguments; 130 interrupted.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = "tests/mutants.toml"
COPIED = ("src", "tests", "scripts", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
"""What tests read, of those that are there."""

COMPILED = ".cache/mutants"
"""What JAX has compiled, one folder a worker: two writers of one file could break it."""

FORKS = multiprocessing.get_context("forkserver")
LIBRARIES = (
    "altair", "beartype", "jax.numpy", "pandas", "pytest", "rich.console",
    "scipy.optimize", "scipy.stats", "typer.testing", "xarray",
)  # fmt: skip
"""What most tests import, but no plugin of pytest's, which it rewrites; none starts a thread."""

FIELDS = {"name": str, "file": str, "old": str, "new": str, "tests": list}
PASSED, FAILED = 0, 1
INTERRUPTED = 130
LONGEST_S = 3600.0
"""Seconds in which all tests that are named must end, on the code as it is."""


class BadFileError(Exception):
    """The file of mutants cannot be used."""


@dataclass(frozen=True)
class Mutant:
    """One deliberate error."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    errors: bool = False


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    name: str
    status: str
    by: str
    seconds: float


def load(path: Path) -> list[Mutant]:
    """Return the mutants of a file.

    Raises:
        BadFileError: the file is missing, is no TOML, or a row has other fields than allowed.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    except (OSError, ValueError) as error:
        raise BadFileError(f"{path}: {error}") from None
    if not rows:
        raise BadFileError(f"{path}: no [[mutant]]")
    return [_mutant(path, number, row) for number, row in enumerate(rows, start=1)]


def _mutant(path: Path, number: int, row: dict[str, Any]) -> Mutant:
    known = FIELDS | {"errors": bool}
    for field, value in row.items():
        if not isinstance(value, known.get(field, ())):
            raise BadFileError(f"{path}: mutant {number}: {field}: not allowed, or of a wrong type")
    if missing := sorted(set(FIELDS) - set(row)):
        raise BadFileError(f"{path}: mutant {number}: no {', '.join(missing)}")
    return Mutant(**row | {"tests": tuple(row["tests"])})


def faults(mutants: list[Mutant], root: Path = ROOT) -> list[str]:
    """Return why mutants cannot be made as the code stands, in words; none if they can."""
    found = []
    names = [mutant.name for mutant in mutants]
    found += [f"{name}: the name stands twice" for name in set(names) if names.count(name) > 1]
    for mutant in mutants:
        file = root / mutant.file
        times = file.read_text(encoding="utf-8").count(mutant.old) if file.is_file() else 0
        if times != 1:
            found.append(f"{mutant.name}: `old` stands {times} times in {mutant.file}")
        if mutant.old == mutant.new:
            found.append(f"{mutant.name}: `new` is `old`")
        missing = [test for test in mutant.tests if not _exists(test, root)]
        if missing or not mutant.tests:
            found.append(f"{mutant.name}: no such test: {', '.join(missing) or 'none named'}")
    return found


def _exists(test: str, root: Path) -> bool:
    path, _, function = test.partition("::")
    if not (root / path).is_file():
        return False
    return not function or function.partition("[")[0] in _functions(root / path)


@lru_cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def copy_tree(root: Path, into: Path) -> None:
    """Copy what tests need; compiled files are checked by content, so no mutant leaves its own."""
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, into / name, ignore=leave_out)
        elif (root / name).is_file():
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, into / name)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    # in a session of its own, so that Ctrl-C ends the work here and not half of it there
    subprocess.run([*command, str(into / "src")], check=True, start_new_session=True)


def verdict(mutant: Mutant, code: int | None, printed: str) -> tuple[str, str]:
    """Return what became of a mutant, and the line that says so."""
    said = re.findall(r"^(?:FAILED|ERROR) .*$", printed, re.MULTILINE)
    if code == PASSED:
        return "survived", ""
    if code == FAILED and any(line.startswith("FAILED") for line in said):
        return "killed", said[0]
    status = "killed" if mutant.errors and code is not None else "broken"
    return status, said[0] if said else printed.strip().rpartition("\n")[2]


def _pytest(tree: Path, compiled: Path, printed: Path, stop: str, tests: tuple[str, ...]) -> None:
    """Run tests on a copy of the tree, in this process, which nothing of it was imported into."""
    os.setsid()  # what the tests start ends with them
    descriptor = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(tree)
    sys.dont_write_bytecode = True
    sys.path[0] = str(tree / "src")  # the place of the folder of this script
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(compiled),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": 0.0,
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": -1,
    }
    os.environ |= {"PYTHONPATH": sys.path[0], "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ |= {name: str(value) for name, value in cache.items()}
    if "jax" in sys.modules:
        for name, value in cache.items():
            sys.modules["jax"].config.update(name.lower(), value)
    import pytest

    sys.exit(int(pytest.main([stop, "-q", "-p", "no:cacheprovider", *tests])))


def _end(process: Any) -> None:
    """Kill a process of tests and what they started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has no session of its own yet
        process.kill()
    process.join()


@dataclass(frozen=True)
class Place:
    """Where a worker works: its copy of the tree, and its compiled programs."""

    tree: Path
    compiled: Path
    limit_s: float

    async def outcome(
        self, tests: tuple[str, ...], stop: str = "--maxfail=1"
    ) -> tuple[int | None, str]:
        """Return pytest's exit code, none if it took too long, and what it printed."""
        printed = self.tree / "printed.txt"
        process = FORKS.Process(
            target=_pytest, args=(self.tree, self.compiled, printed, stop, tests)
        )
        process.start()
        try:
            await asyncio.to_thread(process.join, self.limit_s)
            code = process.exitcode
        finally:
            if process.exitcode is None:
                _end(process)
        if code is None:
            return None, f"took more than {self.limit_s:g} s"
        return code, printed.read_text(encoding="utf-8", errors="replace")

    async def mutated(self, mutant: Mutant) -> tuple[int | None, str]:
        """Return the same with an error made, and take the error back."""
        file = self.tree / mutant.file
        original = file.read_bytes()
        file.write_text(original.decode().replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            return await self.outcome(mutant.tests)
        finally:
            file.write_bytes(original)


async def judge(
    root: Path, mutants: list[Mutant], workers: int, limit_s: float, say: Callable[[str], None]
) -> list[Result]:
    """Return what became of each mutant, in their order.

    Mutants of one set of tests stay with one worker, which has compiled what they need; the
    largest sets go first.
    """
    sets: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant in mutants:
        sets.setdefault(mutant.tests, []).append(mutant)
    left = deque(sorted(sets.values(), key=len, reverse=True))
    results: dict[str, Result] = {}

    async def work(place: Place, red: list[str]) -> None:
        while left:
            for mutant in left.popleft():
                results[mutant.name] = await _judge_one(place, mutant, red, say)

    with tempfile.TemporaryDirectory(prefix="liptako-mutants-") as folder:
        places = [
            Place(Path(folder) / str(number), root / COMPILED / str(number), limit_s)
            for number in range(workers)
        ]
        for place in places:
            copy_tree(root, place.tree)
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        async with asyncio.TaskGroup() as group:
            shares = [tests[number::workers] for number in range(workers)]
            asked = [
                group.create_task(_red(place, share))
                for place, share in zip(places, shares, strict=True)
            ]
        red = [line for task in asked for line in task.result()]
        async with asyncio.TaskGroup() as group:
            for place in places:
                group.create_task(work(place, red))
    return [results[mutant.name] for mutant in mutants]


async def _red(place: Place, tests: list[str]) -> list[str]:
    """Return what fails in the code as it is: lines of pytest's summary, each after its test."""
    if not tests:
        return []
    code, printed = await replace(place, limit_s=LONGEST_S).outcome(tuple(tests), "--maxfail=1000")
    if code == PASSED:
        return []
    found = re.findall(r"^(?:FAILED|ERROR) (.*)$", printed, re.MULTILINE)
    return found or [f"{test} {printed.strip()[-2000:]}" for test in tests]


async def _judge_one(
    place: Place, mutant: Mutant, red: list[str], say: Callable[[str], None]
) -> Result:
    """Return what became of a mutant, whose tests must pass without it."""
    started = time.perf_counter()
    file_or_test = tuple(re.escape(test) for test in mutant.tests)
    files = tuple(re.escape(test.partition("::")[0]) for test in mutant.tests)
    broken = [
        line
        for line in red
        if re.match(rf"(?:{'|'.join(file_or_test)})(?:[\[: ]|$)", line)
        or re.match(rf"(?:{'|'.join(files)})(?: |$)", line)
    ]
    if broken:
        found = ("broken", f"fails without it: {broken[0]}")
    else:
        found = verdict(mutant, *await place.mutated(mutant))
    seconds = round(time.perf_counter() - started, 1)
    say(f"{found[0]:9} {seconds:5.1f} s  {mutant.name}")
    return Result(mutant.name, *found, seconds)


def main(arguments: list[str] | None = None) -> int:
    """Judge the mutants; return the exit code."""
    parser = argparse.ArgumentParser(description="Make deliberate errors; tests must fail.")
    parser.add_argument("--only", action="append", help="names that contain this; may be repeated")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=180.0, help="seconds for one set of tests")
    parser.add_argument("--json", action="store_true", help="print one object at the end")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the repository")
    options = parser.parse_args(arguments)
    FORKS.set_forkserver_preload(list(LIBRARIES))
    started, root = time.perf_counter(), options.root.resolve()
    say = (lambda _: None) if options.json else (lambda text: print(text, flush=True))
    try:
        mutants = load(root / MUTANTS)
        if options.only:
            mutants = [m for m in mutants if any(part in m.name for part in options.only)]
        if wrong := faults(mutants, root):
            raise BadFileError("\n".join(wrong))
        if not mutants or options.workers < 1:
            raise BadFileError("no mutant of that name, or no worker")
        results = asyncio.run(_stoppable(judge(root, mutants, options.workers, options.limit, say)))
    except BadFileError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted; nothing is left behind.", file=sys.stderr)
        return INTERRUPTED
    return _report(results, time.perf_counter() - started, options.json)


async def _stoppable(judging: Any) -> list[Result]:
    """Let SIGTERM end the work as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await judging


def _report(results: list[Result], seconds: float, as_json: bool) -> int:
    count = {s: sum(r.status == s for r in results) for s in ("killed", "survived", "broken")}
    if as_json:
        mutants = [asdict(result) for result in results]
        print(json.dumps({**count, "seconds": round(seconds), "mutants": mutants}, indent=1))
    else:
        for result in results:
            if result.status != "killed":
                print(f"\n{result.status}: {result.name}\n{result.by}")
        print(f"\n{', '.join(f'{n} {s}' for s, n in count.items())}; {seconds:.0f} s")
    return 0 if count["killed"] == len(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
