"""What goes wrong between page and kernel: the picture stays, marked, and comes back by itself."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import at_cell, heatmap

SHOWN = [TENSORS, "s = ts.scope(act)\ns"]


def selection(scope: Locator) -> Locator:
    return scope.get_by_role("textbox", name="Selection")


def step(opened: Notebook, scope: Locator, times: int = 1) -> None:
    scope.get_by_role("slider", name="dim 1").focus()
    for _ in range(times):
        opened.page.keyboard.press("ArrowRight")


def any_scope(opened: Notebook, name: str = "act") -> Locator:
    return opened.page.get_by_role("region", name=name, exact=True)


def test_a_restarted_kernel_leaves_the_picture_and_a_new_run_is_live(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        opened.scope("act")
        opened.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        scope = any_scope(opened)  # says so before anything is asked of it
        expect(scope).to_contain_text("kernel gone · last picture", timeout=60_000)
        expect(scope).to_contain_text("run the cell again")
        step(opened, scope)
        expect(selection(scope)).to_have_value("[0, 0, :, :]")
        selection(scope).fill("[0, 5]")
        selection(scope).press("Enter")
        expect(scope.get_by_role("alert")).to_contain_text("The kernel has gone")
        expect(selection(scope)).to_have_value("[0, 5]")  # nothing typed is lost
        selection(scope).press("Escape")
        expect(selection(scope)).to_have_value("[0, 0, :, :]")
        expect(heatmap(scope)).to_be_visible()
        opened.run_all()
        scope = opened.scope("act")
        step(opened, scope)
        expect(selection(scope)).to_have_value("[0, 1, :, :]")


def test_an_interrupt_does_no_harm(jupyter: Lab) -> None:
    loop = "import time\nwhile True:\n    time.sleep(0.01)"
    with jupyter.notebook([*SHOWN, loop], run=False) as opened:
        opened.start_all()
        scope = opened.scope("act")
        step(opened, scope)
        opened.command("notebook:interrupt-kernel")
        expect(opened.page.get_by_text("KeyboardInterrupt").first).to_be_visible()
        step(opened, scope, 2)
        expect(selection(scope)).to_have_value("[0, 3, :, :]")
        opened.command("notebook:interrupt-kernel")  # idle now
        step(opened, scope)
        expect(selection(scope)).to_have_value("[0, 4, :, :]")
        assert opened.errors == []


def test_a_comm_that_was_lost_and_found(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        scope = opened.scope("act")
        opened.do("comm = s.widget.comm; manager = get_ipython().kernel.comm_manager")
        opened.do("_ = manager.comms.pop(comm.comm_id)")
        step(opened, scope)
        scope = any_scope(opened)
        expect(scope).to_contain_text(re.compile("no answer|reading…"), timeout=10_000)
        expect(heatmap(scope)).to_be_visible()
        opened.do("manager.comms[comm.comm_id] = comm")
        # by itself: nobody touches it
        expect(scope).to_contain_text("px a cell", timeout=30_000)
        step(opened, scope)
        expect(selection(scope)).to_have_value(re.compile(r"\[0, [12], :, :\]"))
        assert opened.errors == []


LOSSY = """
import random
chance = random.Random(0)
send, lost = type(s.widget).send, []
def sometimes(self, content, buffers=None):
    if chance.random() < 0.5:
        lost.append(content.get("req"))
    else:
        send(self, content, buffers)
type(s.widget).send = sometimes
"""


def test_dropped_messages_are_asked_for_again(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        scope = opened.scope("act")
        opened.do(LOSSY)
        for _ in range(4):
            step(opened, scope)
            opened.page.wait_for_timeout(100)
        opened.page.wait_for_timeout(3500)
        opened.do("type(s.widget).send = send")
        scope = opened.scope("act")
        expect(selection(scope)).to_have_value("[0, 4, :, :]", timeout=30_000)
        opened.comes_to("s.expr", "[0, 4, :, :]")
        assert opened.python("len(lost)") > 0
        assert opened.errors == []


SLOW = """
import time
session, handled = s._session, []
answer = session.handle
def slowly(message):
    handled.append(message["kind"])
    time.sleep(2)
    return answer(message)
