"""``%load_ext tensorscope``: tensors as a cell's last line show themselves as scopes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tensorscope import names
from tensorscope.adapters.members import CONTAINERS, NAMED_CONTAINERS, holds_tensors
from tensorscope.adapters.registry import array_types
from tensorscope.errors import TensorScopeError
from tensorscope.widget.scope import Scope
from tensorscope.widget.table import TensorTable

#: What showed itself stays live for this many; older ones are frozen, and let their tensors go.
_LIVE = 32


class _Extension:
    """What is registered with one shell, and what stood there before."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._before: dict[Any, Any] = {}
        self._shown: deque[Scope | TensorTable] = deque()
        self.on = False

    def load(self) -> None:
        """Register the types by name: no framework is imported for it."""
        if self.on or getattr(self._shell, "kernel", None) is None:
            return
        self.on = True
        formatter = self._shell.display_formatter.ipython_display_formatter
        shows = dict.fromkeys(array_types(), self.show_tensor)
        shows.update(dict.fromkeys(NAMED_CONTAINERS, self.show_members))
        for name, show in shows.items():
            module, _, kind = name.rpartition(".")
            self._before[name] = formatter.for_type_by_name(module, kind, show)
        for container in CONTAINERS:
            self._before[container] = formatter.for_type(container, self.show_members)

    def unload(self) -> None:
        """Put back what stood there before."""
        if not self.on:
            return
        self.on = False
        formatter = self._shell.display_formatter.ipython_display_formatter
        for kind, before in self._before.items():
            formatter.pop(kind, None)
            if before is not None and isinstance(kind, str):
                formatter.for_type_by_name(*kind.rsplit(".", 1), before)
            elif before is not None:
                formatter.for_type(kind, before)
        self._before.clear()  # what is on the screen stays live

    def show_tensor(self, x: Any) -> None:
        """Show a tensor as a scope; what cannot be read shows itself as ever."""
        self._show(lambda: Scope(x, name=self._name(x)))

    def show_members(self, x: Any) -> None:
        """Show a list or dict that holds a tensor as a table; others as ever."""
        if not holds_tensors(x):
            raise NotImplementedError
        name = names.find_name(x) or self._name(x) or names.DEFAULT
        self._show(lambda: TensorTable(x, name))

    def _show(self, make: Callable[[], Scope | TensorTable]) -> None:
        try:
            shown = make()
            shown._ipython_display_()
        except TensorScopeError as error:
            raise NotImplementedError from error  # IPython goes on to the object's own text
        self._shown.append(shown)
        if len(self._shown) > _LIVE:
            old = self._shown.popleft()
            old.freeze()
            old.close()

    def _name(self, x: Any) -> str | None:
        """Return ``Out[n]`` for the nameless result of a cell; None: look for a name."""
        hook = self._shell.displayhook
        if names.find_name(x) is not None or getattr(hook, "msg", None) is None:
            return None
        return f"Out[{hook.prompt_count}]"


_LOADED: dict[int, _Extension] = {}


def load_ipython_extension(shell: Any) -> None:
    """Let tensors show themselves; ``%load_ext tensorscope`` calls this.

    A tensor that is a cell's last line, or is displayed, shows itself as a scope; a list or dict
    that holds tensors at any depth (``model.state_dict()``, the parameters of a Flax model) as a
    table whose rows open into scopes. In a terminal everything stays text.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The shell.

    Notes
    -----
    Cost: no framework is imported. The last 32 that showed themselves stay live; older ones become
    still pictures, and their tensors are let go.
    """
    _LOADED.setdefault(id(shell), _Extension(shell)).load()


def unload_ipython_extension(shell: Any) -> None:
    """Let tensors print themselves again; ``%unload_ext tensorscope`` calls this.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The shell.
    """
    loaded = _LOADED.get(id(shell))
    if loaded is not None:
        loaded.unload()
