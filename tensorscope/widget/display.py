"""Display: what is on the screen, and what takes its place in a notebook that is kept."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorscope.adapters.cut import Cut
from tensorscope.export import TILES, Rgb, Tiles, picture_png
from tensorscope.frame import Frame, frame, sampled
from tensorscope.frames import SAMPLED, can_sample
from tensorscope.kernels.blocks import MASKED
from tensorscope.picture import picture_cut
from tensorscope.prices import is_dear
from tensorscope.session import Session
from tensorscope.widget.kernel import in_kernel


def bundle_of(shown: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return data and metadata of a mimebundle: it may be a pair, data alone, or None."""
    if isinstance(shown, tuple):
        return shown[0], shown[1]
    return shown or {}, {}


def still_bundle(snapshot: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return picture and facts as a cell's output; the facts are the picture's alternative text."""
    data, text = {"text/plain": snapshot["text"]}, snapshot["text"]
    if not snapshot["png"]:
        return data, {}
    return {**data, "image/png": snapshot["png"]}, {"image/png": {"alt": text}}


#: Tiles that are named under a still picture.
_NAMED = 6
#: Rows and columns of words in a still picture at most.
_ROWS, _COLUMNS = 10, 8
#: Said under a picture that looks at some cells alone.
_FIRST_LOOK = "first look at a sample of cells; .freeze() leaves the exact picture"


def session_png(
    session: Session, lines: Sequence[str] = (), first: bool = False
) -> tuple[str, list[str]]:
    """Return the picture that a session shows, with facts and `lines` under it; and the facts.

    `first`: of a large plane a sample, which says so.

    Cost: reads what is visible, and no more than a widget would unasked.
    """
    source, state = session.source, session.state
    title = f"{source.display_name()}{state.picture.expr}"
    dear = is_dear(source.price(state.picture))
    cut = None if dear else picture_cut(source, state)
    tiles = None if dear else session.queries.pictures.tiles_shown(state)
    facts = session.queries.statistics.facts()
    told = conditions_told(session)
    lines = [told, *lines] if told else list(lines)
    if cut is not None and cut.count > 1 and source.is_spoken(state.picture):
        lines = [*_words_of(cut), *lines]
        cut = None
    if tiles is not None:
        lines = [*_said_of(tiles), *lines]
    rgb = Rgb(state.colour.range) if state.is_rgb else None
    make: Callable[..., Frame] = frame
    large = cut is not None and cut.shape[0] == 1 and cut.count >= SAMPLED
    if first and large and cut is not None and can_sample(source, cut):
        make, lines = sampled, [*lines, _FIRST_LOOK]
    return picture_png(cut, title, [str(source.info), *facts, *lines], rgb, make, tiles), facts


def conditions_told(session: Session, hidden: bool = True) -> str:
    """Return the conditions, each with how many it finds where that is quick to have.

    `hidden`: those too that the picture leaves out.
    """
    found = []
    for one in session.queries.hits.legend(session.state):
        if one["hidden"] and not hidden:
            continue
        name = f"{one['name']}: " if one["name"] else ""
        hits = one["hits"]
        count = f" · {hits['count']:,} of {hits['searched']:,}" if hits else ""
        found.append(f"{name}{one['where']}{count}")
    return ", ".join(found)


def _said_of(tiles: Tiles) -> list[str]:
    """Return which tiles a still picture has and how they stand, as they have no labels there."""
    total = len(tiles.order)
    shown = f"the first {TILES} of {total:,} tiles" if total > TILES else f"{total} tiles"
    if tiles.by is None:
        return [shown] if total > TILES else []
    named = ", ".join(tiles.names[:_NAMED]) + (", …" if total > _NAMED else "")
    return [f"{shown} by {tiles.by}: {named}"]


def _words_of(cut: Cut) -> list[str]:
    """Return the first words of a picture, a line a row: they have no colours."""
    _, rows, columns = cut.shape
    down, across = min(rows, _ROWS), min(columns, _COLUMNS)
    made = frame(cut, (0, down), (0, across), (across, down), (0, 1))
    texts = made.texts or []
    if made.flags is not None:
        gone = (made.flags.ravel() & MASKED) != 0
        texts = ["masked" if g else text for text, g in zip(texts, gone.tolist(), strict=True)]
    lines = [" · ".join(texts[k : k + across]) for k in range(0, len(texts), across)]
    if (rows, columns) != (down, across):
        lines.append(f"the first {down:,} of {rows:,} rows, {across:,} of {columns:,} columns")
    return lines


#: By this key of an output's metadata the extension of JupyterLab (js/src/lab.ts) knows our own.
_MARK = "tensorscope"


class Shown:
    """Shows itself under display ids, so that a still picture can take its place.

    Of a widget in a saved notebook that is reopened a page says 'model not found'. The picture that
    was saved beside it is shown where our extension of JupyterLab is installed; everywhere else it
    has to be all that the output holds.
    """

    __slots__ = ()

    _displays: list[str]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        raise NotImplementedError

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return data and metadata of the still picture."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        if not in_kernel():
            raise NotImplementedError  # IPython goes on to the text
        from IPython.display import display

        data, metadata = bundle_of(self._repr_mimebundle_())
        metadata = {**metadata, _MARK: {"kept": True}}
        name = uuid.uuid4().hex
        display(data, metadata=metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]
        self._displays.append(name)
        _SHOWN.add(self)

    def freeze(self) -> None:
        """Put a still picture, with the facts, in place of each widget on the screen.

        A notebook that is saved after this shows the picture wherever it is opened: in a trusted
        notebook a live widget leaves nothing but an error behind. The scope itself goes on, and
        shows itself live again as the last line of a cell.

        Notes
        -----
        Cost: reads what the picture shows. It reaches the cells that ran since the page was
        loaded.
        """
        names = list(self._displays)
        self._displays.clear()
        if not names:
            return
        from IPython.display import update_display

        data, metadata = self._still()
        for name in names:
            update_display(  # type: ignore[no-untyped-call]
                data, metadata=metadata, raw=True, display_id=name
            )


_SHOWN: weakref.WeakSet[Shown] = weakref.WeakSet()


def freeze_all() -> int:
    """Freeze everything that is on the screen; see :meth:`Scope.freeze`.

    The last thing to run before a notebook is saved and passed on.

    Returns
    -------
    int
        How many scopes, watches and tables were frozen.

    Notes
    -----
    Cost: a picture for each of them.
    """
    shown = [each for each in list(_SHOWN) if each._displays]
    for each in shown:
        each.freeze()
    return len(shown)
