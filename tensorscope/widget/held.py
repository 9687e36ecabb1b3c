"""Whether the main thread waits for the one that asks, inside of TensorFlow.

A graph calls back into Python on threads of TensorFlow's own, while the thread that runs the graph
waits for it without running any Python. What only the main thread may touch is then free.
"""

from __future__ import annotations

import sys
import threading
from types import FrameType

#: Where a thread that runs a graph, or an op, goes into TensorFlow.
_INSIDE = "tensorflow/python/eager/execute.py"


def main_waits_for_us() -> bool:
    """Return whether the main thread can do nothing until the calling thread has returned.

    It must be the only one inside of TensorFlow: else the caller may work for another thread, and
    the main thread be back at any moment.
    """
    mine, main = threading.get_ident(), threading.main_thread().ident
    inside = [
        thread
        for thread, frame in sys._current_frames().items()
        if thread != mine and _is_inside(frame)
    ]
    return inside == [main]


def _is_inside(frame: FrameType) -> bool:
    return frame.f_code.co_filename.replace("\\", "/").endswith(_INSIDE)
