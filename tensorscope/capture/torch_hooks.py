"""Hooks on a PyTorch model: put on, kept harmless, taken off.

A hook returns None whatever happens (anything else would replace the output), returns at once
while the model is compiled or traced, and holds its recorder weakly and without pickling it, so
that a watched model can still be saved and copied.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.models import Installed
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.torch_plain import plain_outputs
from tensorscope.capture.torch_quiet import AUTOCAST, is_autocast, quiet
from tensorscope.capture.torch_scaler import ScaleWatch
from tensorscope.tracebacks import asked_for

#: Said once modules run in several threads at once; see also :mod:`tensorscope.capture.turns`.
SIDE_BY_SIDE = (
    "modules ran in several threads at once, as replicas of DataParallel do: the calls of a module "
    "are numbered as they came, whichever thread they are of"
)
#: What the hook that begins steps is called.
ROOT = "(root)"
_UNSEEN = (
    "an optimizer stepped, and no forward pass was seen: hooks see neither compiled or traced "
    "models nor direct calls of .forward()"
)


class Hook:
    """A callable that finds its recorder again, and is nothing once copied or loaded elsewhere.

    Parameters
    ----------
    recorder : Recorder
    name : str
    function : callable
        Gets the recorder, the name, and what the hook gets.
    aside : bool
        Whether it runs without a graph and without autocast.
    turn : bool
        Whether it waits for its turn; else the function takes it, once it knows that the call
        concerns the watch.
    plain : callable or None
        Gets the same before, and says whether that was all: it needs no quiet place.
    """

    __slots__ = ("_function", "_plain", "_quiet", "_recorder", "_turn", "name")

    def __init__(
        self, recorder: Recorder, name: str, function: Callable[..., None], aside: bool = True,
        turn: bool = True, plain: Callable[..., bool] | None = None,
    ) -> None:  # fmt: skip
        self._recorder = weakref.ref(recorder)
        self._function = function
        self._plain = plain
        self._quiet = quiet if aside else contextlib.nullcontext
        self._turn = turn
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Tell the recorder, if it still listens. What goes wrong there is kept, not raised."""
        recorder = self._recorder()
        if recorder is None or recorder.control.closed:
            return
        torch, plain = recorder.torch, self._plain
        if torch.compiler.is_compiling():
            return
        if torch.jit.is_tracing():
            if self.name == ROOT:
                recorder._note("torch.jit.trace ran the model: no hook runs in what it returns")
            return
        lock = recorder.turns.lock if self._turn else None
        if lock is not None and not lock.acquire(False):
            recorder.turns.wait()
        try:
            if plain is None or not plain(recorder, self.name, *args, **kwargs):
                with self._quiet(torch):
                    self._function(recorder, self.name, *args, **kwargs)
        except (BreakpointHit, KeyboardInterrupt) as error:
            raise asked_for(error) from error.__cause__
        except Exception as error:
            # A fault of ours must not end the user's training: it is told, not raised.
            recorder.failures.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            if lock is not None:
                lock.release()

    def __reduce__(self) -> tuple[Any, ...]:
        # In a copy of the model it becomes what takes anything and does nothing. That is of the
        # standard library: whoever loads a saved model need not have this package.
        return (getattr, (contextlib.nullcontext(), "__exit__"))

    def __copy__(self) -> Callable[..., None]:
        return contextlib.nullcontext().__exit__

    def __deepcopy__(self, memo: Any) -> Callable[..., None]:
        return self.__copy__()


