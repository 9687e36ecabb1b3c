"""Paths that somebody passed: checked before a file system is asked."""

from __future__ import annotations

import os
from pathlib import Path

from tensorscope.errors import TensorScopeError, clip, quote


def path_of(path: object, error: type[TensorScopeError] = TensorScopeError) -> Path:
    """Return a path, ``~`` expanded.

    Raises
    ------
    TensorScopeError
        It is neither a text nor a path, empty, or holds a NUL (``TYPE``); of the class `error`.
    """
    plain = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(plain, str) or not plain or "\0" in plain:
        raise error(
            f"path={quote(path)}: write a text such as 'runs/act.npy', or a pathlib.Path", "TYPE"
        )
    return Path(plain).expanduser()


def path_to_write(path: object, error: type[TensorScopeError] = TensorScopeError) -> Path:
    """Return the path of a file that is to be written.

    Raises
    ------
    TensorScopeError
        As :func:`path_of`; or there is no such folder (``MISSING``).
    """
    target = path_of(path, error)
    if not target.parent.is_dir():
        raise error(
            f"there is no folder {clip(str(target.parent), 200)}: make it first, or save elsewhere",
            "MISSING",
        )
    return target
