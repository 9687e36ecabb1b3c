"""Code strings for TensorFlow: indexed there and made NumPy after, where it has the kernels.

It slices up to eight dims, and neither the float8s with a bias of their own nor anything below
eight bits; its comparisons take subnormal numbers for 0, its integer sums wrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensorscope.adapters.code import forward_texts, index_text
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
        if not self.sliced:
            return f"np.asarray({name}){index_text(texts)}.item()"
        return f"{indexed(name, texts)}.numpy(){'' if self.dtype.kind == 'O' else '.item()'}"

    def own(self, name: str, texts: Sequence[str]) -> str:
        name = self.tensor.format(name=name)
        if self.sliced:
            return f"{indexed(name, texts)}.numpy(){self.widen}"
        return f"np.asarray({name}){index_text(texts)}{self.widen or '.copy()'}"


@dataclass(frozen=True, slots=True)
class DenseWording(Wording):
    """A tensor that is made dense, or rectangular, before NumPy indexes it.

    Attributes
    ----------
    dense : str
        The call that does so, with a field ``name``.
    cell : str
        One element as a tensor, with fields ``name``, ``index``, ``starts`` and ``sizes``.
    """

    dense: str
    cell: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        index, starts = index_text(texts), ", ".join(texts)
        sizes = ", ".join("1" for _ in texts)
        code = self.cell.format(name=name, index=index, starts=f"[{starts}]", sizes=f"[{sizes}]")
        return f"{code}.numpy(){'' if self.dtype.kind == 'O' else '.item()'}"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{self.dense.format(name=name)}.numpy(){index_text(texts)}{self.widen}"


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
