"""A compiler that meets a call of ours leaves it alone: it reads, and what is compiled is right."""

from __future__ import annotations

import warnings

import tensorflow as tf
import torch

import tensorscope as ts


def test_a_tensor_is_read_inside_of_compiled_code() -> None:
    read: list[object] = []

    def step(x: torch.Tensor) -> torch.Tensor:
        y = x * 2
        read.append(ts.extract(y, "[1]").item())
        read.append(ts.where(y, "> 3").count)
        read.append(ts.stats(y).max)
        return y + 1

    torch._dynamo.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = torch.compile(step, backend="eager")
        first, second = compiled(torch.arange(3.0)), compiled(torch.arange(3.0) + 1)
    assert read == [2.0, 1, 4.0, 4.0, 2, 6.0]
    assert first.tolist() == [1.0, 3.0, 5.0]
    assert second.tolist() == [3.0, 5.0, 7.0]


def test_tf_function_says_what_it_is_without_a_warning(capfd) -> None:
    kinds: list[str] = []

    @tf.function
    def step(x: tf.Tensor) -> tf.Tensor:
        try:
            ts.extract(x, "[0]")
        except ts.UnsupportedTensorError as error:
            kinds.append(error.kind)
        return x * 2

    assert step(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]
    assert kinds == ["SYMBOLIC"]
    told = capfd.readouterr()
    assert "AutoGraph" not in told.err + told.out
