"""FileArray: a tensor inside a file, read where it is indexed; nothing is unpickled."""

from __future__ import annotations

import math
import mmap
import threading
import zipfile
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DType
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import bytes_text


class Mapping:
    """A file mapped into memory for reading, by all arrays in it together."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._open()

    def _open(self) -> None:
        with open(self.path, "rb") as file:
            self._map: mmap.mmap | None = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path = state["path"]
        self._open()

    def bytes(self) -> mmap.mmap:
        """Return the mapping, after a look whether the file is still all there.

        Raises
        ------
        UnsupportedTensorError
            ``CLOSED``, or ``FREED`` if the file was truncated: reading would kill the process.
        """
        mapped = self._map
        if mapped is None:
            raise closed(self.path)
        if mapped.size() < len(mapped):
            raise UnsupportedTensorError(
                f"{clip(self.path, 200)} was truncated to {mapped.size()} bytes since it "
                f"was opened with {len(mapped)}: open it again",
                "FREED",
            )
        return mapped

    def close(self) -> None:
        """Let the file go."""
        mapped, self._map = self._map, None
        if mapped is not None:
            mapped.close()


class Zipped:
    """A compressed member of a zip file: read from its front, again from there if need be."""

    def __init__(self, path: str, member: str) -> None:
        self.path, self.member = path, member
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._closed = False

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "member": self.member}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def read(self, start: int, size: int) -> bytes:
        """Return bytes of the member; what stands before them is unpacked and dropped."""
        with self._lock:
            if self._closed:
                raise closed(self.path)
            if self._file is None:
                # Kept open: going on from where the last read ended unpacks nothing twice.
                self._file = zipfile.ZipFile(self.path).open(self.member)  # noqa: SIM115
            self._file.seek(start)
            return self._file.read(size)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()


def closed(path: str) -> UnsupportedTensorError:
    """Return the error of what is read after closing."""
    return UnsupportedTensorError(
        f"{clip(path, 200)} was closed: open it again with ts.open(...)", "CLOSED"
    )


class FileArray:
    """A tensor inside a file.

    Indexing with integers and slices reads that part alone and gives an own NumPy array; formats
    that NumPy lacks (bfloat16, float8) arrive in a wider one, exactly.

    Parameters
    ----------
    source : Mapping or Zipped
        Where the bytes are.
    offset : int
        The first of them.
    type_ : DType
        Element type.
    stored : numpy.dtype
        How the bits lie in the file, with their byte order.
    shape : tuple of int
    order : {"C", "F"}
    label : str
        What ``repr`` calls it.
    """

    def __init__(
        self,
        source: Mapping | Zipped,
        offset: int,
        type_: DType,
        stored: np.dtype[Any],
        shape: tuple[int, ...],
        order: Literal["C", "F"] = "C",
        label: str = "",
    ) -> None:
        self.source, self.offset, self.type, self.stored = source, offset, type_, stored
        self.shape, self.order, self.label = shape, order, label

    @property
    def dtype(self) -> str:
        """Element type, e.g. ``"bfloat16"``."""
        return self.type.name

    @property
    def ndim(self) -> int:
        """Number of dims."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes in the file, unpacked."""
        return self.size * self.stored.itemsize

    def raw(self, index: Any) -> NDArray[Any]:
        """Return an own array of the stored bits of a part.

        Cost: the part is copied; of a compressed member, all up to its last row is unpacked.
        """
        if not isinstance(self.source, Zipped):
            data = self.source.bytes()
            whole = np.frombuffer(data, self.stored, self.size, self.offset)
            part = whole.reshape(self.shape, order=self.order)[index]
            return np.array(part, order="C", copy=True)
        return self._unpacked(self.source, index if isinstance(index, tuple) else (index,))

    def _unpacked(self, source: Zipped, index: tuple[Any, ...]) -> NDArray[Any]:
        """Read the rows that an index touches (all, unless it says something of every dim)."""
        along = 0 if self.order == "C" else self.ndim - 1  # the dim that the file goes along
        sizes = list(self.shape)
        low, row = 0, self.nbytes
        if sizes and len(index) == self.ndim and isinstance(index[along], slice):
            start, stop, step = index[along].indices(sizes[along])
            rows = range(start, stop, step)
            low, high = (min(rows), max(rows) + 1) if rows else (0, 0)
            row = self.nbytes // max(sizes[along], 1)
            sizes[along] = high - low
            stop = stop - low if stop >= low else None
            moved = slice(start - low, stop, step) if rows else slice(0, 0)
            index = (*index[:along], moved, *index[along + 1 :])
        size = math.prod(sizes) * self.stored.itemsize
        packed = source.read(self.offset + low * row, size)
        if len(packed) < size:
            raise EOFError(f"{clip(source.path)} breaks off within {source.member}")
        box = np.frombuffer(packed, self.stored).reshape(sizes, order=self.order)
        return np.array(box[index], order="C", copy=True)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        bits = self.raw(index)
        if not bits.dtype.isnative:
            bits = bits.astype(bits.dtype.newbyteorder("="))
        return self.type.decode(bits).reshape(bits.shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without dims has no len()")
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype=dtype)

    def __repr__(self) -> str:
        return f"<FileArray {self.label} {self.dtype} {self.shape} · {bytes_text(self.nbytes)}>"
