"""Sizes, layouts and controls: nothing overflows, nothing jumps, everything can be reached."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import at_cell, heatmap, value

MORE = """
from ipywidgets import Box, Layout
flat = torch.randn(10, 40); tall = torch.randn(2000, 8)
bars = torch.randn(64); line = torch.randn(5000); probs = torch.rand(297, 64)
def boxed(s, width): return Box([s.widget], layout=Layout(width=f"{width}px"))
"""


def size(part: Locator) -> dict[str, float]:
    box = part.bounding_box()
    assert box is not None
    return dict(box)


@pytest.mark.parametrize("width", [320, 400, 640, 900, 1600])
def test_a_scope_is_as_wide_as_its_box(jupyter: Lab, width: int) -> None:
    names = ["act", "flat", "bars"]
    boxes = [f"s_{name} = ts.scope({name})\nboxed(s_{name}, {width})" for name in names]
    with jupyter.notebook([TENSORS, MORE, *boxes], width=1850, height=3200) as opened:
        for name in names:
            scope = opened.scope(name)
            assert width - 8 <= size(scope)["width"] <= width
            assert scope.evaluate("e => e.scrollWidth <= e.clientWidth")
        # A message of several lines lies over the widget, and not over its edge.
        for field, wrong in (("Selection", "[word]"), ("Where", "word > 3")):
            box = scope.get_by_role("textbox", name=field, exact=True)
            box.fill(wrong)
            box.press("Enter")
            told = scope.get_by_role("alert").filter(has_text="word")
            expect(told).to_be_visible()
            edge, card = size(scope), size(told)
            assert edge["x"] < card["x"]
            assert card["x"] + card["width"] < edge["x"] + edge["width"]
            assert told.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert opened.errors == []


def test_pictures_of_one_dim_stay_low(jupyter: Lab) -> None:
    shown = ["ts.scope(bars)", "ts.scope(line)", "ts.scope(probs, '[mean, :]')"]
    cells = [f"s{k} = {call}\ns{k}" for k, call in enumerate(shown)]
    with jupyter.notebook([TENSORS, MORE, *cells], height=3600) as opened:
        for name in ("bars", "line", "probs"):
            scope = opened.scope(name)
            assert size(heatmap(scope))["height"] <= 480
            assert size(scope)["height"] < 1000
        # all digits of 64 values are there: the last bar answers too
        bars = opened.scope("bars")
        area = size(heatmap(bars))
        heatmap(bars).click(position={"x": area["width"] - 60, "y": 10})
        place = int(value(bars).inner_text().split("]")[0][1:])
        assert 0 < place < 64
        text = opened.python(f"ts.extract(bars, {place}).text")
        expect(value(bars)).to_have_text(f"[{place}] {text}")
        assert opened.errors == []


def test_nothing_moves_because_the_pointer_did(jupyter: Lab) -> None:
    cell = "s = ts.scope(act)\nBox([s.widget], layout=Layout(width='400px'))"
    with jupyter.notebook([TENSORS, MORE, cell]) as opened:
        scope = opened.scope("act")
        before = size(scope)["height"], size(heatmap(scope))
        for row, column in ((0, 0), (30, 5), (55, 55)):
            heatmap(scope).hover(position=at_cell(scope, row, column))
            expect(value(scope)).to_contain_text(f"[0, 0, {row}, {column}]")
            assert (size(scope)["height"], size(heatmap(scope))) == before
        assert opened.errors == []


@pytest.mark.parametrize("width", [1000, 400])
def test_nothing_moves_because_a_cell_was_pinned(jupyter: Lab, width: int) -> None:
    cell = f"s = ts.scope(act, '[0, 20]')\nboxed(s, {width})"
    with jupyter.notebook([TENSORS, MORE, cell]) as opened:
        scope = opened.scope("act")
        panel = scope.get_by_role("region", name="Pinned value")
        largest = opened.python("list(s.stats.argmax)")
        expect(panel).to_contain_text(re.compile(r"Slice.*max.*min.*mean.*0 nan", re.DOTALL))
        # The facts of the whole tensor come after the picture, and may take a line more.
        expect(scope.locator(".ts-facts").first).to_have_attribute("aria-busy", "false")
        before = size(scope), size(panel)
        # No hole: the last line of the panel lies near its end.
        hint = size(panel.get_by_text("Click a cell to pin its value"))
        end = before[1]["y"] + before[1]["height"]
        assert 0 <= end - hint["y"] - hint["height"] < 40
        panel.get_by_role("button", name=str(largest)).click()
        expect(panel).to_contain_text("float32 → float")
        assert (size(scope), size(panel)) == before
        opened.comes_to("s.cell", largest)
        assert opened.errors == []


@pytest.mark.parametrize("width", [1000, 880, 700, 400])
def test_what_a_drag_sets_is_said_and_has_room(jupyter: Lab, width: int) -> None:
    cell = f"s = ts.scope(act, view={{'grid': 1, 'range': (-1, 1)}})\nboxed(s, {width})"
    with jupyter.notebook([TENSORS, MORE, cell]) as opened:
        scope = opened.scope("act")
        panel = scope.locator(".ts-panel-histogram")
        if width == 400:
            scope.get_by_role("tab", name="Histogram").click()
        expect(panel.get_by_text("Drag sets", exact=True)).to_be_visible()
        expect(panel.get_by_role("button", name="Reset colour range")).to_be_visible()
        box, switch = size(panel), size(panel.get_by_role("group", name="Drag sets"))
        assert switch["x"] + switch["width"] <= box["x"] + box["width"] + 1
        menu = size(panel.get_by_role("combobox", name="Colours"))
        assert menu["width"] >= 44  # shortened, if need be
        assert opened.errors == []


@pytest.mark.parametrize("width", [1000, 700, 400])
def test_an_opened_tile_says_the_way_back_in_the_room_there_is(jupyter: Lab, width: int) -> None:
    cell = f"s = ts.scope(act, view={{'grid': 1}})\nboxed(s, {width})"
    with jupyter.notebook([TENSORS, MORE, cell]) as opened:
        scope = opened.scope("act")
        toolbar = scope.locator(".ts-toolbar")
        tall = size(toolbar)["height"]
        scope.locator(".ts-door").first.dispatch_event("click")
        back = scope.get_by_role("button", name="Back to all of dim 1")
        expect(back.get_by_text("Back", exact=True)).to_be_visible(visible=width == 700)
        if width > 400:  # one line of tools, or two, before and after: the picture does not move
            assert size(toolbar)["height"] == tall
        assert opened.errors == []


def test_what_was_counted_is_told_at_any_width(jupyter: Lab) -> None:
    cell = "s = ts.scope(act)\nBox([s.widget], layout=Layout(width='400px'))"
    with jupyter.notebook([TENSORS, MORE, cell]) as opened:
        summary = opened.scope("act").get_by_role("status", name="Summary")
        for fact in ("zero", "nan", "inf"):
            expect(summary.get_by_text(fact, exact=True)).to_be_visible()
        box = size(summary)
        assert all(
            size(fact)["x"] + size(fact)["width"] <= box["x"] + box["width"]
            for fact in summary.locator(".ts-fact").all()
        )


def test_value_and_code_speak_of_one_cell(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    code = scope.get_by_role("status", name="Code")
    notebook.do("s.expr = '[0, 3, 5, 5]'")
    notebook.do("s.expr = '[0, 3, :, :]'")
    expect(value(scope)).to_contain_text("[0, 3, 5, 5] ")
    expect(code).to_have_text("act[0, 3, 5, 5].item()")
    scope.get_by_role("group", name="Code for").get_by_role("button", name="Slice").click()
    expect(code).to_have_text(notebook.python("s.code"))
    notebook.do("s.cell = (0, 3, 6, 6)")
    expect(code).to_have_text("act[0, 3, 6, 6].item()")
    notebook.do("s.cell = None")
    expect(code).to_have_text(notebook.python("s.code"))


def test_both_ends_of_a_narrow_range_can_be_grabbed(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    page = notebook.page
    notebook.do("s.expr = '[0, 0, 20:22, :]'")
    expect(scope).to_contain_text("(2, 56)")
    for end, by in (("stop", 30), ("start", -30)):
        box = size(scope.get_by_role("slider", name=f"dim 2 {end}"))
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + by, box["y"] + 8, steps=4)
        page.mouse.up()
        page.wait_for_timeout(400)
    found = re.fullmatch(r"\[0, 0, (\d+):(\d+), :\]", notebook.python("s.expr"))
    assert found
    assert int(found[1]) < 20
    assert int(found[2]) > 22


def test_any_condition_is_marked_in_the_histogram(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    marked = scope.locator("path.ts-bars-hit")
    for where, some in (("0.2 < x < 0.4", True), ("isnan(x)", False), ("abs(x) > 0.5", True)):
        notebook.do(f"s.where = {where!r}")
        expect(marked).to_have_attribute("d", re.compile("^M" if some else "^$"))
        expect(scope.get_by_role("slider", name="Threshold")).to_have_count(1)


def test_the_ten_first_take_the_place_of_hits(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    rows = scope.get_by_role("table", name="Hits").get_by_role("row")
    scope.get_by_role("combobox", name="Top 10").select_option(label="10 smallest")
    expect(rows).to_have_count(11)
    best = notebook.python("ts.topk(act, 10, sel=s.expr, largest=False).indices.tolist()")
    for k, place in enumerate(best):
        expect(rows.nth(k + 1)).to_contain_text(str(place))
    notebook.do("s.where = 'x > 100'")
    expect(rows).to_have_count(1)
    expect(scope.get_by_role("status", name="Hit count")).to_have_text("0 of 3,136")


def test_colours_are_set_and_their_range_is_reset(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    scope.get_by_role("combobox", name="Colours").select_option("viridis")
    high = scope.get_by_role("slider", name="Colour range high")
    reset = scope.get_by_role("button", name="Reset colour range")
    high.focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(reset).to_be_enabled()
    assert notebook.python("[s.view['map'], s.view['range'] is None]") == ["viridis", False]
    reset.click()
    expect(reset).to_have_count(0)  # out of sight, and of reach
    assert notebook.python("s.view['range']") is None
    high.focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(reset).to_be_enabled()
    high.dblclick()
    expect(reset).to_have_count(0)


#: JupyterLab's renderer looks for a widget every 0.1 s, for 2 s: this is one whose last look is
#: late, so that what was restored meanwhile is given up unseen.
LATE = """
const wait = window.setTimeout;
window.setTimeout = (then, ms, ...more) => {
  const looks = ms === 100 && new Error().stack.includes('get_model');
  return wait(then, looks ? 5000 : ms, ...more);
};
"""


@pytest.mark.parametrize("late", [False, True])
def test_a_notebook_saved_with_state_shows_the_last_picture(
    jupyter: Lab, tmp_path: Path, late: bool
) -> None:
    own = Lab(tmp_path, jupyter.browser)
    settings = tmp_path / "settings" / "@jupyter-widgets" / "jupyterlab-manager"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text(json.dumps({"saveState": True}))
    try:
        with own.notebook([TENSORS, "s = ts.scope(act)\ns"]) as opened:
            scope = opened.scope("act")
            opened.do("s.expr = '[0, 7]'")
            expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 7, :, :]")
            summary = scope.get_by_role("status", name="Summary").inner_text()
            opened.page.wait_for_timeout(2500)
            saved = opened.save()
        assert "widgets" in saved["metadata"]
        (own.work / "again.ipynb").write_text(json.dumps(saved))
        context = own.browser.new_context(viewport={"width": 1280, "height": 1500})
        if late:
            context.add_init_script(LATE)
        again = Notebook(own, context.new_page(), "again.ipynb")
        again.open()  # a new kernel, which knows nothing of the widget
        if late:
            waiting = again.page.locator(".ts-kept-picture")
            expect(waiting).to_contain_text("waiting for the kernel", timeout=60_000)
        scope = again.page.get_by_role("region", name="act", exact=True)
        expect(scope).to_contain_text("kernel gone · last picture", timeout=60_000)
        expect(scope).to_contain_text("act[0, 7, :, :] → (56, 56)")
        facts = scope.get_by_role("status", name="Summary")
        expect(facts).to_contain_text("mean ± std")
        assert facts.inner_text() == summary
        picture = scope.get_by_role("img")
        assert picture.evaluate("e => e.naturalWidth") > 100
        again.shutdown()
        context.close()
    finally:
        own.close()
