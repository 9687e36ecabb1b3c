"""What looks like a PyTorch tensor and is none: containers, and symbols of a traced graph."""

from __future__ import annotations

from typing import Any, NoReturn

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.torch_plain import refusal


class StandInAdapter(Adapter):
    """Says what such an object is. Nothing of it is touched but what :meth:`outline` reads."""

    name = "torch"
    alias = "torch"

    def check(self, x: Any) -> NoReturn:
        """Raise UnsupportedTensorError."""
        raise NotImplementedError

    def _no_answer(self, x: Any, *others: object) -> Any:
        self.check(x)

    lengths = dtype = describe = cut = python_type = _no_answer  # type: ignore[assignment]

    def slice_code(self, name: str, x: Any, *others: object) -> str:
        self.check(x)

    cell_code = numpy_code = slice_code  # type: ignore[assignment]


class ProxyAdapter(StandInAdapter):
    """Knows `torch.fx.Proxy`, which makes a node in the graph of whatever is asked of it."""

    def check(self, x: Any) -> NoReturn:
        raise refusal(
            "SYMBOLIC",
            "an fx Proxy stands for a value of a graph that is being traced: it has no number yet",
            "run the traced module and look at its output",
        )


class TensorDictAdapter(StandInAdapter):
    """Knows `tensordict.TensorDict` and its like."""

    def check(self, x: Any) -> NoReturn:
        keys = ", ".join(repr(key) for key, _ in zip(x.keys(), range(8), strict=False))
        raise refusal(
            "CONTAINER", f"a {type(x).__name__} holds tensors under {keys}", "pass one of them"
        )

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return tuple(x.batch_size), None
