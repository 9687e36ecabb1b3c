"""Tensors of every kind that an adapter claims to read, with the plain NumPy values they hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

#: Adapters under test. One that is named here and missing fails; it never skips.
ADAPTERS = os.environ.get(
    "TENSORSCOPE_TEST_ADAPTERS",
    "numpy,torch,jax,tensorflow,lazy,pandas,polars,scipy,sparse,pil,python,array",
).split(",")


@dataclass(frozen=True)
class Case:
    name: str
    framework: str
    make: Callable[[], tuple[Any, np.ndarray]]
    dtype: str
    #: What an extraction calls the element type, where the library has another word for it.
    element: str | None = None

    def __str__(self) -> str:
        return f"{self.framework}-{self.name}"


def _values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    count = int(np.prod(shape, dtype=int))
    rng = np.random.default_rng(7)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith("complex"):
        parts = rng.normal(size=(2, *shape))
        return (parts[0] + 1j * parts[1]).astype(dtype)
    if dtype.startswith(("int", "uint")):
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        if count:
            values.flat[0] = info.max
            values.flat[-1] = info.min
        return values
    values = rng.normal(size=shape)
    if count > 4:
        values.flat[:4] = [np.nan, np.inf, -np.inf, -0.0]
    return values.astype(dtype)


NUMPY_DTYPES = (
    "float64 float32 float16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool "
    "complex64 complex128"
).split()
SHAPE = (3, 4, 5)

#: Dtypes of the package ml_dtypes, which NumPy, JAX and TensorFlow arrays may have.
ML_DTYPES = (
    "bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz "
    "float8_e4m3 float8_e3m4 float8_e8m0fnu float4_e2m1fn int4 uint4 int2 uint2"
).split()


def _wide(name: str) -> str:
    """Return the NumPy dtype that holds every value of one of ml_dtypes'."""
    if name[0] in "iu":
        return "int8" if name[0] == "i" else "uint8"
    return "float64" if name == "float8_e8m0fnu" else "float32"


def _small_values(name: str) -> np.ndarray:
    """Return values of a dtype of ml_dtypes, every eight-bit pattern among them."""
    import ml_dtypes

    dtype = np.dtype(getattr(ml_dtypes, name))
    if name[0] in "iu":
        info = ml_dtypes.iinfo(dtype)
        return np.resize(np.arange(info.min, info.max + 1), SHAPE).astype(dtype)
    if dtype.itemsize == 2:
        return _values(SHAPE, "float32").astype(dtype)
    return np.arange(16 if name == "float4_e2m1fn" else 256, dtype="u1").reshape(4, -1).view(dtype)


class Hostile(np.ndarray):
    """Refuses to be indexed; pickles as any array."""

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("an index of its own")


def _numpy_cases() -> list[Case]:
    def case(name: str, make: Callable[[], np.ndarray], dtype: str = "float32") -> Case:
        return Case(name, "numpy", lambda: (lambda x: (x, np.array(x, subok=False)))(make()), dtype)

    def small(name: str) -> Case:
        def make() -> tuple[np.ndarray, np.ndarray]:
            x = _small_values(name)
            return x, x.astype(_wide(name))

        return Case(f"ml_dtypes {name}", "numpy", make, name)

    base = _values((4, 6, 5), "float32")
    cases = [small(name) for name in ML_DTYPES]
    cases += [case(d, lambda d=d: _values(SHAPE, d), d) for d in NUMPY_DTYPES]
    cases += [
        case("0-d", lambda: np.array(2.5, "f4")),
        case("scalar", lambda: np.float32(2.5)),
        case("empty", lambda: np.empty((0, 3), "f4")),
        case("12 dims", lambda: np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: base.transpose(2, 0, 1)),
        case("strided", lambda: base[::2, ::-1, 1:]),
        case("expanded", lambda: np.broadcast_to(base[:1], (4, 6, 5))),
        case("overlapping", lambda: np.lib.stride_tricks.sliding_window_view(base[0, 0], 3)),
        case("fortran", lambda: np.asfortranarray(base)),
        replace(case("big-endian", lambda: base.astype(">f4"), ">f4"), element="float32"),
        replace(
            case("big-endian int", lambda: _values(SHAPE, "int32").astype(">i4"), ">i4"),
            element="int32",
        ),
        case("hostile subclass", lambda: _values(SHAPE, "float32").view(Hostile)),
        case("masked, nothing masked", lambda: np.ma.array(base)),
        case("matrix", lambda: np.matrix(base[0])),
        case("read-only", lambda: np.frombuffer(base.tobytes(), "f4")),
    ]
    return cases


