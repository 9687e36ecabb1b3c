"""What a recording tells of all steps, and what of one that is damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.capture.history import RECENT
from tensorscope.capture.written import MANIFEST


def looped(steps: int, path: Path | None = None, every: int = 10**6) -> ts.Watch:
    with ts.watch(every=every) as w:
        if path is not None:
            w.save(path)
        for step in range(steps):
            ts.probe("loss", np.arange(3.0) * step)
    return w


@pytest.mark.parametrize("steps", [1, RECENT, RECENT + 1, 2600])
@pytest.mark.parametrize("when", ["while it runs", "after it"])
def test_every_step_is_on_file_however_rarely_one_is_sampled(
    when: str, steps: int, tmp_path: Path
) -> None:
    w = looped(steps, tmp_path / "run" if when == "while it runs" else None)
    if when == "after it":
        w.save(tmp_path / "run")
    again = ts.open(tmp_path / "run")
    assert again.steps == w.steps == steps
    assert again.history("loss") == w.history("loss")
    assert sum(point.weight for point in again.history("loss")) == steps


def test_what_is_saved_late_goes_on(tmp_path: Path) -> None:
    with ts.watch(every=1000) as w:
        for step in range(1500):
            if step == 700:
                w.save(tmp_path / "run")
            ts.probe("loss", float(step))
    assert ts.open(tmp_path / "run").history("loss") == w.history("loss")


def in_manifest(old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        manifest = folder / MANIFEST
        text = manifest.read_text()
        assert old in text
        manifest.write_text(text.replace(old, new))

    return change


def cut_off(folder: Path) -> None:
    for file in folder.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:20])


@pytest.mark.parametrize(
    "damage",
    [
        in_manifest('"v": 1', '"v": 2'),
        in_manifest('"modules": []', '"modules": 3'),
        in_manifest('"every": 1', '"every": "x"'),
        in_manifest('"measured"', '"other"'),
        in_manifest('"records": [', '"records": "x", "other": ['),
        in_manifest('"findings": []', '"findings": [{"cell": null, "other": 1}]'),
        lambda folder: (folder / MANIFEST).write_text(""),
        lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe\x00"),
        in_manifest("\n", "\nnull\n"),
        cut_off,
    ],
)
def test_damage_is_told_in_words(damage: Callable[[Path], object], tmp_path: Path) -> None:
    looped(2, tmp_path / "run", every=1)
    damage(tmp_path / "run")
    with pytest.raises(ts.TensorScopeError) as caught:
        ts.open(tmp_path / "run")
    assert caught.value.kind == "CORRUPT"


@pytest.mark.parametrize(
    "damage",
    [in_manifest('"kept": [1]', '"kept": [5]'), in_manifest('"key": "0"', '"key": "7"')],
)
def test_a_record_that_its_line_does_not_fit_is_told(
    damage: Callable[[Path], object], tmp_path: Path
) -> None:
    looped(2, tmp_path / "run", every=1)
    damage(tmp_path / "run")
    record = ts.open(tmp_path / "run").record("loss")
    with pytest.raises(ts.TensorScopeError) as caught:
        record.numpy()
    assert caught.value.kind == "CORRUPT"


def test_bytes_after_the_last_line_are_passed_over(tmp_path: Path) -> None:
    looped(2, tmp_path / "run", every=1)
    with (tmp_path / "run" / MANIFEST).open("ab") as file:
        file.write(b'{"kind": "step", "fi\xff\xfe')
    assert ts.open(tmp_path / "run").steps == 2


def test_a_recording_that_went_away_is_told(tmp_path: Path) -> None:
    looped(2, tmp_path / "run", every=1)
    record = ts.open(tmp_path / "run").record("loss")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(ts.TensorScopeError) as caught:
        record.numpy()
    assert caught.value.kind == "MISSING"


def test_errors_of_a_watch_have_kinds_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ts.TensorScopeError) as caught:
        looped(1, tmp_path / "file" / "run")
    assert caught.value.kind == "SAVE"
    with ts.watch() as w:
        w.break_when("x > 0")
        with pytest.raises(ts.TensorScopeError) as caught:
            ts.probe("loss", 1.0)
    assert caught.value.kind == "BREAKPOINT"


def test_a_folder_that_cannot_be_used_leaves_the_recording_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with ts.watch(every=1) as w:
        w.save(tmp_path / "run")
        ts.probe("loss", 1.0)
        for path in (tmp_path / "run", tmp_path / "file" / "run"):
            with pytest.raises(ts.TensorScopeError):
                w.save(path)
        ts.probe("loss", 2.0)
    assert [record.step for record in ts.open(tmp_path / "run").records("loss")] == [0, 1]


def test_another_folder_goes_on_with_all_that_there_was(tmp_path: Path) -> None:
    with ts.watch(every=1) as w:
        w.save(tmp_path / "first")
        ts.probe("loss", 1.0)
        w.save(tmp_path / "second")
        ts.probe("loss", 2.0)
    assert ts.open(tmp_path / "first").steps == 1
    assert [record.step for record in ts.open(tmp_path / "second").records("loss")] == [0, 1]
