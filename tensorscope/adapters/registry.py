"""Who is this object? Told by the names of its types; nothing is imported to find out."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from tensorscope.adapters.base import Adapter

_TORCH = ("tensorscope.adapters.torch_", "TorchAdapter")
_PROXY = ("tensorscope.adapters.torch_stand_ins", "ProxyAdapter")
_TENSORDICT = ("tensorscope.adapters.torch_stand_ins", "TensorDictAdapter")
_TORCH_MASKED = ("tensorscope.adapters.torch_masked", "TorchMaskedAdapter")
_NUMPY = ("tensorscope.adapters.numpy_", "NumpyAdapter")
_MASKED = ("tensorscope.adapters.numpy_masked", "MaskedAdapter")
_LIST = ("tensorscope.adapters.python_", "ListAdapter")
_SCALAR = ("tensorscope.adapters.python_", "ScalarAdapter")
_BUFFER = ("tensorscope.adapters.python_", "BufferAdapter")
_PIL = ("tensorscope.adapters.pil_", "PilAdapter")
_PANDAS = ("tensorscope.adapters.pandas_", "PandasAdapter")
_POLARS = ("tensorscope.adapters.polars_", "PolarsAdapter")
_SCIPY = ("tensorscope.adapters.scipy_", "ScipyAdapter")
_SPARSE = ("tensorscope.adapters.sparse_", "SparseAdapter")
_ARRAY = ("tensorscope.adapters.protocol_", "ProtocolAdapter")
_DEVICE = ("tensorscope.adapters.protocol_", "DeviceAdapter")
_JAX = ("tensorscope.adapters.jax_", "JaxAdapter")
_FLAX = ("tensorscope.adapters.flax_", "VariableAdapter")
_TF = ("tensorscope.adapters.tf_", "TfAdapter")
_ZARR = ("tensorscope.adapters.zarr_", "ZarrAdapter")
_H5PY = ("tensorscope.adapters.h5py_", "H5pyAdapter")
_SAFETENSORS = ("tensorscope.adapters.safetensors_", "SafetensorsAdapter")
_DASK = ("tensorscope.adapters.dask_", "DaskAdapter")
_XARRAY = ("tensorscope.adapters.xarray_", "XarrayAdapter")
_FILE = ("tensorscope.adapters.file_", "FileAdapter")

#: Type (``module.qualname``, anywhere in the MRO) → module and class of its adapter. The private
#: homes of types move with the version of their framework: old ones stay listed.
_ADAPTERS = {
    "torch.Tensor": _TORCH,
    "torch.fx.proxy.Proxy": _PROXY,
    "tensordict.base.TensorDictBase": _TENSORDICT,
    "torch.masked.maskedtensor.core.MaskedTensor": _TORCH_MASKED,
    "numpy.ndarray": _NUMPY,
    "numpy.generic": _NUMPY,
    "numpy.ma.MaskedArray": _MASKED,
    "numpy.ma.core.MaskedArray": _MASKED,
    "jaxlib._jax.ArrayImpl": _JAX,
    "jaxlib.xla_extension.ArrayImpl": _JAX,
    "jax._src.core.Tracer": _JAX,
    "jax._src.random.prng.PRNGKeyArray": _JAX,
    "jax._src.prng.PRNGKeyArray": _JAX,
    "jax.ShapeDtypeStruct": _JAX,
    "jax._src.api.ShapeDtypeStruct": _JAX,
    "jax.experimental.sparse._base.JAXSparse": _JAX,
    "flax.nnx.variablelib.Variable": _FLAX,
    "flax.nnx.variables.Variable": _FLAX,
    "tensorflow.python.framework.tensor.Tensor": _TF,
    "tensorflow.python.framework.tensor.TensorSpec": _TF,
    "tensorflow.python.framework.ops.Tensor": _TF,
    "tensorflow.python.ops.resource_variable_ops.BaseResourceVariable": _TF,
    "tensorflow.python.ops.ragged.ragged_tensor.RaggedTensor": _TF,
    "tensorflow.python.framework.sparse_tensor.SparseTensor": _TF,
    "tensorflow.python.framework.indexed_slices.IndexedSlices": _TF,
    "tensorflow.python.ops.tensor_array_ops.TensorArray": _TF,
    "tensorflow.python.util.tf_should_use.ShouldUseWrapper": _TF,
    "keras.src.backend.tensorflow.core.Variable": _TF,
    "keras.src.backend.common.keras_tensor.KerasTensor": _TF,
    "pandas.Series": _PANDAS,
    "pandas.DataFrame": _PANDAS,
    "pandas.Index": _PANDAS,
    "pandas.core.series.Series": _PANDAS,
    "pandas.core.frame.DataFrame": _PANDAS,
    "pandas.core.indexes.base.Index": _PANDAS,
    "pandas.core.arrays.base.ExtensionArray": _PANDAS,
    "pandas.api.extensions.ExtensionArray": _PANDAS,
    "polars.series.series.Series": _POLARS,
    "polars.dataframe.frame.DataFrame": _POLARS,
    "polars.lazyframe.frame.LazyFrame": _POLARS,
    "scipy.sparse._base._spbase": _SCIPY,
    "scipy.sparse._base.spmatrix": _SCIPY,
    "sparse.numba_backend._sparse_array.SparseArray": _SPARSE,
    "sparse._sparse_array.SparseArray": _SPARSE,
    "PIL.Image.Image": _PIL,
    "builtins.list": _LIST,
    "builtins.tuple": _LIST,
    "builtins.range": _LIST,
    "builtins.int": _SCALAR,
    "builtins.float": _SCALAR,
    "builtins.complex": _SCALAR,
    "array.array": _BUFFER,
    "builtins.memoryview": _BUFFER,
    "builtins.bytearray": _BUFFER,
    "builtins.bytes": _BUFFER,
    "mmap.mmap": _BUFFER,
    "dask.array.core.Array": _DASK,
    "zarr.core.array.Array": _ZARR,
    "zarr.core.array.AsyncArray": _ZARR,
    "zarr.core.Array": _ZARR,
    "h5py._hl.dataset.Dataset": _H5PY,
    "xarray.core.dataarray.DataArray": _XARRAY,
    "xarray.core.variable.Variable": _XARRAY,
    "builtins.PySafeSlice": _SAFETENSORS,
    "tensorscope.adapters.file_array.FileArray": _FILE,
}

#: What holds arrays and is none, and how to take one out.
CONTAINERS = {
    "xarray.core.dataset.Dataset": "ds['name']",
    "zarr.core.group.Group": "group['name']",
    "zarr.hierarchy.Group": "group['name']",
    "h5py._hl.group.Group": "file['name']",
    "builtins.safe_open": "file.get_slice('name')",
    "tensorscope.opening.Opened": "opened['name']",
}

#: What a type has that is an array without being known here.
_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def names_of(kind: type) -> list[str]:
    """Return what the types are called that a type is made of."""
    found = []
    for base in kind.__mro__:
        module = getattr(base, "__module__", "")
        # torch's own base moves between torch and torch._tensor with the version.
        module = "torch" if module == "torch._tensor" else module
        found.append(f"{module}.{base.__qualname__}")
    return found


def _look_up(kind: type) -> Adapter | None:
    names = names_of(kind)
    entry = next((_ADAPTERS[name] for name in names if name in _ADAPTERS), None)
    if entry is not None:
        return _made(entry)
    if any(name in CONTAINERS for name in names):
        return None
    # Not known by name: by what its type can do.
    if any(name in base.__dict__ for base in kind.__mro__ for name in _PROTOCOLS):
        from tensorscope.adapters import protocol_

        if protocol_.is_device_array(kind):
            return _made(_DEVICE)
        return _made(_ARRAY) if protocol_.is_array_like(kind) else None
    return None


def _made(entry: tuple[str, str]) -> Adapter:
    adapter: Adapter = getattr(import_module(entry[0]), entry[1])()
    return adapter


_KNOWN: WeakKeyDictionary[type, Adapter | None] = WeakKeyDictionary()


def _adapter_of_type(kind: type) -> Adapter | None:
    if kind not in _KNOWN:
        _KNOWN[kind] = _look_up(kind)
    return _KNOWN[kind]


def is_tensor(x: Any) -> bool:
    """Return whether an adapter knows this object's type."""
    return _adapter_of_type(type(x)) is not None


