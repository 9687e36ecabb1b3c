"""A person clicks, types and hovers; Python and the pixels must agree."""

from __future__ import annotations

import math
import re

import numpy as np
from playwright.sync_api import Locator, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

PIXEL = """
([canvas, fx, fy]) => {
  const copy = document.createElement('canvas');
  copy.width = canvas.width; copy.height = canvas.height;
  const context = copy.getContext('2d');
  for (const layer of canvas.parentElement.querySelectorAll('canvas')) {
    if (layer === canvas || layer.dataset.layer === 'cells') context.drawImage(layer, 0, 0);
  }
  return [...context.getImageData(fx * canvas.width, fy * canvas.height, 1, 1).data];
}
"""


def heatmap(scope: Locator) -> Locator:
    return scope.get_by_role("application", name="Heatmap")


def value(scope: Locator) -> Locator:
    return scope.get_by_role("status", name="Value")


def at_cell(
    scope: Locator, row: int, column: int, rows: int = 56, columns: int = 56
) -> dict[str, float]:
    """Return where the middle of a cell is, within the heatmap."""
    box = heatmap(scope).bounding_box()
    assert box is not None
    return {"x": box["width"] * (column + 0.5) / columns, "y": box["height"] * (row + 0.5) / rows}


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
    assert notebook.python("s.expr") == "[0, 3, :, :]"
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
    assert notebook.python("s.expr") == "[0, 20, :, :]"


def test_a_click_pins_and_the_code_is_copied(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    heatmap(scope).click(position=at_cell(scope, 10, 40))
    expect(value(scope)).to_contain_text("[0, 0, 10, 40] ")
    exact = notebook.python("format(__import__('decimal').Decimal(act[0, 0, 10, 40].item()), 'f')")
    expect(scope).to_contain_text(exact)
    assert notebook.python("s.cell") == [0, 0, 10, 40]
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
    assert notebook.python("s.cell") == place
    assert notebook.python(f"ts.extract(act, {tuple(place)}).text") == before.split("] ")[1]
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert notebook.python("s.cell") is None


def test_typing_a_selection(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    box = scope.get_by_role("textbox", name="Selection")
    box.fill("[0, 3:9:2, ::-1, 5]")
    box.press("Enter")
    expect(scope).to_contain_text("(3, 56)")
    assert notebook.python("s.expr") == "[0, 3:8:2, ::-1, 5]"
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
    assert notebook.python("s.cell") == [0, 20, 10, 12]
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
        assert notebook.python("s.expr") == "[0, 0, :, :]"
        assert heatmap(scope).bounding_box() == before  # nothing jumped
    box.fill("[0, 7]")
    box.press("Enter")
    expect(scope.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)
    assert notebook.python("s.expr") == "[0, 7, :, :]"


def test_where_marks_counts_and_lists(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'")
    box = scope.get_by_role("textbox", name="Where")
    box.fill("x > 0.5")
    box.press("Enter")
    count = notebook.python("int((act[0, 20] > 0.5).sum())")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{count}")
    assert notebook.python("s.where") == "x > 0.5"
    assert notebook.python("s.hits.count") == count
    rows = scope.get_by_role("table", name="Hits").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("[0, 20, ")
    best = notebook.python("float(act[0, 20].max())")
    first = rows.nth(1).inner_text()
    assert math.isclose(float(first.split("]")[1].split()[0]), best, rel_tol=1e-6)
    rows.nth(2).click()
    place = [int(n) for n in re.findall(r"\d+", rows.nth(2).inner_text().split("]")[0])]
    expect(value(scope)).to_contain_text(f"{place} ")
    assert notebook.python("s.cell") == place
    box.fill("x >")
    box.press("Enter")
    expect(scope.get_by_role("alert").filter(has_text=re.compile("."))).to_be_visible()
    assert notebook.python("s.where") == "x > 0.5"
    box.fill("")
    box.press("Enter")
    notebook.page.wait_for_timeout(300)
    assert notebook.python("s.where") is None


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


def test_any_dim_takes_any_role(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    scope.get_by_role("combobox", name="Rows").select_option(label="dim 1")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, 0, :]")
    scope.get_by_role("combobox", name="Grid").select_option(label="dim 2")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, :, :]")
    assert notebook.python("[s.view[r] for r in ('rows', 'columns', 'grid')]") == [1, 3, 2]
    notebook.do("s.expr = '[0, 4]'")
    scope.get_by_role("combobox", name="Reduce").select_option(label="mean over dim 1")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, mean, :, :]")
    assert notebook.python("np.allclose(s.value, act.detach().double().mean(1)[0].numpy())")
    assert notebook.python("np.allclose(eval(s.code), s.value, rtol=1e-12)")


def test_sixty_four_channels_at_once_and_one_opened(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0]'")
    expect(scope).to_contain_text("64 of 64 tiles")
    door = scope.get_by_role("button", name="Open dim 1 37", exact=True)
    tile, canvas = door.bounding_box(), heatmap(scope).bounding_box()
    assert tile is not None
    assert canvas is not None
    place = {"x": tile["x"] - canvas["x"] + 36, "y": tile["y"] - canvas["y"] + 36}
    heatmap(scope).hover(position=place)
    expect(value(scope)).to_contain_text("[0, 37, ")
    heatmap(scope).click(position=place)
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 37, :, :]")
    expect(heatmap(scope)).to_be_focused()
    notebook.page.keyboard.press("Escape")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, :, :]")
    heatmap(scope).focus()
    for _ in range(4):
        notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("Enter")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value(
        re.compile(r"\[0, [1-9]\d?, :, :\]")
    )
    expect(heatmap(scope)).to_be_focused()
    notebook.page.keyboard.press("Escape")
    door.focus()
    notebook.page.keyboard.press("Enter")
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 37, :, :]")


