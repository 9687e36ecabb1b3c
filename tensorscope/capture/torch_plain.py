"""Plain outputs: what most modules give at most steps, taken in at the least cost.

What a hook costs is less what it computes than what of Python it touches, since each operation of
the model empties the processor's caches: a line of Python between two of them takes several times
what it takes in a loop. So this is short, with everything at hand, calls no operation of PyTorch's,
and leaves what becomes of the sums to :meth:`Recorder.settle`, for all modules together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tensorscope.capture.recorder import LINES, Recorder


def plain_outputs(watching: Recorder) -> Callable[..., bool]:
    """Return what takes in the output of a module if nothing but its measure is due.

    It returns whether that was so: one tensor of finite floats that lie in this machine's memory
    without gaps, in the thread of the step, at a step of which no slices are kept, while nothing
    but the training is to be served. Everything else is for :meth:`Recorder.on_output`.
    """
    assert watching.torch_values is not None
    sums_of = watching.torch_values.sums
    in_backward, thread_now = watching.torch._C._current_graph_task_id, threading.get_ident

    def take(
        recorder: Recorder, name: str, module: Any, args: Any, kwargs: Any, output: Any
    ) -> bool:
        if (
            recorder.sampling
            or recorder.breakpoints
            or recorder.control.attention
            or recorder.step < 0
            or name in recorder.pinned
            or thread_now() != recorder.thread
            or in_backward() != -1
        ):
            return False
        call = recorder.calls.get(name, 0)
        if call >= LINES:
            return False
        found = sums_of(output)
        if found is None or found.nan or found.posinf or found.neginf:
            return False
        recorder.calls[name] = call + 1
        recorder.told.append((name, call, output.numel(), found))
        recorder.pump()
        return True

    return take
