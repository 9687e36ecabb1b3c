"""Is it true what we say of memory? Every conversion that is told of is carried out."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.registry import adapter_of
from tests.adapters.cases import CASES, Case


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def address(x: Any) -> tuple[int, int] | None:
    """Return where the memory of a tensor begins and ends, told by its own framework."""
    kind = type(x).__module__.split(".")[0]
    if kind == "xarray":
        return address(np.asarray(x.variable))  # what it holds now: after a look, its whole file
    if kind == "torch":
        storage = x.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    if isinstance(x, np.ndarray):
        bounds = np.lib.array_utils.byte_bounds(np.asarray(x))
        return int(bounds[0]), int(bounds[1])
    if isinstance(x, bytearray):
        start = ctypes.addressof(ctypes.c_char.from_buffer(x))
        return start, start + len(x)
    if kind == "array":
        start, count = x.buffer_info()
        return start, start + count * x.itemsize
    if kind == "flax":
        return address(x.get_raw_value())
    if kind.startswith("jax"):
        start = x.addressable_data(0).unsafe_buffer_pointer()
        return start, start + x.addressable_data(0).nbytes
    if kind == "tensorflow" and hasattr(x, "_numpy_internal"):
        # NumPy's buffer protocol lacks ml_dtypes; TensorFlow's own call copies 0-d tensors.
        held = x._numpy_internal() if x.shape.rank else memoryview(x)
        start = np.asarray(held).ctypes.data
        return start, start + x.dtype.size * int(np.prod(x.shape))
    return None


def carry_out(said: Conversion, x: Any) -> None:
    """Convert as the code says, and compare with what was said."""
    if said.does == "refuses":
        with pytest.raises((TypeError, RuntimeError, ValueError, AttributeError)):
            eval(said.code, {"x": x, "np": np})
        return
    array = eval(said.code, {"x": x, "np": np})
    if said.does == "wraps":
        assert array.dtype == object
        return
    lent = address(x)
    if not isinstance(array, np.ndarray):  # a NumPy scalar
        assert said.does == "copies"
        return
    start = np.lib.array_utils.byte_bounds(array)[0]
    inside = lent is not None and lent[0] <= start < lent[1]
    assert inside == (said.does == "shares"), said
    if "read-only" in said.why:
        assert not array.flags.writeable
    if "writing" in said.why or "lets you write" in said.why or "writeable" in said.why:
        assert np.asarray(array).flags.writeable or np.ndim(array) == 0


def test_what_is_said_of_memory_is_what_happens(case: Case) -> None:
    x, values = case.make()
    told = list(adapter_of(x).conversions(x))
    # What an unknown object's own conversion does, nobody can tell.
    assert told or case.framework == "array"
    for said in told:
        assert said.note in ts.describe(x).notes
        if values.size:
            carry_out(said, x)


def test_the_scope_says_it_too() -> None:
    x = np.arange(6.0)
    notes = ts.scope(x).widget.info["notes"]
    assert any("np.asarray(x) shares memory" in note for note in notes)


def test_nothing_is_said_of_what_has_no_values() -> None:
    import torch

    info = ts.describe(torch.empty(2, 3, device="meta"))
    assert not any("numpy()" in note for note in info.notes)