def _torch_cases() -> list[Case]:
    import torch

    from tests.adapters.torch_cases import KINDS

    def values_of(x: Any) -> np.ndarray:
        """Read through element-wise .item(), which no adapter uses."""
        flat = [v.item() for v in x.detach().reshape(-1)]
        name = str(x.dtype).removeprefix("torch.")
        kind = {"bfloat16": "float32", "complex32": "complex64", "float8_e8m0fnu": "float64"}
        dtype = kind.get(name, "float32" if name.startswith("float8") else name)
        return np.array(flat, dtype).reshape(tuple(x.shape))

    def case(name: str, make: Callable[[], Any], dtype: str = "float32") -> Case:
        return Case(name, "torch", lambda: (lambda x: (x, values_of(x)))(make()), dtype)

    def base() -> Any:
        return torch.from_numpy(_values((4, 6, 5), "float32"))

    def inference() -> Any:
        with torch.inference_mode():
            return torch.arange(6.0).reshape(2, 3)

    cases = [case(d, lambda d=d: torch.from_numpy(_values(SHAPE, d)), d) for d in NUMPY_DTYPES]
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"):
        cases.append(
            case(
                name,
                lambda n=name: torch.from_numpy(_values(SHAPE, "float32")).to(getattr(torch, n)),
                name,
            )
        )

    def half() -> Any:
        return torch.from_numpy(_values(SHAPE, "complex64")).to(torch.complex32)

    def conjugate() -> Any:
        return torch.from_numpy(_values(SHAPE, "complex64")).conj()

    def channels_last() -> Any:
        return torch.arange(120.0).view(2, 3, 4, 5).to(memory_format=torch.channels_last)

    bits = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    cases += [
        case("float8_e8m0fnu", lambda: bits.view(torch.float8_e8m0fnu), "float8_e8m0fnu"),
        case("complex32", half, "complex32"),
        case("leaf", lambda: base().requires_grad_()),
        case("graph", lambda: base().requires_grad_() * 2),
        case("parameter", lambda: torch.nn.Parameter(base())),
        case("inference", inference),
        case("conj view", conjugate, "complex64"),
        case("neg view", lambda: conjugate().imag),
        case("0-d", lambda: torch.tensor(2.5)),
        case("empty", lambda: torch.empty(0, 3)),
        case("12 dims", lambda: torch.arange(2.0**12).reshape((2,) * 12)),
        case("transposed", lambda: base().permute(2, 0, 1)),
        case("strided", lambda: base()[::2, :, 1:]),
        case("expanded", lambda: base()[:1].expand(4, 6, 5)),
        case("overlapping", lambda: torch.arange(9.0).unfold(0, 3, 1)),
        case("channels_last", channels_last),
        case("copy-on-write", lambda: torch._lazy_clone(torch.arange(6.0).view(2, 3))),
        case("zero tensor", lambda: torch._efficientzerotensor((2, 3))),
        case("bfloat16 transposed", lambda: base().to(torch.bfloat16).permute(2, 1, 0), "bfloat16"),
    ]  # fmt: skip
    for name, dtype, make, values in KINDS:
        both = Case(name, "torch", lambda m=make, v=values: (lambda x: (x, v(x)))(m()), dtype)
        cases.append(both)
    return cases


