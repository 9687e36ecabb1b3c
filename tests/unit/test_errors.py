"""Every public entry point refuses what it cannot take: what came, what is allowed, what next."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.errors import REFUSALS, quote

X = np.arange(20.0).reshape(4, 5)


class Odd:
    """Nothing that anybody expects; asking for its own words is a mistake."""

    def __repr__(self) -> str:
        raise AssertionError("a message asked an unknown object for its repr")


def scope(**given: Any) -> ts.Scope:
    return ts.scope(X, **given)


def closed() -> ts.Scope:
    made = scope()
    made.close()
    return made


def assign(name: str, value: object) -> None:
    setattr(ts.scope(X), name, value)


ODD = Odd()
#: What is called, the kind of the error, and words that must stand in it.
WRONG: list[tuple[Callable[[], object], str, str]] = [
    # What is no tensor.
    (lambda: ts.extract(None), "NOT_NUMERIC", "None is no tensor that can be read: pass a tensor"),
    (lambda: ts.stats("act.npy"), "NOT_NUMERIC", "'act.npy' is no tensor that can be read: pass"),
    (lambda: ts.stats(Path("act.npy")), "NOT_NUMERIC", "ts.open(path) opens one in a file"),
    (lambda: ts.where(ODD, "> 0"), "NOT_NUMERIC", "Odd is no tensor that can be read"),
    (lambda: ts.topk(np.float64), "NOT_NUMERIC", "the class float64 is no tensor"),
    (lambda: ts.describe({}), "NOT_NUMERIC", "{} is no tensor that can be read: pass a tensor"),
    (lambda: ts.describe({"w": X}), "CONTAINER", "pass one of its members, e.g. x['w']"),
    (lambda: ts.scope({"a": [0, {"b": X}]}), "CONTAINER", "as in ts.scope(x['a'][1]['b'])"),
    (lambda: ts.scope({"w": X}), "CONTAINER", "%load_ext tensorscope, then x as a cell's last"),
    (lambda: ts.scope([1, X]), "CONTAINER", "e.g. x[1], as in ts.scope(x[1])"),
    (lambda: ts.scope({"a": 1.0}), "NOT_NUMERIC", "{'a': 1.0} is no tensor that can be read"),
    (lambda: ts.scope(x for x in [X]), "NOT_NUMERIC", "pass one of them, e.g. list(x)[0]"),
    (lambda: ts.scope([X, X]), "CONTAINER", "this list holds tensors: pass one of its members"),
    (lambda: ts.scope([1, [2]]), "CONTAINER", "this list holds rows beside single values"),
    (lambda: ts.scope([[1], [2, 3]]), "CONTAINER", "rows of this list differ in length"),
    (lambda: ts.stats(np.array(["a"])), "NOT_NUMERIC", "<U1 elements have no order"),
    # Selections.
    (lambda: ts.extract(X, "[0, [1, 2]]"), "TYPE", "lists of indices are not taken"),
    (lambda: ts.extract(X, (0, [1, 2])), "TYPE", "dim 1 got [1, 2]: lists of indices are not"),
    (lambda: ts.extract(X, [0, [1, 2]]), "TYPE", "the selection is the list [0, [1, 2]]"),
    (lambda: ts.extract(X, {"a": 1}), "DIMS", "there is no dim 'a': this tensor's dims have no"),
    (lambda: ts.extract(X, "{'a': 1}"), "DIMS", "name them, dims=('y', 'x'), or write its number"),
    (lambda: ts.extract(X, ODD), "TYPE", "dim 0 got an object of type Odd: a slot is an integer"),
    (lambda: ts.extract(X, (True, 0)), "TYPE", "dim 0 got True: a slot is an integer"),
    (lambda: ts.extract(X, "[0, 1, 2]"), "DIMS", "3 slots for 2 dims: shape (4, 5); take 1 away"),
    (
        lambda: ts.extract(X, "[9]"),
        "BOUNDS",
        "dim 0 index 9 is out of range: shape (4, 5), allowed",
    ),
    (lambda: ts.extract(X).item(), "NOT_SCALAR", "holds 20 elements, .item() needs exactly one"),
    (lambda: ts.extract(X, dims=5), "DIMS", "dims=5 does not name the dims of shape (4, 5): pass"),
    (lambda: ts.describe(X, dims=ODD), "DIMS", "dims=an object of type Odd does not name"),
    # Numbers, words and switches.
    (lambda: ts.topk(X, "3"), "TYPE", "k='3': write a whole number from 0 up"),
    (lambda: ts.topk(X, -1), "TYPE", "k=-1: write a whole number"),
    (lambda: ts.topk(X, by="size"), "TYPE", "by='size': write by='value' or by='abs'"),
    (lambda: ts.topk(X, largest="min"), "TYPE", "largest='min': write True or False"),
    (lambda: ts.where(X, "> 1", limit=2.5), "TYPE", "limit=2.5: write a whole number"),
    (lambda: ts.where(X, "> 1").by_dim("a"), "TYPE", "dim='a': write the dim's number"),
    (lambda: ts.where(X, "> 1").by_dim(9), "DIMS", "there is no dim 9: the tensor has 2"),
    (lambda: ts.stats(X, progress="yes"), "TYPE", "progress='yes': write True for a line"),
    # Conditions.
    (lambda: ts.where(X, 3), "TYPE", "a boolean mask, not 3"),
    (lambda: ts.where(X, {"hot": "> 3"}), "TYPE", "takes one condition, not a dict of them: call"),
    (lambda: ts.where(X, {"hot": "> 3"}), "TYPE", "there .hits_of('hot') are the hits of one"),
    (lambda: ts.where(X, {}), "TYPE", "ts.scope(x, where={name: condition, …}) takes several"),
    (lambda: ts.where(X, ["> 3", "< 1"]), "TYPE", "not a list of them"),
    (lambda: ts.where(X, "y > 3"), "SYNTAX", "'y' stands where x or a number belongs (character 1"),
    (lambda: ts.where(X, X), "TYPE", "a mask has dtype bool, this one float64: write e.g."),
    (lambda: ts.where(X, X[0] > 1), "SHAPE", "the mask has shape (5,); it must have (4, 5)"),
    (lambda: scope(where=ODD), "TYPE", "not an object of type Odd: for a mask use ts.where"),
    (lambda: scope(where={5: "x > 1"}), "NAME", "cannot be called 5: use a text of 1 to 40"),
    # Scopes.
    (lambda: scope(view="rows"), "VIEW", "view='rows' is no dict: pass e.g. {'rows': 2}"),
    (lambda: scope(view={"nope": 1}), "VIEW", "a view has no 'nope': it may hold rows"),
    (lambda: scope(view={"rows": 1.5}), "DIMS", "there is no dim 1.5 for the view: use a number"),
    (lambda: scope(view={"cell": 5}), "BOUNDS", "dim 0 index 5 is out of range"),
    (lambda: scope(view={"cell": (1,)}), "TYPE", "[1, :] is no cell: give an index for each"),
    (lambda: scope(view={"cell": (9, 9)}), "BOUNDS", "dim 0 index 9 is out of range"),
    (lambda: scope(view={"hidden": 5}), "VIEW", "hidden=5: pass a list of names"),
    (lambda: scope(view={"map": "jet"}), "VIEW", "there is no colour map 'jet': use one of auto"),
    (lambda: scope(view={"range": (2, 1)}), "VIEW", "(2, 1) is no pair of finite numbers"),
    (lambda: scope(name=5), "TYPE", "name=5 is no text: pass what the tensor is called in code"),
    (lambda: scope(name=" "), "TYPE", "name=' ' is empty: pass what the tensor is called in code"),
    (lambda: assign("cell", "[1]"), "TYPE", "[1, :] is no cell: give an index for each"),
    (lambda: assign("expr", ODD), "TYPE", "dim 0 got an object of type Odd: a slot is"),
    (lambda: scope().link(5), "TYPE", "5 is no scope: pass what ts.scope(…) returned"),
    (lambda: scope().link(), "LINK", "a link takes two different scopes or more"),
    (lambda: scope().to_html(5), "TYPE", "path=5: write a text such as"),
    (lambda: scope().to_html("a.html", "big"), "TYPE", "a number of bytes such as 8_000_000, not"),
    (lambda: scope().to_html("/no/such/a.html"), "MISSING", "there is no folder /no/such: make"),
    (lambda: scope().to_html("a\0b"), "TYPE", "write a text such as"),
    (lambda: scope().to_html("."), "UNWRITABLE", "cannot be written: Is a directory; choose"),
    (lambda: closed().source, "CLOSED", "was closed"),
    (lambda: scope().save(None), "TYPE", "path=None: write a text such as"),
    (lambda: scope().save("a.txt"), "FORMAT", "'a.txt' ends in neither .npy nor .csv"),
    # Files.
    (lambda: ts.open(5), "TYPE", "path=5: write a text such as 'runs/act.npy', or a pathlib.Path"),
    (lambda: ts.open(b"a.npy"), "TYPE", "path=b'a.npy': write a text"),
    (lambda: ts.open(""), "TYPE", "path='': write a text"),
    (lambda: ts.open("/no/such/file"), "MISSING", "does not exist: check the path"),
    (lambda: ts.open("a" * 5000), "MISSING", "check the path"),
    # Watches.
    (lambda: ts.watch(5), "NOT_A_MODEL", "takes a torch.nn.Module or a keras.Model, not 5"),
    (lambda: ts.watch(every="3"), "SYNTAX", "every= is a number of steps from 1 on, not '3'"),
    (lambda: ts.watch(budget="x"), "SYNTAX", 'a number of bytes or a text such as "256MB", not'),
    (lambda: ts.watch(budget="0.1B"), "SYNTAX", 'a number of bytes or a text such as "256MB", not'),
    (lambda: ts.watch(name=5), "TYPE", "name=5 is no text: pass what the watch is called in code"),
    (lambda: ts.watch(compiled="x"), "SYNTAX", "compiled= is None or \"eager\", not 'x'"),
    (lambda: ts.watch().break_when(5), "TYPE", "5 is no condition: a breakpoint takes"),
    (lambda: ts.watch().break_when("norm(x)"), "SYNTAX", "'norm(x)' cannot be read: a breakpoint"),
    (lambda: ts.watch().break_when("y > 1"), "SYNTAX", "'y' stands where x or a number belongs"),
    (lambda: ts.watch().break_when("x > 1", 5), "SYNTAX", "on= is a glob over module names"),
    (lambda: ts.watch().records("nope"), "NO_MODULE", "nothing is recorded as 'nope'"),
    (lambda: ts.watch().record("a", step="q"), "TYPE", "step='q': write a step's number"),
    (lambda: ts.watch().step("x"), "TYPE", "step() goes by 'step' or 'module', not 'x'"),
    (lambda: ts.watch().save(ODD), "TYPE", "path=an object of type Odd: write a text"),
]


@pytest.mark.parametrize(("call", "kind", "words"), WRONG, ids=[words for *_, words in WRONG])
def test_wrong_arguments_are_answered_in_words(
    call: Callable[[], object], kind: str, words: str
) -> None:
    with pytest.raises(ts.TensorScopeError) as caught:
        call()
    message = str(caught.value)
    assert caught.value.kind == kind
    assert words in message
    assert len(message) <= 600
    assert not re.match(r"[A-Z_]{4,}:", message), "a message begins with words, not with its kind"


def test_no_message_in_the_package_begins_with_a_kind() -> None:
    home = Path(ts.__file__).parent
    bare = re.compile(rf"""["']({"|".join(REFUSALS)}): """)
    found = [
        f"{path.relative_to(home)}: {line.strip()}"
        for path in home.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if bare.search(line)
    ]
    assert not found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "'3'"),
        (3, "3"),
        (None, "None"),
        ([1, [2]], "[1, [2]]"),
        ({"a": 1}, "{'a': 1}"),
        (slice(1, 2), "slice(1, 2, None)"),
        (X, "an object of type ndarray"),
        (ODD, "an object of type Odd"),
        ([ODD], "an object of type list"),
        (Odd, "the class Odd"),
        ("a" * 100, f"'{'a' * 80}'…"),
        (list(range(1000)), "an object of type list"),
    ],
)
def test_what_came_is_quoted_briefly(value: object, text: str) -> None:
    assert quote(value) == text


@pytest.mark.parametrize(
    "text", ["x > ", "y > 1", "x > 1 1", "x ? 1", "x & y", "(((x > 1)", "x" * 1999, "x > 1" * 200]
)
def test_a_condition_s_fault_comes_first_and_the_grammar_is_short(text: str) -> None:
    with pytest.raises(ts.ConditionError) as caught:
        ts.where(X, text)
    message = str(caught.value)
    assert re.search(r"\(character \d+ of '", message)
    assert len(message) <= 300
    assert message.count("isnan(x)") <= 1
