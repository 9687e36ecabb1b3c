"""A watch is saved and shown again elsewhere; a process that is killed loses its last step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture import save
from tensorscope.capture.reopen import is_recording
from tensorscope.capture.save_tail import TAIL, Tail
from tensorscope.capture.watch import Watch
from tensorscope.capture.written import MANIFEST, SaveError
from tensorscope.watch_session import WatchSession
from tests.capture.torch_nets import until

ROOT = Path(__file__).parents[2]


def trained(path: Path) -> Watch:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU())
    with Watch(model, every=2, name="w") as watch:
        watch.pin("1")
        watch.save(path)
        for step in range(7):
            model(torch.randn(8, 4))
            ts.probe("loss", 1.0 / (step + 1))
    return watch


def test_what_is_reopened_is_what_was_recorded(tmp_path: Path) -> None:
    watch = trained(tmp_path / "run")
    again = Watch.reopened(tmp_path / "run")
    assert again.status == "closed"
    assert again.modules == watch.modules
    assert again._classes == watch._classes == {"0": "Linear", "1": "ReLU"}
    assert again.names() == watch.names()
    assert again.steps == watch.steps == 7
    assert again.nbytes == 0  # nothing is read before it is asked for
    for name in ("0", "1", "loss"):
        pairs = list(zip(watch.records(name), again.records(name), strict=True))
        assert [a.step for a, _ in pairs] == [0, 2, 4, 6]
        for a, b in pairs:
            assert torch.equal(torch.as_tensor(a.tensor), torch.as_tensor(b.tensor))
            assert (a.shape, a.why, a.train, a.kind) == (b.shape, b.why, b.train, b.kind)
        assert [p.norm for p in watch.history(name)] == [p.norm for p in again.history(name)]


@pytest.mark.parametrize("told", [None, 3, ["Linear"]])
def test_a_recording_that_tells_no_classes_opens(tmp_path: Path, told: object) -> None:
    trained(tmp_path / "run")
    manifest = tmp_path / "run" / MANIFEST
    head, *lines = manifest.read_text().splitlines()
    content = {**json.loads(head), "classes": told}
    manifest.write_text("\n".join([json.dumps(content), *lines]))
    again = Watch.reopened(tmp_path / "run")
    assert again.modules == ("0", "1")
    assert again._classes == {}


def test_open_knows_a_recording(tmp_path: Path) -> None:
    watch = trained(tmp_path / "run")
    again = ts.open(tmp_path / "run")
    assert isinstance(again, ts.Watch)
    assert again.names() == watch.names()
    assert repr(again).startswith("<Watch")
    assert "records on disk" in repr(again)
    with pytest.raises(ts.SelectionError, match="watches nothing: make one with") as caught:
        again.start()
    assert caught.value.kind == "CLOSED"


def test_the_widget_shows_it_again(tmp_path: Path) -> None:
    trained(tmp_path)
    session = WatchSession(Watch.reopened(tmp_path), lambda: "w")
    message = {"v": 1, "req": "a:1", "kind": "watch", "do": "hello"}
    reply, _ = session.handle(message)
    assert reply["watch"]["status"]["status"] == "closed"
    assert reply["watch"]["status"]["budget"] is None  # nothing of it is in memory
    assert reply["watch"]["scope"]["steps"] == [[0, 6, 2]]
    frame, buffers = session.handle({"v": 1, "req": "a:2", "kind": "hello", "viewport": {}})
    assert frame["ok"]
    assert len(buffers[0]) == 6 * 4


def test_saving_after_the_end_saves_what_there_is(tmp_path: Path) -> None:
    with Watch(nn.Linear(2, 2), every=1) as watch:
        for _ in range(3):
            watch.model(torch.ones(1, 2))
    watch.save(tmp_path / "late")
    again = Watch.reopened(tmp_path / "late")
    assert [r.step for r in again.records("(model)")] == [0, 1, 2]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    trained(tmp_path)
    assert is_recording(tmp_path)
    with pytest.raises(SaveError, match="already"):
        trained(tmp_path)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(SaveError, match="folder"):
        trained(file)


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    trained(tmp_path)
    manifest = tmp_path / MANIFEST
    text = manifest.read_text()
    manifest.write_text(text[: text.rstrip().rindex("\n") + 30])
    again = Watch.reopened(tmp_path)
    assert again.records("1")
    manifest.write_text(json.dumps({"v": 99}) + "\n")
    with pytest.raises(SaveError, match="version 1"):
        Watch.reopened(tmp_path)


def test_a_name_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    trained(tmp_path / "run")
    manifest = tmp_path / "run" / MANIFEST
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    outside = tmp_path / lines[1]["file"]
    (tmp_path / "run" / lines[1]["file"]).rename(outside)
    lines[1]["file"] = f"../{lines[1]['file']}"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [r.step for r in Watch.reopened(tmp_path / "run").records("1")] == [2, 4, 6]


KILLED = """
import sys, torch
from torch import nn
from tensorscope.capture.watch import Watch
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU())
with Watch(model, every=1) as watch:
    watch.save(sys.argv[1])
    while True:
        model(torch.randn(32, 64))
        print(watch.steps, flush=True)
