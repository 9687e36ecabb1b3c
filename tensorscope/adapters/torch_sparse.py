"""Sparse PyTorch tensors: their entries, whatever the layout they are stored in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import forward_texts, index_text, text_range
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES
from tensorscope.adapters.entries import Entries, compressed, coordinates
from tensorscope.adapters.idiom import Idiom, Order
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_code import COMPARED, TESTS, Facts, to_numpy
from tensorscope.adapters.torch_dtypes import dtype_name
from tensorscope.adapters.torch_kind import Kind
from tensorscope.adapters.torch_plain import freed, is_stored, refusal
from tensorscope.adapters.wording import Wording, rises
from tensorscope.selection import Selection

#: Element types that torch joins, narrows and makes dense.
_JOINED = (
    "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
    "bool", "complex64", "complex128",
)  # fmt: skip


class Sparse(Kind):
    """What is not stored is 0."""

    def check(self, x: Any) -> None:
        self.check_dtype(x)
        if not all(is_stored(part) for part in self.parts(x)):
            raise freed()

    def parts(self, x: Any) -> list[Any]:
        """Return the plain tensors that a sparse one is made of, its values first."""
        raise NotImplementedError

    def nbytes(self, x: Any) -> int:
        return sum(part.numel() * part.element_size() for part in self.parts(x))

    def layout(self, x: Any) -> str:
        return str(x.layout).removeprefix("torch.")

    def notes(self, x: Any) -> Iterator[str]:
        stored = self.parts(x)[0].numel()
        yield f"sparse: {stored:,} elements are stored, every other one is 0"
        yield from super().notes(x)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        what = "x.detach().to_dense()" if x.requires_grad else "x.to_dense()"
        yield Conversion("x.numpy()", "refuses", f"the layout is {self.layout(x)}; {what} copies")

    def cut(self, x: Any, selection: Selection) -> Cut:
        return self.entries(x).cut(self.dtype(x), selection)

    def entries(self, x: Any) -> Entries:
        raise NotImplementedError

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        about = Facts(
            self.dtype(x), self.lengths(x), bool(x.requires_grad), x.device.type == "cpu",
            conj=False, neg=False,
        )  # fmt: skip
        dense = x.dense_dim()
        return SparseWording(about.dtype, about.lengths, about, isinstance(self, Compressed), dense)


class Coordinates(Sparse):
    """COO: a coordinate for each stored element; several at one place add up."""

    def parts(self, x: Any) -> list[Any]:
        x = x.detach()
        return [x._values(), x._indices()]

    def notes(self, x: Any) -> Iterator[str]:
        yield from super().notes(x)
        if not x.is_coalesced():
            yield "not coalesced: elements that are stored at the same place add up"

    def entries(self, x: Any) -> Entries:
        dtype, x = self.dtype(x), x.detach()
        joined = dtype.name in _JOINED
        if joined and not x.is_coalesced():
            x = x.coalesce()  # a tensor of its own: x stays as it is
        places = self.array(x._indices(), DTYPES["int64"]).T
        found = Entries.gather(places, self.array(x._values(), dtype), tuple(x.shape))
        if found.repeated and not joined and not dtype.native:
            raise refusal(
                "AMBIGUOUS",
                f"several {dtype.name} elements are stored at one place, and PyTorch cannot add "
                "them",
                "look at x._indices() and x._values()",
            )
        return found


class Compressed(Sparse):
    """CSR, CSC, BSR and BSC: rows (or columns) one behind the other, of elements or of blocks."""

    def parts(self, x: Any) -> list[Any]:
        x = x.detach()
        if _by_rows(self.layout(x)):
            return [x.values(), x.crow_indices(), x.col_indices()]
        return [x.values(), x.ccol_indices(), x.row_indices()]

    def entries(self, x: Any) -> Entries:
        layout, dtype = self.layout(x), self.dtype(x)
        values, starts, others = self.parts(x)
        data = self.array(values, dtype)
        ends = self.array(starts, DTYPES[dtype_name(starts)])
        inner = self.array(others, DTYPES[dtype_name(others)])
        places = compressed(ends, inner)
        if not _by_rows(layout):
            places[:, -2:] = places[:, :-3:-1]
        data = data.reshape(len(places), *data.shape[inner.ndim :])
        if layout in ("sparse_bsr", "sparse_bsc"):
            places, data = _out_of_blocks(places, data)
        return Entries.gather(places, data, tuple(x.shape))


def _by_rows(layout: str) -> bool:
    """Return whether a layout is compressed along its rows."""
    return layout in ("sparse_csr", "sparse_bsr")


def _out_of_blocks(
    places: NDArray[np.int64], blocks: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return each element of each block with a place of its own."""
    size = blocks.shape[1:3]
    within = coordinates(size)
    first = places.copy()
    first[:, -2:] *= size
    spread = np.repeat(first, len(within), axis=0)
    spread[:, -2:] += np.tile(within, (len(places), 1))
    return spread, blocks.reshape(len(spread), *blocks.shape[3:])


