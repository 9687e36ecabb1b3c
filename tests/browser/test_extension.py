"""``%load_ext tensorscope`` in a notebook: tensors show themselves, and print themselves again."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.scoped import at_cell, heatmap, value

PARTS = """
parts = {"weight": torch.randn(8, 3, 5, 5), "bias": torch.zeros(8), "hits": big,
         "scores": scores, "step": 385, "gone": torch.empty(2, 2, device="meta")}
"""
CELLS = [
    TENSORS + PARTS,
    "%load_ext tensorscope",
    "act",
    "act[0, 3] * 2",
    "[1, 2, 3]",
    "parts",
    "%unload_ext tensorscope",
    "big",
]


def test_tensors_show_themselves(jupyter: Lab) -> None:
    # A name of its own: under another a kernel may go on that has counted cells before.
    with jupyter.notebook(CELLS, name="themselves.ipynb", height=3200) as opened:
        opened.scope("act")
        page = opened.page
        nameless = opened.scope("Out[4]")
        heatmap(nameless).click(position=at_cell(nameless, 2, 3))
        code = "Out[4][2, 3].item()"
        expect(nameless.get_by_role("status", name="Code")).to_have_text(code)
        assert opened.python(code) == opened.python("(act[0, 3] * 2)[2, 3].item()")
        texts = page.locator(".jp-OutputArea-output pre")
        expect(texts.filter(has_text="[1, 2, 3]")).to_have_count(1)
        expect(texts.filter(has_text="array([[9007199254740992")).to_have_count(1)
        assert opened.errors == []


def test_a_dict_is_a_table_that_opens_into_scopes(jupyter: Lab) -> None:
    with jupyter.notebook(CELLS, height=3200) as opened:
        page = opened.page
        table = page.get_by_role("table", name="Tensors in parts")
        expect(table).to_be_visible()
        rows = table.get_by_role("row")
        expect(rows).to_have_count(7)
        expect(rows.nth(1)).to_contain_text("(8, 3, 5, 5)")
        expect(rows.nth(5)).to_contain_text("385")
        expect(rows.nth(6)).to_contain_text("a meta tensor has no storage")
        folder = os.environ.get("TENSORSCOPE_PICTURES")
        if folder:
            table.screenshot(path=str(Path(folder) / "members.png"))
        table.get_by_role("button", name="scores").click()
        scope = opened.scope("parts['scores']")
        heatmap(scope).click(position=at_cell(scope, 2, 3, 12, 12))
        expect(value(scope)).to_contain_text("[2, 3] nan")
        expect(scope.get_by_role("status", name="Code")).to_have_text(
            "parts['scores'][2, 3].item()"
        )
        opened.do("parts['bias'].untyped_storage().resize_(0)")
        table.get_by_role("button", name="bias").click()
        expect(page.get_by_role("alert").filter(has_text="storage was released")).to_be_visible()
        table.get_by_role("button", name="hits").click()
        opened.scope("parts['hits']")
        table.get_by_role("button", name="hits").click()
        expect(page.get_by_role("region", name="parts['hits']", exact=True)).to_have_count(0)
        assert opened.errors == []


def test_a_list_with_other_things_among_its_tensors_is_a_table(jupyter: Lab) -> None:
    mixed = 'mixed = [pd.DataFrame({"close": [1.5, 2.5]}), {"in": [act]}, "text", [1, 2]]\nmixed'
    cells = [TENSORS + "import pandas as pd", "%load_ext tensorscope", mixed, "['text', 1]"]
    with jupyter.notebook(cells, height=1800) as opened:
        page = opened.page
        table = page.get_by_role("table", name="Tensors in mixed")
        expect(table.get_by_role("row")).to_have_count(5)
        expect(table.get_by_role("row").nth(3)).to_contain_text("'text'")
        expect(table.get_by_role("button")).to_have_count(2)
        table.get_by_role("button", name="0", exact=True).click()
        opened.scope("mixed[0]")
        table.get_by_role("button", name="1/in/0").click()
        opened.scope("mixed[1]['in'][0]")
        expect(page.locator(".jp-OutputArea-output pre")).to_have_text(["['text', 1]"])
        assert opened.errors == []


def test_a_table_beside_it_does_not_change_how_a_scope_looks(jupyter: Lab) -> None:
    # Both bring the same base of styles: which came last must not matter.
    cells = [TENSORS, "s = ts.scope(act)\ns", "%load_ext tensorscope\n{'scores': scores}"]
    with jupyter.notebook(cells, width=520, height=1400) as opened:
        tabs = opened.scope("act").get_by_role("tablist", name="Inspector")
        expect(opened.page.get_by_role("table").filter(has_text="scores")).to_be_visible()
        expect(tabs).to_have_css("display", "flex")
        assert opened.errors == []


def test_what_showed_itself_long_ago_becomes_a_picture(jupyter: Lab) -> None:
    cells = [TENSORS, "%load_ext tensorscope", "for k in range(34): display(act[0, k])"]
    with jupyter.notebook(cells, height=900) as opened:
        opened.do("pass", timeout=60)
        output = opened.page.locator(".jp-Cell").nth(2)
        expect(output.locator("img")).to_have_count(2, timeout=60_000)
        assert opened.errors == []
