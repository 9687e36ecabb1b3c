"""Notebook 01 says what is true: it is executed, and its outputs are looked at."""

from __future__ import annotations

import base64
import re

import pytest
from nbformat import NotebookNode

from tests.notebooks.conftest import Run

SCOPES = ["scope-code", "slice-scope-code", "condition-scope-code", "numpy-scope-code"]
WIDGET = "application/vnd.jupyter.widget-view+json"


# ------------------------------------------------------------------ as it lies in the repo


@pytest.mark.parametrize(
    ("plain", "scope"),
    [
        ("item-code", "scope-code"),
        ("slice-keep-code", "slice-scope-code"),
        ("probabilities", "condition-scope-code"),
        ("numpy-code", "numpy-scope-code"),
    ],
)
def test_plain_code_comes_before_the_scope(first: NotebookNode, plain: str, scope: str) -> None:
    names = [cell.id for cell in first.cells]
    chapters = [cell.id for cell in first.cells if cell.source.startswith("## ")]
    chapter = max(names.index(name) for name in chapters if names.index(name) < names.index(scope))
    assert chapter < names.index(plain) < names.index(scope)
    assert "ts." not in first.cells[names.index(plain)].source


# ------------------------------------------------------------------ as it runs


def test_it_runs_without_a_complaint(run: Run) -> None:
    complaints = [
        (cell.id, out)
        for cell in run.notebook.cells
        for out in cell.get("outputs", [])
        if out.output_type == "error" or out.get("name") == "stderr"
    ]
    assert complaints == []


def test_the_network_has_learned(run: Run) -> None:
    lines = run.text("training").splitlines()
    assert len(lines) == 8
    right = float(re.search(r"([\d.]+)% of the unseen", lines[-1])[1])
    assert right > 90


@pytest.mark.parametrize("cell", SCOPES)
def test_a_scope_leaves_a_widget_a_picture_and_a_line(run: Run, cell: str) -> None:
    (output,) = run.outputs(cell)
    assert output.data[WIDGET]["model_id"]
    picture = base64.b64decode(output.data["image/png"])
    assert picture.startswith(b"\x89PNG")
    assert 1000 < len(picture) < 100_000
    assert output.data["text/plain"].startswith("<Scope ")


def test_no_scope_is_overlooked(first: NotebookNode) -> None:
    assert [
        c.id for c in first.cells if c.cell_type == "code" and "ts.scope(" in c.source
    ] == SCOPES


def test_one_number(run: Run) -> None:
    assert run.text("act") == "torch.Size([8, 32, 16, 16])"
    assert "grad_fn=<SelectBackward0>" in run.text("zero-d-code")
    assert run.text("zero-d-code").endswith("torch.Size([])")
    number, kind = run.text("item-code").strip("()").split(", ")
    assert kind == "float"
    assert "256 elements" in run.text("item-many")
    short, same = run.text("digits-code").splitlines()
    assert same == "True"
    assert len(short) < len(number)
    assert "detach" in run.text("detach-refused")
    assert "tensor([2048., 2048., 2048.])" in run.text("detach-code")
    assert run.text("scope-cell-code") == f"(0, 20, 10, 12)\n{number}"


def test_a_scope_and_python_move_each_other(run: Run) -> None:
    assert run.text("scope-value-code").splitlines() == [
        "[0, 20, :, :]",
        "act[0, 20].detach().clone().numpy()",
        "<class 'numpy.ndarray'> (16, 16)",
        "True",
    ]
    assert run.text("scope-moves-code") == "act[0, 20, 10, 12].item()\nTrue"
    # Whoever ran all cells at once finds the scope as the text describes it.
    assert run.ask("print(s.expr, s.cell)") == "[0, 20, :, :] (0, 20, 10, 12)"


