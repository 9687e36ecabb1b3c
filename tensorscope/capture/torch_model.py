"""TorchModel: a PyTorch model under watch."""

from __future__ import annotations

from typing import Any

from tensorscope.capture import torch_hooks
from tensorscope.capture.models import Installed
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.select_modules import Part, choose

_BOUNDED = {"Tanh": 1.0, "Sigmoid": 1.0, "Softsign": 1.0, "Hardsigmoid": 1.0, "Hardtanh": 1.0}


class TorchModel:
    """Forward hooks on modules, tensor hooks on their outputs, step hooks of the optimizers.

    Parameters
    ----------
    torch : module
    model : torch.nn.Module
    select : object
        Which modules; see :func:`choose`.
    eager : bool
        Whether sampled steps of a compiled model are to run eagerly.
    """

    def __init__(self, torch: Any, model: Any, select: object, eager: bool) -> None:
        self.torch = torch
        self.model = model
        original = getattr(model, "_orig_mod", None)
        #: The module that runs eagerly inside of a compiled one.
        self.inner = model if original is None else original
        self.title = type(self.inner).__name__
        parts = [Part(n, m, not any(m.children())) for n, m in self.inner.named_modules()]
        self.modules = choose(parts, select)
        self.channels_last = False  # a memory format of PyTorch moves no dim
        self.bounds = {
            name: _BOUNDED[type(module).__name__]
            for name, module in self.modules.items()
            if type(module).__name__ in _BOUNDED
        }
        self._eager = eager

    def install(
        self, recorder: Recorder, hooks: Installed, grads: frozenset[str], weights: frozenset[str]
    ) -> None:
        """Put the hooks on."""
        torch_hooks.install(recorder, hooks, self.inner, self.modules, grads, weights)
        if self._eager:
            torch_hooks.sample_eagerly(recorder, hooks, self.model)

    def notes(self) -> tuple[str, ...]:
        """Say what the kind of the model means for what is captured."""
        found = []
        nn, inner = self.torch.nn, self.inner
        is_compiled = (
            inner is not self.model or getattr(inner, "_compiled_call_impl", None) is not None
        )
        if is_compiled and not self._eager:
            found.append(
                "the model is compiled: no hook runs inside, so values are unavailable. "
                'compiled="eager" runs sampled steps eagerly instead, whose numerics and random '
                "numbers differ from the compiled ones"
            )
        elif is_compiled:
            found.append("sampled steps run eagerly: these are not the compiled model's numerics")
        if any(isinstance(m, self.torch.jit.ScriptModule) for m in inner.modules()):
            found.append(
                "the model is scripted or traced: no hook runs inside, so values are unavailable. "
                "Watch the module that it was made from"
            )
        if any(isinstance(m, nn.TransformerEncoderLayer) for m in inner.modules()):
            found.append("hooks turn off the fast path of TransformerEncoderLayer in eval mode")
        if type(inner).__name__ in ("DataParallel", "DistributedDataParallel"):
            found.append("a parallel model: what is recorded are the local batches of this process")
        return tuple(found)
