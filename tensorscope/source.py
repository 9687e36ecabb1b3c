"""Source: where a scope's values come from. Today: a live tensor."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

from tensorscope import names
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.registry import adapter_of
from tensorscope.adapters.select import (
    Selected,
    carry_out,
    check_dims,
    check_no_batch,
    check_numbers,
)
from tensorscope.errors import SelectionError, UnsupportedTensorError
from tensorscope.info import TensorInfo
from tensorscope.labels import Labels
from tensorscope.selection import Selection
from tensorscope.selection_parse import parse

#: So many prices, and reductions of what is read from a store, are remembered.
_PRICES, _REDUCED = 256, 4


class LiveSource:
    """A live tensor, held without its graph.

    Parameters
    ----------
    x : tensor
        The user's tensor. What is held is detached from the graph and shares its memory.
    dims : sequence of str, optional
        Names of the dims.
    name : str, optional
        What the tensor is called: in code, where it is an expression that names something, and in
        headings. Without one, code looks a name up whenever it is made.
    """

    def __init__(self, x: Any, dims: object = None, name: str | None = None) -> None:
        self.adapter = adapter_of(x)
        self.adapter.check(x)
        check_no_batch(self.adapter, x)
        dtype = self.adapter.dtype(x)
        if dtype.kind == "O" and not dtype.native:  # a pair of numbers is no cell of a picture
            check_numbers(self.adapter, dtype)
        self.lengths = self.adapter.lengths(x)
        #: What was passed; else the tensor's own names are taken.
        self.given_dims = check_dims(dims, self.lengths)
        self.dims = self.given_dims or self.adapter.dims(x)
        self.given_name = names.checked(name, "the tensor is called in code, or a title")
        #: Described before detaching: whether there is a gradient is a fact of the user's tensor.
        self._first_info = self.adapter.info(x, self.dims)
        self.tensor: Any = self.adapter.detach(x)
        try:
            self._user_tensor: weakref.ref[Any] | None = weakref.ref(x)
        except TypeError:  # NumPy scalars
            self._user_tensor = None
        self._first_name = self._find_name(x)
        self._prices: dict[Selection, int] = {}
        self._reduced: dict[Selection, Cut] = {}
        self._labels: dict[int, Labels | None] = {}
        self._spoken: dict[Selection, bool] = {}

    def close(self) -> None:
        """Let the tensor go; reading raises from now on."""
        self._first_info = self.info
        self.tensor = self._user_tensor = None
        self.forget()

    def check_open(self) -> None:
        """Raise UnsupportedTensorError (``CLOSED``) after :meth:`close`."""
        if self.tensor is None:
            raise UnsupportedTensorError(
                "the scope was closed and let its tensor go: make a new one with ts.scope(x)",
                "CLOSED",
            )

    def user_tensor(self) -> Any:
        """Return the object that the user passed, or the detached one if it is gone."""
        x = self._user_tensor() if self._user_tensor is not None else None
        return self.tensor if x is None else x

    @property
    def info(self) -> TensorInfo:
        """What the tensor is now."""
        x = self._user_tensor() if self._user_tensor is not None else None
        if x is None:
            return self._first_info
        info = self.adapter.info(x, self.dims)
        # What made it is not asked for while something computes elsewhere.
        known = info.grad_fn or (self._first_info.grad_fn if info.requires_grad else None)
        return replace(info, grad_fn=known)

    def parse(self, sel: object) -> Selection:
        """Read a selection as one would type it, with names of dims and labels of positions."""
        return parse(sel, self.lengths, self.dims, self.labels_of)

    def labels_of(self, dim: int) -> Labels | None:
        """Return the labels of a dim's positions, if it has any."""
        try:
            return self._labels[dim]
        except KeyError:  # not looked up again: another thread may forget all in between
            labels = self._labels[dim] = self.adapter.labels(self.tensor, dim)
            return labels

    def label(self, dim: int, position: object) -> str | None:
        """Return what a position is called, for the screen."""
        labels = self.labels_of(dim)
        if labels is None or not isinstance(position, int):  # the name of a reduction
            return None
        return labels.shown(position) if 0 <= position < len(labels) else None

    @property
    def dim_names(self) -> tuple[str, ...]:
        """What the dims are called on the screen."""
        return self.dims or tuple(f"dim {d}" for d in range(len(self.lengths)))

    def read(
        self,
        selection: Selection,
        x: Any = None,
        search: int | None = None,
        painted: bool = False,
    ) -> Selected:
        """Return the bits of a selection; valid during the call.

        Parameters
        ----------
        selection : Selection
            What to read.
        x : tensor, optional
            The user's own object, where the code that is made must mean that one.
        search, painted
            What is needed of it: see :func:`tensorscope.adapters.select.carry_out`.

        Raises
        ------
        UnsupportedTensorError
            The tensor was freed since.
        """
        self.check_open()
        x = self.tensor if x is None else x
        self.adapter.check(x)
        lengths = self.adapter.lengths(x)
        if lengths != selection.lengths:
            raise SelectionError(
                f"the tensor's shape changed from {selection.lengths} to {lengths}: refresh the "
                "scope (.refresh(), or Refresh in the widget)",
                "STALE",
            )
        known = self._reduced.get(selection)
        if known is not None:
            return Selected(self.adapter, x, selection, known)
        selected = carry_out(self.adapter, x, selection, search, painted)
        if selection.reduced and self.price(selection):
            if len(self._reduced) >= _REDUCED:
                self._reduced.clear()
            self._reduced[selection] = selected.cut
        return selected

    def forget(self) -> None:
        """Drop what is remembered of a store: it is read anew."""
        self._prices.clear()
        self._reduced.clear()
        self._labels.clear()
        self._spoken.clear()

    def is_spoken(self, selection: Selection) -> bool:
        """Return whether a selection holds words, or types of several kinds: they have no colours.

        Cost: a look at the types of a table's columns, once a selection.
        """
        if self.tensor is None or self.adapter.lengths(self.tensor) != selection.lengths:
            return False
        spoken = self._spoken.get(selection)
        if spoken is None:
            if len(self._spoken) >= _PRICES:
                self._spoken.clear()
            dtype = self.adapter.dtype_at(self.tensor, selection)
            spoken = self._spoken[selection] = dtype.kind == "O"
        return spoken

    def price(self, selection: Selection) -> int:
        """Return how many bytes reading a selection takes from a store; 0 where it is in memory.

        Cost: a look at chunks and graphs; no data.
        """
        self.check_open()
        if not self.adapter.distant or self.adapter.lengths(self.tensor) != selection.lengths:
            return 0  # nothing to fetch; or `read` says that the shape changed
        if selection in self._reduced:
            return 0
        price = self._prices.get(selection)
        if price is None:
            if len(self._prices) >= _PRICES:
                self._prices.clear()
            price = self._prices[selection] = self.adapter.cut(self.tensor, selection).price
        return price

    def reshape(self, lengths: tuple[int, ...]) -> None:
        """Take over the shape that the tensor has now; names of dims stay if they still fit."""
        self.lengths = lengths
        if self.dims is not None and len(self.dims) != len(lengths):
            self.dims = self.given_dims = None

    def _find_name(self, x: Any) -> str | None:
        """Return what the user calls the tensor, or code for where it lies."""
        return names.find_code(x)

    def display_name(self) -> str:
        """Return the name for headings."""
        return self.given_name or self._first_name or names.DEFAULT

    def code_name(self, holder: object) -> tuple[str, Any, str | None]:
        """Return what to call the tensor in code, the object that this means, and a note.

        `holder` is the scope: if nothing names the tensor itself, its `.source` does.
        """
        self.check_open()
        given = names.as_expression(self.given_name)
        if given is not None and names.is_meaningful(given):
            return given, self.user_tensor(), None
        x = self._user_tensor() if self._user_tensor is not None else None
        for tensor in (x, self.tensor):
            code = names.find_name(tensor) if tensor is not None else None
            if code is not None:
                return code, tensor, None
        origin = names.origin_of(self.tensor)
        if origin is not None:
            return origin, self.tensor, None
        if names.namespace() is None:
            return names.DEFAULT, self.user_tensor(), None
        code = None if x is None else names.find_place(x)
        if code is not None:
            return code, x, None
        scope = names.find_code(holder)
        if scope is not None:
            return f"{scope}.source", self.tensor, None
        if given is not None:
            note = f"{given} is bound to nothing here: bind it to the tensor, so that the code runs"
            return given, self.user_tensor(), note
        return (
            names.DEFAULT,
            self.user_tensor(),
            f"no name leads to this tensor, and {names.DEFAULT} is not it: bind the tensor or its "
            "scope to a name, so that the code runs",
        )
