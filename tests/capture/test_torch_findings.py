"""Findings: what is dead, saturated, exploding or constant, with evidence."""

from __future__ import annotations

import torch
from torch import nn

from tensorscope.capture.findings import Findings
from tensorscope.capture.measure import Measure
from tensorscope.capture.watch import Watch


def test_a_dead_relu_is_found_and_taken_back() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
    with torch.no_grad():
        model[0].bias.fill_(-100)
    with Watch(model, every=1) as watch:
        for _ in range(3):
            model(torch.randn(16, 4))
        assert [(f.kind, f.name) for f in watch.findings] == [("dead", "1")]
        assert "100.0 % of its values are 0" in watch.findings[0].evidence
        with torch.no_grad():
            model[0].bias.fill_(1)
        model(torch.randn(16, 4))
        assert not watch.findings


def test_saturated_exploding_constant_and_updates() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), lr=100.0)
    with Watch(model, every=1, grads=True, weights=True) as watch:
        for scale in (1.0, 1.0, 1.0, 1.0, 1e5):
            optimizer.zero_grad()
            model(torch.randn(16, 4) * scale).sum().backward()
            optimizer.step()
    kinds = {(f.kind, f.name) for f in watch.findings}
    assert ("saturated", "1") in kinds
    assert ("exploding", "0") in kinds
    assert ("update", "0.weight") in kinds
    model = nn.Sequential(nn.Linear(4, 8))
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].bias.fill_(2)
    with Watch(model) as watch:
        model(torch.randn(3, 4))
    assert [f.kind for f in watch.findings] == ["constant"]


def test_each_finding_tells_its_limit_which_can_be_set() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4), nn.ReLU())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, every=1, grads=True, weights=True) as watch:
        watch.thresholds.update({
            "dead share": 0.01, "dead steps": 1, "saturated share": 0.001, "exploding factor": 0.5,
            "vanishing norm": 1e9, "update ratio high": 1e-9, "update ratio low": 1e-12,
        })  # fmt: skip
        for _ in range(5):
            optimizer.zero_grad()
            (-model(torch.randn(16, 4))).mean().backward()
            optimizer.step()
    told = {f.kind: "" for f in watch.findings}
    for found in watch.findings:
        told[found.kind] += found.evidence
    limits = {"dead": "limit 1 %", "saturated": "limit 0.001", "exploding": "limit 0.5 ×",
              "vanishing": "limit 1e+09", "update": "limit 1e-09"}  # fmt: skip
    assert told.keys() == limits.keys()
    for kind, words in limits.items():
        assert words in told[kind]
    with Watch(model) as other:
        assert other.thresholds["dead steps"] == 3  # each watch has its own


def test_what_hovers_about_a_threshold_does_not_come_and_go() -> None:
    found = Findings()
    limit = found.thresholds["vanishing norm"]

    def told() -> list[str]:
        return [f.message for f in found.all()]

    for size, there in ((2, False), (0.9, True), (1.1, True), (2.5, True), (4, False), (2, False)):
        found.judge_gradient("fc.weight", 1, Measure(1, 0.0, size * limit, 0.0, 0.0))
        assert told() == (["has a vanishing gradient"] if there else []), size
    for ratio, there in ((0.05, False), (0.11, True), (0.09, True), (0.03, False)):
        found.judge_update("fc.weight", 1, ratio, 1.0)
        assert told() == (["has large updates"] if there else []), ratio


def test_how_much_a_bias_learns_is_no_finding() -> None:
    found = Findings()
    for name in ("bias", "conv.bias", "conv.weight"):
        for ratio in (1e-9, 1.0):  # as right before a normalisation; as one that began at 0
            found.judge_update(name, 1, ratio, 1.0)
        found.judge_gradient(name, 1, Measure(1, 0.0, 1e-12, 0.0, 0.0))
    assert [(f.name, f.kind) for f in found.all()] == [
        ("conv.weight", "update"), ("conv.weight", "vanishing"),
    ]  # fmt: skip


def test_a_healthy_network_with_normalisations_has_no_findings() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
                          nn.Linear(4 * 36, 3))  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with Watch(model, every=1, grads=True, weights=True) as watch:
        for _ in range(8):
            optimizer.zero_grad()
            nn.functional.cross_entropy(
                model(torch.randn(16, 1, 8, 8)), torch.randint(0, 3, (16,))
            ).backward()
            optimizer.step()
    assert [str(f) for f in watch.findings] == []


def test_what_an_update_made_of_a_nan_is_no_second_culprit() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, every=1, grads=True) as watch:
        for step in range(4):
            if step == 2:
                with torch.no_grad():
                    model[2].weight[0, 0] = float("nan")
            optimizer.zero_grad()
            model(torch.randn(16, 4)).sum().backward()
            optimizer.step()
    made = [f for f in watch.findings if "made the first" in f.message]
    assert [(f.name, f.step) for f in made] == [("2", 2)]
    later = [f for f in watch.findings if f.name == "0" and f.what == "output"]
    assert [f.message for f in later] == ["has a weight with NaN"]
    assert "2 made the first in step 2: an update has brought it into the weight" in str(later[0])
    gradients = [f.message for f in watch.findings if f.what == "gradient" and f.step == 2]
    assert gradients
    assert all(m.endswith("passes on what 2 made, in its gradient") for m in gradients)