def _jax_cases() -> list[Case]:
    import jax
    import jax.numpy as jnp
    from jax.experimental import sparse

    from tests.adapters.jax_kinds import across, over_devices

    def case(name: str, make: Callable[[], Any], values: Any, dtype: str = "float32") -> Case:
        return Case(name, "jax", lambda: (make(), np.array(values)), dtype)

    def wide(make: Callable[[], Any]) -> Any:
        """Make an array of 64 bits: it stays one when they are switched off again."""
        with jax.enable_x64(True):
            return make()

    base = _values((4, 6, 5), "float32")
    whole = np.arange(16, dtype="f4").reshape(4, 4)
    spread = np.array([[0, 2, 0], [0, 0, 0], [7, 0, -1]], "f4")
    blocks = np.zeros((4, 3), "f4")
    blocks[[0, 2]] = [[1, 2, 3], [4, 5, 6]]
    many = np.stack([spread, spread.T * 2, np.eye(3, dtype="f4")])
    repeated = sparse.BCOO((jnp.array([3.0, 4.0]), jnp.array([[0, 2], [0, 2]])), shape=(2, 3))

    cases = [
        case(d, lambda d=d: wide(lambda: jnp.array(_values(SHAPE, d))), _values(SHAPE, d), d)
        for d in NUMPY_DTYPES
    ]
    for name in ML_DTYPES:
        values = _small_values(name)
        cases.append(case(name, lambda v=values: jnp.array(v), values.astype(_wide(name)), name))
    cases += [
        case("0-d", lambda: jnp.float32(2.5), np.float32(2.5)),
        case("empty", lambda: jnp.empty((0, 3)), np.empty((0, 3), "f4")),
        case("12 dims", lambda: jnp.arange(2.0**12).reshape((2,) * 12),
             np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: jnp.array(base).transpose(2, 0, 1), base.transpose(2, 0, 1)),
        case("subnormal", lambda: jnp.array([1e-40, -1e-40, 0, 1], "f4"),
             np.array([1e-40, -1e-40, 0, 1], "f4")),
        case("second device", lambda: jax.device_put(jnp.array(base), jax.devices()[1]), base),
        case("sharded", lambda: over_devices(whole, across("a", "b")), whole),
        case("sharded in rows", lambda: over_devices(whole, across("a")), whole),
        case("sharded bfloat16", lambda: over_devices(jnp.array(whole, "bfloat16"), across("b")),
             whole, "bfloat16"),
        case("sharded int4", lambda: over_devices(jnp.array(whole - 8, "int4"), across("a", "b")),
             (whole - 8).astype("i1"), "int4"),
        case("replicated", lambda: over_devices(whole, across()), whole),
        case("BCOO", lambda: sparse.BCOO.fromdense(jnp.array(spread)), spread),
        case("BCOO of rows", lambda: sparse.BCOO.fromdense(jnp.array(blocks), n_dense=1), blocks),
        case("BCOO padded", lambda: sparse.BCOO.fromdense(jnp.array(spread), nse=7), spread),
        case("BCOO repeated", lambda: repeated, np.array([[0, 0, 7], [0, 0, 0]], "f4")),
        case("BCOO batched", lambda: sparse.BCOO.fromdense(jnp.array(many), n_batch=1), many),
        case("BCOO of batches alike", lambda: sparse.bcoo_broadcast_in_dim(
            sparse.BCOO.fromdense(jnp.array(spread)), shape=(2, 3, 3),
            broadcast_dimensions=(1, 2)), np.stack([spread, spread])),
        case("BCSR", lambda: sparse.BCSR.fromdense(jnp.array(spread)), spread),
        case("BCSR padded", lambda: sparse.BCSR.fromdense(jnp.array(spread), nse=7), spread),
        case("BCSR batched", lambda: sparse.BCSR.fromdense(jnp.array(many), n_batch=1), many),
    ]  # fmt: skip
    return cases


