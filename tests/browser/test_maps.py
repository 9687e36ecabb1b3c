"""Feature maps, pictures in colour, the brush of the histogram, planes of 2.7e8 cells."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.scoped import PIXEL, heatmap, value

MAPS = """
import numpy as np, torch, tensorscope as ts
rng = np.random.default_rng(0)
maps = rng.normal(size=(1, 120, 9, 9)).astype("f4")
maps[0, 3] = 0; maps[0, 110] = 2; maps[0, 7, 2, 2] = np.nan
"""
IMAGES = """
import numpy as np, tensorscope as ts
rgb = np.zeros((8, 6, 3), "u1")
rgb[..., 0] = 200; rgb[..., 1] = np.arange(6) * 40; rgb[..., 2] = 7
signed = (rgb.transpose(2, 0, 1)[None] / 100 - 1).astype("f4")
signed[0, 1, 2, 3] = np.nan
"""
LARGE = """
import numpy as np, tensorscope as ts
large = np.zeros((16384, 16384), "f4")
large[:, 8192:] = 1
large[12345, 6789] = np.nan
s = ts.scope(large)
s
"""


def tiles(scope: Locator) -> list[int]:
    doors = scope.locator(".ts-door")
    return [int(t) for t in doors.evaluate_all("all => all.map(e => e.dataset.tile)")]


def middle(part: Locator, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def drag(page: Page, part: Locator, start: float, stop: float) -> None:
    page.mouse.move(*middle(part, start))
    page.mouse.down()
    page.mouse.move(*middle(part, stop), steps=6)
    page.mouse.up()


def rect(scope: Locator) -> str:
    """Return what of the picture is seen: the first labels of its rulers are not text."""
    return scope.locator(".ts-state").inner_text()


def test_tiles_are_sorted_from_the_menu_and_from_python(jupyter: Lab) -> None:
    with jupyter.notebook([MAPS, "s = ts.scope(maps, view={'grid': 1})\ns"]) as opened:
        scope = opened.scope("maps")
        order = opened.python(
            "np.argsort(-np.nan_to_num(maps[0]).mean((1, 2)), kind='stable').tolist()"
        )
        scope.get_by_role("combobox", name="Sort tiles").select_option("mean")
        expect(scope.locator(".ts-door").first).to_have_attribute("data-tile", "110")
        assert tiles(scope)[:5] == order[:5]
        assert opened.python("s.view['sort']") == "-mean"
        assert "'sort': '-mean'" in opened.python("s.state")
        expect(scope).to_contain_text("each with its mean")
        scope.get_by_role("button", name="Largest first").click()
        expect(scope.locator(".ts-door").first).not_to_have_attribute("data-tile", "110")
        assert opened.python("s.view['sort']") == "mean"
        opened.do("s.view = {'sort': 'distance 5'}")
        expect(scope.locator(".ts-door").first).to_have_attribute("data-tile", "5")
        expect(scope.get_by_role("combobox", name="Sort tiles")).to_have_value("distance")
        again = opened.python("eval(s.state).view['sort']")
        assert again == "distance 5"
        # a key: those like the tile under the cursor
        heatmap(scope).focus()
        opened.page.keyboard.press("ArrowRight")
        opened.page.keyboard.press("ArrowRight")
        second = tiles(scope)[1]
        opened.page.keyboard.press("d")
        expect(scope.locator(".ts-door").first).to_have_attribute("data-tile", str(second))
        assert opened.errors == []


def test_an_opened_tile_leads_back_to_its_order_and_page(jupyter: Lab) -> None:
    with jupyter.notebook(
        [MAPS, "s = ts.scope(maps, view={'grid': 1, 'sort': '-std'})\ns"]
    ) as opened:
        scope = opened.scope("maps")
        scope.get_by_role("button", name="Next tiles").click()
        expect(scope.locator(".ts-door")).to_have_count(20)
        shown = tiles(scope)
        assert 3 in shown  # all zero: the last
        heatmap(scope).click(position={"x": 20, "y": 30})
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value(
            f"[0, {shown[0]}, :, :]"
        )
        expect(scope.locator(".ts-state")).to_contain_text("px a cell")
        text = opened.python(f"ts.extract(maps, (0, {shown[0]}, 8, 8)).text")
        opened.page.mouse.move(*middle(heatmap(scope), 8.5 / 9, 8.5 / 9))
        expect(value(scope)).to_have_text(f"[0, {shown[0]}, 8, 8] {text}")
        scope.get_by_role("button", name="Back to all of dim 1").click()
        expect(scope.locator(".ts-door")).to_have_count(20)
        assert tiles(scope) == shown
        heatmap(scope).click(position={"x": 20, "y": 30})
        expect(scope.locator(".ts-door")).to_have_count(0)
        expect(heatmap(scope)).to_be_focused()
        opened.page.keyboard.press("Escape")
        expect(scope.locator(".ts-door")).to_have_count(20)
        assert tiles(scope) == shown
        assert opened.errors == []


def test_few_tiles_are_large_and_as_fine_as_they_are_large(jupyter: Lab) -> None:
    planes = "import numpy as np, tensorscope as ts\nplanes = np.zeros((4, 224, 224), 'f4')"
    with jupyter.notebook([planes, "ts.scope(planes)"]) as opened:
        scope = opened.scope("planes")
        expect(scope.locator(".ts-state")).to_contain_text("px a cell")
        scope.get_by_role("combobox", name="Grid").select_option("dim 0")
        expect(scope.locator(".ts-door")).to_have_count(4)
        # 144 pixels: 2 × 2 cells each; the room of many tiles would have taken 4 × 4
        expect(scope.locator(".ts-state")).to_contain_text("reduced 2 × 2")
        widths = scope.locator(".ts-door").evaluate_all("all => all.map(e => e.offsetWidth)")
        assert widths == [144] * 4
        assert opened.errors == []


def test_a_tile_opens_by_its_caption_too(jupyter: Lab) -> None:
    with jupyter.notebook([MAPS, "s = ts.scope(maps, view={'grid': 1})\ns"]) as opened:
        scope = opened.scope("maps")
        expect(scope).to_contain_text("Click a tile to open it")
        tile = scope.locator(".ts-door").nth(2).bounding_box()
        assert tile is not None
        opened.page.mouse.click(tile["x"] + 4, tile["y"] + tile["height"] - 5)
        expect(scope.get_by_role("spinbutton", name="dim 1")).to_have_value("2")
        expect(scope).to_contain_text("Click a cell to pin its value")
        assert opened.errors == []


def test_dead_tiles_are_counted_and_one_gets_to_them(jupyter: Lab) -> None:
    with jupyter.notebook([MAPS, "s = ts.scope(maps, view={'grid': 1})\ns"]) as opened:
        scope = opened.scope("maps")
        line = scope.get_by_role("button", name="2 of 120 dead · 1 with NaN or Inf")
        expect(line).to_be_visible()
        expect(scope.get_by_role("button", name="Open dim 1 3: all zero")).to_have_count(1)
        line.click()
        expect(scope).to_contain_text("dead · all zero")
        line.click()
        expect(scope).to_contain_text("nonfinite · 1 NaN of 81")
        line.click()  # on the next page
        expect(scope).to_contain_text("dead · constant: all are 2")
        assert 110 in tiles(scope)
        assert opened.errors == []


def test_an_image_is_shown_in_its_colours(jupyter: Lab) -> None:
    cells = [IMAGES, "s = ts.scope(rgb)\ns", "t = ts.scope(signed, view={'rgb': 1})\nt"]
    with jupyter.notebook(cells, height=2400) as opened:
        scope = opened.scope("rgb")
        scope.get_by_role("button", name="In colour").click()
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[:, :, :]")
        assert opened.python("s.view['rgb']") == 2
        canvas = heatmap(scope).element_handle()
        page = opened.page
        for column in (0, 4):
            page.wait_for_function(
                f"([canvas, fx, fy]) => String(({PIXEL})([canvas, fx, fy])) ==="
                f" '200,{40 * column},7,255'",
                arg=[canvas, (column + 0.5) / 6, 2.5 / 8],
            )
        page.mouse.move(*middle(heatmap(scope), 4.5 / 6, 2.5 / 8))
        expect(value(scope)).to_have_text("[2, 4, :] 200 160 7")
        page.mouse.click(*middle(heatmap(scope), 4.5 / 6, 2.5 / 8))
        expect(scope.get_by_role("status", name="Code")).to_have_text("rgb[2, 4, 0].item()")
        expect(scope.get_by_role("region", name="Pinned value")).to_contain_text("uint8 → int")
        opened.comes_to("s.cell", [2, 4, 0])
        opened.do("s.cell = None")
        page.mouse.move(2, 2)
        expect(scope.get_by_role("status", name="Code")).to_have_text(opened.python("s.code"))

        other = opened.scope("signed")
        expect(other).to_contain_text("colours scaled from -1…1")
        expect(other).to_contain_text("NaN 1")
        page.mouse.move(*middle(heatmap(other), 3.5 / 6, 2.5 / 8))
        expect(value(other)).to_have_text("[0, :, 2, 3] 1.0 nan -0.93")
        other.get_by_role("combobox", name="Grid").select_option("1")
        expect(other.locator(".ts-door")).to_have_count(3)
        assert opened.python("[t.view['rgb'], t.view['grid']]") == [None, 1]
        assert opened.errors == []


def test_a_large_image_is_reduced_and_hovering_still_tells_all_channels(jupyter: Lab) -> None:
    cell = """
