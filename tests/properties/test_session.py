"""Whatever a browser sends, a session answers; every state it can reach restores from its code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import tensorscope as ts
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import ROLES, first_state

SHAPE = (2, 5, 6, 4)
TENSORS = {
    "float32": torch.linspace(-3, 3, 240).reshape(SHAPE),
    "bfloat16": torch.linspace(-3, 3, 240).reshape(SHAPE).bfloat16().requires_grad_(),
    "uint8": torch.arange(240, dtype=torch.uint8).reshape(SHAPE),
    "int64": np.arange(2**60, 2**60 + 240).reshape(SHAPE),
    "bool": np.arange(240).reshape(SHAPE) % 3 == 0,
    "complex64": np.exp(1j * np.arange(240)).astype("c8").reshape(SHAPE),
}

DIM = st.integers(0, 3)
TEXTS = st.one_of(
    st.sampled_from(
        ["[0, 1]", "[1, :, 2]", "[..., ::-1]", "[0, mean]", "[1, 2, 3, 1]", "[max, 0]"]
    ),
    st.text(max_size=20),
)
PATCHES = st.one_of(
    st.fixed_dictionaries({"expr": TEXTS}),
    st.fixed_dictionaries(
        {
            "where": st.sampled_from(
                ["> 1", "x == 3", "abs(x) > 0.5", "", "isnan(x)", "x >", "0 < x < 2"]
            )
        }
    ),
    st.fixed_dictionaries({"index": st.tuples(DIM, st.integers(-7, 7)).map(list)}),
    st.fixed_dictionaries(
        {
            "slot": st.tuples(
                DIM, st.sampled_from([":", "1:3", "::-2", "1", "mean", "std", "x"])
            ).map(list)
        }
    ),
    st.fixed_dictionaries(
        {"role": st.tuples(st.sampled_from(ROLES), st.one_of(st.none(), DIM)).map(list)}
    ),
    st.fixed_dictionaries(
        {"reduce": st.tuples(DIM, st.sampled_from([None, "mean", "absmax", "nope"])).map(list)}
    ),
    st.fixed_dictionaries({"swap": st.just(True)}),
    st.fixed_dictionaries(
        {"cell": st.one_of(st.none(), st.tuples(*(st.integers(0, n - 1) for n in SHAPE)).map(list))}
    ),
    st.fixed_dictionaries(
        {
            "colour": st.sampled_from(
                [{"map": "grey"}, {"range": [0, 1]}, {"range": [1, 0]}, {"map": 3}]
            )
        }
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["v", "req", "kind", "patch", "viewport", "px", "rows", "cell", "expr"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
VIEWPORTS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "px": st.tuples(st.integers(1, 20), st.integers(1, 20)).map(list),
            "rows": st.one_of(
                st.none(), st.tuples(st.integers(-2, 9), st.integers(-2, 9)).map(list)
            ),
            "tiles": st.tuples(st.integers(0, 4), st.integers(0, 9)).map(list),
        }
    ),
)


def open_session(name: str) -> Session:
    x = TENSORS[name]
    return Session(LiveSource(x, name="x"), first_state(SHAPE))


def ask(session: Session, **message: Any) -> tuple[dict[str, Any], list[bytes]]:
    reply, buffers = session.handle({"v": 1, "req": "t:1", **message})
    json.dumps(reply, allow_nan=False)
    assert reply["req"] == "t:1"
    return reply, buffers


@pytest.mark.parametrize("name", TENSORS)
@settings(max_examples=60)
@given(patches=st.lists(PATCHES, max_size=6), viewport=VIEWPORTS)
def test_a_walk_of_patches(name: str, patches: list[dict[str, Any]], viewport: Any) -> None:
    session = open_session(name)
    x = TENSORS[name]
    values = ts.extract(x).numpy()
    for patch in patches:
        before = session.state
        reply, buffers = ask(session, kind="update", patch=patch, viewport=viewport)
        if not reply["ok"]:
            assert session.state == before
            assert 0 < len(reply["error"]["message"]) <= 600
            continue
        frame, state = reply["frame"], reply["state"]
        tiles, rows, columns = frame["shape"]
        if viewport is not None and tiles:
            assert rows <= max(viewport["px"][1], 0)
            assert columns <= max(viewport["px"][0], 0)
        for buffer, buffer_name in zip(buffers, frame["buffers"], strict=True):
            size = (
                1
                if buffer_name in ("flags", "mask")
                else len(buffer) // max(tiles * rows * columns, 1)
            )
            assert len(buffer) == tiles * rows * columns * size
        names = {"x": x, "np": np, "torch": torch, "ts": ts}
        # The shown code gives what is selected …
        ran = eval(state["code"]["slice"], names)
        got = ts.extract(x, session.state.selection)
        exact = session.state.selection.op is None
        compare = np.array_equal if exact else np.allclose
        assert compare(np.asarray(ran), got.numpy(), equal_nan=got.numpy().dtype.kind in "fc")
        # … and the shown call restores the state.
        again = eval(state["python"], names)
        assert again.expr == state["expr"]
        assert again.where == state["where"]
        assert again._session.state.picture == session.state.picture
        assert again._session.state.roles == session.state.roles
        assert (list(again.cell) if again.cell else None) == state["cell"]
    assert np.array_equal(ts.extract(x).numpy(), values)


@settings(max_examples=300)
@given(message=JSON)
def test_any_message_has_an_answer(message: Any) -> None:
    session = open_session("float32")
    before = session.state
    reply, _ = session.handle(message)
    json.dumps(reply, allow_nan=False)
    assert reply["ok"] or reply["error"]["kind"] != "INTERNAL"
    assert session.state == before or reply["ok"]


BODIES = st.dictionaries(
    st.sampled_from(["cell", "offset", "limit", "sort", "k", "by", "scope"]), JSON
)
KINDS = st.sampled_from(["stats", "hits", "topk", "value", "frame", "update", "refresh"])


@settings(max_examples=100)
@given(body=BODIES, kind=KINDS)
def test_any_body_has_an_answer(kind: str, body: dict[str, Any]) -> None:
    session = open_session("int64")
    reply, _ = session.handle({"v": 1, "req": "t:1", "kind": kind, **body})
    json.dumps(reply, allow_nan=False)
    assert reply["ok"] or reply["error"]["kind"] != "INTERNAL", reply


@pytest.mark.parametrize("name", TENSORS)
def test_every_request_of_a_busy_scope(name: str) -> None:
    session = open_session(name)
    condition = "abs(x) > 0.5" if name == "complex64" else "x > 0"
    assert ask(session, kind="hello")[0]["ok"]
    assert ask(session, kind="update", patch={"where": condition})[0]["ok"]
    for scope in ("slice", "tensor"):
        assert ask(session, kind="stats", scope=scope)[0]["ok"]
    for sort in ("index", "value", "-value"):
        page, _ = ask(session, kind="hits", sort=sort, limit=5)
        hits = ts.where(TENSORS[name], condition, session.state.selection)
        assert page["hits"]["count"] == hits.count
        assert len(page["hits"]["rows"]) == min(5, hits.count)
    assert ask(session, kind="topk", k=3, by="abs")[0]["ok"]
    value, _ = ask(session, kind="value", cell=[1, 2, 3, 1])
    x = TENSORS[name]
    assert value["value"]["text"] == ts.extract(x, (1, 2, 3, 1)).text
    assert eval(value["value"]["code"], {"x": x}) == ts.extract(x, (1, 2, 3, 1)).item()
    assert ask(session, kind="refresh")[0]["ok"]
