"""TensorFlow: one element alone, of every dtype; and arrays of tensors that hold such."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

import tensorscope as ts

SMALL = (
    "bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz int4 "
    "uint4 int2 float4_e2m1fn"
).split()


@pytest.mark.parametrize("dtype", [*SMALL, "float16", "float32", "int64", "complex64", "bool"])
def test_one_element_alone(dtype: str, run: Any) -> None:
    x = tf.constant(np.array(1).astype(getattr(ml_dtypes, dtype, dtype)))
    got = ts.extract(x)
    assert got.item() == 1
    assert type(run(got.code, x=x)) is type(got.item())
    assert run(got.code, x=x) == got.item()
    assert ts.stats(x).count == 1
    for found in (ts.where(x, "abs(x) > 0.5"), ts.topk(x, 2, by="abs")):
        indices, values = run(found.code, x=x)
        assert indices.shape == found.indices.shape == (1, 0)
        assert values.tolist() == found.values.tolist() == [1]
        assert values.dtype == found.values.dtype
    scope = ts.scope(x)
    assert scope.value == run(scope.code, x=x) == 1


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float32])
def test_an_array_of_single_elements(dtype: Any) -> None:
    x = tf.TensorArray(dtype, size=3)
    for k in range(3):
        x = x.write(k, tf.cast(k, dtype))
    assert ts.extract(x).numpy().tolist() == [0.0, 1.0, 2.0]
    assert ts.extract(x, "[3:]").shape == (0,)


def test_a_variable_of_one_element() -> None:
    x = tf.Variable(tf.constant(0.5, tf.bfloat16))
    assert ts.extract(x).item() == 0.5
