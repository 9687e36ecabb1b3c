"""Measure: the statistics of every step, cheap enough to be always on.

Floats in this machine's memory are gone over once, by compiled code. Elsewhere there are four
reductions where the tensor lies: sum, sum of squares, smallest, largest. A NaN or an Inf shows in
the extremes, so nothing has to be counted until there is one. What a device tells stays there until
the step ends, and crosses together, with one synchronisation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.errors import UnsupportedTensorError
from tensorscope.kernels import native
from tensorscope.summary import Stats


@dataclass(slots=True)  # not frozen: to make one would take three times as long
class Measure:
    """What one value was at one step; nobody changes it.

    Attributes
    ----------
    count : int
        Elements.
    mean, norm : float
        Over all elements: NaN or Inf where one of them is.
    low, high : float
        Extremes; NaN if there is one.
    zero : float or None
        Share of zeros, on sampled steps.
    """

    count: int
    mean: float
    norm: float
    low: float
    high: float
    zero: float | None = None

    @property
    def std(self) -> float:
        """Population standard deviation, as exact as float32 sums allow."""
        if not self.count:
            return math.nan
        variance = self.norm * self.norm / self.count - self.mean * self.mean
        return math.sqrt(variance) if variance > 0 else (0.0 if variance <= 0 else math.nan)

    @property
    def finite(self) -> bool:
        """Whether every element is finite."""
        return not self.count or (math.isfinite(self.low) and math.isfinite(self.high))

    @property
    def largest(self) -> float:
        """Largest magnitude; NaN if there is a NaN."""
        return max(abs(self.low), abs(self.high)) if self.low == self.low else math.nan


EMPTY = Measure(0, math.nan, 0.0, math.nan, math.nan)


def of_stats(found: Stats) -> Measure:
    """Return the measure that exact statistics amount to."""
    if not found.count:
        return EMPTY
    if isinstance(found.mean, np.datetime64 | np.timedelta64):
        raise UnsupportedTensorError(
            "dates and durations are not measured: probe them as numbers, x.astype('i8')",
            "NOT_NUMERIC",
        )
    broken = found.nan > 0
    low = math.nan if broken or found.min is None else float(found.min)
    high = math.nan if broken or found.max is None else float(found.max)
    finite = math.isfinite(low) and math.isfinite(high)
    mean = float(np.real(found.mean)) if finite and found.mean is not None else math.nan
    norm = found.norm if finite else math.nan
    return Measure(found.count, mean, norm, low, high, found.zero / found.count)


def of_floats(count: int, found: native.Floats, zeros: bool) -> Measure:
    """Return the measure of floats that compiled code added up."""
    total, square = found.total, found.square
    low, high = found.low, found.high
    if found.nan:
        total = square = low = high = math.nan
    elif found.posinf or found.neginf:
        square = math.inf
        if found.posinf:
            total = high = math.inf
        if found.neginf:
            total = math.nan if found.posinf else -math.inf
            low = -math.inf
    share = found.zero / count if zeros else None
    return Measure(count, total / count, math.sqrt(square), low, high, share)


class Pending:
    """Statistics that still lie on a device."""

    __slots__ = ("count", "parts")

    def __init__(self, count: int, parts: list[Any]) -> None:
        self.count = count
        self.parts = parts


class Measurer:
    """Takes measures of PyTorch tensors. Call it without a graph, and with autocast off."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self._norm = torch.linalg.vector_norm
        self._plain = (torch.float32, torch.float64)
        #: Dtypes without kernels for sums and extremes → one that has them.
        self._wider = {
            torch.uint16: torch.int32, torch.uint32: torch.int64, torch.uint64: torch.float64,
            **{
                getattr(torch, name): torch.float32
                for name in dir(torch)
                if name.startswith("float8_")
            },
        }  # fmt: skip
        #: All that can be measured.
        self.dtypes = frozenset((
            *self._plain, *self._wider, torch.float16, torch.bfloat16, torch.bool, torch.uint8,
            torch.int8, torch.int16, torch.int32, torch.int64, torch.complex32, torch.complex64,
            torch.complex128,
        ))  # fmt: skip
        #: Dtype → compiled code that adds up what lies at an address.
        self._compiled = {
            getattr(torch, name): add for name in native.FLOATS if (add := native.at_address(name))
        }
        self._tensor, self._strided = torch.Tensor, torch.strided
        self._is_cow = torch._C._is_cow_tensor
        self._is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor

    def take(self, x: Any, zeros: bool = False) -> Measure | Pending:
        """Return the measure of a tensor, or what becomes one once it has crossed.

        Cost: one pass over floats of the CPU that lie without gaps; four over others (five with
        `zeros`), and a wider copy of float8 and of unsigned integers; no synchronisation off the
        CPU.
        """
        torch = self.torch
        count = x.numel()
        if count == 0:
            return EMPTY
        add = self._compiled.get(x.dtype)
        if add is not None and (address := self._lies_at(x)):
            return of_floats(count, add(address, count), zeros)
        if x.is_complex():
            size = x.abs()
            # Magnitudes of finite parts pass the largest number of narrow ones.
            wide = x.is_cpu and not math.isfinite(size.amax().item())
            x = x.to(torch.complex128).abs() if wide else size
        elif x.dtype == torch.bool:
            x = x.to(torch.uint8)
        elif x.dtype in self._wider:
            x = x.to(self._wider[x.dtype])
        parts = [*self._sums(x), x.amin(), x.amax()]
        if zeros:
            parts.append(torch.count_nonzero(x))
        if not x.is_cpu:
            return Pending(count, parts)
        total, norm, low, high = [float(part.item()) for part in parts[:4]]
        if not math.isfinite(norm) and math.isfinite(low) and math.isfinite(high):
            norm = float(self._norm(x, dtype=torch.float64).item())  # squares overflowed float32
        if not math.isfinite(total) and math.isfinite(low) and math.isfinite(high):
            total = float(x.sum(dtype=torch.float64).item())
        share = 1 - int(parts[4].item()) / count if zeros else None
        return Measure(count, total / count, norm, low, high, share)

    def sums(self, x: Any) -> native.Floats | None:
        """Return what compiled code adds up of a plain tensor; None where that takes more care.

        It may be called anywhere: no operation of PyTorch's runs. Cost: one pass.
        """
        if type(x) is not self._tensor or x.is_nested or self._is_wrapped(x):
            return None
        add = self._compiled.get(x.dtype)
        if add is None or x.layout is not self._strided:
            return None
        if x.untyped_storage().nbytes() < x.nbytes:
            return None
        address, count = self._lies_at(x), x.numel()
        return add(address, count) if address and count else None

    def _lies_at(self, x: Any) -> int:
        """Return the address of elements that lie in this machine's memory without gaps; else 0."""
        if not x.is_cpu or x.is_neg():
            return 0
        if not (x.is_contiguous() or self._is_channels_last(x)):
            return 0
        try:
            # Asked for its address, a copy-on-write tensor would be copied.
            return 0 if self._is_cow(x) else int(x.data_ptr())
        except RuntimeError:  # inside of vmap and the like: a wrapper around what lies elsewhere
            return 0

    def _is_channels_last(self, x: Any) -> bool:
        return bool(x.dim() == 4 and x.is_contiguous(memory_format=self.torch.channels_last))

    def _sums(self, x: Any) -> tuple[Any, Any]:
        """Return sum and norm, wide enough for the dtype; on a device also for large numbers."""
        torch = self.torch
        if x.dtype in self._plain:
            if not x.is_cpu and x.device.type != "mps":
                return x.sum(dtype=torch.float64), self._norm(x, dtype=torch.float64)
            if x.is_contiguous() and x.is_cpu:
                flat = x.view(-1)
                return x.sum(), flat.dot(flat).sqrt()
            return x.sum(), self._norm(x)
        if x.is_floating_point():
            return x.sum(dtype=torch.float32), self._norm(x, dtype=torch.float32)
        return x.sum(dtype=torch.int64), self._norm(x.to(torch.float32))

    def cross(self, pending: list[Pending]) -> list[Measure]:
        """Bring measures over from a device, all at once.

        Cost: one synchronisation for each device.
        """
        # A model may lie on several: what lies on two of them cannot cross together.
        places: dict[Any, list[int]] = {}
        for index, one in enumerate(pending):
            places.setdefault(one.parts[0].device, []).append(index)
        found: dict[int, Measure] = {}
        for there in places.values():
            found.update(zip(there, self._together([pending[k] for k in there]), strict=True))
        return [found[index] for index in range(len(pending))]

    def _together(self, pending: list[Pending]) -> list[Measure]:
        """Bring measures over that lie on one device."""
        torch = self.torch
        on_mps = pending[0].parts[0].device.type == "mps"
        wide = torch.float32 if on_mps else torch.float64
        flat = torch.stack([part.to(wide) for one in pending for part in one.parts]).tolist()
        found, place = [], 0
        for one in pending:
            row = flat[place : place + len(one.parts)]
            place += len(row)
            share = 1 - row[4] / one.count if len(row) == 5 else None
            found.append(Measure(one.count, row[0] / one.count, row[1], row[2], row[3], share))
        return found
