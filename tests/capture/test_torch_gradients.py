"""Gradients of PyTorch: each belongs to one forward pass, is told so, and leaves no hook behind."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh, train


def test_one_backward_pass_over_two_forward_passes_keeps_both_gradients() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    with Watch(model, every=1, grads=True) as watch:
        first, second = model(torch.ones(1, 2)), model(2 * torch.ones(1, 2))
        (first.sum() + 10 * second.sum()).backward()
    found = {r.call: r for r in watch.records("0", "gradient")}
    assert {r.step for r in found.values()} == {1}
    assert found[0].tensor.tolist() == [[10.0, 10.0]]
    assert found[0].notes == ()
    assert found[1].tensor.tolist() == [[1.0, 1.0]]
    assert found[1].notes == ("of the forward pass of step 0",)


def test_a_gradient_that_comes_twice_is_told() -> None:
    model = nn.Sequential(nn.Linear(2, 1))
    with Watch(model, every=1, grads=True) as watch:
        x = torch.ones(3, 2, requires_grad=True)
        out = model(x)
        (slope,) = torch.autograd.grad(out.sum(), x, create_graph=True)
        (out.sum() + slope.norm()).backward()  # as with a gradient penalty
    assert any("gradients came more than once in a step" in note for note in watch.notes)


def test_gradients_inside_of_a_reentrant_checkpoint_are_those_of_autograd() -> None:
    class Saved(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = nn.Sequential(nn.Linear(3, 3), nn.Tanh())

        def forward(self, x: torch.Tensor, reentrant: bool = True) -> torch.Tensor:
            return checkpoint(self.part, x, use_reentrant=reentrant)

    model = Saved()
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    out = model.part[0](x)
    out.retain_grad()
    torch.tanh(out).sum().backward()
    for reentrant in (True, False):
        with Watch(model, every=1, grads=True) as watch:
            watch.pin("part.0")
            model(x, reentrant).sum().backward()
        (record,) = watch.records("part.0", "gradient")
        assert torch.equal(record.tensor, out.grad)
        assert watch.names() == ("part.0", "part.1")


class Given(nn.Module):
    """Gives its parameter, a leaf of the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self) -> torch.Tensor:
        return self.scale


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.given, self.same, self.lin = Given(), nn.Identity(), nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lin(self.same(x) * self.given())


def test_no_hook_gathers_on_parameters_and_inputs() -> None:
    model = Scaled()
    x = torch.ones(2, 3, requires_grad=True)
    with Watch(model, every=1, grads=True) as watch:
        for _ in range(5):
            model(x).sum().backward()
        assert len(x._backward_hooks or ()) == len(model.given.scale._backward_hooks or ()) == 1
    assert len(watch.history("given", "gradient")) == 5
    assert not watch.notes
    assert not x._backward_hooks
    assert not model.given.scale._backward_hooks


def test_an_optimizer_with_a_closure_is_read_after_it() -> None:
    model = nn.Sequential(nn.Linear(3, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3, lr=0.1)
    x, y = torch.randn(8, 3), torch.randn(8, 1)
    seen: list[Any] = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        seen.append(model[0].weight.grad.clone())
        return loss

    with Watch(model, every=1, grads=True, weights=True) as watch:
        optimizer.step(closure)
    assert not watch.notes  # its forward passes came, only later than the step began
    assert watch.steps == len(seen)
    assert torch.equal(watch.record("0.weight", kind="gradient").tensor, seen[-1])
    assert torch.equal(watch.record("0.weight", kind="weight").tensor, model[0].weight)


def test_watches_that_end_in_any_order_leave_the_scaler_as_it_was() -> None:
    scale = torch.amp.GradScaler.scale
    model = nn.Linear(2, 2)
    for order in ((0, 1), (1, 0)):
        watches = [Watch(nn.Sequential(model), grads=True).start() for _ in range(2)]
        watches[order[0]].close()
        torch.amp.GradScaler("cpu").scale(torch.ones(1))
        assert watches[order[0]]._recorder.gradient_notes == ()
        assert watches[order[1]]._recorder.gradient_notes == ("scaled by the GradScaler",)
        watches[order[1]].close()
        assert torch.amp.GradScaler.scale is scale


def test_two_watches_of_a_gan_count_their_own_steps() -> None:
    torch.manual_seed(0)
    maker, judge = nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(2, 1))
    optimizers = [torch.optim.SGD(net.parameters(), lr=0.1) for net in (maker, judge)]
    with (
        Watch(maker, every=1, grads=True, weights=True) as makes,
        Watch(judge, every=1, grads=True, weights=True) as judges,
    ):
        for _ in range(3):
            fake = maker(torch.randn(4, 2))
            optimizers[1].zero_grad()
            (judge(fake.detach()).mean() - judge(torch.ones(4, 2)).mean()).backward()
            optimizers[1].step()
            optimizers[0].zero_grad()
            (-judge(fake).mean()).backward()
            optimizers[0].step()
    assert (makes.steps, judges.steps) == (3, 9)
    assert torch.equal(makes.record("0.weight", kind="gradient").tensor, maker[0].weight.grad)
    assert {n.split(".")[0] for n in (*makes.names(), *judges.names())} == {"0", "0 (call 2)"}
    assert not makes.notes
    assert not judges.notes


def test_gradient_accumulation_counts_each_forward_pass() -> None:
    plain, model = fresh(), fresh()
    for net in (plain, model):
        with Watch(net, every=1, grads=True, weights=True) as watch:
            if net is plain:
                watch.close()
            optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
            torch.manual_seed(0)
            for k in range(6):
                net(torch.randn(4, 1, 6, 6)).square().mean().backward()
                if k % 3 == 2:
                    optimizer.step()
                    optimizer.zero_grad()
    assert watch.steps == 6
    assert [r.step for r in watch.records("fc.weight", "gradient")] == [2, 5]
    assert [r.step for r in watch.records("fc", "gradient")] == list(range(6))
    assert torch.equal(plain.fc.weight, model.fc.weight)
    train(model, 1)
