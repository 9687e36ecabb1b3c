"""Notebook 02 says what is true: it is executed, and its outputs are looked at."""

from __future__ import annotations

import ast

import pytest

from tests.notebooks.conftest import Run

FRAMEWORKS = ["NumPy", "PyTorch", "TensorFlow", "JAX"]
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_it_runs_without_a_complaint(second: Run) -> None:
    complaints = [
        (cell.id, out)
        for cell in second.notebook.cells
        for out in cell.get("outputs", [])
        if out.output_type == "error" or out.get("name") == "stderr" or "WARNING" in str(out)
    ]
    assert complaints == []


def test_four_tensors_hold_one_set_of_numbers(second: Run) -> None:
    lines = second.text("tensors-code").splitlines()
    assert [line.split(" · ")[1] for line in lines] == ["numpy", "torch", "tensorflow", "jax"]
    assert all(line.startswith("float32 (100, 8, 8)") for line in lines)


def test_one_number(second: Run) -> None:
    told = dict(line.split() for line in second.text("number-code").splitlines())
    assert told == dict.fromkeys(FRAMEWORKS, "0.8125")
    outside = second.text("number-outside-code").splitlines()
    assert outside[-1] == "Array(True, dtype=bool)"
    assert [line.split(maxsplit=1)[1] for line in outside[:4]] == [
        "IndexError",
        "IndexError",
        "InvalidArgumentError",
        "1.0, without an error",
    ]
    *codes, refusal = second.text("number-ts-code").splitlines()
    assert [line.split()[1] for line in codes] == [
        "a[3,",
        "t[3,",
        "f[3,",
        "j[3,",
    ]
    assert "allowed -100…99" in refusal


@pytest.mark.parametrize("cell", ["number-scope-code", "condition-scope-code"])
def test_a_scope_leaves_a_widget_and_a_picture(second: Run, cell: str) -> None:
    (output,) = second.outputs(cell)
    assert output.data[WIDGET]["model_id"]
    assert output.data["image/png"]
    assert output.data["text/plain"].startswith("<Scope ")


def test_the_code_of_the_scopes_gives_their_values(second: Run) -> None:
    code = "print(np.array_equal(eval(sf.code), sf.value), sf.code)"
    assert second.ask(code) == "True f[3].numpy()"
    assert second.ask(
        "i, v = eval(sj.hits.code)\n"
        "print(np.array_equal(i, sj.hits.indices), np.array_equal(v, sj.hits.values))"
    ) == ("True True")


def test_a_slice(second: Run) -> None:
    assert second.text("slice-step-code").endswith("True")
    views = second.text("slice-view-code").splitlines()
    assert [view.split()[0].rstrip(":") for view in views] == FRAMEWORKS
    assert "7" in views[0]
    assert "7" in views[1]
    assert "immutable" in views[3]
    assert second.text("slice-change-code").count("7.0") == 2


def test_a_condition(second: Run) -> None:
    lines = second.text("condition-code").splitlines()
    assert len(lines) == 4
    assert all(line.endswith("841 places, as NumPy says: True") for line in lines)
    assert len(set(second.text("condition-ts-code").splitlines())) == 1
    traps = {
        line.split(maxsplit=1)[0]: ast.literal_eval(line.split(maxsplit=1)[1])
        for line in second.text("condition-trap-code").splitlines()
    }
    assert traps["NumPy"] == [False, False, False]
    assert all(traps[name] == [False, True, True] for name in FRAMEWORKS[1:])
    assert second.text("condition-exact-code") == "0 [100, 255]\n0 [100, 255]"


def test_memory(second: Run) -> None:
    told = [line.split()[-2:] for line in second.text("memory-proof-code").splitlines()]
    assert told == [
        ["shares", "writeable"],
        ["shares", "writeable"],
        ["copy", "writeable"],
        ["shares", "read-only"],
        ["shares", "read-only"],
        ["copy", "writeable"],
    ]
    assert "x.numpy() copies" in second.text("memory-code")
    assert "[9 2]" in second.text("memory-bf16-code")


def test_tracing(second: Run) -> None:
    assert [line.split()[1] for line in second.text("tracing-code").splitlines()] == [
        "SYMBOLIC",
        "SYMBOLIC",
        "0.0",
    ]
    assert sorted(second.text("tracing-inside-code").splitlines()) == [
        "JAX: 0.8125",
        "TensorFlow: 0.8125",
    ]
    assert second.text("tracing-outside-code") == "1.625"


def test_one_list_has_four_dtypes(second: Run) -> None:
    rows = [line.split() for line in second.text("dtypes-code").splitlines()]
    assert [row[:3] for row in rows] == [
        ["numpy", "float64", "int64"],
        ["torch", "float32", "int64"],
        ["tensorflow", "float32", "int32"],
        ["jax", "float32", "int32"],
    ]
    assert {row[-1] for row in rows} == {"0.1"}
