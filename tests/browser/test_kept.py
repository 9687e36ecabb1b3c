"""A notebook that is saved, reopened and converted: the picture and the facts are there."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab

CELLS = [TENSORS, "s = ts.scope(act)\ns", "t = ts.scope(scores)\nt"]
LOST = "model not found"


def test_a_frozen_notebook_reopens_with_its_pictures(jupyter: Lab) -> None:
    with jupyter.notebook(CELLS, name="frozen.ipynb") as opened:
        opened.scope("act")
        opened.scope("scores")
        opened.do("s.expr = '[0, 7]'; s.freeze()")
        page = opened.page
        expect(page.get_by_role("region", name="act", exact=True)).to_have_count(0)
        expect(page.locator(".jp-OutputArea-output img")).to_have_count(1)
        expect(page.get_by_role("region", name="scores", exact=True)).to_have_count(1)
        assert opened.python("ts.freeze_all()") == 1
        expect(page.locator(".jp-OutputArea-output img")).to_have_count(2)
        saved = opened.save()
        data = [cell["outputs"][0]["data"] for cell in saved["cells"][1:]]
        assert [sorted(d) for d in data] == [["image/png", "text/plain"]] * 2
        text = "".join(data[0]["text/plain"])
        assert "act[0, 7, :, :]" in text
        assert "min " in text and "NaN 0" in text  # noqa: PT018
        assert "NaN 1 · +Inf 1 · -Inf 1" in "".join(data[1]["text/plain"])
        # Opened anew by the one who ran it: trusted.
        opened.open()
        expect(page.locator(".jp-OutputArea-output img")).to_have_count(2)
        expect(page.get_by_text(LOST)).to_have_count(0)
        folder = os.environ.get("TENSORSCOPE_PICTURES")
        if folder:
            page.screenshot(path=str(Path(folder) / "frozen.png"))
        assert opened.errors == []


@pytest.mark.parametrize("host", ["doc/tree", "notebooks"])
def test_a_notebook_whose_kernel_has_gone_reopens_with_its_pictures(
    jupyter: Lab, host: str
) -> None:
    cells = [
        *CELLS, "ts.scope(3.5, name='loss')", "%load_ext tensorscope", "[act, scores]",
        "s.link(ts.scope(act, name='twin'))",
    ]  # fmt: skip
    with jupyter.notebook(cells, name="gone.ipynb", host=host, anew=True) as opened:
        page = opened.page
        opened.scope("twin")
        # Live: nothing but the widgets, also once there was time to look for lost ones.
        page.wait_for_timeout(1500)
        expect(page.locator(".ts-kept-picture")).to_have_count(0)
        saved = opened.save()
        opened.shutdown()
        # Opened anew by the one who ran it: trusted, and nothing was frozen.
        opened.open()
        kept = page.locator(".ts-kept-picture")
        expect(kept).to_have_count(5, timeout=60_000)
        expect(kept.first).to_contain_text("run it again to make it live", timeout=30_000)
        expect(page.get_by_text(LOST)).to_have_count(0)
        data = [cell["outputs"][0]["data"] for cell in saved["cells"][1:3]]
        for shown, told in zip(kept.locator("img").all(), data, strict=False):
            source = f"data:image/png;base64,{told['image/png'].strip()}"
            assert shown.get_attribute("src") == source
            assert shown.get_attribute("alt") == "".join(told["text/plain"])
            assert shown.evaluate("e => e.naturalWidth") > 100
        expect(kept.nth(3).locator("td").filter(has_text="float16")).to_have_count(1)
        expect(kept.nth(4).locator("img")).to_have_count(2)  # side by side, as they were linked
        assert "3.5" in str(kept.nth(2).locator("img").get_attribute("alt"))
        folder = os.environ.get("TENSORSCOPE_PICTURES")
        if folder:
            page.screenshot(path=str(Path(folder) / f"gone-{host[:3]}.png"))
        assert opened.save()["cells"][1]["outputs"] == saved["cells"][1]["outputs"]
        opened.run_all()
        opened.scope("scores")
        opened.scope("twin")
        expect(kept).to_have_count(0)


def test_a_notebook_whose_kernel_lives_on_reopens_live(jupyter: Lab) -> None:
    with jupyter.notebook(CELLS, name="lives.ipynb", anew=True) as opened:
        opened.scope("act")
        opened.do("s.expr = '[0, 7]'")
        opened.save()
        opened.open()
        scope = opened.scope("act")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 7, :, :]")
        opened.scope("scores")
        expect(opened.page.locator(".ts-kept-picture")).to_have_count(0)
        assert opened.errors == []


def test_scopes_far_down_reopen_in_the_theme_of_the_page(jupyter: Lab) -> None:
    cells = [TENSORS, *(f"s{k} = ts.scope(act, name='s{k}')\ns{k}" for k in range(12))]
    with jupyter.notebook(cells, name="dark.ipynb", height=800, anew=True) as opened:
        opened.theme(True)
        opened.scope("s11")
        opened.save()
        opened.open()
        opened.scope("s0")
        # JupyterLab shows what is out of sight before it puts that on the page.
        last = opened.page.locator(".tensorscope").filter(has=opened.scope("s11"))
        end = time.monotonic() + 30
        while not last.evaluate("e => e.getBoundingClientRect().top < innerHeight"):
            assert time.monotonic() < end
            last.evaluate("e => e.scrollIntoView()")  # the cells above grow as they are shown
            opened.page.wait_for_timeout(300)
        expect(last).to_be_in_viewport()
        expect(last).to_have_attribute("data-theme", "dark")
        assert opened.errors == []


def test_a_scope_that_was_frozen_lives_again(jupyter: Lab) -> None:
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns", "s.freeze()", "s"]) as opened:
        scope = opened.scope("act")
        expect(opened.page.locator(".jp-OutputArea-output img")).to_have_count(1)
        opened.do("s.expr = '[0, 9]'")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 9, :, :]")
        assert opened.python("[k for k, v in Out.items() if v is s]") == [2, 4]
        assert opened.errors == []


def test_converted_to_html_it_shows_picture_and_facts(jupyter: Lab) -> None:
    with jupyter.notebook(CELLS, name="converted.ipynb") as opened:
        opened.scope("act")
        saved = opened.save()
        page, _ = HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(saved), as_version=4))
        for cell in saved["cells"][1:]:
            png = cell["outputs"][0]["data"]["image/png"].strip()
            assert png in page  # name, facts and counts are written into the picture
        assert page.count("<img") == 2
        assert LOST not in page
