"""Reading a recording back: what a watch wrote into a folder, into the stores of another one."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from tensorscope.capture.breakpoints import Hit
from tensorscope.capture.findings import Finding
from tensorscope.capture.history import History, Point
from tensorscope.capture.measure import Measure
from tensorscope.capture.record import Record, Stored
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.save_tail import lines_after
from tensorscope.capture.written import (
    COLUMNS,
    LAST,
    MANIFEST,
    MEASURES,
    VERSION,
    SaveError,
    need_safetensors,
)
from tensorscope.errors import clip


def is_recording(path: Any) -> bool:
    """Return whether a folder holds a recording."""
    return (Path(path) / MANIFEST).is_file()


def read(recorder: Recorder, path: Any) -> dict[str, Any]:
    """Fill a recorder with what a folder holds; return what was said of the watch.

    A last line that was cut off, and files that no line names, are passed over.

    Raises
    ------
    SaveError
        The folder holds no recording, one of another version, or one that was changed.
    """
    folder = Path(path)
    need_safetensors()
    head: dict[str, Any] = {}
    last = ""
    # What is no text is no line either.
    with (folder / MANIFEST).open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                content = json.loads(line)
            except ValueError:
                break  # cut off by whatever ended the process
            if number == 1:
                head = _head(content)
                if not head:
                    break
                continue
            try:
                _take_step(recorder, folder, content)
                last = content["file"]
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise SaveError(
                    f"line {number} of {MANIFEST} in {clip(str(path), 200)} is not one that a "
                    f"watch writes: {type(error).__name__}: {clip(str(error))}; take it away to "
                    "see the rest",
                    "CORRUPT",
                ) from error
    if not head:
        raise SaveError(f"{clip(str(path), 200)} holds no recording of version 1", "CORRUPT")
    for content in lines_after(folder, last):
        with contextlib.suppress(KeyError, IndexError, TypeError, ValueError):
            _take_measures(recorder, content, content["rows"])
    return head


def _head(content: Any) -> dict[str, Any]:
    """Return what the first line says of the watch; nothing if it is of no recording."""
    if not isinstance(content, dict) or content.get("v") != VERSION:
        return {}
    sound = isinstance(content.get("modules"), list) and isinstance(content.get("every"), int)
    return content if sound else {}


def _take_step(recorder: Recorder, folder: Path, content: dict[str, Any]) -> None:
    name = content["file"]
    if Path(name).name != name or not (folder / name).is_file():
        return
    path = str(folder / name)
    for line in content["records"]:
        kept = Stored(path, line["key"], tuple(line["kept"]), line["dtype"])
        recorder.store.add(Record(
            line["name"], line["step"], line["call"], line["kind"], line["train"], kept,
            tuple(line["shape"]), line["why"], tuple(line["notes"]),
        ))  # fmt: skip
    measures = np.asarray(Stored(path, MEASURES, (-1, COLUMNS), "float64").load())
    _take_measures(recorder, content, measures.tolist())


def _take_measures(recorder: Recorder, content: dict[str, Any], rows: list[list[float]]) -> None:
    recorder.step = max(recorder.step, int(content["step"]))
    for row in rows:
        key = tuple(content["measured"][int(row[0])])
        _take_row(recorder.histories.setdefault(key, History()), row)
        recorder.step = max(recorder.step, int(row[LAST]))
    for line in content["findings"]:
        cell = None if line["cell"] is None else tuple(line["cell"])
        recorder.findings.add(Finding(**{**line, "cell": cell}), anew=True)
    hit = content.get("hit")
    if hit is not None:
        cell = None if hit["cell"] is None else tuple(hit["cell"])
        recorder.hit = Hit(**{**hit, "cell": cell})


def _take_row(history: History, row: list[float]) -> None:
    _, step, count, mean, norm, low, high, zero, last, weight, finite = row
    share = None if zero != zero else zero
    if weight:
        history.put_back(
            Point(int(step), int(last), int(weight), mean, norm, low, high, share, bool(finite))
        )
    else:
        history.add(int(step), Measure(int(count), mean, norm, low, high, share))
