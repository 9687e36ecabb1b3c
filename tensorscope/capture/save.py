"""Saving a watch: one safetensors file a step, and a manifest that is only ever appended to.

A file gets its name once it is whole, and the manifest's line is written after that. What was
measured since is in the tail. Whatever kills the process loses the step that was being written,
and no other. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tensorscope.capture.breakpoints import Hit
from tensorscope.capture.findings import Finding
from tensorscope.capture.history import Point
from tensorscope.capture.measure import Measure
from tensorscope.capture.record import Record
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.save_tail import Tail
from tensorscope.capture.written import (
    COLUMNS,
    MANIFEST,
    MEASURES,
    VERSION,
    SaveError,
    entries,
    need_safetensors,
)
from tensorscope.errors import clip
from tensorscope.paths import path_of

#: Bytes that may wait for the disk; what comes on top of them is dropped and counted.
_WAITING = 1 << 28
#: At the latest after so many steps there is a file: before the histories join what is old.
_APART = 256
#: So many lines of the tail may wait for the disk; a later one holds what these left out.
_LINES = 64
#: How long a step waits until the one before it is written, in seconds: a disk that hangs is not
#: to stop the training.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class _Item:
    """What waits for the disk: a step with its records, or (None) a line of the tail."""

    step: int
    records: list[Record] | None
    measures: tuple[list[list[str]], Any]
    findings: list[Finding]
    hit: Hit | None

    def line(self) -> dict[str, Any]:
        """Return what a line says of it, besides its records and numbers."""
        line: dict[str, Any] = {
            "step": self.step, "measured": self.measures[0],
            "findings": [_finding_line(f) for f in self.findings],
        }  # fmt: skip
        return line if self.hit is None else {**line, "hit": asdict(self.hit)}


class Writer:
    """Writes what a recorder records into a folder, on a thread of its own.

    Parameters
    ----------
    recorder : Recorder
    path : path-like
        A folder; made if it is missing, refused if it holds another recording.
    head : dict
        What is to be said of the watch as a whole.
    """

    def __init__(self, recorder: Recorder, path: Any, head: dict[str, Any]) -> None:
        self.folder = path_of(path, SaveError)
        if (self.folder / MANIFEST).exists():
            raise SaveError(
                f"{clip(str(path), 200)} holds a recording already: choose another folder, or "
                "delete it"
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SaveError(f"{clip(str(path), 200)} cannot be made a folder: {error}") from error
        need_safetensors()
        self.recorder = recorder
        self.dropped = 0
        self.failure: str | None = None
        self._told: dict[tuple[str, str], int] = {}  # by files
        self._told_since: dict[tuple[str, str], int] = {}  # by the tail too
        self._found: list[Finding] = []
        self._tail = Tail(self.folder)
        self._waiting = 0
        self._unwritten = 0  # items that were handed on
        # Those of another recording keep their names.
        self._files = len(list(self.folder.glob("*.safetensors")))
        self._lock = threading.Lock()
        self._written = threading.Condition(self._lock)
        self._queue: queue.Queue[_Item | None]
        self._queue = queue.Queue()
        self._line({"v": VERSION, "kind": "watch", **head})
        self._thread = threading.Thread(target=self._run, daemon=True, name="tensorscope-save")
        self._thread.start()
        by_step: dict[int, list[Record]] = {}
        for record in recorder.store.all():
            by_step.setdefault(record.step, []).append(record)
        for step in sorted(by_step):
            self._put_file(step, by_step[step])

    def put(self, step: int, records: list[Record]) -> None:
        """Have a step written, once the one before it is; that is waited for, for a second at most.

        So whatever kills the process loses no more than one step that had ended.
        """
        with self._written:
            self._written.wait_for(lambda: self._unwritten == 0, _PATIENCE)
        if not records and step % _APART:
            self._put_tail(step)
            return
        self._put_file(step, records)

    def _put_tail(self, step: int) -> None:
        if self._queue.qsize() < _LINES and not self.failure:
            findings = self.recorder.findings.all()
            fresh = [f for f in findings if f not in self._found]
            self._found = list(findings)
            with self._lock:
                self._unwritten += 1
            measures = self._measures(self._told_since)
            self._queue.put(_Item(step, None, measures, fresh, self.recorder.hit))

    def _put_file(self, step: int, records: list[Record]) -> None:
        size = sum(record.nbytes for record in records)
        with self._lock:
            if self._waiting + size > _WAITING or self.failure:
                self.dropped += 1
                return
            self._waiting += size
            self._unwritten += 1
        self._found = list(self.recorder.findings.all())
        measures = self._measures(self._told)
        self._queue.put(_Item(step, records, measures, self._found, self.recorder.hit))
        self._told_since = dict(self._told)

    def close(self) -> None:
        """Write what waits, and end. Returns once all is on disk."""
        if self._thread.is_alive():
            self._put_file(self.recorder.step, [])
            self._queue.put(None)
            self._thread.join()

    def _measures(self, before: dict[tuple[str, str], int]) -> tuple[list[list[str]], Any]:
        """Return what was measured since what was told before, as names and rows of numbers."""
        names: list[list[str]] = []
        found: list[list[float]] = []
        for (name, what), history in list(self.recorder.histories.items()):
            count, told = len(history), before.get((name, what), 0)
            if count == told:
                continue
            before[name, what] = count
            place = len(names)
            names.append([name, what])
            points, steps = history.since(told)
            found += [_point_row(place, point) for point in points]
            found += [_step_row(place, step, measure) for step, measure in steps]
        return names, np.array(found, np.float64).reshape(-1, COLUMNS)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                if item.records is None:
                    self._tail.add({**item.line(), "rows": item.measures[1].tolist()})
                else:
                    self._write(item, item.records)
            except Exception as error:
                self.failure = f"saving to {self.folder} ended: {type(error).__name__}: {error}"
                self.recorder.failures.append(self.failure)
            with self._written:
                self._waiting -= sum(record.nbytes for record in item.records or ())
                self._unwritten -= 1
                self._written.notify_all()

    def _write(self, item: _Item, records: list[Record]) -> None:
        name = f"{self._files:06d}-step-{item.step}.safetensors"
        self._files += 1
        tensors, lines = entries(MEASURES, item.measures[1]), []
        for k, record in enumerate(records):
            try:
                tensors |= entries(f"{k}", record.tensor)
            except (TypeError, ValueError, LookupError, RuntimeError) as error:  # it alone is lost
                self.recorder.failures.append(f"{record.name} cannot be saved: {error}")
            else:
                lines.append(_record_line(record, f"{k}"))
        partial = self.folder / f"{name}.part"
        _save(tensors, partial)
        os.replace(partial, self.folder / name)
        self._line({"kind": "step", "file": name, "records": lines, **item.line()})
        self._tail.begin(name)

    def _line(self, content: dict[str, Any]) -> None:
        with (self.folder / MANIFEST).open("a", encoding="utf-8") as file:
            file.write(json.dumps(content, allow_nan=False) + "\n")
            file.flush()


def _step_row(place: int, step: int, m: Measure) -> list[float]:
    zero = np.nan if m.zero is None else m.zero
    return [place, step, m.count, m.mean, m.norm, m.low, m.high, zero, step, 0, m.finite]


def _point_row(place: int, p: Point) -> list[float]:
    zero = np.nan if p.zero is None else p.zero
    return [place, p.step, 0, p.mean, p.norm, p.low, p.high, zero, p.last, p.weight, p.finite]


def _record_line(record: Record, key: str) -> dict[str, Any]:
    return {
        "name": record.name, "step": record.step, "call": record.call, "kind": record.kind,
        "train": record.train, "shape": list(record.shape), "why": record.why,
        "notes": list(record.notes), "key": key, "dtype": record.dtype,
        "kept": list(record.kept.shape),
    }  # fmt: skip


def _finding_line(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind, "name": finding.name, "what": finding.what, "step": finding.step,
        "message": finding.message, "evidence": finding.evidence,
        "cell": None if finding.cell is None else list(finding.cell), "grave": finding.grave,
    }  # fmt: skip


def _save(tensors: dict[str, Any], path: Path) -> None:
    if "torch" in sys.modules:
        from safetensors.torch import save_file
    else:
        from safetensors.numpy import save_file
    save_file(tensors, path)
