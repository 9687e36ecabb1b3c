"""A notebook shows the user's lines of an error of ours; faults of ours keep all of theirs."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from functools import cache

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.tracebacks import rendered, theirs

SETUP = """
import numpy as np, tensorscope as ts, tensorscope.extraction
x = np.ones((3, 4))
s = ts.scope(x)
def broken(*args):
    raise ZeroDivisionError("a fault")
class Lost:
    shape, dtype = (2,), np.dtype("f4")
    def __array__(self, *args, **kwargs):
        raise RuntimeError("lost device")
def noted():
    error = ts.SelectionError("mine")
    error.add_note("a note")
    raise error
"""
WRONG = [
    'ts.scope(x, "[99]")',
    'ts.where(x, "x >")',
    'ts.extract(x, "[a]")',
    "ts.stats(x, progress=5)",
    "ts.topk(x, -1)",
    'ts.open("/no/such.npy")',
    "ts.watch(3)",
    'ts.watch().break_when("nope(x)")',
    "float(ts.extract(x))",
    's.expr = "[99]"',
    's.where = "x >"',
    's.view = {"rows": 9}',
    "s.cell = (9, 9)",
    's.select("[9]")',
]
OTHER = [
    "noted()",
    "ts.extract(Lost())",
    "tensorscope.extraction.select = broken; ts.extract(x)",
]


@cache
def shown() -> dict[str, str]:
    """Return what IPython prints for each cell, in a process of its own: a shell stays."""
    script = f"""
import contextlib, io, json
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
shell.run_cell({SETUP!r})
found = {{}}
for cell in {WRONG + OTHER!r}:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        shell.run_cell(cell)
    found[cell] = out.getvalue()
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("cell", WRONG)
def test_a_wrong_argument_shows_the_users_line_alone(cell: str) -> None:
    text = shown()[cell]
    assert cell.split(" ")[0] in text
    assert "Error" in text
    assert "File " not in text.replace("'/no/such.npy'", "")
    assert text.count("---->") == 1


def test_notes_stay() -> None:
    assert "a note" in shown()["noted()"]


def test_what_raised_in_the_users_own_code_is_told_with_its_lines() -> None:
    text = shown()["ts.extract(Lost())"]
    assert 'raise RuntimeError("lost device")' in text
    assert "direct cause" in text
    assert "UnsupportedTensorError: Lost raised" in text


def test_a_fault_of_ours_keeps_our_lines() -> None:
    text = shown()[OTHER[2]]
    assert "ZeroDivisionError: a fault" in text
    assert "extraction.py" in text


def test_the_error_itself_keeps_its_traceback() -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.extract(np.ones(3), "[9]")
    error = caught.value
    whole = traceback.extract_tb(error.__traceback__)
    assert len(whole) > 2
    assert [f.name for f in traceback.extract_tb(theirs(error.__traceback__))] == [whole[0].name]
    assert "9 is out of range" in rendered(error)[-1]
    assert traceback.extract_tb(error.__traceback__) == whole


def test_lines_of_the_user_below_ours_stay() -> None:
    def stop(done: int, total: int) -> None:
        raise ts.Cancelled("enough")

    import dask.array as da

    with pytest.raises(ts.Cancelled) as caught:
        ts.stats(da.ones((4, 4), chunks=2), progress=stop)
    frames = traceback.extract_tb(theirs(caught.value.__traceback__))
    assert frames[-1].name == "stop"
    assert len(frames) > 2


def test_where_every_line_is_ours_all_are_shown() -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.extract(np.ones(3), "[9]")
    trace = caught.value.__traceback__
    assert trace is not None
    assert theirs(trace.tb_next) is trace.tb_next
    assert theirs(None) is None
