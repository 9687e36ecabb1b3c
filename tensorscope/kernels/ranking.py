"""The k first elements by value or magnitude, without sorting the tensor.

One pass notes the best key of every block. The k-th best of these is a bound that at least k
elements reach, so that only blocks whose best reaches it are opened again, best first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Place, lift
from tensorscope.kernels import device
from tensorscope.kernels.expanded import Expanded, is_expanded
from tensorscope.kernels.predicate import magnitude, numbers, quiet
from tensorscope.kernels.search import gather
from tensorscope.kernels.walk import PIECE, Walk
from tensorscope.slots import Span

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray

_BLOCK = 1 << 12
#: So many blocks are opened together.
_TOGETHER = 16
#: Above so many elements blocks are longer: their best keys alone would take a megabyte.
_LONG = 1 << 28


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best elements of a cut, best first; ties by the lowest flat C-order position.

    Attributes
    ----------
    nan : int
        Elements that have no place in the order.
    candidates : int
        Elements that have one.
    flat : ndarray of int64
        Flat C-order positions.
    raw : ndarray
        Their raw bits, an own array.
    """

    nan: int
    candidates: int
    flat: NDArray[np.int64]
    raw: Raw


class RankWork:
    """Finds the `k` best elements of tiles.

    Parameters
    ----------
    dtype : DType
        Element type of the cut.
    shape : tuple of int
        Of the whole cut.
    k : int
        How many.
    largest, absolute : bool
        What is better.
    """

    def __init__(
        self, dtype: DType, shape: tuple[int, ...], k: int, largest: bool, absolute: bool
    ) -> None:
        self.dtype, self.shape, self.k = dtype, shape, k
        self.largest, self.absolute = largest, absolute

    def take(self, place: Place, raw: Raw) -> Ranked:
        """Rank one tile."""
        cut = Cut(self.dtype, tuple(Span(0, 1, n) for n in raw.shape), array=raw)
        ranking = Ranking(cut, self.largest, self.absolute)
        flat = ranking.first(self.k)
        own = gather(cut, flat)
        return Ranked(ranking.nan, ranking.candidates, lift(flat, place, self.shape), own)

    def on_device(self, array: DeviceArray) -> Ranked | None:
        """Rank where the numbers lie; what reaches the k-th best alone is copied."""
        found = device.rank(array, self.k, self.largest, self.absolute)
        if found is None:
            return None
        nan, candidates, flat = found
        return self.merge([Ranked(nan, candidates, flat, array.bits(flat))])

    @np.errstate(invalid="ignore", over="ignore")
    def merge(self, parts: Sequence[Ranked]) -> Ranked:
        """Join the best of several; the best of them stay."""
        flat = np.concatenate([part.flat for part in parts])
        raw = np.concatenate([part.raw for part in parts])
        keys = keys_of(self.dtype, raw, self.largest, self.absolute)
        order = np.argsort(flat)
        best = order[np.argsort(reverse(keys[order]), kind="stable")][: self.k]
        nan, candidates = sum(p.nan for p in parts), sum(p.candidates for p in parts)
        return Ranked(nan, candidates, flat[best], raw[best])


def rank(cut: Cut, k: int, largest: bool = True, absolute: bool = False) -> Ranked:
    """Return the `k` best elements of a cut.

    Cost: one pass; what is stored in chunks is read once.
    """
    return cut.fold(RankWork(cut.dtype, cut.shape, k, largest, absolute))


def keys_of(dtype: DType, raw: Raw, largest: bool, absolute: bool) -> NDArray[Any]:
    """Return numbers that are larger for better elements; NaN stays."""
    values = numbers(dtype, raw)
    keys = magnitude(values) if absolute else values
    return keys if largest else reverse(keys)


