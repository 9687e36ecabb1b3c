"""where and topk where frameworks answer wrongly, and the words that come with the answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.condition import Condition
from tensorscope.errors import ConditionError, SelectionError
from tensorscope.hits import share_text
from tests.strategies import ran, same_bits, small_pieces

T = torch.tensor


def places(x: Any, condition: str) -> list[tuple[int, ...]]:
    return [tuple(i) for i in ts.where(x, condition).indices.tolist()]


@pytest.mark.parametrize(
    ("x", "condition", "expected"),
    [
        (T([0, 255], dtype=torch.uint8), "> -1", [(0,), (1,)]),
        (T([0, 255], dtype=torch.uint8), "> 300", []),
        (T([0, 255], dtype=torch.uint8), "== 256", []),
        (T([0, 255], dtype=torch.uint8), "> 254.5", [(1,)]),
        (T([100, -100], dtype=torch.int8), "> 200", []),
        (T([-128, 127], dtype=torch.int8), "abs(x) == 128", [(0,)]),
        (T([-128, 127], dtype=torch.int8), "abs(x) > 127", [(0,)]),
        (T([1], dtype=torch.int32), f"< {2**40}", [(0,)]),
        (T([1]), f"< {2**63}", [(0,)]),
        (T([2**53 + 1]), "> 9007199254740992.0", [(0,)]),
        (T([2**24 + 1], dtype=torch.int32), "> 16777216.0", [(0,)]),
        (T([2**64 - 1, 5], dtype=torch.uint64), "> 5", [(0,)]),
        (T([2**64 - 1, 5], dtype=torch.uint64), f"< {float(2**64)}", [(0,), (1,)]),
        (T([2.0, 0.5]).to(torch.float8_e4m3fn), "> 1", [(0,)]),
        (T([3 + 4j, 1 + 0j]), "abs(x) > 2", [(0,)]),
        (T([3 + 4j, 1 + 0j]), "x == 1", [(1,)]),
        (T([1e-40]), "> 0", [(0,)]),
        (T(5.0), "> 2", [()]),
        (T(1.0), "> 2", []),
        (T([True, False]), "> 0", [(0,)]),
        (T([True, False]), "x == False", [(1,)]),
        (T([True, False]), "< 2", [(0,), (1,)]),
        (T([math.nan, 1.0]), "x != 1", [(0,)]),
        (T([math.nan, 1.0]), "~(x != 1)", [(1,)]),
        (T([math.nan]), "(x <= 0) | (x > 0) | (x == nan)", []),
        (T([0.9]), "x == 0.9", [(0,)]),
        (T([0.9], dtype=torch.float64).float().double(), "x == 0.9", []),
        (T([16777216.0, 16777218.0]), "x > 16777217", [(1,)]),
        (T([math.inf, -math.inf, 0]), "isposinf(x)", [(0,)]),
        (T([math.inf, -math.inf, 0]), "isneginf(x)", [(1,)]),
        (T([1, 2]), "isnan(x) | (x == inf)", []),
        (T([1, 2]), "isfinite(x) & (x != nan)", [(0,), (1,)]),
        (torch.empty(0, 3), "> 0", []),
    ],
)
def test_comparisons_are_right_for_every_bit(
    x: torch.Tensor, condition: str, expected: list[tuple[int, ...]]
) -> None:
    hits = ts.where(x, condition)
    assert [tuple(i) for i in hits.indices.tolist()] == expected
    assert hits.indices.shape == (len(expected), x.ndim)
    indices, values = ran(hits.code, x)
    assert np.array_equal(indices, hits.indices)
    assert same_bits(values, hits.values)


def test_the_note_says_to_what_a_threshold_was_rounded() -> None:
    half = torch.tensor([0.9], dtype=torch.float16)
    assert ts.where(half, "> 0.9").notes == ("Compared as float16: 0.9 became 0.89990234375",)
    assert ts.where(half, "> 0.5").notes == ()
    assert ts.where(half, "> 70000").notes == ("Compared as float16: 70000 became inf",)
    assert ts.where(torch.tensor([1]), "> 0.9").notes == ()
    assert "isnan(x)" in ts.where(half, "x == nan").notes[0]


def test_the_code_of_a_float_threshold_is_what_one_would_write() -> None:
    act = torch.randn(3, 4)
    code = "((x > 0.9).nonzero()[:5].numpy(), x[x > 0.9][:5].numpy())"
    assert ts.where(act, "> 0.9", limit=5).code == code
    code = "(np.argwhere(x > 0.9)[:1000], x[x > 0.9][:1000])"
    assert ts.where(act.numpy(), "> 0.9").code == code
    assert ts.where(act.numpy(), "abs(x) > 0.9", "[1, ::-1]").code == (
        "(lambda v: (np.argwhere(np.abs(v) > 0.9)[:1000] * [1, -1] + [1, 3], "
        "v[np.abs(v) > 0.9][:1000]))(x[1:2][:, ::-1])"
    )


def test_the_limit_bounds_the_list_and_not_the_count() -> None:
    x = np.ones((100, 100))
    hits = ts.where(x, "> 0", limit=3)
    assert (hits.count, len(hits), hits.complete) == (10_000, 3, False)
    assert hits.indices.tolist() == [[0, 0], [0, 1], [0, 2]]
    none = ts.where(x, "> 0", limit=0)
    assert (none.count, len(none), none.complete) == (10_000, 0, False)


def test_hits_are_own_arrays() -> None:
    x = np.arange(4.0)
    hits = ts.where(x, ">= 0")
    x[:] = -1
    assert hits.values.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert hits.values.base is None


def test_bfloat16_values_are_float32_and_their_text_is_short() -> None:
    hits = ts.where(torch.tensor([0.1, 2.0], dtype=torch.bfloat16), "> 0")
    assert hits.values.dtype == np.float32
    assert hits.texts == ["0.1", "2.0"]


def test_the_text_lists_coordinates_and_values() -> None:
    x = np.zeros((3, 40))
    x[1, 20:35] = 0.5
    text = repr(ts.where(x, "> 0"))
    assert text.startswith("<Hits 15 of 120 (12.5 %), 15 listed>")
    assert "  [1, 20]  0.5" in text
    assert "… 5 more" in text
    assert "NaN left out" in repr(ts.topk(np.array([math.nan, 1.0]), 3))


@pytest.mark.parametrize("mask_kind", [np.asarray, torch.from_numpy])
def test_masks(mask_kind: Any) -> None:
    x = torch.arange(12).view(3, 4)
    bits = np.asarray(x) % 5 == 2
    hits = ts.where(x, mask_kind(bits))
    assert hits.values.tolist() == [2, 7]
    inside = ts.where(x, mask_kind(bits), "[1:, ::-1]")
    assert inside.indices.tolist() == [[1, 3]]
    part = ts.where(x, mask_kind(np.array([True, False, True, False])), "[2, :]")
    assert part.indices.tolist() == [[2, 0], [2, 2]]
    for found in (hits, inside, part):
        indices, values = ran(found.code, x)
        assert np.array_equal(indices, found.indices)
        assert np.array_equal(values, found.values)


@pytest.mark.parametrize(
    ("x", "k", "how", "expected"),
    [
        (T([1.0, math.nan, 3.0, 2.0]), 2, {}, [(2, 3.0), (3, 2.0)]),
        (T([127, -128], dtype=torch.int8), 1, {"by": "abs"}, [(1, -128)]),
        (T([127, -128], dtype=torch.int8), 1, {"by": "abs", "largest": False}, [(0, 127)]),
        (T([False, True]), 1, {}, [(1, True)]),
        (T([0.0, -0.0, 0.0]), 3, {}, [(0, 0.0), (1, -0.0), (2, 0.0)]),
        (T([5, 7, 7, 5]), 3, {}, [(1, 7), (2, 7), (0, 5)]),
        (T([5, 7, 7, 5]), 3, {"largest": False}, [(0, 5), (3, 5), (1, 7)]),
        (T([-math.inf, math.nan, -math.inf]), 5, {}, [(0, -math.inf), (2, -math.inf)]),
        (T([3 + 4j, -6 + 0j]), 1, {"by": "abs"}, [(1, -6 + 0j)]),
        (T([0, 2**64 - 1], dtype=torch.uint64), 1, {}, [(1, 2**64 - 1)]),
        (T([math.nan]), 3, {}, []),
        (torch.empty(0), 3, {}, []),
        (T([1.0]), 0, {}, []),
    ],
)
def test_topk(x: torch.Tensor, k: int, how: dict[str, Any], expected: list[Any]) -> None:
    best = ts.topk(x, k, **how)
    found = list(zip(best.indices[:, 0].tolist(), best.values.tolist(), strict=True))
    assert found == expected
    assert [str(v) for _, v in found] == [str(v) for _, v in expected]
    indices, values = ran(best.code, x)
    assert np.array_equal(indices, best.indices)
    assert values.tobytes() == best.values.tobytes()


def test_topk_counts_what_it_leaves_out() -> None:
    best = ts.topk(np.array([math.nan, 1.0, math.nan]), 5)
    assert (best.nan, best.count, len(best), best.complete) == (2, 1, 1, True)


@pytest.mark.parametrize("order", ["rising", "falling", "shuffled", "constant", "two"])
@pytest.mark.parametrize("k", [1, 10, 5000])
@pytest.mark.parametrize("turned", [False, True])
def test_topk_of_many_blocks(order: str, k: int, turned: bool) -> None:
    rng = np.random.default_rng(0)
    x = {
        "rising": np.arange(60_000.0),
        "falling": np.arange(60_000.0)[::-1].copy(),
        "shuffled": rng.permutation(60_000).astype(float),
        "constant": np.full(60_000, 2.0),
        "two": rng.integers(0, 2, 60_000).astype(float),
    }[order].reshape(200, 300)
    if turned:
        x = x.T
    best = ts.topk(x, k)
    expected = np.argsort(-x, axis=None, kind="stable")[:k]
    flat = best.indices[:, 0] * x.shape[1] + best.indices[:, 1]
    assert np.array_equal(flat, expected)
    with small_pieces():
        again = ts.topk(x[:7, :9], min(k, 40))
    expected = np.argsort(-x[:7, :9], axis=None, kind="stable")[: min(k, 40)]
    assert np.array_equal(again.indices[:, 0] * 9 + again.indices[:, 1], expected)


def test_signalling_nan_is_left_out_too() -> None:
    bits = np.array([0x3F800000, 0x7FA00000, 0x40000000, 0x3F000000] * 3000, np.uint32)
    best = ts.topk(bits.view(np.float32), 2)
    assert (best.nan, best.values.tolist()) == (3000, [2.0, 2.0])
    assert ts.topk(bits.view(np.float32), 1, largest=False).values.tolist() == [0.5]


def test_complex_numbers_have_no_order() -> None:
    x = T([1 + 1j])
    for call in (
        lambda: ts.where(x, "> 1"),
        lambda: ts.where(x, "isposinf(x)"),
        lambda: ts.topk(x),
    ):
        with pytest.raises(ConditionError) as caught:
            call()
        assert caught.value.kind == "TYPE"


@pytest.mark.parametrize(
    ("call", "error", "kind", "words"),
    [
        (lambda x: ts.where(x, "> 1 +"), ConditionError, "SYNTAX", "does not continue"),
        (lambda x: ts.where(x, 0.9), ConditionError, "TYPE", "boolean mask"),
        (lambda x: ts.where(x, np.ones((2, 3))), ConditionError, "TYPE", "mask != 0"),
        (lambda x: ts.where(x, np.ones(3, bool)), ConditionError, "SHAPE", "(2, 3)"),
        (lambda x: ts.where(x, "> 1", limit=-1), SelectionError, "TYPE", "limit=-1"),
        (lambda x: ts.where(x, "> 1", limit=2.5), SelectionError, "TYPE", "limit=2.5"),
        (lambda x: ts.topk(x, "3"), SelectionError, "TYPE", "whole number"),
        (lambda x: ts.topk(x, True), SelectionError, "TYPE", "whole number"),
        (lambda x: ts.topk(x, by="size"), SelectionError, "TYPE", "by='abs'"),
        (lambda x: ts.where(x, "> 1", "[5, 0]"), SelectionError, "BOUNDS", "out of range"),
    ],
)
def test_errors_say_what_came_and_what_is_allowed(
    call: Any, error: type[Exception], kind: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        call(np.ones((2, 3)))
    assert caught.value.kind == kind  # type: ignore[attr-defined]
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 10**9, "< 0.01 %"), (130, 3136, "4.1 %"),
     (10**9 - 1, 10**9, "> 99.99 %"), (1, 200, "0.50 %")],
)  # fmt: skip
def test_shares(part: int, whole: int, text: str) -> None:
    assert share_text(part, whole) == text


def test_a_condition_object_is_taken_as_its_text_is() -> None:
    x = np.arange(5)
    assert ts.where(x, Condition.parse("> 2")).indices.tolist() == [[3], [4]]


def test_the_tensor_is_left_as_it_was() -> None:
    x = torch.randn(4, 5, requires_grad=True)
    version = x._version
    ts.where(x, "> 0")
    ts.topk(x)
    ts.stats(x)
    assert x._version == version
    assert x.requires_grad
    assert x.is_leaf
    assert x.untyped_storage().resizable()


def test_a_list_in_order_says_so() -> None:
    assert repr(ts.topk(np.arange(9.0), 2)).startswith("<Hits: the first 2 in order, of 9>")


def test_hits_are_gone_through_as_places_and_values() -> None:
    x = T([[0.0, 2.0], [3.0, 0.0]]).bfloat16()
    found = ts.where(x, "> 1")
    assert list(found) == [((0, 1), 2.0), ((1, 0), 3.0)]
    assert len(found) == 2
    assert [x[place].item() for place, _ in found] == [value for _, value in found]
    assert all(type(i) is int for place, _ in found for i in place)
    assert list(ts.where(T(5.0), "> 1")) == [((), 5.0)]
    assert list(ts.where(x, "> 9")) == []
    dates = np.array(["2020-01-01", "2021-01-01"], "M8[ns]")
    assert list(ts.topk(dates, 1)) == [((1,), dates[1])]
