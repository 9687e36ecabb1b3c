"""Record: one value as it was at one step; a snapshot that nothing changes any more."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from tensorscope.capture.written import SaveError, restored
from tensorscope.errors import SelectionError, clip

#: What of a module a record holds.
KINDS = ("output", "input", "gradient", "weight", "probe")


@dataclass(frozen=True, slots=True)
class Stored:
    """Values in a file, read when they are asked for.

    Attributes
    ----------
    path, key : str
        A safetensors file, and the name in it.
    shape : tuple of int
    dtype : str
    """

    path: str
    key: str
    shape: tuple[int, ...]
    dtype: str

    def load(self) -> Any:
        """Return the values, as a PyTorch tensor where it is installed, else as an array.

        Cost: reads these values alone.

        Raises
        ------
        SaveError
            The file is gone, or was changed.
        """
        from safetensors import SafetensorError, safe_open

        framework = "pt" if find_spec("torch") is not None else "np"
        try:
            with safe_open(self.path, framework=framework) as file:
                return restored(file, self.key, self.shape, self.dtype)
        except (OSError, SafetensorError, LookupError, ValueError, RuntimeError) as error:
            raise SaveError(
                f"{clip(self.path, 200)} of a recording cannot be read any more: "
                f"{clip(str(error), 200)}; open a copy of the recording that is whole",
                "MISSING" if isinstance(error, FileNotFoundError) else "CORRUPT",
            ) from error


def numbered(name: str, call: int) -> str:
    """Return how a call of a module within a step is named where each has a line of its own."""
    return f"{name} (call {call + 1})" if call else name


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One value captured at one step of one module.

    Attributes
    ----------
    name : str
        The module's name in the watched model, with the way to one of several outputs,
        e.g. ``"layer2.conv"``, ``"lstm[1][0]"``; or the name of a probe.
    step : int
    call : int
        Which call of the module within the step, from 0.
    kind : {"output", "input", "gradient", "weight", "probe"}
    train : bool
        Whether the model was in training mode.
    kept : tensor or Stored
        The values, or the file that has them; read them by :attr:`tensor`.
    shape : tuple of int
        Shape of the whole value.
    why : {"sampled", "pinned", "paused", "breakpoint", "nonfinite", "asked"}
        What it was captured for; a step that was stepped through is a sampled one.
    notes : tuple of str
        What one should know: autocast dtype, recomputation, local batch, scaled gradient.
    """

    name: str
    step: int
    call: int
    kind: str
    train: bool
    kept: Any
    shape: tuple[int, ...]
    why: str = "sampled"
    notes: tuple[str, ...] = ()

    @property
    def tensor(self) -> Any:
        """The values: a detached copy, of all or of the first examples; from a file, read now."""
        return self.kept.load() if isinstance(self.kept, Stored) else self.kept

    @property
    def partial(self) -> bool:
        """Whether only the first part of dim 0 was kept."""
        return tuple(self.kept.shape) != self.shape

    @property
    def nbytes(self) -> int:
        """Bytes that the record keeps in memory."""
        return 0 if isinstance(self.kept, Stored) else int(self.kept.nbytes)

    @property
    def dtype(self) -> str:
        """Element type, whatever its byte order."""
        dtype = self.kept.dtype
        return str(getattr(dtype, "name", dtype)).removeprefix("torch.")

    def __getitem__(self, index: Any) -> Any:
        """Return what the captured tensor gives for an index.

        Raises
        ------
        SelectionError
            The index is out of range, or lies in a part that was not kept (``NOT_KEPT``).
        """
        if self.partial:
            many = isinstance(index, tuple) and index
            index = (self._kept(index[0]), *index[1:]) if many else self._kept(index)
        try:
            return self.tensor[index]
        except IndexError as error:
            raise SelectionError(
                f"{self.name} step {self.step} has shape {tuple(self.kept.shape)}: {error}",
                "BOUNDS",
            ) from error

    def _kept(self, index: Any) -> Any:
        """Return what an index of examples, counted in the whole value, is in what was kept."""
        whole, kept = self.shape[0], self.kept.shape[0]
        if isinstance(index, slice):
            meant = range(*index.indices(whole))
            inside = [place for place in meant if place < kept]
            if not meant:
                return index
            if inside:
                end = inside[-1] + meant.step
                return slice(inside[0], end if end >= 0 else None, meant.step)
        elif isinstance(index, bool) or not hasattr(index, "__index__") or np.ndim(index):
            return index
        else:
            place = operator.index(index)
            place += whole if place < 0 else 0
            if place < kept or place >= whole:
                return place if place >= 0 else index
        raise SelectionError(
            f"{self.name} step {self.step}: of {whole} examples the first {kept} were "
            f"kept, and {_typed(index)} is not among them; pin the module "
            f"(watch.pin({self.name!r})) to keep all from now on",
            "NOT_KEPT",
        )

    def __getattr__(self, name: str) -> Any:
        # What tensors have, a record has: code over a record reads like code over a tensor.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.tensor, name)

    def __gt__(self, other: Any) -> Any:
        return self.tensor > _plain(other)

    def __ge__(self, other: Any) -> Any:
        return self.tensor >= _plain(other)

    def __lt__(self, other: Any) -> Any:
        return self.tensor < _plain(other)

    def __le__(self, other: Any) -> Any:
        return self.tensor <= _plain(other)

    def __sub__(self, other: Any) -> Any:
        return self.tensor - _plain(other)

    def __abs__(self) -> Any:
        return abs(self.tensor)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.numpy(), dtype=dtype)

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        # torch.where(record > 3), torch.isnan(record): as if the tensor had been passed.
        return func(*map(_plain, args), **{k: _plain(v) for k, v in (kwargs or {}).items()})

    def item(self) -> Any:
        """Return the value as a Python scalar; there must be exactly one element."""
        return self.tensor.item()

    def numpy(self) -> Any:
        """Return the values as an own array."""
        from tensorscope.extraction import extract

        return extract(self.tensor).numpy()

    def __repr__(self) -> str:
        kept = f", first {self.kept.shape[0]} kept" if self.partial else ""
        call = f" call {self.call}" if self.call else ""
        lines = [
            f"<Record {self.name}{call} · {self.kind} · step {self.step} · {self.dtype} "
            f"{self.shape}{kept} · {'train' if self.train else 'eval'}>"
        ]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def _typed(index: Any) -> str:
    """Return an index as one types it."""
    if not isinstance(index, slice):
        return f"index {index}"
    ends = (index.start, index.stop, *([] if index.step is None else [index.step]))
    return ":".join("" if end is None else str(end) for end in ends)


def _plain(value: Any) -> Any:
    return value.tensor if isinstance(value, Record) else value
