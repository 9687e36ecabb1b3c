"""A frame never exceeds its pixels, and never hides an extreme, NaN, an infinity or a hit."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES
from tensorscope.adapters.select import select
from tensorscope.condition import Condition
from tensorscope.frame import Frame, frame
from tests.strategies import small_pieces, tensors, values_of

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Any, Cut, np.ndarray]:
    """Draw a tensor of three dims, its cut, and its values."""
    x = draw(tensors(max_side=9))
    missing = 3 - x.ndim
    if missing < 0:
        x = x[(0,) * -missing] if 0 not in x.shape[:-missing] else x[..., 0:1].reshape(0, 1, 1)
    else:
        x = x.reshape((1,) * missing + tuple(x.shape)) if missing else x
    return x, select(x).cut, values_of(x)


@np.errstate(over="ignore")
def numbers(values: np.ndarray) -> np.ndarray:
    return np.hypot(values.real, values.imag) if values.dtype.kind == "c" else values


def decoded(made: Frame, raw: np.ndarray) -> np.ndarray:
    return DTYPES[made.dtype.name].decode(raw)


@given(
    pictures(),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.data(),
    st.booleans(),
    st.sampled_from([None, "abs(x) > 0.9", "isnan(x)"]),
)
@settings(max_examples=500)
def test_a_frame_is_bounded_and_hides_nothing(
    picture: tuple[Any, Cut, np.ndarray],
    px: tuple[int, int],
    data: st.DataObject,
    small: bool,
    text: str | None,
) -> None:
    _, cut, values = picture
    spans = []
    for size in cut.shape:
        start = data.draw(st.integers(0, size))
        spans.append((start, data.draw(st.integers(start, size))))
    condition = None if text is None else Condition.parse(text)
    with small_pieces() if small else contextlib.nullcontext():
        made = frame(
            cut, spans[1], spans[2], px, tiles=spans[0], conditions=[condition] if condition else []
        )
    part = values[tuple(slice(*span) for span in spans)]
    tiles, rows, columns = part.shape
    assert made.rect == (*spans[1], *spans[2])
    down, across = made.block

    if tiles and rows and columns:
        assert made.shape[1] <= px[1]
        assert made.shape[2] <= px[0]
    assert made.shape == (tiles, math.ceil(rows / down), math.ceil(columns / across))
    with np.errstate(all="ignore"):
        hit = None if text is None else (
            np.isnan(part) if "nan" in text else expected_hits(part, cut.dtype.name)
        )  # fmt: skip
    for name in ("values", "lo", "hi", "flags", "mask"):
        array = getattr(made, name)
        if array is not None:
            assert array.shape == made.shape, name
            assert array.flags.c_contiguous, name
            assert array.base is None or array.base.flags.owndata or array.size == 0
            assert not np.shares_memory(array, values)
    if made.block == (1, 1):
        assert made.values is not None
        assert made.dtype is cut.dtype
        assert made.values.dtype == cut.dtype.storage
        np.testing.assert_array_equal(cut.dtype.decode(made.values).astype(part.dtype), part)
        if hit is not None:
            np.testing.assert_array_equal(made.mask, hit)
        return
    if not tiles:
        return
    assert made.lo is not None
    assert made.hi is not None
    assert made.flags is not None
    low, high = decoded(made, made.lo), decoded(made, made.hi)
    with np.errstate(all="ignore"):
        sizes = numbers(part.astype(np.complex128) if part.dtype.kind == "c" else part)
    for tile, i, j in np.ndindex(made.shape):
        place = (tile, slice(i * down, (i + 1) * down), slice(j * across, (j + 1) * across))
        block = sizes[place].reshape(-1)
        finite = block[np.isfinite(block)]
        flags = int(made.flags[tile, i, j])
        assert bool(flags & 1) == bool(np.isnan(block).any())
        assert bool(flags & 2) == bool((block == np.inf).any())
        assert bool(flags & 4) == bool((block == -np.inf).any())
        assert bool(flags & 8) == (finite.size == 0)
        if finite.size:
            assert low[tile, i, j] == finite.min()
            assert high[tile, i, j] == finite.max()
        if hit is not None:
            assert made.mask is not None
            assert bool(made.mask[tile, i, j]) == bool(hit[place].any())


def expected_hits(part: np.ndarray, name: str) -> np.ndarray:
    """Where abs(x) > 0.9, the threshold rounded to the dtype."""
    if part.dtype.kind == "c":
        parts = "float32" if name == "complex64" else "float64"
        return numbers(part) > np.dtype(parts).type(0.9)
    if part.dtype.kind in "iub":
        return part != 0
    at = 0.9 if "e8m0" in name else DTYPES[name].round(0.9)
    return np.abs(part).astype(np.float64) > at
