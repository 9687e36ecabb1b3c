"""Which kind a PyTorch tensor is of, told from types and flags alone."""

from __future__ import annotations

from typing import Any

from tensorscope.adapters.torch_kind import Kind
from tensorscope.adapters.torch_nested import Jagged, Nested
from tensorscope.adapters.torch_plain import names_of
from tensorscope.adapters.torch_quantized import Quantized
from tensorscope.adapters.torch_sharded import Sharded
from tensorscope.adapters.torch_sparse import Compressed, Coordinates
from tensorscope.adapters.torch_wrapped import Masked, Mkldnn, NoData, Pending, Wrapper

#: Class (anywhere in the MRO) → kind.
_BY_CLASS = {
    "FakeTensor": NoData,
    "DTensor": Sharded,
    "AsyncCollectiveTensor": Pending,
    "MaskedTensor": Masked,
}


def kind_of(torch: Any, x: Any) -> Kind:
    """Return the kind of a tensor without wrappers; call it under `aside`."""
    return _class_of(torch, x)(torch)


def _class_of(torch: Any, x: Any) -> type[Kind]:
    names = names_of(x)
    for name, kind in _BY_CLASS.items():
        if name in names:
            return kind
    if x.is_nested:
        return Jagged if x.layout is torch.jagged else Nested
    if type(x).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
        return Wrapper
    if x.is_meta:
        return NoData
    if x.layout is torch.sparse_coo:
        return Coordinates
    if x.is_mkldnn:
        return Mkldnn
    if x.layout is not torch.strided:
        return Compressed
    return Quantized if x.is_quantized else Kind
