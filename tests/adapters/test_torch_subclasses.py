"""Subclasses of PyTorch's tensor that answer for their values themselves, and what is no tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

import tensorscope as ts


class Scaled(torch.Tensor):
    """Holds integers and a scale; any operation works on the product."""

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Scaled:
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=torch.float32)

    def __init__(self, inner: torch.Tensor) -> None:
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.detach.default:
            return cls(args[0].inner)
        plain = [a.inner.float() * 0.5 if isinstance(a, Scaled) else a for a in args]
        return func(*plain, **kwargs or {})


class Logged(torch.Tensor):
    """Wraps what every operation gives."""

    calls: ClassVar[list[str]] = []

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Logged:
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner: torch.Tensor) -> None:
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.calls.append(str(func))
        plain = [a.inner if isinstance(a, Logged) else a for a in args]
        result = func(*plain, **kwargs or {})
        if func is torch.ops.aten.copy_.default:
            return args[0]
        return cls(result) if isinstance(result, torch.Tensor) else result


class Whole(Scaled):
    """Cannot be indexed, as many quantized subclasses; says how it becomes plain."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError(f"{func} is not known")

    def dequantize(self) -> torch.Tensor:
        return self.inner.float() * 0.5


class Refusing(Scaled):
    """Raises on every operation."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError(f"{func} is not known")


class Idle(Scaled):
    """Takes every operation and does nothing."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return args[0]


GRID = torch.arange(6).view(2, 3)


@pytest.mark.parametrize(
    ("make", "factor"), [(Scaled, 0.5), (Whole, 0.5), (lambda g: Logged(g.float()), 1.0)]
)
def test_a_subclass_says_its_own_values(
    make: Callable[[Any], Any], factor: float, run: Any
) -> None:
    x, values = make(GRID), GRID.numpy().astype("f4") * np.float32(factor)
    info = ts.describe(x)
    assert (info.shape, info.dtype) == ((2, 3), "float32")
    assert any("operations of its own" in note for note in info.notes)
    for sel in ("[1, 2]", "[:, ::-1]", "[0]", "[...]", "[mean, :]"):
        got = ts.extract(x, sel)
        expected = values.mean(0) if "mean" in sel else eval(f"v{sel}", {"v": values})
        assert np.allclose(got.numpy(), expected), sel
        assert np.array_equal(run(got.code, x=x), got.numpy()), got.code
    assert ts.where(x, f"> {4 * factor}").indices.tolist() == [[1, 2]]
    assert ts.stats(x).max == values.max()
    scope = ts.scope(x)
    scope.cell = (1, 1)
    assert np.array_equal(scope.value, values)


def test_one_element_is_indexed_first() -> None:
    x = Logged(torch.arange(6.0).view(2, 3))
    Logged.calls.clear()
    assert ts.extract(x, "[1, 2]").item() == 5.0
    assert "aten._local_scalar_dense.default" in Logged.calls
    assert not any("copy" in call or "clone" in call for call in Logged.calls)


@pytest.mark.parametrize("make", [Refusing, Idle])
def test_an_exception_of_a_subclass_is_passed_on(make: type[Scaled]) -> None:
    x = make(GRID)
    assert ts.describe(x).shape == (2, 3)
    for ask in (
        lambda: ts.extract(x).numpy(), lambda: ts.stats(x), lambda: ts.where(x, "> 0"),
        lambda: ts.scope(x).value,
    ):  # fmt: skip
        with pytest.raises(ts.UnsupportedTensorError, match=make.__name__) as caught:
            ask()
        assert caught.value.kind == "USER_ERROR"
    if make is Refusing:
        assert "is not known" in str(caught.value)


# ---------------------------------------------------------------------- what is no tensor


def test_looking_at_a_proxy_adds_no_node() -> None:
    seen = []

    class Model(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            for ask in (ts.describe, ts.extract, ts.stats, ts.scope):
                with pytest.raises(ts.UnsupportedTensorError, match="fx Proxy") as caught:
                    ask(x)
                seen.append((caught.value.kind, caught.value.shape, caught.value.dtype))
            return x

    graph = torch.fx.symbolic_trace(Model()).graph
    assert [node.op for node in graph.nodes] == ["placeholder", "output"]
    assert seen == [("SYMBOLIC", None, None)] * 4


def test_a_tensordict_is_a_container() -> None:
    from tensordict import TensorDict

    x = TensorDict({"a": torch.ones(3, 2), "b": torch.ones(3)}, batch_size=[3])
    for ask in (ts.describe, ts.extract, ts.scope):
        with pytest.raises(ts.UnsupportedTensorError, match="'a', 'b'") as caught:
            ask(x)
        assert caught.value.kind == "CONTAINER"
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.describe(x)
    assert (caught.value.shape, caught.value.dtype) == ((3,), None)


def test_a_memory_mapped_tensor(tmp_path: Any, run: Any) -> None:
    from tensordict import MemoryMappedTensor

    x = MemoryMappedTensor.from_tensor(torch.arange(6.0), filename=str(tmp_path / "x"))
    assert ts.extract(x, "[5]").item() == 5.0
    np.arange(8, dtype="f4").tofile(tmp_path / "y")
    y = torch.from_file(str(tmp_path / "y"), shared=True, size=8)
    assert ts.topk(y, 1).values.tolist() == [7.0]
    assert y.tolist() == list(range(8))


def test_a_fake_tensor_of_unknown_size_is_described() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    mode = FakeTensorMode(shape_env=ShapeEnv())
    x = mode.from_tensor(torch.ones(5, 3))
    assert ts.describe(x).dtype == "float32"
    assert len(ts.describe(x).shape or ()) == 2
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x, "[0, 0]")
    assert caught.value.kind == "NO_DATA"
