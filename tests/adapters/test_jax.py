"""JAX: looking leaves no trace, reads no more than it must, and is right while others trace."""

from __future__ import annotations

import gc
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import sparse

import tensorscope as ts
from tensorscope.adapters.jax_ import JaxAdapter
from tests.adapters.jax_kinds import across, over_devices


def look(x: Any) -> list[Any]:
    """Ask everything, and keep every answer."""
    hits = ts.where(x, "> 1")
    kept = [
        ts.describe(x), ts.extract(x), ts.extract(x, "[0]"), hits, hits.code, ts.topk(x, 3),
        ts.stats(x), ts.extract(x, "[mean]"),
    ]  # fmt: skip
    return [*kept, repr(kept)]


def donated(x: jax.Array) -> bool:
    jax.jit(lambda z: z + 1, donate_argnums=0)(x).block_until_ready()
    return bool(x.is_deleted())


def test_donation_works_after_looking() -> None:
    x = jnp.arange(100_000.0)
    answers = look(x)
    assert donated(x)
    assert answers[1].numpy()[-1] == 99_999
    assert "jnp.argwhere" in answers[3].code


def test_a_live_view_would_prevent_it() -> None:
    x = jnp.arange(100_000.0)
    view = np.asarray(x)
    assert not donated(x)
    assert view[1] == 1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int4"])
@pytest.mark.parametrize("spec", [across("a", "b"), across()])
def test_no_host_copy_is_cached(dtype: str, spec: Any) -> None:
    values = jnp.array(np.arange(16).reshape(4, 4) % 7, dtype)
    for x in (values + 0, over_devices(values, spec)):
        look(x)
        assert x._npy_value is None


def test_only_the_shard_that_holds_the_index_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    read = JaxAdapter._read

    def counted(self: JaxAdapter, data: Any, box: Any, dtype: Any) -> Any:
        seen.append(data.devices().pop().id)
        return read(self, data, box, dtype)

    monkeypatch.setattr(JaxAdapter, "_read", counted)
    x = over_devices(np.arange(16, dtype="f4").reshape(4, 4), across("a", "b"))
    assert ts.extract(x, "[3, 2]").item() == 14.0
    assert len(seen) == 1
    assert ts.extract(x, "[::-2, 3]").numpy().tolist() == [15.0, 7.0]
    assert len(seen) == 3
    assert ts.extract(x, "[0, :]").numpy().tolist() == [0, 1, 2, 3]
    assert len(seen) == 5


def test_steps_across_shards() -> None:
    values = np.arange(12 * 8, dtype="f4").reshape(12, 8)
    x = over_devices(values, across("a", "b"))
    for index in np.ndindex(4, 12, 5):
        start, size, step = index[0], index[1], index[2] + 1
        part = (slice(start, start + size, step), slice(None, None, -step))
        assert np.array_equal(ts.extract(x, part).numpy(), values[part])


def test_an_index_out_of_range_is_refused() -> None:
    x = jnp.arange(6.0).reshape(2, 3)
    assert x[5, 1] == 4.0  # JAX clamps
    for index in ((5, 1), (-7, 0)):
        with pytest.raises(ts.SelectionError) as caught:
            ts.extract(x, index)
        assert caught.value.kind == "BOUNDS"


def test_inside_the_trace_of_another_function() -> None:
    x = jnp.arange(6.0).reshape(2, 3)
    packed = jnp.array([1, -8, 3], jnp.int4)
    parted = over_devices(np.eye(4, dtype="f4"), across("a"))
    seen = []

    def traced(z: Any) -> Any:
        seen.extend([ts.extract(x, "[1, 2]").item(), ts.extract(packed, "[1]").item()])
        seen.append(ts.where(parted, "> 0").count)
        return z * 2

    program = jax.make_jaxpr(traced)(1.0)
    assert seen == [5.0, -8, 4]
    assert [str(e.primitive) for e in program.eqns] == ["mul"]


@pytest.mark.parametrize("transform", [jax.grad, jax.value_and_grad])
def test_a_derivative_is_taken_at_values_that_can_be_read(transform: Any) -> None:
    seen = []

    def loss(z: Any) -> Any:
        seen.append(ts.extract(z * 2, "[2]").item())
        assert "differentiates" in ts.describe(z).notes[0]
        return (z * z).sum()

    transform(loss)(jnp.arange(3.0))
    assert seen == [4.0]


