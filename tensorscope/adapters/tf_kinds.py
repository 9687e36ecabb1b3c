"""What TensorFlow and Keras have in place of a plain tensor, and where each keeps its values.

Functions that read are called eagerly and off every tape (`TfAdapter` sees to it).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.entries import Entries
from tensorscope.adapters.ragged import Ragged
from tensorscope.errors import UnsupportedTensorError
from tensorscope.selection import Selection
from tensorscope.slots import Span

_KINDS = {
    "KerasTensor": "keras tensor",
    "TensorSpec": "spec",
    "RaggedTensor": "ragged",
    "SparseTensor": "sparse",
    "IndexedSlices": "slices",
    "TensorArray": "array",
    "BaseResourceVariable": "variable",
    "EagerTensor": "tensor",
    "Tensor": "symbol",
}

#: What stands for a tensor in code.
TENSORS = {
    "slices": "tf.convert_to_tensor({name})",
    "array": "{name}.stack()",
}

NOTES = {
    "ragged": ["ragged: rows end at different places; the shape of a selection is a rectangle"],
    "sparse": ["sparse: what is not stored is 0"],
    "slices": ["indexed slices: repeated rows add up, what is not stored is 0"],
    "array": ["a tensor array: read without clearing its elements"],
}


def kind_of(x: Any) -> str:
    """Return what an object of TensorFlow or Keras is."""
    if is_keras(x):
        return "variable"
    if type(x).__name__ == "ShouldUseWrapper":  # what TensorArray.write() gives
        x = object.__getattribute__(x, "_tf_should_use_wrapped_value")
    names = [base.__name__ for base in type(x).__mro__]
    return next((_KINDS[name] for name in names if name in _KINDS), "other")


def is_keras(x: Any) -> bool:
    """Return whether this is Keras' own variable, around one of TensorFlow."""
    return any(base.__module__ == "keras.src.backend.tensorflow.core" for base in type(x).__mro__)


def refuse(kind: str, what: str, then: str) -> UnsupportedTensorError:
    """Return the error for a tensor that has no value to show."""
    return UnsupportedTensorError(f"{what}; {then}", kind)


def check_stand_ins(x: Any, kind: str) -> None:
    """Raise for what has no values, without touching anything that could."""
    if kind in ("keras tensor", "spec"):
        raise refuse(
            "NO_DATA",
            f"a {type(x).__name__} has no values",
            "call the model and look at its output",
        )
    if kind == "other":
        raise refuse("NOT_NUMERIC", "this is no tensor", "pass a tensor or a variable")
    parts = _parts(x, kind)
    if kind == "symbol" or any(not hasattr(part, "numpy") for part in parts):
        raise refuse(
            "SYMBOLIC",
            "this tensor belongs to a graph that is being built: it has no number yet",
            "return it from the tf.function and look at the result, or use tf.print",
        )
    if kind == "slices" and x.dense_shape is None:
        raise refuse(
            "OPAQUE", "the slices do not say the shape they are part of", "look at x.values"
        )
    if kind == "array":
        _check_array(x)
    if kind == "variable" and variable(x) is None:
        raise refuse("UNINITIALIZED", "the variable is not built yet", "call the layer once")


def _check_array(x: Any) -> None:
    elements = getattr(x._implementation, "_tensor_array", None)
    if elements is None:
        raise refuse("SYMBOLIC", "this array belongs to a graph", "look at its stack() outside")
    if any(element is None for element in elements):
        raise refuse(
            "FREED", "elements were read, and so cleared, or never written", "keep x.stack()"
        )
    if len({tuple(element.shape) for element in elements}) > 1:
        raise refuse("OPAQUE", "its elements have different shapes", "look at one of them")


def _parts(x: Any, kind: str) -> list[Any]:
    """Return the tensors that an object is made of."""
    if kind == "ragged":
        return [x.flat_values, *x.nested_row_splits]
    if kind == "sparse":
        return [x.indices, x.values, x.dense_shape]
    if kind == "slices":
        return [x.indices, x.values]
    if kind == "variable" and variable(x) is not None:
        return [variable(x).handle]
    return []


def variable(x: Any) -> Any:
    """Return the variable of TensorFlow itself."""
    # Not Keras' .value: inside of an autocast scope it gives another dtype.
    return x._value if is_keras(x) else x


