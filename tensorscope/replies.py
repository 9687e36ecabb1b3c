"""What replies hold, as JSON: states, infos, values. Numbers that JSON would bend go as text."""

from __future__ import annotations

from typing import Any

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.select import Selected
from tensorscope.errors import clip
from tensorscope.info import TensorInfo, bytes_text
from tensorscope.selection import Selection, cell_text
from tensorscope.slots import Reduce, Span
from tensorscope.source import LiveSource
from tensorscope.text import bits_text, exact_text, hex_text, python_value, scalar_text
from tensorscope.view import ViewState

#: Longer texts are shortened on the screen; `Extraction.text` has all of it.
_LONGEST = 2000


def info_dict(source: LiveSource, info: TensorInfo) -> dict[str, Any]:
    """Return a description for the screen."""
    dtype = source.adapter.dtype(source.tensor)
    return {
        "name": source.display_name(),
        "framework": info.framework,
        "dtype": clip(info.dtype),
        "shape": list(source.lengths),
        "dims": list(source.dim_names),
        "named": source.dims is not None,
        "device": info.device,
        "layout": info.layout,
        "nbytes": info.nbytes,
        "bytes": bytes_text(info.nbytes),
        "requires_grad": info.requires_grad,
        "grad_fn": info.grad_fn,
        "numeric": dtype.kind,
        "python": source.adapter.python_type(source.tensor),
        "notes": list(info.notes),
    }


def state_dict(state: ViewState, serial: int) -> dict[str, Any]:
    """Return the part of a state that needs no tensor."""
    picture = state.picture
    return {
        "v": 1,
        "serial": serial,
        "expr": state.selection.expr,
        "shape": list(state.selection.shape),
        "count": state.selection.count,
        "slots": [_slot(state.selection, dim) for dim in range(len(state.selection.slots))],
        "picture": {
            "rows": _role(picture, state.rows),
            "columns": _role(picture, state.columns),
            "grid": _grid(picture, state),
            "held": [
                None if isinstance(s, Span) else s.op if isinstance(s, Reduce) else s
                for s in picture.slots
            ],
        },
        "where": state.condition.text if state.condition else None,
        "threshold": _threshold(state),
        "cell": list(state.cell) if state.cell is not None else None,
        "colour": {
            "map": state.colour.map,
            "range": list(state.colour.range) if state.colour.range else None,
        },
        "table": state.table,
        "shown": "first" if state.is_partial else "all",
    }


def _slot(selection: Selection, dim: int) -> dict[str, Any]:
    slot, text = selection.slots[dim], selection.slot_text(dim)
    if isinstance(slot, Span):
        return {
            "kind": "slice", "start": slot.start, "step": slot.step, "size": slot.size, "text": text
        }  # fmt: skip
    if isinstance(slot, Reduce):
        return {"kind": "reduce", "op": slot.op, "text": text}
    return {"kind": "index", "index": slot, "text": text}


def _role(picture: Selection, dim: int | None) -> dict[str, int] | None:
    if dim is None:
        return None
    slot = picture.slots[dim]
    assert isinstance(slot, Span)
    return {"dim": dim, "start": slot.start, "step": slot.step, "size": slot.size}


def _grid(picture: Selection, state: ViewState) -> dict[str, Any] | None:
    role: dict[str, Any] | None = _role(picture, state.grid)
    if role is None:
        return None
    sort = state.sorting
    role.update(rgb=state.is_rgb, sort=None if sort is None else sort.text, order=None)
    return role


def _threshold(state: ViewState) -> dict[str, Any] | None:
    simple = state.condition.threshold if state.condition else None
    if simple is None:
        return None
    op, value = simple
    number = float(value) if abs(value) < 1e308 else 0.0
    finite = number - number == 0 and abs(value) < 1e308
    return {"op": op, "value": number} if finite else None


def hole_text(adapter: Adapter) -> str:
    """Return what a place says that holds no value: masked, or past the end of its row."""
    return "masked" if adapter.hole == "masked" else "no value"


def cell_selection(state: ViewState, cell: tuple[int | str, ...]) -> Selection:
    """Return the selection of one cell; a reduced dim holds the name of its reduction."""
    slots = tuple(Reduce(c) if isinstance(c, str) else c for c in cell)
    return Selection(state.selection.lengths, slots)


def value_dict(selected: Selected, cell: tuple[int | str, ...], code: str) -> dict[str, Any]:
    """Return all that can be said of one value."""
    raw, dtype, blank = selected.cut.own(), selected.dtype, selected.cut.blank
    masked = blank is not None and bool(blank.all())
    hole = hole_text(selected.adapter)
    text = hole if masked else scalar_text(dtype, raw)
    kind = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}.get(dtype.kind)
    if masked or kind is None:
        kind = hole if masked else type(python_value(dtype, raw)).__name__
    bits, note = "" if masked else bits_text(dtype, raw), None
    if dtype.computed and not masked:
        integers = selected.adapter.integers(selected.source, selected.selection)
        if integers is not None:
            bits = f"stored {integers.item()} = {hex_text(integers)}"
            note = "quantized: computed from the stored integer"
    return {
        "cell": list(cell),
        "at": cell_text(cell),
        "text": clip(text, _LONGEST),
        "type": kind,
        "dtype": clip(dtype.name),
        "exact": clip(text if masked else exact_text(dtype, raw), _LONGEST),
        "bits": bits,
        "note": note,
        "code": code,
    }
