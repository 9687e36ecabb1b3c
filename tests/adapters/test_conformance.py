"""What every adapter must give, for every kind of tensor: the values, the code, and no trace."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.adapters import tiles
from tensorscope.slots import REDUCTIONS
from tests.adapters.cases import CASES, LAZY, Case

SELECTIONS = [
    "[...]",
    "[0]",
    "[-1]",
    "[..., ::-1]",
    "[1:, ...]",
    "[::2]",
    "[..., 0]",
    "[0, ..., 1:3]",
]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    if request.param.framework in LAZY:  # small arrays too come in several tiles
        monkeypatch.setattr(tiles, "TILE_BYTES", 64)
    return request.param


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal bit for bit: NaN is NaN, −0.0 is not 0.0."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return False
    if a.dtype.kind in "fc":
        parts = [(a.real, b.real), (a.imag, b.imag)] if a.dtype.kind == "c" else [(a, b)]
        return all(
            np.array_equal(p, q, equal_nan=True)
            and np.array_equal(np.signbit(p) & ~np.isnan(p), np.signbit(q) & ~np.isnan(q))
            for p, q in parts
        )
    return np.array_equal(a, b)


def indexed(values: np.ndarray, expr: str) -> np.ndarray:
    return np.asarray(eval(f"v{expr}", {"v": values}))


def fits(values: np.ndarray, expr: str) -> bool:
    try:
        indexed(values, expr)
    except IndexError:
        return False
    return True


def test_describe(case: Case) -> None:
    x, values = case.make()
    info = ts.describe(x)
    # What speaks a protocol alone is named after its package.
    assert info.framework == {"array": "tests"}.get(case.framework, case.framework)
    assert len(info.shape) == values.ndim
    assert all(n in (None, m) for n, m in zip(info.shape, values.shape, strict=True))
    assert None not in info.shape or "ragged" in case.name
    assert info.dtype == case.dtype
    assert "\n" not in str(info)
    assert case.dtype in str(info)


def test_values_are_the_tensors_own(case: Case) -> None:
    x, values = case.make()
    for expr in SELECTIONS:
        if fits(values, expr):
            got = ts.extract(x, expr)
            assert same(got.numpy(), indexed(values, expr)), expr
            assert got.numpy().dtype == got.numpy_dtype
            assert got.dtype == (case.element or case.dtype)
            assert got.shape == indexed(values, expr).shape


def test_code_gives_the_same(case: Case, run: Any) -> None:
    x, values = case.make()
    for expr in SELECTIONS:
        if not fits(values, expr):
            continue
        got = ts.extract(x, expr)
        ran = run(got.code, x=x)
        if got.shape:
            assert isinstance(ran, np.ndarray), got.code
            assert same(ran, got.numpy()), got.code
            assert ran.dtype == got.numpy_dtype, got.code
        else:
            assert type(ran) is type(got.item()), got.code
            assert same(np.asarray(ran), np.asarray(got.item())), got.code


def test_one_cell(case: Case, run: Any) -> None:
    x, values = case.make()
    if values.size == 0:
        return
    place = tuple(n - 1 for n in values.shape)
    got = ts.extract(x, place)
    assert same(np.asarray(got.item()), np.asarray(values[place].item()))
    assert type(got.item()) is type(values[place].item())
    assert same(np.asarray(run(got.code, x=x)), np.asarray(got.item()))


@pytest.mark.parametrize("op", REDUCTIONS)
def test_reductions(case: Case, op: str, run: Any) -> None:
    x, values = case.make()
    if values.ndim < 2 or values.size == 0 or values.ndim > 6:
        return
    if values.dtype.kind == "c" and op in ("max", "min"):
        with pytest.raises(ts.SelectionError):
            ts.extract(x, f"[{op}]")
        return
    wide = values.astype(np.complex128 if values.dtype.kind == "c" else np.longdouble)
    if op == "absmax" and values.dtype.kind in "iub":
        wide = values.astype(object)
    expected = {
        "mean": lambda: wide.mean(0),
        "sum": lambda: wide.sum(0),
        "std": lambda: wide.std(0),
        "norm": lambda: np.sqrt((np.abs(wide) ** 2).sum(0)),
        "max": lambda: values.max(0),
        "min": lambda: values.min(0),
        "absmax": lambda: np.abs(wide).max(0),
    }
    with np.errstate(all="ignore"):
        want = np.asarray(
            expected[op](),
            np.complex128 if values.dtype.kind == "c" and op in ("mean", "sum") else np.float64,
        )
        scale = np.asarray(np.abs(wide).astype(np.float64).sum(0))
    got = ts.extract(x, f"[{op}, ...]")
    ran = run(got.code, x=x)
    assert ran.dtype == got.numpy_dtype, got.code
    for result in (got.numpy(), ran):
        with np.errstate(all="ignore"):
            close = np.isclose(result.astype(want.dtype), want, rtol=1e-12, atol=0, equal_nan=True)
            close |= np.abs(result.astype(want.dtype) - want) <= 1e-14 * scale
        assert close.all(), (got.code, result, want)


def test_nothing_is_lent_out(case: Case) -> None:
    x, values = case.make()
    got = ts.extract(x)
    array = got.numpy()
    assert array.flags.writeable
    array[...] = 0
    again = ts.extract(x).numpy()
    assert same(again, values)
    assert not np.shares_memory(got.numpy(), got.numpy()) or array.size == 0


def test_text_of_one_value_comes_back(case: Case) -> None:
    x, values = case.make()
    if values.size == 0:
        return
    got = ts.extract(x, tuple(0 for _ in values.shape))
    value = got.item()
    text = got.text
    if isinstance(value, float) and value != value:
        assert text == "nan"
    else:
        parsed = type(value)(text) if not isinstance(value, bool) else text == "True"
        assert ts.extract(np.array(parsed).astype(values.dtype), ()).numpy() == pytest.approx(
            values[tuple(0 for _ in values.shape)], rel=0.25 if "float8" in case.dtype else 0.01
        )


def test_no_trace_is_left_in_torch(case: Case) -> None:
    if case.framework != "torch":
        return
    import torch

    x, values = case.make()
    version = None if x.is_inference() else x._version
    stored = x.layout is torch.strided and not x._is_zerotensor()
    resizable = x.untyped_storage().resizable() if stored else None
    cow = stored and torch._C._is_cow_tensor(x)
    rng = torch.random.get_rng_state()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        ts.describe(x)
        for expr in SELECTIONS:
            if fits(values, expr):
                got = ts.extract(x, expr)
                _ = got.code, got.text
    assert not saved
    assert version is None or x._version == version
    if resizable is not None:
        assert x.untyped_storage().resizable() == resizable
    assert (stored and torch._C._is_cow_tensor(x)) == cow
    assert torch.equal(torch.random.get_rng_state(), rng)
    assert x.grad is None if x.is_leaf else True


UNSAVED = (
    "zero tensor", "conj view", "neg view", "mkldnn", "int4", "uint4", "uint1", "int7",
)  # fmt: skip


def test_a_tensor_is_still_saved(case: Case) -> None:
    if case.name in UNSAVED:
        return  # torch itself does not write these
    if case.framework in ("h5py", "safetensors"):
        return  # an open file is not saved
    x, values = case.make()
    ts.extract(x)
    file = io.BytesIO()
    if case.framework == "torch":
        import torch

        torch.save(x.detach() if case.name == "graph" else x, file)
        file.seek(0)
        restored = torch.load(file, weights_only=False)
    elif case.name in ("sparse in no order", "tensor array") or "variable" in case.name:
        return  # TensorFlow saves these by other means than pickle
    elif case.framework == "jax":
        import jax

        with jax.enable_x64(True):  # JAX itself narrows what it loads
            restored = pickle.loads(pickle.dumps(x))
    else:
        restored = pickle.loads(pickle.dumps(x))
    assert same(ts.extract(restored).numpy(), values)


def numbers(values: np.ndarray) -> np.ndarray:
    """Return values that compare exactly: Python's integers, or floats."""
    return values.astype(object if values.dtype.kind in "iub" else values.dtype)


