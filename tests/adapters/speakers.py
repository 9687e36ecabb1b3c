"""Objects that are arrays by a protocol alone; each speaks one, and knows nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

__package_name__ = "tests"


class Array:
    """Has ``__array__``."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.values, dtype)


class Interface:
    """Has ``__array_interface__``."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    @property
    def __array_interface__(self) -> Any:
        return self.values.__array_interface__


class Capsule:
    """Has ``__dlpack__``."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


class Device:
    """Lies elsewhere, as CuPy's arrays do: refuses to be converted, counts what is fetched."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values
        self.fetched = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self._values.shape

    @property
    def dtype(self) -> np.dtype:
        return self._values.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("no conversion without being asked: use .get()")

    def __getitem__(self, index: Any) -> Device:
        part = Device(np.asarray(self._values[index]))
        part.get = lambda: self._count(part)  # type: ignore[method-assign]
        return part

    def _count(self, part: Device) -> np.ndarray:
        self.fetched += part._values.size
        return np.array(part._values)

    def get(self) -> np.ndarray:
        self.fetched += self._values.size
        return np.array(self._values)

    def __getstate__(self) -> Any:
        return {"_values": self._values, "fetched": 0}
