"""The wire contract (docs/protocol.md): what comes from a browser is checked here, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tensorscope.errors import ProtocolError, TensorScopeError, clip, quote

VERSION = 1
KINDS = (
    *("hello", "update", "frame", "stats", "hits", "topk", "value", "tiles", "anomaly"),
    *("refresh", "cancel", "module", "code", "save", "ahead"),
)
_PIXELS_LIMIT = 16384
_TILES_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Viewport:
    """The visible rectangle, in picture positions, and its device pixels.

    Attributes
    ----------
    rows, columns : tuple of int or None
        ``[start, stop)``; None: all.
    px : tuple of int
        Width and height in device pixels.
    tile : tuple of int or None
        The same of one tile, where the picture is a grid; None: as `px`.
    tiles : tuple of int
        Which tiles of the grid, ``[start, stop)``.
    """

    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None
    px: tuple[int, int] = (512, 512)
    tiles: tuple[int, int] = (0, 64)
    tile: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request."""

    req: str
    kind: str
    body: Mapping[str, Any]
    viewport: Viewport

    @property
    def consent(self) -> bool:
        """Whether somebody agreed to what the answer reads."""
        return self.body.get("consent") is True


def request_id(message: object) -> str | None:
    """Return the id of a message that may be broken, so that an error finds its asker."""
    req = message.get("req") if isinstance(message, Mapping) else None
    return req if isinstance(req, str) and len(req) <= 100 else None


def parse_request(message: object) -> Request:
    """Check a message from the front end.

    Raises
    ------
    ProtocolError
        It is no request of this version.
    """
    req = request_id(message)
    if not isinstance(message, Mapping) or req is None:
        raise ProtocolError("a request is an object with the keys v, req and kind")
    if message.get("v") != VERSION:
        raise ProtocolError(
            f"the front end speaks protocol {clip(message.get('v'))}, the kernel {VERSION}: "
            "reload the page, so that both come from one installation",
            "VERSION",
        )
    kind = message.get("kind")
    if kind not in KINDS:
        raise ProtocolError(f"there is no request {quote(kind)}: use one of {', '.join(KINDS)}")
    return Request(req, kind, message, _viewport(message.get("viewport")))


def _viewport(value: object) -> Viewport:
    if value is None:
        return Viewport()
    if not isinstance(value, Mapping):
        raise ProtocolError(f"viewport {quote(value)} is no object")
    px = _pair(value.get("px", (512, 512)), "px") or (512, 512)
    tiles = _pair(value.get("tiles", (0, 64)), "tiles") or (0, 64)
    tile = _pair(value.get("tile"), "tile")
    return Viewport(
        rows=_pair(value.get("rows"), "rows"),
        columns=_pair(value.get("columns"), "columns"),
        px=_pixels(px),
        tile=None if tile is None else _pixels(tile),
        tiles=(max(tiles[0], 0), min(tiles[1], max(tiles[0], 0) + _TILES_LIMIT)),
    )


def _pixels(px: tuple[int, int]) -> tuple[int, int]:
    return min(max(px[0], 1), _PIXELS_LIMIT), min(max(px[1], 1), _PIXELS_LIMIT)


def _pair(value: object, what: str) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and len(value) == 2:
        start, stop = value
        numbers = all(isinstance(v, int | float) and abs(v) < 2**53 for v in value)
        if numbers and not (isinstance(start, bool) or isinstance(stop, bool)):
            return int(start), int(stop)
    raise ProtocolError(f"viewport {what} {quote(value)} is no pair of numbers")


def integer(value: object, what: str, low: int, high: int) -> int:
    """Return a whole number from a message, held within ``low…high``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ProtocolError(f"{what} {quote(value)} is no number")
    return int(min(max(value, low), high))


def error_reply(req: str | None, error: BaseException, field: str | None = None) -> dict[str, Any]:
    """Return the reply that carries an error back to who asked."""
    if isinstance(error, TensorScopeError):
        kind, span, text = error.kind, error.span, str(error)
    else:
        kind, span = "INTERNAL", None
        text = (
            f"tensorscope failed: {type(error).__name__}: {clip(str(error), 300)}. "
            "The widget goes on; please report it"
        )
    return {
        "v": VERSION,
        "req": req,
        "ok": False,
        "error": {
            "kind": kind,
            "message": text,
            "field": field,
            "span": None if span is None else list(span),
        },
    }
