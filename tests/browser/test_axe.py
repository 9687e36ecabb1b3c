"""axe-core finds nothing serious: every kind of picture, without a kernel too, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"

# JupyterLab's body has no height, and hides what flows over: axe takes all for clipped then, and
# judges no text. That it has judged some is a part of the answer.
RUN = """
root => {
  document.body.style.height = '100vh';
  return axe.run(root).then(found => {
    const judged = found.passes.find(p => p.id === 'color-contrast')?.nodes ?? [];
    const words = judged.filter(n => n.any[0]?.data?.contrastRatio);
    const wrong = found.violations.filter(v => ['serious', 'critical'].includes(v.impact));
    return [
      words.length > 3 ? '' : 'no contrast was judged',
      ...wrong.flatMap(v => v.nodes.map(
        n => `${v.id}: ${n.html.slice(0, 160)} ${n.any[0]?.message ?? n.failureSummary}`)),
    ].filter(Boolean);
  });
}
"""

CELLS = [
    TENSORS,
    "plane = ts.scope(act, '[0, 20]', where={'hot': 'x > 0.5', 'cold': 'x < -0.5'}, name='plane')\n"
    "plane",
    "grid = ts.scope(act, '[0]', where='x > 0.9', name='grid')\ngrid",
    "line = ts.scope(act, '[0, 20, 28]', name='line')\nline",
    "scalar = ts.scope(torch.tensor(2.5), name='scalar')\nscalar",
    "bad = ts.scope(scores, name='bad')\nbad",
    "empty = ts.scope(np.zeros((0, 4)), name='empty')\nempty",
]


def complaints(page: Page, root: Locator) -> list[str]:
    """Return what axe-core finds serious in a part of the page."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    return root.evaluate(RUN)  # type: ignore[no-any-return]


@pytest.fixture
def shown(jupyter: Lab) -> Notebook:  # type: ignore[misc]
    with jupyter.notebook(CELLS, width=1100) as notebook:
        yield notebook


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_picture_passes(shown: Notebook, dark: bool) -> None:
    page = shown.page
    shown.theme(dark)
    page.wait_for_timeout(900)
    plane = shown.scope("plane")
    plane.get_by_role("application", name="Heatmap").click(position={"x": 40, "y": 40})
    plane.get_by_role("combobox", name="Hits by", exact=True).select_option("1")
    expect(
        plane.get_by_role("list", name="Hits by dim 1").get_by_role("button").first
    ).to_be_visible()
    plane.get_by_role("combobox", name="Colours").focus()
    box = shown.scope("bad").get_by_role("textbox", name="Selection")
    box.fill("[40]")
    box.press("Enter")
    expect(shown.scope("bad").get_by_role("alert")).to_contain_text("out of range")
    found = {}
    for name in ("plane", "grid", "line", "scalar", "bad", "empty"):
        scope = shown.scope(name)
        scope.scroll_into_view_if_needed()
        found[name] = complaints(page, scope)
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_narrow_one_passes(jupyter: Lab, dark: bool) -> None:
    with jupyter.notebook(CELLS[:3], width=520) as notebook:
        notebook.theme(dark)
        notebook.page.wait_for_timeout(900)
        for name in ("plane", "grid"):
            scope = notebook.scope(name)
            scope.scroll_into_view_if_needed()
            tabs = scope.get_by_role("tab")
            for tab in tabs.all():
                tab.click()
                assert complaints(notebook.page, scope) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_picture_without_a_kernel_passes(jupyter: Lab, dark: bool) -> None:
    with jupyter.notebook(CELLS[:2], width=1100) as notebook:
        notebook.theme(dark)
        scope = notebook.scope("plane")
        notebook.page.wait_for_timeout(1500)
        notebook.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        notebook.page.wait_for_timeout(2500)
        gone = notebook.page.get_by_role("region", name="plane", exact=True)
        gone.get_by_role("slider", name="dim 1").press("ArrowRight")
        expect(gone).to_contain_text("run the cell again", timeout=60_000)
        assert complaints(notebook.page, scope) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_saved_page_passes(jupyter: Lab, dark: bool) -> None:
    with jupyter.notebook([*CELLS[:2], "plane.to_html('saved.html')"]) as notebook:
        notebook.scope("plane")
        page = notebook.page
        page.wait_for_timeout(1000)
        saved = jupyter.work / "saved.html"
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(saved.as_uri())
        expect(page.get_by_role("application", name="Heatmap")).to_be_visible()
        assert complaints(page, page.locator("body")) == []
        notebook.open()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_watch_passes(jupyter: Lab, dark: bool) -> None:
    training = (
        "import torch, tensorscope as ts\ntorch.manual_seed(0)\n"
        "nn = torch.nn\n"
        "net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))\n"
        "w = ts.watch(net, every=1)\n"
        "with w:\n"
        "    for step in range(6):\n"
        "        loss = net(torch.randn(4, 8)).square().mean(); ts.probe('loss', loss)\n"
        "        loss.backward()\n"
    )
    with jupyter.notebook([training, "w"], width=1100) as notebook:
        notebook.theme(dark)
        page = notebook.page
        rows = page.get_by_role("tree", name="Modules").get_by_role("treeitem")
        expect(rows.first).to_be_visible(timeout=30_000)
        rows.nth(1).click()
        expect(page.get_by_role("application", name="Heatmap")).to_be_visible()
        page.wait_for_timeout(800)
        watch = page.locator(".tensorscope").first
        assert complaints(page, watch) == []


