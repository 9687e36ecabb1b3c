"""The kernel says what the golden messages say; js/test/golden.test.ts reads the same files."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.text import scalar_text
from tests.contract import golden

VALUES = json.loads((golden.HERE / "values.json").read_text())
MESSAGES = json.loads((golden.HERE / "messages.json").read_text())
WATCHED = json.loads((golden.HERE / "watch.json").read_text())


@pytest.mark.parametrize("name", golden.ON_THE_WIRE)
def test_every_dtype_prints_as_agreed(name: str) -> None:
    raw = np.frombuffer(base64.b64decode(VALUES[name]["bits"]), DTYPES[name].storage)
    assert len(raw) == len(VALUES[name]["texts"]) > 1
    assert [scalar_text(DTYPES[name], element) for element in raw] == VALUES[name]["texts"]


def close(ours: Any, theirs: Any) -> bool:
    """Equal; floats of statistics to the last digits, for NumPy may add in another order."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(close(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(ours, float):
        return bool(np.isclose(ours, theirs, rtol=1e-12))
    return bool(ours == theirs)


@pytest.mark.parametrize("k", range(len(MESSAGES)))
def test_replies_are_as_agreed(k: int) -> None:
    ours, theirs = golden.exchanges()[k], MESSAGES[k]
    assert ours["request"] == theirs["request"]
    for key in ("mean", "std", "sum", "norm"):
        for reply in (ours["reply"], theirs["reply"]):
            if "stats" in reply and "." in (reply["stats"][key] or ""):
                reply["stats"][key] = float(reply["stats"][key])
    assert close(ours["reply"], theirs["reply"])
    assert ours["buffers"] == theirs["buffers"]


def test_a_watch_answers_as_agreed() -> None:
    found = golden.watch_exchanges()
    assert len(found) == len(WATCHED)
    for ours, theirs in zip(found, WATCHED, strict=True):
        assert close(ours, theirs)


def test_no_reply_has_what_json_has_not() -> None:
    for exchange in [*golden.exchanges(), *golden.watch_exchanges()]:
        json.dumps(exchange["reply"], allow_nan=False)


def test_no_message_uses_the_key_that_ipykernel_keeps() -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {k for v in value.values() for k in keys(v)}
        return {k for v in value for k in keys(v)} if isinstance(value, list) else set()

    assert "id" not in {k for exchange in MESSAGES for k in keys(exchange)}
