"""A watch in a real JupyterLab: the widget answers, stops and steps while the cell trains."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
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


def scope_of(watch: Locator, name: str) -> Locator:
    found = watch.get_by_role("region", name=name, exact=True)
    expect(found).to_be_visible(timeout=15_000)
    return found


def look_around(opened: Notebook, watch: Locator) -> None:
    """Choose a module, scrub and compare while the cell runs."""
    row(watch, "layer1.conv").click()
    scope = scope_of(watch, "layer1.conv")
    expect(row(watch, "layer1.conv")).to_have_attribute("aria-selected", "true")
    slider = watch.get_by_role("slider", name="Step")
    slider.focus()
    opened.page.keyboard.press("Home")
    expect(scope).to_contain_text(re.compile(r"output · step 0(?!\d)"))
    opened.page.keyboard.press("ArrowRight")
    expect(scope).to_contain_text(re.compile(r"output · step 10(?!\d)"))
    scope.get_by_role("combobox", name="Against step").select_option("0")
    expect(scope).to_contain_text("step 10 less step 0")
    expect(scope.get_by_role("status", name="Code")).to_contain_text(
        '(w.record("layer1.conv", step=10) - w.record("layer1.conv", step=0))'
    )
    runs(opened)


def pause_and_step(opened: Notebook, watch: Locator) -> None:
    watch.get_by_role("button", name="Pause").click()
    expect(status(watch)).to_contain_text(PAUSED)
    held = step_of(watch)
    opened.page.wait_for_timeout(400)
    assert step_of(watch) == held
    watch.get_by_role("combobox", name="Step by").select_option("module")
    places = [status(watch).inner_text()]
    for _ in range(2):
        watch.get_by_role("button", name="Step", exact=True).click()
        expect(status(watch)).not_to_have_text(places[-1])
        expect(status(watch)).to_contain_text(PAUSED)
        places.append(status(watch).inner_text())
        # The widget goes along: what the module made at that step is what it shows.
        here = watch.get_by_role("tree", name="Modules").locator('[aria-current="step"]')
        name = str(here.get_attribute("data-row"))
        assert f"Paused at {name}, step" in places[-1]
        scope = scope_of(watch, name)
        expect(here).to_have_attribute("aria-selected", "true")
        expect(scope).to_contain_text(f"output · step {step_of(watch)} · latest")
    assert len(set(places)) == 3
    watch.get_by_role("combobox", name="Step by").select_option("step")
    watch.get_by_role("button", name="Step", exact=True).click()
    expect(status(watch)).to_contain_text("Paused before step")
    at = step_of(watch)
    watch.get_by_role("button", name="Continue").click()
    expect(status(watch)).to_contain_text("Running")
    until(lambda: step_of(watch) > at + 5)


def test_it_answers_while_the_cell_trains(jupyter: Lab) -> None:
    with trained(jupyter, [MODEL, "w", training()]) as (opened, watch):
        look_around(opened, watch)
        until(lambda: step_of(watch) > 80, 30)
        slider = watch.get_by_role("slider", name="Step")
        box = slider.bounding_box()
        assert box
        opened.page.mouse.move(box["x"] + 20, box["y"] + 42)
        opened.page.mouse.down()
        opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 42, steps=8)
        opened.page.mouse.up()
        shown = int(slider.input_value())
        assert shown > 10
        assert shown % 10 == 0
        # Rows tell what was measured in the step that is shown, and say so.
        modules = watch.get_by_role("tree", name="Modules").locator("..")
        expect(modules.get_by_text(f"at {shown}", exact=True)).to_be_visible()
        watch.get_by_role("combobox", name="Line").select_option("norm")
        told = row(watch, "layer1.conv").inner_text().split()
        expect(watch).to_contain_text(f"step {shown} less step 0")
        watch.get_by_role("button", name="Follow latest").click()
        expect(watch).to_contain_text("· latest")
        expect(modules.get_by_text("now", exact=True)).to_be_visible()
        runs(opened)
        interrupt(opened)
        (norm,) = opened.python(f"[p.norm for p in w.history('layer1.conv') if p.step == {shown}]")
        assert told[told.index("norm") + 1] == f"{norm:.3g}"


def test_pause_step_and_continue(jupyter: Lab) -> None:
    with trained(jupyter, [MODEL, "w", training()]) as (opened, watch):
        pause_and_step(opened, watch)
        row(watch, "fc").focus()
        opened.page.keyboard.press("Space")
        expect(status(watch)).to_contain_text(PAUSED)
        opened.page.keyboard.press("Space")
        expect(status(watch)).to_contain_text("Running")


SAME = """
import copy
torch.manual_seed(1)
net.add_module("drop", nn.Dropout(0.2))
of_net = net.state_dict
start = copy.deepcopy(of_net())
"""
#: The loop once more, without a watch, from where the first one began.
UNWATCHED = """
watched = copy.deepcopy(of_net())
net.load_state_dict(start)
torch.manual_seed(2)
for k in range(150):
    loss = nn.functional.cross_entropy(net(images), labels)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
