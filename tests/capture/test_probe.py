"""Probes: whatever is handed over is recorded as it is, or told; no probe ends a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture.recorder import Recorder

TORCH_DTYPES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 "
    "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu "
    "complex32 complex64 complex128"
).split()
ARRAYS: dict[str, Callable[[], Any]] = {
    "bfloat16": lambda: np.array([1, np.nan, 3], ml_dtypes.bfloat16),
    "int4": lambda: np.array([1, -8, 3], ml_dtypes.int4),
    "complex128": lambda: np.array([1 + 2j, np.nan, 3]),
    "big-endian": lambda: np.array([1, 2, 3], ">f4"),
    "masked": lambda: np.ma.masked_equal(np.array([1.0, 2.0, 3.0]), 2.0),
    "list": lambda: [1.0, 2.0, 3.0],
    "scalar": lambda: 2**63,
    "sparse": lambda: torch.eye(3).to_sparse(),
    "quantized": lambda: torch.quantize_per_tensor(torch.arange(3.0), 0.1, 0, torch.quint8),
}


def of_torch(dtype: str) -> torch.Tensor:
    bits = torch.arange(1, 5)
    return bits.to(torch.float32).to(getattr(torch, dtype))


def probed(x: Any, path: Path) -> tuple[ts.Watch, ts.Watch]:
    """Return a watch of two steps with a breakpoint that holds, and what was saved of it."""
    with ts.watch(every=1) as w:
        w.break_when("isfinite(x)", action="log")
        w.save(path)
        for _ in range(2):
            assert ts.probe("value", x) is x
    assert not w._recorder.failures
    return w, ts.open(path)


def same(a: Any, b: Any) -> bool:
    left, right = np.ma.asarray(a), np.ma.asarray(b)
    masks = np.array_equal(np.ma.getmaskarray(left), np.ma.getmaskarray(right))
    return masks and left.dtype == right.dtype and left.tobytes() == right.tobytes()


@pytest.mark.filterwarnings("ignore:ComplexHalf", "ignore:torch.quantize_per_tensor")
@pytest.mark.parametrize("name", [*TORCH_DTYPES, *(f"given {name}" for name in ARRAYS)])
def test_what_is_probed_is_recorded_and_comes_back_from_a_file(name: str, tmp_path: Path) -> None:
    given = name.startswith("given ")
    x = ARRAYS[name.removeprefix("given ")]() if given else of_torch(name)
    w, again = probed(x, tmp_path / "run")
    whole = ts.extract(x).numpy()
    assert [r.step for r in w.records("value")] == [0, 1]
    for mine, theirs in zip(w.records("value"), again.records("value"), strict=True):
        assert same(ts.extract(mine.tensor).numpy(), whole)
        assert same(ts.extract(theirs.tensor).numpy(), whole)
        assert (mine.dtype, mine.shape, mine.why) == (theirs.dtype, theirs.shape, theirs.why)
        assert tuple(theirs.tensor.shape) == mine.kept.shape
    assert w.breakpoints[0].hits == 2
    assert len(again.history("value")) == 2


@pytest.mark.parametrize("x", [2.5, np.float32(2.5), torch.tensor(2.5), np.ones((2, 3))])
def test_only_what_was_pinned_is_called_so(x: Any) -> None:
    with ts.watch(every=1) as w:
        ts.probe("value", x)
        w.pin("value")
        ts.probe("value", x)
    assert [r.why for r in w.records("value")] == ["sampled", "pinned"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e3m4", "int4", ">i2"])
def test_what_a_jitted_step_returned_comes_back_from_a_file(dtype: str, tmp_path: Path) -> None:
    values = np.array([[1, -2, 0], [1, 1, -1]], getattr(ml_dtypes, dtype, dtype))
    with ts.watch() as w:
        w.take({"act": values})
        w.save(tmp_path / "run")
    mine, theirs = w.record("act"), ts.open(tmp_path / "run").record("act")
    assert mine.dtype == theirs.dtype == values.dtype.name
    assert same(ts.extract(mine.tensor).numpy(), values[:1].astype(mine.numpy().dtype))
    assert same(ts.extract(theirs.tensor).numpy(), mine.numpy())


class Raises:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise KeyError("a fault of its own")


def freed() -> torch.Tensor:
    x = torch.ones(64)
    x.untyped_storage().resize_(0)
    return x


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: torch.empty(3, device="meta"), "meta tensor has no storage"),
        (freed, "storage was released"),
        (lambda: np.array([1, 2], "m8[s]"), "dates and durations"),
        (Raises, "a fault of its own"),
        (lambda: "text", "no tensor"),
    ],
)
def test_what_cannot_be_measured_is_told_and_the_loop_goes_on(
    make: Callable[[], Any], words: str
) -> None:
    x = make()
    with ts.watch() as w:
        for _ in range(2):
            assert ts.probe("value", x) is x
    assert words in " ".join(w.notes)


@pytest.mark.parametrize("make", [lambda: torch.empty(3, device="meta"), freed])
def test_modules_whose_outputs_have_no_values(make: Callable[[], torch.Tensor]) -> None:
    class Gives(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return make()

    model = nn.Sequential(Gives())
    with ts.watch(model) as w:
        model(torch.ones(2))
    assert "no values" in " ".join(w.notes)
    assert not w._recorder.failures


def complex_outputs(values: list[complex]) -> Recorder:
    model = nn.Sequential(nn.Identity())
    with ts.watch(model) as w:
        w.break_when("x > 0", action="log")  # complex numbers have no order: this one is told …
        w.break_when("abs(x) >= 0", action="log")  # … and does not keep that one from its turn
        model(torch.tensor(values, dtype=torch.complex64))
    assert not w._recorder.failures
    assert "have no order" in " ".join(w.notes)
    assert [point.hits for point in w.breakpoints] == [0, 1]
    return w._recorder


def test_complex_outputs_are_judged() -> None:
    (finding,) = complex_outputs([1, complex("nan"), complex(0, float("inf"))]).findings.all()
    assert finding.kind == "nonfinite"
    assert "1 NaN, 1 Inf" in finding.evidence


def test_large_complex_numbers_are_finite() -> None:
    assert complex_outputs([3e38 + 3e38j, 1]).findings.all() == ()
    measures = [point.finite for point in complex_outputs([3e38 + 3e38j]).histories[
        "0", "output"].line()]  # fmt: skip
    assert measures == [True]


def test_an_index_that_a_record_does_not_hold_is_told() -> None:
    with ts.watch() as w:
        ts.probe("value", torch.arange(12.0).reshape(6, 2))
    record = w.record("value")
    for index, kind in (
        (3, "NOT_KEPT"), (np.int64(3), "NOT_KEPT"), (-1, "NOT_KEPT"), ((3,), "NOT_KEPT"),
        (slice(3, 5), "NOT_KEPT"),
        ((slice(-2, None), 0), "NOT_KEPT"), (6, "BOUNDS"), (-7, "BOUNDS"), ((0, 2), "BOUNDS"),
    ):  # fmt: skip
        with pytest.raises(ts.SelectionError) as caught:
            record[index]
        assert caught.value.kind == kind, index
    assert record[0, 1].item() == record[-6, 1].item() == 1.0
    for index in (slice(None), slice(0, 4), slice(-6, -5), (slice(0, 6, 2), ...), (..., slice(2))):
        assert record[index].tolist() == [[0.0, 1.0]], index
    assert record[6:].shape == (0, 2)
