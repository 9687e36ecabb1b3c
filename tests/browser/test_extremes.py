"""One NaN is seen in every picture, however little room there is for its cell."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.scoped import heatmap

#: How many boxes of NaN's colour there are in a canvas.
BOXES = """
(canvas) => {
  const copy = document.createElement("canvas");
  copy.width = canvas.width; copy.height = canvas.height;
  const context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, copy.width, copy.height);
  const is = (i) => data[i] === 196 && data[i + 1] === 23 && data[i + 2] === 143;
  const line = 4 * copy.width;
  let boxes = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (is(i) && (i % line === 0 || !is(i - 4)) && (i < line || !is(i - line))) boxes++;
  }
  return boxes;
}
"""
SETUP = "import torch, tensorscope as ts"


def boxes(canvas: Locator) -> int:
    found = canvas.evaluate(BOXES)
    assert isinstance(found, int)
    return found


def test_in_the_last_row_and_column_whatever_the_size(jupyter: Lab) -> None:
    shapes = [(301, 700), (499, 697), (750, 1111), (1201, 2), (2, 703)]
    cells = [
        f"x{k} = torch.zeros({rows}, {columns}); x{k}[-1, -1] = float('nan')\n"
        f"s{k} = ts.scope(x{k})\ns{k}"
        for k, (rows, columns) in enumerate(shapes)
    ]
    with jupyter.notebook([SETUP, *cells], width=520, height=4500) as opened:
        for k in range(len(shapes)):
            scope = opened.scope(f"x{k}")
            expect(scope.locator(".ts-state")).to_contain_text("reduced")
            assert boxes(heatmap(scope)) == 1
        assert opened.errors == []


def test_after_the_window_has_become_narrow(jupyter: Lab) -> None:
    cell = "x = torch.zeros(300, 400); x[150, 3::10] = float('nan')\ns = ts.scope(x)\ns"
    with jupyter.notebook([SETUP, cell]) as opened:
        scope = opened.scope("x")
        expect(scope.locator(".ts-state")).to_contain_text("exact")
        before = opened.page.viewport_size
        opened.page.set_viewport_size({"width": 520, "height": 1500})
        expect(scope.locator(".ts-state")).to_contain_text("reduced 2 × 2")
        assert boxes(heatmap(scope)) == 40
        if before is not None:
            opened.page.set_viewport_size(before)
        expect(scope.locator(".ts-state")).to_contain_text("exact")
        assert opened.errors == []
