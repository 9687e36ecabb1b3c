"""NumPy's masked arrays: places that exist and hold no value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import flips_text, forward_texts, index_text
from tensorscope.adapters.numpy_ import NumpyAdapter
from tensorscope.errors import UnsupportedTensorError
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS


class MaskedAdapter(NumpyAdapter):
    """Knows `numpy.ma.MaskedArray`. What lies under the mask is never shown."""

    def check(self, x: Any) -> None:
        super().check(x)
        if x.dtype.names and np.atleast_1d(np.ma.getmaskarray(x)).copy().view(np.bool_).any():
            field = x.dtype.names[0]
            raise UnsupportedTensorError(
                "each field of this record array has a mask of its own; pass one field, "
                f"e.g. x[{field!r}]",
                "OPAQUE",
            )

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        info = super().describe(x, dims)
        return TensorInfo(
            info.framework, info.shape, info.dtype, layout=f"masked, {info.layout}",
            nbytes=info.nbytes, dims=dims,
            notes=("masked places hold no value: they are left out of searches", *info.notes),
        )  # fmt: skip

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        if x.mask is np.ma.nomask or x.dtype.names:
            return None
        return np.asarray(~np.ma.getmaskarray(x)[(*selection.index, ...)])

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        index = index_text(forward_texts(selection, keep_ints=True))
        return f"~np.ma.getmaskarray({name}){index}{flips_text(selection, keep_all=True)}"

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.reduced or selection.is_cell:
            return super().slice_code(name, x, selection)
        index = index_text([selection.slot_text(d) for d in range(len(selection.slots))])
        return f"{name}{index}.copy()"

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        code = super().cell_code(name, x, cell)
        if any(c in REDUCTIONS for c in cell):
            return code
        place = index_text([str(c) for c in cell]) or "[()]"
        return f"np.ma.masked if np.ma.getmaskarray({name}){place} else {code}"

    def base(self, name: str, x: Any) -> str:
        return f"np.ma.getdata({name})"

    plain = base