def install(
    recorder: Recorder, hooks: Installed, model: Any, modules: dict[str, Any],
    leaves: frozenset[str], grads: frozenset[str], weights: frozenset[str],
) -> None:  # fmt: skip
    """Put hooks on a model.

    Parameters
    ----------
    recorder : Recorder
    model : torch.nn.Module
        Whose outermost forward pass begins a step.
    modules : dict
        Name → module: what is watched.
    leaves : frozenset of str
        The names of modules whose children, if they have any, do not work by themselves.
    grads, weights : frozenset of str
        The names among them whose gradients, whose weights are watched too.
    """
    known = {id(module) for module in model.modules()}

    def on_root(recorder: Recorder, name: str, module: Any, *args: Any) -> None:
        if recomputing(recorder.torch) or _calls_itself(module):
            return
        recorder.begin_step(bool(module.training), labels(recorder.torch))
        recorder.thread = threading.get_ident()
        if recorder.sampling:
            _note_new_modules(recorder, model, known)

    def on_forward(
        recorder: Recorder, name: str, module: Any, args: Any, kwargs: Any, output: Any
    ) -> None:
        if recomputing(recorder.torch):
            recorder._note("activations are recomputed in the backward pass: not recorded again")
            if name in grads:
                # Of a reentrant checkpoint the first pass has no graph: its gradients come here.
                _hook_gradients(recorder, hooks, name, output, again=True)
            return
        if recorder.step < 0:
            return  # a part of the model was called by itself before any step
        if threading.get_ident() != recorder.thread:
            recorder._note(SIDE_BY_SIDE)
        inputs = (*args, *kwargs.values())
        recorder.on_output(name, module, inputs, output)
        if name in grads:
            _hook_gradients(recorder, hooks, name, output)

    hooks.add(model.register_forward_pre_hook(
        Hook(recorder, ROOT, on_root, aside=False), prepend=True
    ))  # fmt: skip
    plain = plain_outputs(recorder)
    for name, module in modules.items():
        hook = Hook(recorder, name, on_forward, plain=None if name in grads else plain)
        hooks.add(module.register_forward_hook(hook, with_kwargs=True))
    _hook_optimizers(recorder, hooks, modules, leaves, grads, weights)
    if grads:
        hooks.add(ScaleWatch(recorder))


def recomputing(torch: Any) -> bool:
    """Return whether a forward pass runs inside of a backward pass: checkpointing does that."""
    return bool(torch._C._current_graph_task_id() != -1)


def labels(torch: Any) -> tuple[str, ...]:
    """Return what is to be said of all values of a step."""
    found = []
    if is_autocast(torch):
        found.append(AUTOCAST)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        if size > 1:
            found.append(f"the local batch of rank {rank} of {size}")
    return tuple(found)


def _calls_itself(module: Any) -> bool:
    """Return whether a module's forward pass runs inside of one of its own: a recursion.

    Looked up on the stack: a count of calls would be wrong after an interrupt.
    """
    code = type(module)._call_impl.__code__
    frame, calls = sys._getframe(1), 0
    while frame is not None:
        if frame.f_code is code and frame.f_locals.get("self") is module:
            calls += 1
        frame = frame.f_back  # type: ignore[assignment]
    return calls > 1


def _note_new_modules(recorder: Recorder, model: Any, known: set[int]) -> None:
    """Say that there are modules without hooks; each is told once."""
    fresh = {name: id(m) for name, m in model.named_modules() if id(m) not in known}
    if fresh:
        known.update(fresh.values())
        listed = ", ".join(list(fresh)[:3]) + (" …" if len(fresh) > 3 else "")
        recorder._note(f"put into the model after the watch began, and not watched: {listed}. "
                       "A new watch sees them")  # fmt: skip


def _hook_gradients(
    recorder: Recorder, hooks: Installed, name: str, output: Any, again: bool = False
) -> None:
    """Ask for the gradients of an output; only a tensor hook works before an in-place ReLU.

    again: in a recomputation, whose calls are counted in its own order.
    """
    from tensorscope.capture.outputs import tensors_in

    torch, step = recorder.torch, recorder.step
    said: tuple[str, ...] = ()
    if again:
        call = recorder.recomputed.get(name, 0)
        recorder.recomputed[name] = call + 1
        if recorder.calls.get(name, 1) > 1:
            said = ("calls are counted in the order of the recomputation",)
    else:
        call = recorder.calls.get(name, 1) - 1

    def on_gradient(recorder: Recorder, path: str, gradient: Any) -> None:
        at, notes = call, (*recorder.gradient_notes, *said)
        if step != recorder.step:
            # One backward pass over several steps: each gradient has a place of its own.
            at = recorder.late_call(path, name)
            notes = (*notes, f"of the forward pass of step {step}")
        recorder.on_value(path, "gradient", gradient, at, said=notes, of=name)

    for path, tensor in tensors_in(output, torch.Tensor):
        if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
            recorder._note("gradients inside of torch.func transforms are not seen")
        elif tensor.requires_grad:
            handle = tensor.register_hook(Hook(recorder, name + path, on_gradient))
            if tensor.is_leaf:
                # It outlives the step: a parameter or an input that a module passed on.
                hooks.replace(f"{name}{path} {call}", handle)


