"""JAX arrays, single or sharded, and what stands for one: tracers, keys, specs, sparse arrays."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters import jax_code
from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.jax_kinds import (
    PACKED,
    called,
    can_be_lent,
    device_of,
    entries,
    is_key,
    is_sparse,
    is_spec,
    lend,
    parts,
    refuse,
    shards_of,
    unwrap,
)
from tensorscope.adapters.memory import Conversion, of_jax
from tensorscope.errors import clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}


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
        if is_key(x):
            raise refuse(
                "OPAQUE",
                f"an array of {x.dtype} holds keys, not numbers",
                "pass jax.random.key_data(x) for the uint32 words behind them",
            )

    def check_described(self, x: Any) -> None:
        if is_spec(x):
            raise refuse(
                "NO_DATA", "a ShapeDtypeStruct has no values", "pass the array it stands for"
            )
        if is_sparse(x):
            if type(x).__name__ not in ("BCOO", "BCSR"):
                raise refuse(
                    "OPAQUE",
                    f"{clip(type(x).__qualname__)} is not read, BCOO and BCSR are",
                    "pass x.todense()",
                )
            for part in parts(x):
                self.check_described(part)
            return
        array = unwrap(x)[0]
        if array.is_deleted():
            raise refuse(
                "FREED",
                "the array was deleted, or donated to a jitted call",
                "keep a copy before: jnp.array(x)",
            )
        if not is_key(array) and str(array.dtype) not in DTYPES:
            raise refuse(
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
        sparse, key, (array, at, _) = is_sparse(x), is_key(x), unwrap(x)
        stored = array.data if sparse else array
        name = str(array.dtype)
        notes, layout = [], "strided"
        if at:
            examples = " × ".join(map(str, self.batch(x)))
            notes.append(
                f"inside of vmap: an element is a list of {examples} values, one for each example"
            )
        elif array is not x:
            notes.append("inside a running transform: these are the values it differentiates at")
        if key:
            notes.append("keys, not numbers: jax.random.key_data(x) gives the uint32 words")
        elif DTYPES[name].foreign:
            notes.append(f"NumPy has no {name}: values arrive as {DTYPES[name].numpy}, exactly")
        if sparse:
            layout = type(x).__name__
            notes.append(f"sparse: {array.nse} entries are stored; repeated ones add up")
        elif len(array.devices()) > 1:
            replicated = array.is_fully_replicated
            layout = "replicated" if replicated else "sharded"
            notes.append(
                f"{layout} over {len(array.devices())} devices: only the shards that hold what is "
                "asked for are read"
            )
        nbytes = sum(part.nbytes for part in parts(x)) if sparse else stored.nbytes
        return TensorInfo(
            framework="jax",
            shape=tuple(x.shape),
            dtype=name,
            device=device_of(stored),
            layout=layout,
            nbytes=int(nbytes),
            dims=dims,
            notes=tuple(notes),
        )

    # ------------------------------------------------------------------ its values

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype = self.dtype(x)
        if is_sparse(x):
            return entries(x, dtype).cut(dtype, selection)
        array = self._arranged(x)
        shards = shards_of(array)
        if len(shards) == 1 and can_be_lent(shards[0].data, dtype):
            lent = lend(shards[0].data, dtype)
            return Cut(dtype, spans_of(selection), array=lent[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            box = [Span(s, 1, 1) if isinstance(s, int) else next(rest) for s in selection.slots]
            out = np.empty([span.size for span in wanted], dtype.storage)
            for shard in shards:
                self._read_shard(shard, box, out, selection, dtype)
            return out

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def batch(self, x: Any) -> tuple[int, ...]:
        if is_sparse(x):
            return ()
        _, at, _ = unwrap(x)
        return tuple(self._arranged(x).shape[: len(at)]) if at else ()

    def _arranged(self, x: Any) -> Any:
        """Return the array behind the tracers, with batch dims first, the outermost one leading."""
        array, at, _ = unwrap(x)
        for level, dim in enumerate(reversed(at)):
            if dim:
                with self.jax.ensure_compile_time_eval():
                    array = self.jax.numpy.moveaxis(array, level + dim, level)
        return array

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        return entries(x, self.dtype(x)).stored(selection) if is_sparse(x) else None

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
        if can_be_lent(data, dtype):
            return lend(data, dtype)[tuple(span.slice for span in box)]
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
        return x if is_sparse(x) else unwrap(x)[0]

    def conversions(self, x: Any) -> Iterable[Conversion]:
        if is_sparse(x):
            return of_jax("BCSR" if type(x).__name__ == "BCSR" else "BCOO")
        if unwrap(x)[0] is not x:
            return ()  # a tracer has no conversion
        if not x.is_fully_replicated and len(x.devices()) > 1:
            return of_jax("pieces")
        return of_jax("narrow" if str(x.dtype) in PACKED else "array")

    # ------------------------------------------------------------------ its code

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        if is_sparse(x):
            return None
        return jax_code.idiom(
            called(name, x), self.dtype(x), selection, bool(self.jax.config.jax_enable_x64)
        )

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        batch = self.batch(x)
        ahead = tuple(Span(0, 1, n) for n in batch)
        full = Selection(batch + selection.lengths, ahead + selection.slots)
        code = self._words(x).slice_code(called(name, x), full)
        return f"{code}.tolist()" if batch and not selection.shape else code

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self._words(x).cell_code(called(name, x), cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x).numpy_code(called(name, x), selection)

    def _words(self, x: Any) -> jax_code.JaxWording:
        kind = jax_code.SparseWording if is_sparse(x) else jax_code.JaxWording
        return kind(self.dtype(x), self.batch(x) + self.lengths(x))
