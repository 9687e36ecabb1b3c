"""TensorFlow tensors and variables, Keras variables, and tensors of several parts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters import tf_code, tf_kinds
from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion, of_tf
from tensorscope.adapters.tf_kinds import kind_of, refuse
from tensorscope.adapters.wording import Wording
from tensorscope.errors import clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex", "O": "bytes"}


class TfAdapter(Adapter):
    """Knows `tf.Tensor`, `tf.Variable`, RaggedTensor, SparseTensor, IndexedSlices, TensorArray.

    Everything is read eagerly and off every tape: no variable becomes watched, no node is added to
    a graph that is being built.
    """

    name = "tensorflow"
    alias = "tf"
    fill_advice = "x.to_tensor()"

    def __init__(self) -> None:
        # The tensor exists, so its framework has been imported (Keras alone may stand without).
        self.tf: Any = sys.modules.get("tensorflow")

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Read as if nobody traced or recorded."""
        record = sys.modules["tensorflow.python.eager.record"]
        with self.tf.init_scope(), record.stop_recording():
            yield

    # ------------------------------------------------------------------ who is it

    def check(self, x: Any) -> None:
        kind = kind_of(x)
        tf_kinds.check_stand_ins(x, kind)
        name = tf_kinds.dtype_name(x)
        if name in ("variant", "resource"):
            raise refuse(
                "OPAQUE", f"a {name} tensor is a handle, not numbers", "pass what it refers to"
            )
        if name not in DTYPES or (name == "string" and kind not in ("tensor", "ragged")):
            raise refuse("OPAQUE", f"{clip(name)} values of a {kind} are not read", "pass x.values")
        if kind == "variable":
            with self._aside():
                if not bool(tf_kinds.variable(x).is_initialized()):
                    raise refuse("UNINITIALIZED", "the variable has no value yet", "assign one")

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return tf_kinds.static_shape(x), tf_kinds.dtype_name(x)

    def lengths(self, x: Any) -> tuple[int, ...]:
        with self._aside():
            return tf_kinds.lengths(x, kind_of(x))

    def dtype(self, x: Any) -> DType:
        return DTYPES[tf_kinds.dtype_name(x)]

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        kind, dtype, notes = kind_of(x), self.dtype(x), []
        if dtype.kind == "O":
            notes.append("strings are bytes: they are read, and have no statistics")
        elif dtype.name.startswith(("qint", "quint")):
            notes.append("quantized without a scale: the stored integers are shown")
        elif dtype.foreign:
            notes.append(f"NumPy has no {dtype.name}: values arrive as {dtype.numpy}, exactly")
        if kind == "variable":
            notes.append("a variable: its values are those of this moment")
        notes += tf_kinds.NOTES.get(kind, [])
        with self._aside():
            return TensorInfo(
                framework="tensorflow",
                shape=tf_kinds.shown_shape(x, kind),
                dtype=dtype.name,
                device=tf_kinds.device(x, kind),
                layout=kind if kind in tf_kinds.NOTES else "strided",
                nbytes=tf_kinds.nbytes(x, kind, dtype),
                requires_grad=kind == "variable" and bool(x.trainable),
                dims=dims,
                notes=tuple(notes),
            )

    # ------------------------------------------------------------------ its values

    def cut(self, x: Any, selection: Selection) -> Cut:
        kind, dtype = kind_of(x), self.dtype(x)
        with self._aside():
            if kind == "ragged":
                return tf_kinds.ragged(x, dtype).cut(dtype, selection)
            if kind in ("sparse", "slices"):
                return tf_kinds.entries(x, kind, dtype).cut(dtype, selection)
            if kind == "array":
                return tf_kinds.array_cut(x, dtype, selection)
            tensor = tf_kinds.eager(x)
            if "CPU" in tensor.device and dtype.kind != "O":
                # An alias of the tensor's memory; sub-byte integers are widened.
                lent = dtype.bits(tf_kinds.array_of(tensor))
                return Cut(dtype, spans_of(selection), array=lent[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            index = [s if isinstance(s, int) else next(rest).slice for s in selection.slots]
            with self._aside():
                part = tf_kinds.array_of(tensor[tuple(index)] if index else tensor)
            return dtype.bits(part).reshape([span.size for span in wanted])

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        kind = kind_of(x)
        if kind not in ("sparse", "slices"):
            return None
        with self._aside():
            return tf_kinds.entries(x, kind, self.dtype(x)).stored(selection)

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        if kind_of(x) != "ragged":
            return None
        with self._aside():
            return tf_kinds.ragged(x, self.dtype(x)).present(selection)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        foreign = self.dtype(x).foreign and not tf_kinds.dtype_name(x).startswith("q")
        return of_tf(x, kind_of(x), foreign)

    # ------------------------------------------------------------------ its code

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        words = self._words(x)
        if not isinstance(words, tf_code.TfWording):
            return None
        return tf_code.idiom(name, words, selection)

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x).slice_code(name, selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self._words(x).cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x).numpy_code(name, selection)

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        held = "tf.ones_like({name}, tf.bool)"
        words = tf_code.RaggedWording(DTYPES["bool"], self.lengths(x), held)
        return words.numpy_code(name, selection)

    def _words(self, x: Any) -> Wording:
        kind, dtype, lengths = kind_of(x), self.dtype(x), self.lengths(x)
        if kind == "ragged":
            return tf_code.RaggedWording(dtype, lengths)
        if kind == "sparse":
            with self._aside():
                in_order = tf_kinds.entries(x, kind, dtype).in_order
            return tf_code.SparseWording(dtype, lengths, in_order)
        tensor = "{name}.value" if tf_kinds.is_keras(x) else tf_kinds.TENSORS.get(kind, "{name}")
        return tf_code.TfWording(dtype, lengths, tensor)
