"""What is in a file of each format: names and arrays, from headers alone; never a pickle."""

from __future__ import annotations

import json
import math
import struct
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.adapters.file_array import FileArray, Mapping, Zipped
from tensorscope.adapters.safetensors_ import SAFE_DTYPES
from tensorscope.adapters.stored import readable
from tensorscope.errors import clip

#: The longest header that is believed.
_HEADER = 100 << 20


class Members(ABC):
    """The arrays in a file."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names, in the file's order."""

    @abstractmethod
    def get(self, name: str) -> Any:
        """Return an array that is read as it is looked at."""

    @abstractmethod
    def close(self) -> None:
        """Let the file go."""

    def line(self, name: str) -> str:
        """Return dtype and shape."""
        x = self.get(name)
        return f"{x.dtype} {tuple(x.shape)}"


class _Safetensors(Members):
    def __init__(self, place: Path) -> None:
        size = place.stat().st_size
        with place.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size - 8, _HEADER):
                raise ValueError(f"its header should be {length} bytes long, the file is {size}")
            header = json.loads(file.read(length))
        self._path, self._start, self._size = str(place), 8 + length, size
        self._entries = {k: v for k, v in header.items() if k != "__metadata__"}
        self._mapping: Mapping | None = None

    def names(self) -> list[str]:
        return list(self._entries)

    def get(self, name: str) -> FileArray:
        entry = self._entries[name]
        code, shape = entry["dtype"], tuple(int(n) for n in entry["shape"])
        if code not in SAFE_DTYPES:
            raise ValueError(f"{clip(name)} has elements {clip(code)}, which cannot be read")
        dtype = DTYPES[SAFE_DTYPES[code]]
        begin, end = entry["data_offsets"]
        stored = dtype.storage.newbyteorder("<")
        held = math.prod(shape) * stored.itemsize
        if end - begin != held or begin < 0 or self._start + end > self._size:
            raise ValueError(
                f"{clip(name)} should hold {held} bytes at {begin}…{end}; the file breaks off, or "
                "its header is wrong"
            )
        if self._mapping is None:
            self._mapping = Mapping(self._path)
        return FileArray(self._mapping, self._start + begin, dtype, stored, shape, label=name)

    def line(self, name: str) -> str:
        entry = self._entries[name]
        return f"{SAFE_DTYPES.get(entry['dtype'], entry['dtype'])} {tuple(entry['shape'])}"

    def close(self) -> None:
        if self._mapping is not None:
            self._mapping.close()


class _SafetensorsIndex(Members):
    """Several safetensors files that one index speaks of; each is opened when it is needed."""

    def __init__(self, place: Path) -> None:
        told = json.loads(place.read_text("utf-8"))["weight_map"]
        for file in told.values():
            if not isinstance(file, str) or "/" in file or "\\" in file or ".." in file:
                raise ValueError(
                    f"the index names the file {clip(file)}: only names in its own folder are "
                    "followed"
                )
        self._folder, self._files = place.parent, dict(told)
        self._open: dict[str, _Safetensors] = {}

    def names(self) -> list[str]:
        return list(self._files)

    def _file(self, name: str) -> _Safetensors:
        file = self._files[name]
        if file not in self._open:
            self._open[file] = _Safetensors(self._folder / file)
        return self._open[file]

    def get(self, name: str) -> FileArray:
        return self._file(name).get(name)

    def line(self, name: str) -> str:
        return f"in {self._files[name]}"

    def close(self) -> None:
        for file in self._open.values():
            file.close()


class _Npz(Members):
    def __init__(self, place: Path) -> None:
        self._path = str(place)
        with zipfile.ZipFile(place) as packed:
            self._members = {
                info.filename.removesuffix(".npy"): info
                for info in packed.infolist()
                if info.filename.endswith(".npy")
            }
        self._mapping: Mapping | None = None
        self._zipped: list[Zipped] = []

    def names(self) -> list[str]:
        return list(self._members)

    def get(self, name: str) -> FileArray:
        info = self._members[name]
        with zipfile.ZipFile(self._path) as packed, packed.open(info) as member:
            dtype, shape, order = _npy_header(member)
            skipped = member.tell()
        if info.compress_type != zipfile.ZIP_STORED:
            source = Zipped(self._path, info.filename)
            self._zipped.append(source)
            return FileArray(source, skipped, readable(dtype), dtype, shape, order, name)
        if self._mapping is None:
            self._mapping = Mapping(self._path)
        with open(self._path, "rb") as file:
            file.seek(info.header_offset + 26)
            lengths = struct.unpack("<HH", file.read(4))
        offset = info.header_offset + 30 + sum(lengths) + skipped
        return FileArray(self._mapping, offset, readable(dtype), dtype, shape, order, name)

    def line(self, name: str) -> str:
        with zipfile.ZipFile(self._path) as packed, packed.open(self._members[name]) as member:
            dtype, shape, _ = _npy_header(member)
        return f"{dtype} {shape}"

    def close(self) -> None:
        for source in self._zipped:
            source.close()
        if self._mapping is not None:
            self._mapping.close()


class _Hdf5(Members):
    def __init__(self, place: Path) -> None:
        import h5py

        self._file = h5py.File(place, "r")
        self._names: list[str] = []

        def see(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                self._names.append(name)

        self._file.visititems(see)

    def names(self) -> list[str]:
        return self._names

    def get(self, name: str) -> Any:
        return self._file[name]

    def close(self) -> None:
        self._file.close()


class _ZarrGroup(Members):
    def __init__(self, group: Any) -> None:
        self._arrays = {
            name: item for name, item in group.members(max_depth=None) if hasattr(item, "shape")
        }

    def names(self) -> list[str]:
        return list(self._arrays)

    def get(self, name: str) -> Any:
        return self._arrays[name]

    def close(self) -> None:
        self._arrays.clear()


def _npy_header(file: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"]]:
    """Return dtype, shape and order; the file stands at the first byte of data then."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return dtype, shape, "F" if fortran else "C"


def _open_npy(place: Path) -> Any:
    with place.open("rb") as file:
        dtype, shape, _ = _npy_header(file)
    if dtype.hasobject:
        readable(dtype)  # refuses in words
    if math.prod(shape) == 0:
        return np.load(place, allow_pickle=False)
    return np.load(place, mmap_mode="r", allow_pickle=False)


def _open_zarr(place: Path) -> Any:
    import zarr

    found = zarr.open(str(place), mode="r")
    return found if hasattr(found, "shape") else _ZarrGroup(found)


#: What opens each format: an array, or members.
OPENERS: dict[str, Callable[[Path], Any]] = {
    "zarr": _open_zarr,
    "safetensors": _Safetensors,
    "safetensors index": _SafetensorsIndex,
    "npy": _open_npy,
    "npz": _Npz,
    "HDF5": _Hdf5,
}


def is_zarr(place: Path) -> bool:
    """Return whether a folder is a zarr array or group."""
    return any((place / name).is_file() for name in ("zarr.json", ".zarray", ".zgroup"))


def format_of(head: bytes, place: Path) -> str:
    """Return the format that a file's first bytes tell; ``"pickle"`` for what runs code."""
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "HDF5"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with zipfile.ZipFile(place) as packed:
            names = packed.namelist()
        if any(name.endswith("data.pkl") for name in names):
            return "pickle"
        return "npz" if all(name.endswith(".npy") for name in names) else "zip"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    if len(head) > 8 and head[8:9] == b"{" and head[4:8] == b"\0\0\0\0":
        return "safetensors"
    if head.lstrip()[:1] == b"{" and place.name.endswith(".json"):
        return "safetensors index"
    return "unknown"
