"""Who is this object? Told by the names of its types; nothing is imported to find out."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from tensorscope.adapters.base import Adapter
from tensorscope.errors import UnsupportedTensorError, clip

_TORCH = ("tensorscope.adapters.torch_", "TorchAdapter")
_PROXY = ("tensorscope.adapters.torch_stand_ins", "ProxyAdapter")
_TENSORDICT = ("tensorscope.adapters.torch_stand_ins", "TensorDictAdapter")
_NUMPY = ("tensorscope.adapters.numpy_", "NumpyAdapter")
_JAX = ("tensorscope.adapters.jax_", "JaxAdapter")
_TF = ("tensorscope.adapters.tf_", "TfAdapter")

#: Type (``module.qualname``, anywhere in the MRO) → module and class of its adapter. The private
#: homes of types move with the version of their framework: old ones stay listed.
_ADAPTERS = {
    "torch.Tensor": _TORCH,
    "torch.fx.proxy.Proxy": _PROXY,
    "tensordict.base.TensorDictBase": _TENSORDICT,
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
        container = isinstance(x, dict | list | tuple | set)
        raise UnsupportedTensorError(
            f"{clip(kind.__module__ + '.' + kind.__qualname__)} is no tensor that can be read: "
            + (
                "it is a container; pass one of its members"
                if container
                else "pass a tensor (PyTorch, TensorFlow, JAX) or an array, e.g. np.asarray(x)"
            ),
            "CONTAINER" if container else "NOT_NUMERIC",
        )
    return adapter
