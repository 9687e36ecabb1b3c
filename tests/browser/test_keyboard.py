"""Everything is done without a mouse: each control is reached, shows that it is, and has a name."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.notebook import Notebook
from tests.browser.scoped import heatmap, value
from tests.browser.test_where import button, selection

#: What has the focus: its name, and whether it or what it lies in is outlined.
FOCUSED = """
() => {
  const el = document.activeElement;
  if (!el.closest('.ts-scope') || el.matches('.ts-scope')) return null;
  let at = el, seen = false;
  for (let k = 0; k < 4 && at && !seen; k++, at = at.parentElement) {
    const style = getComputedStyle(at);
    seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  }
  return [el.getAttribute('aria-label') || el.innerText.trim(), seen];
}
"""

#: All that can be focused and is there to be seen.
CONTROLS = """
root => [...root.querySelectorAll('button, input, select, [tabindex]')]
  .filter(el => el.tabIndex >= 0 && !el.disabled)
  .filter(el => el.checkVisibility({ visibilityProperty: true }))
  .map(el => el.getAttribute('aria-label') || el.innerText.trim())
"""


def walk(page: Page) -> list[tuple[str, bool]]:
    """Press Tab until the focus has left the widget; return what had it."""
    found = []
    for _ in range(120):
        here = page.evaluate(FOCUSED)
        if here is None:
            break
        found.append((here[0], here[1]))
        page.keyboard.press("Tab")
    return found


def test_tab_reaches_every_control_and_shows_where_it_is(notebook: Notebook) -> None:
    scope = notebook.scope("act")
    notebook.do("s.expr = '[0, 20]'; s.where = {'hot': 'x > 0.5', 'cold': 'x < -0.5'}")
    expect(scope.get_by_role("list", name="Conditions")).to_be_visible()
    scope.get_by_role("combobox", name="Hits by", exact=True).select_option("1")
    expect(scope.get_by_role("list", name="Hits by dim 1").get_by_role("button")).to_have_count(50)
    scope.get_by_role("combobox", name="Hits by", exact=True).select_option("")
    notebook.page.wait_for_timeout(300)
    controls = scope.evaluate(CONTROLS)
    button(scope, "Refresh").focus()
    notebook.page.keyboard.press("Tab")  # by key, so that the focus is shown
    notebook.page.keyboard.press("Shift+Tab")
    reached = walk(notebook.page)
    assert [name for name, _ in reached] == controls
    assert all(name for name in controls)
    assert [name for name, seen in reached if not seen] == []


def test_a_tour_without_a_mouse(notebook: Notebook) -> None:
    scope, page = notebook.scope("act"), notebook.page
    heatmap(scope).focus()
    page.keyboard.press("]")
    expect(selection(scope)).to_have_value("[0, 1, :, :]")
    page.keyboard.press("w")
    page.keyboard.type("x > 0.7")
    page.keyboard.press("Enter")
    expect(scope.get_by_role("status", name="Hit count")).to_contain_text("of 3,136")
    heatmap(scope).focus()
    page.wait_for_timeout(300)
    page.keyboard.press("j")  # the first hit is the largest
    largest = notebook.python("ts.topk(act, 1, '[0, 1]').indices[0].tolist()")
    expect(value(scope)).to_contain_text(f"[{', '.join(map(str, largest))}]")
    page.keyboard.press("j")
    second = notebook.python("ts.topk(act, 2, '[0, 1]').indices[1].tolist()")
    expect(value(scope)).to_contain_text(f"[{', '.join(map(str, second))}]")
    page.keyboard.press("k")
    expect(value(scope)).to_contain_text(f"[{', '.join(map(str, largest))}]")
    for _ in range(2):
        page.keyboard.press("+")
    expect(button(scope, "Fit")).to_be_enabled()
    page.keyboard.press("0")
    expect(button(scope, "Fit")).to_be_disabled()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.wait_for_timeout(300)
    notebook.comes_to("s.cell", None)


def test_a_dim_whose_controls_are_replaced_keeps_the_focus(notebook: Notebook) -> None:
    scope, page = notebook.scope("act"), notebook.page
    grip = button(scope, "Move dim 1")
    scope.get_by_role("slider", name="dim 1", exact=True).focus()
    page.keyboard.press("g")
    expect(selection(scope)).to_have_value("[0, :, :, :]")
    expect(grip).to_be_focused()
    scope.get_by_role("slider", name="dim 1 start").focus()
    page.keyboard.press("m")
    expect(selection(scope)).to_have_value("[0, mean, :, :]")
    expect(grip).to_be_focused()
    page.keyboard.press("r")
    expect(selection(scope)).to_have_value("[0, :, 0, :]")
    page.keyboard.press("i")
    expect(selection(scope)).to_have_value("[0, 0, 0, :]")
    scope.get_by_role("spinbutton", name="dim 0", exact=True).focus()
    page.keyboard.press("m")  # a dim of one index has no grip
    expect(scope.get_by_role("textbox", name="dim 0 slice")).to_be_focused()


@pytest.mark.parametrize("edge", ["start", "end"])
def test_the_keys_are_listed_where_the_widget_is_to_be_seen(notebook: Notebook, edge: str) -> None:
    scope, page = notebook.scope("act"), notebook.page
    page.set_viewport_size({"width": 1280, "height": 620})
    heatmap(scope).focus()
    scope.evaluate("(e, block) => e.scrollIntoView({ block })", edge)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_in_viewport(ratio=1)
    room = page.locator(".jp-WindowedPanel-outer").bounding_box()
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert room
    assert box
    assert box["y"] >= room["y"]
    assert box["y"] + box["height"] <= room["y"] + room["height"]
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(heatmap(scope)).to_be_focused()


def test_jupyterlab_gets_ctrl_s_and_no_letter(notebook: Notebook) -> None:
    scope, page = notebook.scope("act"), notebook.page
    page.evaluate(
        """() => {
          window.ran = [];
          window.jupyterapp.commands.commandExecuted.connect((_, { id }) => window.ran.push(id));
        }"""
    )

    def ran() -> list[str]:
        page.wait_for_timeout(200)
        return [str(name) for name in page.evaluate("() => window.ran.splice(0)")]

    for place in (heatmap(scope), selection(scope), button(scope, "Move dim 1")):
        ran()
        place.focus()
        page.keyboard.press("Control+s")
        assert "docmanager:save" in ran()
        for key in ("x", "d", "d", "b", "Shift+m", "Control+z", "Control+a", "Control+ArrowDown"):
            page.keyboard.press(key)
        assert [name for name in ran() if name.startswith(("notebook:", "docmanager:"))] == []


def test_nothing_moves_where_less_motion_is_wanted(notebook: Notebook) -> None:
    notebook.page.emulate_media(reduced_motion="reduce")
    scope = notebook.scope("act")
    moving = scope.evaluate(
        """root => [...root.querySelectorAll('*')].filter(el => {
             const s = getComputedStyle(el);
             return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none';
           }).map(el => el.className)"""
    )
    assert moving == []
