"""One open notebook in a real JupyterLab: run it, click in it, ask its kernel."""

from __future__ import annotations

import json
import time
import warnings
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client import BlockingKernelClient
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

if TYPE_CHECKING:
    from tests.browser.lab import Lab

#: Said by the page through no doing of ours.
HARMLESS = ("favicon", "ResizeObserver loop", "Failed to load resource", "jupyter-widgets-view")

#: What the page knows of the notebook's kernel.
KERNEL = """
() => {
  const shown = window.jupyterapp.shell.currentWidget;
  const kernel = shown?.sessionContext?.session?.kernel;
  if (!kernel) return `not there; shown was ${shown?.title?.label}`;
  return `${kernel.status}, ${kernel.connectionStatus}`;
}
"""
IDLE = f"() => ({KERNEL})().startsWith('idle')"
RECONNECT = """
() => { window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.reconnect(); }
"""


class Notebook:
    """One open notebook: its page, and a side door to its kernel."""

    def __init__(self, lab: Lab, page: Page, name: str, host: str = "doc/tree") -> None:
        #: JupyterLab's place for one document, or that of Notebook 7: ``notebooks``.
        self.host = host
        self.lab = lab
        self.page = page
        self.name = name
        self.errors: list[str] = []
        self._client: BlockingKernelClient | None = None
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)

    def _on_error(self, error: Error) -> None:
        self._note(str(error))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(message.text)

    def _note(self, text: str) -> None:
        if not any(known in text for known in HARMLESS):
            self.errors.append(text)

    def open(self) -> None:
        self.page.goto(f"http://127.0.0.1:{self.lab.port}/{self.host}/{self.name}?reset")
        self.page.wait_for_function("window.jupyterapp && window.jupyterapp.shell", timeout=60_000)
        self._settle()

    def open_beside(self) -> None:
        """Open it in the page that JupyterLab already runs in."""
        self.page.evaluate(
            # Not waited for: its promise takes seconds longer than the document.
            "path => { window.jupyterapp.commands.execute('docmanager:open', { path }); }",
            self.name,
        )
        self._settle()

    def leave(self) -> bool:
        """Close the document; return whether the page is as it was before it was opened."""
        self.page.remove_listener("pageerror", self._on_error)
        self.page.remove_listener("console", self._on_console)
        self.page.emulate_media(color_scheme="null", reduced_motion="null")
        return bool(
            self.page.evaluate(
                """async () => {
                  const app = window.jupyterapp;
                  if (!app?.shell || document.querySelector('.jp-Dialog')) return false;
                  for (const w of [...app.shell.widgets('main')]) w.dispose();
                  const light = 'JupyterLab Light';
                  if (document.body.dataset.jpThemeName !== light)
                    await app.commands.execute('apputils:change-theme', { theme: light });
                  return !document.querySelector('.jp-Notebook');
                }"""
            )
        )

    def _settle(self) -> None:
        """Wait until the notebook is shown and its kernel idle."""
        self.page.locator(".jp-Notebook").wait_for(timeout=60_000)
        try:
            self.page.wait_for_function(IDLE, timeout=30_000)
        except PlaywrightTimeout:
            # No code of ours has run yet. It happened once in some thousand starts that the page
            # never heard of a kernel that its server was connected to: a person would reconnect.
            told = self.page.evaluate(KERNEL)
            warnings.warn(f"{self.name}: reconnects to a kernel that was {told}", stacklevel=2)
            self.page.evaluate(RECONNECT)
            try:
                self.page.wait_for_function(IDLE, timeout=30_000)
            except PlaywrightTimeout:
                told = self.page.evaluate(KERNEL)
                raise AssertionError(f"{self.name}: its kernel did not get idle: {told}") from None

    def command(self, name: str) -> None:
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run all cells and wait until they are done."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_timeout(100)

    def theme(self, dark: bool) -> None:
        """Change the theme of the page."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {'Dark' if dark else 'Light'}",
        )

    def start(self, name: str) -> None:
        """Have a command done, without waiting for what it runs."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name); }", name)

    def start_all(self) -> None:
        """Run all cells without waiting."""
        self.start("notebook:run-all-cells")

    @property
    def kernel_id(self) -> str:
        return str(
            self.page.evaluate(
                "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
            )
        )

    @property
    def kernel(self) -> BlockingKernelClient:
        if self._client is None:
            client = BlockingKernelClient(context=zmq.Context.instance())
            client.load_connection_file(self.lab.runtime / f"kernel-{self.kernel_id}.json")
            client.start_channels(stdin=False, hb=False, control=False)
            self._client = client
        return self._client

    def python(self, expression: str, timeout: float = 30) -> Any:
        """Return the value of an expression in the notebook's kernel, brought over as JSON."""
        code = f"__import__('json').dumps({expression}, default=str)"
        reply = self.kernel.execute_interactive(
            "", user_expressions={"v": code}, store_history=False, silent=True, timeout=timeout,
            output_hook=lambda message: None,
        )  # fmt: skip
        found = reply["content"]["user_expressions"]["v"]
        if found["status"] != "ok":
            raise RuntimeError("\n".join(found["traceback"]))
        return json.loads(eval(found["data"]["text/plain"]))

    def comes_to(self, expression: str, value: Any, seconds: float = 10) -> None:
        """Wait until an expression has a value: a page may show a step before it tells of it."""
        deadline = time.monotonic() + seconds
        while (found := self.python(expression)) != value:
            assert time.monotonic() < deadline, f"{expression} is {found!r}, not {value!r}"
            time.sleep(0.05)

    def do(self, statement: str, timeout: float = 30) -> None:
        """Run a statement in the kernel."""
        reply = self.kernel.execute_interactive(
            statement, store_history=False, timeout=timeout, output_hook=lambda message: None
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))

    def scope(self, name: str) -> Locator:
        """Return the widget of a tensor, ready."""
        region = self.page.get_by_role("region", name=name, exact=True)
        # 'stale': shown, but read while a cell was running
        root = self.page.locator("[data-state='ready'], [data-state='stale']").filter(has=region)
        expect(root).to_be_visible(timeout=60_000)
        return region

    def state_of(self, name: str) -> str | None:
        """Return what the widget says of itself: ready, waiting, stale or dead."""
        region = self.page.get_by_role("region", name=name, exact=True)
        return self.page.locator("[data-state]").filter(has=region).get_attribute("data-state")

    def save(self) -> dict[str, Any]:
        """Save the notebook; return it as it lies on disk."""
        self.command("docmanager:save")
        return dict(json.loads((self.lab.work / self.name).read_text()))

    def shutdown(self) -> None:
        """End the kernels of the server, and see that they are gone: the next test has its own."""
        if self._client is not None:
            self._client.stop_channels()
        for session in self.lab._ask("GET", "sessions"):
            self.lab._ask("DELETE", f"sessions/{session['id']}")
