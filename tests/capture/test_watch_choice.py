"""What a watch shows before anything is chosen: where things went wrong."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

import tensorscope as ts
from tensorscope.watch_session import WatchSession
from tests.capture.asking import ask


def test_a_watch_that_is_shown_late_opens_what_made_the_first_nan() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    watch = ts.watch(model, every=1)
    watch.break_when("~isfinite(x)", action="log")
    with watch:
        for step in range(5):
            if step == 2:
                with torch.no_grad():
                    model[2].weight[1, 1] = torch.inf
            ts.probe("loss", model(torch.ones(8, 4)).sum())
            if step == 3:
                with torch.no_grad():
                    model[0].weight[0, 0] = torch.nan
    grave = [f for f in watch.findings if f.grave]
    assert [(f.name, f.step) for f in grave] == [("2", 2), ("0", 4)]
    assert watch.findings[0] is grave[0]
    assert watch.hit is not None
    assert (watch.hit.name, watch.hit.step) == ("loss", 4)
    scope = ask(WatchSession(watch, lambda: "w"), "hello")["watch"]["scope"]
    assert (scope["name"], scope["step"], scope["follows"]) == ("2", 2, False)


def test_what_made_the_first_nan_is_shown_where_it_is() -> None:
    model = nn.Sequential(nn.Conv2d(1, 5, 3), nn.ReLU())
    with ts.watch(model, every=1) as watch, torch.no_grad():
        model[0].bias[3] = torch.nan
        model(torch.ones(2, 1, 8, 8))
    session = WatchSession(watch, lambda: "w")
    scope = ask(session, "hello")["watch"]["scope"]
    assert (scope["name"], scope["state"]["expr"]) == ("0", "[0, 3, :, :]")
    assert scope["state"]["cell"] == [0, 3, 0, 0]


def test_a_recording_opens_where_the_loop_was_stopped(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    watch = ts.watch(model, every=1)
    watch.break_when("abs(x) > 1e3", on="2", action="log")
    with watch, torch.no_grad():
        for step in range(4):
            if step == 2:
                model[2].bias[1] = 2000.0
            model(torch.ones(8, 4))
            if step == 2:
                model[2].bias[1] = 0.0
    assert watch.hit is not None
    assert (watch.hit.step, watch.hit.cell) == (2, (0, 1))
    watch.save(tmp_path / "run")
    for shown in (watch, ts.open(tmp_path / "run")):
        scope = ask(WatchSession(shown, lambda: "w"), "hello")["watch"]["scope"]
        assert (scope["name"], scope["step"], scope["follows"]) == ("2", 2, False)
        assert scope["state"]["cell"] == [0, 1]
