"""A person clicks, types and hovers; Python and the pixels must agree."""

from __future__ import annotations

import math
import re

from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import at_cell, heatmap, value


def test_the_header_tells_what_it_is(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    expect(scope).to_contain_text("float32")
    expect(scope).to_contain_text("(1, 64, 56, 56)")
    expect(scope).to_contain_text("784 KiB")
    expect(scope).to_contain_text("grad")
    summary = scope.get_by_role("status", name="Summary")
    expect(summary).to_contain_text("nan 0")
    low = notebook.python("float(act.min())")
    expect(summary).to_contain_text(f"{low:.3f}"[:5])


def test_a_slider_steps_through_a_dim(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    slider = scope.get_by_role("slider", name="dim 1")
    slider.focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowRight")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 3, :, :]")
    notebook.comes_to("s.expr", "[0, 3, :, :]")
    number = scope.get_by_role("spinbutton", name="dim 1")
    number.fill("20")
    number.press("Enter")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 20, :, :]")
    assert notebook.python("s.value.tolist() == act[0, 20].tolist()")


def test_hovering_tells_the_value_and_asks_no_kernel(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 20, :, :]")
    heatmap(scope).hover(position=at_cell(scope, 30, 5))
    text = notebook.python("ts.extract(act, (0, 20, 30, 5)).text")
    expect(value(scope)).to_have_text(f"[0, 20, 30, 5] {text}")
    expect(scope.get_by_role("status", name="Code")).to_have_text("act[0, 20, 30, 5].item()")
    assert notebook.python("s.cell") is None
    notebook.comes_to("s.expr", "[0, 20, :, :]")


