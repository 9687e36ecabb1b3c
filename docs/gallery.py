"""Take the pictures of the gallery from a notebook of its own, in a real JupyterLab.

    python docs/gallery.py          # all of them, into docs/images/
    python docs/gallery.py table    # those whose name begins so

Needs what the browser tests need: the front end built, JupyterLab, Playwright and a Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from screenshots import IMAGES, save

from tests.browser.lab import lab

SETUP = """
import numpy as np, torch, tensorscope as ts
from torch import nn
from sklearn.datasets import load_sample_image
torch.manual_seed(3)
photo = load_sample_image("china.jpg")
image = torch.tensor(photo / 255.0, dtype=torch.float32).permute(2, 0, 1)[None]
net = nn.Sequential(nn.Conv2d(3, 24, 5, stride=4), nn.ReLU(), nn.Conv2d(24, 48, 3), nn.ReLU())
with torch.no_grad():
    net[2].bias[[5, 17, 30]] = -9.0
    features = net(image)
    before = net[0](image)[0, 3]
    after = net[1](net[0](image))[0, 3]
far = np.linspace(-9, 9, 16384, dtype=np.float32)
plane = np.sin(far)[:, None] * np.cos(far * 0.7)[None]
plane[9000, 12000] = np.nan
logits = torch.randn(12, 40) * 3
"""

WATCHED = """
model = nn.Sequential()
model.add_module("stem", nn.Conv2d(3, 8, 3, padding=1))
model.add_module("act", nn.ReLU())
model.add_module("conv", nn.Conv2d(8, 16, 3, stride=2))
model.add_module("relu", nn.ReLU())
model.add_module("flat", nn.Flatten())
model.add_module("fc", nn.Linear(16 * 7 * 7, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
x, y = torch.randn(32, 3, 16, 16), torch.randint(0, 10, (32,))
w = ts.watch(model, every=10)
w.break_when("~isfinite(x)", action="log")
with w:
    for k in range(121):
        if k == 110:
            with torch.no_grad(): model.conv.weight[3] = float("inf")
        loss = nn.functional.cross_entropy(model(x), y)
        ts.probe("loss", loss)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
w
"""


@dataclass(frozen=True)
class Scene:
    """A picture: the region that it shows, the cell that makes it, and the kernel's last touch."""

    name: str
    region: str
    cell: str
    touch: str = ""


SCENES = [
    Scene("photo", "photo", "p = ts.scope(photo, view={'rgb': 2})\np", "p.cell = (180, 320, 0)"),
    Scene("maps", "features",
          "f = ts.scope(features, '[0, :, :, :]', view={'grid': 1, 'sort': '-std'})\nf"),
    Scene("named", "after",
          "n = ts.scope(after, where={'strong': 'x > 0.3', 'silent': 'x == 0'})\nn"),
    Scene("table", "logits",
          "t = ts.scope(logits, where='x > 4', view={'table': True})\nt", "t.cell = (3, 2)"),
    Scene("large", "plane", "l = ts.scope(plane)\nl"),
    Scene("watch", "w", WATCHED),
]  # fmt: skip


def main(wanted: Callable[[str], bool]) -> None:
    with lab(Path(tempfile.mkdtemp())) as jupyter:
        cells = [SETUP, *(scene.cell for scene in SCENES)]
        with jupyter.notebook(cells, "gallery.ipynb", height=12_000) as opened:
            opened.python("1", timeout=300)  # answered when the last cell is done
            opened.page.wait_for_timeout(6000)
            for dark in (False, True):
                opened.theme(dark)
                opened.page.wait_for_timeout(1500)
                for scene in SCENES:
                    if not wanted(scene.name):
                        continue
                    if scene.touch:
                        opened.do(scene.touch)
                        opened.page.wait_for_timeout(1000)
                    region = opened.page.get_by_role("region", name=scene.region, exact=True).first
                    shade = "dark" if dark else "light"
                    save(region.screenshot(), IMAGES / f"gallery-{scene.name}-{shade}.png")


if __name__ == "__main__":
    words = tuple(sys.argv[1:])
    main(lambda name: not words or name.startswith(words))
