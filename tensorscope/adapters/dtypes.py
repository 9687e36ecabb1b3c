"""DType: how a framework's elements travel as NumPy bits, and how the bits become numbers.

Formats: IEEE 754-2019 for float16/32/64; bfloat16 as the upper half of a float32; float8 e4m3fn
and e5m2 as in the OCP 8-bit floating point specification 1.0; the fnuz kinds as in Noune et al.,
arXiv:2206.02915; e8m0fnu and float4 as in the OCP microscaling specification 1.0; e4m3, e3m4 and
e4m3b11fnuz as in the ml_dtypes package, which JAX and TensorFlow take them from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["f", "i", "u", "b", "c", "O"]


@dataclass(frozen=True, slots=True)
class DType:
    """One element type.

    Attributes
    ----------
    name : str
        Name without the framework, e.g. ``"bfloat16"``.
    kind : {"f", "i", "u", "b", "c", "O"}
        Float, signed, unsigned, bool, complex, object (strings: read, but no numbers).
    storage : numpy.dtype
        What holds the raw bits: uint16 for bfloat16, the dtype itself where NumPy has it. Integers
        below 8 bits are widened as they are read.
    numpy : numpy.dtype
        What ``Extraction.numpy()`` has: the smallest NumPy dtype that holds every value exactly.
    """

    name: str
    kind: Kind
    storage: np.dtype[Any]
    numpy: np.dtype[Any]

    @property
    def native(self) -> bool:
        """Whether the raw bits are numbers for NumPy as they stand."""
        return self.storage == self.numpy

    @property
    def foreign(self) -> bool:
        """Whether NumPy lacks this dtype, so that values arrive in another one."""
        return self.name != self.numpy.name and self.kind != "O"

    def bits(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the raw bits of an array of this dtype, which may be one of ml_dtypes'.

        A view where the bits lie as they are kept; integers below 8 bits are copied, wider.
        """
        if self.native:
            return values.astype(self.storage, copy=False)
        return values.view(self.storage)

    def decode(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Return the values of raw bits, exactly, in :attr:`numpy`.

        Gives `raw` itself where the bits are numbers already; an own array otherwise.
        """
        if self.native:
            return raw
        if self.name == "bfloat16":
            wide = raw.astype(np.uint32)
            np.left_shift(wide, 16, out=wide)  # in place: a second temporary costs more than this
            return wide.view(np.float32)
        return _table(self.name).take(raw)

    def round(self, value: float) -> float:
        """Return `value` rounded to this dtype (nearest, ties to even; ±inf past the largest).

        Floats and complex (their parts) only; other kinds come back as they are.
        """
        value = float(value)
        if self.kind not in "fc" or math.isnan(value) or math.isinf(value):
            return value
        if self.kind == "c" or self.native:
            part = np.dtype(f"f{self.storage.itemsize // 2}") if self.kind == "c" else self.storage
            part = np.dtype("f2") if self.name == "complex32" else part
            with np.errstate(over="ignore"):
                return float(part.type(value))
        return _nearest(_ladder(self.name), value)


def _native(name: str) -> DType:
    dtype = np.dtype(name)
    return DType(name, dtype.kind, dtype, dtype)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Small:
    """A float of at most 8 bits: sign, exponent, mantissa; what the special patterns are.

    special: "ieee" has Inf and NaN; "fn" only NaN, at all ones; "uz" one NaN where −0 would be;
    "none" neither.
    """

    exponent: int
    mantissa: int
    bias: int
    special: Literal["ieee", "fn", "uz", "none"]

    @property
    def sign(self) -> int:
        """The bit of the sign."""
        return 1 << (self.exponent + self.mantissa)


_SMALL = {
    "float8_e4m3fn": _Small(4, 3, 7, "fn"),
    "float8_e5m2": _Small(5, 2, 15, "ieee"),
    "float8_e4m3fnuz": _Small(4, 3, 8, "uz"),
    "float8_e5m2fnuz": _Small(5, 2, 16, "uz"),
    "float8_e4m3b11fnuz": _Small(4, 3, 11, "uz"),
    "float8_e4m3": _Small(4, 3, 7, "ieee"),
    "float8_e3m4": _Small(3, 4, 3, "ieee"),
    "float4_e2m1fn": _Small(2, 1, 1, "none"),
}

#: Integers that NumPy lacks → the ones that hold their values. The q's carry no scale.
_WIDENED = {
    "int4": "int8", "int2": "int8", "uint4": "uint8", "uint2": "uint8",
    "qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16", "qint32": "int32",
}  # fmt: skip

#: All dtypes by name.
DTYPES: dict[str, DType] = {
    **{
        name: _native(name)
        for name in (
            "float64 float32 float16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool "
            "complex64 complex128"
        ).split()
    },
    "bfloat16": DType("bfloat16", "f", np.dtype("u2"), np.dtype("f4")),
    **{name: DType(name, "f", np.dtype("u1"), np.dtype("f4")) for name in _SMALL},
    "float8_e8m0fnu": DType("float8_e8m0fnu", "f", np.dtype("u1"), np.dtype("f8")),
    # NumPy has no pair of halves: an adapter widens complex32 as it reads.
    "complex32": DType("complex32", "c", np.dtype("c8"), np.dtype("c8")),
    **{
        name: DType(name, "u" if "u" in name else "i", np.dtype(wide), np.dtype(wide))
        for name, wide in _WIDENED.items()
    },
    "string": DType("string", "O", np.dtype("O"), np.dtype("O")),
}


@cache
def _table(name: str) -> NDArray[Any]:
    """Return the value of each of the 256 bit patterns of an 8-bit format."""
    table = np.array([_float8(name, bits) for bits in range(256)])
    return table.astype(DTYPES[name].numpy)


def _float8(name: str, bits: int) -> float:
    if name == "float8_e8m0fnu":
        return math.nan if bits == 0xFF else 2.0 ** (bits - 127)
    form = _SMALL[name]
    negative, body = bool(bits & form.sign), bits & (form.sign - 1)
    exponent, mantissa = body >> form.mantissa, body & ((1 << form.mantissa) - 1)
    sign = -1.0 if negative else 1.0
    if form.special == "uz" and negative and body == 0:
        return math.nan
    if form.special == "fn" and body == form.sign - 1:
        return math.nan
    if form.special == "ieee" and exponent == (1 << form.exponent) - 1:
        return math.nan if mantissa else sign * math.inf
    scale = 2.0 ** (max(exponent, 1) - form.bias - form.mantissa)
    return sign * scale * (mantissa + ((1 << form.mantissa) if exponent else 0))


@cache
def _ladder(name: str) -> NDArray[np.float64]:
    """Return the finite non-negative values in rising order; even bit patterns at even places."""
    if name == "bfloat16":
        bits = np.arange(0x7F80, dtype=np.uint16)
        return DTYPES[name].decode(bits).astype(np.float64)
    table = _table(name).astype(np.float64)
    half = table if name == "float8_e8m0fnu" else table[: _SMALL[name].sign]
    return half[np.isfinite(half)]


def _nearest(ladder: NDArray[np.float64], value: float) -> float:
    size = abs(value)
    above = int(np.searchsorted(ladder, size))
    if above == 0:
        nearest = float(ladder[0])
    elif above == len(ladder):
        top, step = float(ladder[-1]), float(ladder[-1] - ladder[-2])
        nearest = top if size < top + step / 2 else math.inf
    else:
        low, high = float(ladder[above - 1]), float(ladder[above])
        if size - low == high - size:
            nearest = low if (above - 1) % 2 == 0 else high
        else:
            nearest = low if size - low < high - size else high
    return math.copysign(nearest, value)
