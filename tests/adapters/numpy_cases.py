"""Arrays of NumPy: dtypes, ml_dtypes, memory layouts, subclasses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.adapters.case import (
    ML_DTYPES,
    NUMPY_DTYPES,
    SHAPE,
    Case,
    sample,
    small_values,
    wide_of,
)


class Hostile(np.ndarray):
    """Refuses to be indexed; pickles as any array."""

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("an index of its own")


def cases() -> list[Case]:
    def case(name: str, make: Callable[[], np.ndarray], dtype: str = "float32") -> Case:
        return Case(name, "numpy", lambda: (lambda x: (x, np.array(x, subok=False)))(make()), dtype)

    def small(name: str) -> Case:
        def make() -> tuple[np.ndarray, np.ndarray]:
            x = small_values(name)
            return x, x.astype(wide_of(name))

        return Case(f"ml_dtypes {name}", "numpy", make, name)

    base = sample((4, 6, 5), "float32")
    found = [small(name) for name in ML_DTYPES]
    found += [case(d, lambda d=d: sample(SHAPE, d), d) for d in NUMPY_DTYPES]
    found += [
        case("0-d", lambda: np.array(2.5, "f4")),
        case("scalar", lambda: np.float32(2.5)),
        case("empty", lambda: np.empty((0, 3), "f4")),
        case("12 dims", lambda: np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: base.transpose(2, 0, 1)),
        case("strided", lambda: base[::2, ::-1, 1:]),
        case("expanded", lambda: np.broadcast_to(base[:1], (4, 6, 5))),
        case("overlapping", lambda: np.lib.stride_tricks.sliding_window_view(base[0, 0], 3)),
        case("fortran", lambda: np.asfortranarray(base)),
        replace(case("big-endian", lambda: base.astype(">f4"), ">f4"), element="float32"),
        replace(
            case("big-endian int", lambda: sample(SHAPE, "int32").astype(">i4"), ">i4"),
            element="int32",
        ),
        case("hostile subclass", lambda: sample(SHAPE, "float32").view(Hostile)),
        case("masked, nothing masked", lambda: np.ma.array(base)),
        case("matrix", lambda: np.matrix(base[0])),
        case("read-only", lambda: np.frombuffer(base.tobytes(), "f4")),
    ]
    return found