import numpy as np, tensorscope as ts
photo = np.zeros((3000, 2000, 3), "u1")
photo[..., 1] = 90; photo[1500, 1000] = 255
s = ts.scope(photo, view={"rgb": 2})
s
"""
    with jupyter.notebook([cell]) as opened:
        scope, page = opened.scope("photo"), opened.page
        expect(scope.locator(".ts-state")).to_contain_text("reduced")
        page.mouse.move(*middle(heatmap(scope), 0.25, 0.25))
        expect(value(scope)).to_contain_text(re.compile(r"^\[7\d\d, [45]\d\d, :\] 0 90 0$"))
        heatmap(scope).focus()
        for _ in range(40):
            page.mouse.wheel(0, -100)
        expect(scope.locator(".ts-state")).to_contain_text("exact")
        expect(value(scope)).to_contain_text(" 0 90 0")
        assert opened.errors == []


def test_a_drag_over_the_histogram_sets_range_or_condition(jupyter: Lab) -> None:
    cell = "x = np.linspace(-1, 1, 4096, dtype='f4').reshape(64, 64)\ns = ts.scope(x)\ns"
    with jupyter.notebook(["import numpy as np, tensorscope as ts", cell]) as opened:
        scope, page = opened.scope("x"), opened.page
        brush = scope.locator(".ts-brush")

        def near(found: Any, wanted: list[float]) -> bool:
            return all(abs(a - b) < 0.03 for a, b in zip(found, wanted, strict=True))

        drag(page, brush, 0.25, 0.6)
        low = scope.get_by_role("slider", name="Range low", exact=True)
        expect(low).to_have_count(1)
        page.wait_for_timeout(300)
        assert near(opened.python("s.view['range']"), [-0.5, 0.2])
        drag(page, low, 0.5, 4)  # an edge moves alone: by a few pixels to the right
        page.wait_for_timeout(300)
        moved, still = opened.python("s.view['range']")
        assert moved > -0.5
        assert abs(still - 0.2) < 0.03
        low.focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
        assert opened.python("s.view['range'][0]") < moved
        page.mouse.dblclick(*middle(brush, 0.9))
        expect(low).to_have_count(0)
        assert opened.python("s.view['range']") is None

        page.keyboard.down("Shift")
        drag(page, brush, 0.5, 0.75)
        page.keyboard.up("Shift")
        where = scope.get_by_role("textbox", name="Where")
        expect(where).to_have_value(re.compile(r"^\S+ <= x <= 0\.5\d*$|^\S+ <= x <= 0\.49\d*$"))
        expect(scope.get_by_role("slider", name="Condition high")).to_have_count(1)
        page.wait_for_timeout(300)
        assert opened.python("(s.undo(), s.where, s.redo())[1]") is None  # the drag is one step
        count = opened.python("s.hits.count")
        assert 960 < count < 1090
        opened.do("s.where = '-0.25 <= x <= 0.25'")
        expect(scope.get_by_role("slider", name="Condition low")).to_have_attribute(
            "aria-valuenow", "-0.25"
        )
        scope.get_by_role("group", name="Drag sets").get_by_role("button", name="mask").click()
        page.mouse.dblclick(*middle(brush, 0.9))
        expect(where).to_have_value("")
        opened.comes_to("s.where", None)
        assert opened.errors == []


def test_one_nan_among_a_quarter_of_a_billion_cells_is_found(jupyter: Lab) -> None:
    with jupyter.notebook([LARGE]) as opened:
        scope, page = opened.scope("large"), opened.page
        expect(scope.locator(".ts-state")).to_contain_text("reduced", timeout=60_000)
        assert "sample" not in rect(scope)
        expect(scope.get_by_role("status", name="Summary")).to_contain_text("nan 1", timeout=60_000)
        heatmap(scope).focus()
        page.keyboard.press("n")
        expect(value(scope)).to_have_text("[12345, 6789] nan")
        expect(scope.locator(".ts-state")).to_contain_text("exact")
        page.mouse.dblclick(*middle(heatmap(scope)))  # back to the whole
        expect(scope.locator(".ts-state")).to_contain_text("reduced")
        # from a zoom elsewhere too
        page.mouse.move(*middle(heatmap(scope), 0.9, 0.1))
        for _ in range(25):
            page.mouse.wheel(0, -100)
        expect(scope.locator(".ts-state")).to_contain_text("exact")
        page.keyboard.press("Escape")
        page.keyboard.press("n")
        expect(value(scope)).to_have_text("[12345, 6789] nan")
        opened.comes_to("s.cell", [12345, 6789])
        assert opened.errors == []


def test_a_first_look_says_that_it_is_one(jupyter: Lab) -> None:
    """The exact picture is held back: what is on screen meanwhile says what it is."""
    slow = """
