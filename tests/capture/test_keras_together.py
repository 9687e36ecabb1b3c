"""Several watches of one Keras model, which end in any order."""

from __future__ import annotations

import itertools
import signal

import numpy as np
import pytest

from tensorscope.capture.interrupts import Interrupts
from tensorscope.capture.watch import Watch
from tests.capture.keras_models import fit, fresh, untouched


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
def test_watches_of_one_model_end_in_any_order(order: tuple[int, ...]) -> None:
    plain = fresh()
    losses = [fit(plain, epochs=1) for _ in range(2)]
    model = fresh()
    listening = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(listening)
    watches = [Watch(model, grads=True), Watch(model, "conv", weights=True), Watch(model, "fc")]
    for watch in watches:
        watch.start()
    assert fit(model, epochs=1) == losses[0]
    watches[order[0]].close()
    assert fit(model, epochs=1) == losses[1]
    assert [watches[k].steps for k in order] == [4, 8, 8]
    watches[order[1]].close()
    fit(model, epochs=1)
    assert [watches[k].steps for k in order] == [4, 8, 12]
    watches[order[2]].close()
    fit(model, epochs=1)
    assert [watches[k].steps for k in order] == [4, 8, 12]
    assert untouched(model)
    assert not any("failed" in note for watch in watches for note in watch.notes)
    assert np.isfinite(watches[0].record("fc", step=0).tensor).all()
    now = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(now)
    assert now == listening


def test_every_watch_hears_of_an_interrupt() -> None:
    first, second = Interrupts(), Interrupts()
    assert not first.came()
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert first.came()
    assert second.came()
    assert not first.came()
    late = Interrupts()
    assert not late.came()
    for one in (first, late, second):
        one.remove()
