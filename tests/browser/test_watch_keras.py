"""A watch of Keras' `fit` in a real JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.test_watch import pause_and_step, scope_of
from tests.browser.watched import FIT, KERAS, PAUSED, interrupt, row, runs, status, trained


def test_fit_answers_pauses_and_steps(jupyter: Lab) -> None:
    with trained(jupyter, [KERAS, "w", FIT]) as (opened, watch):
        row(watch, "conv").click()
        scope = scope_of(watch, "conv")
        watch.get_by_role("slider", name="Step").focus()
        opened.page.keyboard.press("Home")
        expect(scope).to_contain_text(re.compile(r"output · step 0(?!\d)"))
        opened.page.keyboard.press("ArrowRight")
        expect(scope).to_contain_text(re.compile(r"output · step 10(?!\d)"))
        expect(scope.get_by_role("status", name="Code")).to_contain_text(
            'w.record("conv", step=10)'
        )
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, :, 0]")
        runs(opened)
        pause_and_step(opened, watch)
        expect(status(watch)).to_contain_text("Running")
        # A paused cell can be interrupted: the kernel is free again.
        watch.get_by_role("button", name="Pause").click()
        expect(status(watch)).to_contain_text(PAUSED)
        interrupt(opened)
        opened.do("after = 1")
