"""PyTorch tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_dtypes import dtype_name, dtype_of
from tensorscope.adapters.torch_kind import Kind
from tensorscope.adapters.torch_kinds import kind_of
from tensorscope.adapters.torch_plain import aside, names_of, refusal, unwrap
from tensorscope.adapters.wording import Wording
from tensorscope.elsewhere import computes_elsewhere
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex", "O": "tuple"}


class TorchAdapter(Adapter):
    """Knows `torch.Tensor`, its layouts and its subclasses.

    What a transform has wrapped is unwrapped, and what is left is of one :class:`Kind`.
    """

    name = "torch"
    alias = "torch"

    def __init__(self) -> None:
        # The tensor exists, so its framework has been imported.
        self.torch: Any = sys.modules["torch"]

    def _open(self, x: Any) -> tuple[Kind, Any, int, list[str]]:
        """Return kind, tensor without wrappers, number of batch dims of vmap, and code."""
        inner, batch, wraps = unwrap(self.torch, x)
        kind = kind_of(self.torch, inner)
        if batch and type(kind) is not Kind:
            raise refusal(
                "SYMBOLIC",
                f"inside of vmap a tensor of layout {kind.layout(inner)} has no value yet",
                "return it from vmap and look at the result",
            )
        return kind, inner, batch, wraps

    # ------------------------------------------------------------------ what it is

    def check(self, x: Any) -> None:
        with aside(self.torch):
            if "UninitializedTensorMixin" in names_of(x):
                raise refusal(
                    "UNINITIALIZED", "a lazy parameter has no shape yet", "run one batch first"
                )
            kind, inner, _, _ = self._open(x)
            kind.check(inner)

    def check_described(self, x: Any) -> None:
        """Raise nothing: shape and dtype can be told of any tensor."""

    def lengths(self, x: Any) -> tuple[int, ...]:
        with self.torch._C.DisableTorchFunctionSubclass():
            if not x.is_nested:
                return tuple(x.shape)
        with aside(self.torch):
            kind, inner, batch, _ = self._open(x)
            return kind.lengths(inner)[batch:]

    def batch(self, x: Any) -> tuple[int, ...]:
        if not self.torch._C._functorch.is_functorch_wrapped_tensor(x):
            return ()
        with aside(self.torch):
            inner, batch, _ = unwrap(self.torch, x)
            return tuple(inner.shape[:batch]) if batch else ()

    def dtype(self, x: Any) -> DType:
        with self.torch._C.DisableTorchFunctionSubclass():
            found = dtype_of(x)
        assert found is not None  # `check` has let it pass
        return found

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        with aside(self.torch):
            if "UninitializedTensorMixin" in names_of(x):
                return TensorInfo("torch", None, dtype_name(x), notes=("no shape before a batch",))
            kind, inner, batch, _ = self._open(x)
            grad_fn = None if computes_elsewhere() else x.grad_fn
            return TensorInfo(
                framework="torch",
                shape=kind.shape(inner)[batch:],
                dtype=dtype_name(inner),
                device=str(inner.device),
                layout=kind.layout(inner),
                nbytes=kind.nbytes(inner),
                requires_grad=bool(x.requires_grad),
                dims=dims,
                notes=(*kind.notes(inner), *_notes(x, tuple(inner.shape[:batch]) if batch else ())),
                grad_fn=type(grad_fn).__name__ if grad_fn is not None else None,
            )

    def conversions(self, x: Any) -> Iterable[Conversion]:
        with aside(self.torch):
            kind, inner, _, wraps = self._open(x)
            if wraps:
                return ()  # inside of a transform: it depends on which
            return list(kind.conversions(inner))

    # ------------------------------------------------------------------ its values

    def cut(self, x: Any, selection: Selection) -> Cut:
        with aside(self.torch):
            kind, inner, _, _ = self._open(x)
            return kind.cut(inner, selection)

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        with aside(self.torch):
            kind, inner, _, _ = self._open(x)
            found = kind.entries(inner)
        return None if found is None else found.stored(selection)

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        with self.torch._C.DisableTorchFunctionSubclass():
            if not x.is_nested:
                return None
        with aside(self.torch):
            kind, inner, _, _ = self._open(x)
            return kind.present(inner, selection)

    def integers(self, x: Any, selection: Selection) -> NDArray[Any] | None:
        with aside(self.torch):
            kind, inner, _, _ = self._open(x)
            return kind.integers(inner, selection)

    def detach(self, x: Any) -> Any:
        # A plain tensor needs no detaching: held as it is, code can name it by identity.
        with aside(self.torch):
            return kind_of(self.torch, x).detach(x) if x.requires_grad else x

    # ------------------------------------------------------------------ its code

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        words, batch = self._words(x)
        code = words.slice_code(name, _with_batch(selection, batch))
        return f"{code}.tolist()" if batch and not selection.shape else code

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self._words(x)[0].cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x)[0].numpy_code(name, selection)

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        return self._words(x)[0].present_code(name, selection)

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        return self._words(x)[0].idiom(name, selection)

    def _words(self, x: Any) -> tuple[Wording, tuple[int, ...]]:
        with aside(self.torch):
            kind, inner, batch, wraps = self._open(x)
            words = kind.words(inner, wraps)
            # Whether code must detach is a fact of the tensor that it names.
            return words, tuple(inner.shape[:batch]) if batch else ()


def _with_batch(selection: Selection, batch: tuple[int, ...]) -> Selection:
    """Return the selection with whole batch dims before it."""
    ahead = tuple(Span(0, 1, n) for n in batch)
    return Selection(batch + selection.lengths, ahead + selection.slots) if batch else selection


def _notes(x: Any, batch: tuple[int, ...]) -> Iterator[str]:
    """Say what one should know of the tensor that somebody holds."""
    if batch:
        sizes = " × ".join(map(str, batch))
        yield f"inside of vmap: an element is a list of {sizes} values, one for each example"
    if x.is_inference():
        yield "an inference tensor: it has no version counter and no gradient"
    elif x.requires_grad:
        yield "on the graph: .item() needs no detach, .numpy() does"
