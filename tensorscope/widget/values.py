"""What a scope tells of its selection: value, code, hits, statistics; and what it writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorscope.adapters.select import Selected
from tensorscope.condition import Condition
from tensorscope.errors import SelectionError, clip
from tensorscope.export import Rgb
from tensorscope.extraction import Extraction
from tensorscope.figure import Side, figure
from tensorscope.hits import Hits, whole_number
from tensorscope.picture import picture_cut
from tensorscope.ranked import topk_selected
from tensorscope.saving import check_form, form_of, save
from tensorscope.searched import LISTED, where_selected
from tensorscope.session import Session
from tensorscope.slots import Span
from tensorscope.summary import Stats, summarise
from tensorscope.widget.display import Shown, conditions_told

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Values(Shown):
    """Everything that is read through a session; nothing here changes its state."""

    __slots__ = ()
    _session: Session

    def _snapshot(self, first: bool = False) -> dict[str, str]:
        raise NotImplementedError

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
        """Where the (active) condition holds in `.expr`; None without a condition."""
        condition = self._session.state.condition
        return None if condition is None else self._hits(condition)

    def hits_of(self, name: str) -> Hits:
        """Return where a condition holds in `.expr`, by the name that `.where` gives it.

        Raises
        ------
        ConditionError
            No condition has that name.

        Notes
        -----
        Cost: as :func:`tensorscope.where`.
        """
        return self._hits(self._session.state.conditions.get(name))

    def _hits(self, condition: Condition) -> Hits:
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

    # ------------------------------------------------------------------ files

    def figure(self) -> Figure:
        """Return what the picture shows as a matplotlib Figure (not registered with pyplot).

        Of a grid the first 64 tiles, in its order. Ticks are indices in the whole tensor. What
        meets no condition of `.where` is faded; on a line, hits are dots. Hidden conditions are
        left out, and colours of conditions, the pinned cell and the table are not drawn.

        Raises
        ------
        SelectionError
            Words, or types of several kinds, are selected, which have no colours (``NOT_NUMERIC``).
        UnsupportedTensorError
            The scope was closed.

        Notes
        -----
        Cost: reads what is shown; where tiles are sorted all of them, once.
        """
        source, state = self._session.source, self._session.state
        source.check_open()
        if source.is_spoken(state.picture):
            raise SelectionError(
                f"{source.display_name()}{state.picture.expr} is {clip(source.info.dtype)}, which "
                "has no colours: select a column of numbers, or take the values themselves, .value",
                "NOT_NUMERIC",
            )
        tiles = self._session.queries.pictures.tiles_shown(state, consent=True)
        title = f"{source.display_name()}{state.picture.expr} · {source.info.dtype}"
        if tiles is not None and tiles.by is not None:
            title += f" · by {tiles.by}"
        told = conditions_told(self._session, hidden=False)
        if told:
            title += f"\n{told}"
        rgb = Rgb(state.colour.range) if state.is_rgb else None
        conditions = [one.condition for one in state.conditions.named if not one.hidden]
        sides = (self._side(state.rows), self._side(state.columns))
        return figure(picture_cut(source, state), title, sides, rgb, tiles, conditions)

    def _side(self, dim: int | None) -> Side:
        """Return what a side of the picture is called, and its indices."""
        if dim is None:
            return "", None
        slot = self._session.state.picture.slots[dim]
        return self._session.source.dim_names[dim], slot if isinstance(slot, Span) else None

    def to_html(self, path: str | os.PathLike[str], max_bytes: int = 8_000_000) -> Path:
        """Write one HTML file that can be clicked, without a kernel or a network.

        It holds what is shown, and the slices that one gets to by moving index dims (in a grid:
        by opening tiles), the nearest first, as many as fit. The page says how many it holds, and
        what needs the kernel is answered with that. A plane that does not fit is reduced, extremes,
        NaN and infinities kept, and the page says so.

        Parameters
        ----------
        path : str or path
            Where to; an existing file is replaced.
        max_bytes : int
            The file's size at most.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        TensorScopeError
            Not even one slice fits into `max_bytes` (``TOO_LARGE``), or it is no number; there is
            no such folder (``MISSING``), or the file cannot be written (``UNWRITABLE``).
        UnsupportedTensorError
            The scope was closed, or its tensor cannot be read.

        Notes
        -----
        Cost: reads each slice that is kept a few times, and the whole tensor once; at most 1024
        slices.
        """
        from tensorscope import __version__
        from tensorscope.standalone import write_page

        self._session.source.check_open()
        return write_page(path, self._session, self._snapshot(), max_bytes, __version__)

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
        """Write what is selected to a ``.npy`` or ``.csv`` file.

        A ``.npy`` holds what `.value` gives, in the tensor's own dtype where NumPy has it;
        bfloat16, float8 and the like in the smallest NumPy dtype that holds every value exactly.

        A ``.csv`` holds the shortest text of each value that reads back the same, below a header:
        of two dims ``dim 0 / dim 1`` and the coordinates in the whole tensor, which also begin each
        line; of one dim its name and the selection. Masked places are empty fields.

        Parameters
        ----------
        path : str or path
            Where to; its ending says which file.
        overwrite : bool
            Whether an existing file is replaced.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        TensorScopeError
            The file exists (``EXISTS``), its folder does not (``MISSING``), a ``.csv`` would need
            more than two dims (``DIMS``), a ``.npy`` cannot say what is masked (``MASKED``), or the
            ending is neither (``FORMAT``).

        Notes
        -----
        Cost: one copy of the selection; a ``.csv`` also about 1 µs a value. The file appears when
        it is whole.
        """
        source, selection = self._session.source, self._session.state.selection
        source.check_open()
        check_form(selection, form_of(path))
        return save(path, lambda: source.read(selection), source.dim_names, overwrite)
