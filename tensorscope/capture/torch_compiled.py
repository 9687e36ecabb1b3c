"""Sampled steps of a compiled model, run without the compiler, so that hooks run in them.

Between two of them the compiled code runs, and only the steps are counted. Which of both it is,
is a state of the whole process (`torch.compiler.set_stance`): whatever ends a step, it goes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorscope.capture.models import Installed
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.torch_hooks import Hook, labels


class Stance:
    """Whether the process runs compiled code eagerly; a handle that takes it back."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._context: Any = None

    def enter(self) -> None:
        """Run eagerly from here on."""
        self.remove()
        self._context = self._torch.compiler.set_stance("force_eager")

    def remove(self) -> None:
        """Go back to what was there before."""
        context, self._context = self._context, None
        if context is not None:
            context.__exit__(None, None, None)


class Around:
    """Does something before and after each call of a module that was compiled in place.

    Its hooks are compiled along with it, so that none of them can say how it is to run.
    """

    def __init__(self, module: Any, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._module = module
        self._before = compiled = module._compiled_call_impl

        def call(*args: Any, **kwargs: Any) -> Any:
            before()
            try:
                return compiled(*args, **kwargs)
            finally:
                after()

        self._ours = module._compiled_call_impl = call

    def remove(self) -> None:
        """Put it back, unless it was compiled anew meanwhile."""
        if self._module._compiled_call_impl is self._ours:
            self._module._compiled_call_impl = self._before


def sample_eagerly(recorder: Recorder, hooks: Installed, model: Any) -> None:
    """Run sampled steps of a model that is compiled, as a whole or in parts, eagerly.

    Parameters
    ----------
    recorder : Recorder
    hooks : Installed
    model : torch.nn.Module
        What the user calls: the module that `torch.compile` returned, one that was compiled in
        place, or one with such modules inside.
    """
    torch = recorder.torch
    stance = Stance(torch)
    hooks.add(stance)

    def begin(recorder: Recorder, _: str, *args: Any) -> None:
        """Before the model as a whole: no hook inside begins the step, if it stays compiled."""
        stance.remove()  # an interrupt passes by what follows a call
        if (recorder.step + 1) % recorder.every == 0:
            stance.enter()
        else:
            recorder.begin_step(bool(model.training), labels(torch))

    def begun(recorder: Recorder, _: str, *args: Any) -> None:
        """Before a model with compiled parts: the step has begun."""
        stance.remove()
        if recorder.sampling:
            stance.enter()

    def end(recorder: Recorder, _: str, *args: Any) -> None:
        stance.remove()

    if getattr(model, "_compiled_call_impl", None) is not None:
        before = Hook(recorder, "(compiled)", begin, aside=False)
        after = Hook(recorder, "(compiled)", end, aside=False)
        hooks.add(Around(model, before, after))
        return
    whole = hasattr(model, "_orig_mod")
    hooks.add(model.register_forward_pre_hook(
        Hook(recorder, "(compiled)", begin if whole else begun, aside=False)
    ))  # fmt: skip
    hooks.add(model.register_forward_hook(Hook(recorder, "(compiled)", end),
                                          always_call=True))  # fmt: skip
