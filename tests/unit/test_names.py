"""What a tensor is called in code: that code gives the very tensor, wherever it lies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope import elsewhere, names


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


class Loud:
    @property
    def secret(self) -> Any:
        raise AssertionError("a property ran")


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    space: dict[str, Any] = {"In": [], "Out": {}, "loud": Loud(), "np": np, "torch": torch}
    monkeypatch.setattr(names, "namespace", lambda: space)
    return space


def note(scope: ts.Scope) -> str | None:
    return scope._session.source.code_name(scope)[2]


def value(scope: ts.Scope, space: dict[str, Any]) -> Any:
    """Run the code that a scope shows, as somebody who pastes it."""
    assert note(scope) is None
    return eval(scope.code, dict(space))


@pytest.mark.parametrize("bound", ["ts", "tensorscope", "look"])
def test_a_state_is_restored_whatever_the_package_is_called(
    spoken: dict[str, Any], bound: str
) -> None:
    spoken |= {"act": np.arange(6.0).reshape(2, 3), bound: ts}
    scope = ts.scope(spoken["act"], "[1, :]", where="x > 3")
    assert scope.state == f'{bound}.scope(act, "[1, :]", where="x > 3")'
    again = eval(scope.state, dict(spoken))
    assert (again.expr, again.where) == (scope.expr, scope.where)


def test_the_package_is_called_ts_where_it_has_no_name_or_that_one(spoken: dict[str, Any]) -> None:
    spoken["act"] = np.zeros(3)
    assert ts.scope(spoken["act"]).state == 'ts.scope(act, "[:]")'
    spoken |= {"tensorscope": ts, "ts": ts}
    assert ts.scope(spoken["act"]).state == 'ts.scope(act, "[:]")'


NET = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
NAMED = torch.nn.ModuleDict({"conv": torch.nn.Conv2d(1, 2, 3)})


@pytest.mark.parametrize(
    ("root", "get", "code"),
    [
        (NET, lambda n: n[0].weight, "root.get_parameter('0.weight')"),
        (NET, lambda n: n[1].running_mean, "root.get_buffer('1.running_mean')"),
        (NAMED, lambda n: n["conv"].bias, "root.conv.bias"),
        ({"k": [np.arange(4.0)]}, lambda d: d["k"][0], "root['k'][0]"),
        (SimpleNamespace(t=np.arange(4.0)), lambda m: m.t, "root.t"),
        (Slotted((np.arange(4.0),)), lambda m: m.held[0], "root.held[0]"),
    ],
)
def test_a_tensor_is_found_where_it_lies(
    spoken: dict[str, Any], root: Any, get: Callable[[Any], Any], code: str
) -> None:
    spoken.update(root=root, x=np.zeros(2))
    scope = ts.scope(get(root))
    assert scope._session.source.display_name() == code
    assert np.array_equal(value(scope, spoken), ts.extract(get(root), scope.expr).numpy())
    assert ts.extract(get(root)).code.startswith(code)


def test_no_way_leads_through_the_shell(spoken: dict[str, Any]) -> None:
    tensor = np.arange(3.0)
    shell = type("Shell", (), {"__module__": "IPython.core.shell"})()
    shell.held = SimpleNamespace(tensor=tensor)
    spoken.update(exit=shell, mine=SimpleNamespace(_private=tensor))
    assert names.find_code(tensor) is None


def test_a_gradient_is_found(spoken: dict[str, Any]) -> None:
    spoken["net"] = net = torch.nn.Linear(2, 2)
    net(torch.ones(1, 2)).sum().backward()
    assert names.find_code(net.weight.grad) == "net.weight.grad"


class Guarded(torch.nn.Parameter):
    """A parameter that counts how often its gradient is looked at."""

    looked = 0

    @property
    def grad(self) -> Any:
        Guarded.looked += 1
        return super().grad


def test_gradients_are_let_alone_where_another_thread_may_exchange_them(
    spoken: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken["net"] = net = torch.nn.Linear(2, 2)
    net.weight = Guarded(torch.ones(2, 2))
    net(torch.ones(1, 2)).sum().backward()
    gradient = net.weight.grad
    Guarded.looked = 0
    assert names.find_code(torch.ones(3, 2)) is None  # no parameter has this shape
    assert Guarded.looked == 0
    assert names.find_code(gradient) == "net.weight.grad"
    assert Guarded.looked > 0
    Guarded.looked = 0
    monkeypatch.setattr(elsewhere, "_KNOWN", [lambda: True])
    assert names.find_code(gradient) is None
    assert names.find_code(net.weight) == "net.weight"
    assert Guarded.looked == 0


#: A watched loop, and scopes that are opened on another thread meanwhile, where IPython's namespace
#: leads to the model. Freed memory is filled, so that a stray read ends the process.
RACE = """
import gc, threading
import torch, tensorscope as ts
from torch import nn
from IPython.core.interactiveshell import InteractiveShell
from tensorscope.watch_session import WatchSession
from tensorscope.widget.kernel import CELLS