def test_pixels_show_nan_inf_and_sign(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "t = ts.scope(scores)\nt"]) as opened:
        scope = opened.scope("scores")
        opened.page.wait_for_timeout(500)
        canvas = heatmap(scope).element_handle()

        def colour(row: int, column: int) -> list[int]:
            place = [canvas, (column + 0.12) / 12, (row + 0.5) / 12]
            return list(opened.page.evaluate(PIXEL, place))

        assert colour(2, 3)[:3] == [0xC4, 0x17, 0x8F]  # NaN
        assert max(colour(4, 5)[:3]) < 40  # +Inf: ink
        assert colour(6, 7)[:3] == [0xC9, 0xCD, 0xD2]  # −Inf
        values = np.array(opened.python("scores.float().nan_to_num(0, 0, 0).tolist()"))
        low = np.unravel_index(values.argmin(), values.shape)
        high = np.unravel_index(values.argmax(), values.shape)
        red, _, blue, _ = colour(*(int(v) for v in low))
        assert blue > red  # negative is blue
        red, _, blue, _ = colour(*(int(v) for v in high))
        assert red > blue
        expect(scope).to_contain_text("1 NaN")
        assert opened.errors == []


def test_integers_beyond_the_doubles_stay_whole(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "t = ts.scope(big)\nt"]) as opened:
        scope = opened.scope("big")
        heatmap(scope).hover(position=at_cell(scope, 2, 3, 3, 4))
        expect(value(scope)).to_have_text(f"[2, 3] {2**53 + 11}")
        assert opened.errors == []


def test_dark_as_jupyterlab_is(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "t = ts.scope(scores)\nt"]) as opened:
        scope = opened.scope("scores")
        for dark, nan in ((True, [0xFF, 0x5C, 0xC8]), (False, [0xC4, 0x17, 0x8F])):
            opened.theme(dark)  # while it is on the screen
            opened.page.wait_for_timeout(800)
            canvas = heatmap(scope).element_handle()
            place = [canvas, (3 + 0.12) / 12, (2 + 0.5) / 12]
            assert opened.page.evaluate(PIXEL, place)[:3] == nan
            surface = scope.evaluate("e => getComputedStyle(e).backgroundColor")
            assert (sum(int(n) for n in re.findall(r"\d+", surface)[:3]) < 150) == dark
        assert opened.errors == []


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
