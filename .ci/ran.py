"""Write which versions a test run used into docs/frameworks.md, from the run's own report.

Usage: ran.py REPORT.xml. Nothing is written unless every test of the report passed.
"""

from __future__ import annotations

import platform
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "frameworks.md"
BEGIN, END = "<!-- written by .ci/ran.py -->", "<!-- end -->"

#: What people call it, its distributions (the first that is there), its mark in the names of tests.
FRAMEWORKS = [
    ("PyTorch", ("torch",), "torch"),
    ("TensorFlow", ("tensorflow-cpu", "tensorflow"), "tensorflow"),
    ("Keras", ("keras",), "keras"),
    ("JAX", ("jax",), "jax"),
    ("Flax", ("flax",), "flax"),
    ("NumPy", ("numpy",), "numpy"),
    ("ml_dtypes", ("ml_dtypes",), "ml_dtypes"),
    ("pandas", ("pandas",), "pandas"),
    ("Polars", ("polars",), "polars"),
    ("SciPy (sparse)", ("scipy",), "scipy"),
    ("PyData Sparse", ("sparse",), "sparse"),
    ("Pillow", ("pillow",), "pil"),
    ("Dask", ("dask",), "dask"),
    ("Zarr", ("zarr",), "zarr"),
    ("h5py", ("h5py",), "h5py"),
    ("xarray", ("xarray",), "xarray"),
    ("safetensors", ("safetensors",), "safetensors"),
    ("TensorDict", ("tensordict",), "tensordict"),
]
HOSTS = ["jupyterlab", "notebook", "marimo", "ipykernel", "ipywidgets", "anywidget"]


def tests_that_name(mark: str, names: list[str]) -> int:
    """Return how many tests of the report have a word in their name."""
    word = re.compile(rf"(?<![a-z]){re.escape(mark)}(?![a-z])", re.IGNORECASE)
    return sum(bool(word.search(name.replace("_", " ") if mark != "ml_dtypes" else name))
               for name in names)  # fmt: skip


def version(distributions: tuple[str, ...]) -> str | None:
    """Return the version of the first distribution that is installed."""
    for name in distributions:
        try:
            return metadata.version(name).split("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return None


def table(names: list[str]) -> str:
    """Return the page's part about a run."""
    lines = ["| framework | version that was run | tests that name it |", "|---|---|---|"]
    for title, distributions, mark in FRAMEWORKS:
        found = version(distributions)
        count = tests_that_name(mark, names)
        if found and count:
            lines.append(f"| {title} | {found} | {count:,} |")
    hosts = ", ".join(f"{name} {found}" for name in HOSTS if (found := version((name,))))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    where = f"{platform.system()}, {platform.machine()}"
    return "\n".join(
        [*lines, "", f"{len(names):,} tests in all, on {python}, {where}, with {hosts}."]
    )


def main(report: str) -> int:
    """Rewrite the page; return the exit status."""
    cases = list(ET.parse(report).iter("testcase"))
    endings = Counter(child.tag for case in cases for child in case)
    if not cases or endings["failure"] or endings["error"] or endings["skipped"]:
        print("docs/frameworks.md was left alone: not every test passed", file=sys.stderr)
        return 1
    names = [f"{case.get('classname')}.{case.get('name')}" for case in cases]
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(names)}\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
