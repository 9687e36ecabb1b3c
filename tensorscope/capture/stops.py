"""Stops: what happens where a breakpoint's condition holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tensorscope.capture.breakpoints import Breakpoint, BreakpointHit, Hit
from tensorscope.capture.measure import Measure
from tensorscope.capture.record import numbered
from tensorscope.condition import Condition
from tensorscope.errors import TensorScopeError, clip

if TYPE_CHECKING:
    from tensorscope.capture.recorder import Recorder


def try_point(
    recorder: Recorder, point: Breakpoint, name: str, what: str, call: int, measure: Measure,
    value: Any, keep: Callable[[str], None], inputs: Any = None,
) -> None:  # fmt: skip
    """Stop as a breakpoint says, if it holds for a value.

    Parameters
    ----------
    measure : Measure
        Of `value`; often it tells by itself that the condition cannot hold.
    keep : callable
        Keeps a record of `value`, for the reason that it gets.
    inputs : object, optional
        What the module was given: kept too.

    Raises
    ------
    BreakpointHit
        The breakpoint's action is to raise, or raised itself.
    """
    try:
        holds, cell, evidence = point.trigger.holds(measure, lambda c: _count(value, c))
    except TensorScopeError as error:  # of complex numbers, which have no order
        recorder._note(f"a breakpoint does not fit {name}: {error}")
        return
    if not holds:
        return
    hit = Hit(point.condition, name, what, recorder.step, call, cell, evidence)
    point.hits += 1
    point.last = recorder.hit = hit
    keep("breakpoint")
    for path, tensor in recorder.inside(inputs) if inputs else ():
        local, told = recorder._local(tensor)
        if local is not None:
            given = name + path.replace("[0]", "", 1)
            recorder._keep(given, "input", local, call, told, "breakpoint")
    recorder.log.append(str(hit))
    recorder.on_news()
    if callable(point.action):
        try:
            point.action(hit)
        except Exception as error:  # the user's own: it ends the training, as a raise would
            raise BreakpointHit(
                f"{hit}. Its action raised {type(error).__name__}: {error}"
            ) from error
    elif point.action == "raise":
        raise BreakpointHit(f"{hit}. The values are in the watch: .record({name!r})")
    elif point.action == "pause":
        recorder.control.wait(f"{numbered(name, call)}, step {recorder.step}", str(hit))


def ending(error: BaseException, hit: Hit | None) -> str:
    """Return what ended a training, in words to put behind 'ended by'."""
    if isinstance(error, KeyboardInterrupt):
        return "an interrupt"
    words = " ".join(str(error).split())
    # TensorFlow wraps what is raised inside of a graph into an error of its own.
    if hit is not None and (isinstance(error, BreakpointHit) or BreakpointHit.__name__ in words):
        return f"the breakpoint {hit}"
    return clip(f"{type(error).__name__}: {words}" if words else type(error).__name__, 300)


def _count(value: Any, condition: Condition) -> tuple[int, tuple[int, ...] | None, int]:
    """Return how many elements meet a condition, the first of them, and how many there are."""
    from tensorscope.searched import where

    hits = where(value, condition, limit=1)
    first = tuple(hits.indices[0].tolist()) if hits.count else None
    return hits.count, first, hits.searched
