"""Scope: the user's object for one tensor; state and widget."""

from __future__ import annotations

from collections.abc import Mapping
from time import strftime
from typing import TYPE_CHECKING, Any

from tensorscope import view as views
from tensorscope.adapters.select import Selected
from tensorscope.export import figure, picture_png
from tensorscope.extraction import Extraction
from tensorscope.hits import LISTED, Hits, topk_selected, where_selected, whole_number
from tensorscope.picture import picture_cut
from tensorscope.prices import ASKED
from tensorscope.selection import parse
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.summary import Stats, summarise
from tensorscope.view_dict import apply_view
from tensorscope.widget.kernel import CELLS, in_kernel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tensorscope.widget.widget import ScopeWidget


class Scope:
    """A live tensor on the screen; made by :func:`tensorscope.scope`.

    Assigning `.expr`, `.where`, `.view` and `.cell` moves the widget, and clicking moves them.
    """

    # A misspelt attribute is refused, where it would do nothing.
    __slots__ = ("__weakref__", "_session", "_widget")

    def __init__(
        self,
        x: Any,
        sel: object = None,
        *,
        where: object = None,
        view: Mapping[str, Any] | None = None,
        dims: object = None,
        name: str | None = None,
    ) -> None:
        source = LiveSource(x, dims, name)
        selection = None if sel is None else parse(sel, source.lengths, source.dims)
        state = views.first_state(source.lengths, selection)
        self._session = Session(source, state, holder=self, busy=CELLS.busy_elsewhere)
        self._widget: ScopeWidget | None = None
        if where is not None:
            self._session.change(self._session.condition(where), push=False)
        if view is not None:
            self.view = view

    # ------------------------------------------------------------------ state

    @property
    def source(self) -> Any:
        """The tensor, detached from its graph; it shares memory with the user's."""
        return self._session.source.tensor

    @property
    def expr(self) -> str:
        """The selection as an expression, e.g. ``"[0, 20, :, :]"``; takes all that `sel` takes."""
        return self._session.state.selection.expr

    @expr.setter
    def expr(self, sel: object) -> None:
        self._session.change(self._session.select(sel))

    @property
    def where(self) -> str | None:
        """The condition, e.g. ``"x > 0.9"``, or None."""
        condition = self._session.state.condition
        return condition.text if condition is not None else None

    @where.setter
    def where(self, cond: object) -> None:
        self._session.change(self._session.condition(cond))

    @property
    def view(self) -> dict[str, Any]:
        """Roles (`rows`, `columns`, `grid`), `held` indices, `cell`, colour `map` and `range`.

        Assigning a dict changes the parts that it names.
        """
        return self._session.view()

    @view.setter
    def view(self, change: Mapping[str, Any]) -> None:
        dims = self._session.source.dims
        self._session.change(lambda state: apply_view(state, change, dims))

    @property
    def cell(self) -> tuple[int | str, ...] | None:
        """The pinned cell, in coordinates of the whole tensor, or None."""
        return self._session.state.cell

    @cell.setter
    def cell(self, cell: object) -> None:
        self._session.change(self._session.cell(cell))

    def select(self, *sel: object, **named: object) -> Scope:
        """Move to a selection; returns the scope.

        ``s.select("[0, 3]")``, ``s.select(0, slice(2, 5))`` or, with named dims,
        ``s.select(channel=3)``.
        """
        wanted = named if named else sel[0] if len(sel) == 1 else sel
        self._session.change(self._session.select(wanted))
        return self

    # ------------------------------------------------------------------ values

    def _extraction(self) -> Extraction:
        name, selected = self._named()
        return Extraction(selected, name)

    @property
    def value(self) -> Any:
        """What is selected now: a Python scalar for one element, else an own NumPy array."""
        extraction = self._extraction()
        return extraction.numpy() if extraction.shape else extraction.item()

    @property
    def code(self) -> str:
        """An expression that gives what `.value` gives."""
        name, x, _ = self._session.source.code_name(self)
        return self._session.source.adapter.slice_code(name, x, self._session.state.selection)

    @property
    def hits(self) -> Hits | None:
        """Where the condition holds in `.expr`; None without a condition."""
        condition = self._session.state.condition
        if condition is None:
            return None
        name, selected = self._named(search=LISTED)
        return where_selected(selected, condition, LISTED, name=name)

    @property
    def stats(self) -> Stats:
        """The summary of `.expr`."""
        return summarise(self._named(search=1)[1])

    def topk(self, k: int = 10, largest: bool = True, by: str = "value") -> Hits:
        """Return the `k` largest (or smallest) values of `.expr`; see :func:`tensorscope.topk`."""
        name, selected = self._named(search=whole_number(k, "k"))
        return topk_selected(selected, k, largest, by, name=name)

    def _named(self, search: int | None = None) -> tuple[str, Selected]:
        """Return what code calls the tensor, and the selection read under that name."""
        name, x, _ = self._session.source.code_name(self)
        return name, self._session.source.read(self._session.state.selection, x, search)

    # ------------------------------------------------------------------ the widget

    def refresh(self) -> Scope:
        """Read the live tensor anew, everywhere. Returns the scope."""
        self._session.refresh()
        self._session.push_state(info=True)
        return self

    @property
    def state(self) -> str:
        """The ``ts.scope(...)`` call that restores this scope."""
        return str(self._session.state_message()["python"])

    def figure(self) -> Figure:
        """Return what the picture shows as a matplotlib Figure (not registered with pyplot)."""
        source, state = self._session.source, self._session.state
        title = f"{source.display_name()}{state.picture.expr} · {source.info.dtype}"
        names = ["" if d is None else source.labels[d] for d in (state.rows, state.columns)]
        return figure(picture_cut(source, state), title, (names[0], names[1]))

    @property
    def widget(self) -> ScopeWidget:
        """The ipywidget; composes with others. Made when first asked for."""
        if self._widget is None:
            from tensorscope.widget.widget import ScopeWidget

            self._widget = ScopeWidget(self._session, self._snapshot())
        return self._widget

    def close(self) -> None:
        """Let the tensor go. The picture stays on the screen, marked as closed.

        Whatever needs the tensor raises from now on, with kind ``CLOSED``.
        """
        if not self._session.closed:
            self._session.close()

    def _snapshot(self) -> dict[str, str]:
        source, state = self._session.source, self._session.state
        title = f"{source.display_name()}{state.picture.expr}"
        # What is shown unasked reads no more than a widget would.
        dear = source.price(state.picture) > ASKED
        cut = None if dear else picture_cut(source, state)
        png = picture_png(cut, title, [str(source.info)])
        return {"png": png, "text": repr(self), "time": strftime("%H:%M")}

    def __repr__(self) -> str:
        source, state = self._session.source, self._session.state
        condition = f" where {state.condition.text}" if state.condition else ""
        condition += " (closed)" if self._session.closed else ""
        return f"<Scope {source.display_name()}{state.selection.expr}{condition} · {source.info}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        text = repr(self)
        if not in_kernel() or self._session.closed:
            return {"text/plain": text}
        bundle = self.widget._repr_mimebundle_(**kwargs)
        data, metadata = bundle if bundle is not None else ({}, {})
        png = self.widget.snapshot["png"]
        return {**data, "text/plain": text, "image/png": png}, metadata


def scope(
    x: Any,
    sel: object = None,
    *,
    where: object = None,
    view: Mapping[str, Any] | None = None,
    dims: object = None,
    name: str | None = None,
) -> Scope:
    """Look at a tensor: as the last line of a cell it shows itself.

    Parameters
    ----------
    x : tensor
        A live tensor. It is held detached, never copied or changed.
    sel : str, tuple, mapping or None
        What to select first; None: the last two dims, the others at index 0.
    where : str, optional
        A condition to mark, e.g. ``"x > 0.9"``.
    view : dict, optional
        Any of ``rows``, ``columns``, ``grid`` (dims, by number or name), ``held``, ``cell``,
        ``map`` and ``range``.
    dims : sequence of str, optional
        Names of the dims.
    name : str, optional
        What the tensor is called in code; else the name that is bound to it.

    Returns
    -------
    Scope

    Raises
    ------
    UnsupportedTensorError, SelectionError, ConditionError
        As the functions that read tensors do.

    Notes
    -----
    Cost: nothing is read before it is shown; then what is visible, and one pass for the header.
    """
    return Scope(x, sel, where=where, view=view, dims=dims, name=name)
