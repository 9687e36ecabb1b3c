"""Arrays of JAX: dtypes, devices, shards, sparse formats."""

from __future__ import annotations

from collections.abc import Callable
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
    import jax
    import jax.numpy as jnp
    from flax import nnx
    from jax.experimental import sparse

    from tests.adapters.jax_kinds import across, over_devices

    def wide(make: Callable[[], Any]) -> Any:
        """Make an array of 64 bits: it stays one when they are switched off again."""
        with jax.enable_x64(True):
            return make()

    case = partial(case_of, "jax")
    base = sample((4, 6, 5), "float32")
    whole = np.arange(16, dtype="f4").reshape(4, 4)
    spread = np.array([[0, 2, 0], [0, 0, 0], [7, 0, -1]], "f4")
    blocks = np.zeros((4, 3), "f4")
    blocks[[0, 2]] = [[1, 2, 3], [4, 5, 6]]
    many = np.stack([spread, spread.T * 2, np.eye(3, dtype="f4")])
    repeated = sparse.BCOO((jnp.array([3.0, 4.0]), jnp.array([[0, 2], [0, 2]])), shape=(2, 3))

    found = [
        case(
            d,
            lambda d=d: wide(lambda: jnp.array(sample(SHAPE, d))),
            sample(SHAPE, d),
            d,
        )
        for d in NUMPY_DTYPES
    ]
    for name in ML_DTYPES:
        values = small_values(name)
        found.append(case(name, lambda v=values: jnp.array(v), values.astype(wide_of(name)), name))
    found += [
        case("0-d", lambda: jnp.float32(2.5), np.float32(2.5)),
        case("empty", lambda: jnp.empty((0, 3)), np.empty((0, 3), "f4")),
        case("12 dims", lambda: jnp.arange(2.0**12).reshape((2,) * 12),
             np.arange(2**12, dtype="f4").reshape((2,) * 12)),
        case("transposed", lambda: jnp.array(base).transpose(2, 0, 1), base.transpose(2, 0, 1)),
        case("subnormal", lambda: jnp.array([1e-40, -1e-40, 0, 1], "f4"),
             np.array([1e-40, -1e-40, 0, 1], "f4")),
        case("second device", lambda: jax.device_put(jnp.array(base), jax.devices()[1]), base),
        case("sharded", lambda: over_devices(whole, across("a", "b")), whole),
        case("sharded in rows", lambda: over_devices(whole, across("a")), whole),
        case("sharded bfloat16", lambda: over_devices(jnp.array(whole, "bfloat16"), across("b")),
             whole, "bfloat16"),
        case("sharded int4", lambda: over_devices(jnp.array(whole - 8, "int4"), across("a", "b")),
             (whole - 8).astype("i1"), "int4"),
        case("replicated", lambda: over_devices(whole, across()), whole),
        case("nnx.Param", lambda: nnx.Param(jnp.array(base)), base),
        case("nnx.BatchStat bfloat16", lambda: nnx.BatchStat(jnp.array(whole, "bfloat16")), whole,
             "bfloat16"),
        case("BCOO", lambda: sparse.BCOO.fromdense(jnp.array(spread)), spread),
        case("BCOO of rows", lambda: sparse.BCOO.fromdense(jnp.array(blocks), n_dense=1), blocks),
        case("BCOO padded", lambda: sparse.BCOO.fromdense(jnp.array(spread), nse=7), spread),
        case("BCOO repeated", lambda: repeated, np.array([[0, 0, 7], [0, 0, 0]], "f4")),
        case("BCOO batched", lambda: sparse.BCOO.fromdense(jnp.array(many), n_batch=1), many),
        case("BCOO of batches alike", lambda: sparse.bcoo_broadcast_in_dim(
            sparse.BCOO.fromdense(jnp.array(spread)), shape=(2, 3, 3),
            broadcast_dimensions=(1, 2)), np.stack([spread, spread])),
        case("BCSR", lambda: sparse.BCSR.fromdense(jnp.array(spread)), spread),
        case("BCSR padded", lambda: sparse.BCSR.fromdense(jnp.array(spread), nse=7), spread),
        case("BCSR batched", lambda: sparse.BCSR.fromdense(jnp.array(many), n_batch=1), many),
    ]  # fmt: skip
    return found
