"""What the tests of a watch in the page share: a small CNN, its training, and where things are."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

#: What the status says of a loop that waits.
PAUSED = re.compile("Paused (at|before)")

MODEL = """
import torch, tensorscope as ts
from torch import nn
torch.manual_seed(0)
torch.set_num_threads(1)  # threads that spin for each other would measure the machine's load
net = nn.Sequential()
net.add_module("stem", nn.Conv2d(3, 8, 3, padding=1))
net.add_module("act", nn.ReLU())
net.add_module("layer1", nn.Sequential())
net.layer1.add_module("conv", nn.Conv2d(8, 16, 3, stride=2, padding=1))
net.layer1.add_module("relu", nn.ReLU())
net.add_module("pool", nn.Flatten())
net.add_module("fc", nn.Linear(16 * 8 * 8, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
images, labels = torch.randn(16, 3, 16, 16), torch.randint(0, 10, (16,))
w = ts.watch(net, every=10)
"""

#: The same in Keras, whose `fit` is the loop. It sleeps between batches, as a loader would.
KERAS = """
import os, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np, tensorscope as ts
from keras import layers
keras.utils.set_random_seed(0)
net = keras.Sequential([
    keras.Input((16, 16, 3)),
    layers.Conv2D(8, 3, padding="same", name="stem"),
    layers.ReLU(name="act"),
    layers.Conv2D(16, 3, strides=2, name="conv"),
    layers.Flatten(name="flat"),
    layers.Dense(10, name="fc"),
])
net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
images, labels = np.random.randn(64, 16, 16, 3).astype("f4"), np.random.randint(0, 10, 64)
w = ts.watch(net, every=10)
class Loader(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        time.sleep(0.01)
"""
FIT = """
with w:
    net.fit(images, labels, batch_size=16, epochs=1000, verbose=0, callbacks=[Loader()])
"""

#: `LOOP` trains for STEPS steps; what a test wants to do between them goes in place of `pass`.
LOOP = """
import time
with w:
    for k in range(STEPS):
        time.sleep(0.01)  # the loader
        pass
        loss = nn.functional.cross_entropy(net(images), labels)
        ts.probe("loss", loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def training(steps: int = 4000, between: str = "pass") -> str:
    return LOOP.replace("STEPS", str(steps)).replace("pass", between, 1)


NUMBERS = itertools.count()

NO_SUBSHELLS = """
() => {
  const session = window.jupyterapp.shell.currentWidget.sessionContext.session;
  session.kernel.commsOverSubshells = 'disabled';
}
"""


@contextmanager
def trained(
    jupyter: Lab, cells: Sequence[str], subshells: bool = True, kernel: str = "python3"
) -> Iterator[tuple[Notebook, Locator]]:
    """Open a notebook, and give its watch once the training is under way; end it after.

    `subshells`: whether JupyterLab may use them for comms, as its setting commsOverSubshells says.
    """
    if not subshells:
        jupyter._settings("kernels-settings", {"commsOverSubshells": "disabled"})
    # A name of its own: the kernel that trained under another may still be on its way out.
    name = f"watch-{next(NUMBERS)}.ipynb"
    with jupyter.notebook(cells, name=name, run=False, kernel=kernel) as opened:
        if not subshells:
            jupyter._settings("kernels-settings", {"commsOverSubshells": "perCommTarget"})
            opened.page.evaluate(NO_SUBSHELLS)  # where the notebook was there before the setting
        try:
            opened.start_all()
            watch = region(opened)
            # Step 10 is over, so that it is on record beside step 0.
            beyond_ten = re.compile(r"Running, step (1[1-9]|[2-9]\d|\d{3,})")
            expect(status(watch)).to_contain_text(beyond_ten, timeout=40_000)
            yield opened, watch
        finally:
            interrupt(opened)
        assert opened.errors == []
        assert opened.python("'ts' in globals()")  # the kernel has not died meanwhile


def interrupt(opened: Notebook) -> None:
    opened.command("notebook:interrupt-kernel")
    expect(opened.page.locator(".jp-InputPrompt").last).not_to_have_text("[*]:", timeout=15_000)


def region(opened: Notebook) -> Locator:
    """Return the watch's widget, once a picture is in it."""
    found = opened.page.get_by_role("region", name="w", exact=True)
    expect(found).to_be_visible(timeout=30_000)
    return found


def row(watch: Locator, name: str) -> Locator:
    return watch.get_by_role("tree", name="Modules").locator(f'[data-row="{name}"]')


def status(watch: Locator) -> Locator:
    return watch.get_by_role("status", name="Training")


def step_of(watch: Locator) -> int:
    found = re.search(r"step (\d+)", status(watch).inner_text())
    assert found
    return int(found[1])


def runs(opened: Notebook) -> None:
    """Assert that the last cell is running still."""
    expect(opened.page.locator(".jp-InputPrompt").last).to_have_text("[*]:")


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
