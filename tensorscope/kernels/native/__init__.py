"""Native: pieces of numbers summed up by compiled code, where there is some for this machine.

NumPy needs a pass and a call for each of what statistics ask (extremes, zeros, sums, squares), and
the widening of 16-bit floats to float64 costs more than all of them. ``summary.cpp`` does it in one
pass at the speed of memory. The wheel carries it for the common systems; elsewhere, or where
``TENSORSCOPE_NATIVE=0`` says so, NumPy does the same by itself, more slowly.
"""

from __future__ import annotations

import ctypes
import os
import platform
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Floats(ctypes.Structure):
    """What a piece of floats adds up to; extremes and sums are those of the finite ones.

    Attributes
    ----------
    nan, posinf, neginf, zero : int
    low, high : float
        +Inf and −Inf where nothing is finite.
    total, square : float
        Sums of each element less the shift, and of its square.
    """

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("nan", "posinf", "neginf", "zero")),
        *((name, ctypes.c_double) for name in ("low", "high", "total", "square")),
    )

    nan: int
    posinf: int
    neginf: int
    zero: int
    low: float
    high: float
    total: float
    square: float


class Wholes(ctypes.Structure):
    """What a piece of whole numbers adds up to.

    Attributes
    ----------
    low, high, zero : int
    sum : int
        Modulo 2⁶⁴, as a signed number.
    total, square : float
        Sums of each element less the shift, and of its square, in float64.
    """

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("low", "high", "zero", "sum")),
        *((name, ctypes.c_double) for name in ("total", "square")),
    )

    low: int
    high: int
    zero: int
    sum: int
    total: float
    square: float


Sums: TypeAlias = Floats | Wholes
#: Takes contiguous elements of the machine's byte order, and a shift.
Add: TypeAlias = Callable[[NDArray[Any], float], Any]

FLOATS = ("float16", "bfloat16", "float32", "float64")
WHOLES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")

_SYSTEMS = {"Linux": ("linux", "so"), "Darwin": ("macos", "dylib"), "Windows": ("windows", "dll")}
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@cache
def adder(name: str) -> Add | None:
    """Return what adds up arrays whose elements are of a dtype; None where NumPy has to.

    Parameters
    ----------
    name : str
        ``"bfloat16"`` takes its raw bits.

    Returns
    -------
    callable or None
        ``(array, shift) → Floats or Wholes``. Cost: one pass, no temporary, without Python's lock.
    """
    add = at_address(name)
    if add is None:
        return None
    return lambda values, shift: add(values.__array_interface__["data"][0], values.size, shift)


@cache
def at_address(name: str) -> Callable[..., Any] | None:
    """Return what adds up the elements at an address: ``(address, count, shift=0.0)``.

    See :func:`adder`. Whoever calls it keeps alive what lies there.
    """
    library = _library()
    if library is None or name not in (*FLOATS, *WHOLES):
        return None
    call, kind, byref = _bound(library, name), Floats if name in FLOATS else Wholes, ctypes.byref

    def add(address: int, count: int, shift: float = 0.0) -> Any:
        out = kind()
        call(address, count, shift, byref(out))
        return out

    return add


def _bound(library: ctypes.CDLL, name: str) -> Callable[..., None]:
    call = getattr(library, name)
    call.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_double, ctypes.c_void_p)
    call.restype = None
    return call  # type: ignore[no-any-return]


def library_name() -> str | None:
    """Return the file that would hold the code for this machine; None for an unknown one."""
    system = _SYSTEMS.get(platform.system())
    machine = _MACHINES.get(platform.machine().lower())
    return f"summary-{system[0]}-{machine}.{system[1]}" if system and machine else None


@cache
def _library() -> ctypes.CDLL | None:
    name = library_name()
    if os.environ.get("TENSORSCOPE_NATIVE") == "0" or name is None:
        return None
    path = Path(__file__).parent / "lib" / name
    if not path.is_file():
        return None
    try:
        library = ctypes.CDLL(str(path))
        if not library.supported():
            return None  # an older processor
        wrong = _wrong(library)
    except (OSError, AttributeError) as error:
        wrong = str(error)
    if wrong:
        warnings.warn(
            f"statistics are computed by NumPy, more slowly: {path.name} does not work here "
            f"({wrong}). Install tensorscope again, or set TENSORSCOPE_NATIVE=0.",
            RuntimeWarning, stacklevel=2,
        )  # fmt: skip
        return None
    return library


def _wrong(library: ctypes.CDLL) -> str:
    """Return what the code gets wrong of a few numbers whose sums are known; "" if nothing."""
    numbers = np.array([*range(-20, 21), np.nan, np.inf, -np.inf])
    bits = numbers.astype(np.float32).view(np.uint32)
    for name in FLOATS:
        values = (bits >> 16).astype(np.uint16) if name == "bfloat16" else numbers.astype(name)
        out = Floats()
        _bound(library, name)(values.ctypes.data, values.size, 1.0, ctypes.byref(out))
        found = tuple(getattr(out, field) for field, *_ in Floats._fields_)
        if found != (1, 1, 1, 1, -20.0, 20.0, -41.0, 5781.0):
            return f"{name}: {found}"
    for name in WHOLES:
        values = np.arange(41).astype(name)
        whole = Wholes()
        _bound(library, name)(values.ctypes.data, values.size, 1.0, ctypes.byref(whole))
        found = tuple(getattr(whole, field) for field, *_ in Wholes._fields_)
        if found != (0, 40, 1, 820, 779.0, 20541.0):
            return f"{name}: {found}"
    return ""
