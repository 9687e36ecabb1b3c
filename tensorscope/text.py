"""Numbers as text: the shortest digits that come back to the same bits, written as Python would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DTYPES, PAIR, DType

_FULL_LIMIT = 1000
_EDGE = 3


def _shortest(dtype: DType, value: float) -> float:
    """Return the double whose repr shows the fewest digits that round to `value` in `dtype`."""
    if value != value or value in (float("inf"), float("-inf")) or value == 0:
        return value
    if dtype.native and dtype.kind == "f":
        return value if dtype.name == "float64" else float(str(dtype.storage.type(value)))
    for digits in range(17):
        candidate = float(f"{value:.{digits}e}")
        if dtype.round(candidate) == value:
            # 96.0 says more than 100.0, which would come back to the same eight bits.
            return candidate if len(repr(candidate)) < len(repr(value)) else value
    return value


def float_text(dtype: DType, value: float) -> str:
    """Return a float of `dtype` as Python's repr would, with the fewest digits."""
    return repr(_shortest(dtype, value))


def _part_dtype(dtype: DType) -> DType:
    """Return the float type of a complex type's parts."""
    return DTYPES[{"complex32": "float16", "complex64": "float32"}.get(dtype.name, "float64")]


def value_text(dtype: DType, value: Any) -> str:
    """Return the text of a Python scalar that came from `dtype`."""
    if dtype.kind == "O":
        return repr(value)
    if dtype.kind == "f":
        return float_text(dtype, float(value))
    if dtype.kind == "c":
        part = _part_dtype(dtype)
        return repr(complex(_shortest(part, value.real), _shortest(part, value.imag)))
    return repr(bool(value)) if dtype.kind == "b" else repr(int(value))


def python_value(dtype: DType, raw: Any) -> Any:
    """Return one raw element as the Python scalar that ``.item()`` gives."""
    one = dtype.decode(np.asarray(raw, dtype.storage).reshape(1))[0]
    if dtype.name == PAIR:
        return tuple(one.tolist())
    return one if dtype.kind == "O" else one.item()


def scalar_text(dtype: DType, raw: Any) -> str:
    """Return one raw element (a NumPy scalar or 0-d array of `dtype.storage`) as text."""
    return value_text(dtype, python_value(dtype, raw))


def exact_text(dtype: DType, raw: Any) -> str:
    """Return the exact decimal expansion of one raw element."""
    value = python_value(dtype, raw)
    if dtype.kind == "c":
        return f"({_exact(value.real)}, {_exact(value.imag)}j)"
    return _exact(value) if dtype.kind == "f" else value_text(dtype, value)


def _exact(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return repr(value)
    exact = Decimal(value)
    plain = format(exact, "f")
    return plain if len(plain) <= 60 else str(exact)


def bits_text(dtype: DType, raw: Any) -> str:
    """Return the raw bits in hexadecimal (complex: real, imaginary)."""
    one = np.asarray(raw, dtype.storage).reshape(1)
    if dtype.kind == "c":
        parts = one.view(f"f{dtype.storage.itemsize // 2}")
        if dtype.name == "complex32":
            parts = parts.astype(np.float16)
        return ", ".join(hex_text(p) for p in parts)
    return hex_text(one[0])


def hex_text(element: Any) -> str:
    """Return the bits of one element of any NumPy dtype in hexadecimal."""
    size = element.dtype.itemsize
    return f"0x{int(np.asarray(element).reshape(1).view(f'u{size}')[0]):0{2 * size}x}"


def array_text(dtype: DType, raw: NDArray[Any]) -> str:
    """Return an array as nested brackets; above 1000 elements only the edges of each dim."""
    if raw.ndim == 0:
        return scalar_text(dtype, raw)
    return _nested(dtype, raw, raw.size > _FULL_LIMIT)


def _nested(dtype: DType, raw: NDArray[Any], edges: bool) -> str:
    if raw.ndim == 0:
        return scalar_text(dtype, raw)
    size = raw.shape[0]
    if edges and size > 2 * _EDGE:
        head = [_nested(dtype, raw[k], edges) for k in range(_EDGE)]
        tail = [_nested(dtype, raw[k], edges) for k in range(size - _EDGE, size)]
        return f"[{', '.join([*head, '…', *tail])}]"
    return f"[{', '.join(_nested(dtype, raw[k], edges) for k in range(size))}]"
