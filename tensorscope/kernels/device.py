"""The searches and the survey in a device's own words: what crosses are numbers about numbers.

Each does what its sibling in :mod:`tensorscope.kernels` does for memory, bit for bit but for the
order in which float64 sums are taken.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.condition import And, Compare, Not, Test
from tensorscope.kernels.histogram import Histogram, bins_of
from tensorscope.kernels.moments import Moments
from tensorscope.kernels.predicate import Always, Bound, Truth

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray
    from tensorscope.kernels.along import Along

_OPS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
#: Whole numbers beyond this lose digits in float64.
_EXACT = 1 << 53
#: Elements of a picture that are folded together.
_STRETCH = 1 << 22


def mask_of(xp: Any, node: Bound, x: Any) -> Any:
    """Return where a bound predicate holds."""
    if isinstance(node, Compare):
        value = float(node.value) if x.is_floating_point() else int(node.value)
        return _OPS[node.op](_size(xp, x) if node.absolute else x, value)
    if isinstance(node, Test):
        if not x.is_floating_point():
            x = x.to(xp.float32)
        return getattr(xp, node.function)(x.abs() if node.absolute else x)
    if isinstance(node, Always):
        return x.new_full(x.shape, node.holds, dtype=xp.bool)
    if isinstance(node, Truth):
        return x.to(xp.bool)
    if isinstance(node, Not):
        return ~mask_of(xp, node.part, x)
    first, *rest = (mask_of(xp, part, x) for part in node.parts)
    for other in rest:
        first = first & other if isinstance(node, And) else first | other
    return first


def _size(xp: Any, x: Any) -> Any:
    """Return magnitudes; those of whole numbers in a wider type, as the smallest has none."""
    return x.abs() if x.is_floating_point() else x.to(xp.int64).abs()


def find(
    array: DeviceArray, root: Bound, limit: int, along: Along | None = None
) -> tuple[int, NDArray[np.int64], NDArray[np.int64] | None]:
    """Return the number of hits, the flat positions of the first, and how many a slice holds.

    Cost: one pass and one synchronisation; another for each chunk of which hits are listed.
    """
    xp = array.xp
    starts, counts, by = [], [], None
    for start, values in array.chunks():
        starts.append(start)
        mask = mask_of(xp, root, values)
        counts.append(mask.sum())
        if along is not None:
            slices = (mask.nonzero().reshape(-1) + start) // along.inner % along.size
            here = xp.bincount(slices, minlength=along.size)
            by = here if by is None else by + here
    found = array.home(xp.stack(counts)).tolist()
    flat: list[NDArray[np.int64]] = []
    need = limit
    for (start, values), count in zip(array.chunks(), found, strict=True):
        if need <= 0:
            break
        if count:
            first = mask_of(xp, root, values).nonzero().reshape(-1)[:need]
            flat.append(array.home(first) + start)
            need -= len(flat[-1])
    places = np.concatenate(flat) if flat else np.empty(0, np.int64)
    return sum(found), places, None if by is None else array.home(by)


def rank(
    array: DeviceArray, k: int, largest: bool, absolute: bool
) -> tuple[int, int, NDArray[np.int64]] | None:
    """Return how many NaN and candidates there are, and positions that hold the k best.

    There may be more positions than k: all that reach the k-th best key, ties as far as k of each
    chunk's first. None for magnitudes of int64, whose smallest has none.
    """
    xp = array.xp
    if absolute and array.dtype.name == "int64":
        return None
    best, nans, total = None, [], 0
    for _, values in array.chunks():
        keys, nan = _keys(xp, values, largest, absolute)
        none = values.new_zeros((), dtype=xp.int64)
        nans.append(none if nan is None else nan.sum())
        total += values.numel()
        top = keys.topk(min(k, keys.numel())).values if k else keys[:0]
        best = top if best is None else xp.cat([best, top])
        best = best.topk(min(k, best.numel())).values if k else best
    nan_count = int(xp.stack(nans).sum().item())
    if best is None or not k:
        return nan_count, total - nan_count, np.empty(0, np.int64)
    bound = best[-1]
    flat = []
    for start, values in array.chunks():
        keys, nan = _keys(xp, values, largest, absolute)
        equal = keys == bound
        if nan is not None:
            equal = equal & ~nan
        for part in ((keys > bound).nonzero(), equal.nonzero()[:k]):
            flat.append(array.home(part.reshape(-1)) + start)
    return nan_count, total - nan_count, np.sort(np.concatenate(flat))


def _keys(xp: Any, x: Any, largest: bool, absolute: bool) -> tuple[Any, Any]:
    """Return numbers that are larger for better elements, NaN the worst; and where NaN is."""
    if x.dtype == xp.bool:
        x = x.to(xp.uint8)
    nan = x.isnan() if x.is_floating_point() else None
    keys = _size(xp, x) if absolute else x
    if not largest:
        keys = -keys if x.is_floating_point() else ~keys.to(xp.int64)
    return (keys if nan is None else keys.masked_fill(nan, -math.inf)), nan


def survey(array: DeviceArray, with_histogram: bool) -> dict[str, Any] | None:
    """Return what a Tally is made of; None where float64 on the device would round.

    Cost: one pass and one synchronisation; a second of each for the histogram, and for the places.
    """
    xp, kind = array.xp, array.dtype.kind
    rows, wholes, counted = [], [], []
    for _, values in array.chunks():
        x = values.to(xp.uint8) if kind == "b" else values
        rows.append(_row(xp, x))
        if kind != "f":
            wide = x.to(xp.int64)
            wholes.append(xp.stack([(wide >> 32).sum(), (wide & 0xFFFFFFFF).sum()]))
        counted.append(values.numel())
    table = array.home(xp.stack(rows))
    halves = array.home(xp.stack(wholes)).tolist() if wholes else None
    finite = np.array(counted) - table[:, :3].sum(axis=1)
    some = finite > 0
    low = float(table[some, 6].min()) if some.any() else None
    high = float(table[some, 7].max()) if some.any() else None
    largest = max(abs(low or 0.0), abs(high or 0.0))
    if (kind != "f" and largest >= _EXACT) or not np.isfinite(table[some, 8:]).all():
        return None
    moments = Moments(base=int(low) if kind != "f" and low is not None else 0)
    for count, row in zip(finite[some].tolist(), table[some].tolist(), strict=True):
        moments.take(int(count), row[8], row[9], row[10], row[11])
    number = _number(kind)
    counts = {n: int(v) for n, v in zip(("nan", "posinf", "neginf", "zero"),
                                        table[:, :4].sum(axis=0), strict=True)}  # fmt: skip
    ordered = table[np.array(counted) - table[:, 0] > 0]
    least = number(ordered[:, 4].min()) if len(ordered) else None
    most = number(ordered[:, 5].max()) if len(ordered) else None
    limits = None if low is None or high is None else (number(low), number(high))
    return {
        **counts,
        "moments": moments,
        "range": limits,
        "total": None if halves is None else _joined(halves),
        "histogram": _histogram(array, limits) if with_histogram else None,
        **_places(array, least, most, counts),
    }


def _joined(halves: list[list[int]]) -> int:
    """Return the exact sum of whole numbers from the sums of their upper and lower halves."""
    return sum((upper << 32) + lower for upper, lower in halves)


def _row(xp: Any, x: Any) -> Any:
    """Return twelve numbers about a chunk, as one float64 tensor on the device.

    NaN, +Inf, −Inf, zeros; extremes of all but NaN; extremes of the finite; mean, squared
    deviation, sum, sum of squares of the finite.
    """
    wide = x.to(xp.float64)
    nan, up, down = wide.isnan(), wide == math.inf, wide == -math.inf
    fine = ~(nan | up | down)
    count = fine.sum()
    bad = ~fine
    values = wide.masked_fill(bad, 0.0)
    total = values.sum()
    mean = total / count.clamp(min=1)
    off = (wide - mean).masked_fill(bad, 0.0)
    return xp.stack([
        nan.sum().to(xp.float64), up.sum().to(xp.float64), down.sum().to(xp.float64),
        (wide == 0).sum().to(xp.float64),
        wide.masked_fill(nan, math.inf).min(), wide.masked_fill(nan, -math.inf).max(),
        wide.masked_fill(bad, math.inf).min(), wide.masked_fill(bad, -math.inf).max(),
        mean, (off * off).sum(), total, (values * values).sum(),
    ])  # fmt: skip


def _number(kind: str) -> Any:
    return {"f": float, "b": lambda v: bool(v)}.get(kind, lambda v: int(v))


def _histogram(array: DeviceArray, limits: tuple[Any, Any] | None) -> Histogram | None:
    """Count in the bins that memory's histogram has, for the same edges."""
    if limits is None:
        return None
    xp = array.xp
    _, edges = bins_of(array.dtype, *limits)
    inner = array.send(edges[1:-1])
    counts = inner.new_zeros(len(edges) - 1, dtype=xp.int64)
    for _, values in array.chunks():
        wide = values.to(xp.float64)
        place = xp.bucketize(wide, inner, right=True)
        counts += xp.bincount(place[wide.isfinite()], minlength=len(edges) - 1)
    return array.home(counts), edges


