"""Errors: each says what came, what is allowed and what to do next, in at most 600 characters."""

from __future__ import annotations

MESSAGE_LIMIT = 600

#: Why a tensor, or a part of one, has no value to show.
REFUSALS: dict[str, str] = {
    "NO_DATA": "it has a shape and a dtype but no storage",
    "SYMBOLIC": "it is a value of a program that is being traced; it has no number yet",
    "FREED": "its storage was released",
    "UNINITIALIZED": "it is a lazy parameter without even a shape",
    "OPAQUE": "its values cannot be read from here",
    "PENDING": "its result is not there yet; reading would block",
    "CONTAINER": "it holds tensors and is none itself",
    "AMBIGUOUS": "it breaks its own invariant, so that an entry has no defined value",
    "BOUNDS": "an index is out of range",
    "CLOSED": "its file or store is closed",
    "USER_ERROR": "code of the object itself raised",
    "NOT_NUMERIC": "it has no numeric elements that can be indexed",
}


def clip(text: object, limit: int = 80) -> str:
    """Shorten what somebody passed, so that it can be quoted in a message."""
    quoted = text if isinstance(text, str) else repr(text)
    return quoted if len(quoted) <= limit else f"{quoted[: limit - 1]}…"


def quote(value: object, limit: int = 80) -> str:
    """Return what somebody passed as it would be typed; only its type where that says nothing."""
    kind = clip(type(value).__qualname__, limit)
    return typed(value, limit) or f"an object of type {kind}"


def typed(value: object, limit: int = 80) -> str | None:
    """Return what somebody passed as it would be typed; None where that says nothing.

    Never asks an unknown object for its own words: these may be long, or read a device.
    """
    if isinstance(value, str | bytes):
        return repr(value) if len(value) <= limit else f"{value[:limit]!r}…"
    if _is_plain(value):
        return clip(repr(value), limit)
    if isinstance(value, type):
        return f"the class {clip(value.__qualname__, limit)}"
    return None


def _is_plain(value: object, deep: int = 2) -> bool:
    """Return whether the text of a value is short to make, and says what was typed."""
    if isinstance(value, list | tuple | set | dict):
        inside = value.values() if isinstance(value, dict) else value
        return deep > 0 and len(value) <= 10 and all(_is_plain(v, deep - 1) for v in inside)
    if isinstance(value, str | bytes):
        return len(value) <= 80
    return value is None or isinstance(value, int | float | complex | slice)


class TensorScopeError(Exception):
    """Root of all errors of tensorscope.

    Parameters
    ----------
    message : str
        What came, what is allowed, what to do next. Cut at 600 characters.
    kind : str
        A short constant name for programs, e.g. ``"BOUNDS"``.
    span : tuple of int, optional
        The part ``[start, end)`` of the text that was passed which is at fault.
    """

    default_kind = "ERROR"

    def __init__(
        self, message: str, kind: str | None = None, span: tuple[int, int] | None = None
    ) -> None:
        super().__init__(clip(message, MESSAGE_LIMIT))
        self.kind = kind or self.default_kind
        self.span = span
        #: Which control of a widget the error belongs to, where one sent it.
        self.field: str | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.kind, self.span)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of this error where nobody catches it."""
        from tensorscope.tracebacks import rendered

        return rendered(self)


class SelectionError(TensorScopeError, IndexError):
    """A selection that cannot be read (``SYNTAX``, ``DIMS``, ``TYPE``), or that names no place.

    No place: an index out of ``BOUNDS``, or a ``LABEL`` that is unknown or stands twice.
    """

    default_kind = "SYNTAX"


class ConditionError(TensorScopeError, ValueError):
    """A condition that cannot be parsed (``SYNTAX``) or does not fit the tensor (``TYPE``)."""

    default_kind = "SYNTAX"


class UnsupportedTensorError(TensorScopeError, TypeError):
    """A tensor that has no value to show; ``kind`` is one of :data:`REFUSALS`.

    Attributes
    ----------
    shape : tuple or None
        What `tensorscope.describe` could still tell; None in it stands for an unknown length.
    dtype : str or None
        Likewise.
    """

    default_kind = "NOT_NUMERIC"
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None


class ProtocolError(TensorScopeError):
    """A message between kernel and front end that breaks the wire contract."""

    default_kind = "PROTOCOL"
