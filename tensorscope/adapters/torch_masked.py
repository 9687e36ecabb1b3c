"""torch.masked.MaskedTensor: values, and a mask that is True where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_ import TorchAdapter
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS


class TorchMaskedAdapter(TorchAdapter):
    """Knows `torch.masked.MaskedTensor`, through its data and its mask."""

    hole = "masked"

    def check(self, x: Any) -> None:
        super().check(x._masked_data)
        super().check(x._masked_mask)

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        info = super().describe(x._masked_data, dims)
        return TensorInfo(
            info.framework, info.shape, info.dtype, info.device, f"masked, {info.layout}",
            info.nbytes, bool(x.requires_grad), dims,
            ("masked places hold no value: they are left out of searches", *info.notes),
        )  # fmt: skip

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return ()  # what NumPy makes of it depends on how it was made: code here asks for the parts

    def detach(self, x: Any) -> Any:
        return x

    def cut(self, x: Any, selection: Selection) -> Cut:
        return super().cut(x._masked_data, selection)

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        return np.array(super().cut(x._masked_mask, selection).read(), np.bool_)

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        return super().numpy_code(f"{name}.get_mask()", x._masked_mask, selection)

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.is_cell:
            return self.cell_code(name, x, [str(s) for s in selection.slots])
        values = super().slice_code(f"{name}.get_data()", x._masked_data, selection)
        if selection.reduced:
            return values
        mask = super().slice_code(f"{name}.get_mask()", x._masked_mask, selection)
        return f"np.ma.masked_array({values}, ~{mask})"

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        value = super().cell_code(f"{name}.get_data()", x._masked_data, cell)
        if any(c in REDUCTIONS for c in cell):
            return value
        mask = super().cell_code(f"{name}.get_mask()", x._masked_mask, cell)
        return f"{value} if {mask} else np.ma.masked"

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return super().numpy_code(f"{name}.get_data()", x._masked_data, selection)

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        return None
