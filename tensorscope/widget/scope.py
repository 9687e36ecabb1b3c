"""Scope: the user's object for one tensor; state and widget."""

from __future__ import annotations

from collections.abc import Mapping
from time import strftime
from typing import TYPE_CHECKING, Any

from tensorscope import view as views
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view_dict import apply_view
from tensorscope.widget.display import bundle_of, session_png, still_bundle
from tensorscope.widget.kernel import CELLS, in_kernel
from tensorscope.widget.values import Values

if TYPE_CHECKING:
    from tensorscope.widget.link import Link
    from tensorscope.widget.widget import ScopeWidget


class Scope(Values):
    """A live tensor on the screen; made by :func:`tensorscope.scope`.

    Assigning `.expr`, `.where`, `.view` and `.cell` moves the widget, and clicking moves them.
    """

    # A misspelt attribute is refused, where it would do nothing.
    __slots__ = ("__weakref__", "_displays", "_last", "_session", "_widget")

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
        selection = None if sel is None else source.parse(sel)
        state = views.first_state(source.lengths, selection)
        self._session = Session(source, state, holder=self, busy=CELLS.busy_elsewhere)
        self._widget: ScopeWidget | None = None
        self._displays: list[str] = []
        #: The last still picture: what is left after :meth:`close`.
        self._last: dict[str, str] | None = None
        if where is not None:
            self._session.change(self._session.condition(where), push=False)
        if view is not None:
            self.view = view
        self._session.forget_past()

    # ------------------------------------------------------------------ state

    @property
    def source(self) -> Any:
        """The tensor, detached from its graph; it shares memory with the user's."""
        self._session.source.check_open()
        return self._session.source.tensor

    @property
    def expr(self) -> str:
        """The selection as an expression, e.g. ``"[0, 20, :, :]"``; takes all that `sel` takes."""
        return self._session.state.selection.expr

    @expr.setter
    def expr(self, sel: object) -> None:
        self._session.change(self._session.select(sel))

    @property
    def where(self) -> str | dict[str, str] | None:
        """The condition, e.g. ``"x > 0.9"``; a dict of names and conditions; or None.

        ``{"hot": "x > 2", "cold": "x < -1"}`` marks each in a colour of its own, at most eight.
        """
        return self._session.state.conditions.where

    @where.setter
    def where(self, cond: object) -> None:
        self._session.change(self._session.condition(cond))

    @property
    def view(self) -> dict[str, Any]:
        """Roles (`rows`, `columns`, `grid`), `held` indices, `cell`, colours, and `table`.

        `sort` is the order of a grid's tiles: ``"mean"``, ``"-mean"`` with the largest first, also
        max, min, std, sparsity (share of zeros), nonfinite (share of NaN and Inf), index, or
        ``"distance 12"`` and ``"cosine 12"`` from tile 12. `rgb` is a dim of size 3 or 4 that is
        shown in colour.
        Colours are the `map` and the `range`; `table`: the numbers in the picture's place, as
        are words unless it is False.

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

    def undo(self) -> Scope:
        """Go back to what was shown before the last step, by click or from Python.

        Steps are changes of selection, conditions, roles, reductions and the pinned cell; a drag
        is one. Without a step before, nothing happens. Returns the scope.
        """
        self._session.undo()
        return self

    def redo(self) -> Scope:
        """Do again what :meth:`undo` took back last. Returns the scope."""
        self._session.redo()
        return self

    @property
    def history(self) -> list[str]:
        """The ``ts.scope(...)`` calls of up to 200 states before, and of the present one (last)."""
        return self._session.history()

    def select(self, *sel: object, **named: object) -> Scope:
        """Move to a selection; returns the scope.

        ``s.select("[0, 3]")``, ``s.select(0, slice(2, 5))`` or, with named dims,
        ``s.select(channel=3)``.
        """
        wanted = named if named else sel[0] if len(sel) == 1 else sel
        self._session.change(self._session.select(wanted))
        return self

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

    def link(self, *others: Scope, colours: bool = True) -> Link:
        """Let other scopes show the same part of their tensors as this one, and it as they do.

        Selection, roles, the pinned cell and colours go both ways, cursor and zoom on the page.
        Dims are matched by name where both tensors have names, else one by one; where lengths
        differ, what does not fit stays apart, and `Link.notes` says so.

        Parameters
        ----------
        *others : Scope
            At first they take over what this one shows.
        colours : bool
            Whether colour map and range are shared too.

        Returns
        -------
        Link
            Shows the scopes side by side as a cell's last line; ``.unlink()`` parts them.

        Raises
        ------
        SelectionError
            The tensors have no dims in common (``LINK``), or something else than a scope came
            (``TYPE``).
        """
        from tensorscope.widget.link import Link

        return Link((self, *others), colours)

    @property
    def widget(self) -> ScopeWidget:
        """The ipywidget; composes with others. Made when first asked for."""
        if self._widget is None:
            self._session.source.check_open()
            from tensorscope.widget.widget import ScopeWidget

            self._widget = ScopeWidget(self._session, self._snapshot(first=True))
        return self._widget

    def close(self) -> None:
        """Let the tensor go. The picture stays on the screen, marked as closed.

        Whatever needs the tensor raises from now on, with kind ``CLOSED``.
        """
        if not self._session.closed:
            self._session.close()

    def _snapshot(self, first: bool = False) -> dict[str, str]:
        """Return the picture as it is now (or a first look at it); once closed, the last one."""
        if self._session.closed:
            return self._last or {"png": "", "text": repr(self), "time": ""}
        png, facts = session_png(self._session, first=first)
        text = "\n".join([repr(self), *facts])
        self._last = {"png": png, "text": text, "time": strftime("%H:%M")}
        return self._last

    def __repr__(self) -> str:
        source, state = self._session.source, self._session.state
        where = state.conditions.where
        condition = f" where {where}" if where else ""
        condition += " (closed)" if self._session.closed else ""
        return f"<Scope {source.display_name()}{state.selection.expr}{condition} · {source.info}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if not in_kernel() or self._session.closed:
            return {"text/plain": repr(self)}
        data, metadata = bundle_of(self.widget._repr_mimebundle_(**kwargs))
        still, alt = still_bundle(self.widget.snapshot)
        return {**data, **still}, {**metadata, **alt}

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return still_bundle(self._snapshot())

    def _display_(self) -> Any:
        """Return what marimo shows: the widget, or the text of a scope that was closed."""
        return repr(self) if self._session.closed else self.widget


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
    where : str or dict, optional
        A condition to mark, e.g. ``"x > 0.9"``; or up to eight with names, each in a colour of
        its own: ``{"hot": "x > 2", "cold": "x < -1"}``.
    view : dict, optional
        Any of ``rows``, ``columns``, ``grid`` (dims, by number or name), ``held``, ``cell``,
        ``map``, ``range``, ``sort``, ``rgb`` and ``table``: see :attr:`Scope.view`; where
        conditions have names, also ``active`` (a name) and ``hidden`` (names).
    dims : sequence of str, optional
        Names of the dims.
    name : str, optional
        What the tensor is called in code, e.g. ``"model.fc.weight"``; else the name that is bound
        to it. What is no expression, e.g. ``"after training"``, is the scope's title alone.

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
