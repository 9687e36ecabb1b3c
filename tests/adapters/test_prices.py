"""What is dear to read is asked for first, tells how far it is, and can be stopped."""

from __future__ import annotations

import threading
import time
from typing import Any

import dask.array as da
import numpy as np
import pytest
import zarr

import tensorscope as ts
from tensorscope import prices
from tensorscope.adapters import tiles
from tests.adapters import lazy_kinds as lazy
from tests.adapters.lazy_values import CHUNKS, COUNT, VALUES


def test_a_call_tells_how_far_it_is_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE_BYTES", 64)
    for x in (lazy.stored(VALUES, CHUNKS), da.from_array(VALUES, CHUNKS)):
        told: list[tuple[int, int]] = []
        ts.stats(x, progress=lambda done, total: told.append((done, total)))  # noqa: B023
        assert told[-1] == (COUNT, COUNT)
        assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    x, store = lazy.counted(VALUES, CHUNKS)
    with pytest.raises(KeyboardInterrupt):
        ts.topk(x, 3, progress=stop)
    assert store.reads.total() == 3
    assert ts.topk(x, 1).values.tolist() == [np.inf]


def test_progress_is_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    ts.where(lazy.stored(VALUES, CHUNKS), "x > 0", progress=True)
    assert "1 of 1 parts read" in capsys.readouterr().err
    with pytest.raises(ts.SelectionError, match="progress=3"):
        ts.where(VALUES, "x > 0", progress=3)


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make everything above 10 kB dear, and every chunk a tile of its own."""
    monkeypatch.setattr(prices, "ASKED", 10_000)
    monkeypatch.setattr(tiles, "TILE_BYTES", 64)


def ask(shown: ts.Scope, kind: str, req: str = "v:1", **body: Any) -> dict[str, Any]:
    reply, _ = shown._session.handle({"v": 1, "req": req, "kind": kind, **body})
    return reply


@pytest.mark.usefixtures("dear")
def test_nothing_dear_is_read_unasked() -> None:
    x, store = lazy.counted(VALUES, (1, 21, 33))
    scope = ts.scope(x)
    reply = ask(scope, "hello")
    assert reply["frame"]["shape"] == [1, 21, 33]
    assert scope._snapshot()["png"]
    assert set(store.reads) == {"c/0/0/0"}
    for kind, body in (("stats", {"scope": "tensor"}), ("topk", {})):
        scope.expr = "[...]" if kind == "topk" else "[0]"
        reply = ask(scope, kind, **body)
        assert reply["ok"]
        assert "reads 27.1 KiB" in reply["price"]["text"]
        assert kind not in reply
        assert set(store.reads) == {"c/0/0/0"}
    reply = ask(scope, "stats", scope="tensor", consent=True)
    assert reply["stats"]["count"] == VALUES.size
    assert store.reads["c/9/0/0"] == 1
    # Known now: no price, and no read.
    assert ask(scope, "stats", scope="tensor")["stats"] == reply["stats"]
    assert store.reads["c/9/0/0"] == 1
    # The end of a cell does not throw away what was dear to read.
    scope._session.settle()
    assert "stats" in ask(scope, "stats", scope="tensor")
    scope._session.refresh()
    assert "price" in ask(scope, "stats", scope="tensor")
    scope.close()


@pytest.mark.usefixtures("dear")
def test_a_dear_picture_is_reduced_once() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    scope = ts.scope(x, "[mean]")
    reply = ask(scope, "hello")
    assert reply["frame"] is None
    assert reply["price"]["text"].startswith("This picture reads")
    assert store.reads.total() == 0
    assert ask(scope, "frame", consent=True)["frame"]["shape"] == [1, 21, 33]
    assert ask(scope, "frame")["frame"] is not None
    assert ask(scope, "stats", scope="slice")["stats"]["count"] == 21 * 33
    assert set(store.reads.values()) == {1}
    scope.close()


@pytest.mark.usefixtures("dear")
def test_a_pick_that_computes_all_has_the_price_of_all() -> None:
    x = da.from_array(VALUES.astype("f8"), CHUNKS)
    y = (x - x.mean()) / x.std()
    scope = ts.scope(y, "[0, 0]")
    reply = ask(scope, "value", cell=[0, 0, 9])
    assert "This value computes" in reply["price"]["text"]
    assert reply["price"]["bytes"] >= VALUES.size * 8
    cheap = ts.scope(x, "[0, 0]")
    assert ask(cheap, "value", cell=[0, 0, 9])["value"]["text"]
    scope.close()
    cheap.close()


@pytest.mark.usefixtures("dear")
def test_a_job_tells_how_far_it_is_and_is_cancelled() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    store.pause = 0.02
    scope = ts.scope(x, "[0, 0]")
    pushed: list[dict[str, Any]] = []
    scope._session.on_push = pushed.append
    replies: list[dict[str, Any]] = []
    job = threading.Thread(
        target=lambda: replies.append(ask(scope, "stats", "v:7", scope="tensor", consent=True))
    )
    job.start()
    deadline = time.monotonic() + 30
    while not any(push["push"] == "progress" and push["done"] for push in pushed):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ask(scope, "value", "v:8", cell=[0, 0, 9])["ok"]  # others do not wait
    assert ask(scope, "cancel", "v:9", target="v:7")["cancelled"] is True
    reads = store.reads.total()
    job.join(30)
    assert replies[0]["error"]["kind"] == "CANCELLED"
    assert store.reads.total() <= reads + 1
    assert {push["req"] for push in pushed} == {"v:7"}
    assert {push["total"] for push in pushed} == {COUNT}
    assert ask(scope, "cancel", "v:10", target="v:7")["cancelled"] is False
    assert "price" in ask(scope, "stats", scope="tensor")  # a part is no answer
    scope.close()


@pytest.mark.parametrize("sort", ["-mean", "distance 3", "cosine 3"])
def test_tiles_are_compared_with_each_chunk_read_once(
    counted: tuple[zarr.Array, lazy.CountingStore], sort: str
) -> None:
    x, store = counted
    scope = ts.scope(x, view={"grid": 0, "sort": sort}, name="x")
    in_memory = ts.scope(VALUES, view={"grid": 0, "sort": sort}, name="x")
    store.reads.clear()
    scope._session.queries.pictures.cheap_order(scope._session.state)
    # A distance takes a second pass, and the tile that it is measured from.
    assert set(store.reads.values()) <= ({1} if sort == "-mean" else {2, 3})
    replies = [ask(s, "tiles", viewport={"tiles": [0, 20]})["tiles"] for s in (scope, in_memory)]
    assert replies[0]["at"] == replies[1]["at"]
    assert replies[0]["marks"] == replies[1]["marks"]
    store.reads.clear()
    shown = ask(scope, "frame", viewport={"tile": [9, 9]})["frame"]["tiles"]
    assert shown == replies[0]["at"]
    assert set(store.reads.values()) == {1}  # sorted tiles too are cut from whole chunks


def test_comparing_dear_tiles_has_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "ASKED", 10_000)
    x, store = lazy.counted(VALUES, CHUNKS)
    scope = ts.scope(x, view={"grid": 0, "sort": "-mean"}, name="x")
    store.reads.clear()
    assert ask(scope, "tiles")["price"]["text"].startswith("Comparing the tiles reads")
    state = ask(scope, "hello", consent=False)["state"]
    assert state["picture"]["grid"]["sort"] == "-mean"
    assert state["picture"]["grid"]["order"] is None
    assert store.reads.total() == 0
    found = ask(scope, "tiles", consent=True, viewport={"tiles": [0, 20]})["tiles"]
    assert set(store.reads.values()) == {1}
    assert (
        found["at"]
        == np.argsort(
            -np.nanmean(np.where(np.isfinite(VALUES), VALUES, np.nan), axis=(1, 2)), kind="stable"
        ).tolist()
    )
    again = ask(scope, "hello", consent=True)
    assert again["state"]["picture"]["grid"]["order"] == found["at"] == again["frame"]["tiles"]
