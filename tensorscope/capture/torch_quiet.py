"""Work on PyTorch tensors without a trace: no graph, no autocast."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def quiet(torch: Any) -> Iterator[None]:
    """Keep graph and autocast out."""
    with torch.no_grad():
        if torch.is_autocast_enabled() or torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
                yield
        else:
            yield
