"""Conditions: what can be typed, what it means, and what is refused."""

from __future__ import annotations

import math

import pytest

from tensorscope.condition import And, Compare, Condition, Not, Or, Test
from tensorscope.errors import ConditionError

HALF = Compare(">", 0.9)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("x > 0.9", HALF),
        ("> 0.9", HALF),
        ("  >0.9 ", HALF),
        ("0.9 < x", HALF),
        ("(x) > (0.9)", HALF),
        ("x ≥ 2", Compare(">=", 2)),
        ("x > -1_000", Compare(">", -1000)),
        ("x > .5", Compare(">", 0.5)),
        ("x > 1e-3", Compare(">", 0.001)),
        ("x == -inf", Compare("==", -math.inf)),
        ("x == True", Compare("==", True)),
        ("x != 340282366920938463463374607431768211457", Compare("!=", 2**128 + 1)),
        ("abs(x) > 3", Compare(">", 3, True)),
        ("3 > abs(x)", Compare("<", 3, True)),
        ("isnan(x)", Test("isnan")),
        ("isinf(abs(x))", Test("isinf", True)),
        ("~isfinite(x)", Not(Test("isfinite"))),
        ("not x > 3", Not(Compare(">", 3))),
        ("~(x > 3)", Not(Compare(">", 3))),
        ("0.1 < x < 0.5", And((Compare(">", 0.1), Compare("<", 0.5)))),
        ("> 0.1 & < 0.5", And((Compare(">", 0.1), Compare("<", 0.5)))),
        ("x < 0 | x > 1", Or((Compare("<", 0), Compare(">", 1)))),
        ("(x < 0) | (x > 1)", Or((Compare("<", 0), Compare(">", 1)))),
        ("x < 0 or x > 1 or x == 0.5", Or((Compare("<", 0), Compare(">", 1), Compare("==", 0.5)))),
        # 'and' binds tighter than 'or', '&' tighter than '|', and symbols tighter than words.
        (
            "x < 0 or x > 1 and x != 2",
            Or((Compare("<", 0), And((Compare(">", 1), Compare("!=", 2))))),
        ),
        (
            "x < 0 | x > 1 and x != 2",
            And((Or((Compare("<", 0), Compare(">", 1))), Compare("!=", 2))),
        ),
        ("not x < 0 & x > -1", Not(And((Compare("<", 0), Compare(">", -1))))),
        ("(0 < x < 1) & ~isnan(x)", And((Compare(">", 0), Compare("<", 1), Not(Test("isnan"))))),
    ],
)
def test_what_is_typed_is_what_is_meant(text: str, root: object) -> None:
    assert Condition.parse(text).root == root


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("> 0.9", "x > 0.9"),
        ("0.5 > x > 0.1", "0.5 > x > 0.1"),
        ("x>1 and x<2", "1 < x < 2"),
        ("x<0|x>1", "(x < 0) | (x > 1)"),
        ("~ isfinite( x )", "~isfinite(x)"),
        ("x == 3 & not (x > 1 or isnan(x))", "(x == 3) & ~((x > 1) | isnan(x))"),
    ],
)
def test_the_canonical_text_is_readable_and_parses_to_the_same(text: str, canonical: str) -> None:
    if "& not" in text:
        text = text.replace("& not", "and not")
    condition = Condition.parse(text)
    assert condition.text == str(condition) == canonical
    assert Condition.parse(canonical) == condition