def eager(x: Any) -> Any:
    """Return the tensor that holds the values now."""
    return variable(x).value() if kind_of(x) == "variable" else x


def dtype_name(x: Any) -> str:
    """Return the element type."""
    # Not Keras' own: inside of an autocast scope it says another one.
    dtype = x._value.dtype if is_keras(x) and x._value is not None else x.dtype
    return str(dtype if isinstance(dtype, str) else dtype.name).removesuffix("_ref")


def static_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape that is known without any value; None for what is not."""
    shape = getattr(x, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:
        return None
    return tuple(None if n is None else int(n) for n in shape)


def lengths(x: Any, kind: str) -> tuple[int, ...]:
    """Return the shape; for a ragged tensor that of the rectangle around its rows."""
    if kind == "ragged":
        return Ragged(_Shaped(x.flat_values.shape), splits(x)).lengths  # type: ignore[arg-type]
    if kind in ("sparse", "slices"):
        return tuple(np.asarray(x.dense_shape).tolist())
    if kind == "array":
        elements = x._implementation._tensor_array
        return (len(elements), *(elements[0].shape if elements else ()))
    return tuple(int(n) for n in x.shape)


class _Shaped:
    """A shape in place of an array."""

    def __init__(self, shape: Any) -> None:
        self.shape = tuple(shape)


def shown_shape(x: Any, kind: str) -> tuple[int | None, ...]:
    """Return the shape as a description tells it: None where rows differ."""
    return tuple(x.shape) if kind == "ragged" else lengths(x, kind)


def array_of(tensor: Any) -> NDArray[Any]:
    """Return the array of an eager tensor: on the CPU it shares memory.

    One element of bfloat16 or float8 TensorFlow gives as a scalar, which its conversion refuses.
    """
    return np.asarray(tensor if tensor.shape.rank else tensor.numpy())


def device(x: Any, kind: str) -> str:
    """Return where the values are, e.g. ``"cpu:0"``."""
    part = (_parts(x, kind) or [x])[0]
    if kind == "array":
        part = (x._implementation._tensor_array or [None])[0]
    place = getattr(part, "device", None) or "CPU:0"
    return str(place).rpartition("device:")[2].lower()


def nbytes(x: Any, kind: str, dtype: DType) -> int:
    """Return the bytes of all stored elements."""
    if kind in ("ragged", "sparse", "slices"):
        return sum(math.prod(p.shape) * p.dtype.size for p in _parts(x, kind))
    return math.prod(lengths(x, kind)) * dtype.storage.itemsize


def splits(x: Any) -> tuple[Any, ...]:
    """Return where the rows of each ragged dim begin."""
    return tuple(np.asarray(s).astype(np.int64) for s in x.nested_row_splits)


def ragged(x: Any, dtype: DType) -> Ragged:
    """Return the rows of a ragged tensor, borrowed."""
    return Ragged(dtype.bits(np.asarray(x.flat_values)), splits(x))


def entries(x: Any, kind: str, dtype: DType) -> Entries:
    """Return the stored elements of a sparse tensor, or the rows of indexed slices."""
    places = np.asarray(x.indices)
    if kind == "slices":
        places = places.reshape(-1, 1)
    found = Entries.gather(places, np.asarray(x.values), lengths(x, kind))
    if found.repeated and kind == "sparse":
        raise refuse(
            "AMBIGUOUS",
            "the sparse tensor stores several values at one place, and what that means is not "
            "defined",
            "join them first, e.g. tf.math.segment_sum, or look at x.indices and x.values",
        )
    return Entries(found.places, dtype.bits(found.values), found.repeated, found.in_order)


def array_cut(x: Any, dtype: DType, selection: Selection) -> Cut:
    """Return a selection of a tensor array: its elements are the places of dim 0."""
    elements = x._implementation._tensor_array  # .read() would clear them

    def fetch(wanted: tuple[Span, ...]) -> Raw:
        rest = iter(wanted)
        box = [Span(s, 1, 1) if isinstance(s, int) else next(rest) for s in selection.slots]
        inner = tuple(span.slice for span in box[1:])
        chosen = [elements[k] for k in range(len(elements))[box[0].slice]]
        rows = [dtype.bits(array_of(element))[inner] for element in chosen]
        return np.stack(rows).reshape([span.size for span in wanted])

    return Cut(dtype, spans_of(selection), fetch=fetch)
