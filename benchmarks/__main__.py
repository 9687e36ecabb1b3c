"""Run all benchmarks, each in a process of its own, and write ``benchmarks/results.md``.

``python -m benchmarks`` runs all; ``python -m benchmarks engine_mask`` some, and prints them only.
Any module here whose name has a topic and an underscore (``engine_mask.py``) is a benchmark: run
as a script it hands its rows over with `emit`.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Row, table

HERE = Path(__file__).parent

HEAD = """# Benchmarks

Processor time, medians over several turns, ours right after the limit, in one process, all on one
thread; the ratio is the median of each turn's. The limit of a task is one read of the tensor
(`torch.sum`) or one copy of what is shown, whichever it cannot do without. In the browser it is
wall time. Written by `make bench`.
"""


def run(name: str) -> list[Row]:
    """Run one benchmark in a fresh process."""
    print(f"{name} …", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        # One thread for all: OpenBLAS and OpenMP read these when they are loaded.
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def main(names: list[str]) -> int:
    known = sorted(path.stem for path in HERE.glob("[a-z]*_*.py") if path.stem[0] != "_")
    rows = [row for name in (names or known) for row in run(name)]
    text = table(rows)
    print(text)
    if not names:
        machine = (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        (HERE / "results.md").write_text(f"{HEAD}\nMachine: {machine}.\n\n{text}\n")
    missed = [row.task for row in rows if row.ok is False]
    if missed:
        print(f"\n{len(missed)} goals were missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
