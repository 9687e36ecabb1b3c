"""A slice step in a real JupyterLab, from the key's event to the painted picture.

Beside it, in the same browser and kernel: `ipywidgets.interact` with `plt.imshow`, from the key's
event to the new image in the page. Median of single steps, 300 ms apart, and of a burst.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.measure import Row, emit
from tests.browser.lab import lab
from tests.browser.notebook import Notebook

SETUP = """
import torch, tensorscope as ts
import matplotlib.pyplot as plt
from ipywidgets import interact, IntSlider
act = torch.randn(8, 64, 56, 56)
s = ts.scope(act)
"""
PEER = """
@interact(k=IntSlider(0, 0, 63))
def show(k):
    plt.imshow(act[0, k])
    plt.show()
"""

#: Notes when a key goes down and when our picture was painted; both on the page's clock.
WATCH_OURS = """
() => {
  window.keys = []; window.paints = [];
  document.addEventListener('keydown', e => window.keys.push(e.timeStamp), true);
  new PerformanceObserver(list => {
    for (const mark of list.getEntries())
      if (mark.name === 'tensorscope:painted') window.paints.push(mark.startTime);
  }).observe({ type: 'mark', buffered: false });
}
"""
#: An image counts as shown when the frame after its loading begins.
WATCH_PEER = """
() => {
  window.keys = []; window.paints = [];
  document.addEventListener('keydown', e => window.keys.push(e.timeStamp), true);
  new MutationObserver(list => {
    for (const change of list) for (const node of change.addedNodes)
      if (node.querySelectorAll) {
        const found = node.tagName === 'IMG' ? [node] : [...node.querySelectorAll('img')];
        for (const image of found) image.decode().then(
          () => requestAnimationFrame(() => window.paints.push(performance.now())));
      }
  }).observe(document.body, { childList: true, subtree: true });
}
"""


def steps(opened: Notebook, count: int, gap: int) -> list[float]:
    """Press the right arrow `count` times, `gap` ms apart; give ms from each key to its picture."""
    page = opened.page
    page.evaluate("() => { window.keys = []; window.paints = []; }")
    for _ in range(count):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(gap)
    page.wait_for_timeout(1500)
    keys, paints = page.evaluate("() => [window.keys, window.paints]")
    taken = []
    for at in keys:
        after = [paint for paint in paints if paint > at]
        if after:
            taken.append(min(after) - at)
    assert len(taken) >= 0.9 * count, (len(keys), len(paints))
    return taken


def measure(folder: Path) -> dict[str, list[float]]:
    found = {}
    with lab(folder) as jupyter:
        with jupyter.notebook([SETUP, "s"], height=1300) as opened:
            slider = opened.scope("act").get_by_role("slider", name="dim 1")
            slider.focus()
            opened.page.evaluate(WATCH_OURS)
            steps(opened, 5, 300)
            found["ours"] = steps(opened, 25, 300)
            found["burst"] = steps(opened, 25, 60)
        with jupyter.notebook([SETUP, PEER], height=1300) as opened:
            handle = opened.page.locator(".noUi-handle").first
            handle.wait_for(timeout=20_000)
            handle.focus()
            opened.page.evaluate(WATCH_PEER)
            steps(opened, 5, 600)
            found["peer"] = steps(opened, 25, 600)
    return found


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    ours, burst, peer = (statistics.median(found[k]) / 1e3 for k in ("ours", "burst", "peer"))
    p95 = sorted(found["ours"])[int(0.95 * len(found["ours"]))]
    name = "ipywidgets.interact + plt.imshow"
    return [
        Row("slice step to painted 56², JupyterLab", ours, goal="median < 75 ms", ok=ours < 0.075,
            peers={name: peer}, note=f"95 % within {p95:.0f} ms"),
        Row("the same against interact", ours, limit=peer, goal=0.5),
        Row("the same, steps 60 ms apart", burst, goal="median < 75 ms", ok=burst < 0.075),
    ]  # fmt: skip


if __name__ == "__main__":
    emit(rows())
