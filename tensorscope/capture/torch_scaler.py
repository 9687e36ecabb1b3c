"""GradScaler: noticing that a loss was scaled, and with it the gradients of outputs.

No hook tells that, so `GradScaler.scale` is wrapped while a watch listens: once for all watches,
in whatever order they end.
"""

from __future__ import annotations

import weakref
from functools import wraps
from typing import Any

from tensorscope.capture.recorder import Recorder

#: Who listens; the wrapped function, and what was there before.
_LISTENING: dict[int, weakref.ref[Recorder]] = {}
_WRAPPED: list[tuple[Any, Any]] = []


class ScaleWatch:
    """From when a loss is scaled on, gradients of a watch's outputs have the factor."""

    def __init__(self, recorder: Recorder) -> None:
        self._scaler = recorder.torch.amp.GradScaler
        if not _LISTENING:
            _wrap(self._scaler)
        _LISTENING[id(self)] = weakref.ref(recorder)

    def remove(self) -> None:
        """Listen no longer; the last one puts back what was there, unless it was replaced."""
        _LISTENING.pop(id(self), None)
        if _LISTENING or not _WRAPPED:
            return
        ours, before = _WRAPPED.pop()
        if self._scaler.scale is ours:
            self._scaler.scale = before


def _wrap(scaler: Any) -> None:
    before = scaler.scale

    @wraps(before)
    def scale(self: Any, outputs: Any) -> Any:
        if self.is_enabled():
            for told in list(_LISTENING.values()):
                recorder = told()
                if recorder is not None:
                    recorder.gradient_notes = ("scaled by the GradScaler",)
        return before(self, outputs)

    scaler.scale = scale
    _WRAPPED[:] = [(scale, before)]
