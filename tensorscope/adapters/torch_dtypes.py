"""PyTorch's element types: how each is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DTYPES, PAIR, DType

#: Names without kernels: what number their bits stand for, torch itself does not say.
SHELLS = {
    name: DType(name, "u", np.dtype(bits), np.dtype(bits))
    for name, bits in {
        **{f"{sign}int{n}": "u1" for sign in ("", "u") for n in range(1, 8)},
        **dict.fromkeys(("bits8", "bits1x8", "bits2x4", "bits4x2"), "u1"),
        "bits16": "u2",
    }.items()
}

#: Quantized: the value is a float32 that is computed from a stored integer.
QUANTIZED = {
    name: DType(name, "f", np.dtype("f4"), np.dtype("f4"))
    for name in ("qint8", "quint8", "qint32", "quint4x2", "quint2x4")
}

#: An element that no index can take apart: read, and no number.
_PAIRS = {PAIR: DType(PAIR, "O", np.dtype("u1"), np.dtype("f4"))}

#: Dtypes that NumPy does not take as they are → the same bits under a name that it takes.
BITS = {
    "bfloat16": "int16",
    "bool": "uint8",
    PAIR: "uint8",
    **dict.fromkeys((n for n in DTYPES if n.startswith("float8")), "uint8"),
    **{name: "uint8" if dtype.storage.itemsize == 1 else "int16" for name, dtype in SHELLS.items()},
}

#: Dtypes that `Tensor.numpy` takes.
NUMPY = frozenset(n for n, t in DTYPES.items() if t.native and t.name == t.numpy.name)

_READ = {**DTYPES, **SHELLS, **QUANTIZED, **_PAIRS}


def dtype_name(x: Any) -> str:
    """Return the dtype's name without the framework."""
    return str(x.dtype).removeprefix("torch.")


def dtype_of(x: Any) -> DType | None:
    """Return the element type; None if its elements cannot be read."""
    return _READ.get(dtype_name(x))
