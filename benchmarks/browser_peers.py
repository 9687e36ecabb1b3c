"""The same tensor in other viewers, in one JupyterLab: bytes sent, time to paint, time per click.

treescope and Apple's tensor-visualizer send the whole tensor once and never ask the kernel again;
`ipywidgets.interact` with `plt.imshow` asks it for every picture, as we do.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator

from benchmarks.measure import Row, emit
from tests.browser.lab import Lab, lab
from tests.browser.notebook import Notebook

TENSOR = """
import numpy as np
import tensorscope as ts, treescope, matplotlib.pyplot as plt
from tensor_visualizer import TensorVisualizer
from ipywidgets import interact, IntSlider
plt.figure(); plt.close()
x = np.random.default_rng(0).standard_normal((64, 256, 256), dtype=np.float32)
"""
INTERACT = """
@interact(k=IntSlider(0, 0, 63))
def show(k):
    plt.imshow(x[k])
    plt.show()
"""


@dataclass
class Viewer:
    """One way to look at the tensor.

    Attributes
    ----------
    cell : str
        What shows it.
    slider : str
        The selector of what moves along the first dim.
    paints : str
        What counts as painted: our own mark, a drawing on a large canvas, or an image.
    """

    name: str
    cell: str
    slider: str
    paints: str


VIEWERS = (
    Viewer("tensorscope", "ts.scope(x)", "input[type=range][aria-label='dim 0']", "mark"),
    Viewer(
        "treescope",
        "treescope.render_array(x, rows=[1], columns=[2], sliders=[0], truncate=False)",
        "input[type=range]",
        "canvas",
    ),
    Viewer("tensor-visualizer", "TensorVisualizer(x)", "input[type=range]", "canvas"),
    Viewer("interact + plt.imshow", INTERACT, ".noUi-base", "image"),
)

#: Notes acts and paintings, on the page's clock; a painting counts when the next frame begins.
LISTEN = """
kind => {
  window.acts = []; window.paints = [];
  const painted = () => requestAnimationFrame(() => window.paints.push(performance.now()));
  document.addEventListener('pointerdown', e => window.acts.push(e.timeStamp), true);
  if (kind === 'mark') {
    new PerformanceObserver(list => {
      for (const mark of list.getEntries())
        if (mark.name === 'tensorscope:painted') window.paints.push(mark.startTime);
    }).observe({ type: 'mark', buffered: false });
  } else if (kind === 'image') {
    new MutationObserver(list => {
      for (const change of list) for (const node of change.addedNodes)
        if (node.querySelectorAll) {
          const found = node.tagName === 'IMG' ? [node] : [...node.querySelectorAll('img')];
          for (const image of found) image.decode().then(painted);
        }
    }).observe(document.body, { childList: true, subtree: true });
  } else {
    const wrap = (type, names) => {
      for (const name of names) {
        const before = type.prototype[name];
        type.prototype[name] = function (...args) {
          if (this.canvas.width * this.canvas.height > 10000) painted();
          return before.apply(this, args);
        };
      }
    };
    wrap(CanvasRenderingContext2D, ['putImageData', 'drawImage', 'fillRect']);
    wrap(WebGL2RenderingContext, ['drawArrays', 'drawElements']);
    wrap(WebGLRenderingContext, ['drawArrays', 'drawElements']);
  }
}
"""
RUN = """
async () => {
  window.acts = []; window.paints = [];
  window.acts.push(performance.now());
  await window.jupyterapp.commands.execute('notebook:run-cell');
}
"""
ROUNDS, CLICKS = 3, 20


@contextmanager
def shown(jupyter: Lab, viewer: Viewer) -> Iterator[tuple[Notebook, list[int], float]]:
    """Show the tensor; gives the page, bytes as they come, and the seconds to the first paint."""
    cells = [TENSOR, viewer.cell]
    with jupyter.notebook(cells, f"{viewer.name[:6]}.ipynb", run=False, height=1400) as opened:
        page = opened.page
        received = [0]

        def count(payload: str | bytes) -> None:
            received[0] += len(payload)

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.reload()  # from now on sockets are listened to
        page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget")
        page.locator(".jp-Cell").nth(1).wait_for()
        page.locator(".jp-Cell").first.locator(".jp-InputPrompt").click()
        page.evaluate("async () => await window.jupyterapp.commands.execute('notebook:run-cell')")
        page.evaluate(LISTEN, viewer.paints)
        page.locator(".jp-Cell").nth(1).locator(".jp-InputPrompt").click()
        received[0] = 0
        page.evaluate(RUN)
        page.wait_for_function("window.paints.length > 0", timeout=60_000)
        page.wait_for_timeout(1500)
        acts, paints = page.evaluate("() => [window.acts, window.paints]")
        yield opened, received, (min(p for p in paints if p > acts[0]) - acts[0]) / 1e3


def clicks(opened: Notebook, slider: Locator) -> list[float]:
    """Click along the slider (JupyterLab keeps keys from some); seconds to each picture."""
    page = opened.page
    slider.first.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = slider.first.bounding_box()
    assert box
    page.evaluate("() => { window.acts = []; window.paints = []; }")
    for k in range(CLICKS):
        share = 0.1 + 0.8 * ((7 * k) % CLICKS) / CLICKS
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(600)
    acts, paints = page.evaluate("() => [window.acts, window.paints]")
    taken = [min(after) - at for at in acts if (after := [p for p in paints if p > at])]
    assert len(taken) >= 0.9 * CLICKS, (len(acts), len(paints))
    return [ms / 1e3 for ms in taken]


def rows() -> list[Row]:
    made, asked = [], {}
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder)) as jupyter:
        for viewer in VIEWERS:
            first, each, sent, more = [], [], 0, 0
            for turn in range(ROUNDS):
                with shown(jupyter, viewer) as (opened, received, seconds):
                    first.append(seconds)
                    sent = received[0]
                    if turn == 0:
                        each = clicks(opened, opened.page.locator(viewer.slider))
                        more = (received[0] - sent) // CLICKS
            asked[viewer.name] = statistics.median(each)
            task = f"64 × 256 × 256 float32, {viewer.name}"
            made += [
                Row(f"{task}: shown", statistics.median(first), note=f"{sent / 1e6:.2f} MB sent"),
                Row(f"{task}: a click", asked[viewer.name], note=f"{more / 1e3:.0f} kB sent"),
            ]  # fmt: skip
    ours, peer = asked["tensorscope"], asked["interact + plt.imshow"]
    made.append(Row("a click against the peer that asks the kernel", ours, limit=peer, goal=0.2))
    return made


if __name__ == "__main__":
    emit(rows())
