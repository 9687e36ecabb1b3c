"""A watch's widget, driven without a browser: every request has an answer, errors too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.watch_replies import runs
from tensorscope.watch_session import WatchSession
from tests.capture.asking import ask


def make(steps: int = 5, **arguments: Any) -> tuple[Any, WatchSession]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    watch = ts.watch(model, every=2, **arguments).start()
    session = WatchSession(watch, lambda: "w")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        loss = model(torch.randn(8, 4)).square().mean()
        ts.probe("loss", loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == 0:
            session.handle({"v": 1, "req": "a:0", "kind": "watch", "do": "hello"})
    return watch, session


def test_hello_tells_all_and_news_only_what_is_new() -> None:
    watch, session = make()
    hello = ask(session, "hello")["watch"]
    assert hello["modules"] == ["0", "1", "2"]
    classes = {name: type(watch.model.get_submodule(name)).__name__ for name in watch.modules}
    assert hello["classes"] == classes
    assert hello["status"]["step"] == 4
    assert hello["status"]["status"] == "running"
    assert {(row["name"], row["what"]) for row in hello["rows"]} == {
        ("0", "output"), ("1", "output"), ("2", "output"), ("loss", "probe"),
    }  # fmt: skip
    assert len(hello["rows"][0]["points"]) == 5
    assert hello["timeline"]["name"] == "loss"
    assert len(hello["timeline"]["points"]) == 5
    assert ask(session, "news")["watch"]["rows"] == []
    watch.model(torch.randn(8, 4))
    rows = ask(session, "news")["watch"]["rows"]
    assert [len(row["points"]) for row in rows] == [1, 1, 1]
    watch.close()


def test_a_past_step_is_told_with_what_every_place_measured_in_it() -> None:
    watch, session = make()
    assert ask(session, "hello")["watch"]["past"] is None
    past = ask(session, "select", name="1", step=3)["watch"]["past"]
    assert past["step"] == 2  # the step on record that is shown
    rows = {row["name"]: row for row in past["rows"] if row["what"] in ("output", "probe")}
    assert set(rows) == {"0", "1", "2", "loss"}
    for name, row in rows.items():
        (point,) = row["points"]
        assert point[0] == 2
        known = next(p for p in watch.history(name) if p.step == 2)
        assert (point[1], point[3], point[4]) == (known.mean, known.low, known.high)
        assert row["zero"] == known.zero
    assert 0 < rows["1"]["zero"] < 1
    # It stays as it is until another step is shown, and is told once.
    assert "past" not in ask(session, "news")["watch"]
    assert "past" not in ask(session, "select", name="0", step=2)["watch"]
    assert ask(session, "select", name="0", step=0)["watch"]["past"]["step"] == 0
    assert ask(session, "hello")["watch"]["past"]["step"] == 0
    # The newest step is no past one, until another follows.
    assert ask(session, "select", name="0", step=4)["watch"]["past"] is None
    assert "past" not in ask(session, "news")["watch"]
    watch.model(torch.randn(8, 4))
    assert ask(session, "news")["watch"]["past"]["step"] == 4
    assert ask(session, "select", name="0")["watch"]["past"] is None
    watch.close()


def test_the_scope_shows_the_chosen_record_and_its_code_runs() -> None:
    watch, session = make()
    assert ask(session, "hello")["watch"]["scope"]["name"] == "0"
    scope = ask(session, "select", name="1", step=3)["watch"]["scope"]
    assert (scope["step"], scope["changed"], scope["follows"]) == (2, True, False)
    assert scope["steps"] == [[0, 4, 2]]
    assert scope["info"]["name"] == "1"
    frame, buffers = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    assert frame["ok"]
    assert frame["frame"]["unsynchronised"] is False
    values = np.frombuffer(buffers[0], "f4")
    assert np.array_equal(values, watch.record("1", step=2).numpy().ravel())
    code = frame["state"]["code"]
    assert code["slice"] == 'w.record("1", step=2).clone().numpy()'
    cell = code["value"].format(0, 0)
    assert cell == 'w.record("1", step=2)[0, 0].item()'
    names = {"w": watch, "np": np, "torch": torch}
    assert eval(cell, names) == watch.record("1", step=2).tensor[0, 0].item()
    assert np.array_equal(eval(code["slice"], names), watch.record("1", step=2).numpy())
    found, _ = session.handle(
        {"v": 1, "req": "a:3", "kind": "update", "patch": {"where": "x > 0"}, "viewport": {}}
    )
    indices, listed = eval(found["state"]["code"]["hits"], names)
    assert len(indices) == len(listed) == found["state"]["hits"]["count"]
    watch.close()


def test_following_shows_the_newest_record() -> None:
    watch, session = make()
    ask(session, "select", name="2")
    assert ask(session, "news")["watch"]["scope"]["step"] == 4
    for _ in range(2):
        watch.model(torch.randn(8, 4))
    scope = ask(session, "news")["watch"]["scope"]
    assert (scope["step"], scope["changed"], scope["follows"]) == (6, True, True)
    assert watch.record("2").shape == tuple(watch.record("2").tensor.shape)  # pinned: all of it
    watch.close()


def test_a_page_gets_the_state_that_it_lacks_whatever_was_asked_meanwhile() -> None:
    watch, session = make()
    scope = ask(session, "hello")["watch"]["scope"]
    seen = scope["state"]["serial"]
    assert ask(session, "news", serial=seen)["watch"]["scope"]["changed"] is False
    watch.model(torch.randn(8, 4))
    watch.model(torch.randn(8, 4))
    # Statistics are of what is shown, and news of a newer record are not lost by them.
    stats, _ = session.handle({"v": 1, "req": "a:2", "kind": "stats", "scope": "tensor"})
    assert stats["ok"]
    assert session.scope is not None
    assert session.scope.source.record.step == 4  # type: ignore[attr-defined]
    for _ in range(2):  # also asked again, where an answer was lost
        scope = ask(session, "news", serial=seen)["watch"]["scope"]
        assert (scope["step"], scope["changed"]) == (6, True)
        assert "step=6" in scope["state"]["code"]["slice"]
    seen = scope["state"]["serial"]
    scope = ask(session, "news", serial=seen)["watch"]["scope"]
    assert (scope["changed"], scope["state"], scope["info"]) == (False, None, None)
    watch.close()


def test_two_steps_are_compared() -> None:
    watch, session = make()
    scope = ask(session, "select", name="0", step=4, against=0)["watch"]["scope"]
    assert (scope["step"], scope["against"]) == (4, 0)
    reply, buffers = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    expected = watch.record("0", step=4).tensor - watch.record("0", step=0).tensor
    assert np.array_equal(np.frombuffer(buffers[0], "f4"), expected.numpy().ravel())
    code = reply["state"]["code"]["slice"]
    assert np.array_equal(eval(code, {"w": watch, "np": np, "torch": torch}), expected.numpy())
    watch.close()


def test_control_and_breakpoints() -> None:
    watch, session = make()
    assert ask(session, "pause")["watch"]["status"]["status"] == "pausing"
    assert ask(session, "continue")["watch"]["status"]["status"] == "running"
    points = ask(session, "break", cond="abs(x) > 1e4", on="0")["watch"]["breakpoints"]
    assert points == [
        {"cond": "abs(x) > 10000.0", "on": "0", "what": "output", "hits": 0, "action": "raise"}
    ]
    assert ask(session, "unbreak", index=0)["watch"]["breakpoints"] == []
    watch.close()
    assert ask(session, "news")["watch"]["status"]["status"] == "closed"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"do": "fly"}, "knows no fly"),
        ({"do": "break", "cond": "x > 1", "on": "conv99*"}, "on='conv99*' means no watched module"),
        ({"do": "select", "name": "nope"}, "nothing is recorded as 'nope'"),
        ({"do": "select", "name": 3}, "needs a name"),
        ({"do": "select", "name": "0", "what": "gradient", "step": 1}, "no gradient of 0"),
        ({"do": "break", "cond": "x >"}, "number"),
        ({"do": "step", "unit": "mile"}, "'step' or 'module'"),
        ({"do": "unbreak", "index": "x"}, "is no number"),
    ],
)
def test_errors_are_replies(body: dict[str, Any], words: str) -> None:
    watch, session = make()
    reply = ask(session, **body)
    assert reply["ok"] is False
    assert words in reply["error"]["message"]
    assert ask(session, "news")["ok"]
    watch.close()


def test_before_anything_is_recorded() -> None:
    watch = ts.watch(nn.Linear(2, 2)).start()
    session = WatchSession(watch, lambda: "w")
    hello = ask(session, "hello")["watch"]
    assert hello["scope"] is None
    reply, _ = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    assert reply["error"]["kind"] == "NOT_RECORDED"
    watch.close()


def test_probes_of_every_framework() -> None:
    import jax
    import jax.numpy as jnp
    import tensorflow as tf

    jitted = jax.jit(lambda x: ts.probe("jax", x * 2))
    with ts.watch(every=1) as watch:
        for step in range(3):
            ts.probe("loss", 1.5 - step)
            ts.probe("numpy", np.arange(6.0).reshape(2, 3))
            ts.probe("tf", tf.constant([[1.0, 2.0], [3.0, np.inf]]))
            ts.probe("torch", torch.ones(3, requires_grad=True))
            jitted(jnp.arange(4.0))
            jax.effects_barrier()
    assert watch.steps == 3
    assert watch.record("loss", step=2).tensor.item() == -0.5
    assert watch.record("numpy").shape == (2, 3)
    assert watch.record("numpy").tensor.shape == (1, 3)
    assert watch.history("tf")[-1].high == np.inf
    assert watch.history("jax")[-1].high == 6.0
    assert watch.record("jax").numpy().tolist() == [0.0]
    assert not watch.notes


def test_a_probe_is_nothing_without_a_watch() -> None:
    x = torch.ones(2)
    assert ts.probe("x", x) is x


def test_a_slice_is_compared_with_a_whole_record() -> None:
    watch, session = make()
    ask(session, "select", name="0")  # from now on all examples are kept
    for _ in range(2):
        watch.model(torch.randn(8, 4))
    assert ask(session, "select", name="0", step=6, against=4)["ok"]
    new, old = watch.record("0", step=6).tensor, watch.record("0", step=4).tensor
    assert (new.shape, old.shape) == ((8, 6), (1, 6))
    reply, buffers = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    assert np.array_equal(np.frombuffer(buffers[0], "f4"), (new[:1] - old).numpy().ravel())
    code = reply["state"]["code"]["slice"]
    assert np.array_equal(eval(code, {"w": watch, "np": np, "torch": torch}), new[:1] - old)
    watch.close()


def test_a_choice_is_answered_with_its_picture_and_an_error_changes_nothing() -> None:
    watch, session = make()
    message = {"v": 1, "req": "a:1", "kind": "watch", "do": "select", "name": "2", "step": 2,
               "viewport": {}}  # fmt: skip
    reply, buffers = session.handle(message)
    assert reply["watch"]["scope"]["changed"] is False  # its state came along
    assert (reply["info"]["name"], reply["state"]["shape"]) == ("2", [1, 3])
    assert np.array_equal(
        np.frombuffer(buffers[0], "f4"), watch.record("2", step=2).tensor.numpy().ravel()
    )
    wrong = ask(session, "select", name="2", what="gradient", step=2)
    assert wrong["error"]["kind"] == "NOT_RECORDED"
    assert ask(session, "news")["watch"]["scope"]["what"] == "output"
    watch.close()


def test_another_module_succeeds_the_one_before_it() -> None:
    watch, session = make()
    hello, _ = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    before = hello["state"]
    after = ask(session, "select", name="2")["watch"]["scope"]["state"]
    assert after["serial"] > before["serial"]
    assert after["reading"] > before["reading"]
    watch.close()


def test_one_module_at_a_time_is_kept_whole() -> None:
    watch, session = make()
    watch.pin("1")
    for name in ("0", "1", "2"):
        ask(session, "select", name=name)
    assert watch._recorder.pinned == {"1", "2"}
    watch.close()


def test_weights_are_found_by_their_module_and_second_calls_by_their_row() -> None:
    watch, session = make(grads=True, weights=True)
    kinds = ask(session, "select", name="0")["watch"]["scope"]["kinds"]
    assert kinds == {"output": "0", "gradient": "0", "weight": "0.weight"}
    scope = ask(session, "select", name="0.weight", what="weight")["watch"]["scope"]
    assert scope["kinds"]["output"] == "0"
    watch.close()
    twice = nn.Sequential(nn.Linear(3, 3))
    watch = ts.watch(twice, every=1).start()
    layer = twice[0]
    twice.forward = lambda x: layer(layer(x))
    twice(torch.randn(2, 3))
    session = WatchSession(watch, lambda: "w")
    scope = ask(session, "select", name="0 (call 2)")["watch"]["scope"]
    assert scope["name"] == "0 (call 2)"
    assert session.scope is not None
    assert torch.equal(session.scope.source.tensor, watch.record("0", call=1).tensor)
    watch.close()


def test_a_name_that_is_a_title_stands_in_headings_alone() -> None:
    with ts.watch(every=1, name="run 3") as watch:
        ts.probe("loss", 1.0)
    told = ask(WatchSession(watch, watch._code_name), "hello")["watch"]
    assert told["name"] == "run 3"
    assert told["scope"]["state"]["code"]["slice"] == 'watch.record("loss", step=0).item()'


def test_steps_on_record_are_told_as_runs_and_none_is_lost() -> None:
    assert runs([]) == []
    assert runs([7]) == [[7, 7, 1]]
    assert runs(range(0, 100_000, 10)) == [[0, 99_990, 10]]
    chance = np.random.default_rng(0)
    for _ in range(50):
        steps = sorted(set(chance.integers(0, 60, 25).tolist()))
        told = runs(steps)
        assert [s for first, last, apart in told for s in range(first, last + 1, apart)] == steps


def test_every_step_on_record_has_its_tick_however_many_there_are() -> None:
    watch, session = make(steps=1100)
    kept = watch._recorder.store.steps()
    assert len(kept) > 500
    told = ask(session, "news")["watch"]["timeline"]["recorded"]
    assert told == [[0, kept[-1], 2]]
    watch.close()
