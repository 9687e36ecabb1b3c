"""A training cell that ends, by an exception too: the watch says so, and answers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.test_watch import scope_of
from tests.browser.watched import (
    MODEL,
    PAUSED,
    interrupt,
    region,
    row,
    status,
    trained,
    training,
    until,
)

HOOKS = "sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules())"


def is_off_and_answers(opened: Notebook, watch: Locator) -> None:
    opened.do("after = 1")
    assert opened.python(HOOKS) == 0
    for name in ("fc", "layer1.conv"):
        row(watch, name).click()
        scope = scope_of(watch, name)
    scope.get_by_role("slider", name="dim 1").focus()
    opened.page.keyboard.press("ArrowRight")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 1, :, :]")


def lines_of_traceback(opened: Notebook) -> str:
    return opened.page.locator(".jp-Cell").last.locator(".jp-OutputArea-output").inner_text()


def test_an_exception_of_the_loop_is_told(jupyter: Lab) -> None:
    broken = training(between="if k == 60: raise ValueError('a broken file')")
    with jupyter.notebook([MODEL, "w", broken], name="broken.ipynb", height=1900) as opened:
        watch = region(opened)
        expect(status(watch)).to_contain_text("Closed, step 59", timeout=40_000)
        expect(watch).to_contain_text("Ended by ValueError: a broken file")
        assert "tensorscope" not in lines_of_traceback(opened)
        is_off_and_answers(opened, watch)
        assert opened.errors == []


@pytest.mark.parametrize("paused", [False, True])
def test_an_interrupt_is_told(jupyter: Lab, paused: bool) -> None:
    with trained(jupyter, [MODEL, "w", training()]) as (opened, watch):
        if paused:
            watch.get_by_role("button", name="Pause").click()
            expect(status(watch)).to_contain_text(PAUSED)
        interrupt(opened)
        expect(status(watch)).to_contain_text("Closed")
        expect(watch).to_contain_text("Ended by an interrupt")
        lines = lines_of_traceback(opened)
        assert "KeyboardInterrupt" in lines
        assert "tensorscope/" not in lines
        is_off_and_answers(opened, watch)


def test_a_breakpoint_that_raises_opens_its_place(jupyter: Lab) -> None:
    grown = MODEL + 'w.break_when("abs(x) > 50", on="stem", action="raise")'
    loop = training(between="if k == 40: images[5] *= 1000")
    with jupyter.notebook([grown, "w", loop], name="raise.ipynb", height=1900) as opened:
        watch = region(opened)
        expect(status(watch)).to_contain_text("Closed, step 40", timeout=40_000)
        expect(watch).to_contain_text("Ended by the breakpoint abs(x) > 50 on the output of stem")
        scope = scope_of(watch, "stem")
        expect(scope).to_contain_text("output · step 40")
        expect(scope.get_by_role("status", name="Value")).to_contain_text("[5, 0, ")
        lines = lines_of_traceback(opened)
        assert "BreakpointHit: abs(x) > 50 on the output of stem" in lines
        assert "tensorscope/" not in lines
        is_off_and_answers(opened, watch)
        # The cell is run again: the watch goes on, and what ended it is no longer told.
        opened.do("w.breakpoints[0].remove()")
        opened.page.locator(".jp-Cell").last.locator(".cm-content").click()
        opened.start("notebook:run-cell")
        expect(status(watch)).to_contain_text("Running, step", timeout=60_000)
        until(lambda: "Ended by" not in watch.inner_text())
        interrupt(opened)
        assert opened.errors == []


#: A loop without `with`: the watch was started for all cells.
LOOP = """
import time
def train():
    for k in range(steps):
        loss = nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        time.sleep(0.01)
steps = 60
w.start()
"""


def test_one_that_stays_open_says_that_nothing_runs(jupyter: Lab) -> None:
    with jupyter.notebook([MODEL + LOOP, "train()"], name="open.ipynb", height=1900) as opened:
        watch = region(opened)
        expect(status(watch)).to_contain_text("Idle, step 59", timeout=40_000)
        expect(watch.locator(".ts-watch-facts")).to_contain_text(re.compile(r"rate\s*–"))
        opened.do("steps = 100_000")
        row(watch, "fc").click()
        scope_of(watch, "fc")
        expect(status(watch)).to_contain_text("Idle, step 59")
        # A pause that is asked for now holds the next loop.
        watch.get_by_role("button", name="Pause").click()
        expect(status(watch)).to_contain_text("Pausing at the next safe point")
        opened.page.locator(".jp-Cell").last.locator(".cm-content").click()
        opened.start("notebook:run-cell")
        expect(status(watch)).to_contain_text(PAUSED)
        watch.get_by_role("button", name="Continue").click()
        expect(status(watch)).to_contain_text("Running, step")
        interrupt(opened)
        expect(status(watch)).to_contain_text("Idle, step")
        assert opened.errors == []
