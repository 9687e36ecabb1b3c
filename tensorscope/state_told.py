"""What a widget is told of a state: what it shows, its hits where they are cheap, and its code."""

from __future__ import annotations

from typing import Any

from tensorscope.labels_told import of_cell
from tensorscope.queries import Queries
from tensorscope.replies import state_dict
from tensorscope.source import LiveSource
from tensorscope.state_code import state_code
from tensorscope.view import ViewState

#: A state tells so many tiles of an order; frames tell those that they show.
ORDERED = 4096


def tell_state(
    source: LiveSource, queries: Queries, holder: object, state: ViewState, serial: int
) -> dict[str, Any]:
    """Return a state as the front end gets it, but for what lies around it: its past, its links.

    Cost: no pass over the tensor; hits are told where they are known or quick to count.
    """
    message = state_dict(state, serial)
    held = message["picture"]["held"]
    message["conditions"] = queries.hits.legend(state)
    message["table"] = as_table(source, state)
    message |= of_cell(source, held)
    order = queries.pictures.cheap_order(state)
    if order is not None:
        message["picture"]["grid"]["order"] = order[:ORDERED].tolist()
    name, x, note = source.code_name(holder)
    places = [c if isinstance(c, str) else f"{{{d}}}" for d, c in enumerate(held)]
    where_note = hits_code = None
    if state.condition:
        where_note = queries.hits.note(state.condition, state.selection)
        hits_code = queries.hits.code(name, x, state)
    message.update(
        where_note=where_note,
        hits=queries.hits.cheap_count(state),
        code={
            "value": source.adapter.cell_code(name, x, places),
            "slice": source.adapter.slice_code(name, x, state.selection),
            "hits": hits_code,
        },
        python=state_code(source, state, name),
        notes=[note] if note else [],
    )
    return message


def as_table(source: LiveSource, state: ViewState) -> bool:
    """Return whether values are written out in the picture's place: words are, unless chosen."""
    return source.is_spoken(state.picture) if state.table is None else state.table