def test_a_condition_is_a_value() -> None:
    one, other = Condition.parse("> 1"), Condition.parse("1 < x")
    assert one == other
    assert hash(one) == hash(other)
    assert Condition.parse(one) is one
    with pytest.raises(AttributeError):
        one.root = HALF  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("x > 0.9", (">", 0.9)),
        ("3 >= x", ("<=", 3)),
        ("abs(x) > 3", None),
        ("~(x > 3)", None),
        ("0 < x < 1", None),
        ("isnan(x)", None),
    ],
)
def test_a_threshold_is_one_comparison_of_plain_x(text: str, threshold: object) -> None:
    assert Condition.parse(text).threshold == threshold


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("__import__('os')", (0, 10), "stands where x or a number belongs"),
        ("x > '2020", (4, 5), "cannot be read"),
        ("x > '2020' '2021'", (11, 17), "does not continue"),
        ("x > -'3 s'", (4, 5), "write it inside"),
        ("'2020' < '2021'", (0, 15), "two numbers"),
        ("x.__class__", (1, 11), "cannot be read"),
        ("exec > 1", (0, 4), "stands where x or a number belongs"),
        ("(lambda: 1) > x", (7, 8), "cannot be read"),
        ("y > 3", (0, 1), "'y'"),
        ("x > ", (3, 3), "a number is missing"),
        ("x >", (3, 3), "a number is missing"),
        ("", (0, 0), "empty"),
        ("   ", (0, 0), "empty"),
        ("x", (0, 1), "x alone is no condition"),
        ("3", (0, 1), "a number alone"),
        ("x > x", (0, 5), "x with itself"),
        ("1 < 2", (0, 5), "two numbers"),
        ("x = 3", (2, 3), "write == to compare"),
        ("x > 1 && x < 2", (6, 8), "write & or and"),
        ("x > 1 || x < 0", (6, 8), "write | or or"),
        ("!isnan(x)", (0, 1), "write ~ or not"),
        ("~x > 3", (0, 1), "~(x > 3)"),
        ("((x > 3)", (0, 1), "not closed"),
        ("x > 3)", (5, 6), "closes nothing"),
        ("x > 5 5", (6, 7), "does not continue"),
        ("x > 3a", (4, 6), "cannot be read"),
        ("x > 1__0", (4, 8), "no number"),
        ("x > --3", (5, 6), "stands where"),
        ("(x > 1) > 2", (8, 9), "cannot be compared"),
        ("isnan(x) > 1", (9, 10), "not compared"),
        ("isnan(3)", (0, 5), "takes x"),
        ("isnan x", (0, 5), "needs brackets"),
        ("abs x > 3", (0, 3), "needs brackets"),
        ("abs(-3) < x", (0, 3), "without its sign"),
        ("x > １", (4, 5), "cannot be read"),
    ],
)
def test_what_is_refused_is_pointed_at(text: str, span: tuple[int, int], words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert caught.value.kind == "SYNTAX"
    assert caught.value.span == span
    assert words in str(caught.value)
    told = ("x > 0.9", "compare x", "never run as Python", "boolean mask")
    assert any(words in str(caught.value) for words in told)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("torch.isnan(x)", "isnan(x)"),
        ("np.isnan(x)", "isnan(x)"),
        ("jnp.isfinite(x) & (x > 2)", "isfinite(x) & (x > 2)"),
        ("tf.math.is_nan(x)", "isnan(x)"),
        ("~torch.isfinite(x)", "~isfinite(x)"),
        ("x.isnan()", "isnan(x)"),
        ("act.isinf()", "isinf(x)"),
        ("x.abs() > 3", "abs(x) > 3"),
        ("np.abs(x) > 3", "abs(x) > 3"),
        ("|x| > 3", "abs(x) > 3"),
        ("x is nan", "isnan(x)"),
        ("x is not nan", "~isnan(x)"),
        ("is nan", "isnan(x)"),
        ("x is None", "isnan(x)"),
        ("x == None", "isnan(x)"),
        ("x is not None", "~isnan(x)"),
        ("nan", "isnan(x)"),
        ("NaN", "isnan(x)"),
        ("np.nan", "isnan(x)"),
        (" torch.nan ", "isnan(x)"),
        ("x is inf", "isinf(x)"),
        ("x is True", "x == True"),
        ("x is not -1", "x != -1"),
        ("not x", "x == 0"),
        ("~x", "x == 0"),
        ("x > 1 and not x", "(x > 1) & (x == 0)"),
        ("x in [1, 2]", "(x == 1) | (x == 2)"),
        ("x not in (1, -2.5)", "~((x == 1) | (x == -2.5))"),
        ("x > np.inf", "x > inf"),
        ("x == float('-inf')", "x == -inf"),
        ("x => 1", "x >= 1"),
        ("x <> 1", "x != 1"),
        ("np.logical_not(x > 1)", "~(x > 1)"),
    ],
)
def test_what_is_right_elsewhere_is_told_in_our_spelling(text: str, spelling: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert f"; write {spelling!r}: a condition is read" in str(caught.value)
    assert "column" not in str(caught.value)
    assert Condition.parse(spelling).text == spelling


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x and y", "each side of & (and) and of | (or) is a comparison of its own"),
        ("x == 1 or 2", "each side of & (and)"),
        ("x % 2 == 0", "there is no arithmetic here: a condition compares x with numbers"),
        ("x ** 2 > 1", "pass the boolean mask, e.g. ts.where(t, t % 2 == 0)"),
        ("x.max() > 3", "there are no such functions here"),
        ("np.isclose(x, 1)", "ts.where(t, t > t.mean())"),
    ],
)
def test_what_no_condition_can_say_is_told_with_what_can(text: str, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["__import__('os').isnan(x)", "x in [x for x in y]", "x.isnan().__class__", "x in []"]
)
def test_a_spelling_is_proposed_only_where_it_can_be_read(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert "; write '" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000, "(" * 1900, "~" * 1900 + "isnan(x)", "not " * 499 + "x>1", "x > " + "9" * 5000,
     "abs(" * 450 + "x", "\0", "x > 1\n\n)"],
)  # fmt: skip
def test_hostile_text_is_refused_quickly_and_briefly(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert caught.value.kind == "SYNTAX"
    assert len(str(caught.value)) <= 600


def test_what_is_no_text_is_a_type_error_of_the_condition() -> None:
    with pytest.raises(ConditionError, match="boolean mask") as caught:
        Condition.parse(3)
    assert caught.value.kind == "TYPE"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("close > 3", "close"),
        ("3 < close", "close"),
        ("x > 1 & close > 3", "close"),
        ("'close' > 3", "close"),
        ("df.close > 3", "close"),
        ('x["close"] > 3', "close"),
    ],
)
def test_a_column_in_a_condition_is_sent_to_the_selection(text: str, name: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    told = str(caught.value)
    assert f"a column or label of a table goes in the selection, {{'column': '{name}'}}" in told
    assert len(told) <= 600


@pytest.mark.parametrize(
    "text",
    ["sqrt(x) > 3", "x.abs() > 3", "x > and", "'2020' < '2021'", "x.__class__", "(lambda: 1)"],
)
def test_what_cannot_be_a_column_is_not(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    assert "column" not in str(caught.value)
