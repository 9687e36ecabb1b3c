"""Who is this object? Told by the names of its types; nothing is imported to find out."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from tensorscope.adapters.base import Adapter
from tensorscope.errors import UnsupportedTensorError, clip

_TORCH = ("tensorscope.adapters.torch_", "TorchAdapter")
_NUMPY = ("tensorscope.adapters.numpy_", "NumpyAdapter")
_JAX = ("tensorscope.adapters.jax_", "JaxAdapter")
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
    "numpy.ndarray": _NUMPY,
    "numpy.generic": _NUMPY,
    "jaxlib._jax.ArrayImpl": _JAX,
    "jaxlib.xla_extension.ArrayImpl": _JAX,
    "jax._src.core.Tracer": _JAX,
    "jax._src.random.prng.PRNGKeyArray": _JAX,
    "jax._src.prng.PRNGKeyArray": _JAX,
    "jax.ShapeDtypeStruct": _JAX,
    "jax._src.api.ShapeDtypeStruct": _JAX,
    "jax.experimental.sparse._base.JAXSparse": _JAX,
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
_CONTAINERS = {
    "xarray.core.dataset.Dataset": "ds['name']",
    "zarr.core.group.Group": "group['name']",
    "zarr.hierarchy.Group": "group['name']",
    "h5py._hl.group.Group": "file['name']",
    "builtins.safe_open": "file.get_slice('name')",
    "tensorscope.opening.Opened": "opened['name']",
}


def _look_up(kind: type) -> Adapter | None:
    for base in kind.__mro__:
        module = getattr(base, "__module__", "")
        # torch's own base moves between torch and torch._tensor with the version.
        module = "torch" if module == "torch._tensor" else module
        entry = _ADAPTERS.get(f"{module}.{base.__qualname__}")
        if entry:
            adapter: Adapter = getattr(import_module(entry[0]), entry[1])()
            return adapter
    return None


_KNOWN: WeakKeyDictionary[type, Adapter | None] = WeakKeyDictionary()


def _adapter_of_type(kind: type) -> Adapter | None:
    if kind not in _KNOWN:
        _KNOWN[kind] = _look_up(kind)
    return _KNOWN[kind]


def is_tensor(x: Any) -> bool:
    """Return whether an adapter knows this object's type."""
    return _adapter_of_type(type(x)) is not None


def adapter_of(x: Any) -> Adapter:
    """Return the adapter for `x`.

    Raises
    ------
    UnsupportedTensorError
        No adapter knows the type.
    """
    adapter = _adapter_of_type(type(x))
    if adapter is None:
        kind = type(x)
        names = [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__]
        taken = next((_CONTAINERS[name] for name in names if name in _CONTAINERS), None)
        container = taken is not None or isinstance(x, dict | list | tuple | set)
        member = f", e.g. {taken}" if taken else ""
        raise UnsupportedTensorError(
            f"{clip(kind.__module__ + '.' + kind.__qualname__)} is no tensor that can be read: "
            + (
                f"it is a container; pass one of its members{member}"
                if container
                else "pass a tensor (PyTorch, TensorFlow, JAX) or an array, e.g. np.asarray(x)"
            ),
            "CONTAINER" if container else "NOT_NUMERIC",
        )
    return adapter
