"""The widget while a cell runs, when a tensor goes, and when the kernel goes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import at_cell, heatmap, value

RUNNING = """
import time
s = ts.scope(act, name="act")
display(s)
stop = False
began = time.time()
while not stop and time.time() - began < 60:
    sum(range(10_000))   # a busy loop, as training is
"""


def test_a_click_is_answered_while_the_cell_runs(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, RUNNING], run=False) as opened:
        opened.start_all()
        scope = opened.scope("act")
        slider = scope.get_by_role("slider", name="dim 1")
        slider.focus()
        for _ in range(5):
            opened.page.keyboard.press("ArrowRight")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 5, :, :]")
        heatmap(scope).click(position=at_cell(scope, 30, 5))
        expect(value(scope)).to_contain_text("[0, 5, 30, 5] ")
        expect(opened.page.locator(".jp-InputPrompt").last).to_have_text("[*]:")  # it runs still
        expect(scope).to_contain_text("unsynchronised")
        opened.page.wait_for_timeout(2500)  # 'idle' of what was answered has been told by now
        assert status_of_kernel(opened) == "busy"
        opened.command("notebook:interrupt-kernel")
        opened.page.wait_for_timeout(500)
        opened.do("pass")
        opened.comes_to("s.cell", [0, 5, 30, 5])
        slider.focus()
        opened.page.keyboard.press("ArrowLeft")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 4, :, :]")
        expect(scope).not_to_contain_text("unsynchronised")
        opened.page.wait_for_timeout(2500)
        assert status_of_kernel(opened) == "idle"
        assert opened.errors == []


def status_of_kernel(opened: Notebook) -> str:
    """Return what JupyterLab shows of the kernel."""
    session = "window.jupyterapp.shell.currentWidget.sessionContext.session"
    return str(opened.page.evaluate(f"() => {session}.kernel.status"))


FIGURE = """
import time
import matplotlib.pyplot as plt
s = ts.scope(act, name="act")
display(s)
plt.figure()
plt.plot([1, 2, 3])
time.sleep(6)
left_open = len(plt.get_fignums())
"""


def test_a_click_leaves_the_open_figure_alone(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "%matplotlib inline", FIGURE], run=False) as opened:
        opened.start_all()
        scope = opened.scope("act")
        slider = scope.get_by_role("slider", name="dim 1")
        slider.focus()
        for _ in range(4):
            opened.page.keyboard.press("ArrowRight")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 4, :, :]")
        opened.do("pass", timeout=60)
        assert opened.python("left_open") == 1
        expect(opened.page.locator(".jp-OutputArea-output img")).to_have_count(1, timeout=10_000)
        assert opened.errors == []


def test_a_freed_tensor_is_told_and_the_widget_goes_on(jupyter: Lab) -> None:
    cells = [TENSORS, "gone = torch.randn(4, 30, 30)\nt = ts.scope(gone)\nt"]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("gone")
        size = opened.python("gone.untyped_storage().nbytes()")
        opened.do("saved = gone.clone(); gone.untyped_storage().resize_(0)")
        slider = scope.get_by_role("slider", name="dim 0")
        slider.focus()
        opened.page.keyboard.press("ArrowRight")
        expect(scope).to_contain_text("storage was released")
        expect(heatmap(scope)).to_be_visible()  # the picture stays
        opened.do(f"gone.untyped_storage().resize_({size}); gone.copy_(saved)")
        opened.page.keyboard.press("ArrowRight")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value(
            re.compile(r"\[[12], :, :\]")
        )
        expect(scope.get_by_role("alert").filter(has_text="storage was released")).to_have_count(0)
        assert opened.errors == []


def test_a_dead_kernel_leaves_the_picture(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns"]) as opened:
        scope = opened.scope("act")
        opened.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.shutdown()"
        )
        opened.page.wait_for_timeout(500)
        scope = opened.page.get_by_role("region", name="act", exact=True)
        slider = scope.get_by_role("slider", name="dim 1")
        slider.focus()
        opened.page.keyboard.press("ArrowRight")
        expect(scope).to_contain_text(re.compile("kernel gone|no answer"), timeout=15_000)
        expect(heatmap(scope)).to_be_visible()


def test_two_views_of_one_scope_move_together(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns", "s"]) as opened:
        regions = opened.page.get_by_role("region", name="act", exact=True)
        expect(regions).to_have_count(2, timeout=60_000)
        expect(opened.page.locator("[data-state='ready']")).to_have_count(2)
        slider = regions.nth(0).get_by_role("slider", name="dim 1")
        slider.focus()
        opened.page.keyboard.press("ArrowRight")
        for view in (0, 1):
            expect(regions.nth(view).get_by_role("textbox", name="Selection")).to_have_value(
                "[0, 1, :, :]"
            )
        assert opened.errors == []


def test_a_saved_notebook_holds_a_picture_and_the_facts(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns"]) as opened:
        opened.scope("act")
        saved = opened.save()
        data = saved["cells"][1]["outputs"][0]["data"]
        assert data["image/png"]
        assert "float32 (1, 64, 56, 56)" in "".join(data["text/plain"])
        assert "widgets" not in saved["metadata"]