#: Adapters of arrays proper. Tables, images, lists and numbers have displays of their own.
_ARRAYS = (
    _TORCH,
    _TORCH_MASKED,
    _NUMPY,
    _MASKED,
    _SCIPY,
    _SPARSE,
    _JAX,
    _FLAX,
    _TF,
    _ZARR,
    _H5PY,
    _SAFETENSORS,
    _FILE,
)


_TABLES = (_PANDAS, _POLARS, _XARRAY, _DASK, _PIL)


def array_types() -> list[str]:
    """Return the types of arrays by name, ``module.qualname``: no scalars, tables or images."""
    moved = ["torch._tensor.Tensor"]
    return moved + [k for k, v in _ADAPTERS.items() if v in _ARRAYS and k != "numpy.generic"]


def is_array(x: Any) -> bool:
    """Return whether `x` is an array proper: of one of :func:`array_types`."""
    known = set(array_types())
    return any(f"{base.__module__}.{base.__qualname__}" in known for base in type(x).__mro__)


def is_array_or_table(x: Any) -> bool:
    """Return whether `x` is an array, or a table or image, which have displays of their own too."""
    name = next((n for n in names_of(type(x)) if n in _ADAPTERS), "numpy.generic")
    return name != "numpy.generic" and _ADAPTERS[name] in (*_ARRAYS, *_TABLES)


def is_known(x: Any) -> bool:
    """Return whether this object's type is known by name, and not by a protocol that it offers."""
    return any(name in _ADAPTERS for name in names_of(type(x)))


def adapter_of(x: Any) -> Adapter:
    """Return the adapter for `x`.

    Raises
    ------
    UnsupportedTensorError
        No adapter knows the type.
    """
    adapter = _adapter_of_type(type(x))
    if adapter is None:
        from tensorscope.adapters.refused import refusal  # it asks us what members are

        raise refusal(x)
    return adapter
