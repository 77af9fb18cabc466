"""Run every benchmark in its short size, one table at the end.

    make bench
    python -m benchmarks [NAME …]
    BENCH_SECONDS=900 python -m benchmarks      # each may take so long; 240 unless told

Each module here with a `main` runs in a process of its own, so that one that fails or takes too
long is told and the others still run. The full sizes are arguments of each module; see
docs/performance.md.
"""

from __future__ import annotations

import ast
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import machine

FOLDER = Path(__file__).parent
SHORT: dict[str, tuple[str, ...]] = {
    "catalog_import": ("5000",),
    "issue": ("20000", "3"),
    "search": ("--courses", "3000", "--quick"),
}
"""Modules that take longer than two minutes unless told a smaller size."""
SHORT_SETTINGS = {"CHECKIN_SECONDS": "15"}
SECONDS_MAX = int(os.environ.get("BENCH_SECONDS", "240"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one benchmark ended, and the lines of it that tell a ratio."""

    name: str
    ended: str
    seconds: float
    processor_seconds: float
    """Of the processes it started; a server of PostgreSQL is not among them."""
    said: tuple[str, ...]


def names() -> list[str]:
    """Modules that have a `main`, by name; they are not imported for that."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        defined = {node.name for node in ast.parse(path.read_text()).body
                   if isinstance(node, ast.FunctionDef)}  # fmt: skip
        if "main" in defined and path.stem != "__main__":
            found.append(path.stem)
    return found


def run(name: str) -> Outcome:
    """One benchmark; its output is shown as it ends."""
    began, used_before = time.perf_counter(), _used_by_children()
    command = [sys.executable, "-m", f"benchmarks.{name}", *SHORT.get(name, ())]
    print(f"… {name} {' '.join(SHORT.get(name, ()))}", file=sys.stderr, flush=True)
    started = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=SHORT_SETTINGS | os.environ,
    )
    try:
        output, errors = started.communicate(timeout=SECONDS_MAX)
        ended = "FAILED" if started.returncode else "ran"
        output += errors[-2_000:] if started.returncode else ""
    except subprocess.TimeoutExpired:
        # As Ctrl+C does: servers it started are stopped, their folders removed.
        started.send_signal(signal.SIGINT)
        output, errors = started.communicate()
        ended = f"stopped after {SECONDS_MAX} s"
    print(output, flush=True)
    said = tuple(line.strip("* ") for line in output.splitlines() if _tells_a_ratio(line))
    used = _used_by_children() - used_before
    return Outcome(name, ended, time.perf_counter() - began, used, said)


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tells_a_ratio(line: str) -> bool:
    return "×" in line and not line.startswith(("#", "| what", "| engine", "| |"))


def main() -> int:
    """Run those named, or all; 1 when one did not run to its end."""
    # What is started in the background ignores Ctrl+C, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = sys.argv[1:] or names()
    outcomes = [run(name) for name in wanted]
    print(f"\n## All benchmarks, short sizes. {machine()}\n")
    print("| benchmark | ended | seconds | of processor | ratios |")
    print("| --- | --- | ---: | ---: | --- |")
    for one in outcomes:
        told = "<br>".join(said.strip("|").strip().replace("|", "·") for said in one.said)
        spent = f"{one.seconds:.0f} | {one.processor_seconds:.0f}"
        print(f"| {one.name} | {one.ended} | {spent} | {told} |")
    return 0 if all(one.ended == "ran" for one in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
