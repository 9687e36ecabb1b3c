"""Held statuses: ours alone, in order, and none is lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tensorscope.widget import status
from tensorscope.widget.status import QuickReplies, quicken


class Kernel:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.parent: Any = {}

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        request = parent or self.parent
        self.told.append((status, request.get("name", "?")))

    def get_parent(self, channel: str) -> Any:
        return self.parent


def request(name: str, comm: str = "mine", method: str = "custom") -> dict[str, Any]:
    content = {"comm_id": comm, "data": {"method": method}}
    return {"name": name, "header": {"msg_type": "comm_msg"}, "content": content}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setattr(status, "QUIET", 0.05)
    made = Kernel()
    quicken(made, "mine")
    return made


def handle(kernel: Kernel, parent: dict[str, Any], channel: str = "shell") -> None:
    kernel.parent = parent
    kernel._publish_status("busy", channel)
    kernel._publish_status("idle", channel)


def test_ours_are_idle_once_it_is_quiet(kernel: Kernel) -> None:
    for name in "abc":
        handle(kernel, request(name))
    assert kernel.told == []
    time.sleep(0.3)
    assert kernel.told == [("idle", "a"), ("idle", "b"), ("idle", "c")]


def test_others_are_told_at_once_and_in_order(kernel: Kernel) -> None:
    handle(kernel, request("a"))
    handle(kernel, {"name": "cell", "header": {"msg_type": "execute_request"}, "content": {}})
    handle(kernel, request("b", comm="theirs"))
    handle(kernel, request("c", method="update"))
    handle(kernel, {"name": "odd"})
    assert kernel.told == [
        ("idle", "a"),
        *((state, name) for name in ("cell", "b", "c", "odd") for state in ("busy", "idle")),
    ]


def test_it_is_put_in_place_once(kernel: Kernel) -> None:
    quicken(kernel, "other")
    assert isinstance(kernel._publish_status, QuickReplies)
    assert kernel._publish_status._original == Kernel._publish_status.__get__(kernel)


def test_it_can_be_switched_off_and_fears_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Other(Kernel):
        def _publish_status(self, state: str) -> None:  # type: ignore[override]
            self.told.append((state, ""))

    other = Other()
    quicken(other, "mine")
    assert not isinstance(other._publish_status, QuickReplies)
    monkeypatch.setenv("TENSORSCOPE_QUICK_REPLIES", "0")
    plain = Kernel()
    quicken(plain, "mine")
    assert not isinstance(plain._publish_status, QuickReplies)
    quicken(None, "mine")
