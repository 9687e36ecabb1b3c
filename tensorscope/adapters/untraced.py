"""Keep compilers out: what reads a live tensor must run as it stands, not be traced.

`tf.function` rewrites the functions that it calls, and `torch.compile` follows them with tensors
that hold no numbers. Both leave alone what bears the marks that their own decorators set, so that
neither framework has to be there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any


def untraced(value: Any) -> Any:
    """Mark a function and return it; anything else comes back as it is."""
    if isinstance(value, FunctionType):
        value.autograph_info__ = {}  # type: ignore[attr-defined]  # as tf's do_not_convert does
        value._torchdynamo_disable = True  # type: ignore[attr-defined]
        value._torchdynamo_disable_msg = "it reads a live tensor"  # type: ignore[attr-defined]
        _skip_frames(value)
    return value


def _skip_frames(function: Callable[..., Any]) -> None:
    """Have Dynamo run a function's own frame, and all below it, without tracing them.

    It looks at each frame once more when it runs, whatever the marks say. Private: where a version
    lacks it, a reader inside of compiled code must be wrapped in `torch.compiler.disable`.
    """
    if "torch" not in sys.modules:
        return
    try:
        from torch._C._dynamo import eval_frame

        skip = eval_frame._FrameAction.SKIP
        strategy = eval_frame._FrameExecStrategy(skip, skip)
        eval_frame.set_code_exec_strategy(function.__code__, strategy)
    except (ImportError, AttributeError):
        return
