"""Code strings for TensorFlow: indexed there and made NumPy after, where it has the kernels.

It slices up to eight dims, and neither the float8s with a bias of their own nor anything below
eight bits; its comparisons take subnormal numbers for 0, its integer sums wrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensorscope.adapters.code import forward_texts, index_text, text_range
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.jax_code import smallest_normal
from tensorscope.adapters.wording import Wording, indexed, rises
from tensorscope.selection import Selection

_MOST_DIMS = 8
_COMPARED = (
    "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool",
)  # fmt: skip
_SLICED = (*_COMPARED, "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "string")
_TESTS = {"isnan": "tf.math.is_nan", "isinf": "tf.math.is_inf", "isfinite": "tf.math.is_finite"}


@dataclass(frozen=True, slots=True)
class TfWording(Wording):
    """A tensor or variable.

    Attributes
    ----------
    tensor : str
        What stands for the tensor itself, with a field ``name``.
    """

    tensor: str = "{name}"

    @property
    def sliced(self) -> bool:
        """Whether TensorFlow can slice this tensor."""
        return self.dtype.name in _SLICED and len(self.lengths) <= _MOST_DIMS

    def item(self, name: str, texts: Sequence[str]) -> str:
        name = self.tensor.format(name=name)
        if texts and not self.sliced:
            return f"np.asarray({name}){index_text(texts)}.item()"
        return f"{indexed(name, texts)}.numpy(){'' if self.dtype.kind == 'O' else '.item()'}"

    def own(self, name: str, texts: Sequence[str]) -> str:
        name = self.tensor.format(name=name)
        if self.sliced or not texts:
            return f"{indexed(name, texts)}.numpy(){self.widen}"
        return f"np.asarray({name}){index_text(texts)}{self.widen or '.copy()'}"


@dataclass(frozen=True, slots=True)
class RaggedWording(Wording):
    """A ragged tensor, made a rectangle before NumPy slices it.

    Attributes
    ----------
    tensor : str
        What stands for the tensor itself, with a field ``name``.
    """

    tensor: str = "{name}"

    def item(self, name: str, texts: Sequence[str]) -> str:
        cell = f"{indexed(self.tensor.format(name=name), texts)}.numpy()"
        return cell if self.dtype.kind == "O" else f"{cell}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        name = self.tensor.format(name=name)
        return f"{name}.to_tensor().numpy(){index_text(texts)}{self.widen}"


@dataclass(frozen=True, slots=True)
class SparseWording(Wording):
    """A sparse tensor, of which only the box around the selection is made dense.

    Attributes
    ----------
    in_order : bool
        Whether its entries are stored in order, as most calls demand.
    """

    in_order: bool

    def item(self, name: str, texts: Sequence[str]) -> str:
        box = self._box(name, ", ".join(texts), ", ".join("1" for _ in texts))
        return f"{box}.numpy().item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        starts, sizes, rest = [], [], []
        for text, length in zip(texts, self.lengths, strict=True):
            # What is no slice is an index, or what stands in place of one.
            start, size, step = text_range(text, length) if ":" in text else (text, 1, 1)
            starts.append(start)
            sizes.append((size - 1) * step + 1 if size else 0)
            rest.append("0" if ":" not in text else ":" if step == 1 else f"::{step}")
        if sizes == list(self.lengths):
            box = f"tf.sparse.to_dense({self._sorted(name)})"
        else:
            box = self._box(name, ", ".join(map(str, starts)), ", ".join(map(str, sizes)))
        return f"{box}.numpy(){index_text(rest)}{self.widen}"

    def _box(self, name: str, starts: str, sizes: str) -> str:
        return f"tf.sparse.to_dense(tf.sparse.slice({self._sorted(name)}, [{starts}], [{sizes}]))"

    def _sorted(self, name: str) -> str:
        return name if self.in_order else f"tf.sparse.reorder({name})"


def idiom(name: str, words: TfWording, selection: Selection) -> Idiom | None:
    """Return TensorFlow's own words for searching, unless it cannot slice or compare here."""
    if not words.sliced or words.dtype.name not in _COMPARED:
        return None
    if not rises(selection) or not selection.slots:
        return None
    tensor = words.tensor.format(name=name)
    return Idiom(
        part=indexed(tensor, forward_texts(selection, keep_ints=True)),
        space="np",
        tests=_TESTS if words.dtype.kind == "f" else {},
        magnitude="tf.abs(v)",
        always="tf.fill(tf.shape(v), {holds})",
        places="tf.where(m)[:{limit}].numpy()",
        values=f"tf.boolean_mask(v, m)[:{{limit}}].numpy(){words.widen}",
        finest=smallest_normal(words.dtype),
    )