def _tf_cases() -> list[Case]:
    import keras
    import tensorflow as tf

    def case(name: str, make: Callable[[], Any], values: Any, dtype: str = "float32") -> Case:
        return Case(name, "tensorflow", lambda: (make(), np.array(values)), dtype)

    def quantized(name: str, stored: str) -> Case:
        values = _values(SHAPE, stored)
        kind = getattr(tf, name)
        return case(name, lambda: tf.bitcast(tf.constant(values), kind), values, name)

    def array() -> Any:
        rows = tf.TensorArray(tf.float32, size=4)
        for k in range(4):
            rows = rows.write(k, base[k])
        return rows

    base = _values((4, 6, 5), "float32")
    spread = np.array([[0, 2, 0], [0, 0, 0], [7, 0, -1]], "f4")
    places = np.argwhere(spread)
    mixed = tf.SparseTensor(places[::-1], spread[spread != 0][::-1], (3, 3))
    rows = tf.IndexedSlices(tf.constant(base[0, :3]), tf.constant([2, 0, 2]), tf.constant([4, 5]))
    summed = np.stack([base[0, 1], np.zeros(5, "f4"), base[0, 0] + base[0, 2], np.zeros(5, "f4")])

    cases = [case(d, lambda d=d: tf.constant(_values(SHAPE, d)), _values(SHAPE, d), d)
             for d in NUMPY_DTYPES]  # fmt: skip
    for name in ML_DTYPES:
        if name in ("float8_e4m3", "float8_e3m4", "float8_e8m0fnu"):
            continue  # TensorFlow has no such dtypes
        small = _small_values(name)
        cases.append(case(name, lambda v=small: tf.constant(v), small.astype(_wide(name)), name))
    for name, stored in (
        ("qint8", "int8"), ("quint8", "uint8"), ("qint16", "int16"), ("quint16", "uint16"),
        ("qint32", "int32"),
    ):  # fmt: skip
        cases.append(quantized(name, stored))
    cases += [
        case("0-d", lambda: tf.constant(2.5), np.float32(2.5)),
        case("empty", lambda: tf.zeros((0, 3)), np.empty((0, 3), "f4")),
        case("12 dims", lambda: tf.constant(np.arange(2**12, dtype="f4").reshape((2,) * 12)),
             np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: tf.transpose(tf.constant(base), (2, 0, 1)),
             base.transpose(2, 0, 1)),
        case("subnormal", lambda: tf.constant([1e-40, -1e-40, 0, 1]),
             np.array([1e-40, -1e-40, 0, 1], "f4")),
        case("variable", lambda: tf.Variable(base), base),
        case("bfloat16 variable", lambda: tf.Variable(tf.cast(base, tf.bfloat16)),
             tf.cast(tf.cast(base, tf.bfloat16), tf.float32).numpy(), "bfloat16"),
        case("keras variable", lambda: keras.Variable(base), base),
        case("sparse", lambda: tf.SparseTensor(places, spread[spread != 0], (3, 3)), spread),
        case("sparse in no order", lambda: mixed, spread),
        case("sparse bool", lambda: tf.SparseTensor(places, [True] * 3, (3, 3)), spread != 0,
             "bool"),
        case("sparse int64", lambda: tf.SparseTensor(places, spread[spread != 0].astype("i8"),
             (3, 3)), spread.astype("i8"), "int64"),
        case("indexed slices", lambda: rows, summed),
        case("tensor array", array, base),
        case("ragged, all rows alike",
             lambda: tf.RaggedTensor.from_row_lengths(np.arange(6, dtype="f4"), [3, 3]),
             np.arange(6, dtype="f4").reshape(2, 3)),
    ]  # fmt: skip
    return cases


def _plain_cases() -> list[Case]:
    """Tables, images, lists: all given with the plain NumPy values that they hold."""
    return [*_table_cases(), *_sparse_cases(), *_python_cases()]


