"""Steps through slices that are shown before the kernel has answered: what they show is true."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import at_cell, heatmap, value
from tests.browser.watched import until

#: No two cells are alike.
SHOWN = [
    "import torch, tensorscope as ts\nx = torch.arange(40 * 16 * 16.0).reshape(40, 16, 16)",
    "s = ts.scope(x)\ns",
]
SLOW = """
import time
answer = s._session.handle
def slowly(message):
    time.sleep(2)
    return answer(message)
s._session.handle = slowly
"""
#: How many pictures were sent with updates, and what was asked for ahead.
COUNTED = """
sent, asked = [], []
answer = s._session.handle
def counted(message):
    reply = answer(message)
    if message["kind"] == "update": sent.append(reply[0]["frame"] is not None)
    if message["kind"] == "ahead": asked.append(message["index"])
    return reply
s._session.handle = counted
"""


def shown(opened: Notebook) -> Locator:
    return opened.page.get_by_role("region", name="x", exact=True)


def press(opened: Notebook, key: str = "ArrowRight") -> None:
    shown(opened).get_by_role("slider", name="dim 0").focus()
    opened.page.keyboard.press(key)


def pointed(opened: Notebook) -> Locator:
    """Point at the cell [k, 3, 5], and return where its value is told."""
    scope = opened.scope("x")
    heatmap(scope).hover(position=at_cell(scope, 3, 5, 16, 16))
    return value(shown(opened))


def told(k: int) -> str:
    return f"[{k}, 3, 5] {k * 256 + 3 * 16 + 5:.1f}"


def test_each_step_shows_its_own_values(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        opened.do(COUNTED)
        for k in range(1, 25):
            press(opened)
            expect(text).to_contain_text(told(k))
        for k in range(23, 12, -1):
            press(opened, "ArrowLeft")
            expect(text).to_contain_text(told(k))
        expect(opened.scope("x")).to_be_visible()
        assert opened.python("s.expr") == "[13, :, :]"
        pictures = opened.python("sum(sent)")
        assert pictures < opened.python("len(sent)") / 2
        for _ in range(60):  # to the end, as fast as they come
            press(opened)
        expect(text).to_contain_text(told(39))
        expect(opened.scope("x")).to_be_visible()
        assert opened.python("s.expr") == "[39, :, :]"
        assert opened.errors == []


def test_a_slow_kernel_is_not_waited_for(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        for k in (1, 2, 3):
            press(opened)
            expect(text).to_contain_text(told(k))
        opened.scope("x")
        opened.page.wait_for_timeout(500)
        opened.do(SLOW)
        for k in (4, 5, 6):
            press(opened)
            expect(text).to_contain_text(told(k), timeout=1000)
        expect(shown(opened)).to_contain_text(re.compile(r"reading… \d"))
        assert opened.python("s.expr") != "[6, :, :]"
        until(lambda: opened.python("s.expr") == "[6, :, :]")
        expect(text).to_contain_text(told(6))
        assert opened.errors == []


def test_a_tensor_that_has_changed_is_never_shown_as_it_was(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        for k in (1, 2, 3):
            press(opened)
            expect(text).to_contain_text(told(k))
        opened.do("x.mul_(-1)")
        for k in (4, 5, 6):
            press(opened)
            expect(text).to_contain_text(told(k).replace("] ", "] -"))
        press(opened, "ArrowLeft")
        expect(text).to_contain_text(told(5).replace("] ", "] -"))
        assert opened.errors == []
