"""XLA in Keras on TensorFlow: whether it compiles a training step, and doing without meanwhile."""

from __future__ import annotations

import weakref
from typing import Any

#: Models whose XLA was turned off, and for how many watches: the last one turns it on again.
_SILENCED: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
_UNAVAILABLE = (
    "the training step is compiled by XLA (jit_compile, Keras's default on a GPU): no Python runs "
    'inside, so values are unavailable. compiled="eager" turns XLA off while the model is '
    "watched, whose numerics and random numbers differ; or fit(callbacks=[w.callback(x)]) shows "
    "what the model makes of the examples x, in inference mode"
)


class Xla:
    """XLA of one model, for one watch.

    Parameters
    ----------
    model : keras.Model
    unwanted : bool
        Whether it is to be off while the model is watched.
    """

    def __init__(self, model: Any, unwanted: bool) -> None:
        self._model = model
        self._unwanted = unwanted
        self._silenced = False  # by us

    def compiles(self) -> bool:
        """Return whether it compiles the training step as things stand."""
        compiled = getattr(self._model, "compiled", False)
        return bool(compiled and self._model.jit_compile and not self._model.run_eagerly)

    def turn_off(self) -> None:
        """Turn it off where that is wanted and it is on."""
        if self._unwanted and (self.compiles() or self._model in _SILENCED):
            self._model.jit_compile = False
            self._silenced = True
            _SILENCED[self._model] = _SILENCED.get(self._model, 0) + 1

    def restore(self) -> None:
        """Turn it on again, if no other watch wants it off."""
        if not self._silenced:
            return
        self._silenced = False
        _SILENCED[self._model] -= 1
        if not _SILENCED[self._model]:
            del _SILENCED[self._model]
            self._model.jit_compile = True

    def notes(self) -> tuple[str, ...]:
        """Say what it means for what is captured."""
        if self._silenced:
            return ("XLA is off while the model is watched: these are not its numerics",)
        return (_UNAVAILABLE,) if self.compiles() else ()
