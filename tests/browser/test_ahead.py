"""Steps through slices that are shown before the kernel has answered: what they show is true."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
at_once = s._session.handle
def slowly(message):
    time.sleep(2)
    return at_once(message)
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


def told(k: int, sign: str = "") -> str:
    return f"[{k}, 3, 5] {sign}{k * 256 + 3 * 16 + 5:.1f}"


def walk(
    opened: Notebook, text: Locator, steps: Iterable[int], key: str = "ArrowRight", sign: str = "",
    timeout: float = 30_000,
) -> None:  # fmt: skip
    """Step from slice to slice; each must show the cell's own value."""
    for k in steps:
        press(opened, key)
        expect(text).to_contain_text(told(k, sign), timeout=timeout)


def test_each_step_shows_its_own_values(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        opened.do(COUNTED)
        walk(opened, text, range(1, 25))
        walk(opened, text, range(23, 12, -1), "ArrowLeft")
        expect(opened.scope("x")).to_be_visible()
        until(lambda: opened.python("s.expr") == "[13, :, :]")
        pictures = opened.python("sum(sent)")
        assert pictures < opened.python("len(sent)") / 2
        for _ in range(60):  # to the end, as fast as they come
            press(opened)
        expect(text).to_contain_text(told(39))
        expect(opened.scope("x")).to_be_visible()
        until(lambda: opened.python("s.expr") == "[39, :, :]")
        assert opened.errors == []


def test_a_slow_kernel_is_not_waited_for(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        walk(opened, text, (1, 2, 3))
        opened.scope("x")
        opened.page.wait_for_timeout(500)
        opened.do(SLOW)
        walk(opened, text, (4, 5, 6), timeout=1000)
        expect(shown(opened)).to_contain_text(re.compile(r"reading… \d"))
        assert opened.python("s.expr") != "[6, :, :]"
        until(lambda: opened.python("s.expr") == "[6, :, :]")
        expect(text).to_contain_text(told(6))
        assert opened.errors == []


def test_what_the_pointer_rests_on_is_there_when_it_presses(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        opened.scope("x")
        opened.do(COUNTED)
        slider = shown(opened).get_by_role("slider", name="dim 0")
        box = slider.bounding_box()
        assert box is not None
        place = box["x"] + 7 + (box["width"] - 14) * 30 / 39, box["y"] + box["height"] / 2

        def rests() -> bool:
            # What fetches it comes once the pointer is there.
            opened.page.mouse.move(place[0] + 40, place[1])
            opened.page.mouse.move(*place)
            opened.page.wait_for_timeout(300)
            return bool(opened.python("asked") == [[0, [30]]])

        until(rests)
        opened.do(SLOW)
        opened.page.mouse.down()
        selection = shown(opened).get_by_role("textbox", name="Selection")
        expect(selection).to_have_value("[30, :, :]", timeout=1000)
        assert opened.python("s.expr") == "[0, :, :]"
        opened.page.mouse.up()
        until(lambda: opened.python("s.expr") == "[30, :, :]")
        assert opened.errors == []


def test_a_tensor_that_has_changed_is_never_shown_as_it_was(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        text = pointed(opened)
        walk(opened, text, (1, 2, 3))
        opened.do("x.mul_(-1)")
        walk(opened, text, (4, 5, 6), sign="-")
        walk(opened, text, (5,), "ArrowLeft", "-")
        assert opened.errors == []
