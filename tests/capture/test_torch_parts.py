"""Models of odd build: what is a module of its own, what it is called, and what is read of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from tensorscope.capture.recorder import LINES
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh


def test_layers_whose_children_do_not_work_by_themselves_are_watched() -> None:
    model = nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(4, 4)),
        parametrizations.weight_norm(nn.Conv1d(1, 1, 1)),
        nn.Sequential(nn.ReLU(), nn.Sequential()),
    )
    with Watch(model, every=1, grads=True) as watch:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model(torch.ones(2, 1, 4)).sum().backward()
        optimizer.step()
    assert watch.modules == ("0", "1", "2.0", "2.1")
    assert set(watch.modules) <= set(watch.names())
    assert "1.parametrizations.weight.original0" in watch.names()  # its weight, by its own name
    assert Watch(model, select="*parametrizations.weight").modules  # by name all can be had


def test_attention_is_watched_as_one() -> None:
    model = nn.TransformerEncoderLayer(8, 2, batch_first=True)
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    with Watch(model, every=1) as watch:
        expected = model.self_attn(torch.ones(2, 3, 8), torch.ones(2, 3, 8), torch.ones(2, 3, 8))
        model(torch.ones(2, 3, 8), src_mask=mask)
    assert watch.modules[0] == "self_attn"
    assert "self_attn.out_proj" not in watch.modules  # a function has its weights: it never fires
    assert watch.record("self_attn[0]").shape == expected[0].shape


@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_dynamically_quantized_layers_are_watched() -> None:
    model = torch.ao.quantization.quantize_dynamic(
        nn.Sequential(nn.Linear(3, 3), nn.ReLU()), {nn.Linear}
    )
    with Watch(model, every=1) as watch:
        model(torch.ones(2, 3))
    assert watch.names() == ("0", "1")


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_refused_in_words(layout: torch.layout) -> None:
    class Nested(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nested.nested_tensor([x, x[:1]], layout=layout)

    with Watch(nn.Sequential(Nested()), every=1) as watch:
        watch.model(torch.ones(2, 3))
    (note,) = watch.notes
    assert "nested" in note.lower()
    assert "failed" not in note


def test_packed_sequences_and_lazy_modules() -> None:
    model = nn.Sequential(nn.LSTM(3, 5))
    packed = nn.utils.rnn.pack_sequence([torch.ones(4, 3), torch.ones(2, 3)])
    with Watch(model, every=1) as watch:
        model(packed)
    assert watch.record("0[0].data").shape == (6, 5)
    lazy = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d())
    with Watch(lazy, every=1, weights=True) as watch:
        out = lazy(torch.randn(4, 5))
        optimizer = torch.optim.SGD(lazy.parameters(), lr=0.1)
        out.square().sum().backward()
        optimizer.step()
    assert watch.record("0.weight", kind="weight").shape == (3, 5)
    assert not watch.notes


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.emb = nn.Embedding(7, 4)
        self.dec = nn.Linear(4, 7, bias=False)
        self.dec.weight = self.emb.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dec(self.emb(x))


@pytest.mark.parametrize(("which", "name"), [("emb", "emb"), ("dec", "dec"), (True, "emb")])
def test_a_weight_that_is_shared_is_on_record_under_a_name_that_was_asked_for(
    which: Any, name: str
) -> None:
    model = Tied()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with Watch(model, every=1, weights=which, grads=which) as watch:
        model(torch.arange(3)).square().sum().backward()
        optimizer.step()
    for kind, tensor in (("weight", model.emb.weight), ("gradient", model.emb.weight.grad)):
        assert torch.equal(watch.record(f"{name}.weight", kind=kind).tensor, tensor)
    told = [note for note in watch.notes if "dec.weight is emb.weight" in note]
    assert bool(told) == (which is True)


def test_a_model_that_calls_itself_is_one_step() -> None:
    class Tree(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor, depth: int = 2) -> torch.Tensor:
            x = self.lin(x)
            if depth == 1 and x.shape[0] == 3:
                raise KeyboardInterrupt
            return self(x, depth - 1) if depth else x

    model = Tree()
    with Watch(model, every=1) as watch:
        model(torch.ones(1, 2))
        with pytest.raises(KeyboardInterrupt):
            model(torch.ones(3, 2))
        model(torch.ones(1, 2))
    assert watch.steps == 3
    assert watch.names() == ("lin", "lin (call 2)", "lin (call 3)")


def test_a_module_that_is_put_in_later_is_told_once() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    with Watch(model, every=1) as watch:
        model(torch.ones(1, 2))
        assert not watch.notes
        model[1] = nn.Linear(2, 3)
        for _ in range(3):
            model(torch.ones(1, 2))
    assert watch.notes == ("put into the model after the watch began, and not watched: 1. "
                           "A new watch sees them",)  # fmt: skip


def test_inside_of_function_transforms_values_are_those_behind_the_wrappers() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    parameters = dict(model.named_parameters())
    x = torch.arange(12.0).view(4, 3)

    def loss(given: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(model, given, (x,)).square().sum()

    plain = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x[:, None])
    with Watch(model, every=1, grads=True) as watch:
        watch.pin("0")
        torch.func.grad(loss)(parameters, x)
        again = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x[:, None])
        torch.func.jacrev(model)(x[0])
    assert all(torch.equal(plain[name], again[name]) for name in plain)
    for step, shape in enumerate([(4, 3), (4, 1, 3)]):
        record = watch.record("0", step=step)
        assert record.shape == shape
        assert torch.allclose(record.tensor.view(4, 3), model[0](x))
        assert record.numpy().shape == shape
        assert any("vmap" in note for note in record.notes) == (step == 1)
    assert watch.notes == ("gradients inside of torch.func transforms are not seen (6 ×)",)


def test_autocast_that_begins_inside_of_the_model_is_labelled() -> None:
    class Inside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                x = self.first(x)
            return self.last(x.float())

    with Watch(Inside(), every=1) as watch:
        watch.model(torch.ones(2, 3))
    assert "made under autocast" in watch.record("first").notes[0]
    assert watch.record("last").notes == ()


def test_a_cell_that_is_called_by_the_hundred_keeps_few_lines() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = torch.zeros(1, 2)
            for k in range(3 * LINES):
                h = self.cell(x, h)
                if k == 2 * LINES:
                    h = h * float("nan")
            return h

    with Watch(Loop(), every=1) as watch:
        watch.model(torch.ones(1, 2))
    assert len(watch.names()) == LINES
    assert watch.record("cell", call=3 * LINES - 1).shape == (1, 2)
    assert watch.findings[0].name == "cell"  # made at a call without a line, and found
    assert any("have no lines of their own" in note for note in watch.notes)


def test_training_that_no_hook_saw_is_told() -> None:
    model = fresh()
    with Watch(model) as watch:
        model.forward(torch.randn(2, 1, 6, 6)).sum().backward()
    assert not watch.notes
    with Watch(model) as watch, torch.no_grad():
        for parameter in model.parameters():  # an optimizer of the user's own
            parameter -= 0.1 * parameter.grad
    (note,) = watch.notes
    assert note.startswith("weights changed, and no forward pass was seen")
