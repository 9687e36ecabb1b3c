"""One JupyterLab and one Chromium for all browser tests; a kernel of its own for each notebook."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import Lab, browser
from tests.browser.notebook import Notebook

TENSORS = """
import numpy as np, torch, tensorscope as ts
torch.manual_seed(0)
yy, xx = torch.meshgrid(torch.linspace(-3, 3, 56), torch.linspace(-3, 3, 56), indexing="ij")
act = torch.stack([torch.sin(k / 5 * xx + yy) * torch.exp(-(xx**2 + yy**2) / 6) for k in range(64)])
act = act[None].requires_grad_()
scores = torch.randn(12, 12, dtype=torch.float16)
scores[2, 3] = float("nan"); scores[4, 5] = float("inf"); scores[6, 7] = -float("inf")
big = np.arange(2**53, 2**53 + 12, dtype=np.int64).reshape(3, 4)
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the server wrote: whether a kernel died, say."""
    report = yield
    started = getattr(item, "funcargs", {}).get("jupyter")
    if report.failed and isinstance(started, Lab):
        report.sections.append(("JupyterLab's log", started.log()[-3000:]))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all: a process can start Playwright but once."""
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def jupyter(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    started = Lab(tmp_path_factory.mktemp("lab"), chromium, keeps_page=True)
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def notebook(jupyter: Lab) -> Iterator[Notebook]:
    """A notebook that shows `act` in the scope `s`; no error may be left on the console."""
    with jupyter.notebook([TENSORS, "s = ts.scope(act)\ns"]) as opened:
        yield opened
        assert opened.errors == []
