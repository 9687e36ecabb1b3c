"""Labels in a selection: when a text is one, and what is said of one that is not there."""

from __future__ import annotations

import pytest

from tensorscope.adapters.index_labels import NameLabels
from tensorscope.errors import SelectionError
from tensorscope.labels import Labels
from tensorscope.selection_parse import parse

SHAPE = (3, 6)
NAMES = NameLabels(["price", "volume", "mean", "3", "a, b", "due [EUR]"])


def labels_of(dim: int) -> Labels | None:
    return NAMES if dim == 1 else None


@pytest.mark.parametrize(
    ("sel", "expr"),
    [
        ("[0, price]", "[0, 0]"),
        ("[0, 'price']", "[0, 0]"),
        ('[0, "a, b"]', "[0, 4]"),
        ({"column": "price"}, "[:, 0]"),
        ({"column": "a, b"}, "[:, 4]"),
        ({1: " volume "}, "[:, 1]"),
        ("[0, 'due [EUR]']", "[0, 5]"),
        ("{'column': \"due [EUR]\"}", "[:, 5]"),
        ("{column: 'a, b', row: 1}", "[1, 4]"),
        ((2, "volume"), "[2, 1]"),
        # An integer, a slice and a reduction stay what they are; in quotes a label comes first.
        ({"column": "mean"}, "[:, mean]"),
        ("[0, mean]", "[0, mean]"),
        ({"column": "'mean'"}, "[:, 2]"),
        ("[0, 'mean']", "[0, 2]"),
        ("['mean', 0]", "[mean, 0]"),
        ({"column": "3"}, "[:, 3]"),
        ({"column": 3}, "[:, 3]"),
        ("[:, '3']", "[:, 3]"),
        ("[:, 'max']", "[:, max]"),
        ("[:, 1:3]", "[:, 1:3]"),
    ],
)
def test_a_text_that_is_no_other_slot_is_a_label(sel: object, expr: str) -> None:
    assert parse(sel, SHAPE, ("row", "column"), labels_of).expr == expr


@pytest.mark.parametrize(
    ("sel", "words", "span"),
    [
        ("[0, pirce]", "dim 1 has no label 'pirce': near: 'price'", (4, 9)),
        ("[0, 'pirce']", "or write a position, -6…5", (4, 11)),
        ({"column": "zzz"}, "it has 'price', 'volume', 'mean', '3' …", None),
        ({"column": 2.5}, "dim 1 has no label 2.5: it has", None),
    ],
)
def test_an_unknown_label_is_answered_with_what_there_is(
    sel: object, words: str, span: tuple[int, int] | None
) -> None:
    with pytest.raises(SelectionError) as caught:
        parse(sel, SHAPE, ("row", "column"), labels_of)
    assert caught.value.kind == "LABEL"
    assert words in str(caught.value)
    assert len(str(caught.value)) <= 600
    if span is not None:
        assert caught.value.span == span


def test_the_dim_that_has_the_label_is_named() -> None:
    both = [NameLabels(["x", "y", "z"]), NAMES]
    with pytest.raises(SelectionError, match=r"dim 1 has it, \{1: 'price'\}"):
        parse("price", SHAPE, None, lambda dim: both[dim])


def test_a_label_that_stands_twice_needs_a_position() -> None:
    twice = NameLabels(["a", "b", "a", "a", "a", "a", "a"])
    with pytest.raises(SelectionError, match="at 6 positions, 0, 2, 3, 4 …: write one") as caught:
        parse("a", (7,), None, lambda dim: twice)
    assert caught.value.kind == "LABEL"
    assert parse("b", (7,), None, lambda dim: twice).expr == "[1]"


def test_a_position_out_of_range_that_is_a_label_is_told_how_to_write_it() -> None:
    class Years(NameLabels):
        def find(self, label: object) -> list[int]:
            return super().find(str(label))

    years = Years(["1990", "1991"])
    with pytest.raises(SelectionError, match=r"allowed -2…1; the label is .* \{0: \"'1991'\"\}"):
        parse({0: 1991}, (2,), None, lambda dim: years)
    assert parse({0: "'1991'"}, (2,), None, lambda dim: years).expr == "[1]"


def test_without_labels_a_word_is_no_slot() -> None:
    with pytest.raises(SelectionError, match="'price' is no slot") as caught:
        parse("[price, 0]", SHAPE, ("row", "column"), labels_of)
    assert caught.value.kind == "SYNTAX"
