"""What PyTorch's special kinds of tensors have beside what every tensor has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state
from tests.adapters.torch_kinds import channels, packed, repeated

# ---------------------------------------------------------------------- quantized, and bits


def test_the_stored_integer_stands_beside_the_value() -> None:
    x = channels(1)
    cell = ts.extract(x, "[1, 2]")
    assert cell.item() == x.dequantize()[1, 2].item()
    assert cell.stored == x.int_repr()[1, 2].item()
    assert any(str(cell.stored) in note for note in cell.notes)
    part = ts.extract(x, "[::-1, 1:]")
    assert part.stored.tolist() == x.int_repr().flip(0)[:, 1:].tolist()
    assert ts.extract(x, "[mean, :]").stored is None
    assert any("dim 1" in note for note in ts.describe(x).notes)


def test_packed_integers_are_read_from_the_bytes() -> None:
    x = packed(torch.quint4x2)
    scales, zeros = x.q_per_channel_scales(), x.q_per_channel_zero_points()
    stored = torch.from_numpy(ts.extract(x).stored)
    assert stored.max() <= 15
    assert torch.equal((stored - zeros[:, None]) * scales[:, None], x.dequantize())
    cell = ts.extract(packed(torch.quint2x4), "[2, 3]")
    assert cell.item() == packed(torch.quint2x4).dequantize()[2, 3].item()


def test_the_widget_shows_the_stored_integer() -> None:
    x = torch.quantize_per_tensor(torch.tensor([1.0, 2.0, -3.0]), 0.5, 10, torch.quint8)
    session = Session(LiveSource(x, name="x"), first_state((3,)))
    reply, _ = session.handle({"v": 1, "req": "a:1", "kind": "value", "cell": [1]})
    assert reply["value"]["text"] == "2.0"
    assert reply["value"]["bits"] == "stored 14 = 0x0e"
    assert "quantized" in reply["value"]["note"]


def test_bits_are_stored_where_numpy_has_no_such_dtype() -> None:
    half = torch.tensor([1.5, -2.0]).to(torch.bfloat16)
    assert ts.extract(half, "[0]").stored == 0x3FC0
    assert ts.extract(half).stored.tolist() == [0x3FC0, 0xC000]
    assert ts.extract(torch.tensor([1.5])).stored is None
    assert ts.extract(torch.tensor([7], dtype=torch.uint8).view(torch.int4)).stored is None


def test_a_packed_float4_is_a_pair(run: Any) -> None:
    x = torch.tensor([[0x21, 0xF7], [0x80, 0x3C]], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    info = ts.describe(x)
    assert (info.shape, info.dtype) == ((2, 2), "float4_e2m1fn_x2")
    cell = ts.extract(x, "[0, 1]")
    assert cell.item() == run(cell.code, x=x) == (6.0, -6.0)
    assert cell.text == "(6.0, -6.0)"
    assert cell.stored == 0xF7
    whole = ts.extract(x, "[:, ::-1]")
    assert whole.numpy().tolist() == [[[6.0, -6.0], [0.5, 1.0]], [[-2.0, 1.5], [0.0, -0.0]]]
    ran = run(whole.code, x=x)
    assert ran.dtype == whole.numpy_dtype == np.float32
    assert ran.tobytes() == whole.numpy().tobytes()
    for ask in (ts.stats, ts.topk, ts.scope, lambda z: ts.where(z, "> 0")):
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            ask(x)
        assert caught.value.kind == "NOT_NUMERIC"


def test_a_type_without_kernels_is_labelled() -> None:
    x = torch.tensor([200], dtype=torch.uint8).view(torch.bits8)
    assert ts.extract(x, "[0]").item() == 200
    assert any("raw uint8" in note for note in ts.describe(x).notes)


# ---------------------------------------------------------------------- sparse


def test_a_sparse_tensor_is_not_made_dense(run: Any) -> None:
    side = 10**6
    places = torch.tensor([[5, side - 1, 700, 5], [7, 3, 700, 7]])
    x = torch.sparse_coo_tensor(places, torch.tensor([1.5, -2.5, 3.0, 1.0]), (side, side))
    assert ts.extract(x, (5, 7)).item() == run(ts.extract(x, (5, 7)).code, x=x) == 2.5
    part = ts.extract(x, "[699:702, 699:702:2]")
    assert np.array_equal(run(part.code, x=x), part.numpy())
    hits = ts.where(x, "abs(x) > 2")
    assert hits.indices.tolist() == [[5, 7], [700, 700], [side - 1, 3]]
    best = ts.topk(x, 2)
    assert best.values.tolist() == [3.0, 2.5]
    for found in (hits, best, ts.where(x, "< 0", "[5:, :10]")):
        indices, values = run(found.code, x=x)
        assert indices.tolist() == found.indices.tolist(), found.code
        assert values.tolist() == found.values.tolist()
    assert ts.where(x, "== 0").count == side * side - 3
    assert ts.topk(x, 4).values.tolist() == [3.0, 2.5, 0.0, 0.0]
    means = ts.extract(x, "[5, mean]").item(), ts.extract(x, "[max, 699:701]").numpy().tolist()
    assert means == (2.5 / side, [0.0, 3.0])
    stats = ts.stats(x)
    assert (stats.count, stats.zero, stats.sum) == (side * side, side * side - 3, 3.0)
    assert (stats.argmin, stats.argmax) == ((side - 1, 3), (700, 700))


@pytest.mark.parametrize("layout", ["coo", "csr"])
def test_a_scope_of_a_huge_sparse_tensor_answers_at_once(layout: str) -> None:
    side = 10**6
    x = torch.sparse_coo_tensor([[5, 700], [7, 700]], [1.5, -3.0], (side, side))
    x = x.to_sparse_csr() if layout == "csr" else x
    scope = ts.scope(x, where="x < 0")
    assert scope._snapshot()["png"]
    assert scope.stats.zero == side * side - 2
    assert scope.hits is not None
    assert scope.hits.indices.tolist() == [[700, 700]]
    assert scope.topk(1).values.tolist() == [1.5]

    def ask(kind: str, **more: Any) -> dict[str, Any]:
        reply, _ = scope._session.handle({"v": 1, "req": "a:1", "kind": kind, **more})
        assert reply["ok"], reply
        return reply

    frame = ask("hello", viewport={"px": [400, 300]})["frame"]
    assert frame["block"] != [1, 1]
    assert ask("stats", scope="tensor")["stats"]["zero"] == side * side - 2
    assert ask("hits")["hits"]["count"] == 1
    first, second = ask("topk", k=2)["hits"]["rows"]
    assert (first["cell"], second["text"]) == ([5, 7], "0.0")
    assert ask("value", cell=[700, 700])["value"]["text"] == "-3.0"
    assert ask("update", patch={"expr": "[mean, :]"})["ok"]
    assert ask("stats", scope="slice")["stats"]["count"] == side
    assert ask("update", patch={"expr": "[:, :]"})["ok"]
    assert ask("update", patch={"where": "x == 0"})["ok"]
    assert ask("hits", limit=3)["hits"]["count"] == side * side - 2


def test_reading_does_not_coalesce() -> None:
    x = repeated()
    ts.stats(x)
    ts.extract(x, "[1, 0]")
    assert not x.is_coalesced()
    assert x._nnz() == 3
    assert any("not coalesced" in note for note in ts.describe(x).notes)


def test_what_pytorch_cannot_add_is_ambiguous() -> None:
    values = torch.ones(2).to(torch.float8_e4m3fn)
    x = torch.sparse_coo_tensor([[1, 1]], values, (3,))
    for ask in (ts.extract, ts.stats, ts.topk):
        with pytest.raises(ts.UnsupportedTensorError, match="add") as caught:
            ask(x)
        assert caught.value.kind == "AMBIGUOUS"
    once = torch.sparse_coo_tensor([[0, 2]], values, (3,))
    assert ts.extract(once).numpy().tolist() == [1.0, 0.0, 1.0]


# ---------------------------------------------------------------------- nested


ROWS = [[1.0, 2.0, 3.0], [], [4.0, -5.0]]


def nested(layout: torch.layout) -> Any:
    return torch.nested.nested_tensor([torch.tensor(row) for row in ROWS], layout=layout)


def with_gaps(layout: torch.layout) -> Any:
    """Make a nested tensor whose rows lie apart in their buffer."""
    wide = torch.tensor([[9.0, 1, 2, 3], [9, 9, 9, 9], [4, -5, 9, 9]])
    starts, lengths = torch.tensor([1, 0, 0]), torch.tensor([3, 0, 2])
    return torch.nested.narrow(wide, 1, starts, lengths, layout=layout)


@pytest.mark.parametrize(
    "x",
    [nested(torch.strided), nested(torch.jagged), with_gaps(torch.jagged)],
    ids=["strided", "jagged", "gaps"],
)
def test_rows_of_different_lengths(x: Any, run: Any) -> None:
    info = ts.describe(x)
    assert info.shape == (3, None)
    assert ts.extract(x, "[2, 1]").item() == run(ts.extract(x, "[2, 1]").code, x=x) == -5.0
    assert ts.extract(x, "[0]").numpy().tolist() == ROWS[0]
    part = ts.extract(x, "[::2, 1]")
    assert part.numpy().tolist() == run(part.code, x=x).tolist() == [2.0, -5.0]
    for past in ("[1, 0]", "[2, 2]", "[2]", "[...]", "[:, mean]", "[0, 3]"):
        with pytest.raises(ts.SelectionError) as caught:
            ts.extract(x, past)
        assert caught.value.kind == "BOUNDS"
    for hits, places, values in (
        (ts.where(x, "x < 3"), [[0, 0], [0, 1], [2, 1]], [1.0, 2.0, -5.0]),
        (ts.where(x, "x != 0", "[::-1, 1]"), [[2, 1], [0, 1]], [-5.0, 2.0]),
        (ts.topk(x, 2), [[2, 0], [0, 2]], [4.0, 3.0]),
        (ts.topk(x, 9, "[0]", largest=False), [[0, 0], [0, 1], [0, 2]], [1.0, 2.0, 3.0]),
    ):
        assert hits.indices.tolist() == places
        assert hits.values.tolist() == values
        indices, listed = run(hits.code, x=x)
        assert indices.tolist() == places, hits.code
        assert listed.tolist() == values, hits.code
    stats = ts.stats(x)
    assert (stats.count, stats.sum, stats.argmin) == (5, 5.0, (2, 1))


def test_rows_that_differ_in_two_dims(run: Any) -> None:
    x = torch.nested.nested_tensor([torch.arange(6.0).view(2, 3), torch.arange(20.0).view(4, 5)])
    assert ts.describe(x).shape == (2, None, None)
    cell = ts.extract(x, "[1, 3, 4]")
    assert cell.item() == run(cell.code, x=x) == 19.0
    assert ts.extract(x, "[0, :2, 2]").numpy().tolist() == [2.0, 5.0]
    with pytest.raises(ts.SelectionError):
        ts.extract(x, "[0, 2, 0]")
    assert ts.topk(x, 1).indices.tolist() == [[1, 3, 4]]
    assert ts.stats(x).count == 26


def test_the_ragged_dim_need_not_be_the_first() -> None:
    parts = [torch.arange(6.0).view(2, 3), torch.arange(12.0).view(4, 3)]
    x = torch.nested.nested_tensor(parts, layout=torch.jagged).transpose(1, 2)
    assert ts.describe(x).shape == (2, 3, None)
    assert ts.extract(x, "[1, 2, 3]").item() == 11.0
    assert ts.extract(x, "[0, ::-1, 1]").numpy().tolist() == [5.0, 4.0, 3.0]
    with pytest.raises(ts.SelectionError):
        ts.extract(x, "[0, 0, 2]")


def test_no_rows_at_all() -> None:
    x = torch.nested.nested_tensor([torch.ones(0), torch.ones(0)], layout=torch.jagged)
    assert ts.stats(x).count == 0
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.stats(torch.nested.nested_tensor([]))
    assert caught.value.kind == "NO_DATA"


# ---------------------------------------------------------------------- nothing is disturbed


def parts(x: Any) -> list[torch.Tensor]:
    """Return the plain tensors that hold what a special kind of tensor stores."""
    if x.is_nested:
        return [x.detach().values()]
    if x.layout is torch.sparse_coo:
        return [x._values(), x._indices()]
    if x.layout in (torch.sparse_csr, torch.sparse_bsr):
        return [x.values(), x.crow_indices(), x.col_indices()]
    return [x]


@pytest.mark.parametrize(
    "make",
    [
        repeated,
        lambda: repeated().to_dense().to_sparse_csr(),
        lambda: torch.eye(4).to_sparse_bsr((2, 2)),
        lambda: nested(torch.strided),
        lambda: nested(torch.jagged),
        lambda: channels(0),
        lambda: packed(torch.quint4x2),
    ],
)
def test_what_is_stored_can_still_be_resized(make: Callable[[], Any]) -> None:
    x = make()
    held = parts(x)
    before = [(part._version, part.untyped_storage().nbytes()) for part in held]
    ts.stats(x)
    ts.topk(x, 2)
    ts.extract(x, "[0]").numpy()[...] = 0
    assert [(part._version, part.untyped_storage().nbytes()) for part in held] == before
    for part in held:
        assert part.untyped_storage().resizable()
        part.untyped_storage().resize_(0)  # as frees do; it raises where a view is lent out
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x, "[0]")
    assert caught.value.kind == "FREED"


def test_gradients_do_not_see_the_look() -> None:
    def gradient(look: bool) -> torch.Tensor:
        weight = torch.ones(3, requires_grad=True)
        x = torch.sparse_coo_tensor([[0, 1, 1], [0, 2, 2]], weight * 2, (2, 3))
        if look:
            ts.stats(x)
            ts.where(x, "> 1")
        torch.sparse.sum(x * x).backward()
        assert weight.grad is not None
        return weight.grad

    assert torch.equal(gradient(True), gradient(False))
