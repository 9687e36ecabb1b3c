"""A stored array of half a gigabyte: it opens at once, and asks before it reads all."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

STORE = """
import asyncio, numpy as np, zarr, tensorscope as ts

class Slow(zarr.storage.MemoryStore):
    reads = 0
    async def get(self, key, *args, **kwargs):
        if "c/" in key:
            Slow.reads += 1
            await asyncio.sleep(0.05)
        return await super().get(key, *args, **kwargs)

weights = zarr.create_array(Slow(), shape=(128, 1024, 1024), chunks=(1, 512, 512), dtype="f4",
                            fill_value=0.5, dimension_names=("layer", "out", "in"))
weights[3, :512, :512] = np.linspace(-1, 1, 512 * 512, dtype="f4").reshape(512, 512)
"""


def tensor_offer(scope: Locator) -> Locator:
    return scope.locator(".ts-offer").filter(has_text="Summing up the whole tensor reads")


def test_what_reads_much_asks_first(jupyter: Lab) -> None:
    with jupyter.notebook([STORE, "w = ts.scope(weights)\nw"]) as notebook:
        scope = notebook.scope("weights")
        expect(scope).to_contain_text("zarr")
        heatmap = scope.get_by_role("application", name="Heatmap")
        expect(heatmap).to_be_visible()
        number = scope.get_by_role("spinbutton", name="layer")
        number.fill("3")
        number.press("Enter")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[3, :, :]")
        expect(scope.get_by_role("status", name="Code")).to_have_text("weights[3]")
        offer = tensor_offer(scope)
        expect(offer).to_contain_text("512 MiB")
        assert notebook.python("Slow.reads") < 64
        summary = scope.get_by_role("status", name="Summary")
        expect(summary).not_to_contain_text("mean")

        offer.get_by_role("button", name="Compute").click()
        progress = offer.get_by_role("progressbar", name="Progress")
        expect(progress).to_be_visible()
        expect(offer).to_contain_text(re.compile(r"[1-9]\d* of \d+"))
        notebook.page.screenshot(path=str(jupyter.folder / "lazy.png"))
        # The picture goes on while it reads.
        number.fill("4")
        number.press("Enter")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[4, :, :]")
        offer.get_by_role("button", name="Cancel").click()
        expect(offer.get_by_role("button", name="Compute")).to_be_visible()
        expect(summary).not_to_contain_text("mean")
        stopped_at(notebook)

        offer.get_by_role("button", name="Compute").click()
        expect(summary).to_contain_text("nan 0", timeout=60_000)
        expect(offer).to_have_count(0)
        low = notebook.python("ts.stats(weights).min")
        expect(summary).to_contain_text(f"min {low:.0f}")
        assert notebook.errors == []


def test_hits_by_slice_wait_for_a_click(jupyter: Lab) -> None:
    with jupyter.notebook([STORE, "w = ts.scope(weights, '[3]', where='x > 0.5')\nw"]) as notebook:
        scope = notebook.scope("weights")
        scope.get_by_role("combobox", name="Hits by", exact=True).select_option("0")
        box = scope.locator(".ts-slices")
        expect(box).to_contain_text("takes 512 MiB")
        assert notebook.python("Slow.reads") < 64
        count = box.get_by_role("button", name="Count them")
        count.click()
        expect(box.get_by_role("progressbar", name="Progress")).to_be_visible()
        notebook.page.screenshot(path=str(jupyter.folder / "lazy-slices.png"))
        box.get_by_role("button", name="Cancel").click()
        expect(count).to_be_visible()
        stopped_at(notebook)
        count.click()
        found = scope.get_by_role("list", name="Hits by layer")
        hits = int(notebook.python("int((w.value > 0.5).sum())"))
        expect(found.get_by_role("button")).to_have_text(f"3 {hits:,}", timeout=60_000)
        assert notebook.errors == []


def stopped_at(notebook: Notebook) -> None:
    """After a cancel no more than what was on its way is read."""
    notebook.do("before = Slow.reads; import time; time.sleep(0.6); after = Slow.reads")
    assert notebook.python("after - before") <= 16
    assert notebook.python("Slow.reads") < 512 + 64


def test_a_picture_that_reads_much_has_a_price_too(jupyter: Lab) -> None:
    with jupyter.notebook([STORE, "w = ts.scope(weights, '[mean]')\nw"]) as notebook:
        scope = notebook.scope("weights")
        box = scope.locator(".ts-offer-box")
        expect(box).to_contain_text("This picture reads 512 MiB")
        notebook.page.screenshot(path=str(jupyter.folder / "lazy-picture.png"))
        box.get_by_role("button", name="Compute").click()
        expect(scope.get_by_role("application", name="Heatmap")).to_be_visible(timeout=60_000)
        assert notebook.errors == []
