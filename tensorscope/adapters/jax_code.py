"""Code strings for JAX arrays: jnp where it answers rightly, else NumPy over np.asarray.

Two things that jnp gets wrong are said in NumPy: sums in float32 (and integer sums that wrap)
unless 64 bits are switched on, and comparisons with subnormal numbers, which XLA takes for 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorscope.adapters.code import forward_texts
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.wording import Wording, indexed, rises
from tensorscope.selection import Selection

#: Element types that jnp compares on every device.
_COMPARED = (
    "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool",
)  # fmt: skip
_TESTS = {name: f"jnp.{name}" for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf")}


@dataclass(frozen=True, slots=True)
class JaxWording(Wording):
    """A `jax.Array`: indexed on its device, then converted."""

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{indexed(name, texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        if self.dtype.foreign:
            return self.lend(name, texts)
        return f"np.array({indexed(name, texts)})"

    def lend(self, name: str, texts: Sequence[str]) -> str:
        return f"np.asarray({indexed(name, texts)}){self.widen}"


@dataclass(frozen=True, slots=True)
class SparseWording(JaxWording):
    """A sparse array: made dense first, as BCOO takes few indices."""

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{indexed(f'{name}.todense()', texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return JaxWording(self.dtype, self.lengths).own(f"{name}.todense()", texts)

    def lend(self, name: str, texts: Sequence[str]) -> str:
        return JaxWording(self.dtype, self.lengths).lend(f"{name}.todense()", texts)


def idiom(name: str, dtype: DType, selection: Selection, x64: bool) -> Idiom | None:
    """Return jnp's own words for searching, unless it cannot compare here.

    x64: whether 64 bits are switched on; without them jnp narrows what it computes.
    """
    if dtype.name not in _COMPARED or not rises(selection) or not selection.slots:
        return None
    if dtype.storage.itemsize == 8 and not x64:
        return None
    words = JaxWording(dtype, selection.lengths)
    return Idiom(
        part=indexed(name, forward_texts(selection, keep_ints=True)),
        space="jnp",
        tests=_TESTS,
        magnitude="jnp.abs(v)",
        always="jnp.full(v.shape, {holds})",
        places="np.asarray(jnp.argwhere(m)[:{limit}], np.int64)",
        values=words.own("v[m][:{limit}]", ()),
        finest=smallest_normal(dtype),
    )


def smallest_normal(dtype: DType) -> float:
    """Return the magnitude below which the framework may take a float for 0."""
    if dtype.kind != "f":
        return 0.0
    # Halves are compared as float32, or by rules of their own: their own limit is the larger.
    return float(np.finfo(np.float32 if dtype.name == "bfloat16" else dtype.storage).tiny)
