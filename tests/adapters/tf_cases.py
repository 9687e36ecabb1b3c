"""Tensors of TensorFlow and Keras: dtypes, variables, sparse and ragged ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tests.adapters.case import (
    ML_DTYPES,
    NUMPY_DTYPES,
    SHAPE,
    Case,
    case_of,
    sample,
    small_values,
    wide_of,
)


def cases() -> list[Case]:
    import keras
    import tensorflow as tf

    case = partial(case_of, "tensorflow")

    def quantized(name: str, stored: str) -> Case:
        values = sample(SHAPE, stored)
        kind = getattr(tf, name)
        return case(name, lambda: tf.bitcast(tf.constant(values), kind), values, name)

    def array() -> Any:
        rows = tf.TensorArray(tf.float32, size=4)
        for k in range(4):
            rows = rows.write(k, base[k])
        return rows

    base = sample((4, 6, 5), "float32")
    spread = np.array([[0, 2, 0], [0, 0, 0], [7, 0, -1]], "f4")
    places = np.argwhere(spread)
    mixed = tf.SparseTensor(places[::-1], spread[spread != 0][::-1], (3, 3))
    rows = tf.IndexedSlices(tf.constant(base[0, :3]), tf.constant([2, 0, 2]), tf.constant([4, 5]))
    summed = np.stack([base[0, 1], np.zeros(5, "f4"), base[0, 0] + base[0, 2], np.zeros(5, "f4")])

    found = [case(d, lambda d=d: tf.constant(sample(SHAPE, d)), sample(SHAPE, d), d)
             for d in NUMPY_DTYPES]  # fmt: skip
    for name in ML_DTYPES:
        if name in ("float8_e4m3", "float8_e3m4", "float8_e8m0fnu"):
            continue  # TensorFlow has no such dtypes
        small = small_values(name)
        found.append(case(name, lambda v=small: tf.constant(v), small.astype(wide_of(name)), name))
    for name, stored in (
        ("qint8", "int8"), ("quint8", "uint8"), ("qint16", "int16"), ("quint16", "uint16"),
        ("qint32", "int32"),
    ):  # fmt: skip
        found.append(quantized(name, stored))
    found += [
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
    return found
