"""KerasModel: a Keras 3 model under watch.

On TensorFlow the layers of the training step itself are watched: what they return in training mode,
and the gradients of that. Where no Python runs inside of the step (XLA; Keras on JAX or PyTorch), a
callback runs the model on examples of its own instead, in inference mode, and says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorscope.capture.attribute import Attribute
from tensorscope.capture.interrupts import Interrupts
from tensorscope.capture.keras_hooks import Bridge, within
from tensorscope.capture.keras_xla import Xla
from tensorscope.capture.models import Installed
from tensorscope.capture.outputs import tensors_in
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.select_modules import Part, choose, classes_of
from tensorscope.errors import SelectionError

_BOUNDED = {"tanh": 1.0, "sigmoid": 1.0, "softsign": 1.0, "hard_sigmoid": 1.0, "hard_tanh": 1.0}


class KerasModel:
    """Wrapped `call` of layers, `train_step` of the model and `apply` of the optimizer.

    Parameters
    ----------
    model : keras.Model
    select : object
        Which layers; see :func:`choose`.
    eager : bool
        Whether XLA is to be turned off while the model is watched.
    """

    def __init__(self, model: Any, select: object, eager: bool) -> None:
        self.model = model
        self.title = type(model).__name__
        parts = [Part("", model, False), *_parts(model, "")]
        self.modules = choose(parts, select)
        self.classes = classes_of(parts, self.modules)
        self.bounds = {
            name: _BOUNDED[activation]
            for name, layer in self.modules.items()
            if (activation := _activation(layer)) in _BOUNDED
        }
        self.backend = str(sys.modules["keras"].backend.backend())
        self.channels_last = sys.modules["keras"].config.image_data_format() == "channels_last"
        self._xla = Xla(model, unwanted=eager)
        self._bridge: Bridge | None = None
        #: Set while Python runs a training step, an outermost call, and a callback's look.
        self._in_step = self._in_call = self._looking = False
        self._mute = False  # set while XLA compiles a step: no call back into Python goes in there

    def unseen(self) -> str | None:
        """See :class:`Watched`. What evaluates or predicts is no step, and need not be told."""
        return None

    # ------------------------------------------------------------------ on and off

    def install(
        self, recorder: Recorder, hooks: Installed, grads: frozenset[str], weights: frozenset[str]
    ) -> None:
        """Put the hooks on."""
        if self.backend != "tensorflow":
            for name, layer in self.modules.items():
                hooks.add(Attribute(layer, "call", self._looked_at(name, layer, recorder)))
            return
        self._bridge = Bridge(sys.modules["tensorflow"], recorder)
        interrupts = Interrupts()
        hooks.add(interrupts)
        recorder.control.interrupted = interrupts.came
        hooks.add(_Anew(self))  # taken off last: by then all is as it was
        for name, layer in self.modules.items():
            hooks.add(Attribute(layer, "call", self._watched(name, layer, name in grads)))
        hooks.add(Attribute(self.model, "call", self._outermost))
        if hasattr(self.model, "train_step"):
            hooks.add(Attribute(self.model, "train_step", self._stepped))
        optimizer = getattr(self.model, "optimizer", None)
        if (grads or weights) and optimizer is not None:
            self._hook_optimizer(optimizer, hooks, recorder, grads, weights)
        elif grads or weights:
            recorder._note("compile() the model before the watch starts to see its weights")

    def notes(self) -> tuple[str, ...]:
        """Say what the kind of the model means for what is captured."""
        if self.backend != "tensorflow":
            return (
                f"Keras on {self.backend}: no Python runs inside of its training step, so its "
                "values are unavailable. fit(callbacks=[w.callback(x)]) shows what the model makes "
                "of the examples x, in inference mode",
            )
        return self._xla.notes()

    def remake(self, on: bool) -> None:
        """Have Keras make its training function anew: one that was made before lacks the hooks."""
        if on:
            self._xla.turn_off()
        else:
            self._xla.restore()
        if getattr(self.model, "train_function", None) is not None:
            self.model.make_train_function(force=True)

    # ------------------------------------------------------------------ what is wrapped

    def _stepped(self, call: Any) -> Any:
        """Wrap `train_step`."""

        def train_step(data: Any) -> Any:
            if self._xla.compiles():
                with within(self, "_mute"):
                    return call(data)
            with within(self, "_in_step"):
                return call(self._begin(data))

        return train_step

    def _outermost(self, call: Any) -> Any:
        """Wrap the model's `call`: outside of `fit`, a call in training mode begins a step."""

        def model_call(*args: Any, **kwargs: Any) -> Any:
            nested = self._in_step or self._in_call or self._looking or self._mute
            if nested or not kwargs.get("training") or not args:
                return call(*args, **kwargs)
            with within(self, "_in_call"):
                return call(self._begin(args[0]), *args[1:], **kwargs)

        return model_call

    def _begin(self, data: Any) -> Any:
        """Begin a step when the data are there; return the data, which wait for that."""
        bridge = self._bridge
        assert bridge is not None
        updates = self._in_step

        def begun(recorder: Recorder, arrays: list[Any]) -> None:
            if updates:  # as the step before this one has
                recorder.verdict.updated = recorder.step
            recorder.begin_step(train=True)

        return bridge.through(data, lambda tensors: bridge.tell([], begun, then=tensors))

    def _watched(self, name: str, layer: Any, gradient: bool) -> Any:
        """Return what wraps a layer's `call`."""

        def make(call: Any) -> Any:
            def layer_call(*args: Any, **kwargs: Any) -> Any:
                output = call(*args, **kwargs)
                if not (self._in_step or self._in_call or self._looking):
                    return output
                return self._told(name, layer, (*args, *kwargs.values()), output, gradient)

            return layer_call

        return make

    def _told(self, name: str, layer: Any, inputs: Any, output: Any, gradient: bool) -> Any:
        """Have the output of a layer recorded; return it, passed through that."""
        bridge = self._bridge
        assert bridge is not None
        taken, made = bridge.tensors(inputs), bridge.tensors(output)
        paths = [path for path, _ in made]

        def arrived(recorder: Recorder, arrays: list[Any]) -> None:
            given = tuple(arrays[len(paths) :])
            recorder.on_outputs(name, layer, given, list(zip(paths, arrays, strict=False)))

        def through(tensors: list[Any]) -> list[Any]:
            tensors = bridge.tell([t for _, t in made + taken], arrived, then=tensors) or tensors
            if not gradient or self._looking:
                return tensors
            return [
                bridge.watch_gradient(tensor, _gradient_of(name + path, name))
                for path, tensor in zip(paths, tensors, strict=False)
            ] + tensors[len(paths) :]

        return bridge.through(output, through) if made else output

    def _hook_optimizer(
        self, optimizer: Any, hooks: Installed, recorder: Recorder,
        grads: frozenset[str], weights: frozenset[str],
    ) -> None:  # fmt: skip
        """Look at weights and their gradients when the optimizer applies them."""
        named = {
            id(variable): (f"{name}.{variable.name}", name)
            for name, layer in self.modules.items()
            for variable in _own(layer)
        }
        recorder.parameters = frozenset(full for full, _ in named.values())
        bridge = self._bridge
        assert bridge is not None

        def make(call: Any) -> Any:
            def apply(gradients: Any, trainable_variables: Any = None) -> Any:
                gradients = list(gradients)
                variables = trainable_variables
                if not self._in_step or variables is None:
                    return call(gradients, trainable_variables)
                variables = list(variables)
                known = [(g, v, *named[id(v)]) for g, v in zip(gradients, variables, strict=True)
                         if id(v) in named]  # fmt: skip
                for g, _, full, name in known:
                    if name in grads and isinstance(g, bridge.tf.Tensor):
                        bridge.tell([g], _gradient_of(full, name))
                moved = [(full, name, v) for _, v, full, name in known if name in weights]
                before = [bridge.tf.identity(v.value) for *_, v in moved]
                result = call(gradients, variables)
                after = [bridge.tf.convert_to_tensor(v.value) for *_, v in moved]
                if moved:
                    names = [(full, name) for full, name, _ in moved]
                    bridge.tell([*before, *after], _weights_of(names))
                return result

            return apply

        # A loss that was scaled is scaled back before the inner optimizer sees its gradients.
        hooks.add(Attribute(getattr(optimizer, "inner_optimizer", optimizer), "apply", make))
        if hasattr(optimizer, "inner_optimizer") and grads:
            recorder._note("gradients of outputs are scaled by the optimizer's loss scale")

    # ------------------------------------------------------------------ a callback instead

    def _looked_at(self, name: str, layer: Any, recorder: Recorder) -> Any:
        """Return what wraps a layer's `call` where only a callback looks."""

        def make(call: Any) -> Any:
            def layer_call(*args: Any, **kwargs: Any) -> Any:
                output = call(*args, **kwargs)
                if self._looking:
                    inputs = tuple(x for _, x in self._arrays((*args, *kwargs.values())))
                    recorder.on_outputs(name, layer, inputs, self._arrays(output))
                return output

            return layer_call

        return make

    def _arrays(self, structure: Any) -> list[tuple[str, Any]]:
        """Return the tensors of Keras' backend inside of a structure, as arrays."""
        kind = {"jax": ("jax", "Array"), "torch": ("torch", "Tensor")}[self.backend]
        found = tensors_in(structure, getattr(sys.modules[kind[0]], kind[1]))
        to_numpy = sys.modules["keras"].ops.convert_to_numpy
        return [(path, to_numpy(tensor)) for path, tensor in found]

    def callback(self, recorder: Recorder, examples: Any) -> Any:
        """Return a Keras callback that looks at examples of its own after sampled steps."""
        if self.backend == "tensorflow" and not self._xla.compiles():
            raise SelectionError(
                "no callback is needed: the training step itself is watched. A callback is for "
                "models that XLA compiles (compile() it first), and for Keras on JAX or PyTorch"
            )
        model = self.model
        label = "inference mode: the model run after the step, on examples of its own"

        class Look(sys.modules["keras"].callbacks.Callback):  # type: ignore[misc]
            def on_train_batch_begin(look, batch: int, logs: Any = None) -> None:
                if not recorder.control.closed:
                    recorder.begin_step(train=False, labels=(label,))

            def on_train_batch_end(look, batch: int, logs: Any = None) -> None:
                if recorder.sampling and not recorder.control.closed:
                    if self.backend == "jax":
                        model.jax_state_sync()  # during fit the weights live outside of the model
                    with within(self, "_looking"):
                        model(examples, training=False)

        return Look()


