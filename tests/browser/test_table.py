"""The value table: numbers in the picture's place, copied and saved exactly."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.watched import until


def table(scope: Locator) -> Locator:
    return scope.get_by_role("grid", name="Values")


def opened_table(scope: Locator) -> Locator:
    scope.get_by_role("button", name="Table").click()
    expect(table(scope)).to_be_visible()
    return table(scope)


def copied(page: Page, scope: Locator) -> str:
    expect(scope.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def value(scope: Locator) -> Locator:
    return scope.get_by_role("status", name="Value")


def test_the_table_holds_the_numbers_and_is_a_part_of_the_state(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    scope.get_by_role("application", name="Heatmap").focus()
    notebook.page.keyboard.press("v")
    grid = table(scope)
    expect(grid).to_be_focused()
    expect(grid).to_have_attribute("aria-rowcount", "57")
    expect(grid).to_have_attribute("aria-colcount", "57")
    expect(grid.get_by_role("columnheader").nth(0)).to_have_text("0")
    first = grid.get_by_role("gridcell").first
    expect(first).to_have_text(notebook.python("ts.extract(act, (0, 0, 0, 0)).text"))
    assert notebook.python("s.view['table']") is True
    assert "view={'table': True}" in notebook.python("s.state")
    notebook.page.keyboard.press("v")
    expect(scope.get_by_role("application", name="Heatmap")).to_be_focused()
    notebook.do("s.view = {'table': True}")
    expect(grid).to_be_visible()


def test_the_cursor_of_the_table_is_the_scopes_own(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20, ::-1, 2:50:3]'")
    grid = opened_table(scope)
    grid.focus()
    for key in ("Home", "ArrowDown", "ArrowRight", "ArrowRight"):
        notebook.page.keyboard.press(key)
    text = notebook.python("ts.extract(act, (0, 20, 54, 8)).text")
    expect(value(scope)).to_have_text(f"[0, 20, 54, 8] {text}")
    notebook.page.keyboard.press("Enter")
    expect(scope).to_contain_text("[0, 20, 54, 8]")
    notebook.comes_to("s.cell", [0, 20, 54, 8])
    notebook.page.keyboard.press("Control+End")
    expect(value(scope)).to_contain_text("[0, 20, 0, 47]")
    expect(grid.get_by_role("rowheader").last).to_have_text("0")
    notebook.do("s.cell = (0, 20, 55, 2)")  # what is pinned elsewhere is brought into view
    expect(grid.get_by_role("rowheader").first).to_have_text("55")


def test_a_pin_is_wholly_in_view_when_the_table_opens(jupyter: Lab) -> None:
    view = "{'cell': (0, 20, 28, 31), 'table': True}"
    with jupyter.notebook([TENSORS, f"ts.scope(act, '[0, 20]', view={view})"]) as opened:
        scope = opened.scope("act")
        pin = scope.locator(".ts-v-pin")
        expect(pin).to_have_text(opened.python("ts.extract(act, (0, 20, 28, 31)).text"))
        opened.page.wait_for_timeout(500)
        inner, outer = pin.bounding_box(), table(scope).bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_a_selection_is_copied_exactly(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'")
    grid = opened_table(scope)
    grid.focus()
    for key in ("Control+Home", "Shift+ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight"):
        notebook.page.keyboard.press(key)
    expect(scope).to_contain_text("2 × 3 selected")
    # The same by dragging.
    notebook.page.keyboard.press("Escape")
    expect(grid.locator("[aria-selected='true']")).to_have_count(1)
    corner = grid.get_by_role("row").nth(1).get_by_role("gridcell").nth(0)
    corner.drag_to(grid.get_by_role("row").nth(2).get_by_role("gridcell").nth(2))
    expect(scope).to_contain_text("2 × 3 selected")
    expect(grid.locator("[aria-selected='true']")).to_have_count(6)
    notebook.page.keyboard.press("Control+c")
    lines = copied(notebook.page, scope).split("\n")
    texts = notebook.python(
        "[[ts.extract(act, (0, 20, r, c)).text for c in range(3)] for r in range(2)]"
    )
    assert [line.split("\t") for line in lines] == texts
    copy = scope.get_by_role("combobox", name="Copy")
    copy.select_option("numpy")
    # "Copied" may still stand there from before.
    until(lambda: "dtype=np.float32" in copied(notebook.page, scope))
    code = copied(notebook.page, scope)
    assert notebook.python(f"({code}).tobytes() == act[0, 20, :2, :3].detach().numpy().tobytes()")
    copy.select_option("code")
    expect(scope.get_by_role("status").filter(has_text="Copied the code")).to_be_visible()
    code = copied(notebook.page, scope)
    assert notebook.python(f"({code}).tolist() == act[0, 20, :2, :3].tolist()")


#: From then on `sent` has the bytes of each message of the scope `s`.
COUNTED = """
sent, old = [], s.widget.send
def send(content, buffers=None):
    sent.append(sum(map(len, buffers or [])))
    old(content, buffers)
