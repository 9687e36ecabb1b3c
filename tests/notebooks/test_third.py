"""Notebook 03 says what is true: it is executed, and its outputs are looked at."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.notebooks.conftest import Run

WIDGET = "application/vnd.jupyter.widget-view+json"


def percent(run: Run, cell: str) -> float:
    """Return how many of the unseen digits were right at last."""
    return float(re.findall(r"([\d.]+)% of the unseen", run.text(cell))[-1])


def test_it_runs_without_a_complaint(third: Run) -> None:
    complaints = [
        (cell.id, out)
        for cell in third.notebook.cells
        for out in cell.get("outputs", [])
        if out.output_type == "error" or out.get("name") == "stderr"
    ]
    assert complaints == []


@pytest.mark.parametrize(
    "cell", ["watch-code", "maps-difference-code", "nan-value-code", "saved-show-code"]
)
def test_widgets_are_there(third: Run, cell: str) -> None:
    (output,) = third.outputs(cell)
    assert output.data[WIDGET]["model_id"]
    assert output.data["text/plain"].startswith(("<Watch Net", "<Scope "))


def test_records_are_those_of_the_step(third: Run) -> None:
    assert percent(third, "train-code") > 90
    text = third.text("record-code")
    assert "output · step 0 · float32 (51, 8, 8, 8), first 1 kept · train" in text
    assert float(re.findall(r"(-[\d.]+)\)", text)[0]) < 0  # before the ReLU in place
    assert "index 7 is not among them" in third.text("record-one-code")
    assert third.ask("print(w.record('act1', step=0).tensor.min().item() >= 0)") == "True"


def test_feature_maps_change_from_step_to_step(third: Run) -> None:
    (output,) = third.outputs("maps-code")
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
    pixels = np.asarray(picture, np.float32)
    rows = np.array_split(pixels, 4)
    height = min(len(row) for row in rows)
    assert np.abs(rows[0][:height] - rows[3][:height]).mean() > 10
    trained = third.ask("print([w.record('act1', s).train for s in (*steps, 30)])")
    assert trained == "[True, True, True, True, False]"  # step 30 is the first evaluation


def test_pausing_in_a_thread_stops_between_layers(third: Run) -> None:
    assert third.text("stepping-code").splitlines() == [
        "paused after conv1",
        "paused after act1",
        "paused after conv2",
        "closed after classify",
    ]


def test_the_nan_is_found_and_mended(third: Run) -> None:
    assert "loss nan" in third.text("nan-code")
    assert "~isfinite(x) on the output of" in third.text("nan-break-code")
    blame = third.text("nan-blame-code")
    assert re.search(r"made the first (NaN|Inf)\. .* Its input was finite", blame)
    assert float(blame.rsplit(maxsplit=1)[-1]) > 1e20
    assert "explodes" in third.text("nan-where-code")
    assert percent(third, "nan-fix-code") > 70
    assert "hit 0 ×" in third.text("nan-fix-code")
    assert third.ask("print(nan_scope.hits.count > 0)") == "True"


def test_the_dead_relu_is_found_and_mended(third: Run) -> None:
    assert percent(third, "dead-code") < 20
    assert "act2 is dead. 100.0 % of its values are 0" in third.text("dead-findings-code")
    assert "conv1.weight" in third.text("dead-findings-code")
    assert third.text("dead-when-code").endswith("all below zero")
    assert third.ask("print(after.max().item() < 0)") == "True"
    assert "share(x == 0) > 0.99 on the output of act" in third.text("dead-stop-code")
    assert percent(third, "dead-fix-code") > 90
    assert third.text("dead-fix-code").endswith("[]")


def test_it_is_saved_and_opened_again(third: Run) -> None:
    assert third.text("saved-code").endswith("(True, 124, 'closed')")
    assert "000000-step-0.safetensors" in third.text("saved-code")
