"""A watch that nobody holds any more leaves nothing behind, closed or not."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import torch
from torch import nn
from torch.optim import optimizer

import tensorscope as ts


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def of_optimizers() -> int:
    return len(optimizer._global_optimizer_pre_hooks) + len(optimizer._global_optimizer_post_hooks)


def test_a_watch_that_was_let_go_takes_its_hooks_along() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    before = (hooks_of(model), of_optimizers(), torch.amp.GradScaler.scale)
    watch: Any = ts.watch(model, grads=True, weights=True).start()
    model(torch.ones(2, 4)).sum().backward()
    assert hooks_of(model) > before[0]
    gone = weakref.ref(watch)
    del watch
    gc.collect()
    assert gone() is None
    assert (hooks_of(model), of_optimizers(), torch.amp.GradScaler.scale) == before
