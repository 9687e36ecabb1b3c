"""What stands behind an object of JAX: shards, tracers of running transforms, sparse parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.entries import Entries, compressed, coordinates
from tensorscope.errors import UnsupportedTensorError

#: Several elements share a byte on the device: NumPy gets a copy.
PACKED = ("int4", "uint4", "int2", "uint2", "float4_e2m1fn")
_HOW_TO_LEAVE = "return it from the transformed function and look at the result"


def called(name: str, x: Any) -> str:
    """Return the name of an array, or code for the array behind a tracer."""
    if is_sparse(x) or "Tracer" not in names_of(x):
        return name
    _, at, code = unwrap(x)
    array = f"np.asarray({code.format(name=name)})"
    for level, dim in enumerate(reversed(at)):
        if dim:
            array = f"np.moveaxis({array}, {level + dim}, {level})"
    return array


def names_of(x: Any) -> set[str]:
    """Return the names of all classes that an object is of."""
    return {base.__name__ for base in type(x).__mro__}


def is_key(x: Any) -> bool:
    """Return whether this is an array of PRNG keys."""
    return str(getattr(x, "dtype", "")).startswith("key<")


def is_spec(x: Any) -> bool:
    """Return whether this is a shape without an array."""
    return type(x).__name__ == "ShapeDtypeStruct"


def is_sparse(x: Any) -> bool:
    """Return whether this is a sparse array of any format."""
    return "JAXSparse" in names_of(x)


def parts(x: Any) -> list[Any]:
    """Return the arrays that a sparse one is made of, its values first."""
    return [x.data, x.indices, *([x.indptr] if type(x).__name__ == "BCSR" else [])]


def unwrap(x: Any) -> tuple[Any, list[int], str]:
    """Return the array behind the tracers of derivatives and of vmap.

    Returns
    -------
    array : jax.Array
        All values, with the batch dims where they are.
    at : list of int
        Where each vmap, from the inside out, has its batch dim.
    code : str
        What gives the array, over ``{name}``.
    """
    at: list[int] = []
    code = "{name}"
    while "Tracer" in (names := names_of(x)):
        if names & {"JVPTracer", "LinearizeTracer"}:
            x, code = x.primal, f"{code}.primal"
        elif "BatchTracer" in names and isinstance(x.batch_dim, int):
            at.append(x.batch_dim)
            x, code = x.val, f"{code}.val"
        elif "BatchTracer" in names and x.batch_dim is None:
            x, code = x.val, f"{code}.val"  # the same for all examples
        else:
            raise refuse(
                "SYMBOLIC",
                "this value belongs to a running jax.jit or another trace: it has no number yet",
                f"{_HOW_TO_LEAVE}, or use jax.debug.callback",
            )
    return x, at, code


def device_of(array: Any) -> str:
    """Return where an array lies, e.g. ``"cpu:0"``."""
    devices = sorted(array.devices(), key=lambda d: d.id)
    first = f"{devices[0].platform}:{devices[0].id}"
    return first if len(devices) == 1 else f"{first} and {len(devices) - 1} more"


def shards_of(array: Any) -> list[Any]:
    """Return shards that together hold every element once; the parts that this process can read.

    Each is a wrapper of its own: what NumPy caches, it caches there.
    """
    if not array.is_fully_addressable and not array.is_fully_replicated:
        raise refuse(
            "NO_DATA",
            "parts of this array live in other processes",
            "pass x.addressable_data(0), the part that this process holds",
        )
    found: dict[tuple[tuple[int | None, int | None], ...], Any] = {}
    for shard in array.addressable_shards:
        found.setdefault(tuple((s.start, s.stop) for s in shard.index), shard)
    return list(found.values())


def can_be_lent(data: Any, dtype: DType) -> bool:
    """Return whether NumPy can look at the bits as they lie: on the host, a byte each at least."""
    (device,) = data.devices()
    return device.platform == "cpu" and dtype.name not in PACKED and data.ndim <= 64


def lend(data: Any, dtype: DType) -> Raw:
    """Return the raw bits of an array that can be lent, as they lie."""
    return dtype.bits(np.asarray(data))


def entries(x: Any, dtype: DType) -> Entries:
    """Return what a sparse array stores; repeated places add up, as they do in a dense one."""
    data, indices = whole(x.data), whole(x.indices)
    if type(x).__name__ == "BCSR":
        places = compressed(whole(x.indptr), indices)
    else:
        # Batch dims of size 1 stand for all of their dim.
        lead, stored = tuple(x.shape[: x.n_batch]), indices.shape[-2]
        indices = np.broadcast_to(indices, lead + indices.shape[-2:])
        data = np.broadcast_to(data, lead + data.shape[x.n_batch :])
        ahead = np.repeat(coordinates(lead), stored, axis=0)
        places = np.concatenate([ahead, indices.reshape(len(ahead), -1)], axis=1)
    data = data.reshape(len(places), *data.shape[x.n_batch + 1 :])
    found = Entries.gather(places, data, tuple(x.shape))
    return replace(found, values=dtype.bits(found.values))


def whole(array: Any) -> np.ndarray[Any, Any]:
    """Return an array's values, without a cache on it."""
    (shard, *others) = shards_of(array)
    if others:
        raise refuse("OPAQUE", "the entries are sharded", "pass x.todense()")
    return np.asarray(shard.data)


def refuse(kind: str, what: str, then: str) -> UnsupportedTensorError:
    """Return an error that says what came and what to do."""
    return UnsupportedTensorError(f"{what}; {then}", kind)
