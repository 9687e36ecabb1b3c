"""Hooks on a PyTorch model: put on, kept harmless, taken off.

A hook returns None whatever happens (anything else would replace the output), returns at once
while the model is compiled or traced, and holds its recorder weakly and without pickling it, so
that a watched model can still be saved and copied.
"""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections.abc import Callable
from typing import Any

from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.models import Installed
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.torch_quiet import quiet

#: What the hook that begins steps is called.
ROOT = "(root)"


class Hook:
    """A callable that finds its recorder again, and is nothing once copied or loaded elsewhere."""

    __slots__ = ("_function", "_quiet", "_recorder", "name")

    def __init__(
        self, recorder: Recorder, name: str, function: Callable[..., None], aside: bool = True
    ) -> None:
        self._recorder = weakref.ref(recorder)
        self._function = function
        self._quiet = quiet if aside else contextlib.nullcontext
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Tell the recorder, if it still listens. What goes wrong there is kept, not raised."""
        recorder = self._recorder()
        if recorder is None or recorder.control.closed:
            return
        torch = recorder.torch
        if torch.compiler.is_compiling():
            return
        if torch.jit.is_tracing():
            if self.name == ROOT:
                recorder._note("torch.jit.trace ran the model: no hook runs in what it returns")
            return
        try:
            with self._quiet(torch):
                self._function(recorder, self.name, *args, **kwargs)
        except BreakpointHit:
            raise
        except Exception as error:
            # A fault of ours must not end the user's training: it is told, not raised.
            recorder.failures.append(f"{self.name}: {type(error).__name__}: {error}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_nothing, ())

    def __copy__(self) -> Callable[..., None]:
        return _nothing()

    def __deepcopy__(self, memo: Any) -> Callable[..., None]:
        return _nothing()


class Nothing:
    """What a hook becomes in a copy of the model."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


def _nothing() -> Nothing:
    return Nothing()


def install(
    recorder: Recorder, hooks: Installed, model: Any, modules: dict[str, Any],
    grads: frozenset[str], weights: frozenset[str],
) -> None:  # fmt: skip
    """Put hooks on a model.

    Parameters
    ----------
    recorder : Recorder
    model : torch.nn.Module
        Whose outermost forward pass begins a step.
    modules : dict
        Name → module: what is watched.
    grads, weights : frozenset of str
        The names among them whose gradients, whose weights are watched too.
    """

    def on_root(recorder: Recorder, name: str, module: Any, *args: Any) -> None:
        if not recomputing(recorder.torch):
            recorder.begin_step(bool(module.training), labels(recorder.torch))

    def on_forward(
        recorder: Recorder, name: str, module: Any, args: Any, kwargs: Any, output: Any
    ) -> None:
        if recomputing(recorder.torch):
            recorder._note("activations are recomputed in the backward pass: not recorded again")
            return
        if recorder.step < 0:
            return  # a part of the model was called by itself before any step
        inputs = (*args, *kwargs.values())
        recorder.on_output(name, module, inputs, output)
        if name in grads:
            _hook_gradients(recorder, hooks, name, output)

    hooks.add(model.register_forward_pre_hook(
        Hook(recorder, ROOT, on_root, aside=False), prepend=True
    ))  # fmt: skip
    for name, module in modules.items():
        handle = module.register_forward_hook(Hook(recorder, name, on_forward), with_kwargs=True)
        hooks.add(handle)
    _hook_optimizers(recorder, hooks, modules, grads, weights)
    if grads:
        hooks.add(ScaleWatch(recorder))


def recomputing(torch: Any) -> bool:
    """Return whether a forward pass runs inside of a backward pass: checkpointing does that."""
    return bool(torch._C._current_graph_task_id() != -1)


def labels(torch: Any) -> tuple[str, ...]:
    """Return what is to be said of all values of a step."""
    found = []
    if torch.is_autocast_enabled() or torch.is_autocast_enabled("cpu"):
        found.append("made under autocast: dtypes differ from the weights'")
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        if size > 1:
            found.append(f"the local batch of rank {rank} of {size}")
    return tuple(found)


def _hook_gradients(recorder: Recorder, hooks: Installed, name: str, output: Any) -> None:
    """Ask for the gradients of an output; only a tensor hook works before an in-place ReLU."""
    from tensorscope.capture.outputs import tensors_in

    call = recorder._calls.get(name, 1) - 1

    def on_gradient(recorder: Recorder, name: str, gradient: Any) -> None:
        recorder.on_value(name, "gradient", gradient, call, said=recorder.gradient_notes)

    for path, tensor in tensors_in(output, recorder.torch.Tensor):
        if tensor.requires_grad:
            tensor.register_hook(Hook(recorder, name + path, on_gradient))


