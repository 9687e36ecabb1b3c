"""Open: arrays in files, read as they are looked at; what a file is, its first bytes tell."""

from __future__ import annotations

import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tensorscope import names
from tensorscope.adapters import files
from tensorscope.adapters.file_array import closed
from tensorscope.errors import TensorScopeError, clip


class OpenError(TensorScopeError, OSError):
    """A path that cannot be opened: ``MISSING``, ``FORMAT`` or ``CORRUPT``."""

    default_kind = "FORMAT"


class Opened(Mapping[str, Any]):
    """The arrays of a file, by name; read-only. Each is read where it is looked at.

    A context manager: after it, or after :meth:`close`, reading raises with kind ``CLOSED``.
    """

    def __init__(self, path: str, kind: str, members: files.Members) -> None:
        self._path, self._kind, self._members = path, kind, members
        self._known: dict[str, Any] = {}
        self._closed = False

    def __getitem__(self, name: str) -> Any:
        if self._closed:
            raise closed(self._path)
        if name not in self._known:
            if name not in self._members.names():
                raise KeyError(name)
            x = _corrupt(self._path, lambda: self._members.get(name))
            names.remember(x, f"{names.of_module()}.open({self._path!r})[{name!r}]")
            self._known[name] = x
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members.names())

    def __len__(self) -> int:
        return len(self._members.names())

    def close(self) -> None:
        """Let the file go."""
        self._closed = True
        self._known.clear()
        self._members.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"<Opened {self._path!r} ({self._kind}, closed)>"
        lines = [f"<Opened {self._path!r} ({self._kind}), {len(self)} arrays>"]
        width = max((len(name) for name in self), default=0)
        for k, name in enumerate(self):
            if k == _SHOWN:
                lines.append(f"  … {len(self) - _SHOWN} more")
                break
            lines.append(f"  {name:<{width}}  {self._members.line(name)}")
        return "\n".join(lines)


_SHOWN = 20


def open_arrays(path: str | os.PathLike[str]) -> Any:
    """Do what :func:`tensorscope.open` does, for files and stores of arrays."""
    given = os.fspath(path)
    place = Path(given).expanduser()
    if not place.exists():
        raise OpenError(f"{clip(given, 200)} does not exist: check the path", "MISSING")
    kind = "zarr" if place.is_dir() else _corrupt(given, lambda: _kind(place))
    if place.is_dir() and not files.is_zarr(place):
        raise OpenError(
            f"{clip(given, 200)} is a folder and neither a zarr array or group nor a recording: "
            "pass a file in it, or a folder that holds zarr.json (.zarray, .zgroup) or "
            "manifest.jsonl",
            "FORMAT",
        )
    found = _corrupt(given, lambda: files.OPENERS[kind](place))
    if isinstance(found, files.Members):
        return Opened(given, kind, found)
    names.remember(found, f"{names.of_module()}.open({given!r})")
    return found


#: What readers raise of files that break off or contradict themselves.
_BROKEN = (
    ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, struct.error,
    tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def _kind(place: Path) -> str:
    """Return which format a file has.

    Raises
    ------
    OpenError
        It has none that can be read.
    """
    with place.open("rb") as file:
        head = file.read(1 << 12)
    kind = files.format_of(head, place)
    if kind in files.OPENERS:
        return kind
    if kind == "pickle":
        raise OpenError(
            f"{clip(str(place), 200)} holds a pickle, which can run code: it is never opened. "
            "Load a PyTorch checkpoint with torch.load(path, weights_only=True) and look at its "
            "tensors, or save it as safetensors",
            "FORMAT",
        )
    raise OpenError(
        f"{clip(str(place), 200)} begins with {head[:8]!r}: none of zarr, safetensors, .npy, .npz "
        "or HDF5",
        "FORMAT",
    )


def _corrupt(path: str, make: Callable[[], Any]) -> Any:
    """Return what `make` gives; say in words what is wrong with a file."""
    try:
        return make()
    except TensorScopeError:
        raise
    except ModuleNotFoundError as error:
        raise OpenError(
            f"{clip(path, 200)} needs the package {error.name}: install it, e.g. "
            f"pip install {error.name}",
            "FORMAT",
        ) from error
    except FileNotFoundError as error:
        raise OpenError(
            f"{clip(str(error.filename or path), 200)} does not exist, and {clip(path, 200)} "
            "speaks of it",
            "MISSING",
        ) from error
    except _BROKEN as error:
        raise OpenError(
            f"{clip(path, 200)} cannot be read: {type(error).__name__}: {clip(str(error), 250)}",
            "CORRUPT",
        ) from error