@pytest.mark.parametrize("transform", [jax.jit, lambda f: jax.jit(jax.grad(f))])
def test_a_traced_value_is_symbolic(transform: Any) -> None:
    kinds = []

    def traced(z: Any) -> Any:
        info = ts.describe(z, dims=("batch",))
        assert str(info) == "float32 (batch: 3) · jax · no data · 0 B"
        assert "no number yet" in info.notes[0]
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            ts.extract(z)
        kinds.append((caught.value.kind, info.dtype))
        return z.sum()

    transform(traced)(jnp.ones((3,)))
    assert kinds == [("SYMBOLIC", "float32")]


@pytest.mark.parametrize(
    ("transform", "values"),
    [
        (lambda f: jax.vmap(f, in_axes=1), np.arange(6.0).reshape(2, 3)),
        (lambda f: jax.vmap(jax.vmap(f), in_axes=1), np.arange(12.0).reshape(2, 3, 2)),
        (lambda f: jax.grad(lambda z: jax.vmap(f, 1)(z).sum()), np.arange(6.0).reshape(2, 3)),
        (lambda f: jax.vmap(jax.grad(f), 1), np.arange(6.0).reshape(2, 3)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_inside_of_vmap_an_element_is_a_list(
    transform: Any, values: np.ndarray, dtype: str, run: Any
) -> None:
    # The outer vmap maps dim 1; an inner one dim 0 of what is left.
    batched = np.moveaxis(values, 1, 0)
    looked = []

    def look(x: Any) -> Any:
        info = ts.describe(x)
        assert (info.shape, info.dtype) == ((2,), dtype)
        assert "for each example" in info.notes[0]
        for sel in ("[1]", "[::-1]", "[mean]"):
            got = ts.extract(x, sel)
            ran = run(got.code, x=x)
            plain = ran.tolist() if sel == "[::-1]" else ran
            assert plain == got.numpy().tolist(), got.code
        assert ts.extract(x, "[1]").item() == batched[..., 1].tolist()
        assert ts.extract(x).numpy().tolist() == batched.tolist()
        for search in (ts.stats, ts.topk, ts.scope, lambda z: ts.where(z, "> 1")):
            with pytest.raises(ts.UnsupportedTensorError, match="vmap") as caught:
                search(x)
            assert caught.value.kind == "SYMBOLIC"
        looked.append(x)
        return x.astype("float32").sum()

    transform(look)(jnp.asarray(values, dtype))
    assert looked


def test_keys_are_described_and_not_read() -> None:
    key = jax.random.key(0)
    info = ts.describe(key)
    assert (info.shape, info.dtype[:4]) == ((), "key<")
    with pytest.raises(ts.UnsupportedTensorError, match="key_data") as caught:
        ts.extract(key)
    assert caught.value.kind == "OPAQUE"
    assert ts.extract(jax.random.key_data(key)).dtype == "uint32"


def test_more_dims_than_numpy_takes() -> None:
    x = jnp.full([1] * 64 + [3], 7.0)
    found = ts.extract(x, (0,) * 65)
    assert found.item() == eval(found.code, {"x": x, "np": np}) == 7.0
    row = ts.extract(x, (0,) * 64)
    assert row.numpy().tolist() == eval(row.code, {"x": x, "np": np}).tolist() == [7.0] * 3


def test_64_bits_are_read_whether_they_are_on_or_off() -> None:
    with jax.enable_x64(True):
        x = jnp.array([2**53 + 1, -1])
        on = ts.where(x, "> 5")
        assert "jnp.argwhere" in on.code
    off = ts.where(x, "> 5")
    assert off.values.tolist() == on.values.tolist() == [2**53 + 1]
    assert "jnp" not in off.code


def test_repeated_and_padded_entries_of_a_sparse_array() -> None:
    x = sparse.BCOO((jnp.array([3.0, 4, 9]), jnp.array([[0, 2], [0, 2], [2, 3]])), shape=(2, 3))
    assert ts.extract(x, "[0, 2]").item() == 7.0
    assert ts.where(x, "!= 0").indices.tolist() == [[0, 2]]


def test_an_answer_outlives_its_array() -> None:
    x = jnp.arange(4.0)
    found = ts.extract(x)
    x.delete()
    gc.collect()
    assert found.numpy().tolist() == [0, 1, 2, 3]
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x)
    assert (caught.value.kind, "donated" in str(caught.value)) == ("FREED", True)


def test_random_numbers_go_on_as_before() -> None:
    assert np.array_equal(jax.random.normal(jax.random.key(1), (3,)), _draw_and_look())


def _draw_and_look() -> Any:
    key = jax.random.key(1)
    ts.describe(key)
    values = jax.random.normal(key, (3,))
    look(values)
    return jax.random.normal(key, (3,))
