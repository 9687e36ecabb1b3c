"""Hit code puts names in their places where that reads well, and never changes what it gives."""

from __future__ import annotations

import numpy as np
import pytest

from tensorscope.kernels.let import let


@pytest.mark.parametrize(
    ("name", "value", "body", "text"),
    [
        ("m", "x > 1", "(np.argwhere(m), x[m])", "(np.argwhere(x > 1), x[x > 1])"),
        ("m", "x > 1", "m.nonzero()", "(x > 1).nonzero()"),
        ("v", "x", "(v.vm, 'v')", "(x.vm, 'v')"),
        ("v", "f", "(lambda f: v[f])(1)", "(lambda v: (lambda f: v[f])(1))(f)"),
        ("v", "f.g", "(lambda f: v[f])(1)", "(lambda v: (lambda f: v[f])(1))(f.g)"),
        ("v", "g.f", "(lambda f: v[f])(1)", "(lambda f: g.f[f])(1)"),
    ],
)
def test_names_are_put_in_place(name: str, value: str, body: str, text: str) -> None:
    assert let(name, value, body) == text


def test_a_long_value_that_is_used_often_is_computed_once() -> None:
    value = "x[:1].transpose(1, 2, 0).copy()[::-1, ::-1]"
    assert (
        let("v", value, "(v, v.ravel(), v.shape)")
        == f"(lambda v: (v, v.ravel(), v.shape))({value})"
    )


def test_the_answer_is_the_same() -> None:
    x = np.arange(6.0).reshape(2, 3)
    code = let("v", "x[::-1]", let("m", "v > 2", "(np.argwhere(m), v[m])"))
    assert "lambda" not in code
    places, values = eval(code, {"x": x, "np": np})
    np.testing.assert_array_equal(values, x[::-1][x[::-1] > 2])
    np.testing.assert_array_equal(places, np.argwhere(x[::-1] > 2))
