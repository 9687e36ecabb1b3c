"""Work on PyTorch tensors without a trace: no graph, no autocast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any


def quiet(torch: Any) -> AbstractContextManager[Any]:
    """Return what keeps graph and autocast out."""
    if torch.is_autocast_enabled() or torch.is_autocast_enabled("cpu"):
        return _without_autocast(torch)
    return torch.no_grad()  # type: ignore[no-any-return]


@contextmanager
def _without_autocast(torch: Any) -> Iterator[None]:
    with (
        torch.no_grad(),
        torch.autocast("cpu", enabled=False),
        torch.autocast("cuda", enabled=False),
    ):
        yield
