"""Files are opened by what they are, read as they are looked at, and never unpickled."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr
from safetensors.numpy import save_file

import tensorscope as ts

VALUES = np.random.default_rng(0).normal(size=(5, 6, 7)).astype("f4")


def make(folder: Path, kind: str) -> Path:
    path = folder / "data.bin"  # the name says nothing
    if kind == "npz":
        np.savez(folder / "x.npz", w=VALUES)
        (folder / "x.npz").rename(path)
    elif kind == "npz compressed":
        np.savez_compressed(folder / "x.npz", w=VALUES)
        (folder / "x.npz").rename(path)
    elif kind == "safetensors":
        save_file({"w": VALUES}, path)
    elif kind == "HDF5":
        with h5py.File(path, "w") as file:
            file["w"] = VALUES
    else:
        zarr.create_group(path).create_array("w", data=VALUES, chunks=(2, 3, 7))
    return path


KINDS = ["npz", "npz compressed", "safetensors", "HDF5", "zarr"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mapping_of_arrays(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path, kind)
    with ts.open(path) as opened:
        assert list(opened) == ["w"]
        assert "float32 (5, 6, 7)" in repr(opened)
        found = ts.extract(opened["w"], "[3, ::-2, 1:6:2]")
        assert np.array_equal(found.numpy(), VALUES[3, ::-2, 1:6:2])
        assert found.code.startswith(f"ts.open({str(path)!r})['w'][3,")
        assert np.array_equal(eval(found.code, {"ts": ts, "np": np}), found.numpy())
        assert ts.topk(opened["w"], 1).values[0] == VALUES.max()
        with pytest.raises(KeyError):
            opened["v"]
        kept = opened["w"]
    assert "closed" in repr(opened)
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        opened["w"]
    assert caught.value.kind == "CLOSED"
    if kind != "zarr":  # whose stores stay open
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            ts.extract(kept)
        assert caught.value.kind == "CLOSED"


def test_one_array(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", VALUES)
    x = ts.open(tmp_path / "x.npy")
    assert isinstance(x, np.memmap)
    assert not x.flags.writeable
    code = ts.extract(x, "[1, 2]").code
    assert "ts.open(" in code
    assert np.array_equal(eval(code, {"np": np, "ts": ts}), VALUES[1, 2])
    zarr.create_array(tmp_path / "x.zarr", data=VALUES)
    assert ts.extract(ts.open(tmp_path / "x.zarr"), (1, 2, 3)).item() == VALUES[1, 2, 3]


def index_of(folder: Path, file: str) -> Path:
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": {"w": file}}))
    return path


def test_an_index_of_several_files(tmp_path: Path) -> None:
    save_file({"w": VALUES}, tmp_path / "model-00001-of-00002.safetensors")
    opened = ts.open(index_of(tmp_path, "model-00001-of-00002.safetensors"))
    assert ts.extract(opened["w"], (1, 2, 3)).item() == VALUES[1, 2, 3]
    with pytest.raises(ts.OpenError) as caught:
        ts.open(index_of(tmp_path, "gone.safetensors"))["w"]
    assert caught.value.kind == "MISSING"


@pytest.mark.parametrize("file", ["../model.safetensors", "/etc/passwd", "a\\b", "..", 3])
def test_an_index_leads_nowhere_else(tmp_path: Path, file: str) -> None:
    with pytest.raises(ts.OpenError, match="only names in its own folder"):
        ts.open(index_of(tmp_path, file))


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("it was unpickled",)


def test_pickles_are_refused(tmp_path: Path) -> None:
    import torch

    objects = np.array([Bomb()], dtype=object)
    np.save(tmp_path / "x.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "x.npz", allow_pickle=True, x=objects)
    (tmp_path / "x.pkl").write_bytes(pickle.dumps([1, 2]))
    torch.save({"w": torch.ones(2)}, tmp_path / "x.pt")
    for name in ("x.npy", "x.pkl", "x.pt"):
        with pytest.raises(ts.TensorScopeError, match="pickle"):
            ts.open(tmp_path / name)
    with pytest.raises(ts.UnsupportedTensorError, match="never unpickled"):
        ts.open(tmp_path / "x.npz")["x"]


@pytest.mark.parametrize("kind", ["npz", "npz compressed", "safetensors", "HDF5"])
def test_a_file_that_breaks_off(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ts.TensorScopeError) as caught:
        ts.extract(ts.open(path)["w"])
    assert caught.value.kind in ("CORRUPT", "USER_ERROR")
    assert len(str(caught.value)) <= 600


def test_a_file_that_is_cut_while_it_is_open(tmp_path: Path) -> None:
    path = make(tmp_path, "safetensors")
    x = ts.open(path)["w"]
    with path.open("r+b") as file:
        file.truncate(100)
    with pytest.raises(ts.UnsupportedTensorError, match="truncated") as caught:
        ts.stats(x)
    assert caught.value.kind == "FREED"


@pytest.mark.parametrize(
    ("content", "kind"), [(None, "MISSING"), (b"", "FORMAT"), (b"hello world", "FORMAT")]
)
def test_what_is_no_such_file(tmp_path: Path, content: bytes | None, kind: str) -> None:
    path = tmp_path / "x.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ts.OpenError) as caught:
        ts.open(path)
    assert caught.value.kind == kind
    with pytest.raises(ts.OpenError, match="folder"):
        ts.open(tmp_path)


def test_a_header_that_no_longer_ends_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((2, 3)))
    path.write_bytes(path.read_bytes().replace(b"(2, 3)", b"(2, 3 "))
    with pytest.raises(ts.TensorScopeError) as caught:
        ts.open(path)
    assert caught.value.kind == "CORRUPT"


def test_a_packing_that_nobody_knows_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(3))
    content = bytearray(path.read_bytes())
    # It stands once before the array, and once in the directory.
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 77
    path.write_bytes(content)
    with ts.open(path) as found, pytest.raises(ts.TensorScopeError) as caught:
        found["a"]
    assert caught.value.kind == "CORRUPT"


def test_a_damaged_tree_of_groups_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["a"] = np.zeros(3)
    content = path.read_bytes()
    assert content.count(b"HEAP") == 1
    path.write_bytes(content.replace(b"HEAP", b"HEEP"))
    with pytest.raises(ts.TensorScopeError) as caught:
        ts.open(path)
    assert caught.value.kind == "CORRUPT"


def test_code_of_a_mapped_array_gives_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for dtype in ("<f4", ">f4", "datetime64[s]"):
        np.save(path, np.arange(6).astype(dtype).reshape(2, 3))
        x = ts.open(path)
        for sel in ("[:, :]", "[1, ::-1]", "[1:, 2]"):
            got = ts.extract(x, sel)
            ran = eval(got.code, {"np": np, "ts": ts})
            assert type(ran) is type(got.numpy()) is np.ndarray, got.code
            assert ran.tolist() == got.numpy().tolist()
        indices, values = eval(ts.topk(x, 2).code, {"np": np, "ts": ts})
        assert type(indices) is type(values) is np.ndarray
