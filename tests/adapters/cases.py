"""Tensors of every kind that an adapter claims to read, with the plain NumPy values they hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Adapters under test. One that is named here and missing fails; it never skips.
ADAPTERS = os.environ.get("TENSORSCOPE_TEST_ADAPTERS", "numpy,torch").split(",")


@dataclass(frozen=True)
class Case:
    name: str
    framework: str
    make: Callable[[], tuple[Any, np.ndarray]]
    dtype: str

    def __str__(self) -> str:
        return f"{self.framework}-{self.name}"


def _values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
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


def _numpy_cases() -> list[Case]:
    def case(name: str, make: Callable[[], np.ndarray], dtype: str = "float32") -> Case:
        return Case(name, "numpy", lambda: (lambda x: (x, np.array(x, subok=False)))(make()), dtype)

    base = _values((4, 6, 5), "float32")
    cases = [case(d, lambda d=d: _values(SHAPE, d), d) for d in NUMPY_DTYPES]
    cases += [
        case("0-d", lambda: np.array(2.5, "f4")),
        case("scalar", lambda: np.float32(2.5)),
        case("empty", lambda: np.empty((0, 3), "f4")),
        case("12 dims", lambda: np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: base.transpose(2, 0, 1)),
        case("strided", lambda: base[::2, ::-1, 1:]),
        case("expanded", lambda: np.broadcast_to(base[:1], (4, 6, 5))),
        case("overlapping", lambda: np.lib.stride_tricks.sliding_window_view(base[0, 0], 3)),
        case("fortran", lambda: np.asfortranarray(base)),
        case("big-endian", lambda: base.astype(">f4")),
        case("big-endian int", lambda: _values(SHAPE, "int32").astype(">i4"), "int32"),
        case("matrix", lambda: np.matrix(base[0])),
        case("read-only", lambda: np.frombuffer(base.tobytes(), "f4")),
    ]
    return cases


def _torch_cases() -> list[Case]:
    import torch

    def values_of(x: Any) -> np.ndarray:
        """Read through element-wise .item(), which no adapter uses."""
        flat = [v.item() for v in x.detach().reshape(-1)]
        name = str(x.dtype).removeprefix("torch.")
        kind = {"bfloat16": "float32", "complex32": "complex64", "float8_e8m0fnu": "float64"}
        dtype = kind.get(name, "float32" if name.startswith("float8") else name)
        return np.array(flat, dtype).reshape(tuple(x.shape))

    def case(name: str, make: Callable[[], Any], dtype: str = "float32") -> Case:
        return Case(name, "torch", lambda: (lambda x: (x, values_of(x)))(make()), dtype)

    def base() -> Any:
        return torch.from_numpy(_values((4, 6, 5), "float32"))

    def inference() -> Any:
        with torch.inference_mode():
            return torch.arange(6.0).reshape(2, 3)

    cases = [case(d, lambda d=d: torch.from_numpy(_values(SHAPE, d)), d) for d in NUMPY_DTYPES]
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"):
        cases.append(
            case(
                name,
                lambda n=name: torch.from_numpy(_values(SHAPE, "float32")).to(getattr(torch, n)),
                name,
            )
        )

    def half() -> Any:
        return torch.from_numpy(_values(SHAPE, "complex64")).to(torch.complex32)

    def conjugate() -> Any:
        return torch.from_numpy(_values(SHAPE, "complex64")).conj()

    def channels_last() -> Any:
        return torch.arange(120.0).view(2, 3, 4, 5).to(memory_format=torch.channels_last)

    bits = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    cases += [
        case("float8_e8m0fnu", lambda: bits.view(torch.float8_e8m0fnu), "float8_e8m0fnu"),
        case("complex32", half, "complex32"),
        case("leaf", lambda: base().requires_grad_()),
        case("graph", lambda: base().requires_grad_() * 2),
        case("parameter", lambda: torch.nn.Parameter(base())),
        case("inference", inference),
        case("conj view", conjugate, "complex64"),
        case("neg view", lambda: conjugate().imag),
        case("0-d", lambda: torch.tensor(2.5)),
        case("empty", lambda: torch.empty(0, 3)),
        case("12 dims", lambda: torch.arange(2.0**12).reshape((2,) * 12)),
        case("transposed", lambda: base().permute(2, 0, 1)),
        case("strided", lambda: base()[::2, :, 1:]),
        case("expanded", lambda: base()[:1].expand(4, 6, 5)),
        case("overlapping", lambda: torch.arange(9.0).unfold(0, 3, 1)),
        case("channels_last", channels_last),
        case("copy-on-write", lambda: torch._lazy_clone(torch.arange(6.0).view(2, 3))),
        case("zero tensor", lambda: torch._efficientzerotensor((2, 3))),
        case("bfloat16 transposed", lambda: base().to(torch.bfloat16).permute(2, 1, 0), "bfloat16"),
    ]  # fmt: skip
    return cases


_MAKERS = {"numpy": _numpy_cases, "torch": _torch_cases}
CASES = [case for adapter in ADAPTERS for case in _MAKERS[adapter]()]
