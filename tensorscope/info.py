"""TensorInfo: what can be told of a tensor without reading its data."""

from __future__ import annotations

from dataclasses import dataclass, field

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def bytes_text(nbytes: int) -> str:
    """Return a size for people, e.g. ``"784 KiB"``."""
    size, unit = float(nbytes), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    digits = f"{size:.1f}".removesuffix(".0") if size < 100 and unit else f"{size:.0f}"
    return f"{digits} {_UNITS[unit]}"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What a tensor is.

    Attributes
    ----------
    framework : str
        ``"torch"``, ``"tensorflow"``, ``"jax"``, ``"numpy"``.
    shape : tuple of int or None
        Sizes of the dims, None where rows differ; None where there are none yet (lazy parameters).
    dtype : str
        Element type, without the framework's prefix, e.g. ``"bfloat16"``.
    device : str
        Where the data is, e.g. ``"cpu"``, ``"cuda:0"``.
    layout : str
        ``"strided"``, or what is special: ``"channels_last"``, ``"expanded"``, ``"transposed"``, …
    nbytes : int
        Bytes of all elements (count × element size), whatever memory they share.
    requires_grad : bool
        Whether a gradient is recorded for it.
    dims : tuple of str or None
        Names of the dims, if they have any.
    notes : tuple of str
        What one should know before reading values: views, shared memory, conversions.
    grad_fn : str or None
        Name of the operation that made it, if the graph knows one.
    """

    framework: str
    shape: tuple[int | None, ...] | None
    dtype: str
    device: str = "cpu"
    layout: str = "strided"
    nbytes: int = 0
    requires_grad: bool = False
    dims: tuple[str, ...] | None = None
    notes: tuple[str, ...] = field(default=())
    grad_fn: str | None = None

    def __str__(self) -> str:
        """Return one line; reads no data."""
        shape = "(no shape yet)" if self.shape is None else str(self.shape)
        if self.dims is not None and self.shape is not None:
            named = (f"{d}: {n}" for d, n in zip(self.dims, self.shape, strict=True))
            shape = f"({', '.join(named)})"
        parts = [f"{self.dtype} {shape}", self.framework, self.device, bytes_text(self.nbytes)]
        if self.layout != "strided":
            parts.append(self.layout)
        if self.requires_grad:
            parts.append(f"grad ({self.grad_fn})" if self.grad_fn else "grad")
        return " · ".join(parts)

    def __repr__(self) -> str:
        return "\n".join([f"<TensorInfo {self}>", *(f"  note: {note}" for note in self.notes)])
