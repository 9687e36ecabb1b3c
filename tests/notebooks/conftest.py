"""The notebooks: as they lie in the repo, and as they are after one run in a fresh kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIRST = NOTEBOOKS / "01-how-do-i-retrieve-a-tensors-value.ipynb"
SECOND = NOTEBOOKS / "02-the-same-question-in-tensorflow-jax-and-numpy.ipynb"
THIRD = NOTEBOOKS / "03-inside-a-cnn-while-it-trains.ipynb"
FOURTH = NOTEBOOKS / "04-keras-and-jax.ipynb"


class Run:
    """A notebook that was executed once, with its kernel still alive for questions."""

    def __init__(self, notebook: NotebookNode, client: NotebookClient) -> None:
        self.notebook = notebook
        self.client = client

    def outputs(self, cell_id: str) -> list[NotebookNode]:
        (cell,) = [cell for cell in self.notebook.cells if cell.id == cell_id]
        return list(cell.outputs)

    def text(self, cell_id: str) -> str:
        """Return all that a cell printed, and its result, as a reader sees them."""
        parts = [
            out.text if out.output_type == "stream" else out.data["text/plain"] + "\n"
            for out in self.outputs(cell_id)
        ]
        return "".join(parts).rstrip("\n")

    def ask(self, code: str) -> str:
        """Run one more cell in the same kernel and return what it printed."""
        cell = nbformat.v4.new_code_cell(code)
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        self.client.nb.cells.pop()
        return "".join(out.text for out in cell.outputs if out.output_type == "stream").strip()


@pytest.fixture(scope="session")
def first() -> NotebookNode:
    return nbformat.read(FIRST, as_version=4)


def execute(path: Path, folder: Path) -> Iterator[Run]:
    """Execute a notebook top to bottom; a cell that raises fails here, with its traceback."""
    notebook = nbformat.read(path, as_version=4)
    patch = pytest.MonkeyPatch()
    patch.setenv("IPYTHONDIR", str(folder))
    # The kernel of this Python, also where the user has a 'python3' kernel of their own.
    patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    patch.setenv(
        "PYTHONPATH",
        os.pathsep.join([str(NOTEBOOKS.parent), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": NOTEBOOKS}}
    )
    try:
        with client.setup_kernel():
            for position, cell in enumerate(notebook.cells):
                client.execute_cell(cell, position)
            yield Run(notebook, client)
    finally:
        patch.undo()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The first notebook, executed."""
    yield from execute(FIRST, tmp_path_factory.mktemp("ipython"))


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The second notebook, executed."""
    yield from execute(SECOND, tmp_path_factory.mktemp("ipython"))


@pytest.fixture(scope="session")
def third(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The third notebook, executed."""
    yield from execute(THIRD, tmp_path_factory.mktemp("ipython"))


@pytest.fixture(scope="session")
def fourth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The fourth notebook, executed."""
    yield from execute(FOURTH, tmp_path_factory.mktemp("ipython"))
