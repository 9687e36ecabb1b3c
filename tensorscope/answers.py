"""Answers to a browser's requests, each from one state; what costs much tells its price first."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tensorscope.ahead import digest, steps_ahead
from tensorscope.frames import frame_price
from tensorscope.labels_told import of_cell
from tensorscope.prices import Priced, check_price
from tensorscope.protocol import VERSION, Request, integer
from tensorscope.replies import cell_selection, value_dict
from tensorscope.selection import whole
from tensorscope.view import ViewState

if TYPE_CHECKING:
    from tensorscope.session import Session

Reply: TypeAlias = tuple[dict[str, Any], list[bytes]]


def answer(session: Session, request: Request) -> Reply:
    """Answer a request that is no patch: what it asks for, or what that would cost."""
    reply: dict[str, Any] = {"v": VERSION, "req": request.req, "ok": True}
    buffers: list[bytes] = []
    state, serial, reading = session.now()
    if request.kind in ("hello", "update", "frame", "refresh"):
        if request.kind in ("hello", "refresh"):
            reply["info"] = session.info_message()
            reply["version"] = VERSION
        reply["state"] = session.message_of(state, serial, reading)
        began = time.perf_counter()
        unsynchronised = session.reading()
        order = session.queries.pictures.cheap_order(state)
        try:
            nbytes = frame_price(session.source, state, request.viewport, order)
            _check_price(session, nbytes, "This picture", request)
        except Priced as priced:
            reply.update(frame=None, price=priced.message())
            return reply, []
        reply["frame"], buffers = session.queries.pictures.frame(
            state,
            request.viewport,
            first=request.body.get("first") is True,
            keep=not unsynchronised and request.kind == "update",
        )
        reply["frame"].update(
            serial=serial,
            unsynchronised=unsynchronised,
            milliseconds=round((time.perf_counter() - began) * 1e3, 3),
            bytes=sum(map(len, buffers)),
        )
        known = request.body.get("known")
        if known is not None and not unsynchronised and known == digest(reply["frame"], buffers):
            reply["frame"], buffers = None, []  # the page has it
        return reply, buffers
    if request.kind == "ahead":
        reply["ahead"], buffers = steps_ahead(session, request)
        return reply, buffers
    if request.kind == "save":
        reply["file"], part = session.downloads.answer(session, request.body)
        return reply, [part]
    if request.kind in ("stats", "hits", "tiles"):
        reply["serial"] = serial
    try:
        _counted(session, request, state, reply)
    except Priced as priced:
        reply["price"] = priced.message()
    return reply, buffers


def _check_price(session: Session, nbytes: int, what: str, request: Request) -> None:
    check_price(nbytes, what, session.source.adapter.name, request.consent)


def _counted(session: Session, request: Request, state: ViewState, reply: dict[str, Any]) -> None:
    """Fill in an answer that is more than a picture, or raise Priced."""
    if request.kind == "stats":
        scope = "tensor" if request.body.get("scope") == "tensor" else "slice"
        reply["scope"] = scope
        if request.body.get("first"):
            reply["stats"] = session.queries.statistics.first_look(state, scope)
            return
        what = "the whole tensor" if scope == "tensor" else "the selection"
        nbytes = session.queries.price("stats", scope, state)
        _check_price(session, nbytes, f"Summing up {what}", request)
        reply["stats"] = session.queries.statistics.stats(state, scope)
    elif request.kind == "hits":
        by, whole_tensor = request.body.get("by"), request.body.get("scope") == "tensor"
        dim = None if by is None else integer(by, "by", -1, 64)
        nbytes = session.queries.price("hits", "tensor" if whole_tensor else "slice", state, dim)
        what = "Looking for hits" if dim is None else "Counting hits by slice"
        _check_price(session, nbytes, what, request)
        if whole_tensor:
            state = replace(state, selection=whole(session.source.lengths))
        slices = None
        if dim is not None and state.condition is not None:
            slices = session.queries.hits.by(state, dim)  # first: its pass finds the hits too
        reply["hits"] = session.queries.hits.page(
            state,
            offset=integer(request.body.get("offset", 0), "offset", 0, 2**53),
            limit=integer(request.body.get("limit", 50), "limit", 1, 1000),
            order=str(request.body.get("sort", "index")),
        )
        if slices is not None:
            reply["hits"]["by"] = slices
    elif request.kind == "tiles":
        nbytes = session.queries.price("tiles", None, state)
        _check_price(session, nbytes, "Comparing the tiles", request)
        reply["tiles"] = session.queries.pictures.tiles(state, request.viewport.tiles)
    elif request.kind == "anomaly":
        nbytes = session.queries.price("anomaly", None, state)
        _check_price(session, nbytes, "Looking for NaN and infinities", request)
        cell = request.body.get("cell")
        place = None if cell is None else session.cell(cell)(state).cell
        backwards = request.body.get("by") == -1
        reply["cell"] = session.queries.pictures.anomalies(state).next(place, backwards)
    elif request.kind == "topk":
        nbytes = session.queries.price("topk", None, state)
        _check_price(session, nbytes, "Ranking the selection", request)
        reply["hits"] = session.queries.hits.topk(
            state,
            k=integer(request.body.get("k", 10), "k", 1, 1000),
            largest=bool(request.body.get("largest", True)),
            by=str(request.body.get("by", "value")),
        )
    elif request.kind == "code":
        name, x, _ = session.source.code_name(session.holder)
        selection = session.source.parse(request.body.get("expr"))
        reply["code"] = session.source.adapter.slice_code(name, x, selection)
    else:
        reply["value"] = _value(session, request, state)


def _value(session: Session, request: Request, state: ViewState) -> dict[str, Any] | None:
    cell = request.body.get("cell")
    place = state.cell if cell is None else session.cell(cell)(state).cell
    if place is None:
        return None
    selection = cell_selection(state, place)
    _check_price(session, session.source.price(selection), "This value", request)
    name, x, _ = session.source.code_name(session.holder)
    code = session.source.adapter.cell_code(name, x, place)
    told = value_dict(session.source.read(selection, painted=True), place, code)
    return {**told, **of_cell(session.source, place)}
