"""The compiled sums: what they tell, and what is done where there are none."""

from __future__ import annotations

import ctypes
import math
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hatch_build
import tensorscope as ts
from tensorscope.adapters.dtypes import DTYPES
from tensorscope.kernels import native

#: Around the ends of vectors, of pairs of them and of blocks.
LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 100, 2047, 2048, 2049, 2056, 2064, 4096, 70_001]


def adder(name: str) -> native.Add:
    add = native.adder(name)
    assert add is not None, "the compiled sums are missing here: run `make setup`"
    return add


@pytest.fixture
def afresh() -> Iterator[None]:
    """Look for the library anew, in the test and after it."""
    found = (native._library, native.at_address, native.adder)
    for cached in found:
        cached.cache_clear()
    yield
    for cached in found:
        cached.cache_clear()


def test_the_library_of_this_machine_is_one_that_is_built() -> None:
    assert native.library_name() in hatch_build.LIBRARIES
    assert [name for name in (*native.FLOATS, *native.WHOLES) if native.adder(name) is None] == []


@given(
    st.sampled_from(native.FLOATS), st.sampled_from(LENGTHS), st.integers(0, 2**32),
    st.sampled_from(["bits", "normal", "some NaN", "an Inf"]), st.sampled_from([0.0, 0.75]),
)  # fmt: skip
@settings(max_examples=300)
def test_floats_are_what_numpy_finds(
    name: str, count: int, seed: int, kind: str, shift: float
) -> None:
    rng, dtype = np.random.default_rng(seed), DTYPES[name]
    # One element in: pieces need not lie on whole words.
    room = np.empty((count + 1) * dtype.storage.itemsize + 1, np.uint8)
    raw = room[1 : 1 + count * dtype.storage.itemsize].view(dtype.storage)
    if kind == "bits":
        raw.view(np.uint8)[:] = rng.integers(0, 256, raw.nbytes, dtype=np.uint8)
    else:
        numbers = torch.from_numpy(np.round(rng.normal(size=count), 1) + 0.0).float()
        if kind == "some NaN":
            numbers[rng.random(count) < 0.1] = math.nan
        if kind == "an Inf" and count:
            numbers[int(rng.integers(count))] = math.inf * rng.choice([-1, 1])
        bits = getattr(torch, f"int{8 * dtype.storage.itemsize}")
        raw[:] = numbers.to(getattr(torch, name)).view(bits).numpy().view(dtype.storage)
    found = adder(name)(raw, shift)
    with np.errstate(invalid="ignore"):  # signalling NaN among the bits
        values = dtype.decode(raw).astype(np.float64)
    finite = values[np.isfinite(values)]
    assert found.nan == np.isnan(values).sum()
    assert found.posinf == (values == np.inf).sum()
    assert found.neginf == (values == -np.inf).sum()
    assert found.zero == (values == 0).sum()
    assert found.low == (finite.min() if finite.size else math.inf)
    assert found.high == (finite.max() if finite.size else -math.inf)
    with np.errstate(over="ignore"):
        moved = finite - shift
        scale, square = float(np.abs(moved).sum()), float((moved * moved).sum())
    if math.isfinite(scale):
        assert found.total == pytest.approx(math.fsum(moved), abs=1e-12 * scale)
    if math.isfinite(square):
        assert found.square == pytest.approx(square, rel=1e-12)


@given(
    st.sampled_from(native.WHOLES), st.sampled_from(LENGTHS), st.integers(0, 2**32), st.booleans()
)
@settings(max_examples=200)
def test_whole_numbers_are_what_python_finds(
    name: str, count: int, seed: int, narrow: bool
) -> None:
    rng, info = np.random.default_rng(seed), np.iinfo(name)
    ends = (max(info.min, -3), 3) if narrow else (info.min, info.max)
    values = rng.integers(*ends, count, dtype=name, endpoint=True)
    found = adder(name)(values, 2.0)
    numbers = [int(v) for v in values]
    assert found.zero == numbers.count(0)
    if not numbers:
        return
    assert (found.low, found.high) == (min(numbers), max(numbers))
    assert found.sum % 2**64 == sum(numbers) % 2**64
    moved = [float(n) - 2.0 for n in numbers]
    assert found.total == pytest.approx(math.fsum(moved), abs=1e-12 * math.fsum(map(abs, moved)))
    assert found.square == pytest.approx(math.fsum(m * m for m in moved), rel=1e-12)


