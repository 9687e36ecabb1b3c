"""Saving: a selection's values as a .npy or .csv file, exactly."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.select import Selected
from tensorscope.errors import TensorScopeError, clip, quote
from tensorscope.paths import path_of, path_to_write
from tensorscope.progress import tick
from tensorscope.selection import Selection
from tensorscope.slots import Span
from tensorscope.text import python_value, scalar_text

FORMS = ("npy", "csv")
#: Values of a line of a .csv that are written between two chances to stop.
_TOGETHER = 4096


class SaveError(TensorScopeError):
    """What cannot be written: ``FORMAT``, ``DIMS``, ``MASKED``, ``EXISTS`` or ``MISSING``."""

    default_kind = "FORMAT"


def form_of(path: str | os.PathLike[str]) -> str:
    """Return which file a path asks for, by the end of its name.

    Raises
    ------
    SaveError
        Neither .npy nor .csv.
    """
    form = path_of(path, SaveError).suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise SaveError(
            f"{quote(os.fspath(path), 200)} ends in neither .npy nor .csv: name the file after "
            "one of them, or save .value with whatever writes the format"
        )
    return form


def check_form(selection: Selection, form: str) -> None:
    """Raise SaveError unless a selection has a file of this form. Reads no data."""
    if form == "csv" and len(selection.shape) > 2:
        raise SaveError(
            f"a .csv has rows and columns, and {selection.expr} has {len(selection.shape)} dims, "
            f"shape {selection.shape}: put an index in all but two of them, or save a .npy",
            "DIMS",
        )


def note_of(selected: Selected, form: str) -> str | None:
    """Return what one should know of a .npy file: NumPy may lack the dtype."""
    dtype = selected.dtype
    if form != "npy" or not dtype.foreign:
        return None
    written = dtype.numpy.name
    return f"NumPy has no {dtype.name}: written as {written}, which holds every value exactly"


def write(selected: Selected, dim_names: Sequence[str], form: str, file: BinaryIO) -> None:
    """Write values to a file.

    Raises
    ------
    SaveError
        The form cannot hold them.

    Notes
    -----
    Cost: .npy: one copy of the values; .csv: a line of Python text at a time.
    """
    check_form(selected.selection, form)
    if form == "npy":
        _write_npy(selected, file)
    else:
        _write_csv(selected, dim_names, file)


def save(
    path: str | os.PathLike[str],
    read: Callable[[], Selected],
    dim_names: Sequence[str],
    overwrite: bool,
) -> Path:
    """Write a file, all of it or nothing; return where.

    Raises
    ------
    SaveError
        The file exists, its folder does not, or the form cannot hold the values.
    """
    form, target = form_of(path), path_to_write(path, SaveError)
    if not overwrite and target.exists():
        raise SaveError(
            f"{clip(str(target), 200)} exists: choose another name, or pass overwrite=True",
            "EXISTS",
        )
    selected = read()
    descriptor, name = tempfile.mkstemp(prefix=".tensorscope-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(selected, dim_names, form, file)
        _as_usual(name)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def _as_usual(name: str) -> None:
    """Give a temporary file, private at first, the rights that a new file has."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(name, 0o666 & ~umask)


def _write_npy(selected: Selected, file: BinaryIO) -> None:
    blank, dtype = selected.cut.blank, selected.dtype
    if blank is not None and blank.any():
        raise SaveError(
            f"{int(blank.sum()):,} places are masked, which a .npy cannot say: save a .csv, or "
            ".value.data and .value.mask apart",
            "MASKED",
        )
    values = np.asarray(dtype.decode(selected.cut.own()))
    if values.dtype.hasobject or values.dtype.kind == "T":
        raise SaveError(
            f"a .npy of {clip(dtype.name)} would be a pickle, which can run code when it is "
            "opened: save a .csv"
        )
    # A plain object with `write` gets the array piece by piece, and so can be stopped between two.
    np.save(_Told(file, values.nbytes), values, allow_pickle=False)


class _Told:
    """A file that tells how much of it is written; whoever listens may stop it."""

    def __init__(self, file: BinaryIO, total: int) -> None:
        self._file, self._total, self._done = file, total, 0

    def write(self, data: bytes) -> int:
        self._done += len(data)
        tick(min(self._done, self._total), self._total)
        return self._file.write(data)


def _write_csv(selected: Selected, dim_names: Sequence[str], file: BinaryIO) -> None:
    """Write a header with dims and coordinates, then a line a row; masked: an empty field."""
    selection, raw, blank = selected.selection, selected.cut.own(), selected.cut.blank
    names = [dim_names[dim] for dim in selection.free]
    places = [_coordinates(selection, dim) for dim in selection.free]
    shape = (raw.shape[0] if places else 1, raw.shape[1] if len(places) == 2 else 1)
    rows = raw.reshape(shape)
    hidden = np.zeros(shape, bool) if blank is None else np.asarray(blank).reshape(shape)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    lines = csv.writer(text, lineterminator="\n")
    if len(places) == 2:
        lines.writerow([f"{names[0]} / {names[1]}", *places[1]])
    else:
        lines.writerow([*names, selection.expr])
    total = shape[0] * shape[1]
    for k in range(shape[0]):
        texts: list[str] = []
        for first in range(0, shape[1], _TOGETHER):
            texts += [
                "" if hidden[k, i] else _text(selected.dtype, rows[k, i, ...])
                for i in range(first, min(first + _TOGETHER, shape[1]))
            ]
            tick(k * shape[1] + len(texts), total)
        lines.writerow([*([places[0][k]] if places else []), *texts])
    text.detach()


def _text(dtype: DType, element: Any) -> str:
    """Return the shortest exact text of an element; texts as they are: the csv quotes them."""
    value = python_value(dtype, element) if dtype.kind == "O" else None
    return value if isinstance(value, str) else scalar_text(dtype, element)


def _coordinates(selection: Selection, dim: int) -> list[int]:
    span = selection.slots[dim]
    assert isinstance(span, Span)
    return [span.start + k * span.step for k in range(span.size)]
