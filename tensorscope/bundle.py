"""Bundle: the built front end, tensorscope/static/, as text; and the part that a page asks for."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from tensorscope.errors import ProtocolError, TensorScopeError, quote

_STATIC = Path(__file__).parent / "static"
#: What a page may ask for when it first needs it.
MODULES = ("extras",)


def built(name: str) -> str:
    """Return a file of the front end.

    Raises
    ------
    TensorScopeError
        It was not built (``NOT_BUILT``).
    """
    file = _STATIC / name
    if not file.is_file():
        raise TensorScopeError(
            f"the front end is not built: tensorscope/static/{name} is missing. Run 'make build' "
            "in the checkout (it needs Node 20), or install a wheel, which brings it",
            "NOT_BUILT",
        )
    return file.read_text(encoding="utf-8")


@lru_cache(maxsize=len(MODULES))
def _part(name: str) -> tuple[bytes, str]:
    """Return a part's script, and the name that the build gave to its content."""
    script = built(f"{name}.js").encode()
    return script, hashlib.sha256(script).hexdigest()[:16]


def module(name: object, wanted: object) -> bytes:
    """Return a part of the front end that a page did not bring along.

    Parameters
    ----------
    name : str
        One of `MODULES`.
    wanted : str
        Which one the page was built with; "" for any.

    Raises
    ------
    ProtocolError
        There is none, or the one that is installed is another (``VERSION``).
    """
    if not isinstance(name, str) or name not in MODULES:
        raise ProtocolError(f"there is no module {quote(name)}: use {', '.join(MODULES)}")
    script, mine = _part(name)
    if wanted not in ("", mine):
        raise ProtocolError(
            "this widget comes from another installation than the one that the kernel has: run "
            "the cell again, or restart the kernel if it was started before the installation",
            "VERSION",
        )
    return script
