"""Stopping fit: breakpoints, pauses, interrupts, errors; hooks always come off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tensorscope.capture.watch import Watch
from tests.capture.keras_models import X, Y, compiled, fit, fresh, stack, until, untouched


class Poisoned(layers.BatchNormalization):
    """Makes a NaN from a given step on."""

    def __init__(self, after: int) -> None:
        super().__init__(name="norm")
        self.after, self.count = after, tf.Variable(0, trainable=False)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        made = super().call(inputs, training, mask)
        return made * tf.where(self.count.assign_add(1) > self.after, np.float32(np.nan), 1.0)


def poisoned(after: int) -> Any:
    first, _, *rest = stack()
    return compiled(keras.Sequential([keras.Input((6, 6, 1)), first, Poisoned(after), *rest]))


def test_a_breakpoint_ends_fit_with_its_words() -> None:
    model = poisoned(2)
    with Watch(model, every=100) as watch:
        point = watch.break_when("any(isnan(x))", action="raise")
        with pytest.raises(Exception, match=r"isnan.* on the output of norm .*step 2"):
            fit(model)
    assert point.hits == 1
    assert point.last is not None
    assert (point.last.name, point.last.cell) == ("norm", (0, 0, 0, 0))
    assert np.isfinite(watch.record("norm", step=2, kind="input").tensor).all()
    first = watch.findings[0]
    assert (first.kind, first.name, first.step) == ("nonfinite", "norm", 2)
    assert "Its input was finite" in first.evidence
    assert untouched(model)


def test_those_that_pass_it_on_and_bad_weights_are_told_apart() -> None:
    model = poisoned(0)
    hits: list[Any] = []
    with Watch(model) as watch:
        watch.break_when("isnan(x)", on="relu", action=hits.append)
        model.train_on_batch(X[:16], Y[:16])
    kinds = {f.name: f.kind for f in watch.findings if f.what == "output"}
    assert kinds == {"norm": "nonfinite", "relu": "passed on", "flat": "passed on",
                     "drop": "passed on", "fc": "passed on"}  # fmt: skip
    assert [hit.name for hit in hits] == ["relu"]
    model = fresh()
    weights = model.get_layer("fc").get_weights()
    weights[1][0] = np.inf
    model.get_layer("fc").set_weights(weights)
    with Watch(model) as watch:
        model.train_on_batch(X[:16], Y[:16])
    assert "its bias was not" in watch.findings[0].evidence


def test_what_an_update_spread_is_no_second_culprit() -> None:
    model = poisoned(2)
    with Watch(model) as watch:
        fit(model)
    culprits = [(f.name, f.step) for f in watch.findings if f.kind == "nonfinite"]
    assert culprits == [("norm", 2)]
    later = next(f for f in watch.findings if f.name == "conv" and f.what == "output")
    assert (
        "norm made the first in step 2: an update has brought it into the kernel" in later.evidence
    )


def test_pause_step_and_continue() -> None:
    model = fresh()
    watch = Watch(model, every=1).start()
    watch.pause()
    thread = threading.Thread(target=fit, args=(model,), daemon=True)
    thread.start()
    control = watch._recorder.control
    until(lambda: watch.status == "paused")
    assert control.at == "conv, step 0"
    assert [r.name for r in watch._recorder.store.all()] == ["conv"]  # nothing ran ahead
    watch.step("module")
    until(lambda: control.at == "norm, step 0")
    watch.step("step")
    until(lambda: control.at == "before step 1")
    watch.resume()
    thread.join(60)
    assert not thread.is_alive()
    assert watch.steps == 8
    watch.close()


def test_an_interrupt_gets_through_while_paused() -> None:
    """In a process of its own: others before it may have put signals to uses of their own."""
    program = "from tests.capture.test_keras_stops import interrupted; interrupted()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def interrupted() -> None:
    # Who starts tests in the background has their interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    heard, told = os.pipe()  # as the event loop of a kernel listens
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    model = fresh()
    watch = Watch(model).start()
    watch.pause()

    def interrupt() -> None:
        until(lambda: watch.status == "paused")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            fit(model)
    finally:
        thread.join()
        watch.close()
    assert untouched(model)
    assert signal.set_wakeup_fd(-1) == told
    assert signal.SIGINT in os.read(heard, 16)


def test_hooks_come_off_after_an_error() -> None:
    model = fresh()

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise ValueError("mine")

    def watched() -> None:
        with Watch(model):
            fit(model, callbacks=[Stop()])

    with pytest.raises(ValueError, match="mine"):
        watched()
    assert untouched(model)
