"""How a record's values are written to a safetensors file, whatever their dtype, and read back.

The format knows the usual numbers. Complex ones are written as pairs of their parts, what else it
does not know as its bits; a masked array with its mask beside it. The manifest says the dtype.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.errors import TensorScopeError

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_NUMBERS = frozenset(("bool", *_INTEGERS, "float16", "float32", "float64"))
_MASK = ".mask"


MANIFEST = "manifest.jsonl"
VERSION = 1
MEASURES = "(measures)"
#: Columns of a row of measures: place among the names, step, count, mean, norm, low, high, zeros,
#: last step, number of steps that were joined (0: one, as it was measured), whether all is finite.
COLUMNS, LAST = 11, 8


class SaveError(TensorScopeError):
    """A recording cannot be written or read."""

    default_kind = "SAVE"


def need_safetensors() -> None:
    """Raise SaveError if what recordings are written with is not installed."""
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise SaveError(
            "recordings are safetensors files, and safetensors is not installed: "
            "pip install safetensors"
        ) from error


def entries(key: str, value: Any) -> dict[str, Any]:
    """Return the tensors to write for a value, by their names in the file."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
        return {key: (torch.view_as_real(value) if value.is_complex() else value).clone()}
    array = _as_numbers(np.array(np.ma.getdata(value), order="C"))
    found = {key: array if torch is None else torch.from_numpy(array)}
    if isinstance(value, np.ma.MaskedArray):
        mask = np.array(np.ma.getmaskarray(value))
        found[key + _MASK] = mask if torch is None else torch.from_numpy(mask)
    return found


def _as_numbers(array: Any) -> Any:
    name = array.dtype.name
    if name in _NUMBERS:  # and in the byte order of the machine
        return array.astype(name, copy=False).view(name)
    if array.dtype.kind == "c":
        part = array.real.dtype.name
        return array.astype(name, copy=False).reshape(*array.shape, 1).view(part)
    return DTYPES[name].bits(array)


def restored(file: Any, key: str, shape: tuple[int, ...], dtype: str) -> Any:
    """Return a value as it was, from an open file: a PyTorch tensor where the file gives those."""
    found = file.get_tensor(key)
    name = str(found.dtype).removeprefix("torch.")
    if isinstance(found, np.ndarray):
        found = _as_dtype(found, dtype)
    elif dtype.startswith("complex") and name != dtype:
        found = sys.modules["torch"].view_as_complex(found)
    elif name != dtype and name in _INTEGERS:
        torch = sys.modules["torch"]
        has = dtype.startswith(("bfloat", "float8")) and hasattr(torch, dtype)
        found = found.view(getattr(torch, dtype)) if has else _as_dtype(found.numpy(), dtype)
    found = found.reshape(shape)
    if key + _MASK in file.keys():  # noqa: SIM118 - a file is no mapping
        return np.ma.MaskedArray(found, np.asarray(file.get_tensor(key + _MASK)).reshape(shape))
    return found


def _as_dtype(array: Any, dtype: str) -> Any:
    if array.dtype.name == dtype:
        return array
    if dtype.startswith("complex"):
        return array.view(dtype)
    return DTYPES[dtype].decode(array)  # exact, in a dtype that NumPy has