def _table_cases() -> list[Case]:
    import pandas as pd
    import polars as pl

    def case(framework: str, name: str, make: Callable[[], Any], values: Any, dtype: str) -> Case:
        return Case(name, framework, lambda: (make(), np.array(values)), dtype)

    cases = []
    for d in NUMPY_DTYPES:
        if d == "float16":
            continue  # polars and pandas differ on halves; NumPy's own cases have them
        values = _values((6,), d)
        cases.append(case("pandas", d, lambda v=values: pd.Series(v), values, d))
        if not d.startswith("complex"):
            name = {"bool": "Boolean", "uint": "UInt"}.get(d.rstrip("0123456789"))
            spoken = d.replace("uint", "UInt").capitalize() if name is None else name
            spoken = d.replace("uint", "UInt") if d.startswith("uint") else spoken
            cases.append(case("polars", d, lambda v=values: pl.Series(v), values, spoken))
    wide, big = _values((6, 3), "float64"), _values((6,), "int64")
    cases += [
        case("pandas", "frame", lambda: pd.DataFrame(wide, columns=list("abc")), wide, "float64"),
        case("pandas", "frame of columns", lambda: pd.DataFrame({k: wide[:, k] for k in range(3)}),
             wide, "float64"),
        case("pandas", "index", lambda: pd.Index(big), big, "int64"),
        case("pandas", "nullable", lambda: pd.Series(big, dtype="Int64"), big, "Int64"),
        case("pandas", "nullable frame", lambda: pd.DataFrame({"a": big, "b": big}, dtype="Int64"),
             np.stack([big, big], -1), "Int64"),
        case("pandas", "extension array", lambda: pd.array(big, dtype="Int64"), big, "Int64"),
        case("pandas", "boolean", lambda: pd.Series(big > 0, dtype="boolean"), big > 0, "boolean"),
        case("pandas", "labels that mislead", lambda: pd.Series(big, index=range(6, 0, -1)), big,
             "int64"),
        case("pandas", "sparse", lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.0, 0.0])),
             [0.0, 1.0, 0.0], "Sparse[float64, nan]"),
        case("pandas", "empty", lambda: pd.Series([], dtype="float64"), np.empty(0), "float64"),
        case("polars", "frame", lambda: pl.DataFrame(wide, list("abc")), wide, "Float64"),
        case("polars", "empty", lambda: pl.Series([], dtype=pl.Float64), np.empty(0), "Float64"),
    ]  # fmt: skip
    return cases


def _sparse_cases() -> list[Case]:
    import scipy.sparse as ss
    import sparse

    def case(framework: str, name: str, make: Callable[[], Any], values: Any) -> Case:
        values = np.array(values)
        return Case(name, framework, lambda: (make(), values), values.dtype.name)

    spread = np.array([[0, 2.0, 0, 0], [0, 0, 0, np.nan], [7, 0, -1, 0]])
    cube = np.zeros((2, 3, 4))
    cube[1, 2, 3], cube[0, 1, 1] = 5, -2
    cases = []
    for form in ("csr", "csc", "coo", "bsr", "lil", "dok", "dia"):
        for kind in ("array", "matrix"):
            make = getattr(ss, f"{form}_{kind}")
            cases.append(case("scipy", f"{form}_{kind}", lambda m=make: m(spread), spread))
    twice = ([5.0, 1.0, 2.0], ([0, 0, 1], [1, 1, 0]))
    cases += [
        case("scipy", "coo repeated", lambda: ss.coo_array(twice, shape=(2, 3)),
             [[0.0, 6, 0], [2, 0, 0]]),
        case("scipy", "csr of one dim", lambda: ss.csr_array(spread[0]), spread[0]),
        case("scipy", "coo of three dims", lambda: ss.coo_array(cube), cube),
        case("scipy", "int8", lambda: ss.csr_array(cube[1].astype("i1")), cube[1].astype("i1")),
        case("scipy", "empty", lambda: ss.csr_array((0, 3)), np.empty((0, 3))),
        case("sparse", "COO", lambda: sparse.COO.from_numpy(cube), cube),
        case("sparse", "COO filled with 1", lambda: sparse.COO.from_numpy(cube) + 1, cube + 1),
        case("sparse", "GCXS", lambda: sparse.GCXS.from_numpy(cube), cube),
        case("sparse", "DOK", lambda: sparse.DOK.from_numpy(cube), cube),
    ]  # fmt: skip
    return cases