"""


def test_a_killed_process_leaves_what_it_had_written(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "run")], cwd=ROOT, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    while int(process.stdout.readline()) < 20:
        pass
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    again = Watch.reopened(tmp_path / "run")
    steps = [r.step for r in again.records("1")]
    assert len(steps) > 5
    assert steps == list(range(len(steps)))
    for record in again.records("1"):
        assert record.tensor.shape == (1, 64)


@pytest.mark.parametrize("every", [1, 40, 1000])
def test_a_killed_process_loses_no_more_than_a_step(every: int, tmp_path: Path) -> None:
    code = KILLED.replace("every=1)", f"every={every})").replace(
        "print(", "time.sleep(0.002); print("
    ).replace("import sys", "import sys, time")  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run")], cwd=ROOT, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    while (begun := int(process.stdout.readline())) < 61:
        pass
    process.send_signal(signal.SIGKILL)
    begun = max([begun, *map(int, process.stdout.read().split())])
    process.communicate()
    again = Watch.reopened(tmp_path / "run")
    # The last step is handed on when the next begins; one more may be on its way to the disk.
    assert begun - 3 <= again.steps <= begun + 1
    line = [point.step for point in again.history("0")]
    assert line == list(range(again.steps))
    if every == 1000:
        assert len(list((tmp_path / "run").glob("*.safetensors"))) == 1


@pytest.mark.parametrize("every", [1, 1000])
def test_a_slow_disk_is_no_more_than_a_step_behind(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, add = save._save, Tail.add
    monkeypatch.setattr(save, "_save", lambda *a: (time.sleep(0.02), write(*a)))
    monkeypatch.setattr(Tail, "add", lambda *a: (time.sleep(0.02), add(*a)))
    with ts.watch(every=every) as watch:
        watch.save(tmp_path)
        for step in range(20):
            ts.probe("loss", float(step))
            assert Watch.reopened(tmp_path).steps >= step - 1


def test_a_disk_that_hangs_does_not_stop_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, free = save._save, threading.Event()
    monkeypatch.setattr(save, "_save", lambda *a: (free.wait(60), write(*a)))
    monkeypatch.setattr(save, "_PATIENCE", 0.01)
    with ts.watch(every=1) as watch:
        watch.save(tmp_path)
        for step in range(5):
            ts.probe("loss", float(step))
        free.set()
    assert [p.step for p in Watch.reopened(tmp_path).history("loss")] == list(range(5))


def test_the_tail_counts_what_it_tells_once(tmp_path: Path) -> None:
    with ts.watch(every=7) as watch:
        for step in range(33):
            ts.probe("loss", float(step))
            if step == 3:
                watch.save(tmp_path)
            if step == 20:
                until(lambda: (tmp_path / TAIL).exists())
                old = (tmp_path / TAIL).read_text()
    assert not (tmp_path / TAIL).exists()
    (tmp_path / TAIL).write_text(old)  # as if it had been left beside the newer files
    assert Watch.reopened(tmp_path).history("loss") == watch.history("loss")


def test_damage_of_the_tail_loses_the_tail_alone(tmp_path: Path) -> None:
    with ts.watch(every=1000) as watch:
        ts.probe("loss", 0.0)
        watch.save(tmp_path)
        for step in range(1, 30):
            ts.probe("loss", float(step))
        until(lambda: (tmp_path / TAIL).exists() and (tmp_path / TAIL).read_text().count("\n") > 20)
        text = (tmp_path / TAIL).read_text()
        for damage in (text[:-30], text + "[]\n", text.replace('"rows"', '"raws"')):
            (tmp_path / TAIL).write_text(damage)
            assert Watch.reopened(tmp_path).steps >= 1
        (tmp_path / TAIL).write_text(text)
        assert Watch.reopened(tmp_path).steps > 20