session.handle = slowly
"""


def test_a_slow_kernel_has_no_backlog(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        scope = opened.scope("act")
        opened.do(SLOW)
        step(opened, scope, 30)
        region = any_scope(opened)
        expect(region).to_contain_text(re.compile(r"reading… \d"))
        expect(heatmap(region)).to_be_visible()
        expect(selection(region)).to_have_value("[0, 30, :, :]", timeout=40_000)
        assert opened.python("handled.count('update')") <= 4
        opened.do("session.handle = answer")
        expect(opened.scope("act")).to_be_visible()
        assert opened.errors == []


def test_what_is_copied_waits_for_the_answer(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN) as opened:
        scope = opened.scope("act")
        opened.do(SLOW.replace("sleep(2)", "sleep(0.7)"))
        heatmap(scope).click(position=at_cell(scope, 30, 5))
        copy = any_scope(opened).get_by_role("button", name="Copy state")
        copy.click()
        expect(copy).to_have_attribute("title", re.compile("Waiting"))
        expect(copy).to_have_attribute("title", "Copied")
        copied = opened.page.evaluate("navigator.clipboard.readText()")
        assert "(0, 0, 30, 5)" in copied
        assert copied == opened.python("s.state")
        # No answer in time: what is known, and it says so.
        opened.do("session.handle = answer\n" + SLOW.replace("sleep(2)", "sleep(4.5)"))
        step(opened, any_scope(opened))
        copy.click()
        alert = any_scope(opened).get_by_role("alert")
        expect(alert).to_contain_text("what is shown now was copied", timeout=4_400)
        assert opened.page.evaluate("navigator.clipboard.readText()") == copied
        # The answer is taken when it comes, and then it is that which is copied.
        expect(selection(any_scope(opened))).to_have_value("[0, 1, :, :]", timeout=60_000)
        expect(alert).to_have_text("")
        copy.click()
        expect(copy).to_have_attribute("title", "Copied", timeout=10_000)
        assert opened.page.evaluate("navigator.clipboard.readText()") == opened.python("s.state")
        assert opened.errors == []


def test_a_scope_that_is_deleted_while_a_reply_is_under_way(jupyter: Lab) -> None:
    for end in ("s.close()", "s.widget.close()"):
        with jupyter.notebook(SHOWN) as opened:
            scope = opened.scope("act")
            opened.do(SLOW)
            step(opened, scope)
            opened.page.wait_for_timeout(500)
            opened.do(end)
            if end == "s.close()":
                expect(any_scope(opened)).to_contain_text("the scope was closed", timeout=60_000)
                expect(heatmap(any_scope(opened))).to_be_visible()
            opened.page.wait_for_timeout(2500)
            assert opened.python("1 + 1") == 2
            assert opened.errors == []


def test_a_scope_that_nobody_holds_lives_on_when_its_cell_moves(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "display(ts.scope(act))", "pass"]) as opened:
        opened.scope("act")
        opened.page.locator(".jp-Cell").nth(1).locator(".jp-InputPrompt").click()
        opened.command("notebook:move-cell-down")
        scope = opened.scope("act")
        step(opened, scope)
        expect(selection(scope)).to_have_value("[0, 1, :, :]")
        assert opened.errors == []


def test_a_hundred_scopes_in_one_notebook(jupyter: Lab) -> None:
    cells = [TENSORS, "many = [ts.scope(act, (0, k % 64)) for k in range(100)]"]
    # JupyterLab shows at most 50 outputs of a cell
    cells += ["for each in many[:50]: display(each)", "for each in many[50:]: display(each)"]
    with jupyter.notebook(cells, height=1000) as opened:
        ready = opened.page.locator("[data-state='ready']")
        expect(ready).to_have_count(100, timeout=90_000)
        last = any_scope(opened).nth(99)
        last.scroll_into_view_if_needed()
        step(opened, last)
        expect(selection(last)).to_have_value("[0, 36, :, :]")
        assert opened.errors == []


CYCLES = """
import ctypes, gc, os, weakref, ipywidgets
from IPython.display import display
def resident():
    gc.collect()
    # What is freed but kept by the allocator for later comes and goes by hundreds of MB.
    ctypes.CDLL(None).malloc_trim(0)
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
import tensorscope.widget.widget as widget
widget.GRACE = 0.3
shown = []
def cycle():
    x = torch.randn(64, 256, 256)   # 16 MiB
    shown.append(weakref.ref(x))
    one = ts.scope(x)
    display(one)
    return one
"""


def test_memory_returns_when_scopes_are_closed(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, CYCLES, "one = cycle()"], height=1000, anew=True) as opened:
        page = opened.page
        session = page.context.new_cdp_session(page)

        def heap() -> int:
            session.send("HeapProfiler.collectGarbage")
            return int(session.send("Runtime.getHeapUsage")["usedSize"])

        def widgets() -> int:
            return int(opened.python("len(ipywidgets.widgets.widget._instances)"))

        def run(times: int) -> None:
            for _ in range(times):
                opened.do("one.close()")
                page.evaluate(
                    "async () => { const app = window.jupyterapp;"
                    " await app.commands.execute('notebook:run-cell'); }"
                )
                expect(page.locator("[data-state='ready']")).to_have_count(1, timeout=60_000)

        expect(page.locator("[data-state='ready']")).to_have_count(1, timeout=60_000)
        page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt").click()
        run(20)
        kernel, browser, count = opened.python("resident()"), heap(), widgets()
        run(180)
        assert opened.python("resident()") - kernel < 40 * 2**20
        assert opened.python("[len(shown), sum(x() is not None for x in shown)]") == [201, 1]
        # anywidget imports a module for each widget, which no page ever lets go of: its text stays.
        assert heap() - browser < 180 * 400_000
        assert widgets() <= count + 2
        assert opened.errors == []
