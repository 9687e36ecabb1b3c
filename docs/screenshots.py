"""Take the pictures of README and docs from the real first notebook, in a real JupyterLab.

    python docs/screenshots.py            # all of them, into docs/images/
    python docs/screenshots.py channels   # those whose name begins so

Needs what the browser tests need: the front end built, JupyterLab, Playwright and a Chromium.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # the kernel shows this checkout, not an installed one

from tests.browser.lab import Lab, lab  # noqa: E402  (found once the path is set)
from tests.browser.notebook import Notebook  # noqa: E402  (found once the path is set)

FIRST = ROOT / "notebooks" / "01-how-do-i-retrieve-a-tensors-value.ipynb"
IMAGES = ROOT / "docs" / "images"
LIMIT = 200_000  # bytes a picture

#: Cells that the pictures need and the notebook does not have.
MORE = [
    """
torch.manual_seed(1)
scores = torch.randn(10, 16, dtype=torch.float16)
scores[2, 3] = scores[2, 4] = float("nan")
scores[6, 11], scores[7, 2] = float("inf"), -float("inf")
t = ts.scope(scores)
t
""",
    """
import ipywidgets
column = net.conv2.weight.detach()
n = ts.scope(column, "[5, :, :, 1]", where="abs(x) > 0.1")
ipywidgets.VBox([n.widget], layout=ipywidgets.Layout(width="400px"))
""",
]


@dataclass(frozen=True)
class Shot:
    """A picture: the tensor whose scope it shows, and what is done in the kernel before."""

    name: str
    tensor: str
    prepare: str = ""


SHOTS = [
    Shot("scope", "act", "s.where = 'x > 0.7'; s.cell = None; s.cell = (0, 20, 10, 12)"),
    Shot("slice", "embeddings", "e.expr = '[::8, :]'; e.cell = (32, int(embeddings[32].argmax()))"),
    Shot("condition", "first", "p.where = '0.4 < x < 0.6'; p.cell = (18, 4)"),
    Shot("channels", "a"),
    Shot("nonfinite", "scores", "t.cell = (2, 3)"),
    Shot("narrow", "column", "n.cell = (5, 0, 0, 1); n.cell = (5, 21, 0, 1)"),
]


def save(png: bytes, path: Path) -> None:
    """Write a picture with a palette of 256 colours: a third of the size, and the eye sees none."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    # kmeans: without it, the few pixels of the colour ramp lose to the many of the text.
    image.quantize(256, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size >= LIMIT:
        raise SystemExit(f"{path.name} has {size} bytes, and {LIMIT} are allowed: crop it")
    sys.stdout.write(f"{path.name}  {image.width} × {image.height}  {size // 1000} kB\n")


def open_first(jupyter: Lab, stack: ExitStack, width: int = 1280, height: int = 16_000) -> Notebook:
    """Open a copy of the notebook, with the further cells; tall enough to hold every scope."""
    notebook = nbformat.read(FIRST, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(source.strip()) for source in MORE]
    nbformat.write(notebook, jupyter.work / FIRST.name)
    context = jupyter.browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2
    )
    stack.callback(context.close)
    opened = Notebook(jupyter, context.new_page(), FIRST.name)
    stack.callback(opened.shutdown)
    opened.open()
    return opened


def take(opened: Notebook, shot: Shot) -> bytes:
    """Bring a scope into its state and return its picture."""
    scope = opened.scope(shot.tensor)
    if shot.prepare:
        opened.do(shot.prepare)
        opened.page.wait_for_timeout(800)
    # Read again now that no cell runs, so that the picture is of one moment.
    scope.get_by_role("button", name="Refresh").click()
    opened.page.mouse.move(2, 2)
    opened.page.wait_for_timeout(800)
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.wait_for_timeout(200)
    if "unsynchronised" in scope.inner_text():
        raise SystemExit(f"{shot.name}: the scope was read while a cell ran; try again")
    return scope.screenshot()


def main(wanted: Callable[[str], bool]) -> None:
    IMAGES.mkdir(exist_ok=True)
    with lab(Path(tempfile.mkdtemp())) as jupyter, ExitStack() as stack:
        opened = open_first(jupyter, stack)
        opened.run_all()
        opened.python("1", timeout=120)  # answered when the last cell is done
        for dark in (False, True):
            opened.theme(dark)
            opened.page.wait_for_timeout(1500)
            for shot in SHOTS:
                if wanted(shot.name):
                    save(
                        take(opened, shot),
                        IMAGES / f"{shot.name}-{'dark' if dark else 'light'}.png",
                    )
        if opened.errors:
            raise SystemExit("\n".join(["the console says:", *opened.errors]))


if __name__ == "__main__":
    names = tuple(sys.argv[1:])
    main(lambda name: not names or name.startswith(names))
