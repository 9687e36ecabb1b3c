"""PyTorch tensors that answer for their values themselves, or have none that can be read now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.adapters.code import index_text
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_code import Facts, StridedWording, detached, to_numpy
from tensorscope.adapters.torch_kind import Kind, fetched
from tensorscope.adapters.torch_plain import names_of, refusal
from tensorscope.adapters.wording import Wording
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.selection import Selection


class NoData(Kind):
    """Meta and fake tensors: a shape without values."""

    def check(self, x: Any) -> None:
        kind = "fake" if "FakeTensor" in names_of(x) else "meta"
        raise refusal(
            "NO_DATA", f"a {kind} tensor has no storage", "pass a tensor on a real device"
        )

    def shape(self, x: Any) -> tuple[int | None, ...]:
        return tuple(n if isinstance(n, int) else None for n in x.shape)

    def nbytes(self, x: Any) -> int:
        count = x.numel()
        return int(count * x.element_size()) if isinstance(count, int) else 0


class Masked(Kind):
    """A masked tensor: its hidden values must not come to light."""

    def check(self, x: Any) -> None:
        raise refusal(
            "OPAQUE", "a masked tensor hides values", "pass x.get_data() or x.to_tensor(0)"
        )

    def layout(self, x: Any) -> str:
        return "masked"


class Pending(Kind):
    """The result of a collective that runs behind: using it would wait for the other ranks."""

    def check(self, x: Any) -> None:
        if not x.completed:
            raise refusal(
                "PENDING",
                "the collective that makes this tensor may still run: reading would wait for it",
                "read it after its first use, or after x.wait()",
            )
        super().check(x.elem)

    def layout(self, x: Any) -> str:
        return "strided"

    def cut(self, x: Any, selection: Selection) -> Cut:
        return super().cut(x.elem, selection)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return ()


class Mkldnn(Kind):
    """The layout of oneDNN, which nothing can index: the whole is converted."""

    def check(self, x: Any) -> None:
        self.check_dtype(x)

    def layout(self, x: Any) -> str:
        return "mkldnn"

    def notes(self, x: Any) -> Iterator[str]:
        yield "mkldnn layout: to read any part, the whole is converted to a strided copy"
        yield from super().notes(x)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        yield Conversion("x.numpy()", "refuses", "the layout is mkldnn; x.to_dense() copies first")

    def cut(self, x: Any, selection: Selection) -> Cut:
        return super().cut(x.detach().to_dense(), selection)

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        dtype, lengths, grad = self.dtype(x), self.lengths(x), bool(x.requires_grad)
        about = Facts(dtype, lengths, grad, cpu=True, conj=False, neg=False)
        return StridedWording(dtype, lengths, about, "{name}.to_dense()")


class Wrapper(Kind):
    """A subclass with `__torch_dispatch__`: its own operations say what its values are.

    Its memory is never looked at: it may have none, or hold something else there.
    """

    def check(self, x: Any) -> None:
        self.check_dtype(x)

    def detach(self, x: Any) -> Any:
        return x  # it may not know how; its values are read without the graph all the same

    def layout(self, x: Any) -> str:
        return "strided" if x.layout is self.torch.strided else str(x.layout)

    def notes(self, x: Any) -> Iterator[str]:
        yield f"{clip(type(x).__qualname__)} computes its values by operations of its own"
        yield from super().notes(x)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return ()

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype = self.dtype(x)

        def fetch(index: tuple[int | slice, ...]) -> Raw:
            return own_words(x, lambda: self._read(x, index, dtype))

        return fetched(self.torch, dtype, selection, fetch)

    def _read(self, x: Any, index: tuple[int | slice, ...], dtype: DType) -> Raw:
        """Index first, then make what is left a plain tensor."""
        try:
            part = x[index] if index else x
        except Exception:
            if not _dequantizes(self.torch, x):
                raise
            part = x.dequantize()[index]  # such tensors often know whole slices at most
        if _dequantizes(self.torch, part):
            part = part.dequantize()
        if not self._answers(part):
            return self.copy(part.detach(), (), dtype)
        if part.numel() == 1:
            return np.array(part.item()).astype(dtype.storage).reshape(tuple(part.shape))
        return self._copied(part, dtype)

    def _copied(self, part: Any, dtype: DType) -> Raw:
        """Copy through the subclass's own copy, and see that it did copy."""
        torch = self.torch
        shape = tuple(part.shape)
        over_zeros = torch.zeros(shape, dtype=part.dtype, device="cpu").copy_(part)
        over_ones = torch.ones(shape, dtype=part.dtype, device="cpu").copy_(part)
        first, second = (self.copy(own, (), dtype) for own in (over_zeros, over_ones))
        if first.tobytes() != second.tobytes():
            raise NotImplementedError("copying it into a plain tensor changed nothing there")
        return first

    def _answers(self, part: Any) -> bool:
        return type(part).__torch_dispatch__ is not self.torch.Tensor.__torch_dispatch__

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        dtype, lengths = self.dtype(x), self.lengths(x)
        about = Facts(dtype, lengths, bool(x.requires_grad), cpu=True, conj=False, neg=False)
        tensor = "{name}.dequantize()" if _dequantizes(self.torch, x) else "{name}"
        return WrapperWording(dtype, lengths, about, tensor)


@dataclass(frozen=True, slots=True)
class WrapperWording(Wording):
    """A subclass, copied into a plain tensor by operations of its own."""

    about: Facts
    tensor: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{self.tensor.format(name=name)}{index_text(texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        part = detached(self.tensor.format(name=name), self.about, index_text(texts))
        copied = "torch.empty(v.shape, dtype=v.dtype).copy_(v)"
        return f"(lambda v: {copied}{to_numpy(self.about, owned=True)})({part})"


def own_words(x: Any, read: Callable[[], Raw]) -> Raw:
    """Carry out what runs the tensor's own code; its exception becomes a refusal."""
    try:
        return read()
    except UnsupportedTensorError:
        raise
    except Exception as error:
        raise refusal(
            "USER_ERROR",
            f"{clip(type(x).__qualname__)} raised {type(error).__name__}: {clip(str(error), 300)}",
            "pass the plain tensor that it wraps",
        ) from error


def _dequantizes(torch: Any, x: Any) -> bool:
    """Return whether a subclass says how it becomes plain."""
    return type(x).dequantize is not torch.Tensor.dequantize
