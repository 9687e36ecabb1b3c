"""Another device: answers are the same, and numbers do not cross to give them.

With TENSORSCOPE_TEST_DEVICE (for example cuda) the same is done on a real one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.adapters import torch_kind
from tests.adapters.cases import CASES, Case

DEVICE = os.environ.get("TENSORSCOPE_TEST_DEVICE")
STRIDED = [
    case for case in CASES
    if case.framework == "torch" and type(case.make()[0]) is torch.Tensor
    and case.make()[0].layout is torch.strided and not case.make()[0].is_quantized
    and not case.make()[0].is_nested and not case.make()[0].is_mkldnn
]  # fmt: skip


@pytest.fixture(params=STRIDED, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what takes a tensor to where it is read as on another device."""
    if DEVICE:
        return lambda x: x.to(DEVICE)
    monkeypatch.setattr(torch_kind, "is_remote", lambda x: x.numel() > 0)
    monkeypatch.setattr(torch_kind.Kind, "_addressable", lambda self, x: False)
    return lambda x: x


def same(a: Any, b: Any) -> bool:
    return a == b or (a != a and b != b)


def test_answers_are_those_of_the_host(case: Case, far: Any) -> None:
    x, values = case.make()
    there = far(x)
    here = ts.extract(there).numpy()
    assert np.array_equal(here, values, equal_nan=values.dtype.kind in "fc")
    if values.dtype.kind == "c":
        return
    like = np.array(values)
    for sel in (None, "[..., ::-1]", "[0]"):
        if sel and (values.ndim == 0 or values.size == 0):
            continue
        found, expected = ts.stats(there, sel), ts.stats(like, sel)
        for name in ("count", "nan", "posinf", "neginf", "zero", "argmin", "argmax", "first_nan"):
            assert getattr(found, name) == getattr(expected, name), (name, sel)
        assert same(found.min, expected.min)
        assert same(found.max, expected.max)
        assert found.range == expected.range
        for name in ("sum", "mean", "std", "norm"):
            one, two = getattr(found, name), getattr(expected, name)
            assert one == two or one == pytest.approx(two, rel=1e-12, abs=1e-300), name
        if expected.histogram is not None and case.dtype in ("float32", "float64", "int32", "bool"):
            assert found.histogram is not None
            assert found.histogram[0].tolist() == expected.histogram[0].tolist()
        for cond in ("x > 0.5", "abs(x) >= 1", "isnan(x)", "~isfinite(x)", "x != 0"):
            if case.dtype.startswith(("float8", "bfloat16", "complex32")) and "0.5" in cond:
                continue  # NumPy rounds to another dtype
            hits, wanted = ts.where(there, cond, sel, limit=7), ts.where(like, cond, sel, limit=7)
            assert hits.count == wanted.count, cond
            assert np.array_equal(hits.indices, wanted.indices), cond
            assert np.array_equal(hits.values, wanted.values, equal_nan=values.dtype.kind == "f")
        for largest, by in ((True, "value"), (False, "value"), (True, "abs")):
            hits = ts.topk(there, 5, sel, largest, by)
            wanted = ts.topk(like, 5, sel, largest, by)
            assert np.array_equal(hits.indices, wanted.indices), (largest, by)
            assert (hits.nan, hits.count) == (wanted.nan, wanted.count)


def test_on_an_imitated_device() -> None:
    """Tests in a process of their own, for the device is registered for all of it."""
    file = Path(__file__).with_name("on_imitated_device.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^13 passed", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("sort", ["-mean", "std", "distance 2", "cosine 1"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int16, torch.bool])
def test_tiles_are_sorted_where_they_lie(far: Any, dtype: torch.dtype, sort: str) -> None:
    drawn = torch.randn(9, 6, 7, generator=torch.Generator().manual_seed(0))
    plain = drawn > 0 if dtype == torch.bool else (drawn * 3).to(dtype)
    plain[4] = 0
    if dtype.is_floating_point:
        plain[5, 0, 0] = float("nan")

    def told(x: torch.Tensor) -> Any:
        session = ts.scope(x, name="x", view={"grid": 0, "sort": sort})._session
        reply, _ = session.handle({"v": 1, "req": "a:1", "kind": "tiles"})
        assert reply["ok"], reply
        return reply["tiles"]

    there, (shown, values) = told(far(plain)), told_by_numpy(plain, sort)
    assert there["at"] == shown
    found = [np.nan if v is None else v for v in there["values"]]
    assert found == pytest.approx(values, rel=1e-5, abs=1e-6, nan_ok=True)
    assert there["counts"]["dead"] == 1
    assert there["counts"]["nonfinite"] == int(dtype.is_floating_point)


def told_by_numpy(plain: torch.Tensor, sort: str) -> tuple[list[int], list[float]]:
    """Return the order of tiles, and the statistic of each in that order."""
    rows = plain.to(torch.float64).numpy().reshape(9, -1)
    finite = [row[np.isfinite(row)] for row in rows]
    if sort.endswith("mean"):
        values = np.array([row.mean() for row in finite])
    elif sort == "std":
        values = np.array([row.std() for row in finite])
    elif sort == "distance 2":
        values = np.linalg.norm(rows - rows[2], axis=1)
    else:
        with np.errstate(all="ignore"):
            values = 1 - np.corrcoef(rows)[1]
        values[1] = 0
    keys = np.where(np.isnan(values), np.inf, -values if sort[0] == "-" else values)
    order = sorted(range(9), key=lambda t: (keys[t], t))
    return order, values[order].tolist()
