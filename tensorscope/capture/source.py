"""RecordSource: a record, or the difference of two, where a scope's values come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tensorscope.capture.record import Record
from tensorscope.info import TensorInfo
from tensorscope.source import LiveSource


class RecordSource(LiveSource):
    """One record, shown like a tensor; it can be exchanged for that of another step.

    Parameters
    ----------
    record : Record
    against : Record or None
        Another record of the same shape: what is shown then is the difference.
    holder : callable
        Gives what the watch is called in code.
    """

    def __init__(self, record: Record, against: Record | None, holder: Callable[[], str]) -> None:
        self.record = record
        self.against = against
        self._holder = holder
        self._shown = _shown(record, against)  # alive as long as this: it is held weakly elsewhere
        super().__init__(self._shown)

    def exchange(self, record: Record, against: Record | None) -> None:
        """Show another record from now on."""
        self.record, self.against = record, against
        self._shown = self.tensor = _shown(record, against)
        self._first_info = self.adapter.info(self.tensor, self.dims)
        self._user_tensor = None

    @property
    def info(self) -> TensorInfo:
        """What the record is; what it was captured for is in the notes."""
        record, kept = self.record, self.tensor.shape[0] if len(self.tensor.shape) else 1
        notes = [f"{record.kind} · step {record.step} · {'train' if record.train else 'eval'}"]
        if self.against is not None:
            notes = [f"step {record.step} less step {self.against.step}"]
        if record.partial:
            notes.append(f"the first {kept} of {record.shape[0]} examples were kept")
        return replace(self._first_info, notes=(*notes, *record.notes))

    def display_name(self) -> str:
        """Return the module's name."""
        return self.record.name

    def code_name(self, holder: object) -> tuple[str, Any, str | None]:
        """Return the expression for the record, and what it gives."""
        self.check_open()
        code = record_code(self._holder(), self.record)
        if self.against is not None:
            code = f"({code} - {record_code(self._holder(), self.against)})"
        return code, self.tensor, None


def record_code(watch: str, record: Record) -> str:
    """Return the expression that gives a record."""
    kind = "" if record.kind in ("output", "probe") else f', kind="{record.kind}"'
    call = f", call={record.call}" if record.call else ""
    name = record.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{watch}.record("{name}", step={record.step}{kind}{call})'


def _shown(record: Record, against: Record | None) -> Any:
    return record.tensor if against is None else record.tensor - against.tensor