@pytest.mark.parametrize("width", [1100, 520], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_table_of_numbers_passes(jupyter: Lab, dark: bool, width: int) -> None:
    shown = [
        "plane = ts.scope(act, '[0, 20]', where='x > 0.5', view=numbers, name='plane')\nplane",
        "bad = ts.scope(scores, view={**numbers, 'cell': (2, 3)}, name='bad')\nbad",
        "grid = ts.scope(act, '[0]', view={**numbers, 'grid': 1}, name='grid')\ngrid",
    ]
    with jupyter.notebook([TENSORS + "numbers = {'table': True}", *shown], width=width) as notebook:
        notebook.theme(dark)
        page = notebook.page
        page.wait_for_timeout(900)
        found = {}
        for name in ("plane", "bad", "grid"):
            scope = notebook.scope(name)
            scope.scroll_into_view_if_needed()
            if name == "grid":
                scope.get_by_role("combobox", name="Tile of dim 1").select_option("3")
            grid = scope.get_by_role("grid", name="Values")
            expect(grid.locator(".ts-v-pending")).to_have_count(0)
            found[name, "plain"] = complaints(page, scope)
            # Selected, and with the picture's colours behind.
            grid.focus()
            for key in ("Control+Home", "Shift+ArrowDown", "Shift+ArrowRight"):
                page.keyboard.press(key)
            scope.get_by_role("button", name="Tint").click()
            page.wait_for_timeout(300)
            found[name, "tinted"] = complaints(page, scope)
        assert found == {key: [] for key in found}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_table_of_tensors_passes(jupyter: Lab, dark: bool) -> None:
    parts = (
        "parts = {'weight': torch.randn(8, 3, 5, 5), 'scores': scores, 'big': big, 'step': 385,\n"
        "         'gone': torch.empty(2, 2, device='meta')}"
    )
    cells = [TENSORS + parts, "%load_ext tensorscope", "parts", "[act, scores]"]
    with jupyter.notebook(cells, width=1100) as notebook:
        notebook.theme(dark)
        page = notebook.page
        page.wait_for_timeout(900)
        tables = page.get_by_role("table", name="Tensors in")
        expect(tables).to_have_count(2)
        for box in page.locator(".tensorscope").all():
            box.scroll_into_view_if_needed()
            assert complaints(page, box) == []
        tables.first.get_by_role("button", name="scores").click()
        notebook.scope("parts['scores']")
        for box in page.locator(".tensorscope").all():
            box.scroll_into_view_if_needed()
            assert complaints(page, box) == []
