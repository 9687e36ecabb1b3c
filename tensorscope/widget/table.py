"""TensorTable: a list or dict of tensors as a table whose rows open into scopes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from tensorscope.adapters.members import members
from tensorscope.adapters.registry import is_array_or_table
from tensorscope.errors import TensorScopeError, clip
from tensorscope.export import shown_values
from tensorscope.facts import quick_facts
from tensorscope.picture import picture_cut
from tensorscope.ramps import limits, paint
from tensorscope.source import LiveSource
from tensorscope.view import first_state
from tensorscope.widget.display import Shown, bundle_of
from tensorscope.widget.scope import Scope

_THUMB = 32
#: Elements that a table reads at most to tell range and counts exactly: what comes first has them.
_READ = 1 << 23


class TensorTable(Shown):
    """Tensors as rows: name, dtype, shape, range, NaN, a small picture."""

    def __init__(self, x: Any, name: str) -> None:
        self._displays: list[str] = []
        self._name = name
        self._members, self._count = members(x, name)
        self._scopes: dict[int, Scope] = {}
        self._widget: Any = None
        self.rows: list[dict[str, Any]] = []
        left = _READ
        for member in self._members:
            made, read = row(member.key, member.value, left)
            self.rows.append(made)
            left -= read

    def open(self, place: int) -> Scope:
        """Return the scope of a row."""
        if place not in self._scopes:
            member = self._members[place]
            self._scopes[place] = Scope(member.value, name=member.code)
        return self._scopes[place]

    def close(self) -> None:
        """Let the tensors go."""
        for scope in self._scopes.values():
            scope.close()
        self._members = []

    @property
    def widget(self) -> Any:
        """The ipywidget: the table, and below it the scope of the row that is open."""
        if self._widget is None:
            from tensorscope.widget.table_widget import table_box

            self._widget = table_box(self, self._name, self._count)
        return self._widget

    def __repr__(self) -> str:
        lines = [f"<{self._count} members>"]
        width = max((len(r["key"]) for r in self.rows), default=0)
        for r in self.rows:
            lines.append(f"  {r['key']:<{width}}  {r['text']}")
        if self._count > len(self.rows):
            lines.append(f"  … and {self._count - len(self.rows)} more")
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = bundle_of(self.widget._repr_mimebundle_(**kwargs))
        still, _ = self._still()
        return {**data, **still}, metadata

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        heads = ("", "name", "dtype", "shape", "min", "max", "NaN", "Inf")
        head = "".join(f"<th>{h}</th>" for h in heads)
        body = "".join(f"<tr>{_cells(r)}</tr>" for r in self.rows)
        more = self._count - len(self.rows)
        rest = f"<p>… and {more:,} more</p>" if more else ""
        html = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
        return {"text/plain": repr(self), "text/html": html}, {}


def _cells(r: Mapping[str, Any]) -> str:
    png = f'<img alt="" src="data:image/png;base64,{r["png"]}">' if r["png"] else ""
    name = f"<td>{png}</td><td>{escape(r['key'])}</td>"
    if not r["dtype"]:  # no tensor, or one that cannot be read
        return f'{name}<td colspan="6" style="text-align: left">{escape(r["text"])}</td>'
    texts = [r["dtype"], r["shape"], r["min"], r["max"], r["nan"], r["inf"]]
    return name + "".join(f"<td>{escape(str(text))}</td>" for text in texts)


def row(key: str, value: Any, most: int) -> tuple[dict[str, Any], int]:
    """Return what one row says, and how many elements were read for it.

    Never raises for a tensor that cannot be read: it says so.

    Cost: at most `most` elements are read, or 64 k, and a picture of 32 × 32 pixels.
    """
    blank = dict.fromkeys(("dtype", "shape", "min", "max", "nan", "inf", "png"), "")
    found: dict[str, Any] = {**blank, "key": clip(key, 120), "text": "", "opens": False}
    if not is_array_or_table(value):
        return {**found, "text": clip(repr(value), 120)}, 0
    read = 0
    try:
        source = LiveSource(value)
        info = source.info
        found.update(dtype=info.dtype, shape=str(info.shape), text=str(info), opens=True)
        facts, read = quick_facts(source, most)
        found.update(facts, png=_thumbnail(source))
    except TensorScopeError as error:
        found["text"] = clip(str(error), 200)
    return found, read


def _thumbnail(source: LiveSource) -> str:
    """Return a PNG in base64, at most 32 pixels high and wide; "" where there is no plane."""
    from PIL import Image

    state = first_state(source.lengths)
    if not state.picture.count or not source.lengths or source.price(state.picture):
        return ""
    values = shown_values(picture_cut(source, state), _THUMB, range(1))[0]
    low, high, diverging = limits(values.data[np.isfinite(values.data)])
    pixels = paint(values[None], low, high, diverging)[0]
    scale = max(1, _THUMB // max(pixels.shape[:2]))
    image = Image.fromarray(pixels.repeat(scale, 0).repeat(scale, 1))
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
