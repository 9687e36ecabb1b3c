"""A watch seen twice; one whose kernel dies; one that was saved; and one that runs for long."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal

import nbformat
import numpy as np
from nbconvert import HTMLExporter
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.test_watch import scope_of
from tests.browser.watched import MODEL, PAUSED, region, row, runs, status, step_of, training

SHORT = training(60)


def test_two_views_follow_each_other_while_the_cell_runs(jupyter: Lab) -> None:
    with jupyter.notebook(
        [MODEL, "w", "w", training(4000)], name="two.ipynb", run=False, height=3400
    ) as opened:
        opened.start_all()
        both = opened.page.get_by_role("region", name="w", exact=True)
        expect(both).to_have_count(2, timeout=40_000)
        first, second = both.nth(0), both.nth(1)
        expect(status(second)).to_contain_text("Running", timeout=60_000)
        row(first, "fc").click()
        scope_of(first, "fc")
        scope_of(second, "fc")
        row(second, "stem").click()
        scope_of(second, "stem")
        scope_of(first, "stem")
        runs(opened)
        first.get_by_role("button", name="Pause").click()
        expect(status(second)).to_contain_text(PAUSED)
        second.get_by_role("button", name="Continue").click()
        expect(status(first)).to_contain_text("Running")
        opened.command("notebook:interrupt-kernel")
        assert opened.errors == []


def test_a_loop_that_ends_leaves_picture_and_code_of_its_last_record(jupyter: Lab) -> None:
    quick = training(200).replace("        time.sleep(0.01)  # the loader\n", "")
    for turn in range(3):
        with jupyter.notebook([MODEL, "w", quick], name=f"end{turn}.ipynb", height=1900) as opened:
            watch = region(opened)
            expect(status(watch)).to_contain_text("Closed, step 199", timeout=40_000)
            expect(watch).to_contain_text("output · step 190 · latest")
            scope = scope_of(watch, "stem")
            code = scope.get_by_role("status", name="Code")
            expect(code).to_contain_text('w.record("stem", step=190)')
            scope.get_by_role("application", name="Heatmap").focus()
            opened.page.keyboard.press("ArrowRight")
            here = scope.get_by_role("status", name="Value").inner_text()
            value = opened.python("repr(w.record('stem', step=190)[0, 0, 0, 0].item())")
            assert np.float32(here.split("]")[1]) == np.float32(value)


def test_a_dead_kernel_leaves_the_picture_and_a_new_run_is_live(jupyter: Lab) -> None:
    with jupyter.notebook([MODEL, "w", SHORT], name="dead.ipynb", height=1900) as opened:
        watch = region(opened)
        expect(status(watch)).to_contain_text("Closed, step 59", timeout=40_000)
        row(watch, "stem").click()
        scope = scope_of(watch, "stem")
        opened.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        opened.page.wait_for_timeout(3000)
        scope.get_by_role("slider", name="dim 1").focus()
        opened.page.keyboard.press("ArrowRight")
        expect(watch).to_contain_text("kernel", timeout=60_000)
        expect(scope.get_by_role("application", name="Heatmap")).to_be_visible()
        opened.run_all()
        expect(status(region(opened))).to_contain_text("Closed, step 59", timeout=40_000)


def test_a_saved_notebook_shows_picture_and_facts_of_the_watch(jupyter: Lab) -> None:
    with jupyter.notebook([MODEL, SHORT, "w"], name="kept.ipynb", height=1900) as opened:
        expect(status(region(opened))).to_contain_text("Closed, step 59", timeout=40_000)
        saved = opened.save()
        page, _ = HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(saved), as_version=4))
        data = saved["cells"][2]["outputs"][0]["data"]
        assert "60 steps" in "".join(data["text/plain"])
        assert "image/png" in data
        assert data["image/png"].strip() in page
        assert "output · step 50" in "".join(data["text/plain"])
        watch = region(opened)
        watch.get_by_role("slider", name="Step").focus()
        opened.page.keyboard.press("ArrowLeft")
        expect(watch).to_contain_text("output · step 40")
        watch.get_by_role("combobox", name="Against step").select_option("0")
        expect(watch).to_contain_text("step 40 less step 0")
        opened.do("w.freeze()")
        expect(opened.page.get_by_role("region", name="w", exact=True)).to_have_count(0)
        expect(opened.page.locator(".jp-OutputArea-output img")).to_have_count(1)
        frozen = opened.save()["cells"][2]["outputs"][0]
        assert sorted(frozen["data"]) == ["image/png", "text/plain"]
        assert "60 steps" in frozen["metadata"]["image/png"]["alt"]
        assert "step 40 less step 0" in frozen["metadata"]["image/png"]["alt"]
        assert opened.errors == []


LONG = """
def resident():
    import gc, ctypes, os
    gc.collect(); ctypes.CDLL(None).malloc_trim(0)
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
sizes = []
with w:
    for k in range(10_001):
        loss = nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        if k in (2_000, 10_000): sizes.append(resident())
