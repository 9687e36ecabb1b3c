"""Makes the golden files; run ``python -m tests.contract.golden`` if the wire is meant to change.

`values.json` has raw bits of every dtype and the text that they must print as, on both sides.
`messages.json` has requests, the replies that a session gives to them, and their buffers;
`watch.json` the same of a watch.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.capture.probed import on_probe
from tensorscope.capture.watch import Watch as HeadlessWatch
from tensorscope.frames import wire_name
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.text import scalar_text
from tensorscope.view import first_state
from tensorscope.watch_session import WatchSession

HERE = Path(__file__).parent
PER_DTYPE = 160


#: Dtypes that frames carry under their own name; the others travel as wider ones.
ON_THE_WIRE = [name for name, dtype in DTYPES.items() if wire_name(dtype) == name]


def raw_values(name: str) -> np.ndarray[Any, Any]:
    """Return raw elements of a dtype: the corners, and many drawn at random from all bits."""
    dtype = DTYPES[name]
    rng = np.random.default_rng(2026)
    if name == "bool":
        return np.array([False, True])
    if dtype.storage.itemsize == 1:
        count = 16 if name == "float4_e2m1fn" else 256
        return np.arange(count, dtype=np.uint8).view(dtype.storage)
    if dtype.kind == "c":
        part = np.dtype(f"f{dtype.storage.itemsize // 2}")
        corners = np.array([0, -0.0, 1, -2.5, 0.1, np.inf, -np.inf, 1e-5, 1e16], part)
        grid = np.stack(np.meshgrid(corners, corners), -1).reshape(-1, 2)
        return np.ascontiguousarray(grid).view(dtype.storage).reshape(-1)
    bits = rng.integers(0, 256, (PER_DTYPE, dtype.storage.itemsize), dtype=np.uint8)
    drawn = bits.reshape(-1).view(dtype.storage)
    if dtype.kind in "iu":
        info = np.iinfo(dtype.storage)
        corners = np.array([info.min, info.max, 0, 1, info.max - 1], dtype.storage)
    elif dtype.native:
        tiny = np.finfo(dtype.storage)
        corners = np.array(
            [0, -0.0, np.inf, -np.inf, np.nan, 1, 0.1, -0.1, 1e-5, 1e-4, 123456, tiny.max,
             tiny.tiny, tiny.smallest_subnormal, 1 / 3, 2 / 3, 100, 1e3, 65504, 0.5], np.float64,
        ).astype(dtype.storage)  # fmt: skip
        if dtype.storage.itemsize > 2:
            corners = np.append(
                corners, np.array([1e15, 1e16, 123456789, 2**24 + 2], dtype.storage)
            )
    else:
        corners = np.array([0, 0x8000, 0x7F80, 0xFF80, 0x7FC0, 0x3F80, 0x3DCD], np.uint16)
    return np.concatenate([corners, drawn])


def value_cases() -> dict[str, Any]:
    cases = {}
    for name in ON_THE_WIRE:
        dtype, raw = DTYPES[name], raw_values(name)
        cases[name] = {
            "bits": base64.b64encode(raw.tobytes()).decode(),
            "texts": [scalar_text(dtype, element) for element in raw],
        }
    return cases


REQUESTS: list[dict[str, Any]] = [
    {"kind": "hello", "viewport": {"px": [100, 100]}},
    {"kind": "update", "patch": {"index": [0, 1]}, "viewport": {"px": [100, 100]}},
    {"kind": "ahead", "index": [0, [1, 7, 0]], "viewport": {"px": [100, 100]}},
    {"kind": "ahead", "index": [0, "next"]},
    {"kind": "update", "patch": {"where": "x > 0.5"}, "viewport": {"px": [100, 100]}},
    {"kind": "update", "patch": {"cell": [1, 0, 2]}, "viewport": {"px": [100, 100]}},
    {"kind": "update", "patch": {"expr": "[:, ::-1, 1:]"}, "viewport": {"px": [40, 40]}},
    {"kind": "frame", "viewport": {"px": [2, 2], "tiles": [0, 2]}},
    {"kind": "update", "patch": {"expr": "[9]"}},
    {"kind": "update", "patch": {"reduce": [0, "mean"]}, "viewport": {"px": [100, 100]}},
    {"kind": "stats", "scope": "tensor"},
    {"kind": "stats", "scope": "slice"},
    {"kind": "hits", "offset": 0, "limit": 3, "sort": "-value"},
    {"kind": "topk", "k": 2, "largest": False, "by": "value"},
    {"kind": "value", "cell": ["mean", 1, 2]},
    {"kind": "nonsense"},
    {
        "kind": "update",
        "patch": {"expr": "[:, :, :]", "sort": "-mean"},
        "viewport": {"px": [40, 40]},
    },
    {"kind": "tiles", "viewport": {"tiles": [0, 100]}},
    {"kind": "anomaly", "cell": [0, 0, 0], "by": 1},
    {"kind": "update", "patch": {"rgb": 1}, "viewport": {"px": [40, 40]}},
    {"kind": "module", "name": "nothing"},
    {"kind": "update", "patch": {"undo": True}, "viewport": {"px": [100, 100]}},
    {"kind": "update", "patch": {"condition": {"add": "low", "where": "x < 0"}},
     "viewport": {"px": [100, 100]}},
    {"kind": "update", "patch": {"condition": {"hide": "A"}}, "viewport": {"px": [2, 2]}},
    {"kind": "hits", "offset": 0, "limit": 1, "by": 1, "scope": "tensor"},
    {"kind": "update", "patch": {"condition": {"remove": "high"}}},
]  # fmt: skip


def tensor() -> np.ndarray[Any, Any]:
    x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    x[0, 0, 0], x[0, 1, 1], x[1, 2, 3] = np.nan, np.inf, -np.inf
    return x


LOOK: list[dict[str, Any]] = [
    {"kind": "hello", "viewport": {"px": [100, 100]}},
    {"kind": "frame", "viewport": {"px": [2, 2]}},
    {"kind": "stats", "scope": "tensor"},
    {"kind": "value", "cell": [1, 1]},
]


def special() -> list[Any]:
    """Return arrays with masked places, dates, and text."""
    hidden = np.ma.masked_array(np.arange(12.0).reshape(3, 4), np.eye(3, 4, dtype=bool))
    dates = np.array([["2020-01-01", "NaT"], ["2021-06-01", "1969-12-31"]], "datetime64[D]")
    return [hidden, dates, np.array([["a", "b'"], ["", "ü" * 50]])]


LABELLED: list[dict[str, Any]] = [
    {"kind": "hello", "viewport": {"px": [100, 100]}},
    {"kind": "frame", "viewport": {"px": [100, 100], "rows": [1, 3], "columns": [0, 2]}},
    {"kind": "update", "patch": {"expr": "['2020-01-02', price]"}},
    {"kind": "update", "patch": {"slot": [1, "pirce"]}},
    {"kind": "value", "cell": [1, 0]},
    {"kind": "topk", "k": 1},
]


def table() -> pd.DataFrame:
    """Return a table whose rows and columns have labels, one too long for the screen."""
    days = pd.date_range("2020-01-01", periods=3)
    return pd.DataFrame({"price": [1.5, 2.5, 3.5], f"v{'o' * 50}lume": [1.0, 2.0, 3.0]}, index=days)


def exchanges() -> list[dict[str, Any]]:
    """Return requests and replies, without what differs from run to run."""
    found = _exchange(tensor(), REQUESTS)
    for x in special():
        found += _exchange(x, LOOK)
    return found + _exchange(table(), LABELLED)


def _exchange(x: Any, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return _answers(Session(LiveSource(x, name="x"), first_state(x.shape)), requests)


def _answers(session: Session | WatchSession, requests: list[dict[str, Any]]) -> list[Any]:
    found = []
    for k, request in enumerate(requests):
        reply, buffers = session.handle({"v": 1, "req": f"golden:{k}", **request})
        reply = json.loads(json.dumps(reply))
        if "frame" in reply:
            reply["frame"]["milliseconds"] = 0
        found.append(
            {
                "request": {"v": 1, "req": f"golden:{k}", **request},
                "reply": reply,
                "buffers": [base64.b64encode(buffer).decode() for buffer in buffers],
            }
        )
    return found


WATCHED: list[dict[str, Any]] = [
    {"kind": "watch", "do": "hello"},
    {"kind": "hello", "viewport": {"px": [100, 100]}},
    {"kind": "watch", "do": "select", "name": "numbers", "what": "probe", "step": 1, "against": 0,
     "viewport": {"px": [100, 100]}},
    {"kind": "watch", "do": "break", "cond": "abs(x) > 1e4", "on": "numbers", "serial": 1},
    {"kind": "watch", "do": "news", "serial": 2},
    {"kind": "watch", "do": "select", "name": "numbers", "what": "weight", "step": 1},
    {"kind": "watch", "do": "break", "cond": "x >"},
]  # fmt: skip


def watch_exchanges() -> list[dict[str, Any]]:
    """Return what a watch of probes says, without the time and the speed."""
    watch = HeadlessWatch(every=1)
    with watch:
        for step in range(3):
            on_probe(watch._recorder, "loss", 2.0 - step)
            on_probe(watch._recorder, "numbers", tensor() * np.float32(step + 1))
            on_probe(watch._recorder, "plain", np.arange(6.0).reshape(2, 3))
        found = _answers(WatchSession(watch, lambda: "w"), WATCHED)
    for exchange in found:
        if "watch" in exchange["reply"]:
            exchange["reply"]["watch"]["time"] = "14:02:11"
            exchange["reply"]["watch"]["status"]["rate"] = 31.5
    return found


def write() -> None:
    (HERE / "watch.json").write_text(json.dumps(watch_exchanges(), indent=1) + "\n")
    (HERE / "values.json").write_text(json.dumps(value_cases(), indent=0) + "\n")
    (HERE / "messages.json").write_text(json.dumps(exchanges(), indent=1) + "\n")


if __name__ == "__main__":
    write()
