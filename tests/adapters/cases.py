"""Tensors of every kind that an adapter claims to read, with the plain NumPy values they hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module

from tests.adapters.case import Case

#: Adapters under test. One that is named here and missing fails; it never skips.
ADAPTERS = os.environ.get(
    "TENSORSCOPE_TEST_ADAPTERS",
    "numpy,torch,jax,tensorflow,lazy,pandas,polars,scipy,sparse,pil,python,array",
).split(",")

#: Frameworks of arrays that are read in chunks.
LAZY = ("dask", "zarr", "h5py", "xarray", "safetensors", "file")
_PLAIN = ("pandas", "polars", "scipy", "sparse", "pil", "python", "array")
_MODULES = {
    "numpy": "numpy_cases",
    "torch": "torch_cases",
    "jax": "jax_cases",
    "tensorflow": "tf_cases",
    "lazy": "lazy_cases",
}


def _cases() -> Iterator[Case]:
    """Give the cases of the adapters under test; no other framework is imported."""
    for adapter in ADAPTERS:
        if adapter in _MODULES:
            yield from import_module(f"tests.adapters.{_MODULES[adapter]}").cases()
    if set(ADAPTERS) & set(_PLAIN):
        plain = import_module("tests.adapters.plain_cases").cases()
        yield from (case for case in plain if case.framework in ADAPTERS)


CASES = list(_cases())
