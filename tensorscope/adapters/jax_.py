"""JAX arrays, single or sharded, and what stands for one: tracers, keys, specs, sparse arrays."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters import jax_code
from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.entries import Entries
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion, of_jax
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}
#: Several elements share a byte on the device: NumPy gets a copy.
_PACKED = ("int4", "uint4", "int2", "uint2", "float4_e2m1fn")
_HOW_TO_LEAVE = "return it from the transformed function and look at the result"


class JaxAdapter(Adapter):
    """Knows `jax.Array` and says what is wrong with its stand-ins.

    Nothing is cached on the user's array and no view of it outlives a call: a live view would keep
    XLA from reusing a donated buffer, and a host copy of a sharded array stays with it for good.
    """

    name = "jax"
    alias = "jnp"

    def __init__(self) -> None:
        # The array exists, so its framework has been imported.
        self.jax: Any = sys.modules["jax"]

    # ------------------------------------------------------------------ who is it

    def check(self, x: Any) -> None:
        self.check_described(x)
        if _is_key(x):
            raise _refuse(
                "OPAQUE",
                f"an array of {x.dtype} holds keys, not numbers",
                "pass jax.random.key_data(x) for the uint32 words behind them",
            )

    def check_described(self, x: Any) -> None:
        if _is_spec(x):
            raise _refuse(
                "NO_DATA", "a ShapeDtypeStruct has no values", "pass the array it stands for"
            )
        if _is_sparse(x):
            if type(x).__name__ != "BCOO" or x.n_batch:
                raise _refuse(
                    "OPAQUE",
                    f"{clip(type(x).__qualname__)} is not read, BCOO without batch dims is",
                    "pass x.todense()",
                )
            for part in (x.data, x.indices):
                self.check_described(part)
            return
        array = _concrete(x)
        if array.is_deleted():
            raise _refuse(
                "FREED",
                "the array was deleted, or donated to a jitted call",
                "keep a copy before: jnp.array(x)",
            )
        if not _is_key(array) and str(array.dtype) not in DTYPES:
            raise _refuse(
                "OPAQUE",
                f"dtype {clip(str(array.dtype))} has no number to show",
                "convert it with x.astype(...)",
            )

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        # An aval knows shape and dtype whatever became of the values.
        return tuple(n if isinstance(n, int) else None for n in x.shape), str(x.dtype)

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.shape)

    def dtype(self, x: Any) -> DType:
        return DTYPES[str(x.dtype)]

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        sparse, key, array = _is_sparse(x), _is_key(x), _concrete(x)
        stored = array.data if sparse else array
        name = str(array.dtype)
        notes, layout = [], "strided"
        if array is not x:
            notes.append("inside a running transform: these are the values it differentiates at")
        if key:
            notes.append("keys, not numbers: jax.random.key_data(x) gives the uint32 words")
        elif DTYPES[name].foreign:
            notes.append(f"NumPy has no {name}: values arrive as {DTYPES[name].numpy}, exactly")
        if sparse:
            layout = "BCOO"
            notes.append(f"sparse: {array.nse} entries are stored; repeated ones add up")
        elif len(array.devices()) > 1:
            replicated = array.is_fully_replicated
            layout = "replicated" if replicated else "sharded"
            notes.append(
                f"{layout} over {len(array.devices())} devices: only the shards that hold what is "
                "asked for are read"
            )
        nbytes = (array.data.nbytes + array.indices.nbytes) if sparse else stored.nbytes
        return TensorInfo(
            framework="jax",
            shape=tuple(array.shape),
            dtype=name,
            device=_device(stored),
            layout=layout,
            nbytes=int(nbytes),
            dims=dims,
            notes=tuple(notes),
        )

    # ------------------------------------------------------------------ its values

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype = self.dtype(x)
        if _is_sparse(x):
            return _entries(x, dtype).cut(dtype, selection)
        array = _concrete(x)
        shards = _shards(array)
        if len(shards) == 1 and _can_be_lent(shards[0].data, dtype):
            lent = _lend(shards[0].data, dtype)
            return Cut(dtype, spans_of(selection), array=lent[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            box = [Span(s, 1, 1) if isinstance(s, int) else next(rest) for s in selection.slots]
            out = np.empty([span.size for span in wanted], dtype.storage)
            for shard in shards:
                self._read_shard(shard, box, out, selection, dtype)
            return out

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        return _entries(x, self.dtype(x)).stored(selection) if _is_sparse(x) else None

    def _read_shard(
        self, shard: Any, box: list[Span], out: Raw, selection: Selection, dtype: DType
    ) -> None:
        """Copy what a shard holds of `box` to its place in `out`, which lacks integer dims."""
        local: list[Span] = []
        target: list[slice] = []
        for span, index, slot in zip(box, shard.index, selection.slots, strict=True):
            start, stop, _ = index.indices(selection.lengths[len(local)])
            # The first and the last of the span's positions that lie in this shard.
            first = max(0, -((span.start - start) // span.step))
            last = min(span.size, -((span.start - stop) // span.step))
            if first >= last:
                return
            local.append(Span(span.start + first * span.step - start, span.step, last - first))
            if not isinstance(slot, int):
                target.append(slice(first, last))
        part = self._read(shard.data, local, dtype)
        place = tuple(target)
        out[place] = part.reshape(out[place].shape)

    def _read(self, data: Any, box: list[Span], dtype: DType) -> Raw:
        """Return a box of an array that lies on one device, cut there."""
        if _can_be_lent(data, dtype):
            return _lend(data, dtype)[tuple(span.slice for span in box)]
        starts = tuple(span.start for span in box)
        sizes = tuple((span.size - 1) * span.step + 1 for span in box)
        # Starts are arguments of the compiled slice: pieces of one size compile once.
        with self.jax.ensure_compile_time_eval():
            part = self.jax.lax.dynamic_slice(data, starts, sizes).reshape(-1)
        raw = dtype.bits(np.asarray(part))
        if len(sizes) > 64:  # beyond what NumPy takes; a cell, or a plane, of such an array
            kept = [k for k, size in enumerate(sizes) if size > 1]
            steps = tuple(slice(None, None, box[k].step) for k in kept)
            return raw.reshape([sizes[k] for k in kept])[steps]
        return raw.reshape(sizes)[tuple(slice(None, None, span.step) for span in box)]

    def detach(self, x: Any) -> Any:
        return _concrete(x)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        if _is_sparse(x):
            return of_jax("sparse")
        if _concrete(x) is not x:
            return ()  # a tracer has no conversion
        if not x.is_fully_replicated and len(x.devices()) > 1:
            return of_jax("pieces")
        return of_jax("narrow" if str(x.dtype) in _PACKED else "array")

    # ------------------------------------------------------------------ its code

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        if _is_sparse(x):
            return None
        return jax_code.idiom(name, self.dtype(x), selection, bool(self.jax.config.jax_enable_x64))

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x).slice_code(name, selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self._words(x).cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x).numpy_code(name, selection)

    def _words(self, x: Any) -> jax_code.JaxWording:
        kind = jax_code.SparseWording if _is_sparse(x) else jax_code.JaxWording
        return kind(self.dtype(x), self.lengths(x))


def _names(x: Any) -> set[str]:
    return {base.__name__ for base in type(x).__mro__}


def _is_key(x: Any) -> bool:
    return str(getattr(x, "dtype", "")).startswith("key<")


def _is_spec(x: Any) -> bool:
    return type(x).__name__ == "ShapeDtypeStruct"


def _is_sparse(x: Any) -> bool:
    return "JAXSparse" in _names(x)


def _concrete(x: Any) -> Any:
    """Return the array that a tracer of a derivative stands for, or `x` if it is no tracer."""
    while "Tracer" in (names := _names(x)):
        if not names & {"JVPTracer", "LinearizeTracer"}:
            kind = type(x).__name__.removesuffix("Tracer")
            where = "jax.vmap" if kind == "Batch" else "jax.jit or another trace"
            raise _refuse(
                "SYMBOLIC", f"this value belongs to a running {where}: it has no number yet",
                f"{_HOW_TO_LEAVE}, or use jax.debug.callback",
            )  # fmt: skip
        x = x.primal
    return x


def _device(array: Any) -> str:
    devices = sorted(array.devices(), key=lambda d: d.id)
    first = f"{devices[0].platform}:{devices[0].id}"
    return first if len(devices) == 1 else f"{first} and {len(devices) - 1} more"


def _shards(array: Any) -> list[Any]:
    """Return shards that together hold every element once; the parts that this process can read.

    Each is a wrapper of its own: what NumPy caches, it caches there.
    """
    if not array.is_fully_addressable and not array.is_fully_replicated:
        raise _refuse(
            "NO_DATA",
            "parts of this array live in other processes",
            "pass x.addressable_data(0), the part that this process holds",
        )
    found: dict[tuple[tuple[int | None, int | None], ...], Any] = {}
    for shard in array.addressable_shards:
        found.setdefault(tuple((s.start, s.stop) for s in shard.index), shard)
    return list(found.values())


def _can_be_lent(data: Any, dtype: DType) -> bool:
    """Return whether NumPy can look at the bits as they lie: on the host, a byte each at least."""
    (device,) = data.devices()
    return device.platform == "cpu" and dtype.name not in _PACKED and data.ndim <= 64


def _lend(data: Any, dtype: DType) -> Raw:
    return dtype.bits(np.asarray(data))


def _entries(x: Any, dtype: DType) -> Entries:
    """Return what a BCOO array stores; repeated places add up, as they do when it is made dense."""
    found = Entries.gather(_whole(x.indices), _whole(x.data), tuple(x.shape))
    return replace(found, values=dtype.bits(found.values))


def _whole(array: Any) -> np.ndarray[Any, Any]:
    """Return an array's values, without a cache on it."""
    (shard, *others) = _shards(array)
    if others:
        raise _refuse("OPAQUE", "the entries are sharded", "pass x.todense()")
    return np.asarray(shard.data)


def _refuse(kind: str, what: str, then: str) -> UnsupportedTensorError:
    return UnsupportedTensorError(f"{kind}: {what}; {then}", kind)