"""


def test_ten_thousand_steps_leave_memory_flat(jupyter: Lab) -> None:
    model = MODEL.replace("every=10", 'every=10, budget="8MB"')
    with jupyter.notebook([model, "w", LONG], name="long.ipynb", run=False, height=1900,
                          anew=True) as opened:  # fmt: skip
        opened.start_all()
        watch = region(opened)
        expect(status(watch)).to_contain_text("Closed, step 10000", timeout=240_000)
        session = opened.page.context.new_cdp_session(opened.page)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        sizes = opened.python("sizes")
        assert sizes[1] - sizes[0] < 15, sizes
        assert heap < 150, heap
        expect(watch).to_contain_text("evicted")
        assert opened.errors == []


SAVED = """
import os
w.save("run")
open("pid.txt", "w").write(str(os.getpid()))
"""


def said_of_step_ten(opened: Notebook, watch: Locator) -> list[str]:
    """Return what the widget says of a module at step 10, its picture's numbers among it."""
    row(watch, "layer1.conv").click()
    scope = scope_of(watch, "layer1.conv")
    watch.get_by_role("slider", name="Step").focus()
    opened.page.keyboard.press("Home")
    expect(scope).to_contain_text("output · step 0 ·")
    opened.page.keyboard.press("ArrowRight")
    expect(scope).to_contain_text("output · step 10 ·")
    scope.get_by_role("application", name="Heatmap").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("ArrowDown")
    value = scope.get_by_role("status", name="Value")
    expect(value).to_contain_text("[0, 0, 1, 0]")
    code = scope.get_by_role("status", name="Code")
    expect(code).to_contain_text('w.record("layer1.conv", step=10)[0, 0, 1, 0]')
    facts = scope.locator(".ts-facts").first
    expect(facts).to_contain_text("mean")
    expect(facts).to_have_attribute("aria-busy", "false")  # they come after the picture
    return [value.inner_text(), code.inner_text(), facts.inner_text()]


def test_a_recording_of_a_killed_kernel_shows_the_same_again(jupyter: Lab) -> None:
    folder = jupyter.work / "run"
    shutil.rmtree(folder, ignore_errors=True)
    with jupyter.notebook([MODEL + SAVED, "w", training()], name="kill.ipynb", run=False,
                          height=1900) as opened:  # fmt: skip
        opened.start_all()
        watch = region(opened)
        expect(status(watch)).to_contain_text(re.compile(r"Running, step [3-9]\d"), timeout=40_000)
        before = said_of_step_ten(opened, watch)
        told = step_of(watch)
        os.kill(int((jupyter.work / "pid.txt").read_text()), signal.SIGKILL)
    cells = ['import tensorscope as ts\nw = ts.open("run")', "w"]
    with jupyter.notebook(cells, name="again.ipynb", height=1900) as opened:
        watch = region(opened)
        expect(status(watch)).to_contain_text("Closed, step")
        assert step_of(watch) >= told
        expect(watch).to_contain_text("reopened from run")
        expect(watch).to_contain_text("on disk")
        assert said_of_step_ten(opened, watch) == before
        for name in ("Pause", "Step", "Continue"):
            expect(watch.get_by_role("button", name=name, exact=True)).to_be_disabled()
        expect(watch.get_by_role("table", name="Breakpoints")).to_have_count(0)  # nothing to stop
        assert opened.errors == []
