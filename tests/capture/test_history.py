"""What is remembered of one place, step after step."""

from __future__ import annotations

import pytest

from tensorscope.capture.history import PAST, RECENT, History
from tensorscope.capture.measure import Measure


def test_a_step_of_long_ago_has_no_measures_of_its_own_but_the_last_ones_have() -> None:
    history = History()
    for step in range(0, 2 * RECENT, 2):
        history.add(step, Measure(1, float(step), 0.0, 0.0, 0.0))
    for asked, step in ((2 * RECENT, 2 * RECENT - 2), (101, 100), (100, 100)):
        found = history.at(asked)
        assert found is not None
        assert (found[0], found[1].mean) == (step, float(step))
    history.add(2 * RECENT, Measure(1, 0.0, 0.0, 0.0, 0.0))
    assert history.at(0) is None  # joined with others since
    assert history.at(-1) is None


@pytest.mark.parametrize("steps", [1, 2, 399, 400, 401, 899, 3 * RECENT, RECENT + 2 * PAST])
def test_the_line_of_the_loss_ends_with_the_last_step(steps: int) -> None:
    history = History()
    assert history.means(400) == []
    for step in range(steps):
        history.add(step, Measure(1, 1.0 / (1 + step), 0.0, 0.0, 0.0))
        if step % 7 == 0 or step == steps - 1:
            line = history.means(400)
            assert line[-1] == (step, 1.0 / (1 + step))
            assert len(line) <= 401
            assert [at for at, _ in line] == sorted({at for at, _ in line})