@dataclass(frozen=True, slots=True)
class SparseWording(Wording):
    """A sparse tensor, of which only the box around the selection is made dense.

    Attributes
    ----------
    about : Facts
        Which calls are needed.
    compressed : bool
        Whether it must be turned into coordinates first.
    dense : int
        How many of the last dims are stored whole.
    """

    about: Facts
    compressed: bool
    dense: int

    def item(self, name: str, texts: Sequence[str]) -> str:
        if self.dtype.name not in _JOINED:
            return f"{self._scattered(name)}{index_text(texts)}.item()"
        return f"{self._coordinates(name)}{index_text(texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        if self.dtype.name not in _JOINED:
            return f"{self._scattered(name)}{index_text(texts)}"
        rest = []
        for text, length in zip(texts, self.lengths, strict=True):
            step = text_range(text, length)[2] if ":" in text else 1
            rest.append("0" if ":" not in text else ":" if step == 1 else f"::{step}")
        box = f"{self._box(name, texts)}.to_dense()"
        return f"{box}{to_numpy(self.about, owned=True)}{index_text(rest)}"

    def _coordinates(self, name: str) -> str:
        detach = ".detach()" if self.about.grad else ""
        return f"{name}{detach}{'.to_sparse_coo()' if self.compressed else ''}"

    def _box(self, name: str, texts: Sequence[str]) -> str:
        """Return the sparse tensor of all that lies between first and last index of each dim."""
        code = self._coordinates(name)
        for dim, (text, length) in enumerate(zip(texts, self.lengths, strict=True)):
            if ":" not in text:  # an index, or what stands in place of one
                code += f".narrow_copy({dim}, {text}, 1)"
                continue
            start, size, step = text_range(text, length)
            span = (size - 1) * step + 1 if size else 0
            if span != length:
                code += f".narrow_copy({dim}, {start}, {span})"
        return code

    def _scattered(self, name: str) -> str:
        """Return code of the whole as an array, for what PyTorch has no kernels."""
        stored, convert = self._coordinates(name), to_numpy(self.about)
        put = "(lambda d, i, v: (np.add.at(d, tuple(i), v), d)[1])"
        empty = f"np.zeros({self.lengths}, np.{self.dtype.numpy.name})"
        return f"{put}({empty}, {stored}._indices().cpu().numpy(), {stored}._values(){convert})"

    def idiom(self, name: str, selection: Selection) -> Idiom | None:
        if self.dtype.name not in COMPARED or self.dense or not selection.slots:
            return None
        texts = forward_texts(selection, keep_ints=True)
        if not rises(selection) or any(
            text_range(t, n)[2] != 1 for t, n in zip(texts, self.lengths, strict=True)
        ):
            return None
        cpu = "" if self.about.cpu else ".cpu()"
        numbers = f"{cpu}{'' if self.dtype.native else '.float()'}.numpy()"
        order = Order(
            flat="{key}.sort(descending={largest}, stable=True).indices[:{shown}]",
            key="v.values()",
            absolute="v.values().abs()",
            places=f"v.indices().T[f]{cpu}.numpy()",
            values=f"v.values()[f]{numbers}",
        )
        return Idiom(
            part=f"{self._box(name, texts)}.coalesce()",
            space="torch",
            tests=TESTS,
            magnitude="v.values().abs()",
            always="torch.full_like(v.values(), {holds}, dtype=torch.bool)",
            places=f"v.indices().T[m][:{{limit}}]{cpu}.numpy()",
            values=f"v.values()[m][:{{limit}}]{numbers}",
            order=order if self.dtype.kind != "b" else None,
            elements="v.values()",
            stored_only=True,
        )
