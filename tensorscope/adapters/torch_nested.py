"""Nested PyTorch tensors: rows that end at different places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.ragged import Ragged
from tensorscope.adapters.torch_code import Facts, to_numpy
from tensorscope.adapters.torch_kind import Kind
from tensorscope.adapters.torch_plain import freed, is_stored, refusal
from tensorscope.adapters.wording import Wording
from tensorscope.selection import Selection


class Nested(Kind):
    """The strided layout: each row is a tensor with sizes of its own, in one buffer."""

    def check(self, x: Any) -> None:
        self.check_dtype(x)
        if x.dim() < 2:
            raise refusal("NO_DATA", "a nested tensor without rows", "pass one that has some")
        if not self.is_stored(x):
            raise freed()

    def is_stored(self, x: Any) -> bool:
        """Return whether the storage still spans every row."""
        sizes, strides = self._sizes(x), np.array(x._nested_tensor_strides().tolist(), np.int64)
        starts = np.array(x._nested_tensor_storage_offsets().tolist(), np.int64)
        last = starts + ((sizes - 1) * strides.reshape(sizes.shape)).sum(axis=1)
        needed = int((last[(sizes > 0).all(axis=1)] + 1).max(initial=0)) * x.element_size()
        return bool(x.untyped_storage().nbytes() >= needed)

    def lengths(self, x: Any) -> tuple[int, ...]:
        rows, *rest = self.shape(x)
        sizes = self._sizes(x)
        longest = sizes.max(axis=0).tolist() if len(sizes) else [0] * len(rest)
        return (rows or 0, *longest)

    def shape(self, x: Any) -> tuple[int | None, ...]:
        sizes = self._sizes(x)
        alike = [len(set(column)) <= 1 for column in sizes.T.tolist()]
        first = sizes[0].tolist() if len(sizes) else [0] * (x.dim() - 1)
        inner = (n if same else None for n, same in zip(first, alike, strict=False))
        return (int(x.size(0)), *inner)

    def layout(self, x: Any) -> str:
        return "nested"

    def notes(self, x: Any) -> Any:
        yield "nested: rows end at different places; the shape of a selection is a rectangle"
        yield from super().notes(x)

    def _sizes(self, x: Any) -> NDArray[np.int64]:
        """Return the sizes of each row's dims."""
        sizes = np.array(x._nested_tensor_size().tolist(), np.int64)
        return sizes.reshape(int(x.size(0)), x.dim() - 1)

    def ragged(self, x: Any) -> tuple[Ragged, tuple[int, ...]]:
        """Return the rows, and which dim of the tensor each of their dims is."""
        x = x.detach()
        sizes = self._sizes(x)
        flat = self.array((x if x.is_contiguous() else x.contiguous()).values(), self.dtype(x))
        differ = np.flatnonzero((sizes != sizes[:1]).any(axis=0))
        last = int(differ[-1]) if len(differ) else 0
        splits = []
        for dim in range(last + 1):
            inside = sizes[:, :dim].prod(axis=1)  # how many rows of this dim each row has
            splits.append(_starts(np.repeat(sizes[:, dim], inside)))
        inner = sizes[0, last + 1 :].tolist() if len(sizes) else []
        return Ragged(flat.reshape(-1, *inner), tuple(splits)), tuple(range(x.dim()))

    def cut(self, x: Any, selection: Selection) -> Cut:
        rows, order = self.ragged(x)
        turned = _turned(selection, order)
        cut = rows.cut(self.dtype(x), turned)
        return cut.arrange(_back(selection, order))

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_]:
        rows, order = self.ragged(x)
        return rows.present(_turned(selection, order)).transpose(_back(selection, order))

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        dtype, lengths, grad = self.dtype(x), self.lengths(x), bool(x.requires_grad)
        about = Facts(dtype, lengths, grad, x.device.type == "cpu", conj=False, neg=False)
        return NestedWording(dtype, lengths, about)


class Jagged(Nested):
    """The jagged layout: one dim differs; its rows lie one behind the other in a buffer."""

    def is_stored(self, x: Any) -> bool:
        return is_stored(x._values)

    def lengths(self, x: Any) -> tuple[int, ...]:
        shape = self.shape(x)
        counts = self._counts(x)[1]
        longest = int(counts.max()) if len(counts) else 0
        return tuple(longest if n is None else n for n in shape)

    def shape(self, x: Any) -> tuple[int | None, ...]:
        return tuple(n if isinstance(n, int) else None for n in x.shape)

    def _counts(self, x: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where each row begins in the buffer, and how long it is."""
        offsets = np.array(x._offsets.tolist(), np.int64)
        starts = offsets[:-1]
        if x._lengths is None:
            return starts, np.diff(offsets)
        lengths = np.array(x._lengths.tolist(), np.int64)
        return starts[: len(lengths)], lengths

    def ragged(self, x: Any) -> tuple[Ragged, tuple[int, ...]]:
        starts, counts = self._counts(x)
        ragged_dim = int(x._ragged_idx)
        values = self.array(x._values, self.dtype(x))
        values = np.moveaxis(values, ragged_dim - 1, 0)
        splits = _starts(counts)
        if x._lengths is not None:  # rows with gaps between them
            values = values[np.repeat(starts - splits[:-1], counts) + np.arange(splits[-1])]
        others = (d for d in range(1, x.dim()) if d != ragged_dim)
        return Ragged(values, (splits,)), (0, ragged_dim, *others)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where rows of these lengths begin, and where the last ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _turned(selection: Selection, order: tuple[int, ...]) -> Selection:
    """Return the selection with its dims in another order."""
    return Selection(
        tuple(selection.lengths[d] for d in order), tuple(selection.slots[d] for d in order)
    )


def _back(selection: Selection, order: tuple[int, ...]) -> list[int]:
    """Return, for each dim that the selection keeps, where it is among the turned ones."""
    kept = [d for d in order if not isinstance(selection.slots[d], int)]
    return [kept.index(d) for d in sorted(kept)]


@dataclass(frozen=True, slots=True)
class NestedWording(Wording):
    """A nested tensor, made a rectangle before NumPy slices it."""

    about: Facts

    def item(self, name: str, texts: Sequence[str]) -> str:
        first, *rest = texts
        return f"{name}.unbind()[{first}]{index_text(rest)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        rows = f"{name}{'.detach()' if self.about.grad else ''}.unbind()"
        wide = rows if self.dtype.native else f"[t{_widened(self)} for t in {rows}]"
        return f"{_padded(wide)}{'' if self.about.cpu else '.cpu()'}.numpy(){index_text(texts)}"

    def present_code(self, name: str, selection: Selection) -> str:
        held = f"[torch.ones_like(t, dtype=torch.bool, device='cpu') for t in {name}.unbind()]"
        return BooleanWording(self.dtype, self.lengths, held).numpy_code("", selection)


@dataclass(frozen=True, slots=True)
class BooleanWording(Wording):
    """Where a nested tensor has values.

    Attributes
    ----------
    held : str
        Code of its rows as True.
    """

    held: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{self.own(name, texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{_padded(self.held)}.numpy(){index_text(texts)}"


def _padded(rows: str) -> str:
    """Return code of the rectangle around rows of any layout and dtype."""
    return f"torch.nested.as_nested_tensor({rows}).to_padded_tensor(0)"


def _widened(words: NestedWording) -> str:
    return to_numpy(words.about, owned=True).removesuffix(".numpy()").removeprefix(".cpu()")
