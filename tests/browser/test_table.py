"""The value table and the keys: the parts that are loaded when they are first needed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab, Notebook


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
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns"]) as opened:
        scope = opened.scope("act")
        opened.do(broken)
        scope.get_by_role("button", name="Keys").click()
        alert = scope.get_by_role("alert").filter(has_text="did not load")
        expect(alert).to_contain_text("extras.js is missing")
        opened.do("b._STATIC = kept")
        alert.get_by_role("button", name="Retry").click()
        expect(scope.get_by_role("dialog", name="Keys")).to_be_visible()
        expect(alert).to_have_count(0)
