"""Any dim in any role, and the pixels that come of it."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.scoped import PIXEL, at_cell, heatmap, value


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


def test_a_dim_is_carried_to_a_role_or_onto_another(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    selection = scope.get_by_role("textbox", name="Selection")
    notebook.do("s.expr = '[0, 4]'")
    expect(selection).to_have_value("[0, 4, :, :]")
    grip = scope.get_by_role("button", name="Move dim 1")
    grip.drag_to(scope.locator("[data-well=reduce]"))
    expect(selection).to_have_value("[0, mean, :, :]")
    grip.drag_to(scope.locator("[data-well=grid]"))
    expect(selection).to_have_value("[0, :, :, :]")
    grip.drag_to(scope.get_by_role("group", name="dim 2, size 56"))
    expect(scope.get_by_role("combobox", name="Grid")).to_have_value("2")
    assert notebook.python("[s.view[r] for r in ('rows', 'columns', 'grid')]") == [1, 3, 2]
    expect(scope.locator(".ts-ghost, .ts-hovered")).to_have_count(0)
    before = selection.input_value()
    grip.drag_to(scope.get_by_role("status", name="Code"))  # nowhere
    expect(scope.locator(".ts-ghost, .ts-hovered")).to_have_count(0)
    expect(selection).to_have_value(before)


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
