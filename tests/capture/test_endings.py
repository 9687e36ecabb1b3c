"""How a training ended: by itself, by an exception, an interrupt, or a breakpoint that raises."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture import torch_hooks
from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.watch import Watch
from tensorscope.watch_replies import status_dict
from tests.capture.torch_nets import fresh, hooks_of, train

PACKAGE = str(Path(ts.__file__).parent)


class Fails(nn.Module):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("a broken\n file"), "ValueError: a broken file"),
        (KeyError(), "KeyError"),
        (RuntimeError("y" * 900), "RuntimeError: yyyyy"),
        (KeyboardInterrupt(), "an interrupt"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_what_ended_it_is_told_and_hooks_are_off(error: BaseException, words: str) -> None:
    model = nn.Sequential(nn.Linear(4, 4), Fails(error))
    watch = Watch(model)
    with pytest.raises(type(error)), watch:
        model(torch.ones(2, 4))
    assert hooks_of(model) == 0
    assert watch.status == "closed"
    reason = status_dict(watch)["reason"]
    assert reason.startswith(words)
    assert len(reason) <= 300
    assert f"ended by {words}" in repr(watch)
    with watch:  # and once it goes on, that is over
        model[0](torch.ones(2, 4))
    assert status_dict(watch)["reason"] == ""


def test_one_that_ended_by_itself_says_nothing() -> None:
    model = fresh()
    with Watch(model) as watch:
        train(model, 2)
    assert status_dict(watch)["reason"] == ""
    assert "ended by" not in repr(watch)


def ours(error: BaseException) -> list[str]:
    """Return the functions of this package that a traceback shows."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if frame.filename.startswith(PACKAGE)]


def test_a_traceback_ends_where_a_breakpoint_raised() -> None:
    model = fresh()
    watch = Watch(model)
    watch.break_when("abs(x) >= 0", on="fc")
    with pytest.raises(BreakpointHit) as caught, watch:
        train(model, 3)
    assert ours(caught.value) == ["__call__"]
    assert status_dict(watch)["reason"].startswith("the breakpoint abs(x) >= 0 on the output of fc")


def test_the_error_of_an_action_is_told_with_its_own_lines() -> None:
    def act(hit: Any) -> None:
        raise OSError("the disk is full")

    model = fresh()
    watch = Watch(model)
    watch.break_when("abs(x) >= 0", on="fc", action=act)
    with pytest.raises(BreakpointHit, match="OSError: the disk is full") as caught, watch:
        train(model, 3)
    assert ours(caught.value) == ["__call__"]
    cause = caught.value.__cause__
    assert isinstance(cause, OSError)
    assert traceback.extract_tb(cause.__traceback__)[-1].name == "act"


def test_a_traceback_of_an_interrupt_shows_no_lines_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = fresh()
    monkeypatch.setattr(torch_hooks.Recorder, "on_output", interrupt_in)
    with pytest.raises(KeyboardInterrupt) as caught, Watch(model):
        train(model, 3)
    assert ours(caught.value) == ["__call__"]
    assert hooks_of(model) == 0
    # In a notebook, where such an error says itself what is shown of it, not even that.
    shown = "".join(caught.value._render_traceback_())  # type: ignore[attr-defined]
    assert "train(model, 3)" in shown
    assert "tensorscope/" not in shown
    assert shown.rstrip().endswith("KeyboardInterrupt")
    assert type(pickle.loads(pickle.dumps(caught.value))) is KeyboardInterrupt


def interrupt_in(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt


def test_a_probe_that_raises_is_short_too() -> None:
    watch = Watch(None)
    watch.break_when("x > 1", on="loss")
    with pytest.raises(BreakpointHit) as caught, watch:
        ts.probe("loss", 2.0)
    assert ours(caught.value) == ["probe", "_tell", "on_probe"]
