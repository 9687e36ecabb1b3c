"""Fixtures for all adapters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


@pytest.fixture
def run() -> Any:
    """Return a function that runs shown code as a user would."""
    import torch

    def run(code: str, **names: object) -> Any:
        with np.errstate(all="ignore"):  # sums over Inf warn, and are meant
            return eval(code, {"np": np, "torch": torch, **names})

    return run
