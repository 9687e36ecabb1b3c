"""Probed: what the loop's own code hands over, and what a step returned, become records."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.capture import stops
from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.measure import Measure, of_stats
from tensorscope.capture.record import Record
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.torch_quiet import quiet
from tensorscope.errors import TensorScopeError
from tensorscope.tracebacks import asked_for


def on_probe(
    recorder: Recorder, name: str, x: Any, shape: tuple[int, ...] | None = None,
    measure: Measure | None = None, inside: bool = False,
) -> None:  # fmt: skip
    """Take in a value that the user's own code hands over; of any framework.

    shape, measure: of the whole value, where `x` is a part of it; inside: it came from inside of
    compiled code.
    """
    call = recorder.paced(name, inside)
    if recorder.step < 0:
        return  # before the first step of a model there is nothing to count
    try:
        if measure is None and isinstance(x, recorder.torch.Tensor if recorder.torch else ()):
            with quiet(recorder.torch):
                if recorder.values_of(x).local(x)[0] is not None:
                    recorder.on_value(name, "probe", x, call)
                    return
        _on_foreign(recorder, name, x, call, shape, measure)
    except (BreakpointHit, KeyboardInterrupt) as error:
        raise asked_for(error) from error.__cause__
    except TensorScopeError as error:
        recorder.failures.append(f"{name}: {error}")
    except Exception as error:  # of an object's own code: a probe never ends a training
        recorder.failures.append(f"{name}: {type(error).__name__}: {error}")


def on_taken(recorder: Recorder, found: list[tuple[str, int, Any]], kind: str) -> None:
    """Take in what a step returned: name, call and array of each value."""
    recorder.paced(f"(taken {kind})", inside=False)
    for name, call, array in found:
        recorder.on_value(name, kind, array, call)


def _on_foreign(
    recorder: Recorder, name: str, x: Any, call: int, shape: tuple[int, ...] | None,
    measure: Measure | None,
) -> None:  # fmt: skip
    """Take in a number, or whatever else the adapters read."""
    from tensorscope.extraction import describe, extract
    from tensorscope.summary import stats

    if isinstance(x, bool | int | float):
        x = np.asarray(x)
    if measure is None:
        measure = of_stats(stats(x, histogram=False))
        shape = tuple(n or 0 for n in describe(x).shape or ())
    of_all = shape or ()

    def keep(why: str) -> None:
        whole, why = recorder.due(name, why)
        part = extract(x, None if whole or not of_all else "[:1]").numpy()
        recorder.add(Record(name, recorder.step, call, "probe", recorder.train, part, of_all, why))

    recorder.measured(name, "probe", recorder.step, measure)
    occasion = recorder.occasion("probe")
    if occasion is not None or not measure.finite:
        keep(occasion or "sampled")
    for point in [b for b in recorder.breakpoints if b.concerns(name, "probe")]:
        stops.try_point(recorder, point, name, "probe", call, measure, x, keep)