def _python_cases() -> list[Case]:
    from array import array

    from PIL import Image

    from tests.adapters import speakers

    def case(framework: str, name: str, make: Callable[[], Any], values: Any, dtype: str) -> Case:
        return Case(name, framework, lambda: (make(), np.array(values)), dtype)

    rows, words = [[1, 2, 3], [4, -5, 6]], [1, 2**62, -7]
    pixels = np.arange(24, dtype="u1").reshape(2, 4, 3)
    bits, far = pixels[..., 0] > 9, [2**64 - 1, 3]
    return [
        case("python", "list of int", lambda: rows, rows, "int"),
        case("python", "list of float", lambda: [1.5, float("nan"), -0.0], [1.5, np.nan, -0.0],
             "float"),
        case("python", "list of both", lambda: [1, 2.5], [1.0, 2.5], "float"),
        case("python", "list of bool", lambda: [True, False], [True, False], "bool"),
        case("python", "list of complex", lambda: [1 + 2j, 3], [1 + 2j, 3], "complex"),
        case("python", "beyond int64", lambda: list(far), np.array(far, "u8"), "int"),
        case("python", "tuple", lambda: (1.5, 2.5), [1.5, 2.5], "float"),
        case("python", "range", lambda: range(3, 30, 4), list(range(3, 30, 4)), "int"),
        case("python", "empty list", list, np.empty(0), "float"),
        case("python", "int", lambda: 7, 7, "int"),
        case("python", "float", lambda: 2.5, 2.5, "float"),
        case("python", "bool", lambda: True, True, "bool"),
        case("python", "complex", lambda: 1 + 2j, 1 + 2j, "complex"),
        case("python", "array", lambda: array("q", words), words, "int64"),
        case("python", "bytearray", lambda: bytearray(b"ab\xff"),
             np.array([97, 98, 255], "u1"), "uint8"),
        case("pil", "RGB", lambda: Image.fromarray(pixels), pixels, "uint8"),
        case("pil", "1 bit", lambda: Image.fromarray(bits), bits, "bool"),
        case("pil", "16 bit", lambda: Image.fromarray(pixels[..., 0].astype("u2") * 999),
             pixels[..., 0].astype("u2") * 999, "uint16"),
        case("pil", "palette", lambda: Image.fromarray(pixels[..., 0]).convert("P"), pixels[..., 0],
             "uint8"),
        case("array", "__array__", lambda: speakers.Array(pixels), pixels, "uint8"),
        case("array", "__array_interface__", lambda: speakers.Interface(pixels), pixels, "uint8"),
        case("array", "__dlpack__", lambda: speakers.Capsule(pixels), pixels, "uint8"),
        case("array", "other device", lambda: speakers.Device(pixels), pixels, "uint8"),
    ]  # fmt: skip


_PLAIN = ("pandas", "polars", "scipy", "sparse", "pil", "python", "array")
#: Frameworks of arrays that are read in chunks.
LAZY = ("dask", "zarr", "h5py", "xarray", "safetensors", "file")