import time
from tensorscope import picture_queries
real = picture_queries.frame_reply
def late(source, state, viewport, order=None, first=False):
    time.sleep(0 if first else 1.5)
    return real(source, state, viewport, order, first)
picture_queries.frame_reply = late
"""
    with jupyter.notebook([LARGE.replace("s = ts", f"{slow}\ns = ts")]) as opened:
        region = opened.page.get_by_role("region", name="large", exact=True)
        expect(region).to_contain_text(
            "first look at a sample · the exact picture follows", timeout=60_000
        )
        expect(region.locator(".ts-state")).to_contain_text("reduced 28 × 28", timeout=60_000)
        assert opened.errors == []


def test_a_drag_moves_the_picture_at_hand_at_once(jupyter: Lab) -> None:
    with jupyter.notebook([LARGE]) as opened:
        scope, page = opened.scope("large"), opened.page
        expect(scope.locator(".ts-state")).to_contain_text("reduced", timeout=60_000)
        heatmap(scope).focus()
        page.mouse.move(*middle(heatmap(scope), 0.5, 0.5))
        for _ in range(8):
            page.mouse.wheel(0, -100)
        expect(scope.locator(".ts-state")).not_to_contain_text("reading")
        page.wait_for_timeout(500)
        frames = page.evaluate(
            """async ([x, y]) => {
              const canvas = document.querySelector("[aria-label=Heatmap]");
              const send = (type, at) => canvas.dispatchEvent(new PointerEvent(type, {
                clientX: at, clientY: y, button: 0, pointerId: 1, bubbles: true }));
              canvas.setPointerCapture = () => {};
              const copy = document.createElement("canvas");
              copy.width = canvas.width; copy.height = canvas.height;
              const context = copy.getContext("2d", { willReadFrequently: true });
              const seen = () => {
                context.clearRect(0, 0, copy.width, copy.height);
                context.drawImage(canvas, 0, 0);
                return context.getImageData(0, 0, copy.width, copy.height).data;
              };
              send("pointerdown", x);
              let last = seen(), moved = 0, clear = 0;
              for (let k = 1; k <= 20; k++) {
                send("pointermove", x - 6 * k);
                // In the same task: no answer of the kernel can have come in between.
                const now = seen();
                if (now.some((byte, i) => byte !== last[i])) moved++;
                for (let i = 3; i < now.length; i += 4) if (now[i] < 255) clear++;
                last = now;
                await new Promise(requestAnimationFrame);
              }
              send("pointerup", x - 120);
              return { moved, clear };
            }""",
            list(middle(heatmap(scope), 0.5, 0.5)),
        )
        assert frames == {"moved": 20, "clear": 0}
        assert opened.errors == []