class Ranking:
    """The order of what lies in memory: best first, ties by the lowest flat C-order position.

    Attributes
    ----------
    nan : int
        Elements that have no place in the order.
    candidates : int
        Elements that have one.
    """

    @np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
    def __init__(self, cut: Cut, largest: bool = True, absolute: bool = False) -> None:
        #: Elements that stand at many places are ranked once.
        self._expanded = Expanded(cut) if is_expanded(cut) else None
        self._cut = cut = self._expanded.cut if self._expanded else cut
        self._largest = largest
        self._absolute = absolute
        self._walk = Walk(cut, as_stored=True)
        self._block = _BLOCK if cut.count <= _LONG else PIECE
        self.nan = 0
        self._survey()
        self.candidates = cut.count - self.nan
        if self._expanded:
            self.nan *= self._expanded.copies
            self.candidates *= self._expanded.copies

    def keys(self, raw: Raw) -> NDArray[Any]:
        """Return numbers that are larger for better elements; NaN stays."""
        return keys_of(self._cut.dtype, raw, self._largest, self._absolute)

    @np.errstate(invalid="ignore", over="ignore")
    def first(self, k: int) -> NDArray[np.int64]:
        """Return the flat C-order positions of the `k` best elements, best first."""
        k = min(k, self.candidates)
        if k <= 0:
            return np.empty(0, np.int64)
        if self._expanded:
            return self._spread(self._expanded, k)
        return self._first(k)

    def _spread(self, whole: Expanded, k: int) -> NDArray[np.int64]:
        """Return the places of the best elements, each at many; equal ones in turn."""
        best = self._first(min(k, self._cut.count))
        keys = self.keys(gather(self._cut, best))
        begins = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(best)]
        found: list[NDArray[np.int64]] = []
        for begin, end in pairwise(begins):
            found.append(whole.first(best[begin:end], k)[0])
            k -= len(found[-1])
            if k == 0:
                break
        return np.concatenate(found)

    def _first(self, k: int) -> NDArray[np.int64]:
        pool = _Pool(k)
        if k <= len(self._best):
            pool.bound = np.partition(self._best, len(self._best) - k)[len(self._best) - k]
        opened = np.zeros(len(self._best), np.bool_)
        order = np.argsort(self._best, kind="stable")[::-1]
        for start in range(0, len(order), _TOGETHER):
            blocks = order[start : start + _TOGETHER]
            if pool.size >= k:
                if pool.bound is None:
                    pool.settle()
                if self._best[blocks[0]] <= pool.bound:
                    break
            if pool.bound is not None:
                blocks = blocks[self._best[blocks] >= pool.bound]
            self._open(blocks, pool)
            opened[blocks] = True
        pool.settle()
        self._add_ties(pool, np.flatnonzero(~opened & (self._best == pool.bound)))
        order = np.argsort(pool.flat, kind="stable")
        keys, flat = pool.keys[order], pool.flat[order]
        return flat[np.argsort(reverse(keys), kind="stable")][:k]

    def _survey(self) -> None:
        """Note the best key of every block, and count NaN."""
        bests, lengths, block = [], [], self._block
        for _, raw in self._walk:
            best = _reduce(np.maximum, self.keys(raw), block)
            bests.append(best)
            lengths.append(len(best))
        self._best = np.concatenate([self.keys(np.empty(0, self._cut.dtype.storage)), *bests])
        self._owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        first = np.cumsum([0, *lengths])[:-1]  # the first block of each piece
        self._begin = (np.arange(len(self._best)) - np.repeat(first, lengths)) * block
        if self._best.dtype.kind == "f":
            for piece in np.unique(self._owner[np.isnan(self._best)]).tolist():
                keys = self.keys(self._walk.read(piece)[1])
                self.nan += int(np.count_nonzero(keys != keys))
                best = _reduce(np.fmax, quiet(keys), block)
                best[np.isnan(best)] = -np.inf
                self._best[first[piece] : first[piece] + len(best)] = best

    def _open(self, blocks: NDArray[np.intp], pool: _Pool) -> None:
        """Add what may be among the best, from several blocks."""
        rows = self._walk.rows(self._block)
        if rows is not None and len(blocks) > 1 and int(blocks.max()) < len(rows):
            keys = self.keys(rows[blocks].reshape(-1))
            places = _reaching(keys, pool.bound)
            walked = blocks[places // self._block] * self._block + places % self._block
            pool.add(keys[places], self._walk.c_order(walked))
            return
        for block in blocks.tolist():
            begin, raw = self._walk.read(int(self._owner[block]))
            start = int(self._begin[block])
            keys = self.keys(raw[start : start + self._block])
            places = _reaching(keys, pool.bound)
            pool.add(keys[places], self._walk.c_order(places + (begin + start)))

    def _add_ties(self, pool: _Pool, blocks: NDArray[np.intp]) -> None:
        """Let ties with the last place in that were not opened, if they stand earlier."""
        if not len(blocks):
            return
        if not self._walk.in_order and len(blocks) > 4 * pool.k + 64:
            # Memory is in another order: the earliest ties are soonest found in C order.
            for begin, raw in Walk(self._cut):
                keys = self.keys(raw)
                places = np.flatnonzero(keys == pool.bound)
                pool.add(keys[places], places + begin)
                if pool.ties >= pool.k:
                    break
            pool.settle()
            return
        for block in blocks:
            if self._walk.in_order and pool.complete_before(self._position(int(block))):
                break
            self._open(np.array([block]), pool)
            pool.settle()

    def _position(self, block: int) -> int:
        return self._walk.read(int(self._owner[block]))[0] + int(self._begin[block])


class _Pool:
    """The best elements so far: everything above the bound, and the earliest ties with it."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.bound: Any = None
        self.keys: NDArray[Any] = np.empty(0)
        self.flat: NDArray[np.int64] = np.empty(0, np.int64)
        self._new: list[tuple[NDArray[Any], NDArray[np.int64]]] = []
        self.size = 0
        self._ties: NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, keys: NDArray[Any], flat: NDArray[np.int64]) -> None:
        self._new.append((keys, flat))
        self.size += len(keys)
        if self.size > 4 * self.k + PIECE // 8:
            self.settle()

    def settle(self) -> None:
        """Find the k-th best key; drop what is below it, and ties beyond the k earliest."""
        old = [(self.keys, self.flat)] if len(self.keys) else []
        parts = old + self._new
        self._new = []
        if not parts:
            return
        keys = np.concatenate([part[0] for part in parts])
        flat = np.concatenate([part[1] for part in parts])
        if len(keys) > self.k:
            self.bound = np.partition(keys, len(keys) - self.k)[len(keys) - self.k]
        elif len(keys) == self.k:
            self.bound = keys.min()
        if self.bound is not None:
            above = np.flatnonzero(keys > self.bound)
            ties = np.flatnonzero(keys == self.bound)
            positions, first = np.unique(flat[ties], return_index=True)
            self._ties = positions[: self.k]
            kept = np.concatenate([above, ties[first[: self.k]]])
            keys, flat = keys[kept], flat[kept]
        self.keys, self.flat, self.size = keys, flat, len(keys)

    @property
    def ties(self) -> int:
        """How many ties with the bound were added since it was settled."""
        return sum(len(part[0]) for part in self._new)

    def complete_before(self, position: int) -> bool:
        """Whether every tie that is needed stands before `position`."""
        needed = self.k - (len(self.keys) - len(self._ties))
        return len(self._ties) >= needed and int(self._ties[needed - 1]) < position


def reverse(keys: NDArray[Any]) -> NDArray[Any]:
    """Return keys in the opposite order, exactly; NaN stays."""
    turned: NDArray[Any] = -keys if keys.dtype.kind == "f" else ~keys
    return turned


def _reaching(keys: NDArray[Any], bound: Any) -> NDArray[np.intp]:
    """Return where keys reach the bound; without one, where they are numbers."""
    # A comparison leaves NaN out, and NaN differs from itself.
    return np.flatnonzero(keys == keys if bound is None else keys >= bound)


def _reduce(ufunc: np.ufunc, keys: NDArray[Any], block: int) -> NDArray[Any]:
    """Return the best key of each block."""
    whole = keys.size // block
    best: NDArray[Any] = ufunc.reduce(keys[: whole * block].reshape(whole, block), axis=1)
    if keys.size > whole * block:
        best = np.append(best, ufunc.reduce(keys[whole * block :]))
    return best