def _places(array: DeviceArray, least: Any, most: Any, counts: dict[str, int]) -> dict[str, Any]:
    """Return where the extremes, the first NaN and the first infinity stand."""
    wanted: dict[str, Any] = {}
    if least is not None:
        wanted["least"] = lambda x: x == least
        wanted["most"] = lambda x: x == most
    if counts["nan"]:
        wanted["first_nan"] = lambda x: x.isnan()
    if counts["posinf"] or counts["neginf"]:
        wanted["first_inf"] = lambda x: x.isinf()
    found: dict[str, Any] = {"least": None, "most": None, "first_nan": None, "first_inf": None}
    for start, values in array.chunks():
        if not wanted:
            break
        tests = [test(values) for test in wanted.values()]
        xp = array.xp
        seen = array.home(xp.stack([t.any().to(xp.int64) for t in tests]
                        + [t.to(xp.uint8).argmax() for t in tests])).tolist()  # fmt: skip
        for k, name in enumerate(list(wanted)):
            if seen[k]:
                at = start + seen[len(tests) + k]
                value = {"least": least, "most": most}.get(name)
                found[name] = at if name.startswith("first") else (value, at)
        wanted = {name: test for name, test in wanted.items() if found[name] is None}
    return found


def fold(
    array: DeviceArray, picture: int, block: tuple[int, int], roots: Sequence[Bound]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Return smallest, largest, flags and hits of each block of one picture.

    Where a block has no finite number its smallest is above its largest.

    Cost: one pass; what is copied has a cell a block. One synchronisation for each stretch of rows.
    """
    xp = array.xp
    rows, columns = array.shape[1:]
    tall = max(1, _STRETCH // max(columns * block[0], 1)) * block[0]
    parts = []
    for top in range(0, rows, tall):
        place = (slice(picture, picture + 1), slice(top, min(top + tall, rows)), slice(0, columns))
        parts.append(_fold(xp, array.numbers(place)[0], block, roots))
    stacked = [xp.cat(part) if part[0] is not None else None for part in zip(*parts, strict=True)]
    low, high, flags, mask = (None if p is None else array.home(p) for p in stacked)
    assert low is not None
    assert high is not None
    assert flags is not None
    if array.dtype.kind == "b":
        low, high = low.astype(np.bool_), high.astype(np.bool_)
    return low, high, flags, mask


def _fold(xp: Any, x: Any, block: tuple[int, int], roots: Sequence[Bound]) -> tuple[Any, ...]:
    hits = None
    for k, root in enumerate(roots):
        here = mask_of(xp, root, x).to(xp.uint8) << k
        some = _blocks(xp, here, block, 0).amax((1, 3))
        hits = some if hits is None else hits | some
    if x.dtype == xp.bool:
        x = x.to(xp.uint8)
    if x.is_floating_point():
        nan, up, down = x.isnan(), x == math.inf, x == -math.inf
        bad, above, below = nan | up | down, math.inf, -math.inf
        kinds = [nan.to(xp.uint8), up.to(xp.uint8) * 2, down.to(xp.uint8) * 4]
        low, high = x.masked_fill(bad, above), x.masked_fill(bad, below)
    else:
        info = xp.iinfo(x.dtype)
        above, below, kinds, low, high = info.max, info.min, [], x, x
    flags = _blocks(xp, x.new_zeros(x.shape, dtype=xp.uint8), block, 0).amax((1, 3))
    for kind in kinds:
        flags = flags + _blocks(xp, kind, block, 0).amax((1, 3))
    return (
        _blocks(xp, low, block, above).amin((1, 3)),
        _blocks(xp, high, block, below).amax((1, 3)),
        flags,
        hits,
    )


def _blocks(xp: Any, x: Any, block: tuple[int, int], fill: float) -> Any:
    """Return rows and columns as blocks, the last ones filled up."""
    rows, columns = (-n % b for n, b in zip(x.shape, block, strict=True))
    if rows or columns:
        x = xp.nn.functional.pad(x, (0, columns, 0, rows), value=fill)
    return x.reshape(x.shape[0] // block[0], block[0], x.shape[1] // block[1], block[1])
