"""A real JupyterLab, and a headless Chromium that opens notebooks in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import zmq
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.notebook import Notebook

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


#: Notebooks that a page shows before a fresh one takes its place: it never lets go of modules.
MOST = 30


def chromium_path() -> str | None:
    """Return a Chromium: the one that is named, one on PATH, or None for Playwright's own."""
    named = os.environ.get("TENSORSCOPE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Lab:
    """A JupyterLab server with a configuration of its own, and a browser."""

    def __init__(
        self, folder: Path, browser: Browser, options: Sequence[str] = (), subshells: bool = True,
        keeps_page: bool = False,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.keeps_page = keeps_page
        self.browser = browser
        self.port = free_port()
        self.runtime = folder / "runtime"
        self._apputils = folder / "settings" / "@jupyterlab" / "apputils-extension"
        #: A page of JupyterLab that shows no notebook now, and how many it has shown.
        self._kept: Page | None = None
        self._shown = 0
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        if not subshells:
            self._settings("kernels-settings", {"commsOverSubshells": "disabled"})
        self._settings("notification", {"fetchNews": "false", "checkForUpdates": False})
        env = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        self._log = (folder / "server.log").open("w")
        self._server = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1",
                f"--port={self.port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
                f"--ServerApp.root_dir={self.work}", "--LabApp.expose_app_in_browser=True",
                "--ServerApp.allow_root=True", "--ServerApp.disable_check_xsrf=True",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--LabApp.news_url=None",
                "--JupyterNotebookApp.expose_app_in_browser=True", *options,
            ],
            env=env, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._wait()
        self._spare = self._warm()

    def _ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the server."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{what}", method=method,
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read() or b"null")

    def _warm(self) -> tuple[str, BlockingKernelClient]:
        """Start a kernel that imports what most notebooks do, while another test runs.

        Returns its id and what told it, to be kept until the kernel is used: a client that is
        stopped before the kernel listens takes what it sent along.
        """
        # `path`: it runs in the folder of the notebooks.
        started = self._ask("POST", "kernels", {"name": "python3", "path": "warm.ipynb"})
        kernel = str(started["id"])
        client = BlockingKernelClient(context=zmq.Context.instance())
        client.load_connection_file(self.runtime / f"kernel-{kernel}.json")
        client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        client.execute("import torch, tensorscope.session", silent=True, store_history=False)
        return kernel, client

    def bind_spare(self, name: str) -> None:
        """Give a notebook the kernel that was warmed up; warm up the next."""
        kernel, client = self._spare
        client.stop_channels()
        self._spare = self._warm()
        bound = {"path": name, "name": name, "type": "notebook", "kernel": {"id": kernel}}
        self._ask("POST", "sessions", bound)

    def _settings(self, plugin: str, values: dict[str, Any]) -> None:
        self._apputils.mkdir(parents=True, exist_ok=True)
        (self._apputils / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self._server.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/status", timeout=2):
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(self.log()[-4000:])

    def log(self) -> str:
        """Return what the server and its kernels wrote."""
        return (self.folder / "server.log").read_text()

    def close(self) -> None:
        self._spare[1].stop_channels()
        self._server.terminate()
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._log.close()

    def older_kernel(self, version: str) -> str:
        """Offer another ipykernel, which `make setup` puts beside the environment; its name."""
        folder = Path(sys.prefix) / "kernels" / f"ipykernel-{version}"
        if not folder.is_dir():
            raise RuntimeError(f"there is no ipykernel {version} in {folder}: run make setup")
        name = f"ipykernel-{version}"
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])},
        }
        place = self.folder / "data" / "kernels" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "kernel.json").write_text(json.dumps(spec))
        return name

    def write(self, name: str, cells: Sequence[str], kernel: str = "python3") -> Path:
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook.metadata["kernelspec"] = {
            "name": kernel, "display_name": kernel, "language": "python"
        }  # fmt: skip
        path = self.work / name
        nbformat.write(notebook, path)
        return path

    @contextmanager
    def notebook(
        self, cells: Sequence[str], name: str = "test.ipynb", width: int = 1280, height: int = 1500,
        run: bool = True, scale: float = 1, host: str = "doc/tree", kernel: str = "python3",
        anew: bool = False,
    ) -> Iterator[Notebook]:  # fmt: skip
        """Write cells into a notebook, open it and run it.

        JupyterLab takes most of a test's time to start: where the lab keeps its page, that opens
        one notebook after the other. ``anew``: in a page that has shown none.
        """
        self.write(name, cells, kernel)
        if kernel == "python3":
            self.bind_spare(name)
        # A page knows of the kernels that there were when it was loaded.
        plain = self.keeps_page and scale == 1 and host == "doc/tree" and kernel == "python3"
        plain = plain and not anew
        page = self._kept if plain else None
        if page is None:
            (self._apputils / "themes.jupyterlab-settings").unlink(missing_ok=True)
            context = self.browser.new_context(
                viewport={"width": width, "height": height}, device_scale_factor=scale,
                permissions=["clipboard-read", "clipboard-write"],
            )  # fmt: skip
            opened = Notebook(self, context.new_page(), name, host)
        else:
            self._kept = None
            page.set_viewport_size({"width": width, "height": height})
            opened = Notebook(self, page, name, host)
        good = False
        try:
            if page is None:
                opened.open()
            else:
                opened.open_beside()
            if run:
                opened.run_all()
            yield opened
            if plain:
                self._shown = 1 if page is None else self._shown + 1
                good = not opened.errors and self._shown < MOST
        finally:
            if good and opened.leave():
                self._kept = opened.page
            else:
                opened.page.context.close()
            opened.shutdown()


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    # What a test waits for takes as long as the machine that runs it is slow.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_FLAGS, headless=True
        )
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Start a browser and a JupyterLab."""
    with browser() as chromium:
        started = Lab(folder, chromium)
        try:
            yield started
        finally:
            started.close()
