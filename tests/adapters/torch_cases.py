"""Tensors of PyTorch: dtypes, memory layouts, gradients, and every other kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.adapters.case import NUMPY_DTYPES, SHAPE, Case, sample
from tests.adapters.torch_kinds import KINDS


def cases() -> list[Case]:
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
        return torch.from_numpy(sample((4, 6, 5), "float32"))

    def inference() -> Any:
        with torch.inference_mode():
            return torch.arange(6.0).reshape(2, 3)

    found = [case(d, lambda d=d: torch.from_numpy(sample(SHAPE, d)), d) for d in NUMPY_DTYPES]
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"):
        found.append(
            case(
                name,
                lambda n=name: torch.from_numpy(sample(SHAPE, "float32")).to(getattr(torch, n)),
                name,
            )
        )

    def half() -> Any:
        return torch.from_numpy(sample(SHAPE, "complex64")).to(torch.complex32)

    def conjugate() -> Any:
        return torch.from_numpy(sample(SHAPE, "complex64")).conj()

    def channels_last() -> Any:
        return torch.arange(120.0).view(2, 3, 4, 5).to(memory_format=torch.channels_last)

    bits = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    found += [
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
    for name, dtype, make, values in KINDS:
        both = Case(name, "torch", lambda m=make, v=values: (lambda x: (x, v(x)))(m()), dtype)
        found.append(both)
    return found
