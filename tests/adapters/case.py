"""A case: a tensor that an adapter claims to read, and the plain NumPy values that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    name: str
    framework: str
    make: Callable[[], tuple[Any, np.ndarray]]
    dtype: str
    #: What an extraction calls the element type, where the library has another word for it.
    element: str | None = None

    def __str__(self) -> str:
        return f"{self.framework}-{self.name}"


def case_of(
    framework: str, name: str, make: Callable[[], Any], values: Any, dtype: str | None = None
) -> Case:
    """Return a case whose values are known before it is made; and, mostly, its dtype by them."""
    held = np.array(values)
    return Case(name, framework, lambda: (make(), held.copy()), dtype or held.dtype.name)


def sample(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return values of a NumPy dtype: its ends, or NaN, infinities and -0.0, among them."""
    count = int(np.prod(shape, dtype=int))
    rng = np.random.default_rng(7)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith("complex"):
        parts = rng.normal(size=(2, *shape))
        return (parts[0] + 1j * parts[1]).astype(dtype)
    if dtype.startswith(("int", "uint")):
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        if count:
            values.flat[0] = info.max
            values.flat[-1] = info.min
        return values
    values = rng.normal(size=shape)
    if count > 4:
        values.flat[:4] = [np.nan, np.inf, -np.inf, -0.0]
    return values.astype(dtype)


NUMPY_DTYPES = (
    "float64 float32 float16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool "
    "complex64 complex128"
).split()
SHAPE = (3, 4, 5)

#: Dtypes of the package ml_dtypes, which NumPy, JAX and TensorFlow arrays may have.
ML_DTYPES = (
    "bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz "
    "float8_e4m3 float8_e3m4 float8_e8m0fnu float4_e2m1fn int4 uint4 int2 uint2"
).split()


def wide_of(name: str) -> str:
    """Return the NumPy dtype that holds every value of one of ml_dtypes'."""
    if name[0] in "iu":
        return "int8" if name[0] == "i" else "uint8"
    return "float64" if name == "float8_e8m0fnu" else "float32"


def small_values(name: str) -> np.ndarray:
    """Return values of a dtype of ml_dtypes, every eight-bit pattern among them."""
    import ml_dtypes

    dtype = np.dtype(getattr(ml_dtypes, name))
    if name[0] in "iu":
        info = ml_dtypes.iinfo(dtype)
        return np.resize(np.arange(info.min, info.max + 1), SHAPE).astype(dtype)
    if dtype.itemsize == 2:
        return sample(SHAPE, "float32").astype(dtype)
    return np.arange(16 if name == "float4_e2m1fn" else 256, dtype="u1").reshape(4, -1).view(dtype)