def _hook_optimizers(
    recorder: Recorder, hooks: Installed, modules: dict[str, Any], grads: frozenset[str],
    weights: frozenset[str],
) -> None:  # fmt: skip
    """Look at parameters and their gradients when any optimizer steps."""
    torch = recorder.torch
    named = {
        id(p): (f"{name}.{key}", name)
        for name, module in modules.items()
        for key, p in module.named_parameters(recurse=False)
    }
    recorder.parameters = frozenset(full for full, _ in named.values())
    before: dict[int, Any] = {}

    def ours(optimizer: Any) -> list[tuple[str, str, Any]]:
        params = [p for group in optimizer.param_groups for p in group["params"]]
        return [(*named[id(p)], p) for p in params if id(p) in named]

    def on_before(recorder: Recorder, _: str, optimizer: Any, *args: Any) -> None:
        before.clear()
        if recorder.step < 0 and ours(optimizer):
            recorder._note(
                "an optimizer stepped, and no forward pass was seen: hooks see neither compiled "
                "or traced models nor direct calls of .forward()"
            )
        if recorder.step < 0 or not (weights or grads):
            return
        # A fused optimizer divides by the scale itself: until then its gradients have it.
        said = recorder.gradient_notes if getattr(optimizer, "grad_scale", None) is not None else ()
        for full, name, parameter in ours(optimizer):
            if name in grads and parameter.grad is not None:
                recorder.on_value(full, "gradient", parameter.grad, said=said)
            if name in weights and recorder.sampling:
                before[id(parameter)] = parameter.detach().clone()

    def on_after(recorder: Recorder, _: str, optimizer: Any, *args: Any) -> None:
        if recorder.step < 0 or not weights:
            return
        for full, name, parameter in ours(optimizer):
            if name not in weights:
                continue
            recorder.on_value(full, "weight", parameter)
            old = before.pop(id(parameter), None)
            if old is not None:
                norm = torch.linalg.vector_norm
                moved = float(norm(parameter.detach() - old).item())
                recorder.findings.judge_update(full, recorder.step, moved, float(norm(old).item()))

    steps = sys.modules["torch.optim.optimizer"]  # torch.optim hides it
    hooks.add(steps.register_optimizer_step_pre_hook(Hook(recorder, "(optimizer)", on_before)))
    hooks.add(steps.register_optimizer_step_post_hook(Hook(recorder, "(optimizer)", on_after)))


class ScaleWatch:
    """Notices that a GradScaler scales a loss: from then on gradients of outputs have its factor.

    No hook tells that, so `GradScaler.scale` is wrapped while the watch runs.
    """

    def __init__(self, recorder: Recorder) -> None:
        from functools import wraps

        self._scaler = recorder.torch.amp.GradScaler
        self._before = before = self._scaler.scale
        told = weakref.ref(recorder)

        @wraps(before)
        def scale(scaler: Any, outputs: Any) -> Any:
            recorder = told()
            if recorder is not None and scaler.is_enabled():
                recorder.gradient_notes = ("scaled by the GradScaler",)
            return before(scaler, outputs)

        self._ours = self._scaler.scale = scale

    def remove(self) -> None:
        """Put it back, unless somebody else replaced it meanwhile."""
        if self._scaler.scale is self._ours:
            self._scaler.scale = self._before


def sample_eagerly(recorder: Recorder, hooks: Installed, model: Any) -> None:
    """Run sampled steps of a compiled model without the compiler, so that hooks run in them.

    Between two of them the compiled code runs, and only the steps are counted.
    """
    torch = recorder.torch
    stance: list[Any] = []

    def on_call(recorder: Recorder, _: str, module: Any, *args: Any) -> None:
        if (recorder.step + 1) % recorder.every == 0:
            context = torch.compiler.set_stance("force_eager")
            context.__enter__()
            stance.append(context)
        else:
            recorder.begin_step(bool(module.training), labels(torch))

    def on_return(recorder: Recorder, _: str, *args: Any) -> None:
        while stance:
            stance.pop().__exit__(None, None, None)

    hooks.add(model.register_forward_pre_hook(
        Hook(recorder, "(compiled)", on_call, aside=False)
    ))  # fmt: skip
    hooks.add(model.register_forward_hook(Hook(recorder, "(compiled)", on_return),
                                          always_call=True))  # fmt: skip
