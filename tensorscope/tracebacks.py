"""Tracebacks as a notebook shows them: the user's lines, without ours below them.

An error of our own says by itself what came and what to do; the lines that found out say nothing to
whoever made the call. All else, an error that is no `TensorScopeError` above all, stays as it is:
there our lines tell where the fault lies. Outside of IPython every line is shown.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

#: Whose frames are left out where they are the last ones; contextlib carries errors through ours.
_OURS = ("tensorscope", "contextlib")


def rendered(error: BaseException) -> list[str]:
    """Return the lines of a traceback, in the form and colours that IPython has for all others."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    trace = theirs(error.__traceback__)
    if shell is None:
        return traceback.format_exception(type(error), error, trace)
    lines: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, trace)
    return lines


class _Interrupt(KeyboardInterrupt):
    """An interrupt that came while the user's code waited in ours: it tells the user's lines."""

    def __reduce__(self) -> tuple[object, ...]:
        return KeyboardInterrupt, self.args

    def _render_traceback_(self) -> list[str]:
        return rendered(self)


_Interrupt.__name__ = _Interrupt.__qualname__ = KeyboardInterrupt.__name__
_Interrupt.__module__ = KeyboardInterrupt.__module__


def asked_for(error: BaseException) -> BaseException:
    """Return what to raise for an error that people asked for: its traceback ends at their lines.

    A stop at a breakpoint is the same error, an interrupt another of its kind.
    """
    if type(error) is KeyboardInterrupt:
        return _Interrupt(*error.args)
    return error.with_traceback(None)


def theirs(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback up to the last frame that is not ours; all of it if every one is ours.

    The traceback that was passed stays as it is, for debuggers.
    """
    frames: list[TracebackType] = []
    at = trace
    while at is not None:
        frames.append(at)
        at = at.tb_next
    while frames and _is_ours(frames[-1]):
        frames.pop()
    if not frames:
        return trace
    kept: TracebackType | None = None
    for frame in reversed(frames):
        kept = TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return kept


def _is_ours(frame: TracebackType) -> bool:
    module = str(frame.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in _OURS
