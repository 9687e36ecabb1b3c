"""Watching JAX and Flax: probes inside of compiled code, and intermediates that a step returns."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import tensorscope as ts
from tensorscope.capture.watch import Watch

X = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)


def loss_of(w: Any, x: Any) -> Any:
    return jnp.square(ts.probe("hidden", jnp.tanh(x @ w))).mean()


def test_a_probe_inside_of_jit_and_grad() -> None:
    step = jax.jit(jax.value_and_grad(loss_of))
    w = jnp.ones((4, 3))
    with Watch(every=1) as watch:
        for _ in range(3):
            loss, grad = step(w, X)
            ts.probe("loss", float(loss))
            w = w - 0.1 * grad
    assert watch.steps == 3
    hidden = watch.record("hidden", step=0)
    assert hidden.shape == (6, 3)
    assert np.allclose(hidden.tensor, np.tanh(X[:1] @ np.ones((4, 3))))
    all_of_it = np.tanh(np.asarray(X) @ np.ones((4, 3)))
    assert watch.history("hidden")[0].norm == pytest.approx(np.linalg.norm(all_of_it), rel=1e-5)
    assert len(watch.history("hidden")) == 3
    assert not watch.notes


def test_only_a_slice_and_numbers_cross() -> None:
    def crossing(x: Any) -> list[str]:
        calls = [e for e in jax.make_jaxpr(probed)(x).eqns if "callback" in str(e.primitive)]
        return [str(v.aval) for e in calls for v in e.invars]

    assert crossing(jnp.ones((64, 8))) == []
    with Watch():
        again = crossing(jnp.ones((64, 7)))
    assert again == ["float32[1,7]", *["float32[]"] * 4]


def probed(x: Any) -> Any:
    return ts.probe("x", x * 2)


@pytest.mark.parametrize(
    ("make", "times"),
    [
        (lambda: jax.jit(jax.vmap(probed)), 6),
        (lambda: jax.vmap(probed), 6),
        (lambda: jax.vmap(jax.jit(probed)), 6),
        (lambda: jax.jit(lambda x: jax.lax.scan(lambda c, r: (c, probed(r)), 0, x)), 6),
        (lambda: jax.jit(jax.grad(jax.checkpoint(lambda x: jnp.sin(probed(x)).sum()))), 2),
    ],
)
def test_what_is_told_several_times_a_step_is_one_step_and_said(make: Any, times: int) -> None:
    run = make()
    with Watch(every=1) as watch:
        for step in range(3):
            ts.probe("before", float(step))
            jax.block_until_ready(run(X))
            jax.effects_barrier()
    assert watch.steps == 3
    assert [r.call for r in watch.records("x") if r.step == 1] == list(range(times))
    (note,) = watch.notes
    assert "x is told several times a step: in vmap once for each example" in note


def test_a_probe_after_the_step_paces_too() -> None:
    run = jax.jit(jax.vmap(probed))
    with Watch(every=1) as watch:
        for step in range(4):
            jax.block_until_ready(run(X))
            jax.effects_barrier()
            ts.probe("loss", float(step))
    steps = [p.step for p in watch.history("loss")]
    assert np.diff(steps).tolist() == [1, 1, 1]  # only the first step cannot be told from six


def test_breakpoints_on_probes() -> None:
    hits: list[Any] = []
    step = jax.jit(lambda x: jnp.log(probed(x)))
    with Watch() as watch:
        watch.break_when("x < 0", on="x", action=hits.append)
        jax.block_until_ready(step(X))
        jax.effects_barrier()
        watch.break_when("isnan(x)", on="after", action="raise")
        with pytest.raises(ts.TensorScopeError, match="isnan"):
            ts.probe("after", step(X))
    assert hits
    assert hits[0].name == "x"


# ------------------------------------------------------------------ Flax


class Linen(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        first = nn.Dense(4, name="first")
        x = self.perturb("hidden", nn.relu(first(first(x))))
        self.sow("intermediates", "mine", x)
        return nn.Dense(2, name="last")(x)


def linen_step(model: Linen, donate: bool = False) -> Any:
    def loss(params: Any, perturbations: Any, x: Any) -> Any:
        variables = {"params": params, "perturbations": perturbations}
        out, state = model.apply(
            variables, x, mutable=["intermediates"],
            capture_intermediates=lambda module, method: isinstance(module, nn.Dense),
        )  # fmt: skip
        return jnp.square(out).mean(), state["intermediates"]

    return jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))


def test_linen_intermediates_and_gradients() -> None:
    model = Linen()
    variables = model.init(jax.random.key(0), X)
    params, perturbations = variables["params"], variables["perturbations"]
    step = linen_step(model)
    plain = step(params, perturbations, X)
    with Watch(every=2) as watch:
        for _ in range(3):
            (loss, taken), (grads, at) = step(params, perturbations, X)
            watch.take(taken)
            watch.take(at, kind="gradient")
            watch.take(grads, kind="weight")
            ts.probe("loss", float(loss))
    assert watch.steps == 3
    first = np.asarray(X @ params["first"]["kernel"] + params["first"]["bias"])
    assert np.allclose(watch.record("first").tensor, first[:1], atol=1e-6)
    assert np.allclose(
        watch.record("first", call=1).tensor,
        first[:1] @ np.asarray(params["first"]["kernel"]), atol=1e-6,
    )  # fmt: skip
    gradient = watch.record("hidden", kind="gradient")
    assert gradient.shape == (6, 4)
    assert np.allclose(gradient.tensor, plain[1][1]["hidden"][:1])
    assert [r.step for r in watch.records("mine")] == [0, 2]
    assert {"first", "first (call 2)", "last", "mine", "hidden", "first.kernel", "loss"} == {
        n for n in watch.names() if "bias" not in n and n != "last.kernel"
    }
    assert not watch.notes


class Nnx(nnx.Module):
    def __init__(self) -> None:
        rngs = nnx.Rngs(0)
        self.first, self.last = nnx.Linear(4, 4, rngs=rngs), nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = self.first(x)
        self.sow(nnx.Intermediate, "hidden", x)
        return self.last(nnx.relu(x))


@pytest.mark.parametrize("everything", [False, True])
def test_nnx_intermediates(everything: bool) -> None:
    model = Nnx()
    arguments = {"method_outputs": nnx.Intermediate} if everything else {}

    @nnx.jit
    def run(model: Nnx, x: Any) -> Any:
        return nnx.capture(model, nnx.Intermediate, **arguments)(x)

    with Watch(every=1) as watch:
        for _ in range(2):
            out, taken = run(model, X)
            watch.take(taken)
    assert watch.steps == 2
    assert np.allclose(watch.record("hidden").tensor, np.asarray(model.first(X))[:1], atol=1e-6)
    if everything:
        assert np.allclose(watch.record("last").tensor, np.asarray(out)[:1], atol=1e-6)
        assert watch.record("(model)").shape == (6, 2)


def test_findings_do_not_claim_an_order_that_is_not_known() -> None:
    with Watch() as watch:
        watch.take({"b": {"__call__": (jnp.array([1.0, jnp.nan]),)}, "a": (jnp.arange(2),)})
    (finding,) = watch.findings
    assert (finding.kind, finding.name, finding.message) == ("nonfinite", "b", "holds NaN")
    assert "without their order" in finding.evidence
    assert "was finite" not in finding.evidence


def test_dead_units_and_breakpoints_of_what_was_taken() -> None:
    with Watch(every=1) as watch:
        watch.break_when("share(x == 0) > 0.9", on="relu", action="raise")
        for _ in range(2):
            watch.take({"relu": (jnp.ones((2, 2)),)})
        with pytest.raises(ts.TensorScopeError, match=r"share.* on the output of relu .*step 2"):
            watch.take({"relu": (jnp.zeros((2, 2)),)})


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (lambda w: w.take(X), "ts.probe"),
        (lambda w: w.take({"a": "text"}), "no array"),
        (lambda w: w.take({"a": (X,)}, kind="input"), "output, gradient or weight"),
        (lambda w: jax.jit(lambda x: w.take({"a": (x,)}))(X), "traces"),
        (lambda w: Watch().take({"a": (X,)}), "does not run yet"),
        (lambda w: Watch(Linen()), r"w\.take\(intermediates\)"),
        (lambda w: Watch(Nnx()), r"w\.take\(intermediates\)"),
    ],
)
def test_wrong_use_says_what_is_right(give: Any, words: str) -> None:
    with Watch() as watch, pytest.raises(ts.TensorScopeError, match=words) as error:
        give(watch)
    assert len(str(error.value)) <= 600


def test_a_donated_array_is_told_and_a_kept_record_stays() -> None:
    add = jax.jit(lambda x: x + 1, donate_argnums=0)
    x = jnp.arange(8.0).reshape(4, 2)
    with Watch(every=1) as watch:
        watch.take({"x": (x,)})
        add(x).block_until_ready()
        if x.is_deleted():
            with pytest.raises(ts.UnsupportedTensorError, match="donated"):
                watch.take({"x": (x,)})
    assert x.is_deleted()
    assert watch.record("x").tensor.tolist() == [[0.0, 1.0]]