def _lazy_cases() -> list[Case]:
    import xarray as xr

    from tests.adapters import lazy_kinds as lazy

    base = _values((5, 6, 7), "float32")
    chunks = (2, 6, 3)

    def case(
        name: str, framework: str, make: Callable[[np.ndarray], Any], values: np.ndarray = base,
        dtype: str = "",
    ) -> Case:  # fmt: skip
        plain = values.astype(values.dtype.newbyteorder("="))
        return Case(name, framework, lambda: (make(values), plain), dtype or plain.dtype.name)

    def zarr(v: np.ndarray, **options: Any) -> Any:
        fitting = zip(chunks, v.shape, strict=False)
        return lazy.stored(v, tuple(min(c, max(n, 1)) for c, n in fitting), **options)

    def named(v: Any) -> Any:
        return xr.DataArray(v, dims=("lat", "lon", "my level"))

    cases = []
    for dtype in NUMPY_DTYPES:
        values = _values(SHAPE, dtype)
        cases += [
            case(dtype, "zarr", zarr, values),
            case(dtype, "dask", lambda v: lazy.lazy_dask(v, 2), values),
            case(dtype, "h5py", lambda v: lazy.dataset(v, chunks=(2, 3, 2)), values),
        ]
    halves = np.arange(1 << 16, dtype="u2").reshape(4, 64, 256)
    wide = (halves.astype("u4") << 16).view("f4")
    return [
        *cases,
        case("0-d", "zarr", zarr, np.array(2.5, "f4")),
        case("0-d", "dask", lambda v: lazy.lazy_dask(v, -1), np.array(2.5, "f4")),
        case("0-d", "h5py", lazy.dataset, np.array(2.5, "f4")),
        case("0-d", "file", lazy.opened, np.array(2.5, "f4")),
        case("empty", "zarr", zarr, np.empty((0, 3), "f4")),
        case("empty", "dask", lambda v: lazy.lazy_dask(v, -1), np.empty((0, 3), "f4")),
        case("empty", "h5py", lazy.dataset, np.empty((0, 3), "f4")),
        case("sharded", "zarr", lambda v: zarr(v, shards=(4, 6, 6))),
        case("big-endian", "zarr", zarr, base.astype(">f4")),
        case("contiguous", "h5py", lazy.dataset),
        case("big-endian", "h5py", lazy.dataset, base.astype(">f4")),
        case("computed", "dask", lambda v: lazy.lazy_dask(v, chunks)[::-1][::-1] * 1),
        case("uneven", "dask", lambda v: lazy.lazy_dask(v, ((1, 4), (6,), (3, 1, 3)))),
        case("in memory", "xarray", named),
        case("over dask", "xarray", lambda v: named(lazy.lazy_dask(v, chunks))),
        case("from a file", "xarray", lambda v: lazy.lazy_xarray(v, chunks)),
        case("slice", "safetensors", lazy.safe_slice),
        case("slice for torch", "safetensors", lambda v: lazy.safe_slice(v, "pt")),
        case("safetensors", "file", lazy.opened),
        case("safetensors bfloat16", "file", lambda v: lazy.opened_bits(halves, "BF16"), wide,
             "bfloat16"),
        case("npz", "file", lambda v: lazy.member(v, False)),
        case("npz fortran", "file", lambda v: lazy.member(np.asfortranarray(v), False)),
        case("npz compressed", "file", lambda v: lazy.member(v, True)),
        case("npz compressed fortran", "file", lambda v: lazy.member(np.asfortranarray(v), True)),
        case("npz big-endian", "file", lambda v: lazy.member(v, True), base.astype(">f4")),
    ]  # fmt: skip


_MAKERS = {
    "numpy": _numpy_cases,
    "torch": _torch_cases,
    "jax": _jax_cases,
    "tensorflow": _tf_cases,
    "lazy": _lazy_cases,
}
CASES = [case for adapter in ADAPTERS if adapter in _MAKERS for case in _MAKERS[adapter]()]
if set(ADAPTERS) & set(_PLAIN):
    CASES += [
        replace(case, element=case.make()[1].dtype.name)
        for case in _plain_cases()
        if case.framework in ADAPTERS
    ]
