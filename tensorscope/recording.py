"""Recording: a session's answers for many slices, so that a page can give them without a kernel.

What is kept are the messages of docs/protocol.md as the session itself gives them: nothing is
computed for the page alone.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from tensorscope import view
from tensorscope.errors import TensorScopeError
from tensorscope.protocol import VERSION
from tensorscope.session import Session
from tensorscope.slots import Span
from tensorscope.view import ViewState

#: Slices at most, whatever room there is.
SLICES = 1024
#: Hits of a slice that are kept, the largest, and how many of the largest and smallest values.
_HITS, _TOP = 1000, 10
#: Sides of the picture in cells, the first that fits is kept: the finest that is not reduced.
_SIDES = (1448, 724, 362, 181, 90)
#: What has words or pairs for cells is not reduced again by the page: it gets a screen's worth.
_SCREEN = 640
#: Pixels of a tile in a grid of small multiples.
_TILE = 144


@dataclass(frozen=True)
class Recording:
    """What a page can show.

    Attributes
    ----------
    info, tensor : dict
        The description, and the statistics of the whole tensor (None: not counted).
    slices : list of bytes
        Each a compressed slice, the one on show first.
    possible : int
        How many slices there are by moving index dims.
    """

    info: dict[str, Any]
    tensor: dict[str, Any] | None
    slices: list[bytes]
    possible: int


def record(session: Session, room: int) -> Recording | None:
    """Record what is on show, then what is near it, while it fits into `room` bytes.

    Returns None where not even the slice on show fits.

    Cost: reads each slice that is kept once for the picture and about six times for statistics and
    hits, and the whole tensor once.
    """
    source = session.source
    first = session.state
    asker = _Asker(session)
    info = asker.session.info_message()
    tensor = asker.ask({"kind": "stats", "scope": "tensor"}).get("stats")
    room -= len(json.dumps([info, tensor]))
    # What is on show is read at any price, for somebody asked for it; its neighbours are not.
    sizes = (asker.slice(first, side, consent=True) for side in _SIDES)
    best = next((p for p in sizes if p is not None and len(p) <= room), None)
    if best is None:
        return None
    kept, used = [best], len(best)
    opened, dims = _opened(first)
    possible = prod(source.lengths[d] for d in dims)
    for state in _near(opened, dims, source.lengths):
        if state == replace(first, cell=None) or len(kept) >= SLICES:
            continue
        packed = asker.slice(state, asker.side)
        if packed is None or used + len(packed) > room:
            break
        kept.append(packed)
        used += len(packed)
    return Recording(info, tensor, kept, possible)


def _opened(state: ViewState) -> tuple[ViewState, list[int]]:
    """Return the state whose index dims are stepped through, and these dims.

    A single cell is shown by the plane around it; a grid has its tiles for slices.
    """
    if state.selection.is_cell:
        state = replace(state, selection=state.picture)
    state = replace(state, cell=None)
    dims = [d for d, slot in enumerate(state.selection.slots) if isinstance(slot, int)]
    if state.grid is not None:
        slot = state.selection.slots[state.grid]
        if isinstance(slot, Span) and slot.size:
            dims = sorted([*dims, state.grid])
            state = view.set_index(state, state.grid, slot.start)
    return state, dims


def _near(state: ViewState, dims: list[int], lengths: tuple[int, ...]) -> Iterator[ViewState]:
    """Yield states, those that differ in the fewest dims and by the least first."""
    here = [state.picture.slots[d] for d in dims]
    at = [slot if isinstance(slot, int) else 0 for slot in here]
    if prod(lengths[d] for d in dims) <= SLICES:
        places = [list(p) for p in product(*(range(lengths[d]) for d in dims))]
    else:  # one dim at a time
        places = [at] + [
            [*at[:k], i, *at[k + 1 :]]
            for k, d in enumerate(dims)
            for i in range(max(0, at[k] - SLICES), min(lengths[d], at[k] + SLICES))
            if i != at[k]
        ]
    far = [[abs(i - j) for i, j in zip(place, at, strict=True)] for place in places]
    order = sorted(range(len(places)), key=lambda n: (sum(map(bool, far[n])), sum(far[n])))
    for n in order:
        moved = state
        for dim, index in zip(dims, places[n], strict=True):
            moved = view.set_index(moved, dim, index)
        yield moved


class _Asker:
    """Asks a session of its own, so that the user's does not move."""

    def __init__(self, session: Session) -> None:
        self.session = Session(session.source, session.state, holder=session.holder)
        self.side = _SIDES[0]

    def ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a reply; what was refused is left out of the page."""
        return self.session.handle({"v": VERSION, "req": "page", **body})[0]

    def slice(self, state: ViewState, side: int, consent: bool = False) -> bytes | None:
        """Return one slice, packed: length of the head, head as JSON, buffers; compressed.

        None where it has a price that nobody agreed to.
        """
        self.side = side
        self.session.change(lambda _: state, push=False)
        spoken = self.session.source.adapter.dtype(self.session.source.tensor).kind in "cMmO"
        px = min(side, _SCREEN) if spoken else side
        viewport = {"px": [px, px], "tile": [_TILE, _TILE], "tiles": [0, 400]}
        # First: a grid that is sorted has its order from then on.
        tiles = None
        if self.session.state.grid is not None:
            tiles = self.ask({"kind": "tiles", "viewport": viewport, "consent": consent})
        request: dict[str, Any] = {"v": VERSION, "req": "page", "kind": "hello"}
        request.update(viewport=viewport, consent=consent)
        reply, buffers = self.session.handle(request)
        if not reply["ok"]:
            error = reply["error"]
            raise TensorScopeError(error["message"], error["kind"])
        if reply["frame"] is None:
            return None
        head: dict[str, Any] = {
            "state": reply["state"],
            "frame": reply["frame"],
            "lengths": [len(b) for b in buffers],
            "stats": self.ask({"kind": "stats", "scope": "slice"}).get("stats"),
            "tiles": tiles and tiles.get("tiles"),
            "hits": None,
            "top": {
                name: self.ask({"kind": "topk", "k": _TOP, "largest": largest, "by": by}).get(
                    "hits"
                )
                for name, largest, by in _TOPS
            },
        }
        if state.condition is not None:
            body = {"kind": "hits", "limit": _HITS, "sort": "-value"}
            head["hits"] = self.ask(body).get("hits")
        text = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode()
        return zlib.compress(b"".join([struct.pack("<I", len(text)), text, *buffers]), 6)


_TOPS = (("largest", True, "value"), ("smallest", False, "value"), ("magnitude", True, "abs"))
