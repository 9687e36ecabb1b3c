"""Questions asked of a dask array's blocks inside dask: a task a block, answers joined in a tree.

The active scheduler does it: threads, processes, a cluster that the user made. None is started.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.stored import bits_of
from tensorscope.adapters.tiles import Place, Work
from tensorscope.errors import TensorScopeError, UnsupportedTensorError, clip
from tensorscope.progress import tick

#: So many answers are joined by one task.
_FAN = 8
#: Seconds between two looks at a cluster.
_PAUSE = 0.05


def fold(base: Any, cut: Cut, work: Work[Any]) -> Any:
    """Ask each block of the cut once.

    Raises
    ------
    UnsupportedTensorError
        With kind ``USER_ERROR``: what computes a block raised.
    """
    import dask
    from dask.delayed import delayed

    part = _part(base, cut)
    blocks = part.to_delayed()
    starts = [np.cumsum([0, *sizes]).tolist() for sizes in part.chunks]
    take, merge = delayed(_take, pure=False), delayed(_merge, pure=False)
    level = []
    for at in np.ndindex(*blocks.shape):
        place = tuple(slice(s[k], s[k + 1]) for s, k in zip(starts, at, strict=True))
        if all(along.stop > along.start for along in place):
            level.append(take(work, place, blocks[at], cut.dtype))
    total = len(level)
    while len(level) > 1:
        level = [merge(work, level[k : k + _FAN]) for k in range(0, len(level), _FAN)]
    tick(0, total)
    try:
        return _compute(dask, level[0], total)
    except TensorScopeError:
        raise
    except Exception as error:
        raise UnsupportedTensorError(
            f"computing a block of this dask array raised {type(error).__name__}: "
            f"{clip(str(error), 300)}",
            "USER_ERROR",
        ) from error


def price(base: Any, cut: Cut, block: int) -> int:
    """Return about how many bytes are computed for a cut: those of all blocks that it needs.

    block: bytes of the largest one.

    Cost: the graph is culled; nothing is computed.
    """
    part = _part(base, cut)
    graph = part.__dask_graph__()
    keys = set(_flat(part.__dask_keys__()))
    culled = graph.cull(keys) if hasattr(graph, "cull") else graph
    roots = sum(
        1
        for key, needs in culled.get_all_dependencies().items()
        if isinstance(key, tuple) and not any(isinstance(need, tuple) for need in needs)
    )
    return max(roots, 1) * block


def _part(base: Any, cut: Cut) -> Any:
    """Return the cut as a dask array: its dims, in its order, in its direction."""
    spans = {d: s for d, s in zip(cut.order, cut.spans, strict=True) if d is not None}
    part = base[tuple(spans[d].slice for d in sorted(spans))]
    return cut.arranged(part)


def _take(work: Work[Any], place: Place, block: Any, dtype: DType) -> Any:
    return work.take(place, bits_of(block, dtype))


def _merge(work: Work[Any], parts: Sequence[Any]) -> Any:
    return work.merge(parts)


def _compute(dask: Any, wanted: Any, total: int) -> Any:
    get = dask.base.get_scheduler(collections=[wanted])
    client = getattr(get, "__self__", None)
    if client is not None and hasattr(client, "cancel"):
        return _on_cluster(client, wanted, total)
    if not getattr(get, "__module__", "").startswith("dask."):
        return wanted.compute()
    done = 0

    def after(key: Any, *_rest: Any) -> None:
        nonlocal done
        if str(key).startswith("_take"):
            done += 1
            tick(min(done, total), total)

    # Given to this one computation: a Callback context would listen to other threads' too. Those
    # of the user's that listen now would not hear of it otherwise.
    from dask.callbacks import Callback

    return wanted.compute(callbacks=[*Callback.active, (None, None, None, after, None)])


def _on_cluster(client: Any, wanted: Any, total: int) -> Any:
    """Compute on a cluster of the user's; what is asked of it is withdrawn when stopped."""
    future = client.compute(wanted)
    try:
        while not future.done():
            time.sleep(_PAUSE)
            tick(0, total)
        return future.result()
    except BaseException:
        client.cancel([future])
        raise


def _flat(keys: Any) -> list[Any]:
    return [k for part in keys for k in _flat(part)] if isinstance(keys, list) else [keys]
