"""The parts that are loaded when they are first needed: keys and table, also without a kernel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

import tensorscope as ts
from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.test_standalone import opened as without_kernel
from tests.browser.test_standalone import scope_on
from tests.browser.test_table import opened_table


def test_the_keys_are_a_dialog_that_keeps_the_focus(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    button = scope.get_by_role("button", name="Keys")
    button.focus()
    notebook.page.keyboard.press("Enter")
    dialog = scope.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("swap rows and columns")
    expect(dialog).to_be_focused()
    for _ in range(3):
        notebook.page.keyboard.press("Tab")
        expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    notebook.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_what_does_not_load_is_said_and_tried_again(jupyter: Lab) -> None:
    broken = "import tensorscope.bundle as b; kept = b._STATIC; b._STATIC = kept / 'gone'"
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns"], anew=True) as opened:
        scope = opened.scope("act")
        opened.do(broken)
        scope.get_by_role("button", name="Keys").click()
        alert = scope.get_by_role("alert").filter(has_text="Not loaded")
        expect(alert).to_contain_text("extras.js is missing")
        opened.do("b._STATIC = kept")
        alert.get_by_role("button", name="Retry").click()
        expect(scope.get_by_role("dialog", name="Keys")).to_be_visible()
        expect(alert).to_have_count(0)


def test_a_file_without_a_kernel_has_the_table_and_the_keys(
    chromium: Browser, tmp_path: Path
) -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8
    path = ts.scope(x, name="x").to_html(tmp_path / "x.html")
    with without_kernel(chromium, path) as page:
        scope = scope_on(page, "x")
        cells = opened_table(scope).get_by_role("gridcell")
        expect(cells).to_have_text([repr(float(v)) for v in x[0].ravel()])
        scope.get_by_role("combobox", name="Save").select_option("npy")
        expect(scope.get_by_role("alert").filter(has_text="need a kernel")).to_be_visible()
        scope.get_by_role("button", name="Keys").click()
        expect(scope.get_by_role("dialog", name="Keys")).to_be_visible()


def test_a_watch_loads_the_same_parts(jupyter: Lab) -> None:
    cells = [
        "import torch, tensorscope as ts\n"
        "net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 5))\n"
        "x = torch.ones(2, 4)",
        "w = ts.watch(net, every=1)\nw.start()\nnet(x)\nw",
    ]
    with jupyter.notebook(cells, anew=True) as opened:
        page = opened.page
        page.get_by_role("button", name="Keys").click()
        expect(page.get_by_role("dialog", name="Keys")).to_contain_text("pause, continue")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Table").click()
        expect(page.get_by_role("grid", name="Values")).to_have_attribute("aria-colcount", "4")
        page.get_by_role("tree", name="Modules").get_by_text("1", exact=True).click()
        expect(page.get_by_role("grid", name="Values")).to_have_attribute("aria-colcount", "6")
        opened.do("w.close()")
        assert opened.errors == []