class _Anew:
    """Has the training function made anew, when the hooks go on and when they came off."""

    def __init__(self, watched: KerasModel) -> None:
        self._watched = watched
        watched.remake(on=True)

    def remove(self) -> None:
        """Hooks are off by now."""
        self._watched.remake(on=False)


def _gradient_of(name: str, layer: str) -> Any:
    def arrived(recorder: Recorder, arrays: list[Any]) -> None:
        recorder.on_value(name, "gradient", arrays[0], of=layer)

    return arrived


def _weights_of(names: list[tuple[str, str]]) -> Any:
    def arrived(recorder: Recorder, arrays: list[Any]) -> None:
        count = len(names)
        for (name, layer), before, after in zip(names, arrays[:count], arrays[count:], strict=True):
            recorder.on_value(name, "weight", after, of=layer)
            if recorder.sampling:
                moved = float(np.linalg.norm((after - before).astype(np.float64)))
                size = float(np.linalg.norm(before.astype(np.float64)))
                recorder.findings.judge_update(name, recorder.step, moved, size)

    return arrived


def _parts(model: Any, prefix: str) -> Iterator[Part]:
    """Give all layers, each once, by the names of the layers that hold it and its own."""
    seen: set[int] = set()

    def walk(layer: Any, prefix: str) -> Iterator[Part]:
        for child in layer._flatten_layers(include_self=False, recursive=False):
            if id(child) in seen or type(child).__name__ == "InputLayer":
                continue
            seen.add(id(child))
            name = f"{prefix}{child.name}"
            # A recurrent layer calls its cell once a time step, inside of a loop of its own.
            inner = [] if hasattr(child, "cell") else list(walk(child, f"{name}."))
            yield Part(name, child, not inner)
            yield from inner

    yield from walk(model, prefix)


def _activation(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")


def _own(layer: Any) -> list[Any]:
    """Return a layer's own trainable variables, without those of the layers inside of it."""
    if hasattr(layer, "cell"):
        return list(layer.trainable_variables)
    inside = layer._flatten_layers(include_self=False, recursive=False)
    theirs = {id(v) for child in inside for v in child.trainable_variables}
    return [v for v in layer.trainable_variables if id(v) not in theirs]
