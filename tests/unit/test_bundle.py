"""The part of the front end that a page asks for when it first needs it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tensorscope.bundle import built, module
from tensorscope.errors import ProtocolError, TensorScopeError
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state

HASH = hashlib.sha256(built("extras.js").encode()).hexdigest()[:16]


def asked(session: Session, **body: object) -> tuple[dict[str, object], list[bytes]]:
    return session.handle({"v": 1, "req": "t:1", "kind": "module", **body})


def session() -> Session:
    source = LiveSource(np.arange(6.0).reshape(2, 3))
    return Session(source, first_state(source.lengths))


def test_the_page_gets_the_part_that_it_was_built_with() -> None:
    assert HASH in built("widget.js")
    assert HASH in built("watch.js")
    reply, buffers = asked(session(), name="extras", hash=HASH)
    assert reply["ok"]
    assert buffers == [built("extras.js").encode()]


def test_a_closed_scope_still_sends_it() -> None:
    closed = session()
    closed.close()
    reply, buffers = asked(closed, name="extras", hash=HASH)
    assert reply["ok"]
    assert len(buffers) == 1


def test_another_installation_is_told_what_to_do() -> None:
    reply, buffers = asked(session(), name="extras", hash="0" * 16)
    assert not reply["ok"]
    assert reply["error"]["kind"] == "VERSION"  # type: ignore[index]
    assert "run the cell again" in reply["error"]["message"]  # type: ignore[index]
    assert buffers == []


@pytest.mark.parametrize("name", ["../widget", None, 3, "widget"])
def test_nothing_else_is_sent(name: object) -> None:
    with pytest.raises(ProtocolError, match="there is no module"):
        module(name, "")


def test_a_missing_file_says_how_to_build_it() -> None:
    with pytest.raises(TensorScopeError, match="make build"):
        built("nothing.js")
