"""Models: what a watch needs to know of a model, whatever framework it is of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

from tensorscope.errors import UnsupportedTensorError, clip, quote

if TYPE_CHECKING:
    from tensorscope.capture.recorder import Recorder


class Handle(Protocol):
    """Something that was put on, and can be taken off."""

    def remove(self) -> None:
        """Take it off."""


class Installed:
    """All hooks of one watch."""

    def __init__(self) -> None:
        self._handles: list[Handle] = []
        self._latest: dict[str, Handle] = {}

    def add(self, handle: Handle) -> None:
        """Remember a handle that is to be removed."""
        self._handles.append(handle)

    def replace(self, key: str, handle: Handle) -> None:
        """Remember a handle in place of the one before it, which is removed."""
        before, self._latest[key] = self._latest.get(key), handle
        if before is not None:
            before.remove()

    def remove(self) -> None:
        """Take all hooks off, the last one first."""
        handles, self._handles = [*self._handles, *self._latest.values()], []
        self._latest = {}
        for handle in reversed(handles):
            handle.remove()


class Watched(Protocol):
    """A model under watch.

    Attributes
    ----------
    title : str
        Name of its class.
    modules : dict
        Name → module: what is watched.
    classes : dict
        Name → name of its class, of what is watched and of the modules that hold it.
    bounds : dict
        Name of a module → the bound of its activation (1 for tanh).
    channels_last : bool
        Whether the last dim of an image is that of channels.
    """

    title: str
    modules: dict[str, Any]
    classes: dict[str, str]
    bounds: dict[str, float]
    channels_last: bool

    def install(
        self, recorder: Recorder, hooks: Installed, grads: frozenset[str], weights: frozenset[str]
    ) -> None:
        """Put the hooks on."""

    def unseen(self) -> str | None:
        """Say what should be known where no step was seen until the hooks went off."""

    def notes(self) -> tuple[str, ...]:
        """Say what the kind of the model means for what is captured."""


def watched(model: Any, select: object, compiled: object) -> Watched:
    """Return what watches a model. No framework is imported for it.

    Raises
    ------
    UnsupportedTensorError
        It is none that can be watched.
    SelectionError
        `select` means nothing.
    """
    homes = {(base.__module__.split(".")[0], base.__name__) for base in type(model).__mro__}
    if ("keras", "Layer") in homes:  # before PyTorch: on that backend it is a torch module too
        from tensorscope.capture.keras_model import KerasModel

        return KerasModel(model, select, compiled == "eager")
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        from tensorscope.capture.torch_model import TorchModel

        return TorchModel(torch, model, select, compiled == "eager")
    if ("flax", "Module") in homes:
        raise UnsupportedTensorError(
            f"{clip(type(model))} is a Flax module: no hook runs inside of jax.jit. Open a watch "
            "without a model, ts.watch(), and hand it what the step returns: "
            "w.take(intermediates); or call ts.probe(name, x) inside",
            "NOT_A_MODEL",
        )
    raise UnsupportedTensorError(
        f"watch() takes a torch.nn.Module or a keras.Model, not {quote(model)}; "
        "inside of a loop of your own use ts.probe(name, x)",
        "NOT_A_MODEL",
    )
