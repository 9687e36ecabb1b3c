"""What a selection says when it cannot be read, and the forms that one may type."""

from __future__ import annotations

import numpy as np
import pytest

from tensorscope.errors import SelectionError
from tensorscope.selection import last_plane
from tensorscope.selection_parse import parse
from tensorscope.slots import Reduce, Span

SHAPE = (8, 3, 32)


@pytest.mark.parametrize(
    ("sel", "expr"),
    [
        ("[0, 2, 10]", "[0, 2, 10]"),
        ("0,2", "[0, 2, :]"),
        ("[2:5, :]", "[2:5, :, :]"),
        ("[..., ::-1]", "[:, :, ::-1]"),
        ("[-1]", "[7, :, :]"),
        ("[ 1 , ... , -2 ]", "[1, :, 30]"),
        ("act[0, 2]", "[0, 2, :]"),
        ("[::2]", "[::2, :, :]"),
        ("[1:8:2]", "[1::2, :, :]"),
        ("[5:1:-2]", "[5:2:-2, :, :]"),
        ("[3:4]", "[3:4, :, :]"),
        ("[5:2]", "[0:0, :, :]"),
        ("[]", "[:, :, :]"),
        ("", "[:, :, :]"),
        ("[0, mean, :]", "[0, mean, :]"),
        ("{1: 2}", "[:, 2, :]"),
        ('{"y": 2, 0: 1:3}', "[1:3, 2, :]"),
        ("{'x': 4,}", "[:, :, 4]"),
        ((0, slice(2, 5)), "[0, 2:, :]"),
        (np.int64(3), "[3, :, :]"),
        ((np.array(-1), 2), "[7, 2, :]"),
        ({"x": "::4"}, "[:, :, ::4]"),
        ({-1: Reduce("max")}, "[:, :, max]"),
        (Ellipsis, "[:, :, :]"),
        (slice(None, None, -1), "[::-1, :, :]"),
    ],
)
def test_forms(sel: object, expr: str) -> None:
    assert parse(sel, SHAPE, ("batch", "y", "x")).expr == expr


@pytest.mark.parametrize(
    ("sel", "kind", "words", "span"),
    [
        (
            "[0, 0, 40]",
            "BOUNDS",
            "dim 2 index 40 is out of range: shape (8, 3, 32), allowed -32…31",
            (7, 9),
        ),
        ((0, 0, -33), "BOUNDS", "dim 2 index -33 is out of range", None),
        ("[0, 1, 2, 3]", "DIMS", "4 slots for 3 dims", (10, 11)),
        ("[0, foo]", "SYNTAX", "'foo' is no slot", (4, 7)),
        ("[..., ...]", "SYNTAX", "stands twice", (6, 9)),
        ("[0, 1", "SYNTAX", "not closed", (0, 1)),
        ("[::0]", "SYNTAX", "step", (1, 4)),
        ("x[0, 1, 2].item()", "SYNTAX", "'.item()' follows", (10, 17)),
        ("[0,,1]", "SYNTAX", "'' is no slot", None),
        ("__import__('os')", "SYNTAX", "is no slot", (0, 16)),
        ("[[0]]", "TYPE", "lists of indices are not taken", (1, 4)),
        ("[0, [1, 2]]", "TYPE", "e.g. x[0][[1, 2]]", (4, 10)),
        ("{1: [1, 2]}", "TYPE", "the list [1, 2] stands in a slot", (4, 10)),
        ((0, [1, 2]), "TYPE", "dim 1 got [1, 2]: lists of indices are not taken", None),
        ([0, [1, 2]], "TYPE", "One slot a dim is a tuple", None),
        ((np.array(0.5),), "TYPE", "dim 0 got an object of type ndarray: a slot is", None),
        ({1: np.array([1, 2])}, "TYPE", "dim 1 got an object of type ndarray: lists of", None),
        ("[" * 10_000, "SYNTAX", "at most 2000", None),
        ("[mean, max]", "TYPE", "stand together", None),
        ("[1e9]", "SYNTAX", "'1e9' is no slot", (1, 4)),
        ("[99999999999999999999]", "SYNTAX", "is no slot", None),
        ("[٣]", "SYNTAX", "is no slot", None),
        (True, "TYPE", "ts.where(x, mask)", None),
        ([0, 1], "TYPE", "lists of indices", None),
        (1.5, "TYPE", "a slot is an integer", None),
        ({"channel": 3}, "DIMS", "the dims are batch, y, x", None),
        ({7: 3}, "DIMS", "dims 0…2", None),
        ("{channel 3}", "SYNTAX", "is no entry", (1, 10)),
        ({None: 1}, "TYPE", "names no dim", None),
    ],
)
def test_refusals_say_what_came_and_what_is_allowed(
    sel: object, kind: str, words: str, span: tuple[int, int] | None
) -> None:
    with pytest.raises(SelectionError) as caught:
        parse(sel, SHAPE, ("batch", "y", "x"))
    assert caught.value.kind == kind
    assert words in str(caught.value)
    assert len(str(caught.value)) <= 600
    if span is not None:
        assert caught.value.span == span


def test_a_selection_of_another_shape_is_refused() -> None:
    with pytest.raises(SelectionError, match="belongs to shape"):
        parse(parse("[0]", (2, 3)), SHAPE)


def test_the_first_plane_of_a_tensor() -> None:
    assert last_plane((1, 64, 56, 56)).expr == "[0, 0, :, :]"
    assert last_plane((5,)).expr == "[:]"
    assert last_plane(()).expr == "[]"
    assert last_plane((0, 3, 4)).slots == (Span(0, 1, 0), Span(0, 1, 3), Span(0, 1, 4))