@pytest.mark.parametrize("name", ["float32", "float64", "bfloat16"])
def test_subnormal_numbers_count_where_the_thread_flushes_them(name: str) -> None:
    dtype = getattr(torch, name)
    smallest = torch.finfo(dtype).smallest_normal / 2
    raw = torch.full((64,), smallest, dtype=dtype).view(torch.uint8).numpy()
    raw = raw.view(DTYPES[name].storage)
    told: list[Any] = []

    def in_a_thread() -> None:
        assert torch.set_flush_denormal(True)
        told.append(adder(name)(raw, 0.0))
        # What the thread was told still holds.
        told.append(float(np.multiply(np.full(4, 1e-40, np.float32), np.float32(1))[0]))

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    found, product = told
    assert (found.zero, found.low, found.total) == (0, smallest, 64 * smallest)
    assert product == 0


def test_no_flag_of_the_thread_is_raised() -> None:
    with np.errstate(all="raise"):
        found = adder("float64")(np.array([1e308, -1e308, math.nan] * 16), 0.0)
        assert float(np.add(np.ones(3), 1).sum()) == 6.0
    assert found.nan == 16


def test_other_byte_orders_are_read_as_numbers() -> None:
    for name in ("float32", "float64", "float16", "int32", "int64"):
        x = np.arange(5000).astype(name)
        ours, other = ts.stats(x), ts.stats(x.astype(x.dtype.newbyteorder()))
        assert (other.sum, other.min, other.max, other.zero) == (ours.sum, 0, x.max(), 1)


# ---------------------------------------------------------------- without it


@pytest.mark.usefixtures("afresh")
def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORSCOPE_NATIVE", "0")
    assert native.adder("float32") is None
    assert ts.stats(np.arange(4.0)).sum == 6.0


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    ("system", "machine"), [("Linux", "riscv64"), ("Emscripten", "wasm32"), ("Darwin", "arm64")]
)
def test_machines_without_a_library_do_without(
    system: str, machine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(native, "__file__", str(tmp_path / "__init__.py"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert native.adder("float32") is None
    assert ts.stats(np.arange(4.0)).sum == 6.0


@pytest.mark.usefixtures("afresh")
def test_a_damaged_library_is_told_and_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = native.library_name()
    assert name is not None
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / name).write_bytes(b"no library")
    monkeypatch.setattr(native, "__file__", str(tmp_path / "__init__.py"))
    with pytest.warns(RuntimeWarning, match="computed by NumPy, more slowly.*TENSORSCOPE_NATIVE=0"):
        assert native.adder("float32") is None


@pytest.mark.usefixtures("afresh")
def test_a_library_that_answers_wrongly_is_told_and_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = native._bound

    def wrong(library: ctypes.CDLL, name: str) -> Any:
        call = right(library, name)
        return lambda address, count, shift, out: call(address, count - 1, shift, out)

    monkeypatch.setattr(native, "_bound", wrong)
    with pytest.warns(RuntimeWarning, match=r"does not work here \(float16: \("):
        assert native.adder("float32") is None


@pytest.mark.parametrize("name", hatch_build.LIBRARIES)
def test_it_needs_no_library_of_a_system(name: str) -> None:
    code = (Path(native.__file__).parent / "lib" / name).read_bytes()
    # macOS has one that every program begins with.
    assert [n for n in (b"libc.", b"libm.", b"libstdc++", b"msvcrt", b"api-ms") if n in code] == []
