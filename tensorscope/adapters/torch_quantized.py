"""Quantized PyTorch tensors: float32 values, computed from the integers that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_dtypes import dtype_name
from tensorscope.adapters.torch_kind import Kind, fetched
from tensorscope.adapters.torch_plain import freed, is_stored
from tensorscope.adapters.wording import Wording
from tensorscope.selection import Selection
from tensorscope.slots import Span

_STORED = {"qint8": "int8", "quint8": "uint8", "qint32": "int32"}
#: Several elements share a byte, the first in its low bits → bits of an element.
_PACKED = {"quint4x2": 4, "quint2x4": 2}


class Quantized(Kind):
    """Per tensor or per channel.

    The stored bits are read, and the values computed from them: an element or a slice of a
    quantized tensor answers wrongly, or not at all, where elements are packed or have channels.
    """

    def check(self, x: Any) -> None:
        self.check_dtype(x)
        if not is_stored(x, 8 // _PACKED.get(dtype_name(x), 8)):
            raise freed()

    def nbytes(self, x: Any) -> int:
        per_byte = 8 // _PACKED.get(dtype_name(x), 8)
        return -(-int(x.numel()) // per_byte) * int(x.element_size())

    def notes(self, x: Any) -> Iterator[str]:
        scheme = str(x.qscheme()).removeprefix("torch.")
        name = dtype_name(x)
        if "channel" in scheme:
            how = f"a scale for each index of dim {x.q_per_channel_axis()}"
        else:
            how = f"scale {x.q_scale()!r}, zero point {x.q_zero_point()}"
        yield f"quantized, {how}: values are dequantized to float32, .stored has the integers"
        if name == "quint2x4":
            yield "packed: x[i].item() and x.int_repr() of PyTorch give other numbers"

    def conversions(self, x: Any) -> Iterable[Conversion]:
        yield Conversion(
            "x.numpy()",
            "refuses",
            "it is quantized; x.dequantize() and x.int_repr() make copies first",
        )

    def cut(self, x: Any, selection: Selection) -> Cut:
        source, dtype = x.detach(), self.dtype(x)
        affine = _Affine.of(source)

        def fetch(index: tuple[int | slice, ...]) -> Raw:
            return affine.values(self._integers(source, index), index)

        return fetched(self.torch, dtype, selection, fetch)

    def integers(self, x: Any, selection: Selection) -> NDArray[Any]:
        slots = [s.forward() if isinstance(s, Span) else s for s in selection.slots]
        rising = Selection(selection.lengths, tuple(slots))
        flips = tuple(
            slice(None, None, -1 if s.step < 0 else 1)
            for s in selection.slots
            if isinstance(s, Span)
        )
        return np.array(self._integers(x.detach(), rising.index)[flips], order="C")

    def _integers(self, x: Any, index: tuple[int | slice, ...]) -> NDArray[Any]:
        """Return stored integers, from the bytes themselves."""
        torch, name = self.torch, dtype_name(x)
        storage = x.untyped_storage()
        if name not in _PACKED:
            plain = torch.empty(0, dtype=getattr(torch, _STORED[name]), device=x.device)
            plain.set_(storage, x.storage_offset(), x.shape, x.stride())
            part = plain[index] if index else plain
            own = torch.empty(part.shape, dtype=part.dtype)
            own.copy_(part)
            return np.from_dlpack(own)
        bits = _PACKED[name]
        data = torch.empty(0, dtype=torch.uint8, device=x.device)
        data.set_(storage, 0, (storage.nbytes(),))
        places = _places(x, index)
        held = np.from_dlpack(data.cpu())[places * bits // 8]
        return np.asarray((held >> (places * bits % 8).astype(np.uint8)) & ((1 << bits) - 1))

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        return QuantizedWording(self.dtype(x), self.lengths(x))


def _places(x: Any, index: tuple[int | slice, ...]) -> NDArray[np.int64]:
    """Return how many elements lie before each one of a selection."""
    places = np.full((), x.storage_offset(), np.int64)
    for slot, length, stride in zip(index, x.shape, x.stride(), strict=True):
        along = np.arange(length, dtype=np.int64)[slot] * stride
        places = places[..., None] + along if isinstance(slot, slice) else places + along
    return places


@dataclass(frozen=True, slots=True)
class _Affine:
    """value = (integer − zero point) × scale, rounded as PyTorch does.

    Per tensor, or with a zero point that is no integer, in float32; per channel in float64.

    Attributes
    ----------
    dim : int or None
        Which dim has a scale and a zero point for each index.
    """

    dim: int | None
    scale: NDArray[Any]
    zero: NDArray[Any]

    @classmethod
    def of(cls, x: Any) -> _Affine:
        """Read scale and zero point."""
        if "channel" not in str(x.qscheme()):
            scale = np.asarray(x.q_scale(), np.float32)
            return cls(None, scale, np.asarray(x.q_zero_point(), np.int64))
        zeros = np.array(x.q_per_channel_zero_points().tolist())
        wide = np.float32 if zeros.dtype.kind == "f" else np.float64
        scales = np.array(x.q_per_channel_scales().tolist(), wide)
        return cls(int(x.q_per_channel_axis()), scales, zeros)

    def values(self, integers: NDArray[Any], index: tuple[int | slice, ...]) -> Raw:
        """Return the values of the stored integers at an index."""
        scale, zero = self.scale, self.zero
        if self.dim is not None:
            slot = index[self.dim] if index else slice(None)
            after = sum(isinstance(s, slice) for s in index[self.dim + 1 :])
            shape = (-1, *(1 for _ in range(after))) if isinstance(slot, slice) else ()
            scale, zero = scale[slot].reshape(shape), zero[slot].reshape(shape)
        if zero.dtype.kind == "f":
            steps = integers.astype(np.float32) - zero.astype(np.float32)
        else:
            steps = (integers.astype(np.int64) - zero).astype(scale.dtype)
        return np.asarray(steps * scale).astype(np.float32)


@dataclass(frozen=True, slots=True)
class QuantizedWording(Wording):
    """A quantized tensor: dequantized, then indexed."""

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}.dequantize(){index_text(texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}.dequantize(){index_text(texts)}.cpu().clone().numpy()"
