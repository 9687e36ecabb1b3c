"""Loops of other kinds in JupyterLab: two watches in one, a thread of its own, cells that wait."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.test_watch import PUMPED, scope_of
from tests.browser.watched import (
    MODEL,
    PAUSED,
    interrupt,
    row,
    runs,
    status,
    step_of,
    trained,
    training,
    until,
)

GAN = """
import torch, time, tensorscope as ts
from torch import nn
torch.manual_seed(0); torch.set_num_threads(1)
maker = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
judge = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
of_maker, of_judge = (torch.optim.SGD(net.parameters(), lr=0.01) for net in (maker, judge))
w, v = ts.watch(maker, every=10), ts.watch(judge, every=10)
"""
ADVERSARIAL = """
with w, v:
    for k in range(4000):
        time.sleep(0.01)
        fake = maker(torch.randn(32, 4))
        of_judge.zero_grad()
        (judge(fake.detach()).mean() - judge(torch.randn(32, 8)).mean()).backward()
        of_judge.step()
        of_maker.zero_grad()
        (-judge(fake).mean()).backward()
        of_maker.step()
"""


def second(opened: Notebook) -> Locator:
    return opened.page.get_by_role("region", name="v", exact=True)


@pytest.mark.parametrize("by", ["subshells", "the pump"])
def test_two_watches_of_one_loop_answer_each(jupyter: Lab, by: str) -> None:
    pumped = by == "the pump"
    cells = [GAN + (PUMPED if pumped else ""), "w", "v", ADVERSARIAL]
    with trained(jupyter, cells, subshells=not pumped) as (opened, makes):
        judges = second(opened)
        for _ in range(2):
            for watch, name in ((judges, "1"), (makes, "2"), (judges, "2"), (makes, "0")):
                row(watch, name).click()
                scope_of(watch, name)
        runs(opened)
        judges.get_by_role("button", name="Pause").click()
        expect(status(judges)).to_contain_text(PAUSED)
        opened.page.wait_for_timeout(700)  # what was told of steps before the pause has arrived
        held = step_of(makes)
        row(makes, "1").click()  # the other one answers too
        scope_of(makes, "1")
        assert step_of(makes) <= held + 1
        judges.get_by_role("button", name="Continue").click()
        expect(status(judges)).to_contain_text("Running")
        until(lambda: step_of(makes) > held + 5)


THREAD = """
import threading
def train():
    global over
    with w:
        for k in range(4000):
            time.sleep(0.01)
            loss = nn.functional.cross_entropy(net(images), labels)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            if leave.is_set(): break
    over = True
