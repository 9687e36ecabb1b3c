"""What a page asks of a watch, without a page."""

from __future__ import annotations

from typing import Any

from tensorscope.watch_session import WatchSession


def ask(session: WatchSession, do: str, **body: Any) -> dict[str, Any]:
    message = {"v": 1, "req": "a:1", "kind": "watch", "do": do, **body}
    reply, buffers = session.handle(message)
    assert reply["req"] == "a:1"
    assert buffers == []
    return reply
