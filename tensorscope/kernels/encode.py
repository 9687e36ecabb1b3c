"""From numbers back to the raw bits of their dtype: for values that came from it, exact."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DTYPES, DType


def encode(dtype: DType, values: NDArray[Any]) -> Raw:
    """Return the raw bits of finite values that `dtype` can represent.

    Parameters
    ----------
    dtype : DType
        Real; the result has its storage.
    values : ndarray
        Each one a value of `dtype`, or 0 (which e8m0 has not: it becomes the smallest).
    """
    if dtype.native:
        return values.astype(dtype.storage, copy=False)
    if dtype.name == "bfloat16":
        return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    rising, patterns = _patterns(dtype.name)
    return patterns[np.minimum(np.searchsorted(rising, values), len(rising) - 1)]


@cache
def _patterns(name: str) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return the finite values of a small format in rising order, and their bits."""
    bits = np.arange(16 if name.startswith("float4") else 256, dtype=np.uint8)
    values = DTYPES[name].decode(bits)
    finite = bits[np.isfinite(values)]
    order = np.argsort(values[finite], kind="stable")
    return values[finite][order], finite[order]