CONDITIONS = {
    "x > 0.5": lambda v: v > 0.5,
    "x < 0": lambda v: v < 0,
    "x != 0": lambda v: v != 0,
    "abs(x) >= 1": lambda v: abs(v) >= 1,
    "~((x > 1) | (x <= -1))": lambda v: ~((v > 1) | (v <= -1)),
}


SEARCHES = [
    *((text, "[...]") for text in (*CONDITIONS, "isnan(x)", "isfinite(x)", "isposinf(x)")),
    ("x > 0.5", "[1:, ...]"),
    ("x != 0", "[..., ::-1]"),
]


def expected_mask(text: str, values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        if text in CONDITIONS:
            return np.asarray(CONDITIONS[text](numbers(values)), bool)
        wide = values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)
        return np.asarray(getattr(np, text.removesuffix("(x)"))(wide))


def test_hits(case: Case, run: Any) -> None:
    x, values = case.make()
    places = np.stack(np.indices(values.shape), -1) if values.ndim else np.empty((0,), np.int64)
    for text, expr in SEARCHES:
        ordered = text not in ("x != 0", "abs(x) >= 1", "isnan(x)", "isfinite(x)")
        if not fits(values, expr) or (values.dtype.kind == "c" and ordered):
            continue
        part = indexed(values, expr)
        mask = expected_mask(text, part)
        found = ts.where(x, text, expr, limit=7)
        want = (indexed(places, expr.replace("]", ", :]")) if values.ndim else places)[mask][:7]
        assert found.count == int(mask.sum()), text
        assert same(found.values, part[mask][:7]), text
        assert np.array_equal(found.indices, want), text
        indices, listed = run(found.code, x=x)
        assert np.array_equal(indices, want), found.code
        assert indices.dtype == np.int64, found.code
        assert same(listed, found.values), found.code
        assert listed.dtype == found.values.dtype, found.code


