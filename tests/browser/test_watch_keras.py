"""A watch of Keras' `fit` in a real JupyterLab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.test_watch import PUMPED, pause_and_step, scope_of
from tests.browser.watched import FIT, KERAS, PAUSED, interrupt, row, runs, status, trained


def looks_pauses_and_steps(opened: Notebook, watch: Locator) -> None:
    row(watch, "conv").click()
    scope = scope_of(watch, "conv")
    watch.get_by_role("slider", name="Step").focus()
    opened.page.keyboard.press("Home")
    expect(scope).to_contain_text(re.compile(r"output · step 0(?!\d)"))
    opened.page.keyboard.press("ArrowRight")
    expect(scope).to_contain_text(re.compile(r"output · step 10(?!\d)"))
    expect(scope.get_by_role("status", name="Code")).to_contain_text('w.record("conv", step=10)')
    expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, :, 0]")
    runs(opened)
    pause_and_step(opened, watch)
    expect(status(watch)).to_contain_text("Running")
    # A paused cell can be interrupted: the kernel is free again.
    watch.get_by_role("button", name="Pause").click()
    expect(status(watch)).to_contain_text(PAUSED)
    interrupt(opened)
    opened.do("after = 1")


def test_fit_answers_pauses_and_steps(jupyter: Lab) -> None:
    with trained(jupyter, [KERAS, "w", FIT]) as (opened, watch):
        looks_pauses_and_steps(opened, watch)


#: A loop of the user's own, compiled as a whole: no Python of ours runs on the main thread.
OWN = """
import tensorflow as tf
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    net.optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    return loss
with w:
    for k in range(4000):
        time.sleep(0.01)
        train_step(images[:16], labels[:16])
"""


@pytest.mark.parametrize("loop", [FIT, OWN], ids=["fit", "own"])
def test_it_answers_by_the_pump(jupyter: Lab, loop: str) -> None:
    with trained(jupyter, [KERAS + PUMPED, "w", loop], subshells=False) as (opened, watch):
        looks_pauses_and_steps(opened, watch)


def test_fit_answers_in_an_older_kernel(jupyter: Lab) -> None:
    kernel = jupyter.older_kernel("6.31")
    with trained(jupyter, [KERAS, "w", FIT], kernel=kernel) as (opened, watch):
        looks_pauses_and_steps(opened, watch)
