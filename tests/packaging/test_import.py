"""What an import costs: no framework, no widget and no plotting library comes with it."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, run

HEAVY = ["anywidget", "IPython", "ipywidgets", "jax", "matplotlib", "PIL", "tensorflow", "torch"]
FRAMEWORKS = ["cupy", "dask", "jax", "tensorflow", "torch", "xarray", "zarr"]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][
    0
]
FLOOR_0 = [name.strip("()") for name in LAYERS["layers"][-1].split(" : ")]

LOADED = "import json, sys; print(json.dumps([name for name in {names} if name in sys.modules]))"


def loaded_after(program: str, names: list[str], python: Path | str = sys.executable) -> list[str]:
    """Run a program in a fresh Python and return which of the names it has imported."""
    found = run(python, "-c", f"{program}\n{LOADED.format(names=names)}")
    return list(json.loads(found))


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import tensorscope", HEAVY) == []


def test_no_module_imports_a_framework() -> None:
    program = (
        "import importlib, pkgutil, tensorscope\n"
        "found = list(pkgutil.walk_packages(tensorscope.__path__, 'tensorscope.'))\n"
        "assert len(found) > 5, found\n"
        "for module in found:\n    importlib.import_module(module.name)"
    )
    assert loaded_after(program, FRAMEWORKS) == []


@pytest.mark.parametrize("name", FLOOR_0)
def test_floor_0_needs_the_standard_library_alone(name: str) -> None:
    assert loaded_after(f"import tensorscope.{name}", ["numpy", *HEAVY]) == []


def test_the_wheel_works_alone(user_python: Path) -> None:
    """With its run-time dependencies only: no framework is installed there at all."""
    program = (
        "import importlib.util, numpy as np, tensorscope as ts\n"
        "assert importlib.util.find_spec('torch') is None\n"
        "assert 'site-packages' in ts.__file__, ts.__file__\n"
        "x = np.arange(6, dtype=np.float32).reshape(2, 3)\n"
        "print(ts.extract(x, '[1, 2]').item(), ts.where(x, '> 3').count)"
    )
    assert run(user_python, "-I", "-c", program).split() == ["5.0", "2"]


def test_the_wheels_widget_finds_its_bundle(user_python: Path) -> None:
    program = (
        "import numpy as np, tensorscope as ts\n"
        "widget = ts.scope(np.zeros((2, 3))).widget\n"
        "print(len(widget._esm) > 1000, len(widget._css) > 100)"
    )
    assert run(user_python, "-I", "-c", program).split() == ["True", "True"]
