"""Files of a selection: exact, whole or not at all, and refused with words."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope import downloads
from tensorscope.errors import TensorScopeError
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))


def test_npy_keeps_dtype_and_bits(tmp_path: Path) -> None:
    x = np.array([[0.1, -0.0, np.nan], [np.inf, 1e-45, -1.5]], np.float32)
    path = ts.scope(x).save(tmp_path / "x.npy")
    back = np.load(path)
    assert back.dtype == np.float32
    assert back.tobytes() == x.tobytes()
    half = torch.tensor([[1.0, 0.1], [3e38, -2.0]], dtype=torch.bfloat16)
    back = np.load(ts.scope(half).save(tmp_path / "half.npy"))
    assert back.dtype == np.float32
    assert back.tolist() == half.tolist()


def test_csv_has_dims_coordinates_and_texts_that_read_back(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(4, 6, 5)).astype(np.float32)
    s = ts.scope(x, "[2, 1:6:2, ::-1]", dims=("batch", "y", "x"))
    head, *lines = rows(s.save(tmp_path / "x.csv"))
    assert head == ["y / x", "4", "3", "2", "1", "0"]
    assert [line[0] for line in lines] == ["1", "3", "5"]
    back = np.array([line[1:] for line in lines]).astype(np.float32)
    assert np.array_equal(back, s.value)


def test_csv_of_a_line_and_of_one_value(tmp_path: Path) -> None:
    x = np.array([2**53 + 1, -1], np.int64)
    line = rows(ts.scope(x).save(tmp_path / "line.csv"))
    assert line == [["dim 0", "[:]"], ["0", "9007199254740993"], ["1", "-1"]]
    one = rows(ts.scope(x, "[0]").save(tmp_path / "one.csv"))
    assert one == [["[0]"], ["9007199254740993"]]


def test_csv_of_masked_places_text_and_dates(tmp_path: Path) -> None:
    masked = np.ma.masked_array([[1.5, 2.0]], [[True, False]])
    assert rows(ts.scope(masked).save(tmp_path / "m.csv"))[1] == ["0", "", "2.0"]
    words = np.array([["a,b", 'say "x"']])
    assert rows(ts.scope(words).save(tmp_path / "w.csv"))[1] == ["0", "a,b", 'say "x"']
    days = np.array([["2020-01-01", "NaT"]], "datetime64[D]")
    assert rows(ts.scope(days).save(tmp_path / "d.csv"))[1] == ["0", "2020-01-01", "NaT"]


def test_empty_selections_have_a_header_alone(tmp_path: Path) -> None:
    assert rows(ts.scope(np.zeros((0, 2))).save(tmp_path / "e.csv")) == [
        ["dim 0 / dim 1", "0", "1"]
    ]


@pytest.mark.parametrize(
    ("x", "name", "kind", "words"),
    [
        (np.zeros((2, 2)), "x.txt", "FORMAT", "ends in neither .npy nor .csv"),
        (np.zeros((2, 2)), "gone/x.npy", "MISSING", "no folder"),
        (np.ma.masked_array([1.0], [True]), "x.npy", "MASKED", "save a .csv"),
        (np.array([{}, None]), "x.npy", "FORMAT", "pickle"),
    ],
)
def test_what_cannot_be_written_is_said(
    x: Any, name: str, kind: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(TensorScopeError, match=words) as refused:
        ts.scope(x).save(tmp_path / name)
    assert refused.value.kind == kind
    assert list(tmp_path.iterdir()) == []


def test_csv_of_more_than_two_dims_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TensorScopeError, match="put an index in all but two") as refused:
        ts.scope(np.zeros((2, 3, 4)), "[:, :, :]").save(tmp_path / "x.csv")
    assert refused.value.kind == "DIMS"


def test_a_file_is_replaced_only_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    ts.scope(np.arange(3)).save(path)
    with pytest.raises(TensorScopeError, match="overwrite=True") as refused:
        ts.scope(np.arange(4)).save(path)
    assert refused.value.kind == "EXISTS"
    assert len(np.load(path)) == 3
    ts.scope(np.arange(4)).save(path, overwrite=True)
    assert len(np.load(path)) == 4


# ------------------------------------------------------------------ through a browser


def session(x: Any, sel: Any = None) -> Session:
    source = LiveSource(x, name="x")
    state = first_state(source.lengths)
    made = Session(source, state)
    if sel is not None:
        made.change(made.select(sel))
    return made


def asked(s: Session, **body: object) -> tuple[dict[str, Any], list[bytes]]:
    return s.handle({"v": 1, "req": "t:1", "kind": "save", **body})


def test_a_browser_gets_the_file_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "CHUNK", 100)
    x = np.arange(60, dtype=np.float64).reshape(6, 10)
    s = session(x)
    reply, (part,) = asked(s, form="npy", consent=True)
    about = reply["file"]
    assert about["name"] == "x.npy"
    assert about["note"] is None
    whole = part
    while len(whole) < about["size"]:
        reply, (part,) = asked(s, form="npy", of=about["of"], offset=len(whole))
        assert reply["file"]["offset"] == len(whole)
        assert len(part) <= 100
        whole += part
    assert np.array_equal(np.load(io.BytesIO(whole)), x)
    # Nothing is kept of what was fetched.
    reply, _ = asked(s, form="npy", of=about["of"], offset=0)
    assert "save once more" in reply["error"]["message"]


@pytest.mark.parametrize("form", ["npy", "csv"])
def test_a_file_that_is_no_longer_wanted_is_not_written_on(form: str) -> None:
    s = session(np.zeros((3, 1 << 20), np.float32))
    told: list[dict[str, Any]] = []

    def push(message: dict[str, Any]) -> None:
        told.append(message)
        stop = {"v": 1, "req": "t:2", "kind": "cancel", "target": "t:1"}
        assert s.handle(stop)[0]["cancelled"] is True

    s.on_push = push
    reply, buffers = asked(s, form=form, consent=True)
    assert reply["error"]["kind"] == "CANCELLED"
    assert buffers == []
    assert len(told) == 1
    assert told[0]["done"] < told[0]["total"]
    reply, _ = asked(s, form=form, of="t:1", offset=0)
    assert "save once more" in reply["error"]["message"]


def test_a_file_that_was_made_is_forgotten_when_it_is_cancelled() -> None:
    s = session(np.zeros((2, 2)))
    cancel = {"v": 1, "req": "t:2", "kind": "cancel", "target": "t:1"}
    s.downloads._file, s.downloads._req = b"kept", "t:1"
    assert s.handle(cancel)[0]["cancelled"] is True
    assert s.handle(cancel)[0]["cancelled"] is False
    reply, _ = asked(s, form="npy", of="t:1", offset=0)
    assert "save once more" in reply["error"]["message"]


@pytest.mark.parametrize(
    ("sel", "file"),
    [
        ("[:, :]", "x.npy"),
        ("[1, :]", "x_1_all.npy"),
        ("[2:18, ::2]", "x_2-18_--2.npy"),
        ("[::-1, mean]", "x_---1_mean.npy"),
    ],
)
def test_a_file_is_called_after_what_is_in_it(sel: str, file: str) -> None:
    reply, _ = asked(session(np.ones((20, 6)), sel), form="npy")
    assert reply["file"]["name"] == file


def test_a_browser_is_told_what_is_written() -> None:
    x = np.ones((2, 2), ml_dtypes.bfloat16)
    reply, _ = asked(session(x, "[1]"), form="npy")
    assert reply["file"]["name"] == "x_1_all.npy"
    assert "written as float32" in reply["file"]["note"]


def test_too_much_for_a_browser_is_refused_with_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "LARGEST", 1000)
    reply, buffers = asked(session(np.zeros((100, 100))), form="npy")
    assert reply["error"]["kind"] == "TOO_LARGE"
    assert 'np.save("x.npy", x' in reply["error"]["message"]
    assert buffers == []


def test_code_of_a_range_is_asked_for() -> None:
    s = session(np.arange(12).reshape(3, 4))
    reply, _ = s.handle({"v": 1, "req": "t:1", "kind": "code", "expr": "[1:3, 2]"})
    assert eval(reply["code"], {"x": s.source.tensor, "np": np}).tolist() == [6, 10]


# ------------------------------------------------------------------ as a part of the view


def test_the_table_is_a_part_of_the_view() -> None:
    s = ts.scope(np.zeros((3, 4)), name="x")
    assert s.view["table"] is False
    s.view = {"table": True}
    assert s.state == 'ts.scope(x, "[:, :]", view={\'table\': True}, name="x")'
    again = ts.scope(np.zeros((3, 4)), view={"table": True})
    assert again.view["table"] is True
    with pytest.raises(TensorScopeError, match="pass True"):
        s.view = {"table": 1}


def test_a_widget_turns_the_table_on() -> None:
    s = session(np.zeros((3, 4)))
    reply, _ = s.handle({"v": 1, "req": "t:1", "kind": "update", "patch": {"table": True}})
    assert reply["state"]["table"] is True
    reply, _ = s.handle({"v": 1, "req": "t:2", "kind": "update", "patch": {"table": "yes"}})
    assert reply["error"]["kind"] == "PROTOCOL"
