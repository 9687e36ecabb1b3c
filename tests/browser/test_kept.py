"""A notebook that is saved, reopened and converted: the picture and the facts are there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
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
