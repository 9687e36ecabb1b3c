"""Parts of a PyTorch model: under which names its modules are watched, and which do by themselves.

A module without children is a leaf. So are some that have children, because nobody calls these:
attention that hands the weights of its projection to a function, a quantized layer beside its
packed weights, a layer whose weight is parametrized (spectral or weight norm).
"""

from __future__ import annotations

from typing import Any

from tensorscope.capture.select_modules import Part

#: What `torch.nn.utils.parametrize` calls the child that computes a weight.
_PARAMETRIZED = "parametrizations"
#: What `torch.compile` calls the module inside of the one that it returns.
_COMPILED = "_orig_mod"


def parts_of(torch: Any, model: Any) -> list[Part]:
    """Return all modules of a model, in its order, by the names that they have uncompiled."""
    parts: list[Part] = []
    whole: list[str] = []  # names of leaves that have children, each with a dot behind
    for full, module in model.named_modules():
        below = dict(module.named_children())
        if _COMPILED in below:
            continue  # the module inside is the one that has the name
        name = _uncompiled(full)
        inside = any(name.startswith(one) for one in whole)
        alone = below.keys() <= {_PARAMETRIZED} or _calls_no_child(torch, module, below)
        leaf = not inside and alone
        if leaf and below:
            whole.append(f"{name}." if name else "")
        parts.append(Part(name, module, leaf))
    return parts


def compiled_in(model: Any) -> list[str]:
    """Return the names of the modules that were compiled by themselves; "" for the model."""
    return [
        _uncompiled(name)
        for name, module in model.named_modules()
        if hasattr(module, _COMPILED) or getattr(module, "_compiled_call_impl", None) is not None
    ]


def _uncompiled(name: str) -> str:
    return ".".join(part for part in name.split(".") if part != _COMPILED)


def _calls_no_child(torch: Any, module: Any, below: dict[str, Any]) -> bool:
    if isinstance(module, torch.nn.MultiheadAttention):
        return True
    home = type(module).__module__
    return home.startswith("torch.ao.nn.quantized") and "_packed_params" in below
