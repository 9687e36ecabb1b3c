"""A Selection is NumPy's indexing: same values, same shape, same errors."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensorscope.errors import SelectionError
from tensorscope.selection import Selection, whole
from tensorscope.selection_parse import parse

SHAPES = hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6)
BOUND = st.one_of(st.none(), st.integers(-9, 9))
SLICES = st.builds(slice, BOUND, BOUND, st.one_of(st.none(), st.integers(-4, 4).filter(bool)))


@st.composite
def shapes_and_items(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[object, ...]]:
    shape = draw(SHAPES)
    given_dims = draw(st.integers(0, len(shape)))
    items: list[object] = [
        draw(st.one_of(SLICES, st.integers(-n, n - 1)) if n else SLICES) for n in shape[:given_dims]
    ]
    if draw(st.booleans()):
        # An ellipsis anywhere shifts the items behind it to the last dims: redraw those.
        at = draw(st.integers(0, len(items)))
        tail = len(items) - at
        items[at:] = [
            Ellipsis,
            *(
                draw(st.one_of(SLICES, st.integers(-n, n - 1)) if n else SLICES)
                for n in (shape[len(shape) - tail :] if tail else ())
            ),
        ]
    return shape, tuple(items)


def typed(items: tuple[object, ...]) -> str:
    """Write the items as one would type them."""
    texts = []
    for item in items:
        if item is Ellipsis:
            texts.append("...")
        elif isinstance(item, slice):
            parts = ["" if p is None else str(p) for p in (item.start, item.stop, item.step)]
            texts.append(":".join(parts if item.step is not None else parts[:2]))
        else:
            texts.append(str(item))
    return f"[{', '.join(texts)}]"


def table(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(int(np.prod(shape, dtype=int))).reshape(shape)


@given(shapes_and_items())
def test_a_tuple_selects_what_numpy_selects(
    case: tuple[tuple[int, ...], tuple[object, ...]],
) -> None:
    shape, items = case
    x = table(shape)
    selection = parse(items, shape)
    expected = np.asarray(x[items])
    assert selection.shape == expected.shape
    assert np.array_equal(np.asarray(x[selection.index]), expected)


@given(shapes_and_items())
def test_typed_text_selects_the_same(case: tuple[tuple[int, ...], tuple[object, ...]]) -> None:
    shape, items = case
    assert parse(typed(items), shape) == parse(items, shape)


@given(shapes_and_items())
def test_an_expression_restores_its_selection(
    case: tuple[tuple[int, ...], tuple[object, ...]],
) -> None:
    shape, items = case
    selection = parse(items, shape)
    assert parse(selection.expr, shape) == selection
    assert parse(selection.expr[1:-1], shape) == selection  # brackets may be missing


@given(shapes_and_items())
def test_forward_spans_hold_the_same_positions(
    case: tuple[tuple[int, ...], tuple[object, ...]],
) -> None:
    shape, items = case
    selection = parse(items, shape)
    for slot, length in zip(selection.slots, shape, strict=True):
        if not isinstance(slot, int):
            forward = list(range(length)[slot.forward().slice])
            assert sorted(range(length)[slot.slice]) == forward


@given(SHAPES, st.integers(-50, 50))
def test_an_index_out_of_range_is_refused_as_numpy_refuses(
    shape: tuple[int, ...], index: int
) -> None:
    if not shape:
        return
    try:
        table(shape)[index]
        allowed = True
    except IndexError:
        allowed = False
    try:
        parse(index, shape)
        accepted = True
    except SelectionError as error:
        accepted = False
        assert error.kind == "BOUNDS"
        assert isinstance(error, IndexError)
    assert accepted == allowed


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        selection = parse(text, (3, 4, 5))
    except SelectionError as error:
        assert error.kind in ("SYNTAX", "BOUNDS", "DIMS", "TYPE")
        assert len(str(error)) <= 600
        if error.span is not None:
            start, end = error.span
            assert 0 <= start <= end <= len(text)
    else:
        assert isinstance(selection, Selection)
        assert len(selection.slots) == 3


@given(SHAPES)
def test_none_is_everything(shape: tuple[int, ...]) -> None:
    assert parse(None, shape) == whole(shape)
    assert whole(shape).is_whole