def test_a_click_pins_and_the_code_is_copied(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    heatmap(scope).click(position=at_cell(scope, 10, 40))
    expect(value(scope)).to_contain_text("[0, 0, 10, 40] ")
    exact = notebook.python("format(__import__('decimal').Decimal(act[0, 0, 10, 40].item()), 'f')")
    expect(scope).to_contain_text(exact)
    notebook.comes_to("s.cell", [0, 0, 10, 40])
    expect(scope).to_contain_text(
        notebook.python("hex(int(act[0, 0, 10, 40].detach().view(torch.int32)) % 2**32)")
    )
    scope.get_by_role("button", name="Copy code").click()
    expect(scope.locator("[title^='Copied']").first).to_be_visible()
    copied = notebook.page.evaluate("navigator.clipboard.readText()")
    assert copied == "act[0, 0, 10, 40].item()"
    assert notebook.python(copied) == notebook.python("act[0, 0, 10, 40].item()")


def test_the_keyboard_moves_and_pins(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    heatmap(scope).focus()
    page = notebook.page
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    before = value(scope).inner_text()
    page.keyboard.press("Enter")
    place = [int(n) for n in re.findall(r"\d+", before.split("]")[0])]
    expect(value(scope)).to_have_text(before)
    notebook.comes_to("s.cell", place)
    assert notebook.python(f"ts.extract(act, {tuple(place)}).text") == before.split("] ")[1]
    page.keyboard.press("Escape")
    notebook.comes_to("s.cell", None)


def test_typing_a_selection(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    box = scope.get_by_role("textbox", name="Selection")
    box.fill("[0, 3:9:2, ::-1, 5]")
    box.press("Enter")
    expect(scope).to_contain_text("(3, 56)")
    notebook.comes_to("s.expr", "[0, 3:8:2, ::-1, 5]")
    assert notebook.python("np.array_equal(s.value, act.detach().numpy()[0, 3:9:2, ::-1, 5])")
    assert notebook.python("np.array_equal(eval(s.code), s.value)")


def test_typing_one_cell_keeps_the_plane(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    box = scope.get_by_role("textbox", name="Selection")
    box.fill("[0, 20, 10, 12]")
    box.press("Enter")
    text = notebook.python("ts.extract(act, '[0, 20, 10, 12]').text")
    expect(value(scope)).to_have_text(f"[0, 20, 10, 12] {text}")
    expect(heatmap(scope)).to_be_visible()
    notebook.comes_to("s.cell", [0, 20, 10, 12])
    assert notebook.python("s.value") == notebook.python("act[0, 20, 10, 12].item()")


def test_a_wrong_expression_is_answered_in_place(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    box = scope.get_by_role("textbox", name="Selection")
    before = heatmap(scope).bounding_box()
    for wrong, words in [
        ("[0, 20, 60, :]", "dim 2 index 60 is out of range: shape (1, 64, 56, 56), allowed -56…55"),
        ("__import__('os').system('true')", "is no slot"),
        ("[" * 10_000, "at most 2000"),
        ("[0, 0, 0, 0, 0]", "take 1 away"),
        ("[0, mean, max, :]", "stand together"),
    ]:
        box.fill(wrong)
        box.press("Enter")
        expect(scope.get_by_role("alert").filter(has_text=words)).to_be_visible()
        notebook.comes_to("s.expr", "[0, 0, :, :]")
        assert heatmap(scope).bounding_box() == before  # nothing jumped
    box.fill("[0, 7]")
    box.press("Enter")
    expect(scope.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)
    notebook.comes_to("s.expr", "[0, 7, :, :]")


def test_where_marks_counts_and_lists(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'")
    box = scope.get_by_role("textbox", name="Where")
    box.fill("x > 0.5")
    box.press("Enter")
    count = notebook.python("int((act[0, 20] > 0.5).sum())")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{count}")
    notebook.comes_to("s.where", "x > 0.5")
    assert notebook.python("s.hits.count") == count
    rows = scope.get_by_role("table", name="Hits").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("[0, 20, ")
    best = notebook.python("float(act[0, 20].max())")
    first = rows.nth(1).inner_text()
    assert math.isclose(float(first.split("]")[1].split()[0]), best, rel_tol=1e-6)
    rows.nth(2).click()
    place = [int(n) for n in re.findall(r"\d+", rows.nth(2).inner_text().split("]")[0])]
    expect(value(scope)).to_contain_text(f"{place} ")
    notebook.comes_to("s.cell", place)
    box.fill("x >")
    box.press("Enter")
    expect(scope.get_by_role("alert").filter(has_text=re.compile("."))).to_be_visible()
    assert notebook.python("s.where") == "x > 0.5"
    box.fill("")
    box.press("Enter")
    notebook.comes_to("s.where", None)


def test_the_threshold_is_a_slider(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.where = 'x > 0.25'")
    slider = scope.get_by_role("slider", name="Threshold")
    expect(slider).to_have_attribute("aria-valuenow", re.compile(r"0\.25"))
    slider.focus()
    for _ in range(4):
        notebook.page.keyboard.press("ArrowRight")
    notebook.page.wait_for_timeout(500)
    moved = notebook.python("s.where")
    assert moved.startswith("x > ")
    assert float(moved[4:]) > 0.25
    expect(scope.get_by_role("textbox", name="Where")).to_have_value(moved)


def test_python_moves_the_widget(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = {0: 0, 1: 33}; s.where = 'abs(x) > 0.3'; s.cell = (0, 33, 1, 2)")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 33, :, :]")
    expect(scope.get_by_role("textbox", name="Where")).to_have_value("abs(x) > 0.3")
    expect(scope.get_by_role("slider", name="dim 1")).to_have_value("33")
    text = notebook.python("ts.extract(act, s.cell).text")
    expect(value(scope)).to_have_text(f"[0, 33, 1, 2] {text}")
    state = notebook.python("s.state")
    assert notebook.python(f"(lambda t: [t.expr, t.where, t.cell, t.view == s.view])({state})") == [
        "[0, 33, :, :]", "abs(x) > 0.3", [0, 33, 1, 2], True,
    ]  # fmt: skip


def test_refresh_reads_everything_anew(jupyter: Lab) -> None:
    shown = "y = torch.zeros(4, 4)\nsy = ts.scope(y, where='x > 10')\nsy.cell = (1, 1)\nsy"
    cells = [TENSORS, shown]
    with jupyter.notebook(cells) as opened:
        scope = opened.scope("y")
        expect(scope.get_by_role("status", name="Summary")).to_contain_text("max 0")
        opened.do("y.fill_(20.); y[0, 0] = 23")
        scope.get_by_role("button", name="Refresh").click()
        expect(scope.get_by_role("status", name="Summary")).to_contain_text("max 23")
        expect(value(scope)).to_have_text("[1, 1] 20.0")
        expect(scope).to_contain_text("0x41a00000")  # the pinned value's bits
        rows = scope.get_by_role("table", name="Hits").get_by_role("row")
        expect(rows).to_have_count(8)
        expect(rows.nth(1)).to_contain_text("23.0")
        opened.do("y.fill_(-1.); sy.refresh()")
        expect(scope.get_by_role("status", name="Summary")).to_contain_text("max -1")
        expect(scope).to_contain_text("0xbf800000")
        assert opened.errors == []


def test_after_a_cell_everything_is_read_anew(jupyter: Lab) -> None:
    loop = "import time\nfor k in range(30):\n    y.add_(1)\n    time.sleep(0.1)"
    cells = [TENSORS, "y = torch.zeros(4, 4)\nsy = ts.scope(y)\nsy", loop]
    with jupyter.notebook(cells, run=False) as opened:
        opened.start_all()
        scope = opened.scope("y")
        heatmap(scope).click(position=at_cell(scope, 1, 1, 4, 4))
        opened.do("pass", timeout=60)
        expect(value(scope)).to_have_text("[1, 1] 30.0")
        expect(scope).to_contain_text("0x41f00000")
        expect(scope.get_by_role("status", name="Summary")).to_contain_text("min 30")
        assert opened.errors == []


def test_the_keys_are_told(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    heatmap(scope).focus()
    notebook.page.keyboard.press("?")
    box = scope.get_by_label("Keys", exact=True).last.bounding_box()
    around = scope.bounding_box()
    assert box is not None
    assert around is not None
    assert box["width"] < 0.7 * around["width"]  # a panel, not a column over everything
