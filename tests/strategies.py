"""Tensors for property tests: every dtype, every layout, every kind of value."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from hypothesis import strategies as st

from tensorscope.kernels import blocks, histogram, moments, native, ranking, walk

FLOATS = ("float64", "float32", "float16", "bfloat16")
FLOAT8 = (
    "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
)  # fmt: skip
WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
REAL = (*FLOATS, *FLOAT8, *WHOLE, "bool")

_SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, 0.9, -3.0, np.nan, np.inf, -np.inf, 1e-40, 6e-8, 5e-324, 3e4, -7e4,
    1e30, 3.4e38, 1e300, -1.7e308, 16777217.0,
]  # fmt: skip


def _floats(name: str, count: int, rng: np.random.Generator, mode: str) -> torch.Tensor:
    dtype = getattr(torch, name)
    if mode == "bits":
        size = dtype.itemsize
        bits = rng.integers(0, 256, count * size, dtype=np.uint8)
        return torch.from_numpy(bits).view(dtype) if count else torch.zeros(0, dtype=dtype)
    if mode == "few":
        some = rng.choice(_SPECIAL, size=4)
        values = rng.choice(some, size=count)
    else:
        shift = rng.choice([0.0, 1000.0, -3.0])
        values = rng.normal(size=count) * rng.choice([1.0, 0.01, 100.0]) + shift
    return torch.from_numpy(np.asarray(values, np.float64)).to(dtype)


def _flat(name: str, count: int, seed: int, mode: str) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    if name == "bool":
        return torch.from_numpy(rng.random(count) < rng.choice([0.0, 0.3, 1.0]))
    if name in WHOLE:
        info = np.iinfo(name)
        if mode == "few":
            pool = [info.min, info.max, 0, 1, info.max // 2, 3, info.min // 2]
            values = np.array(pool, dtype=name)[rng.integers(0, len(pool), count)]
        else:
            near = (info.min, info.max) if mode == "bits" else (max(info.min, -9), 9)
            values = rng.integers(near[0], near[1], count, dtype=name, endpoint=True)
        return torch.from_numpy(values)
    if name in COMPLEX:
        part = "float32" if name == "complex64" else "float64"
        real, imag = (_floats(part, count, np.random.default_rng(seed + k), mode) for k in (0, 1))
        return torch.complex(real, imag)
    return _floats(name, count, rng, mode)


def values_of(x: Any) -> np.ndarray:
    """Return the values as NumPy can compute with them, by torch's own conversion."""
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    if x.dtype.is_floating_point and x.dtype not in (torch.float32, torch.float64, torch.float16):
        return x.detach().to(torch.float64).numpy()
    return x.detach().clone().numpy()


@st.composite
def tensors(draw: st.DrawFn, dtypes: tuple[str, ...] = (*REAL, *COMPLEX), max_side: int = 5) -> Any:
    """Draw a tensor: torch or NumPy, contiguous or a view of any kind."""
    name = draw(st.sampled_from(dtypes))
    shape = tuple(draw(st.lists(st.integers(0, max_side), max_size=4)))
    mode = draw(st.sampled_from(["few", "normal", "bits"]))
    seed = draw(st.integers(0, 10_000))
    kind = draw(st.sampled_from(["plain", "turned", "stepped", "expanded", "flipped"]))
    big = tuple(2 * n + 1 for n in shape) if kind == "stepped" else shape
    if kind == "expanded" and shape:
        big = (1, *shape[1:])
    x = _flat(name, int(np.prod(big, dtype=int)), seed, mode).reshape(big)
    if kind == "turned":
        x = x.permute(draw(st.permutations(range(len(shape)))))
    elif kind == "stepped":
        x = x[tuple(slice(1, 2 * n + 1, 2) for n in shape)]
    elif kind == "expanded":
        x = x.expand(shape)
    native = name not in ("bfloat16", *FLOAT8)
    if native and (kind == "flipped" or draw(st.booleans())):
        array = x.numpy()
        if kind == "flipped":
            array = array[tuple(slice(None, None, -1) for _ in shape)]
        return array
    return x


@contextlib.contextmanager
def small_pieces() -> Iterator[None]:
    """Let kernels cut even small tensors into many pieces."""
    with (
        patch.object(walk, "PIECE", 6),
        patch.object(histogram, "PIECE", 70),
        patch.object(ranking, "_BLOCK", 4),
        patch.object(moments, "_ROW", 4),
        patch.object(moments, "_MERGE", 2),
        patch.object(moments, "_PART", 4),
        patch.object(blocks, "PIECE", 8),
        patch.object(blocks, "_NARROW", 2),
    ):
        yield


@contextlib.contextmanager
def without_compiled_code() -> Iterator[None]:
    """Let NumPy sum up what compiled code would, as on a machine for which there is none."""
    with patch.object(native, "adder", lambda name: None):
        yield


def ran(code: str, x: Any, **more: Any) -> Any:
    """Run a code string as a user would, with the tensor called x."""
    return eval(code, {"x": x, "torch": torch, "np": np, **more})


def same_bits(ours: np.ndarray, other: np.ndarray) -> bool:
    """Whether dtype, shape and bits are equal; any NaN is any other."""
    if ours.dtype != other.dtype or ours.shape != other.shape:
        return False
    if ours.dtype.kind == "c":
        return same_bits(ours.real.copy(), other.real.copy()) and same_bits(
            ours.imag.copy(), other.imag.copy()
        )
    if ours.dtype.kind == "f":
        numbers = ~np.isnan(ours)
        if not np.array_equal(numbers, ~np.isnan(other)):
            return False
        ours, other = ours[numbers], other[numbers]
    return ours.tobytes() == other.tobytes()
