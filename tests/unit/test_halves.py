"""Every half is the same number as a float32, whatever the processor does with small ones."""

from __future__ import annotations

import numpy as np
import pytest

from tensorscope.kernels.halves import widen

ALL = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
FINITE = ALL[np.isfinite(ALL)]


@pytest.mark.parametrize("halves", [ALL, FINITE, FINITE[:8], np.repeat(FINITE, 3)[::3]])
def test_every_bit_pattern(halves: np.ndarray) -> None:
    halves = np.ascontiguousarray(halves)
    expected = halves.astype(np.float32)
    got = widen(halves)
    assert got.dtype == np.float32
    assert np.array_equal(got, expected, equal_nan=True)
    assert np.array_equal(np.signbit(got), np.signbit(expected))


def test_small_numbers_stay_where_the_processor_flushes_them() -> None:
    import torch

    if not torch.set_flush_denormal(True):
        pytest.fail("this processor cannot flush subnormal numbers: nothing was tested")
    try:
        got = widen(np.full(1 << 13, 6e-8, np.float16))
    finally:
        torch.set_flush_denormal(False)
    assert got[0] == np.float32(np.float16(6e-8)) != 0
