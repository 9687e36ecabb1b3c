"""Reading a tensor while PyTorch is in the middle of something: right values, nothing recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import tensorscope as ts

REAL = torch.arange(6.0).reshape(2, 3)


def read(x: torch.Tensor) -> list[float]:
    ts.where(x, "> 1")
    ts.stats(x)
    return [float(v) for v in ts.extract(x).numpy().ravel()]


def inside_grad(look: Callable[[torch.Tensor], None]) -> None:
    torch.func.grad(lambda x: (look(x), (x * x).sum())[1])(REAL.clone())


def inside_jvp(look: Callable[[torch.Tensor], None]) -> None:
    torch.func.jvp(lambda x: (look(x), x * 2)[1], (REAL.clone(),), (torch.ones(2, 3),))


def inside_functionalize(look: Callable[[torch.Tensor], None]) -> None:
    torch.func.functionalize(lambda x: (look(x), x * 2)[1])(REAL.clone())


@pytest.mark.parametrize("inside", [inside_grad, inside_jvp, inside_functionalize])
def test_values_of_a_running_transform(
    inside: Callable[[Callable[[torch.Tensor], None]], None],
) -> None:
    seen: list[list[float]] = []
    inside(lambda x: seen.append(read(x)))
    assert seen == [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]


def test_pending_writes_of_functionalize_are_seen() -> None:
    seen: list[list[float]] = []

    def double(x: torch.Tensor) -> torch.Tensor:
        y = x.clone()
        y.mul_(2)
        seen.append(read(y))
        return y

    torch.func.functionalize(double)(REAL.clone())
    assert seen == [[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]]


def test_a_plain_tensor_inside_of_grad() -> None:
    seen: list[list[float]] = []
    torch.func.grad(lambda x: (seen.append(read(REAL)), x.sum())[1])(torch.ones(2))
    assert seen[0][5] == 5.0


def test_a_plain_tensor_inside_of_a_fake_mode() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        assert read(REAL)[5] == 5.0
        assert ts.describe(REAL).shape == (2, 3)


def test_a_trace_records_nothing_of_the_look() -> None:
    from torch.fx.experimental.proxy_tensor import make_fx

    def trace(look: bool) -> list[str]:
        def f(x: torch.Tensor) -> torch.Tensor:
            if look:
                read(REAL)
            return x * 2

        return [str(node.op) for node in make_fx(f)(torch.arange(3.0)).graph.nodes]

    assert trace(look=True) == trace(look=False)


def test_inside_of_a_compiled_function() -> None:
    seen: list[list[float]] = []
    look = torch._dynamo.disable(lambda x: seen.append(read(x)))
    run = torch.compile(lambda x: (look(x * 2), x * 2 + 1)[1], backend="eager")
    assert run(torch.arange(3.0)).tolist() == [1.0, 3.0, 5.0]
    assert seen == [[0.0, 2.0, 4.0]]


@pytest.mark.parametrize(
    ("make", "shape", "layout"),
    [
        (lambda: torch.empty(2, 3, device="meta"), (2, 3), "strided"),
        (torch.nn.UninitializedParameter, None, "strided"),
    ],
)
def test_what_cannot_be_read_is_described(
    make: Callable[[], torch.Tensor], shape: tuple[int, ...] | None, layout: str
) -> None:
    info = ts.describe(make())
    assert info.shape == shape
    assert info.dtype == "float32"
    assert info.layout == layout
    assert "float32" in str(info)


def test_a_freed_tensor_is_described() -> None:
    x = torch.arange(4.0)
    x.untyped_storage().resize_(0)
    assert str(ts.describe(x)).startswith("float32 (4,)")
