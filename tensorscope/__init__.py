"""tensorscope: what is in this tensor? An interactive debugger for tensors inside Jupyter."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tensorscope.adapters.untraced import untraced

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tensorscope.capture.probe import probe as probe
    from tensorscope.capture.record import Record as Record
    from tensorscope.errors import (
        ConditionError as ConditionError,
    )
    from tensorscope.errors import (
        ProtocolError as ProtocolError,
    )
    from tensorscope.errors import (
        SelectionError as SelectionError,
    )
    from tensorscope.errors import (
        TensorScopeError as TensorScopeError,
    )
    from tensorscope.errors import (
        UnsupportedTensorError as UnsupportedTensorError,
    )
    from tensorscope.extraction import (
        Extraction as Extraction,
    )
    from tensorscope.extraction import (
        describe as describe,
    )
    from tensorscope.extraction import (
        extract as extract,
    )
    from tensorscope.hits import Hits as Hits
    from tensorscope.info import TensorInfo as TensorInfo
    from tensorscope.opening import Opened as Opened
    from tensorscope.opening import OpenError as OpenError
    from tensorscope.progress import Cancelled as Cancelled
    from tensorscope.ranked import topk as topk
    from tensorscope.searched import where as where
    from tensorscope.summary import Stats as Stats
    from tensorscope.summary import stats as stats
    from tensorscope.widget.display import freeze_all as freeze_all
    from tensorscope.widget.extension import (
        load_ipython_extension as load_ipython_extension,
    )
    from tensorscope.widget.extension import (
        unload_ipython_extension as unload_ipython_extension,
    )
    from tensorscope.widget.opening import open as open
    from tensorscope.widget.scope import Scope as Scope
    from tensorscope.widget.scope import scope as scope
    from tensorscope.widget.watch import Watch as Watch
    from tensorscope.widget.watch import watch as watch

#: Where each public name lives; loaded when it is first asked for.
_HOMES = {
    "ConditionError": "errors",
    "ProtocolError": "errors",
    "SelectionError": "errors",
    "TensorScopeError": "errors",
    "UnsupportedTensorError": "errors",
    "Extraction": "extraction",
    "describe": "extraction",
    "extract": "extraction",
    "Hits": "hits",
    "topk": "ranked",
    "where": "searched",
    "TensorInfo": "info",
    "Cancelled": "progress",
    "OpenError": "opening",
    "Opened": "opening",
    "open": "widget.opening",
    "Stats": "summary",
    "stats": "summary",
    "Scope": "widget.scope",
    "scope": "widget.scope",
    "Record": "capture.record",
    "probe": "capture.probe",
    "Watch": "widget.watch",
    "watch": "widget.watch",
    "freeze_all": "widget.display",
    "load_ipython_extension": "widget.extension",
    "unload_ipython_extension": "widget.extension",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'tensorscope' has no attribute {name!r}")
    value = untraced(getattr(import_module(f"tensorscope.{home}"), name))
    if "torch" in sys.modules:  # until then it is marked anew each time it is asked for
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
