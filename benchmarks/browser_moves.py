"""Moving through a tensor in a real JupyterLab: keys, drags, jumps, hover, zoom, first paint.

From the page's own event to the painted picture (the mark that the widget sets), for planes of
256 × 256 float32. What a machine can do at all is told by a widget with stock comms in the same
page: a slider, a kernel that answers with the plane, a canvas.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page

from benchmarks.bare_page import bare_page
from benchmarks.measure import Row, emit
from benchmarks.moves_code import FIRST, HOLD, HOVER, LARGE, LISTEN, PAN, SCROLL, STOCK, ZOOM
from tests.browser.lab import Lab, lab
from tests.browser.notebook import Notebook

TENSOR = """
import torch, tensorscope as ts
x = torch.randn(8, 64, 256, 256)
s = ts.scope(x)
"""


def forget(page: Page, kind: str) -> None:
    """Begin anew: acts are events of one kind from now on."""
    page.wait_for_timeout(1200)
    page.evaluate("kind => { window.kind = kind; window.acts = []; window.paints = []; }", kind)


def taken(page: Page) -> list[float]:
    """Give the seconds from each act to the next picture."""
    page.wait_for_timeout(1000)
    acts, paints = page.evaluate("() => [window.acts, window.paints]")
    found = [min(after) - at for at in acts if (after := [p for p in paints if p > at])]
    assert len(found) >= 0.9 * len(acts) > 0, (len(acts), len(paints))
    return [ms / 1e3 for ms in found]


def keys(page: Page, count: int = 30, gap: int = 300) -> list[float]:
    forget(page, "keydown")
    for _ in range(count):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(gap)
    return taken(page)


def answered(page: Page) -> list[float]:
    """Give the seconds from each act to its own picture, where each has one, however late."""
    page.wait_for_timeout(3000)
    acts, paints = page.evaluate("() => [window.acts, window.paints]")
    assert len(acts) == len(paints) > 30, (len(acts), len(paints))
    return [(paint - act) / 1e3 for act, paint in zip(acts, paints, strict=True)]


def drag(page: Page, slider: Any, read: Callable[[Page], list[float]] = taken) -> list[float]:
    """Drag a slider over 60 places, one a frame or so."""
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    forget(page, "input")
    for k in range(60):
        page.mouse.move(box["x"] + 8 + (box["width"] - 16) * k / 60, box["y"] + box["height"] / 2)
        page.wait_for_timeout(25)
    found = read(page)
    page.mouse.up()
    return found


def jumps(opened: Notebook, slider: Any, rest: float = 0) -> list[float]:
    """Click here and there on a slider, of which nothing has been fetched ahead.

    rest: ms that the pointer stays there before it presses, as a hand does.
    """
    page = opened.page
    box = slider.bounding_box()
    forget(page, "pointerdown")
    for k in range(30):
        opened.do("s.refresh()")
        page.wait_for_timeout(300)
        share = 0.05 + 0.9 * ((11 * k) % 30) / 30
        at = box["x"] + share * box["width"], box["y"] + box["height"] / 2
        page.mouse.move(*at)
        page.wait_for_timeout(rest)
        page.mouse.click(*at)
        page.wait_for_timeout(300)
    return taken(page)


def held(page: Page) -> tuple[float, float]:
    """Hold a key for two seconds; pictures a second, and seconds until the last of them."""
    page.keyboard.press("Home")
    forget(page, "keydown")
    page.evaluate(f"() => ({HOLD})(60, 10)")
    page.wait_for_timeout(1000)
    acts, paints = page.evaluate("() => [window.acts, window.paints]")
    seconds = (max(acts) - min(acts)) / 1e3
    during = [p for p in paints if min(acts) < p <= max(acts)]
    return len(during) / seconds, (max(paints) - max(acts)) / 1e3


def first_paints(jupyter: Lab) -> tuple[dict[str, float], float]:
    """Return the median seconds to the first paint of a small and of a large tensor, and MB."""
    cells = [TENSOR + LARGE, "ts.scope(small)", "ts.scope(large)"]
    with jupyter.notebook(cells, "first.ipynb", run=False, height=1400) as opened:
        page = opened.page

        def run(number: int) -> float:
            page.locator(".jp-Cell").nth(number).locator(".jp-InputPrompt").click()
            return float(page.evaluate(FIRST))

        page.locator(".jp-Cell").first.locator(".jp-InputPrompt").click()
        page.evaluate("async () => await window.jupyterapp.commands.execute('notebook:run-cell')")
        page.evaluate(LISTEN)
        run(1)
        times: dict[str, list[float]] = {"small": [], "large": []}
        most = 0.0
        for _ in range(5):
            for number, name in ((1, "small"), (2, "large")):
                if name == "large":
                    opened.do("rest()")
                    before = opened.python("peak()")
                times[name].append(run(number))
                page.wait_for_timeout(1500)  # statistics too
                if name == "large":
                    most = max(most, opened.python("peak()") - before)
    return {name: statistics.median(seconds) for name, seconds in times.items()}, most


def moved(
    task: str, seconds: list[float], median: float, most: float, stock: float | None = None
) -> list[Row]:
    """Return the rows of a move: median and 95th percentile against their goals.

    stock: median seconds of the same over stock comms.
    """
    found = sorted(seconds)
    middle, p95 = statistics.median(found), found[int(0.95 * len(found))]
    return [
        Row(task, middle, goal=f"median ≤ {median * 1e3:g} ms", ok=middle <= median,
            peers={} if stock is None else {"stock comms": stock}, note=f"{len(found)} of them"),
        Row("the same, 95th percentile", p95, goal=f"≤ {most * 1e3:g} ms", ok=p95 <= most),
    ]  # fmt: skip


@contextmanager
def bare_notebook(
    jupyter: Lab, name: str, cells: list[str], selectors: tuple[str, ...]
) -> Iterator[Notebook]:
    """Run a notebook in a page that nothing but the clock looks at; see `bare_page`.

    selectors: of what it shows.
    """
    jupyter.write(name, cells)
    jupyter.bind_spare(name)
    with bare_page(jupyter.folder / f"chromium of {name}") as page:
        opened = Notebook(jupyter, cast(Page, page), name)
        opened.open()
        opened.run_all()
        for selector in selectors:
            page.locator(selector).wait_for(60_000)
        page.wait_for_timeout(3000)
        yield opened
        opened.shutdown()


#: Of dim 1, and of the widget with stock comms.
SLIDER, STOCK_SLIDER = '.ts-slider[aria-label="dim 1"]', "input.stock"


def moves(opened: Notebook) -> list[Row]:
    page = opened.page
    slider: Any = page.locator(SLIDER)
    page.evaluate(LISTEN)
    stock: Any = page.locator(STOCK_SLIDER)
    dragged = statistics.median(drag(page, stock, answered))
    clicked = statistics.median(jumps(opened, stock))
    slider.focus()
    keys(page, 5)
    made = moved("arrow key to painted 256²", keys(page), 0.025, 0.06, clicked)
    made += moved("slider drag to painted 256²", drag(page, slider), 0.025, 0.06, dragged)
    made += moved("jump to painted 256², the pointer having rested 0.1 s",
                  jumps(opened, slider, 100), 0.025, 0.06, clicked)  # fmt: skip
    made += moved(
        "jump pressed as the pointer arrives", jumps(opened, slider), 0.025, 0.06, clicked
    )
    slider.focus()
    rates, lates = zip(*(held(page) for _ in range(5)), strict=True)
    rate, late = statistics.median(rates), statistics.median(lates)
    goal = "≥ 30 pictures a second, no backlog"
    made.append(Row("last picture after a held key", late, goal=goal, ok=rate >= 30 and late < 0.1,
                    note=f"{rate:.0f} a second, median of 5"))  # fmt: skip
    page.evaluate("() => document.querySelector('.ts-heat').scrollIntoView({ block: 'center' })")
    hover = page.evaluate(HOVER)
    made += moved("hover to the value's text", [ms / 1e3 for ms in hover], 0.004, 0.004)[:1]
    gaps = page.evaluate(ZOOM.replace("WITH", "false"))
    made += moved("frame to frame while the wheel zooms", [ms / 1e3 for ms in gaps], 0.0172, 0.034)
    return made


def far(jupyter: Lab) -> list[Row]:
    """Return what moving over a plane of 1e8 cells costs, as a picture and as numbers."""
    cells = [TENSOR + LARGE, "ts.scope(large, name='large')"]
    heat = '[role=application][aria-label="Heatmap"]'
    with bare_notebook(jupyter, "far.ipynb", cells, (heat,)) as opened:
        page: Any = opened.page
        told = "document.querySelector('.ts-state').textContent"
        page.wait_for_function(f"{told}.includes('reduced')", 60_000)
        picture = page.locator(heat)
        box = picture.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(8):
            page.mouse.wheel(-100)
        page.wait_for_timeout(1500)
        panned = [ms / 1e3 for ms in page.evaluate(PAN)]
        picture.focus()
        page.keyboard.press("v")
        page.locator("[role=grid]").wait_for(20_000)
        page.wait_for_timeout(1000)
        scrolled = [ms / 1e3 for ms in page.evaluate(SCROLL)]
    made = moved("frame to frame while 1e8 cells are dragged", panned, 0.0172, 0.034)
    return made + moved("frame to frame while their numbers scroll", scrolled, 0.0172, 0.034)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder)) as jupyter:
        cells = [TENSOR, STOCK, "s"]
        with bare_notebook(jupyter, "bare.ipynb", cells, (SLIDER, STOCK_SLIDER)) as opened:
            made = moves(opened)
        made += far(jupyter)
        times, most = first_paints(jupyter)
    made += [
        Row("first paint of 1e8 elements against 1e4", times["large"], times["small"], 1.5),
        Row("memory of the kernel beyond that tensor", 0, goal="≤ 64 MB", ok=most <= 64,
            note=f"+{most:.0f} MB"),
    ]  # fmt: skip
    return made


if __name__ == "__main__":
    emit(rows())
