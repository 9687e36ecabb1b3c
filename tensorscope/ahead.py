"""Steps ahead: the pictures at the neighbouring indices of a dim, told before somebody steps there.

They are sent in one message and kept by the page, which shows one as soon as a key is pressed and
asks for it as ever. The update then says what picture it shows (``known``), and none is sent where
the tensor still holds just that.
"""

from __future__ import annotations

import json
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tensorscope.elsewhere import computes_elsewhere
from tensorscope.errors import ProtocolError, TensorScopeError, quote
from tensorscope.frames import FrameReply, frame_reply
from tensorscope.patches import patched
from tensorscope.picture_queries import QUICK
from tensorscope.protocol import Request
from tensorscope.view import ViewState

if TYPE_CHECKING:
    from tensorscope.session import Session

#: At most so many pictures in one message, and so many bytes.
STEPS, BYTES = 16, 1 << 21
#: Seconds after which no further picture is begun.
_PATIENCE = 0.05


def steps_ahead(session: Session, request: Request) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return what some of the asked indices show, the first ones first.

    Nothing is read while a cell or a loop computes, of a tensor whose values come from afar, or of
    one that is reduced over a dim. The state of the session stays as it is.

    Cost: a copy of what is visible of each; all of them together have at most 2²⁰ elements, and
    2 MiB on the wire.

    Raises
    ------
    ProtocolError
        `index` is no pair of a dim and a list of indices.
    """
    dim, indices = _asked(request.body.get("index"))
    state, serial, reading = session.now()
    source = session.source
    size = state.picture.count
    if _busy(session) or source.adapter.distant or state.picture.reduced or not size:
        return [], []
    began = time.perf_counter()
    steps: list[dict[str, Any]] = []
    sent: list[bytes] = []
    for index in indices[: min(STEPS, QUICK // size)]:
        step = _step(session, state, request, dim, index)
        if step is None:
            continue
        there, (meta, buffers) = step
        nbytes = sum(map(len, buffers))
        if sum(map(len, sent)) + nbytes > BYTES:
            break
        meta.update(serial=serial, unsynchronised=False, milliseconds=0, bytes=nbytes)
        steps.append({
            "index": index,
            "known": digest(meta, buffers),
            "state": session.message_of(there, serial, reading),
            "frame": meta,
            "first": len(sent),
        })  # fmt: skip
        sent += buffers
        if time.perf_counter() - began > _PATIENCE:
            break
    # What was read while a cell began may be half of one thing and half of another.
    return ([], []) if _busy(session) else (steps, sent)


def _busy(session: Session) -> bool:
    return session.busy() or computes_elsewhere()


def _asked(value: object) -> tuple[int, list[int]]:
    if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[1], list):
        dim, indices = value
        if all(isinstance(one, int) and not isinstance(one, bool) for one in (dim, *indices)):
            return dim, indices
    raise ProtocolError(f"index {quote(value)} is no dim with a list of indices")


def _step(
    session: Session, state: ViewState, request: Request, dim: int, index: int
) -> tuple[ViewState, FrameReply] | None:
    """Return the state at an index and its picture; None where it can't be shown."""
    try:
        there = patched(session, state, "index", [dim, index])
        session.queries.check(there)
        order = session.queries.pictures.cheap_order(there)
        return there, frame_reply(session.source, there, request.viewport, order)
    except TensorScopeError:
        return None  # whoever steps there is told


#: What of a frame is not its picture.
_AROUND = ("serial", "milliseconds", "bytes", "unsynchronised")


def digest(meta: dict[str, Any], buffers: list[bytes]) -> str:
    """Return what a picture is recognised by: its bytes, and how they are laid out."""
    laid_out = {key: value for key, value in meta.items() if key not in _AROUND}
    found = blake2b(json.dumps(laid_out, sort_keys=True).encode(), digest_size=16)
    for buffer in buffers:
        found.update(buffer)
    return found.hexdigest()
