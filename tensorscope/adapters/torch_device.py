"""Questions answered where a tensor lies, so that its numbers never cross to the host.

A search, statistics or a reduced picture of a tensor on another device is computed there, chunk by
chunk; counts, extremes and the elements that are listed are all that is copied. What the device's
kernels cannot do exactly (complex numbers, uint64, no float64) is fetched in chunks instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Place, Work, tiles_of
from tensorscope.adapters.torch_plain import aside
from tensorscope.selection import Selection
from tensorscope.slots import Span

#: Dtypes that compute as they are, and those that widen without loss to one that does.
_COMPUTES = ("float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool")
_WIDER = {"uint16": "int32", "uint32": "int64"}
_FLOATS = (
    "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
)  # fmt: skip
_READ = frozenset((*_COMPUTES, *_WIDER, *_FLOATS))


class DeviceArray:
    """The numbers of a cut, on their device.

    Attributes
    ----------
    xp : module
        What computes with them.
    dtype : DType
    shape : tuple of int
    device : object
    """

    def __init__(self, torch: Any, source: Any, selection: Selection, cut: Cut) -> None:
        self.xp = torch
        self.dtype: DType = cut.dtype
        self.shape = cut.shape
        self.device = source.device
        self._source, self._selection, self._cut = source, selection, cut

    def chunks(self) -> Iterator[tuple[int, Any]]:
        """Give, in C order, the first flat position and the numbers of each chunk, in one dim."""
        for place in self._tiles():
            starts = tuple(along.start for along in place)
            first = int(np.ravel_multi_index(starts, self.shape)) if starts else 0
            yield first, self.numbers(place).reshape(-1)

    def _tiles(self) -> Any:
        spans, edges = self._cut.spans, [None] * len(self.shape)
        return tiles_of(spans, edges, max(4, self.dtype.storage.itemsize))

    def numbers(self, place: Place) -> Any:
        """Return the numbers of a box of the cut, in a dtype that computes."""
        part, falling = self._part(place)
        name = str(part.dtype).removeprefix("torch.")
        if name not in _COMPUTES:
            part = part.to(getattr(self.xp, _WIDER.get(name, "float32")))
        return part.flip(falling) if falling else part

    def _part(self, place: Place) -> tuple[Any, list[int]]:
        """Return a view of a box of the cut on the device, and which of its dims are to fall."""
        cut = self._cut
        spans = [_within(span, at) for span, at in zip(cut.spans, place, strict=True)]
        asked = {d: span.forward() for d, span in zip(cut.order, spans, strict=True)}
        kept = iter(sorted(d for d in asked if d is not None))
        index = tuple(
            slot if isinstance(slot, int) else asked[next(kept)].slice
            for slot in self._selection.slots
        )
        part = self._source[index] if index else self._source
        part = part.permute([d for d in cut.order if d is not None])
        for dim, d in enumerate(cut.order):
            if d is None:
                part = part.unsqueeze(dim)
        falling = [dim for dim, span in enumerate(spans) if span.step < 0 and span.size > 1]
        return part, falling

    def send(self, array: NDArray[Any]) -> Any:
        """Return a small array of the host's on the device."""
        here = self.xp.from_numpy(np.array(array, order="C"))
        return self._source.new_empty(here.shape, dtype=here.dtype).copy_(here)

    def home(self, tensor: Any) -> NDArray[Any]:
        """Return what was computed on the device, on the host.

        Cost: one copy, one synchronisation.
        """
        own = self.xp.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
        own.copy_(tensor)
        array: NDArray[Any] = own.numpy()
        return array

    def bits(self, flat: NDArray[np.int64]) -> Raw:
        """Return the raw bits at flat positions: gathered there, copied once.

        Cost: one synchronisation.
        """
        out = np.empty(len(flat), self.dtype.storage)
        places = np.unravel_index(flat, self.shape) if self.shape else ()
        index = []
        for slot, dim in zip(self._selection.slots, self._dims(), strict=True):
            if isinstance(slot, int):
                index.append(self.send(np.full(len(flat), slot)))
                continue
            span = self._cut.spans[self._cut.order.index(dim)]
            along = span.start + span.step * places[self._cut.order.index(dim)]
            index.append(self.send(along))
        picked = self._source[tuple(index)] if index else self._source.reshape(1)
        if str(picked.dtype).removeprefix("torch.") not in _COMPUTES:
            picked = picked.view(getattr(self.xp, f"int{8 * self.dtype.storage.itemsize}"))
        out[...] = self.home(picked).view(self.dtype.storage)
        return out

    def _dims(self) -> Iterator[int]:
        """Give, for each slot of the selection, which dim of `fetch` it is (−1 for an index)."""
        number = 0
        for slot in self._selection.slots:
            yield -1 if isinstance(slot, int) else number
            number += not isinstance(slot, int)


class DeviceRun:
    """Asks a device what it can answer, and fetches chunks for the rest."""

    def __init__(self, torch: Any, source: Any, selection: Selection) -> None:
        self.torch, self.source, self.selection = torch, source, selection

    def __call__(self, cut: Cut, work: Work[Any]) -> Any:
        """Answer a question about a cut; see :meth:`Cut.fold`."""
        ask: Callable[[DeviceArray], Any] | None = getattr(work, "on_device", None)
        if ask is not None and self._computes(cut.dtype):
            with aside(self.torch):
                answer = ask(DeviceArray(self.torch, self.source, self.selection, cut))
            if answer is not None:
                return answer
        plain = cut.part(*(slice(None) for _ in cut.shape))
        plain.run = None
        return plain.fold(work)

    def _computes(self, dtype: DType) -> bool:
        # MPS has no float64.
        return dtype.name in _READ and self.source.device.type != "mps"


def is_remote(source: Any) -> bool:
    """Return whether a strided tensor lies on a device of its own."""
    return source.device.type not in ("cpu", "meta") and math.prod(source.shape) > 0


def _within(span: Span, part: slice) -> Span:
    start, stop, step = part.indices(span.size)
    return Span(span.start + span.step * start, span.step * step, len(range(start, stop, step)))