def _hook_optimizers(
    recorder: Recorder, hooks: Installed, modules: dict[str, Any], leaves: frozenset[str],
    grads: frozenset[str], weights: frozenset[str],
) -> None:  # fmt: skip
    """Look at parameters and their gradients when any optimizer steps."""
    torch = recorder.torch
    wanted = grads | weights
    named: dict[int, tuple[str, str]] = {}
    for name, module in modules.items():
        for key, parameter in module.named_parameters(recurse=name in leaves):
            first = named.setdefault(id(parameter), (f"{name}.{key}", name))
            if first[1] == name or name not in wanted:
                continue
            if first[1] in wanted:
                recorder._note(f"{name}.{key} is {first[0]}: it is on record under that name")
            else:
                named[id(parameter)] = f"{name}.{key}", name
    recorder.parameters = frozenset(full for full, _ in named.values())
    before: dict[int, Any] = {}

    def has_closure(args: Any, kwargs: Any) -> bool:
        # The optimizer itself comes first.
        return (args[1] if len(args) > 1 else kwargs.get("closure")) is not None

    def ours(optimizer: Any) -> list[tuple[str, str, Any]]:
        params = [p for group in optimizer.param_groups for p in group["params"]]
        return [(*named[id(p)], p) for p in params if id(p) in named]

    def on_before(recorder: Recorder, _: str, optimizer: Any, args: Any, kwargs: Any) -> None:
        mine = ours(optimizer) if weights or grads or recorder.step < 0 else []
        if not mine:
            return  # of another model, whose training goes on though this one may be paused
        with recorder.turns:
            before.clear()
            closure = has_closure(args, kwargs)
            if recorder.step < 0:
                if not closure:
                    recorder._note(_UNSEEN)
                return
            # A fused optimizer divides by the scale itself: until then its gradients have it.
            scaled = getattr(optimizer, "grad_scale", None) is not None
            said = recorder.gradient_notes if scaled else ()
            for full, name, parameter in mine:
                if name in grads and parameter.grad is not None and not closure:
                    recorder.on_value(full, "gradient", parameter.grad, said=said, of=name)
                if name in weights and recorder.sampling:
                    before[id(parameter)] = parameter.detach().clone()

    def on_after(recorder: Recorder, _: str, optimizer: Any, args: Any, kwargs: Any) -> None:
        closure = has_closure(args, kwargs)
        # Whether what is not finite may have reached the weights is of interest once there is such.
        spread = recorder.verdict.step >= 0
        looked = weights or (grads and closure) or spread or recorder.step < 0
        mine = ours(optimizer) if looked else []
        if not mine:
            return
        with recorder.turns:
            recorder.verdict.updated = recorder.step
            if recorder.step < 0:
                if closure:
                    recorder._note(_UNSEEN)
                return
            for full, name, parameter in mine:
                if closure and name in grads and parameter.grad is not None:
                    # Its forward and backward passes ran inside: these are of the last of them.
                    recorder.on_value(full, "gradient", parameter.grad, of=name)
                if name not in weights:
                    continue
                recorder.on_value(full, "weight", parameter, of=name)
                old = before.pop(id(parameter), None)
                if old is not None:
                    norm = torch.linalg.vector_norm
                    moved = float(norm(parameter.detach() - old).item())
                    size = float(norm(old).item())
                    recorder.findings.judge_update(full, recorder.step, moved, size)

    steps = sys.modules["torch.optim.optimizer"]  # torch.optim hides it
    for register, function in (
        (steps.register_optimizer_step_pre_hook, on_before),
        (steps.register_optimizer_step_post_hook, on_after),
    ):
        hooks.add(register(Hook(recorder, "(optimizer)", function, turn=False)))
