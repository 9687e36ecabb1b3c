"""A page of Chromium with nothing between it and the clock.

Playwright listens to the network of its pages, and the browser encodes each message of a websocket
for it, in the page's own thread: with pictures in them that takes longer than to show them. This
asks Chromium for what a measurement needs (scripts, keys, the mouse), and for nothing else.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import websocket
from playwright.sync_api import sync_playwright

from tests.browser.lab import CHROMIUM_FLAGS, chromium_path

#: Name of a key → its code.
_CODES = {"v": 86, "Home": 36, "End": 35, "ArrowRight": 39, "ArrowLeft": 37}


class Place:
    """One element, found anew each time."""

    def __init__(self, page: BarePage, selector: str) -> None:
        self._page, self._found = page, f"document.querySelector({json.dumps(selector)})"

    def focus(self) -> None:
        self._page.evaluate(f"() => {self._found}.focus()")

    def bounding_box(self) -> dict[str, float]:
        code = f"() => {{ const b = {self._found}.getBoundingClientRect();"
        code += " return { x: b.x, y: b.y, width: b.width, height: b.height }; }"
        found: dict[str, float] = self._page.evaluate(code)
        return found

    def wait_for(self, timeout: float = 30_000) -> None:
        self._page.wait_for_function(f"() => {self._found}", timeout)


class Keyboard:
    def __init__(self, page: BarePage) -> None:
        self._page = page

    def press(self, key: str) -> None:
        what = {"key": key, "code": key, "windowsVirtualKeyCode": _CODES[key]}
        for kind in ("rawKeyDown", "keyUp"):
            self._page.ask("Input.dispatchKeyEvent", type=kind, **what)


class Mouse:
    def __init__(self, page: BarePage) -> None:
        self._page = page
        self._at = {"x": 0.0, "y": 0.0}
        self._down = False

    def _send(self, kind: str, button: str) -> None:
        held = int(self._down)
        self._page.ask("Input.dispatchMouseEvent", type=kind, button=button, buttons=held,
                       clickCount=1, **self._at)  # fmt: skip

    def move(self, x: float, y: float) -> None:
        self._at = {"x": x, "y": y}
        self._send("mouseMoved", "left" if self._down else "none")

    def down(self) -> None:
        self._down = True
        self._send("mousePressed", "left")

    def up(self) -> None:
        self._down = False
        self._send("mouseReleased", "left")

    def wheel(self, by: float) -> None:
        self._page.ask(
            "Input.dispatchMouseEvent", type="mouseWheel", deltaX=0, deltaY=by, **self._at
        )

    def click(self, x: float, y: float) -> None:
        self.move(x, y)
        self.down()
        self.up()


class BarePage:
    """What the benchmarks use of Playwright's page, and no more."""

    def __init__(self, address: str) -> None:
        self._line = websocket.create_connection(address, suppress_origin=True)
        self._count = 0
        self.keyboard, self.mouse = Keyboard(self), Mouse(self)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Have Chromium do something, and wait until it has."""
        self._count += 1
        self._line.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            told = json.loads(self._line.recv())
            if told.get("id") == self._count:
                break
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        result: dict[str, Any] = told["result"]
        return result

    def goto(self, address: str) -> None:
        self.ask("Page.navigate", url=address)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        code = f"({function})({json.dumps(argument)})"
        told = self.ask(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
        )  # fmt: skip
        if "exceptionDetails" in told:
            raise RuntimeError(f"{code[:200]}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def wait_for_timeout(self, ms: float) -> None:
        time.sleep(ms / 1e3)

    def wait_for_function(self, condition: str, timeout: float = 30_000) -> None:
        code = condition if condition.strip().startswith("(") else f"() => {condition}"
        deadline = time.monotonic() + timeout / 1e3
        while not self.evaluate(f"() => !!({code})()"):
            if time.monotonic() > deadline:
                raise TimeoutError(condition)
            time.sleep(0.1)

    def locator(self, selector: str) -> Place:
        return Place(self, selector)

    def on(self, event: str, handler: Any) -> None:
        """Errors of the page are for the tests to find."""


@contextmanager
def bare_page(folder: Path, width: int = 1280, height: int = 1400) -> Iterator[BarePage]:
    """Start a Chromium of its own, and give its page."""
    path = chromium_path()
    if path is None:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        path, "--headless=new", f"--window-size={width},{height}", "--remote-debugging-port=0",
        f"--user-data-dir={folder}", "--hide-scrollbars", *CHROMIUM_FLAGS, "about:blank",
    ]  # fmt: skip
    chromium = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = folder / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not (told.is_file() and "\n" in told.read_text()):
            if chromium.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{path} did not start")
            time.sleep(0.1)
        port = told.read_text().split()[0]
        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as reply:
            pages = [one for one in json.load(reply) if one["type"] == "page"]
        page = BarePage(pages[0]["webSocketDebuggerUrl"])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        page.ask("Emulation.setDeviceMetricsOverride", **size)
        page.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        yield page
    finally:
        chromium.terminate()
        chromium.wait(20)
