"""TorchModel: a PyTorch model under watch."""

from __future__ import annotations

from typing import Any

from tensorscope.capture import torch_compiled, torch_hooks
from tensorscope.capture.models import Installed
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.select_modules import choose, classes_of
from tensorscope.capture.torch_parts import compiled_in, parts_of

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
        parts = parts_of(torch, self.inner)
        self.modules = choose(parts, select)
        self.classes = classes_of(parts, self.modules)
        self._leaves = frozenset(part.name for part in parts if part.leaf)
        self.channels_last = False  # a memory format of PyTorch moves no dim
        self.bounds = {
            name: _BOUNDED[type(module).__name__]
            for name, module in self.modules.items()
            if type(module).__name__ in _BOUNDED
        }
        self._eager = eager
        self._versions = 0

    def install(
        self, recorder: Recorder, hooks: Installed, grads: frozenset[str], weights: frozenset[str]
    ) -> None:
        """Put the hooks on."""
        self._versions = self._count_changes()
        torch_hooks.install(recorder, hooks, self.inner, self.modules, self._leaves, grads, weights)
        if self._eager and compiled_in(self.model):
            torch_compiled.sample_eagerly(recorder, hooks, self.model)

    def unseen(self) -> str | None:
        """See :class:`Watched`."""
        if self._count_changes() == self._versions:
            return None
        return (
            "weights changed, and no forward pass was seen: hooks see calls of the model, net(x), "
            "and neither net.forward(x) nor what a compiled function calls"
        )

    def _count_changes(self) -> int:
        """Return how often parameters were changed in place; inference tensors do not count."""
        with self.torch._C.DisableTorchFunctionSubclass():  # lazy parameters refuse all else
            return sum(p._version for p in self.inner.parameters() if not p.is_inference())

    def notes(self) -> tuple[str, ...]:
        """Say what the kind of the model means for what is captured."""
        found = []
        nn, inner = self.torch.nn, self.inner
        compiled = compiled_in(self.model)
        if compiled and not self._eager:
            listed = ", ".join(compiled[:3]) + (" …" if len(compiled) > 3 else "")
            which = "the model is compiled" if "" in compiled else f"compiled parts: {listed}"
            found.append(
                f"{which}: no hook runs inside, so values are unavailable. "
                'compiled="eager" runs sampled steps eagerly instead, whose numerics and random '
                "numbers differ from the compiled ones"
            )
        elif compiled:
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