import time
leave, over = threading.Event(), False
threading.Thread(target=train, daemon=True).start()
"""


def test_a_loop_in_a_thread_of_its_own_leaves_the_kernel_free(jupyter: Lab) -> None:
    with jupyter.notebook([MODEL, "w", THREAD], name="thread.ipynb", height=1900) as opened:
        watch = opened.page.get_by_role("region", name="w", exact=True)
        expect(status(watch)).to_contain_text(re.compile(r"Running, step \d\d"), timeout=40_000)
        row(watch, "layer1.conv").click()
        scope_of(watch, "layer1.conv")
        watch.get_by_role("button", name="Pause").click()
        expect(status(watch)).to_contain_text(PAUSED)
        held = opened.python("w.steps")  # a cell runs while the loop waits
        before = status(watch).inner_text()
        opened.do("w.step('module')")
        expect(status(watch)).not_to_have_text(before)
        expect(status(watch)).to_contain_text(PAUSED)
        opened.do("w.step()")
        expect(status(watch)).to_contain_text("Paused before step")
        assert opened.python("w.steps") in (held, held + 1)
        watch.get_by_role("button", name="Continue").click()
        expect(status(watch)).to_contain_text("Running")
        opened.do("leave.set()")
        expect(status(watch)).to_contain_text("Closed")
        assert opened.python("over")
        assert opened.errors == []


@pytest.mark.parametrize("by", ["subshells", "the pump"])
def test_cells_that_wait_run_once_and_in_their_order(jupyter: Lab, by: str) -> None:
    pumped = by == "the pump"
    first = MODEL + "order = []\n" + (PUMPED if pumped else "")
    cells = [first, "w", training(150), "order.append('a')", "order.append('b')"]
    if pumped:
        jupyter._settings("kernels-settings", {"commsOverSubshells": "disabled"})
    try:
        with jupyter.notebook(cells, name=f"queue-{pumped}.ipynb", run=False,
                              height=2200) as opened:  # fmt: skip
            opened.start_all()
            watch = opened.page.get_by_role("region", name="w", exact=True)
            expect(status(watch)).to_contain_text("Running, step", timeout=40_000)
            for name in ("stem", "fc", "stem"):
                row(watch, name).click()
                scope_of(watch, name)
            expect(status(watch)).to_contain_text("Closed, step 149", timeout=60_000)
            until(lambda: opened.python("order") == ["a", "b"], 20)
            opened.do("order.append('c')")
            assert opened.python("order") == ["a", "b", "c"]
            interrupt(opened)
            assert opened.errors == []
    finally:
        jupyter._settings("kernels-settings", {"commsOverSubshells": "perCommTarget"})


#: No model, no hooks: what the loop itself hands over, of any framework.
PROBES = """
import time, numpy as np, tensorscope as ts
w = ts.watch(every=10)
random = np.random.default_rng(0)
"""
PROBED = """
with w:
    x = random.standard_normal((16, 32))
    for k in range(4000):
        time.sleep(0.01)
        x = ts.probe("x", np.tanh(x @ random.standard_normal((32, 32))))
        ts.probe("loss", float((x**2).mean()))
"""


@pytest.mark.parametrize("by", ["subshells", "the pump"])
def test_a_loop_of_probes_answers(jupyter: Lab, by: str) -> None:
    pumped = by == "the pump"
    cells = [PROBES + (PUMPED if pumped else ""), "w", PROBED]
    with trained(jupyter, cells, subshells=not pumped) as (opened, watch):
        row(watch, "loss").click()
        scope_of(watch, "loss")
        row(watch, "x").click()
        scope_of(watch, "x")
        runs(opened)
        watch.get_by_role("button", name="Pause").click()
        expect(status(watch)).to_contain_text(PAUSED)
        held = step_of(watch)
        watch.get_by_role("button", name="Step", exact=True).click()
        until(lambda: step_of(watch) == held + 1)
        expect(status(watch)).to_contain_text(PAUSED)
        watch.get_by_role("button", name="Continue").click()
        until(lambda: step_of(watch) > held + 5)


TOLD = """
sent = open("sent.txt", "w", buffering=1)
send = w.widget.send
w.widget.send = lambda *a, **k: (print(w.steps, file=sent), send(*a, **k))
"""
COUNTED = 'open("steps.txt", "w").write(str(k))'


def test_a_page_that_hangs_is_not_sent_to_and_catches_up(jupyter: Lab) -> None:
    def read(name: str) -> list[int]:
        return [int(line) for line in (jupyter.work / name).read_text().split()]

    def at() -> int:
        return (read("steps.txt") or [0])[0]

    with trained(jupyter, [MODEL + TOLD, "w", training(40_000, COUNTED)]) as (opened, watch):
        row(watch, "stem").click()
        scope_of(watch, "stem")
        debugger = opened.page.context.new_cdp_session(opened.page)
        debugger.send("Debugger.enable")
        debugger.send("Debugger.pause")  # as a tab that does something else for long
        began, before = at(), len(read("sent.txt"))
        until(lambda: at() > began + 300, 60)
        sent, held = len(read("sent.txt")) - before, at()
        assert sent < 30, f"{sent} messages in {held - began} steps"
        debugger.send("Debugger.resume")
        debugger.send("Debugger.disable")
        until(lambda: step_of(watch) >= held, 10)
        row(watch, "fc").click()
        scope_of(watch, "fc")
        skipped = watch.locator(".ts-fact").filter(has_text="skipped on screen")
        until(lambda: int(skipped.inner_text().split()[-1].replace(",", "")) > 200)