same = all(torch.equal(a, b) for a, b in zip(watched.values(), of_net().values()))
moved = not all(torch.equal(a, b) for a, b in zip(start.values(), of_net().values()))
"""


def test_the_training_is_the_same_bit_for_bit_whatever_is_clicked(jupyter: Lab) -> None:
    model = MODEL.replace("w = ts.watch(net, every=10)", SAME) + (
        "w = ts.watch(net, every=10, grads=True, weights=True)\ntorch.manual_seed(2)"
    )
    with trained(jupyter, [model, "w", training(150)]) as (opened, watch):
        look_around(opened, watch)
        pause_and_step(opened, watch)
        for name in ("fc", "stem", "act"):
            row(watch, name).click()
            scope_of(watch, name)
        expect(status(watch)).to_contain_text("Closed, step 149", timeout=60_000)
        opened.do(UNWATCHED)
        assert opened.python("moved")
        assert opened.python("same")


#: Once the breakpoint is set, however long that takes.
PLANTED = """
if w.breakpoints and "planted" not in globals():
    planted = k
    with torch.no_grad():
        net.layer1.conv.weight[3] = float("inf")
""".strip().replace("\n", "\n        ")


def test_a_breakpoint_stops_at_the_planted_inf(jupyter: Lab) -> None:
    with trained(jupyter, [MODEL, "w", training(between=PLANTED)]) as (opened, watch):
        condition = watch.get_by_role("textbox", name="Condition")
        condition.fill("isfinite(")
        condition.press("Enter")
        expect(watch.get_by_role("alert").filter(has_text="the condition ends")).to_be_visible()
        condition.fill("~isfinite(x)")
        condition.press("Enter")
        points = watch.get_by_role("table", name="Breakpoints")
        expect(points).to_contain_text("~isfinite(x) on any output")
        expect(status(watch)).to_contain_text("Paused at layer1.conv, step", timeout=30_000)
        step = step_of(watch)
        expect(points).to_contain_text("1 hit")
        findings = watch.get_by_role("table", name="Findings")
        expect(findings.get_by_role("row").first).to_contain_text("layer1.conv made the first")
        scope = scope_of(watch, "layer1.conv")
        expect(scope.get_by_role("status", name="Value")).to_contain_text("[0, 3, 0, 0]")
        row(watch, "stem").click()
        scope_of(watch, "stem")
        findings.get_by_role("row").first.click()
        scope = scope_of(watch, "layer1.conv")
        expect(scope).to_contain_text(f"output · step {step}")
        expect(scope.get_by_role("status", name="Value")).to_contain_text("[0, 3, 0, 0]")
        expect(row(watch, "fc")).to_have_class(re.compile("ts-old"))
        expect(row(watch, "stem")).not_to_have_class(re.compile("ts-old"))
        expect(watch).to_contain_text(f"Grey: not run yet in step {step}")
        points.get_by_role("button", name="Remove ~isfinite(x)").click()
        expect(points.get_by_role("row")).to_have_count(0)
        watch.get_by_role("button", name="Continue").click()
        expect(status(watch)).to_contain_text("Running")
        interrupt(opened)
        assert opened.python("planted") == step


DRAWN = """
if k == 0: plt.figure(); plt.plot([1, 2, 3])
        if k % 50 == 0: print("printed", k)
        if k == 399: left_open = len(plt.get_fignums())
""".strip()


def test_clicks_leave_figure_and_prints_alone(jupyter: Lab) -> None:
    cells = ["%matplotlib inline\nimport matplotlib.pyplot as plt", MODEL, "w",
             training(400, DRAWN)]  # fmt: skip
    with trained(jupyter, cells) as (opened, watch):
        for name in ("layer1.conv", "stem", "fc"):
            row(watch, name).click()
            scope_of(watch, name)
        runs(opened)
        expect(status(watch)).to_contain_text("Closed, step 399", timeout=60_000)
        assert opened.python("left_open") == 1
        outputs = opened.page.locator(".jp-Cell").last.locator(".jp-OutputArea-output")
        expect(outputs.locator("img")).to_have_count(1)
        expect(outputs.first).to_have_text(
            "".join(f"printed {k}\n" for k in range(0, 400, 50)), use_inner_text=True
        )


PUMPED = """
from tensorscope.widget import kernel, pump
kernel._SUBSHELL._given_up = True
"""


@pytest.mark.parametrize("by", ["our own subshell", "the pump"])
def test_without_the_subshells_of_jupyterlab(jupyter: Lab, by: str) -> None:
    cells = [MODEL + (PUMPED if by == "the pump" else ""), "w", training()]
    with trained(jupyter, cells, subshells=False) as (opened, watch):
        look_around(opened, watch)
        pause_and_step(opened, watch)
        interrupt(opened)
        elsewhere = "__import__('tensorscope.widget.pump').widget.pump.ARRIVED_ELSEWHERE.is_set()"
        assert opened.python(elsewhere) == (by == "our own subshell")
        opened.do("after = 1")  # the kernel hears of cells as ever


@pytest.mark.parametrize("version", ["7.3", "6.31"])
def test_in_an_older_kernel(jupyter: Lab, version: str) -> None:
    cells = [MODEL + "import ipykernel", "w", training()]
    with trained(jupyter, cells, kernel=jupyter.older_kernel(version)) as (opened, watch):
        look_around(opened, watch)
        pause_and_step(opened, watch)
        interrupt(opened)
        assert opened.python("ipykernel.__version__").startswith(version)
        opened.do("after = 1")  # the kernel hears of cells as ever