@pytest.mark.parametrize(("by", "largest"), [("value", True), ("value", False), ("abs", True)])
def test_topk(case: Case, by: str, largest: bool, run: Any) -> None:
    x, values = case.make()
    if values.dtype.kind == "c" and by == "value":
        return
    flat = values.ravel()
    if values.dtype.kind == "c":
        keys = np.hypot(flat.real, flat.imag)
    else:
        keys = numbers(flat)
        keys = abs(keys) if by == "abs" else keys
    order = [i for i in range(flat.size) if keys[i] == keys[i]]
    order.sort(key=lambda i: -keys[i] if largest else keys[i])
    best = np.array(order[:5], np.int64)
    found = ts.topk(x, 5, largest=largest, by=by)
    assert same(found.values, flat[best])
    want = np.unravel_index(best, values.shape) if values.ndim and values.size else ()
    assert found.indices.shape == (len(best), values.ndim)
    assert np.array_equal(found.indices.T, np.reshape(want, found.indices.T.shape))
    indices, listed = run(found.code, x=x)
    assert np.array_equal(indices, found.indices), found.code
    assert same(listed, found.values), found.code


def test_stats(case: Case) -> None:
    x, values = case.make()
    found = ts.stats(x)
    wide = values.astype(np.complex128 if values.dtype.kind == "c" else np.longdouble)
    finite = wide[np.isfinite(wide)]
    assert found.count == values.size
    assert found.nan == int(np.isnan(wide).sum())
    assert found.zero == int((values == 0).sum())
    if finite.size:
        exact = sum((values.ravel() if values.dtype.kind in "iub" else finite).tolist())
        scale = float(np.abs(finite).sum())
        assert abs(complex(found.sum) - complex(exact)) <= 1e-12 * scale
        assert abs(complex(found.mean) - complex(finite.mean())) <= 1e-12 * scale
        assert found.std == pytest.approx(float(finite.std()), rel=1e-9, abs=1e-12 * scale)


def test_a_scope_shows_it(case: Case, run: Any) -> None:
    x, values = case.make()
    scope = ts.scope(x)
    if values.size:
        scope.cell = tuple(n - 1 for n in values.shape)
        assert same(np.asarray(scope.value), np.asarray(run(scope.code, x=x)))
    scope.close()
