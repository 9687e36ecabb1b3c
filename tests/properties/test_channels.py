"""Sorted tiles are a permutation that rises (or falls); marks are what NumPy says."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES
from tensorscope.channels import Channels, order_of
from tensorscope.slots import Span
from tensorscope.sort import STATISTICS

NUMBERS = st.sampled_from([0.0, 0.0, 0.0, 1.0, -2.5, 3e38, np.nan, np.inf, -np.inf])
MAPS = hnp.arrays(
    "f4",
    hnp.array_shapes(min_dims=3, max_dims=3, max_side=12),
    elements=NUMBERS | st.floats(-9, 9, width=32),
)


def whole(x: np.ndarray[Any, Any]) -> Cut:
    return Cut(DTYPES["float32"], tuple(Span(0, 1, n) for n in x.shape), array=x)


@settings(max_examples=150)
@given(MAPS, st.sampled_from(STATISTICS), st.booleans())
def test_sorting_is_a_permutation(x: np.ndarray[Any, Any], name: str, falling: bool) -> None:
    values = Channels(whole(x)).values(name)
    order = order_of(values, falling)
    assert sorted(order.tolist()) == list(range(len(x)))
    there = values[order]
    some = there[~np.isnan(there)]
    assert np.isnan(there[len(some) :]).all()
    assert (np.diff(-some if falling else some) >= 0).all()
    ties = np.flatnonzero(some[1:] == some[:-1])
    assert (order[ties] < order[ties + 1]).all()


@settings(max_examples=150)
@given(MAPS)
def test_marks_are_right(x: np.ndarray[Any, Any]) -> None:
    channels = Channels(whole(x))
    for tile, plane in enumerate(x):
        mark = channels.mark(tile)
        most = max(np.mean(plane == plane.min()), np.mean(plane == plane.max()))
        if not np.isfinite(plane).all():
            kind = "nonfinite"
        elif plane.size > 1 and (plane == plane.flat[0]).all():
            kind = "dead"
        else:
            kind = "saturated" if plane.size > 1 and most >= 0.99 else None
        assert (mark.kind if mark else None) == kind


@settings(max_examples=50)
@given(MAPS, st.integers(1, 11))
def test_parts_of_tiles_are_joined_as_if_they_were_read_at_once(
    x: np.ndarray[Any, Any], at: int
) -> None:
    from tensorscope.kernels.channels import ChannelWork

    work = ChannelWork(DTYPES["float32"], len(x))
    box = [slice(0, n) for n in x.shape]
    parts = []
    for rows in (slice(0, min(at, x.shape[1])), slice(min(at, x.shape[1]), x.shape[1])):
        place = (box[0], rows, box[2])
        parts.append(work.take(place, x[place]))
    joined, once = work.merge(parts), work.take(tuple(box), x)
    finite = once.finite > 0
    for name in ("count", "nan", "inf", "zero"):
        assert np.array_equal(getattr(joined, name), getattr(once, name))
    for name in ("low", "high", "at_low", "at_high"):
        assert np.array_equal(getattr(joined, name)[finite], getattr(once, name)[finite])
    np.testing.assert_allclose(joined.mean, once.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(joined.spread, once.spread, rtol=1e-7, atol=1e-7)
