"""Work on PyTorch tensors without a trace: no graph, no autocast, no functional transform."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from tensorscope.adapters.torch_plain import aside

#: What is said of values that were made under autocast.
AUTOCAST = "made under autocast: dtypes differ from the weights'"


class _Outside(threading.local):
    """What there is around the quiet place of a thread."""

    autocast = False


OUTSIDE = _Outside()


def is_autocast(torch: Any) -> bool:
    """Return whether operations are cast."""
    return bool(torch.is_autocast_enabled() or torch.is_autocast_enabled("cpu"))


def quiet(torch: Any) -> AbstractContextManager[Any]:
    """Return what keeps graph, autocast and functional transforms out."""
    transformed = torch._C._functorch.peek_interpreter_stack() is not None
    cast = is_autocast(torch)
    if transformed or cast:
        return _apart(torch, transformed, cast)
    return torch.no_grad()  # type: ignore[no-any-return]


@contextmanager
def _apart(torch: Any, transformed: bool, cast: bool) -> Iterator[None]:
    before, OUTSIDE.autocast = OUTSIDE.autocast, OUTSIDE.autocast or cast
    try:
        with (
            aside(torch) if transformed else nullcontext(),
            torch.no_grad(),
            torch.autocast("cpu", enabled=False),
            torch.autocast("cuda", enabled=False),
        ):
            yield
    finally:
        OUTSIDE.autocast = before
