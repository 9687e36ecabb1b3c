"""Frames: what fits travels as it is; what does not is bounded, in its own dtype."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES
from tensorscope.adapters.entries import Entries
from tensorscope.adapters.select import select
from tensorscope.condition import Condition
from tensorscope.errors import ConditionError
from tensorscope.frame import Frame, frame
from tensorscope.frames import CELLS_LIMIT
from tensorscope.selection import whole as everything
from tensorscope.selection_parse import parse
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state


def whole(x: object, px: tuple[int, int], condition: str | None = None) -> Frame:
    cut: Cut = select(x).cut
    parsed = None if condition is None else Condition.parse(condition)
    return frame(
        cut, (0, cut.shape[1]), (0, cut.shape[2]), px, conditions=[parsed] if parsed else []
    )


def test_cells_that_have_a_pixel_travel_as_they_are() -> None:
    x = torch.randn(2, 5, 7).to(torch.bfloat16)
    made = whole(x, (7, 5))
    assert made.block == (1, 1)
    assert made.values is not None
    assert made.values.dtype == np.uint16
    assert made.values.tobytes() == x.view(torch.int16).numpy().tobytes()
    assert (made.lo, made.hi, made.flags, made.mask) == (None,) * 4


def test_a_frame_is_no_view() -> None:
    x = np.zeros((1, 3, 3))
    made = whole(x, (3, 3))
    x[:] = 1
    assert made.values is not None
    assert not made.values.any()


def test_one_nan_among_ten_million_is_seen() -> None:
    x = np.zeros((1, 4000, 2500), np.float32)
    x[0, 3999, 1234] = np.nan
    x[0, 17, 2] = np.inf
    x[0, 5, 2499] = -1e30
    made = whole(x, (100, 100))
    assert made.shape == (1, 100, 100)
    assert made.block == (40, 25)
    assert made.flags is not None
    assert made.lo is not None
    assert made.hi is not None
    assert np.argwhere(made.flags).tolist() == [[0, 0, 0], [0, 99, 49]]
    assert made.flags[0, 0, 0] == 2
    assert made.flags[0, 99, 49] == 1
    assert made.lo[0, 0, 99] == np.float32(-1e30)
    assert made.hi.max() == 0


def test_a_block_without_a_finite_element_says_so() -> None:
    x = np.array([[[np.nan, np.inf, 1.0, -np.inf]]])
    made = whole(x, (2, 1))
    assert made.flags is not None
    assert made.lo is not None
    assert made.flags.tolist() == [[[1 | 2 | 8, 4]]]
    assert made.lo.tolist() == [[[0.0, 1.0]]]


def test_integers_keep_their_last_digit() -> None:
    x = np.array([[[2**63 - 1, 2**63 - 2, -(2**63), 5]]])
    made = whole(x, (2, 1))
    assert made.lo is not None
    assert made.hi is not None
    assert made.lo.tolist() == [[[2**63 - 2, -(2**63)]]]
    assert made.hi.tolist() == [[[2**63 - 1, 5]]]


def test_complex_blocks_are_magnitudes_in_float64() -> None:
    x = torch.tensor([[[3 + 4j, 0j, 1j, complex("nan")]]])
    made = whole(x, (2, 1))
    assert made.dtype.name == "float64"
    assert made.lo is not None
    assert made.hi is not None
    assert made.lo.tolist() == [[[0.0, 1.0]]]
    assert made.hi.tolist() == [[[5.0, 1.0]]]


def test_the_mask_shows_any_hit_of_a_block() -> None:
    x = np.zeros((1, 100, 100))
    x[0, 57, 91] = 3
    made = whole(x, (10, 10), "x > 2")
    assert made.mask is not None
    assert made.mask.dtype == np.uint8
    assert np.argwhere(made.mask).tolist() == [[0, 5, 9]]


def test_a_condition_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ConditionError, match="no order"):
        whole(np.zeros((1, 2, 2), np.complex64), (2, 2), "x > 1")


@pytest.mark.parametrize("shape", [(1, 1, 300_000), (1, 300_000, 1), (1, 200_000, 3), (3, 1, 5)])
def test_long_and_thin_planes(shape: tuple[int, int, int]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    made = whole(x, (300, 200))
    assert made.shape[1] <= 200
    assert made.shape[2] <= 300
    low = x if made.lo is None else made.lo
    high = x if made.hi is None else made.hi
    assert low.min() == x.min()
    assert high.max() == x.max()
    if made.block[0] > 1:
        assert np.array_equal(high[0, 0], x[0, : made.block[0]].max(axis=0))


def test_a_grid_in_a_plane_s_viewport_stays_bounded() -> None:
    x = np.zeros((100, 700, 700), "f4")
    session = Session(LiveSource(x, name="x"), first_state(x.shape, parse("[...]", x.shape)))
    for viewport, limit in (
        ({"px": [9000, 9000]}, CELLS_LIMIT),
        ({"px": [600, 600], "tile": [72, 72]}, 100 * 72 * 72),
    ):
        reply, buffers = session.handle(
            {"v": 1, "req": "a:1", "kind": "hello", "viewport": {**viewport, "tiles": [0, 100]}}
        )
        assert np.prod(reply["frame"]["shape"]) <= limit
        assert sum(map(len, buffers)) <= 9 * limit


@pytest.mark.parametrize("name", ["float32", "int16", "bool", "complex64", "bfloat16"])
@pytest.mark.parametrize("text", [None, "abs(x) >= 1", "x != 1"])
def test_a_sparse_picture_is_framed_as_a_dense_one(name: str, text: str | None) -> None:
    rng = np.random.default_rng(3)
    dtype, shape = DTYPES[name], (2, 23, 31)
    values = rng.integers(-3, 4, shape).astype(np.float32)
    values *= rng.random(shape) < 0.2
    values += 0.0  # no −0.0: which zero is the extreme is anybody's
    values[0, :4] = -2  # blocks without a zero
    if name in ("float32", "bfloat16"):
        values[1, 7:11, 7:11] = np.nan  # a block without a number
        values[1, 3, 3], values[1, 20, 5] = np.inf, -np.inf
    if name == "bfloat16":
        raw = (values.view(np.uint32) >> 16).astype(np.uint16)
    else:
        raw = values.astype(dtype.storage)
    places = np.argwhere(raw != 0)
    entries = Entries.gather(places, raw[tuple(places.T)], shape)
    sparse = entries.cut(dtype, everything(shape))
    dense = Cut(dtype, sparse.spans, array=raw)
    condition = None if text is None else Condition.parse(text)
    for px in ((8, 6), (31, 3), (100, 100)):
        for rows, columns in (((0, 23), (0, 31)), ((3, 20), (5, 31))):
            want = frame(dense, rows, columns, px, conditions=[condition] if condition else [])
            got = frame(sparse, rows, columns, px, conditions=[condition] if condition else [])
            assert got.block == want.block
            for part in ("values", "lo", "hi", "flags", "mask"):
                one, other = getattr(want, part), getattr(got, part)
                assert (one is None) == (other is None)
                assert one is None or np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
