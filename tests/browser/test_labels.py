"""Labels of tables and coordinates on the screen: beside indices, values and hits."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.lab import Lab

DATA = """
import numpy as np, pandas as pd, xarray as xr, tensorscope as ts
columns = ["open", "close", "<img src=x onerror=alert(1)>"]
days = pd.date_range("2020-01-01", periods=9)
prices = pd.DataFrame(np.arange(27.0).reshape(9, 3), columns=columns, index=days)
coords = {"time": days[:4], "band": list("rgb")}
air = xr.DataArray(np.arange(60.0).reshape(4, 3, 5), dims=("time", "band", "x"), coords=coords)
"""


def test_positions_are_called_by_their_labels(jupyter: Lab) -> None:
    with jupyter.notebook([DATA, "s = ts.scope(prices, where='> 20')\ns"]) as opened:
        scope = opened.scope("prices")
        opened.do("s.cell = ('2020-01-03', 'close')")
        value = scope.get_by_role("status", name="Value")
        expect(value).to_have_text("[2, 1] 7.0")  # the contract: coordinates and value alone
        expect(scope.locator(".ts-value-line")).to_contain_text("2020-01-03 · close")
        expect(scope.get_by_label("Pinned value")).to_contain_text("2020-01-03 · close")
        hits = scope.get_by_role("table", name="Hits")
        expect(hits.get_by_role("row").nth(1)).to_contain_text("2020-01-09 · <img src=x onerror")
        expect(scope.locator("img[src=x]")).to_have_count(0)  # text, never markup

        box = scope.get_by_role("textbox", name="Selection")
        box.fill("[2020-01-05, clse]")
        box.press("Enter")
        expect(scope.get_by_role("alert")).to_contain_text("no label 'clse': near: 'close'")
        box.fill("[2020-01-05, close]")
        box.press("Enter")
        expect(value).to_have_text("[4, 1] 13.0")

        scope.get_by_role("button", name="Table").click()
        grid = scope.get_by_role("grid", name="Values")
        heads = ["0 open", "1 close", re.compile("^2 <img src=x"), "row ↓"]
        expect(grid.get_by_role("columnheader")).to_have_text(heads)
        expect(grid.get_by_role("rowheader").nth(4)).to_have_text("4 2020-01-05")
        assert opened.errors == []


def test_an_index_has_its_label_beside_the_slider(jupyter: Lab) -> None:
    with jupyter.notebook([DATA, "s = ts.scope(air)\ns"]) as opened:
        scope = opened.scope("air")
        time = scope.get_by_role("group", name="time, size 4, index")
        expect(time).to_contain_text("2020-01-01")
        time.get_by_role("slider").focus()
        opened.page.keyboard.press("ArrowRight")
        expect(time).to_contain_text("2020-01-02")
        opened.comes_to("s.expr", "[1, :, :]")
        picture = scope.get_by_role("application", name="Heatmap")
        picture.hover(position={"x": 5, "y": 5})
        expect(scope.locator(".ts-value-line")).to_contain_text("2020-01-02 · r")
        expect(scope.get_by_role("status", name="Value")).to_have_text("[1, 0, 0] 15.0")
        assert opened.errors == []
