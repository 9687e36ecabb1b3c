"""Other hosts: Notebook 7, marimo, and what VS Code and Colab do not have, switched off."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import TENSORS
from tests.browser.lab import Lab, free_port
from tests.browser.scoped import at_cell, heatmap, value

SHOWN = [TENSORS, "s = ts.scope(act)\ns"]
LOOP = """
import time
s = ts.scope(act)
display(s)
began = time.time()
while time.time() - began < 6:
    sum(range(10_000))
"""
#: Said by Notebook 7 at its start, now and then, whatever it opens.
NOTEBOOK_7 = ("reading 'schema'", "'filebrowser:open-path' not registered")


def selection(scope: Locator) -> Locator:
    return scope.get_by_role("textbox", name="Selection")


def test_notebook_7(jupyter: Lab) -> None:
    with jupyter.notebook(SHOWN, name="seven.ipynb", host="notebooks") as opened:
        scope = opened.scope("act")
        scope.get_by_role("slider", name="dim 1").focus()
        for _ in range(3):
            opened.page.keyboard.press("ArrowRight")
        expect(selection(scope)).to_have_value("[0, 3, :, :]")
        heatmap(scope).click(position=at_cell(scope, 10, 40))
        expect(value(scope)).to_contain_text("[0, 3, 10, 40] ")
        opened.comes_to("s.cell", [0, 3, 10, 40])
        assert [e for e in opened.errors if not any(n in e for n in NOTEBOOK_7)] == []


@contextmanager
def limited(chromium: Browser, folder: Path, *options: str) -> Iterator[Lab]:
    started = Lab(folder, chromium, options, subshells=False)
    try:
        yield started
    finally:
        started.close()


def test_without_subshells_the_picture_stays_and_catches_up(
    chromium: Browser, tmp_path: Path
) -> None:
    """As in VS Code and Colab: nothing is answered while a cell runs, and all after it."""
    off = "import tensorscope.widget.kernel as k\nk._SUBSHELL._given_up = True"
    with (
        limited(chromium, tmp_path) as started,
        started.notebook([TENSORS, off, LOOP], run=False) as opened,
    ):
        opened.start_all()
        region = opened.page.get_by_role("region", name="act", exact=True)
        expect(region).to_be_visible(timeout=60_000)
        scope = opened.scope("act")  # once the cell has ended
        scope.get_by_role("slider", name="dim 1").focus()
        opened.page.keyboard.press("ArrowRight")
        expect(selection(scope)).to_have_value("[0, 1, :, :]")
        assert opened.errors == []


def test_without_the_front_ends_subshells_our_own_answers(
    chromium: Browser, tmp_path: Path
) -> None:
    with (
        limited(chromium, tmp_path) as started,
        started.notebook([TENSORS, LOOP], run=False) as opened,
    ):
        opened.start_all()
        scope = opened.scope("act")
        scope.get_by_role("slider", name="dim 1").focus()
        opened.page.keyboard.press("ArrowRight")
        expect(selection(scope)).to_have_value("[0, 1, :, :]", timeout=3000)
        expect(opened.page.locator(".jp-InputPrompt").last).to_have_text("[*]:")
        assert opened.errors == []


#: What a cell that has been left running prints, besides ours.
CHATTER = """
import threading, time
def chat():
    for k in range(90):
        print(k, flush=True)
        time.sleep(0.03)
threading.Thread(target=chat, daemon=True).start()
"""


def test_where_messages_are_limited_it_still_gets_there(chromium: Browser, tmp_path: Path) -> None:
    """The server drops what is above so many messages or bytes a second."""
    where = "--ZMQChannelsWebsocketConnection"
    options = [f"{where}.limit_rate=True", f"{where}.iopub_msg_rate_limit=12"]
    options += [f"{where}.rate_limit_window=1", f"{where}.iopub_data_rate_limit=400000"]
    with limited(chromium, tmp_path, *options) as started, started.notebook(SHOWN) as opened:
        scope = opened.scope("act")
        opened.page.wait_for_timeout(2000)  # what was sent at the start counts no more
        opened.do(CHATTER)
        scope.get_by_role("slider", name="dim 1").focus()
        for _ in range(40):
            opened.page.keyboard.press("ArrowRight")
            opened.page.wait_for_timeout(40)
        assert "rate exceeded" in started.log()
        expect(selection(scope)).to_have_value("[0, 40, :, :]", timeout=40_000)
        # A page that shows what it has fetched ahead tells the kernel, sooner or later.
        opened.comes_to("s.expr", "[0, 40, :, :]", 40)
        scope = opened.scope("act")
        expect(selection(scope)).to_have_value("[0, 40, :, :]")
        expect(scope).to_contain_text("exact")


MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    import numpy as np
    import tensorscope as ts
    act = np.arange(3 * 20 * 30, dtype="f4").reshape(3, 20, 30)
    s = ts.scope(act)
    s
    return act, np, s, ts

@app.cell
def _(np, ts):
    with ts.watch(every=2) as w:
        for _k in range(20):
            ts.probe("loss", np.float32(_k))
    w
    return (w,)

if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def marimo(tmp_path: Path) -> Iterator[str]:
    """A marimo server that runs a notebook with a scope; its address."""
    (tmp_path / "notebook.py").write_text(MARIMO)
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "marimo", "run", "notebook.py", "--headless", "--no-token"]
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen(
        [*command, f"--port={port}"], cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def test_marimo(marimo: str, chromium: Browser) -> None:
    # The page is a light one, whatever the system prefers.
    page = chromium.new_page(viewport={"width": 1100, "height": 1200}, color_scheme="dark")
    page.goto(marimo)
    scope = page.get_by_role("region", name="act", exact=True)
    ready = page.locator(".tensorscope[data-state='ready']")
    expect(ready).to_have_count(2, timeout=30_000)
    assert ready.first.evaluate("e => getComputedStyle(e).colorScheme") == "light"
    scope.get_by_role("slider", name="dim 0").focus()
    page.keyboard.press("ArrowRight")
    expect(selection(scope)).to_have_value("[1, :, :]")
    heatmap(scope).click(position=at_cell(scope, 2, 3, 20, 30))
    expect(value(scope)).to_contain_text(f"[1, 2, 3] {float(600 + 63)}")
    expect(scope).to_contain_text("act[1, 2, 3].item()")  # as the notebook's cells call it
    watch = page.get_by_role("region", name="w", exact=True)
    expect(watch.get_by_role("status", name="Training")).to_contain_text("Closed, step 19")
    step = watch.get_by_role("slider", name="Step")
    step.focus()
    page.keyboard.press("Home")
    expect(watch).to_contain_text('w.record("loss", step=0)')
