"""History, named conditions in colours, hits by slice, and scopes that are linked."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import PIXEL, at_cell, heatmap, value


def selection(scope: Locator) -> Locator:
    return scope.get_by_role("textbox", name="Selection")


def button(scope: Locator, name: str) -> Locator:
    return scope.get_by_role("button", name=name, exact=True)


# ------------------------------------------------------------------ history


def test_clicks_and_assignments_are_undone_alike(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    expect(button(scope, "Undo")).to_be_disabled()
    expect(button(scope, "Redo")).to_be_disabled()
    heatmap(scope).click(position=at_cell(scope, 10, 40))
    expect(value(scope)).to_contain_text("[0, 0, 10, 40] ")
    notebook.do("s.expr = '[0, 7]'")
    expect(selection(scope)).to_have_value("[0, 7, :, :]")
    scope.get_by_role("combobox", name="Reduce").select_option("1 mean")
    expect(selection(scope)).to_have_value("[0, mean, :, :]")
    button(scope, "Undo").click()
    expect(selection(scope)).to_have_value("[0, 7, :, :]")
    button(scope, "Undo").click()
    expect(selection(scope)).to_have_value("[0, 0, :, :]")
    notebook.comes_to("s.cell", [0, 0, 10, 40])
    notebook.do("s.undo()")
    expect(button(scope, "Undo")).to_be_disabled()
    assert notebook.python("s.cell") is None
    for _ in range(3):
        button(scope, "Redo").click()
    expect(selection(scope)).to_have_value("[0, mean, :, :]")
    expect(button(scope, "Redo")).to_be_disabled()
    history = notebook.python("s.history")
    assert history[0] == 'ts.scope(act, "[0, 0, :, :]")'
    assert history[-1] == notebook.python("s.state")
    assert len(history) == 4
    assert notebook.python("[eval(h).expr for h in s.history]")[-2] == "[0, 7, :, :]"


def test_a_drag_is_one_step_and_keys_go_back(notebook: Notebook) -> None:
    scope, page = notebook.scope("act"), notebook.page
    slider = scope.get_by_role("slider", name="dim 1")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(selection(scope)).to_have_value("[0, 6, :, :]")
    assert notebook.python("len(s.history)") == 2
    heatmap(scope).focus()
    page.keyboard.press("Control+z")
    expect(selection(scope)).to_have_value("[0, 0, :, :]")
    page.keyboard.press("Control+Shift+z")
    expect(selection(scope)).to_have_value("[0, 6, :, :]")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    expect(selection(scope)).to_have_value("[0, 6, :, :]")
    # While text is typed the keys are the text's own.
    box = selection(scope)
    box.press("End")
    box.press_sequentially("xy")
    box.press("Control+z")
    page.wait_for_timeout(300)
    notebook.comes_to("s.expr", "[0, 6, :, :]")


def test_the_copied_state_restores_all(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'; s.where = {'hot': 'x > 0.5', 'cold': 'x < -0.5'}")
    button(scope, "Activate cold").click()
    heatmap(scope).click(position=at_cell(scope, 30, 5))
    # The value is there while the pointer hovers; the pin comes back with the kernel's state.
    expect(button(scope, "Copy state")).to_have_attribute("title", re.compile(r"\(0, 20, 30, 5\)"))
    button(scope, "Copy state").click()
    expect(button(scope, "Copy state")).to_have_attribute("title", "Copied")
    copied = notebook.page.evaluate("navigator.clipboard.readText()")
    assert copied == notebook.python("s.state")
    notebook.do(f"twin = {copied}")
    for part in ("expr", "where", "view", "cell"):
        assert notebook.python(f"s.{part} == twin.{part}"), part


# ------------------------------------------------------------------ conditions


def test_one_condition_looks_as_simple_as_ever(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    expect(button(scope, "Add condition")).to_have_count(0)
    box = scope.get_by_role("textbox", name="Where")
    box.fill("x > 0.5")
    box.press("Enter")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text("of 3,136")
    expect(scope.get_by_role("list", name="Conditions")).to_have_count(0)
    notebook.comes_to("s.where", "x > 0.5")


def test_conditions_are_added_renamed_hidden_and_removed(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'; s.where = 'x > 0.5'")
    box = scope.get_by_role("textbox", name="Where")
    expect(box).to_have_value("x > 0.5")
    button(scope, "Add condition").click()
    expect(box).to_have_value("")
    box.fill("x < -0.5")
    box.press("Enter")
    legend = scope.get_by_role("list", name="Conditions")
    expect(legend.get_by_role("listitem")).to_have_count(2)
    notebook.comes_to("s.where", {"A": "x > 0.5", "B": "x < -0.5"})
    cold = notebook.python("int((act[0, 20] < -0.5).sum())")
    expect(legend).to_contain_text(f"{cold:,}")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{cold:,} of 3,136")
    name = legend.get_by_role("textbox", name="Name of B")
    name.fill("cold")
    name.press("Enter")
    expect(legend.get_by_role("textbox", name="Name of cold")).to_be_visible()
    notebook.comes_to("s.where", {"A": "x > 0.5", "cold": "x < -0.5"})
    # The other one: hits, box and code are its own.
    button(scope, "Activate A").click()
    expect(box).to_have_value("x > 0.5")
    hot = notebook.python("int((act[0, 20] > 0.5).sum())")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{hot:,} of 3,136")
    assert notebook.python("(s.hits.count, s.hits_of('cold').count)") == [hot, cold]
    button(scope, "Hide cold").click()
    expect(button(scope, "Show cold")).to_be_visible()
    assert notebook.python("s.view['hidden']") == ["cold"]
    box.fill("x > 0.6")
    box.press("Enter")
    expect(legend).to_be_visible()
    notebook.comes_to("s.where", {"A": "x > 0.6", "cold": "x < -0.5"})
    button(scope, "Remove A").click()
    expect(legend.get_by_role("listitem")).to_have_count(1)
    notebook.comes_to("s.where", {"cold": "x < -0.5"})
    notebook.do("s.undo()")
    expect(legend.get_by_role("listitem")).to_have_count(2)


def test_a_wrong_condition_more_keeps_those_there_are(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.where = 'x > 0.5'")
    button(scope, "Add condition").click()
    box = scope.get_by_role("textbox", name="Where")
    box.fill("x >")
    box.press("Enter")
    expect(scope.get_by_role("alert")).to_contain_text("x >")
    assert notebook.python("s.where") == "x > 0.5"


def test_hits_are_outlined_in_the_colour_of_the_legend(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "x = np.zeros((6, 6), 'f4'); x[1, 1] = 3; x[4, 4] = -3",
        "s = ts.scope(x, where={'hot': 'x > 2', 'cold': 'x < -2'})\ns",
    ]
    with jupyter.notebook(cells) as notebook:
        scope = notebook.scope("x")
        chips = scope.get_by_role("list", name="Conditions").locator(".ts-swatch")
        expect(chips).to_have_count(2)
        hues = [
            [
                int(n)
                for n in re.findall(r"\d+", c.evaluate("e => getComputedStyle(e).backgroundColor"))
            ]
            for c in chips.all()
        ]
        canvas = heatmap(scope).element_handle()

        def edge(row: int, column: int) -> list[int]:
            place = [canvas, (column + 0.5) / 6, row / 6 + 0.002]
            return notebook.page.evaluate(PIXEL, place)[:3]  # type: ignore[no-any-return]

        assert edge(1, 1) == hues[0]
        assert edge(4, 4) == hues[1]
        button(scope, "Hide hot").click()
        expect(button(scope, "Show hot")).to_be_visible()
        assert edge(1, 1) != hues[0]
        assert edge(4, 4) == hues[1]
        assert notebook.errors == []


def test_the_table_marks_hits_in_the_same_colours(jupyter: Lab) -> None:
    code = "ts.scope(x, where={'few': 'x > 9', 'low': 'x < 2'}, view={'table': True})"
    setup = "import numpy as np, tensorscope as ts\nx = np.arange(12).reshape(3, 4)"
    with jupyter.notebook([setup, code]) as opened:
        scope = opened.scope("x")
        hits = scope.locator(".ts-v-hit")
        expect(hits).to_have_text(["0", "1", "10", "11"])
        colours = hits.evaluate_all("all => all.map(e => e.style.getPropertyValue('--ts-mark'))")
        assert colours[0] == colours[1] != colours[2] == colours[3]
        scope.get_by_role("button", name="Hide low").click()
        expect(hits).to_have_text(["10", "11"])
        # one cell is typed: its hits are not those of the plane that stays in sight
        field = scope.get_by_role("textbox", name="Selection")
        field.fill("[1, 1]")
        field.press("Enter")
        expect(scope.locator(".ts-nothing")).to_have_text("No hits for x > 9.")
        assert opened.errors == []


def test_the_slices_that_hold_the_hits_are_a_click_away(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'; s.where = 'x > 0.97'")
    expect(selection(scope)).to_have_value("[0, 20, :, :]")
    scope.get_by_role("combobox", name="Hits by", exact=True).select_option("1")
    bars = scope.get_by_role("list", name="Hits by dim 1")
    counts = notebook.python("(act[0] > 0.97).sum((1, 2)).tolist()")
    best = max(range(64), key=lambda k: (counts[k], -k))
    first = bars.get_by_role("button").first
    expect(first).to_have_accessible_name(f"dim 1 {best}: {counts[best]} hits")
    assert notebook.python("ts.where(act, 'x > 0.97', limit=1).by_dim(1).tolist()") == counts
    first.click()
    expect(selection(scope)).to_have_value(f"[0, {best}, :, :]")
    scope.get_by_role("group", name="Slices of").get_by_role("button", name="slice").click()
    expect(bars.get_by_role("button")).to_have_count(1)


# ------------------------------------------------------------------ links


def test_linked_scopes_move_together(jupyter: Lab) -> None:
    cells = [
        TENSORS,
        "before = act.detach(); after = (before * 2).clamp(-1, 1)\n"
        "a = ts.scope(before, '[0, 3]'); b = ts.scope(after)\n"
        "link = a.link(b)\nlink",
    ]
    with jupyter.notebook(cells, width=1700) as notebook:
        first, second = notebook.scope("before"), notebook.scope("after")
        expect(selection(second)).to_have_value("[0, 3, :, :]")
        left, right = first.bounding_box(), second.bounding_box()
        assert left is not None
        assert right is not None
        assert right["x"] >= left["x"] + left["width"]
        # The selection, from either side, by hand and from Python.
        box = selection(second)
        box.fill("[0, 9]")
        box.press("Enter")
        expect(selection(first)).to_have_value("[0, 9, :, :]")
        notebook.do("a.expr = '[0, 12]'")
        expect(selection(second)).to_have_value("[0, 12, :, :]")
        # The cursor, which asks no kernel; the pinned cell.
        heatmap(first).hover(position=at_cell(first, 30, 5))
        expect(value(second)).to_contain_text("[0, 12, 30, 5] ")
        notebook.page.mouse.move(2, 2)
        expect(value(second)).not_to_contain_text("[0, 12, 30, 5] ")
        heatmap(second).click(position=at_cell(second, 7, 8))
        expect(value(first)).to_contain_text("[0, 12, 7, 8] ")
        notebook.comes_to("a.cell", [0, 12, 7, 8])
        # Zoom and colours.
        button(first, "Zoom in").click()
        expect(button(second, "Fit")).to_be_enabled()
        button(second, "Fit").click()
        expect(button(first, "Fit")).to_be_disabled()
        ends = [s.get_by_role("slider", name="Colour range high") for s in (first, second)]
        assert len({end.get_attribute("aria-valuenow") for end in ends}) == 1
        notebook.do("b.view = {'map': 'viridis'}")
        assert notebook.python("a.view['map']") == "viridis"
        notebook.do("link.unlink(); a.expr = '[0, 1]'")
        expect(selection(first)).to_have_value("[0, 1, :, :]")
        assert notebook.python("b.expr") == "[0, 12, :, :]"
        assert notebook.errors == []


def test_a_scope_that_is_closed_drops_out(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "x = np.arange(60.0).reshape(3, 4, 5); y = -x; z = x + 1\n"
        "a, b, c = ts.scope(x), ts.scope(y), ts.scope(z)\n"
        "a.link(b, c, colours=False)",
    ]
    with jupyter.notebook(cells, width=500) as notebook:
        first, third = notebook.scope("x"), notebook.scope("z")
        upper, lower = first.bounding_box(), third.bounding_box()
        assert upper is not None
        assert lower is not None
        assert lower["y"] >= upper["y"] + upper["height"]  # narrow: stacked
        notebook.do("b.close(); a.expr = '[2]'")
        expect(selection(third)).to_have_value("[2, :, :]")
        assert notebook.python("c.expr") == "[2, :, :]"
        notebook.do("c.view = {'map': 'grey'}")
        assert notebook.python("a.view['map']") == "auto"
        assert notebook.errors == []
