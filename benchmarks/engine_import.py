"""``import tensorscope`` in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Row, emit

PROGRAM = """
import time
start = time.perf_counter()
import {name}
print(time.perf_counter() - start)
"""


def seconds_of(name: str) -> float:
    """Return the best import time of several fresh processes."""
    return min(
        float(
            subprocess.run(
                [sys.executable, "-c", PROGRAM.format(name=name)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
        )
        for _ in range(5)
    )


def rows() -> list[Row]:
    ours = seconds_of("tensorscope")
    full = seconds_of("tensorscope.session")
    return [
        Row("import tensorscope", ours, goal="≤ 0.3 s", ok=ours <= 0.3,
            peers={"import numpy": seconds_of("numpy")}),
        Row("with the whole engine and NumPy", full),
    ]  # fmt: skip


if __name__ == "__main__":
    emit(rows())