s.widget.send = send
"""


def test_a_large_plane_scrolls_and_asks_for_what_is_visible(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\nline = np.arange(16384, dtype=np.float32)\n"
        "huge = line[:, None] + line / 16384",
        "s = ts.scope(huge, view={'table': True})\ns",
    ]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("huge")
        grid = table(scope)
        expect(grid.get_by_role("gridcell").first).to_have_text("0.0")
        opened.do(COUNTED)
        grid.focus()
        opened.page.keyboard.press("Control+End")
        expect(value(scope)).to_contain_text("[16383, 16383] 16384.0")
        last = opened.python("ts.extract(huge, (16383, 16383)).text")
        expect(grid.get_by_role("gridcell").last).to_have_text(last)
        opened.python("sent.clear()")
        grid.evaluate("grid => grid.scrollTo(grid.scrollWidth / 2, grid.scrollHeight / 2)")
        # Until the page has drawn what it scrolled to, nothing is pending either.
        expect(grid.get_by_role("rowheader").nth(3)).to_have_text(re.compile(r"^8[0-3]\d\d$"))
        expect(grid.locator(".ts-v-pending")).to_have_count(0)
        row = int(grid.get_by_role("rowheader").nth(3).inner_text())
        shown = grid.get_by_role("row").nth(4).get_by_role("gridcell").nth(1)
        column = int(grid.get_by_role("columnheader").nth(1).inner_text())
        expect(shown).to_have_text(opened.python(f"ts.extract(huge, ({row}, {column})).text"))
        assert 0 < sum(opened.python("sent")) < 300_000
        assert opened.errors == []


CUT = """
grid => {
    const side = grid.querySelector("[role=rowheader]").getBoundingClientRect().right;
    const edge = grid.getBoundingClientRect().left + grid.clientLeft + grid.clientWidth;
    return [...grid.querySelectorAll("[role=gridcell]")].filter(cell => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        const { left, right } = range.getBoundingClientRect();
        return (left < side && right > side) || (left < edge && right > edge);
    }).map(cell => cell.textContent);
}
"""


def test_no_number_is_cut_off_wherever_it_is_scrolled_to(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "wide = np.random.default_rng(0).normal(size=(200, 300)).astype('f4')",
        "s = ts.scope(wide, view={'table': True})\ns",
    ]
    with jupyter.notebook(cells, width=1000) as opened:
        grid = table(opened.scope("wide"))
        expect(grid.get_by_role("gridcell").first).to_be_visible()
        grid.focus()
        for key in ("Control+a", "End", "Control+End", "ArrowLeft"):
            opened.page.keyboard.press(key)
            expect(grid.locator(".ts-v-pending")).to_have_count(0)
            assert grid.evaluate(CUT) == []
        for x in (1, 333, 5000, 12_345, 1e9):
            grid.evaluate("(grid, x) => grid.scrollTo(x, 0)", x)
            opened.page.wait_for_timeout(150)
            expect(grid.locator(".ts-v-pending")).to_have_count(0)
            assert grid.evaluate(CUT) == []
        expect(grid.get_by_role("columnheader").nth(-2)).to_have_text("299")
        assert opened.errors == []


def test_a_step_asks_for_the_numbers_that_are_seen(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "steps = np.arange(4 * 400 * 500, dtype='f4').reshape(4, 400, 500)",
        "s = ts.scope(steps, view={'table': True})\ns",
    ]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("steps")
        cell = table(scope).get_by_role("gridcell").first
        expect(cell).to_have_text("0.0")
        opened.do(COUNTED)
        scope.get_by_role("slider", name="dim 0").press("ArrowRight")
        expect(cell).to_have_text("200000.0")
        opened.page.wait_for_timeout(600)
        assert 0 < sum(opened.python("sent")) <= 64 * 32 * 4  # the whole picture has 800 kB
        # Colours behind the numbers are the picture's.
        scope.get_by_role("button", name="Tint").click()
        expect(cell).to_have_attribute("style", re.compile("background"))
        scope.get_by_role("button", name="Table").click()
        expect(scope.get_by_role("application", name="Heatmap")).to_be_visible()
        opened.page.wait_for_timeout(300)
        opened.do("s.view = {'table': True}")
        expect(cell).to_have_text("200000.0")
        scope.get_by_role("button", name="Tint").click()
        opened.do("sent.clear(); s.undo()")  # to where the picture was not a table: it is whole
        expect(scope.get_by_role("application", name="Heatmap")).to_be_visible()
        opened.page.wait_for_timeout(600)
        assert max(opened.python("sent")) > 64 * 32 * 4
        assert opened.errors == []


def test_a_save_that_is_cancelled_ends_in_the_kernel(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "long = np.random.default_rng(0).normal(size=(4000, 2000)).astype('f4')",
        "s = ts.scope(long, view={'table': True})\ns",
    ]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("long")
        expect(table(scope).get_by_role("gridcell").first).to_be_visible()
        downloads: list[object] = []
        opened.page.on("download", lambda download: downloads.append(download))
        scope.get_by_role("combobox", name="Save").select_option("csv")
        opened.page.wait_for_timeout(700)
        assert opened.python("len(s._session.jobs._running)") == 1
        scope.get_by_role("button", name="Cancel").click()
        expect(scope).to_contain_text("Stopped: nothing was saved", timeout=2000)
        assert opened.python("len(s._session.jobs._running)") == 0
        assert opened.python("len(s._session.downloads._file)") == 0
        assert downloads == []
        assert opened.errors == []


def test_what_is_no_plain_number_is_told_apart(jupyter: Lab) -> None:
    cells = [
        "import numpy as np, tensorscope as ts\n"
        "rows = [[np.nan, np.inf, -np.inf], [0.0, -0.0, 1.5], [2.0, 3.0, 4.0]]\n"
        "odd = np.ma.masked_array(rows, [[0, 0, 0], [0, 0, 0], [1, 0, 0]])",
        "s = ts.scope(odd, where='x > 3', view={'table': True})\ns",
    ]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("odd")
        cell = table(scope).get_by_role("gridcell")
        expect(cell).to_have_text(
            ["nan", "inf", "-inf", "0.0", "-0.0", "1.5", "masked", "3.0", "4.0"]
        )
        kinds = [cell.nth(k).get_attribute("class") or "" for k in range(9)]
        told = ["nan", "inf", "inf", "zero", "negative-zero", "number", "hole", "number", "number"]
        assert all(f"ts-v-{kind}" in found for kind, found in zip(told, kinds, strict=True))
        assert ["ts-v-hit" in found for found in kinds] == [k in (1, 8) for k in range(9)]
        table(scope).focus()
        opened.page.keyboard.press("Control+a")
        scope.get_by_role("combobox", name="Copy").select_option("numpy")
        code = copied(opened.page, scope)
        assert opened.python(f"({code}).tolist() == odd.tolist() or str({code}) == str(odd)")
        assert opened.errors == []


def test_a_grid_shows_the_tile_that_is_chosen(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    scope.get_by_role("combobox", name="Grid").select_option(label="dim 1")
    expect(scope.get_by_role("application", name="Heatmap")).to_be_visible()
    scope.get_by_role("button", name="Table").click()
    expect(scope).to_contain_text("choose which above")
    scope.get_by_role("combobox", name="Tile of dim 1").select_option("21")
    cell = table(scope).get_by_role("gridcell").nth(1)
    expect(cell).to_have_text(notebook.python("ts.extract(act, (0, 21, 0, 1)).text"))


def test_a_selection_is_saved_by_the_browser(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'")
    opened_table(scope)
    save = scope.get_by_role("combobox", name="Save")
    with notebook.page.expect_download() as found:
        save.select_option("npy")
    assert found.value.suggested_filename == "act_0_20_all_all.npy"
    saved = np.load(found.value.path())
    assert saved.dtype == np.float32
    assert notebook.python(f"s.value.tolist() == {saved.tolist()}")
    with notebook.page.expect_download() as found:
        save.select_option("csv")
    lines = found.value.path().read_text().splitlines()
    assert lines[0].startswith("dim 2 / dim 3,0,1,2")
    assert lines[3].split(",")[4] == notebook.python("ts.extract(act, (0, 20, 2, 3)).text")
    notebook.do("s.expr = '[0, :, :, :]'")
    save.select_option("csv")
    expect(scope.get_by_role("alert").filter(has_text="all but two")).to_be_visible()
