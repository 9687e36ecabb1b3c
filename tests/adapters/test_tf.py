"""TensorFlow and Keras: looking watches nothing, adds no node; parts and rows are what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tensorscope as ts


def look(x: Any) -> None:
    ts.describe(x)
    ts.extract(x)
    ts.extract(x, "[-1]")
    _ = ts.where(x, "> 1").code, ts.topk(x, 2).code
    ts.stats(x)
    ts.extract(x, "[mean]")


@pytest.mark.parametrize("make", [tf.Variable, keras.Variable])
def test_a_tape_watches_nothing_more(make: Callable[[Any], Any]) -> None:
    v = make(np.arange(3.0, dtype="f4"))
    with tf.GradientTape() as tape:
        look(v)
        assert tape.watched_variables() == ()
        _ = v * 2
    assert len(tape.watched_variables()) == 1


def test_a_gradient_is_the_same_with_and_without() -> None:
    def gradient(seen: bool) -> Any:
        v = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            hidden = v * v
            if seen:
                look(hidden)
                look(v)
            loss = tf.reduce_sum(hidden)
        return tape.gradient(loss, v).numpy().tolist()

    assert gradient(True) == gradient(False) == [2.0, 4.0]


def test_no_node_is_added_to_a_graph() -> None:
    outside = [
        tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        tf.Variable([[1.0, 2.0]]),
        tf.cast([[1, 2]], tf.bfloat16),
        tf.SparseTensor([[0, 1]], [5.0], (2, 3)),
        tf.ragged.constant([[1.0, 2.0], [3.0, 4.0]]),
    ]
    added = []

    @tf.function
    def traced() -> Any:
        graph = tf.compat.v1.get_default_graph()
        before = len(graph.get_operations())
        for x in outside:
            look(x)
        assert ts.extract(outside[0], "[1, 0]").item() == 3.0
        added.append(len(graph.get_operations()) - before)
        return 1

    traced.get_concrete_function()
    assert added == [0]


def test_a_symbolic_tensor_is_refused_and_stays_alone() -> None:
    kinds = []

    @tf.function
    def traced(z: Any) -> Any:
        graph = tf.compat.v1.get_default_graph()
        before = len(graph.get_operations())
        info = ts.describe(z)
        assert (info.shape, info.dtype, info.device) == ((None,), "float32", "no data")
        assert "no number yet" in info.notes[0]
        for call in (ts.extract, ts.stats, ts.scope):
            with pytest.raises(ts.UnsupportedTensorError) as caught:
                call(z)
            kinds.append(caught.value.kind)
        assert len(graph.get_operations()) == before
        return z

    traced.get_concrete_function(tf.TensorSpec([None], tf.float32))
    assert set(kinds) == {"SYMBOLIC"}


def test_a_variable_is_read_as_it_is_now() -> None:
    v = tf.Variable(tf.zeros(1000))
    kept = ts.extract(v)
    v.assign_add(tf.ones(1000))
    assert ts.stats(v).max == 1.0
    assert kept.numpy().max() == 0.0


def test_keras_autocast_changes_nothing() -> None:
    v = keras.Variable(np.array([0.1], "f4"))
    with keras.src.backend.common.variables.AutocastScope("float16"):
        assert ts.extract(v, "[0]").item() == np.float32(0.1)
        assert ts.describe(v).dtype == "float32"


def test_a_tensor_array_keeps_its_elements() -> None:
    x = tf.TensorArray(tf.float32, size=2).write(0, [1.0, 2.0]).write(1, [3.0, 4.0])
    found = ts.extract(x, "[1, 1]")
    assert found.item() == 4.0
    assert eval(found.code, {"x": x, "tf": tf, "np": np}) == 4.0
    assert x.read(1).numpy().tolist() == [3.0, 4.0]
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x)
    assert caught.value.kind == "FREED"


RAGGED = [[1.0, 2.0, 3.0], [], [4.0, -5.0]]


def test_rows_of_different_lengths() -> None:
    x = tf.ragged.constant(RAGGED)
    info = ts.describe(x)
    assert info.shape == (3, None)
    assert "ragged" in str(info)
    assert ts.extract(x, "[2, 1]").item() == -5.0
    assert ts.extract(x, "[0]").numpy().tolist() == RAGGED[0]
    assert ts.extract(x, "[::2, 1]").numpy().tolist() == [2.0, -5.0]
    for past in ("[1, 0]", "[2, 2]", "[2]", "[...]", "[:, mean]"):
        with pytest.raises(ts.SelectionError, match="to_tensor") as caught:
            ts.extract(x, past)
        assert caught.value.kind == "BOUNDS"


def test_searching_rows_of_different_lengths(run: Any) -> None:
    x = tf.ragged.constant(RAGGED)
    cases = [
        (ts.where(x, "x < 3"), [[0, 0], [0, 1], [2, 1]], [1.0, 2.0, -5.0]),
        (ts.where(x, "x != 0", "[::-1, 1]"), [[2, 1], [0, 1]], [-5.0, 2.0]),
        (ts.where(x, "x < 3", limit=1), [[0, 0]], [1.0]),
        (ts.topk(x, 2), [[2, 0], [0, 2]], [4.0, 3.0]),
        (ts.topk(x, 1, by="abs"), [[2, 1]], [-5.0]),
        (ts.topk(x, 9, "[0]", largest=False), [[0, 0], [0, 1], [0, 2]], [1.0, 2.0, 3.0]),
    ]
    for hits, places, values in cases:
        assert hits.indices.tolist() == places
        assert hits.values.tolist() == values
        indices, listed = run(hits.code, x=x)
        assert indices.tolist() == places, hits.code
        assert listed.tolist() == values, hits.code
    stats = ts.stats(x)
    assert (stats.count, stats.sum, stats.argmin, stats.zero) == (5, 5.0, (2, 1), 0)
    with pytest.raises(ts.SelectionError):
        ts.where(x, np.ones((3, 3), bool))


def test_rows_of_rows_and_inner_dims(run: Any) -> None:
    deep = tf.ragged.constant([[[1, 2], [3]], [], [[4]]])
    assert ts.extract(deep, "[0, 0, 1]").item() == 2
    assert run(ts.extract(deep, "[2, 0, 0]").code, x=deep) == 4
    assert ts.where(deep, "> 1").indices.tolist() == [[0, 0, 1], [0, 1, 0], [2, 0, 0]]
    wide = tf.RaggedTensor.from_row_lengths(np.arange(8.0).reshape(4, 2), [1, 0, 3])
    assert ts.describe(wide).shape == (3, None, 2)
    assert ts.extract(wide, "[2, 1:, ::-1]").numpy().tolist() == [[5.0, 4.0], [7.0, 6.0]]
    assert ts.topk(wide, 1).indices.tolist() == [[2, 2, 1]]
    empty = tf.ragged.constant([[], []], tf.float32)
    assert ts.stats(empty).count == 0
    assert ts.extract(empty).numpy().shape == (2, 0)


def test_strings_are_bytes(run: Any) -> None:
    x = tf.constant([[b"a\xff", b""], [b"h", "é".encode()]])
    assert "string" in str(ts.describe(x))
    cell = ts.extract(x, "[0, 0]")
    assert cell.item() == run(cell.code, x=x) == b"a\xff"
    assert cell.text == r"b'a\xff'"
    part = ts.extract(x, "[:, ::-1]")
    assert part.numpy().tolist() == run(part.code, x=x).tolist()
    assert part.numpy().tolist() == [[b"", b"a\xff"], ["é".encode(), b"h"]]
    zero = tf.constant("hé")
    assert ts.extract(zero).item() == run(ts.extract(zero).code, x=zero) == "hé".encode()
    rows = tf.ragged.constant([[b"a", b"b"], [b"c"]])
    assert ts.extract(rows, "[0, 1]").item() == b"b"
    assert ts.scope(x).value.tolist() == ts.extract(x).numpy().tolist()
    for ask in (ts.stats, ts.topk, lambda s: ts.where(s, "> 0")):
        with pytest.raises(ts.UnsupportedTensorError, match=r"ts\.extract") as caught:
            ask(x)
        assert caught.value.kind == "NOT_NUMERIC"
    with pytest.raises(ts.SelectionError):
        ts.extract(x, "[mean]")


def test_a_scope_shows_where_rows_end() -> None:
    session = ts.scope(tf.ragged.constant([[1.0, 2.0], [], [4.0]]))._session
    reply, buffers = session.handle({"v": 1, "req": "a", "kind": "hello"})
    assert reply["frame"]["hole"] == "no value"
    assert list(buffers[1]) == [0, 0, 16, 16, 0, 16]
    reply, _ = session.handle({"v": 1, "req": "b", "kind": "value", "cell": [1, 1]})
    assert reply["value"]["text"] == "no value"
    reply, _ = session.handle({"v": 1, "req": "c", "kind": "stats", "scope": "tensor"})
    assert (reply["stats"]["count"], reply["stats"]["masked"]) == (3, 0)


def test_sparse_entries_that_repeat_are_ambiguous() -> None:
    x = tf.SparseTensor([[0, 1], [0, 1]], [1.0, 2.0], (2, 3))
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x, "[0, 1]")
    assert caught.value.kind == "AMBIGUOUS"


def test_a_sparse_tensor_is_not_made_dense() -> None:
    side = 1 << 30
    x = tf.SparseTensor([[5, 7], [side - 1, 3]], [1.5, 2.5], (side, side))
    assert ts.extract(x, (side - 1, 3)).item() == 2.5
    assert ts.extract(x, (slice(4, 7), slice(6, 9))).numpy().sum() == 1.5
    for sel in ((5, 7), (5, 8), (slice(4, 9, 2), slice(9, 6, -1)), (slice(3, 3), 7)):
        found = ts.extract(x, sel)
        ran = eval(found.code, {"x": x, "tf": tf, "np": np})
        assert np.array_equal(ran, found.numpy()), found.code


def test_searching_a_sparse_tensor_costs_what_it_stores() -> None:
    side = 1 << 30
    x = tf.SparseTensor([[0, 1], [5, 7], [side - 1, 3]], [-1.0, 1.5, 2.5], (side, side))
    hits = ts.where(x, "> 0")
    assert hits.indices.tolist() == [[5, 7], [side - 1, 3]]
    assert hits.searched == side * side
    zeros = ts.where(x, "x <= 0", limit=4)
    assert zeros.count == side * side - 2
    assert zeros.indices.tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]
    best = ts.topk(x, 3)
    assert (best.values.tolist(), best.count) == ([2.5, 1.5, 0.0], side * side)
    assert best.indices.tolist() == [[side - 1, 3], [5, 7], [0, 0]]
    stats = ts.stats(x, (slice(0, 8), slice(0, 8)))
    dense = np.zeros((8, 8), "f4")
    dense[0, 1], dense[5, 7] = -1.0, 1.5
    plain = ts.stats(dense)
    assert stats == plain or (stats.mean, stats.std) == pytest.approx((plain.mean, plain.std))
    assert (stats.count, stats.zero, stats.argmin, stats.argmax) == (64, 62, (0, 1), (5, 7))
    assert stats.histogram[0].tolist() == plain.histogram[0].tolist()
    assert ts.stats(x).zero == side * side - 3
    turned = ts.topk(x, 1, (slice(7, None, -1), 7))
    assert turned.indices.tolist() == [[5, 7]]


def test_the_idiom_is_left_where_it_answers_wrongly() -> None:
    x = tf.constant([1e-40, 0.0, 1.0])
    assert "tf.where" in ts.where(x, "> 0.5").code
    found = ts.where(x, "> 0")
    assert "tf.where" not in found.code
    assert found.count == 2
    assert int(tf.math.count_nonzero(x > 0)) == 1  # what it would have said