torch.set_num_threads(1)
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
images, labels = torch.randn(4, 3, 8, 8), torch.randint(0, 10, (4,))
w = ts.watch(net, every=10)
InteractiveShell.instance(user_ns=dict(net=net, optimizer=optimizer, w=w, images=images))
CELLS.start()
stop, opened = threading.Event(), []

def look():
    while not stop.is_set():
        session = WatchSession(w, lambda: "w")
        session.handle({"v": 1, "req": "a:1", "kind": "watch", "do": "hello", "serial": None})
        mine = ts.scope(torch.zeros(net[3].weight.shape))
        opened.append(mine.code)
        mine.close()

def train():
    with w:
        for k in range(STEPS):
            loss = nn.functional.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if k % 10 == 0:
                gc.collect()
    stop.set()

beside = threading.Thread(target=BESIDE)
beside.start()
HERE()
stop.set()
beside.join()
gc.collect()
assert len(opened) > 5, opened
print("through")
"""


@pytest.mark.parametrize(("here", "beside"), [("train", "look"), ("look", "train")])
def test_scopes_opened_beside_a_training_thread_leave_its_gradients_alone(
    here: str, beside: str
) -> None:
    code = RACE.replace("HERE", here).replace("BESIDE", beside).replace("STEPS", "60")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300,
        env={**os.environ, "MALLOC_PERTURB_": "165"}, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "through", (done.returncode, done.stderr[-2000:])


@pytest.mark.parametrize("bound", [{}, {"x": np.zeros((3, 3))}])
def test_what_nothing_leads_to_is_reached_by_its_scope(
    spoken: dict[str, Any], bound: dict[str, Any]
) -> None:
    spoken.update(bound)
    scope = ts.scope(torch.ones(3, 3) * 2)
    assert "no name leads to this tensor" in str(note(scope))
    spoken["Out"][7] = scope
    assert scope.code.startswith("Out[7].source")
    assert value(scope, spoken).tolist() == [[2.0] * 3] * 3
    del spoken["Out"][7]
    spoken["scopes"] = [scope]
    assert scope.code.startswith("scopes[0].source")


def test_linked_scopes_are_reached_by_their_link(spoken: dict[str, Any]) -> None:
    x = torch.arange(18.0).reshape(2, 3, 3)
    spoken["x"] = x
    one, other = ts.scope(x[0]), ts.scope(x[1])
    spoken["Out"][3] = one.link(other)
    assert other.code.startswith("Out[3].scopes[1].source")
    assert np.array_equal(value(other, spoken), x[1].numpy())


def test_a_title_that_is_bound_to_nothing_is_no_code(spoken: dict[str, Any]) -> None:
    spoken["s"] = scope = ts.scope(np.arange(3.0), name="centred")
    assert scope._session.source.display_name() == "centred"
    assert scope.code.startswith("s.source")
    spoken["centred"] = scope.source
    assert scope.code.startswith("centred")
