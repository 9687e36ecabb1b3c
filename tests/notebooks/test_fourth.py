"""Notebook 04 says what is true: it is executed, and its outputs are looked at."""

from __future__ import annotations

import re

from tests.notebooks.conftest import Run

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_it_runs_without_a_complaint(fourth: Run) -> None:
    complaints = [
        (cell.id, out)
        for cell in fourth.notebook.cells
        for out in cell.get("outputs", [])
        if out.output_type == "error" or out.get("name") == "stderr"
    ]
    assert complaints == []


def test_widgets_are_there(fourth: Run) -> None:
    for cell in ("keras-watch-code", "scope-code"):
        (output,) = fourth.outputs(cell)
        assert output.data[WIDGET]["model_id"]


def test_keras_is_watched_in_training_mode(fourth: Run) -> None:
    assert float(re.findall(r"([\d.]+)% of", fourth.text("keras-train-code"))[0]) > 85
    text = fourth.text("keras-record-code")
    assert "output · step 50 · float32 (50, 256), first 1 kept · train" in text
    plain, dropped = map(int, re.findall(r"(\d+)%", text))
    assert dropped > plain
    assert fourth.ask("print(w.steps, w.notes)") == "60 ()"


def test_keras_findings(fourth: Run) -> None:
    error, hit, finding = fourth.text("keras-nan-code").splitlines()
    assert error.endswith("True")  # our words are in TensorFlow's error
    assert "~isfinite(x) on the output of" in hit
    assert re.search(r"made the first (NaN|Inf)", finding)
    assert "act2 is dead" in fourth.text("keras-dead-code")


def test_what_xla_hides_is_said(fourth: Run) -> None:
    text = fourth.text("keras-xla-code")
    assert "\n0 steps\nthe training step is compiled by XLA" in text
    eager = fourth.text("keras-eager-code")
    assert "XLA is off while the model is watched" in eager
    assert eager.endswith("True")
    callback = fourth.text("keras-callback-code")
    assert "(4, 256), first 1 kept · eval>" in callback
    assert "note: inference mode" in callback
    assert callback.endswith("True")


def test_jax_probes(fourth: Run) -> None:
    lines = fourth.text("jax-watch-code").splitlines()
    first, last = map(float, re.findall(r"loss ([\d.]+) to ([\d.]+)", lines[0])[0])
    assert lines[0].startswith("90 steps")
    assert last < first / 2
    assert "hidden · probe · step 80 · float32 (50, 32), first 1 kept" in lines[1]
    told = fourth.text("jax-repeats-code").splitlines()
    assert told[:2] == ["step 0: [1.0, 5.0, 9.0]", "step 1: [1.0, 5.0, 9.0]"]
    assert "once for each example" in told[2]


def test_flax_intermediates(fourth: Run) -> None:
    text = fourth.text("linen-watch-code")
    assert "conv1 · output · step 20 · float32 (50, 8, 8, 8), first 1 kept" in text
    assert "act2 · gradient · step 20" in text
    nan = fourth.text("linen-nan-code")
    assert "~isfinite(x) on the output of" in nan
    assert "Which module made it is not known" in nan
    assert fourth.text("nnx-code").endswith("True")
    assert "'last'" in fourth.text("nnx-code")
