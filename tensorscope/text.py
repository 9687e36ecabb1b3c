"""Numbers as text: the shortest digits that come back to the same bits, written as Python would."""

from __future__ import annotations

import reprlib
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DTYPES, PAIR, DType

_FULL_LIMIT = 1000
#: Numbers of more bytes than this are NumPy's long double, which Python's float would round.
_WIDEST = {"f": 8, "c": 16, "i": 8, "u": 8, "b": 1}
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
    if value is np.ma.masked:
        return "masked"
    if dtype.kind == "O":
        return object_text(value)
    if dtype.kind in "Mm" or (dtype.native and dtype.storage.itemsize > _WIDEST[dtype.kind]):
        return str(value)
    if dtype.kind == "f":
        return float_text(dtype, float(value))
    if dtype.kind == "c":
        part = _part_dtype(dtype)
        return repr(complex(_shortest(part, value.real), _shortest(part, value.imag)))
    return repr(bool(value)) if dtype.kind == "b" else repr(int(value))


def python_value(dtype: DType, raw: Any) -> Any:
    """Return one raw element as the Python scalar that ``.item()`` gives."""
    bits = raw if isinstance(raw, np.ndarray) else np.asarray(raw, dtype.storage)
    one = dtype.decode(bits.reshape(1))[0]
    if dtype.name == PAIR:
        return tuple(one.tolist())
    if dtype.kind in "Mm":
        return one  # .item() would round to what Python's own dates hold
    if dtype.kind == "O" and dtype.storage.kind == "V":
        return plain_record(one.item())
    return one.item() if isinstance(one, np.generic) and dtype.storage.kind != "O" else one


def plain_record(value: Any) -> Any:
    """Return a record as a tuple, with lists for the arrays in it."""
    if isinstance(value, tuple):
        return tuple(plain_record(part) for part in value)
    return value.tolist() if isinstance(value, np.ndarray) else value


#: What the cells of a table with types of several kinds hold: said as its column would say it.
_OF_TABLES = {
    ("pandas", name)
    for name in ("Timestamp", "Timedelta", "Period", "Interval", "NaTType", "NAType")
}


class _Bounded(reprlib.Repr):
    """Text of Python's own values, bounded; what others would say of themselves is not asked."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict = 3, 12, 30, 12
        self.maxstring = self.maxlong = self.maxother = 2000

    def repr1(self, x: Any, level: int) -> str:
        kind = type(x)
        if kind is str or kind is bytes:
            return repr(x)
        if kind is int and x.bit_length() > 6000:
            return f"<int of {x.bit_length()} bits>"
        if kind in (int, float, complex, bool, type(None)):
            return repr(x)
        if kind in (list, tuple, dict, set, frozenset):
            return super().repr1(x, level)
        if isinstance(x, np.generic) or kind.__module__ in ("datetime", "decimal", "fractions"):
            return repr(x)[:2000]
        if (kind.__module__.partition(".")[0], kind.__name__) in _OF_TABLES:
            return str(x)
        return f"<{kind.__module__}.{kind.__qualname__}>"


_BOUNDED = _Bounded()


def object_text(value: Any) -> str:
    """Return a bounded text of any value, without running code that it brings along."""
    return _BOUNDED.repr(value)


def scalar_text(dtype: DType, raw: Any) -> str:
    """Return one raw element (a NumPy scalar or 0-d array of `dtype.storage`) as text."""
    return value_text(dtype, python_value(dtype, raw))


def exact_text(dtype: DType, raw: Any) -> str:
    """Return the exact decimal expansion of one raw element."""
    value = python_value(dtype, raw)
    if isinstance(value, complex):
        return f"({_exact(value.real)}, {_exact(value.imag)}j)"
    return _exact(value) if isinstance(value, float) else value_text(dtype, value)


def _exact(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return repr(value)
    exact = Decimal(value)
    plain = format(exact, "f")
    return plain if len(plain) <= 60 else str(exact)


def bits_text(dtype: DType, raw: Any) -> str:
    """Return the raw bits in hexadecimal (complex: real, imaginary)."""
    if dtype.kind == "O" or dtype.storage.itemsize > 8 * (1 + (dtype.kind == "c")):
        return ""  # text, records and objects are no bits to show; longdouble has holes in them
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


def array_text(dtype: DType, raw: NDArray[Any], blank: NDArray[np.bool_] | None = None) -> str:
    """Return an array as nested brackets; above 1000 elements only the edges of each dim.

    blank: which elements are masked.
    """
    return _nested(dtype, raw, blank, raw.size > _FULL_LIMIT)


def _nested(dtype: DType, raw: NDArray[Any], blank: NDArray[np.bool_] | None, edges: bool) -> str:
    if raw.ndim == 0:
        return "masked" if blank is not None and blank[()] else scalar_text(dtype, raw)

    def part(k: int) -> str:
        # With '...' an element stays an array of no dims, also if it is a Python object.
        return _nested(dtype, raw[k, ...], None if blank is None else blank[k, ...], edges)

    size = raw.shape[0]
    if edges and size > 2 * _EDGE:
        head, tail = map(part, range(_EDGE)), map(part, range(size - _EDGE, size))
        return f"[{', '.join([*head, '…', *tail])}]"
    return f"[{', '.join(map(part, range(size)))}]"
