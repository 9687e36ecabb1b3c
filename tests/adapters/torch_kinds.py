"""PyTorch tensors that keep their values in other ways than strided memory, and those values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

SPREAD = torch.tensor(
    [[0, 2.0, 0, 1], [3, 0, 0, 0], [0, 0, 4, -5], [0, 0, 0, 6]], dtype=torch.float32
)
STACK = torch.stack([SPREAD, -SPREAD.t().contiguous()])
#: Both batches store as much, as the compressed layouts demand.
BLOCKS = torch.stack([torch.block_diag(SPREAD[:2, :2], SPREAD[2:, 2:])] * 2)


def repeated(dtype: torch.dtype = torch.float32, grad: bool = False) -> Any:
    """Make a COO tensor with two elements at one place, in no order."""
    values = torch.tensor([3, 5, 4]).to(dtype)
    x = torch.sparse_coo_tensor([[1, 0, 1], [0, 2, 0]], values, (2, 3))
    return x.requires_grad_() if grad else x


def rows(layout: torch.layout, dtype: torch.dtype = torch.float32) -> Any:
    """Make a nested tensor whose rows are alike."""
    parts = [torch.arange(6.0).view(2, 3).to(dtype), torch.arange(6.0, 12).view(2, 3).to(dtype)]
    return torch.nested.nested_tensor(parts, layout=layout)


def channels(dim: int, dtype: torch.dtype = torch.qint8) -> Any:
    """Make a tensor that is quantized per channel."""
    values = torch.linspace(-3, 3, 12).view(3, 4)
    scales = torch.linspace(0.05, 0.3, values.shape[dim], dtype=torch.float64)
    return torch.quantize_per_channel(values, scales, torch.arange(len(scales)), dim, dtype)


def packed(dtype: torch.dtype) -> Any:
    """Make a quantized tensor with several elements in a byte, and rows that begin inside one."""
    values = torch.linspace(0, 1.5, 15).view(3, 5)
    scales, zeros = torch.tensor([0.1, 0.2, 0.4]), torch.tensor([0.0, 0.5, 1.0])
    return torch.quantize_per_channel(values, scales, zeros, 0, dtype)


def dense(x: Any) -> np.ndarray:
    """Return the values of a sparse or mkldnn tensor."""
    x = x.detach().to_dense()
    return (x.float() if x.dtype == torch.bfloat16 else x).numpy()


def dequantized(x: Any) -> np.ndarray:
    """Return the values of a quantized tensor."""
    return x.dequantize().numpy()


def padded(x: Any) -> np.ndarray:
    """Return the values of a nested tensor whose rows are alike."""
    whole = torch.stack(list(x.detach().unbind()))
    return (whole.float() if x.dtype == torch.bfloat16 else whole).numpy()


def _hybrid() -> Any:
    return torch.sparse_coo_tensor([[2, 0]], torch.arange(6.0).view(2, 3), (4, 3))


def _hybrid_csr() -> Any:
    return torch.sparse_csr_tensor([0, 2, 3], [0, 1, 0], torch.arange(6.0).view(3, 2), (2, 3, 2))


def _per_tensor(dtype: torch.dtype) -> Any:
    return torch.quantize_per_tensor(torch.linspace(-9, 9, 60).view(3, 4, 5), 0.07, 3, dtype)


def _raw(name: str, bits: torch.dtype) -> Any:
    return torch.arange(24, dtype=bits).view(4, 6).view(getattr(torch, name))


#: Name, dtype, how it is made, how its values are got by other means.
KINDS: list[tuple[str, str, Callable[[], Any], Callable[[Any], np.ndarray]]] = [
    ("COO", "float32", lambda: SPREAD.to_sparse(), dense),
    ("COO repeated", "float32", repeated, dense),
    ("COO repeated bfloat16", "bfloat16", lambda: repeated(torch.bfloat16), dense),
    ("COO repeated bool", "bool", lambda: repeated(torch.bool), dense),
    ("COO repeated int64", "int64", lambda: repeated(torch.int64), dense),
    ("COO repeated complex", "complex64", lambda: repeated(torch.complex64), dense),
    ("COO leaf", "float32", lambda: repeated(grad=True), dense),
    ("COO graph", "float32", lambda: repeated(grad=True) * 2, dense),
    ("COO hybrid", "float32", _hybrid, dense),
    ("COO of 3 dims", "float32", lambda: STACK.to_sparse(), dense),
    ("COO empty", "float32", lambda: torch.zeros(3, 2).to_sparse(), dense),
    ("COO uint16", "uint16", lambda: torch.sparse_coo_tensor(
        [[0, 1], [2, 0]], torch.tensor([5, 65535], dtype=torch.uint16), (2, 3)),
     lambda x: np.array([[0, 0, 5], [65535, 0, 0]], "u2")),
    ("CSR", "float32", lambda: SPREAD.to_sparse_csr(), dense),
    ("CSR leaf", "float32", lambda: SPREAD.to_sparse_csr().requires_grad_(), dense),
    ("CSR int32 places", "float64", lambda: torch.sparse_csr_tensor(
        torch.tensor([0, 1, 2], dtype=torch.int32), torch.tensor([2, 0], dtype=torch.int32),
        torch.tensor([1.0, -2.0], dtype=torch.float64), (2, 3)), dense),
    ("CSR hybrid", "float32", _hybrid_csr, dense),
    ("CSR batched", "float32", lambda: BLOCKS.to_sparse_csr(), dense),
    ("CSC", "float32", lambda: SPREAD.to_sparse_csc(), dense),
    ("CSC batched", "float32", lambda: BLOCKS.to_sparse_csc(), dense),
    ("BSR", "float32", lambda: SPREAD.to_sparse_bsr((2, 2)), dense),
    ("BSR batched", "float32", lambda: BLOCKS.to_sparse_bsr((2, 1)), dense),
    ("BSC", "float32", lambda: SPREAD.to_sparse_bsc((1, 2)), dense),
    ("BSC batched", "float32", lambda: BLOCKS.to_sparse_bsc((2, 2)), dense),
    ("nested", "float32", lambda: rows(torch.strided), padded),
    ("nested leaf", "float32", lambda: rows(torch.strided).requires_grad_(), padded),
    ("nested transposed", "float32", lambda: rows(torch.strided).transpose(1, 2), padded),
    ("ragged, all rows alike", "float32", lambda: rows(torch.jagged), padded),
    ("ragged bfloat16, all rows alike", "bfloat16",
     lambda: rows(torch.jagged, torch.bfloat16), padded),
    ("ragged leaf, all rows alike", "float32",
     lambda: rows(torch.jagged).requires_grad_(), padded),
    ("ragged transposed, all rows alike", "float32",
     lambda: rows(torch.jagged).transpose(1, 2), padded),
    ("qint8", "qint8", lambda: _per_tensor(torch.qint8), dequantized),
    ("quint8", "quint8", lambda: _per_tensor(torch.quint8), dequantized),
    ("quint8 transposed", "quint8", lambda: _per_tensor(torch.quint8).transpose(0, 2), dequantized),
    ("qint32", "qint32", lambda: _per_tensor(torch.qint32), dequantized),
    ("qint8 per channel", "qint8", lambda: channels(0), dequantized),
    ("qint8 per channel of dim 1", "qint8", lambda: channels(1), dequantized),
    ("quint4x2", "quint4x2", lambda: packed(torch.quint4x2), dequantized),
    ("quint2x4", "quint2x4", lambda: packed(torch.quint2x4), dequantized),
    ("mkldnn", "float32", lambda: STACK.to_mkldnn(), dense),
    *((name, name, lambda name=name: _raw(name, torch.uint8),
       lambda x: np.arange(24, dtype="u1").reshape(4, 6))
      for name in ("int4", "uint4", "uint1", "int7", "bits8", "bits2x4")),
    ("bits16", "bits16", lambda: _raw("bits16", torch.int16),
     lambda x: np.arange(24, dtype="u2").reshape(4, 6)),
]  # fmt: skip
