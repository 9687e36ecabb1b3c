"""Every notebook as it lies in the repo: no outputs, names that stay, nothing downloaded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.conftest import NOTEBOOKS

FILES = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem[:2])
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def test_the_file_carries_no_outputs(notebook: NotebookNode) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 10
    assert [c.id for c in code if c.outputs or c.execution_count is not None] == []
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells if cell.metadata] == []


def test_every_cell_has_a_stable_name(notebook: NotebookNode) -> None:
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names)
    # JupyterLab makes up eight hexadecimal digits for a cell that was never named.
    assert [name for name in names if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name)] == []


def test_the_file_is_written_one_way(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"


def test_nothing_is_downloaded(notebook: NotebookNode) -> None:
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert re.findall(r"https?://|urlopen|download|fetch_|^[!%]", code, re.MULTILINE) == []
