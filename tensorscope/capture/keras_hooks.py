"""How TensorFlow tells a recorder of its values, from inside of a graph or from eager code.

Inside of a graph Python runs once, while the graph is made. What it then leaves there are calls
back into Python (`tf.py_function`), and each output passes through one: the next layer begins only
when it has returned, so that a pause takes hold between two layers.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.outputs import tensors_in
from tensorscope.capture.recorder import Recorder
from tensorscope.tracebacks import asked_for


class Bridge:
    """Has a recorder told of TensorFlow's values, from a graph or from eager code.

    Parameters
    ----------
    tf : module
    recorder : Recorder
        Held weakly: a graph that outlives the watch tells nobody.
    """

    def __init__(self, tf: Any, recorder: Recorder) -> None:
        self.tf = tf
        self._recorder = weakref.ref(recorder)

    def tell(
        self, tensors: list[Any], function: Callable[..., None], then: list[Any] | None = None
    ) -> list[Any]:
        """Hand tensors to `function(recorder, arrays)`; return `then`, which wait for that.

        Cost: the tensors are brought to the host; on the CPU they are shared, not copied.
        """
        tf = self.tf

        def arrived(*values: Any) -> None:
            recorder = self._recorder()
            if recorder is None or recorder.control.closed:
                return
            with recorder.turns:
                try:
                    function(recorder, [np.asarray(value) for value in values])
                except (BreakpointHit, KeyboardInterrupt) as error:
                    raise asked_for(error) from error.__cause__
                except Exception as error:
                    # A fault of ours must not end the user's training: it is told, not raised.
                    recorder.failures.append(f"{type(error).__name__}: {error}")

        if tf.executing_eagerly():
            arrived(*tensors)
            return then or []
        done = tf.py_function(arrived, tensors, [])
        with tf.control_dependencies([done]):
            return [tf.identity(tensor) for tensor in then or []]

    def through(self, structure: Any, told: Callable[[list[Any]], list[Any]]) -> Any:
        """Return a nested output with its tensors replaced by what `told` returns for them."""
        tf = self.tf
        if isinstance(structure, tf.Tensor):
            return told([structure])[0]
        flat = tf.nest.flatten(structure)
        places = [k for k, part in enumerate(flat) if isinstance(part, tf.Tensor)]
        if places:
            new = told([flat[k] for k in places])
            for k, tensor in zip(places, new, strict=True):
                flat[k] = tensor
        return tf.nest.pack_sequence_as(structure, flat)

    def tensors(self, structure: Any) -> list[tuple[str, Any]]:
        """Return the tensors inside of what a layer took or returned, with their paths."""
        return [
            (path, tensor)
            for path, tensor in tensors_in(structure, self.tf.Tensor)
            if tensor.dtype.is_numpy_compatible and tensor.dtype not in (self.tf.string,)
        ]

    def watch_gradient(self, tensor: Any, function: Callable[..., None]) -> Any:
        """Return a tensor whose gradient is told when it is there."""
        tf = self.tf
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
            return tensor

        def told(x: Any) -> tuple[Any, Callable[[Any], Any]]:
            def gradient(upstream: Any) -> Any:
                if not isinstance(upstream, tf.Tensor):
                    return upstream  # slices by index: no dense gradient was made
                again = self.tell([upstream], function, then=[upstream])
                return again[0] if again else upstream

            return tf.identity(x), gradient

        return tf.custom_gradient(told)(tensor)


@contextlib.contextmanager
def within(owner: Any, name: str) -> Iterator[bool]:
    """Set a flag while the block runs; gives whether it was set before."""
    before = getattr(owner, name)
    setattr(owner, name, True)
    try:
        yield before
    finally:
        setattr(owner, name, before)
