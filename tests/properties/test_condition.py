"""Any tree can be written and read again; any text gives a condition or one kind of error."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tensorscope.condition import And, Compare, Condition, Node, Not, Or, Test
from tensorscope.errors import ConditionError

NUMBERS = st.one_of(
    st.integers(-(2**200), 2**200), st.floats(allow_nan=False), st.sampled_from([True, False])
)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS, st.booleans()),
    st.builds(
        Test,
        st.sampled_from(["isnan", "isinf", "isfinite", "isposinf", "isneginf"]),
        st.booleans(),
    ),
)


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3)

    def flat(kind: type[And] | type[Or]) -> st.SearchStrategy[Node]:
        return several.map(
            lambda nodes: kind(
                tuple(p for n in nodes for p in (n.parts if isinstance(n, kind) else (n,)))
            )
        )

    return st.one_of(st.builds(Not, parts), flat(And), flat(Or))


@given(st.recursive(LEAVES, _joined, max_leaves=12))
def test_the_text_of_any_tree_parses_to_the_tree(root: Node) -> None:
    condition = Condition(root)
    again = Condition.parse(condition.text)
    assert again == condition
    assert again.text == condition.text


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="x<>=!~&|()0123.e-+ absinorfdt", max_size=60),
        st.lists(
            st.sampled_from("x abs ( ) < > == & | ~ and or not isnan 1 2.5 -3 inf".split()),
            max_size=12,
        ).map(" ".join),
    )
)
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    caught: ConditionError | None = None
    try:
        condition = Condition.parse(text)
    except ConditionError as error:
        caught = error
    if caught is None:
        assert Condition.parse(condition.text).text == condition.text
        return
    assert caught.kind == "SYNTAX"
    assert len(str(caught)) <= 600
    assert caught.span is not None
    assert 0 <= caught.span[0] <= caught.span[1] <= len(text)


@given(st.floats())
def test_a_float_keeps_its_value(value: float) -> None:
    threshold = Condition.parse(f"x > {value!r}").threshold
    assert threshold is not None
    op, read = threshold
    assert op == ">"
    assert read == value or (math.isnan(read) and math.isnan(value))
    assert math.copysign(1, read) == math.copysign(1, value) or math.isnan(value)