def test_a_slice(run: Run) -> None:
    assert run.text("embeddings") == "(torch.Size([297, 64]), torch.Size([3, 64]))"
    assert run.text("slice-view-code") == "tensor(-1.)"
    assert run.text("slice-keep-code") == "((3, 64), dtype('float32'))"
    assert (
        run.text("slice-dims-code") == "(torch.Size([64]), torch.Size([1, 64]), torch.Size([3, 4]))"
    )
    assert run.text("slice-extract-code") == "embeddings[2:5].clone().numpy()\nTrue"
    assert run.text("slice-mean-code").endswith("True")
    # The selections that the reader is asked to type.
    assert run.ask(
        'for e.expr in ("[::20, :]", "[-1, :]", "[mean, :]"): print(e.value.shape)\n'
        'e.expr = "[2:5, :]"'
    ).splitlines() == ["(15, 64)", "(64,)", "(64,)"]


def test_a_condition(run: Run) -> None:
    first, *listed = run.text("probabilities").splitlines()
    count = int(re.match(r"(\d+) of 2970 values are above 0.9", first)[1])
    assert len(listed) == 4
    assert run.text("condition-where-code").startswith(f"<Hits {count} of 2970")
    assert "0.9 became 0.8999999761581421" in run.text("condition-where-code")
    assert run.text("condition-same") == "True\nTrue\nTrue"
    assert re.match(r"x > 0.9\n\d+ hits of 400\n", run.text("condition-hits"))
    plain = re.findall(r"image (\d+): surest at ([\d.]+)", run.text("doubt-code"))
    found = re.findall(r"\[(\d+), ·\]\s+([\d.]+)", run.text("doubt-topk"))
    assert [image for image, _ in found] == [image for image, _ in plain]
    assert all(abs(float(a) - float(b)) < 1e-3 for (_, a), (_, b) in zip(found, plain, strict=True))


def test_a_column_with_two_hits_is_a_digit_between_two_answers(run: Run) -> None:
    images = run.ask(
        'p.where = "0.4 < x < 0.6"\nprint(*p.hits.indices[:, 0].tolist())\np.where = "x > 0.9"'
    ).split()
    assert len(images) > len(set(images)) > 0


def test_the_table_of_numpy(run: Run) -> None:
    told = dict(
        re.split(r"\s{2,}|\) ", line, maxsplit=1) for line in run.text("numpy-code").splitlines()
    )
    assert told.pop("without .item(") == "<class 'numpy.float32'>"
    assert "greater than zero" in told.pop("in PyTorch")
    assert told == dict.fromkeys(
        ("one number", "a slice", "where", "the values", "a step back"), "True"
    )
    assert run.text("numpy-extract-code").splitlines() == [
        "a[0, 20, ::-1].copy()",
        "act[0, 20].detach().clone().numpy()[::-1]",
    ]


def test_the_table_of_memory(run: Run) -> None:
    assert run.text("memory-code") == "tensor([99.,  0.,  0.])"
    told = dict(line.rsplit(maxsplit=1) for line in run.text("memory-table").splitlines())
    assert told == {
        "t.numpy()": "shares",
        "t.detach().numpy()": "shares",
        "t[0].numpy()": "shares",
        "t.T.numpy()": "shares",
        "np.asarray(t)": "shares",
        "t.clone().numpy()": "copy",
        "t[t > 2].numpy()": "copy",
        "t[[0, 1]].numpy()": "copy",
        "t.double().numpy()": "copy",
        "ts.extract(t).numpy()": "copy",
    }
    told = dict(line.rsplit(maxsplit=1) for line in run.text("memory-back-code").splitlines())
    assert told == {
        "torch.from_numpy(b)": "shares",
        "torch.as_tensor(b)": "shares",
        "torch.tensor(b)": "copy",
    }


def test_why_no_view_is_handed_out(run: Run) -> None:
    assert "modified by an inplace operation" in run.text("view-counted")
    assert run.text("view-wrong") == "tensor([200.,   6.])"
    assert "not resizable" in run.text("view-resize-code")
    assert run.text("view-own-code") == "tensor([4., 6.])\nTrue"


def test_the_code_of_every_scope_gives_its_value(run: Run) -> None:
    assert (
        run.ask(
            "for scope in (s, e, p):\n    print(np.array_equal(eval(scope.code), scope.value))\n"
            "indices, values = eval(p.hits.code)\n"
            "print(np.array_equal(indices, p.hits.indices), np.array_equal(values, p.hits.values))"
        ).split()
        == ["True"] * 5
    )
