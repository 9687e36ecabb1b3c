"""What a scope weighs: the bundle, and a saved notebook with ten scopes."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from benchmarks.measure import Row, emit
from tests.browser.lab import Lab, lab

BUNDLE = Path(__file__).parent.parent / "tensorscope" / "static"
CELLS = [
    "import torch, tensorscope as ts\ntorch.manual_seed(0)\nact = torch.randn(8, 64, 56, 56)"
] + [f"ts.scope(act, '[0, {k}]')" for k in range(10)]


def saved(jupyter: Lab, keep_state: bool) -> tuple[int, int]:
    """Return the bytes of the saved notebook, and of the pictures in it."""
    with jupyter.notebook(CELLS, height=3000) as opened:
        opened.page.wait_for_timeout(4000)
        if keep_state:
            opened.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
        opened.save()
        text = (jupyter.work / opened.name).read_text()
    notebook = json.loads(text)
    pictures = [
        output["data"].get("image/png", "")
        for cell in notebook["cells"]
        for output in cell["outputs"]
        if "data" in output
    ]
    assert len([p for p in pictures if base64.b64decode(p)]) == 10
    assert bool(notebook["metadata"].get("widgets")) == keep_state
    return len(text), sum(map(len, pictures))


def rows() -> list[Row]:
    sizes = {
        name: (BUNDLE / name).stat().st_size
        for name in ("widget.js", "widget.css", "watch.js", "watch.css", "extras.js")
    }
    bundle, extras = sizes["widget.js"], sizes["extras.js"]
    said = ", ".join(f"{name} {size / 1e3:.1f} kB" for name, size in sizes.items())
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder)) as jupyter:
        plain, pictures = saved(jupyter, keep_state=False)
        stateful, _ = saved(jupyter, keep_state=True)
    beyond = plain - pictures
    return [
        Row("script of a scope, minified", 0, goal="≤ 150 kB", ok=bundle <= 150_000, note=said),
        Row("loaded when first needed", 0, goal="≤ 60 kB", ok=extras <= 60_000,
            note=f"{extras / 1e3:.1f} kB, once a page"),
        Row("notebook of 10 scopes beyond its pictures", 0, goal="< 1 MB", ok=beyond < 1_000_000,
            note=f"{beyond / 1e3:.1f} kB, pictures {pictures / 1e3:.0f} kB"),
        Row("the same with widget state saved", 0, note=f"{stateful / 1e6:.2f} MB in all"),
    ]  # fmt: skip


if __name__ == "__main__":
    emit(rows())
