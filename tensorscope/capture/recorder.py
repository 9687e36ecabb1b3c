"""Recorder: what hooks tell becomes measures, records, findings and stops.

The training thread alone calls in here. It never waits for a browser and never raises into the
training, but for what the user asked for: a breakpoint that raises, or an interrupt.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tensorscope.capture import blame, stops
from tensorscope.capture.breakpoints import Breakpoint, Hit
from tensorscope.capture.control import Control
from tensorscope.capture.findings import Findings, Verdict
from tensorscope.capture.history import History
from tensorscope.capture.measure import Measure, Pending, of_floats
from tensorscope.capture.record import Record, numbered
from tensorscope.capture.store import Store
from tensorscope.capture.torch_quiet import AUTOCAST, OUTSIDE
from tensorscope.capture.turns import Turns
from tensorscope.capture.values import ARRAYS, TorchValues, Values
from tensorscope.kernels.native import Floats

#: Of so many calls of a module in a step a line is kept, each in memory of its own. Of those after
#: them, as a recurrent cell has by the hundred, there are records, breakpoints and findings of NaN.
LINES = 64


class Recorder:
    """All that one watch knows of a training loop.

    Parameters
    ----------
    torch : module or None
        PyTorch, where it is loaded.
    every : int
        Slices are kept at every so-many-th step.
    budget : int
        Bytes for all records.
    bounds : dict
        Name of a module → the bound of its activation (1 for tanh).
    """

    def __init__(self, torch: Any, every: int, budget: int, bounds: dict[str, float]) -> None:
        self.torch = torch
        self.every = every
        self.bounds = bounds
        self.torch_values = TorchValues(torch) if torch is not None else None
        self.store = Store(budget)
        self.control = Control()
        self.findings = Findings()
        self._histories: dict[tuple[str, str], History] = {}
        self.breakpoints: list[Breakpoint] = []
        self.pinned: set[str] = set()
        self.parameters: frozenset[str] = frozenset()
        self.step = -1
        self.thread = 0  # in which the step began
        self.train = True
        self.sampling = False
        self.labels: tuple[str, ...] = ()
        self.gradient_notes: tuple[str, ...] = ()
        self.notes: dict[str, int] = {}  # what was noticed, and how often
        self.failures: deque[str] = deque(maxlen=20)
        self.hit: Hit | None = None
        self.log: deque[str] = deque(maxlen=200)
        self.began = time.perf_counter()
        self.seconds = 0.0  # spent in here
        self.step_times: deque[float] = deque(maxlen=64)
        self.on_news: Callable[[], None] = lambda: None
        #: Looks for messages where nobody else can while a cell runs.
        self.pump: Callable[[], None] = lambda: None
        self.turns = Turns(lambda: self.pump())
        #: Gets the records of a step once it has ended.
        self.on_step_end: Callable[[int, list[Record]], None] = lambda step, records: None
        self._made: list[Record] = []
        self.verdict = Verdict()
        self._broke: set[str] = set()
        self.calls: dict[str, int] = {}
        #: Of this step: calls that were recomputed, and gradients of forward passes before it.
        self.recomputed: dict[str, int] = {}
        self._late: dict[str, int] = {}
        self._pending: list[tuple[str, str, int, Pending]] = []
        #: Sums of this step's plain outputs: module, call, elements, sums; see `settle`.
        self.told: deque[tuple[str, int, int, Floats]] = deque()
        #: Without a model a step begins where a probe is met again.
        self.paced_by_probes = False
        self._outside_known = self._outside_seen = False

    # ------------------------------------------------------------------ steps

    def begin_step(self, train: bool, labels: tuple[str, ...] = ()) -> None:
        """An outermost forward pass begins."""
        now = time.perf_counter() - self.control.waited  # a pause says nothing of the speed
        if self.step >= 0:
            self.flush()
            self.end_step()
            self.pump()
            self.control.point("step", f"before step {self.step + 1}")
            self.step_times.append(now)
        self.step += 1
        self.train = train
        self.labels = labels
        self.sampling = self.step % self.every == 0
        self.calls.clear()
        self.recomputed.clear()
        self._late.clear()
        self._outside_seen = False
        self.on_news()

    def end_step(self) -> None:
        """Hand on the records that the step made, if any."""
        made, self._made = self._made, []
        self.on_step_end(self.step, made)

    def flush(self) -> None:
        """Bring over what still lies on a device. One synchronisation for each device."""
        self.settle()
        pending, self._pending = self._pending, []
        if not pending:
            return
        assert self.torch_values is not None  # nothing else leaves a measure on a device
        measures = self.torch_values.cross([p for *_, p in pending])
        for (name, what, step, _), measure in zip(pending, measures, strict=True):
            self.measured(name, what, step, measure)
            if not measure.finite:
                blame.judge_late(self, name, what, measure)

    def settle(self) -> None:
        """Take in what :mod:`tensorscope.capture.torch_plain` left; any thread may ask.

        While another thread has its turn, that is left to whoever asks next.
        """
        if not self.told or not self.turns.lock.acquire(False):
            return
        try:
            while self.told:  # one by one: an interrupt loses none of those after it
                name, call, count, sums = self.told.popleft()
                measure = of_floats(count, sums, zeros=False)
                self._take_in(numbered(name, call), "output", self.step, measure)
        finally:
            self.turns.lock.release()

    @property
    def histories(self) -> dict[tuple[str, str], History]:
        """Name and kind → what was measured there."""
        self.settle()
        return self._histories

    # ------------------------------------------------------------------ values

    def on_output(self, name: str, module: Any, inputs: Any, output: Any) -> None:
        """A module was called."""
        self.on_outputs(name, module, inputs, self.inside(output))

    def on_outputs(self, name: str, module: Any, inputs: Any, found: list[tuple[str, Any]]) -> None:
        """A module was called; its outputs come one by one, with their paths."""
        call = self.calls.get(name, 0)
        self.calls[name] = call + 1
        stops = self.control.stops
        for path, tensor in found:
            self.on_value(name + path, "output", tensor, call, module, inputs, of=name)
        self.pump()
        # Where a breakpoint has stopped it just now, a step to the next module leads on from here.
        if self.control.attention and self.control.stops == stops:
            self.settle()  # nobody else can, while this thread waits in its turn
            self.control.point("module", f"{numbered(name, call)}, step {self.step}")

    def on_value(
        self, name: str, what: str, tensor: Any, call: int = 0, module: Any = None,
        inputs: Any = None, said: tuple[str, ...] = (), of: str | None = None,
    ) -> None:  # fmt: skip
        """Take in a tensor: measure it, keep of it what is due, stop if a breakpoint says so.

        of: the module that it belongs to, where it has a name of its own, as a weight has.
        """
        values = self.values_of(tensor)
        value, notes = self._local(tensor)
        if value is None:
            return
        notes = (*notes, *said)
        known = numbered(name, call)
        has_line = call < LINES
        if not has_line:
            self._note(f"calls from the {LINES + 1}th in a step on have no lines of their own")
        measure = values.take(value, zeros=self.sampling and what == "output")
        occasion = self.occasion(what)
        concerned = [b for b in self.breakpoints if b.concerns(name, what, of)]
        if isinstance(measure, Pending):
            if not concerned and name not in self.pinned:
                if has_line:
                    self._pending.append((known, what, self.step, measure))
                if occasion is not None:
                    self._keep(name, what, value, call, notes, occasion)
                return
            (measure,) = values.cross([measure])
        if has_line:
            self.measured(known, what, self.step, measure)
        if not measure.finite:
            self.flush()  # what came before it in the step may have been the first
            blame.judge(self, name, what, call, value, measure, module, inputs)
        culprit = not measure.finite and self.verdict.culprit == name
        if culprit and name not in self._broke:
            # All of it, but once: the first place that is not finite may lie in any example, and
            # a training that goes on so would push out all that was recorded before.
            self._broke.add(name)
            self._keep(name, what, value, call, notes, "nonfinite")
        elif occasion is not None:
            self._keep(name, what, value, call, notes, occasion)
        for point in concerned:
            stops.try_point(
                self, point, name, what, call, measure, value,
                lambda why: self._keep(name, what, value, call, notes, why), inputs,
            )  # fmt: skip

    def paced(self, name: str, inside: bool) -> int:
        """Begin a step if it is time for one; return which call of the name this is.

        Without a model a step begins where a name is met again. Compiled code tells a probe several
        times a step in loops, in vmap and under remat: that begins none, unless something outside
        of it came in between, or nothing outside of it is ever told.
        """
        again = name in self.calls and (not inside or not self._outside_known or self._outside_seen)
        if self.paced_by_probes and (self.step < 0 or again):
            self.begin_step(train=True)
        elif inside and name in self.calls:
            self._note(f"{name} is told several times a step: in vmap once for each example, in "
                       "scan in each turn, under remat twice")  # fmt: skip
        if not inside:
            self._outside_known = self._outside_seen = True
        elif name not in self.calls:
            self._outside_seen = False
        call = self.calls.get(name, 0)
        self.calls[name] = call + 1
        return call

    def values_of(self, tensor: Any) -> Values:
        """Return what measures and copies a tensor."""
        torch = self.torch_values
        return torch if torch is not None and isinstance(tensor, self.torch.Tensor) else ARRAYS

    def inside(self, structure: Any) -> list[tuple[str, Any]]:
        """Return the tensors inside of what a module took or returned."""
        found = self.torch_values.inside(structure) if self.torch_values is not None else []
        return found or ARRAYS.inside(structure)

    def _local(self, tensor: Any) -> tuple[Any, tuple[str, ...]]:
        """Return the part of a tensor that this process holds, and what to say of it."""
        local, words = self.values_of(tensor).local(tensor)
        if local is None and words is not None:
            self._note(words)
        labels = self.labels
        if OUTSIDE.autocast and AUTOCAST not in labels:
            labels = (*labels, AUTOCAST)  # autocast began inside of the model
        return local, labels if words is None else (*labels, words)

    def late_call(self, path: str, name: str) -> int:
        """Return the call under which a gradient of an earlier step's forward pass is kept."""
        late = self._late.get(path, 0)
        self._late[path] = late + 1
        return self.calls.get(name, 0) + late

    def _note(self, words: str) -> None:
        self.notes[words] = self.notes.get(words, 0) + 1

    def measured(self, name: str, what: str, step: int, measure: Measure) -> None:
        """Take a measure into the history of its place, and judge it."""
        self.settle()  # those before it come before it
        self._take_in(name, what, step, measure)

    def _take_in(self, name: str, what: str, step: int, measure: Measure) -> None:
        history = self._histories.get((name, what))
        if history is None:
            history = self._histories[name, what] = History()
        elif what == "gradient" and history.latest is not None and history.latest[0] == step:
            self._note("gradients came more than once in a step, as with retain_graph or "
                       "create_graph: the last of them are on record")  # fmt: skip
        history.add(step, measure)
        if what == "output":
            bound = self.bounds.get(name)
            self.findings.judge_output(name, step, measure, history, bound)
        elif what == "gradient":
            self.findings.judge_gradient(name, step, measure)

    def _keep(
        self, name: str, what: str, value: Any, call: int, notes: tuple[str, ...], why: str
    ) -> None:
        """Copy a value: all of it where that was asked for, else its first example."""
        whole, why = self.due(name, why)
        part = value if whole or len(value.shape) == 0 else value[:1]
        own = self.values_of(part).copy(part)
        self.add(Record(
            name, self.step, call, what, self.train, own, tuple(value.shape), why, notes
        ))  # fmt: skip

    def occasion(self, what: str) -> str | None:
        """Return what a value is kept for now; None: it is not.

        Whoever steps looks at each step, and where the loop stands at all that is there.
        """
        if what == "output" and self.control.stops_next:
            return "paused"
        return "sampled" if self.sampling or self.control.attention else None

    def due(self, name: str, why: str) -> tuple[bool, str]:
        """Return whether all of a value is kept, not its first example alone; and what for."""
        if why == "sampled" and name in self.pinned:
            why = "pinned"
        # Dim 0 of a parameter, or of its gradient, counts no examples.
        return why != "sampled" or name in self.parameters, why

    def add(self, record: Record) -> None:
        """Take a record into the store, if it has room for it."""
        if self.store.add(record):
            self._made.append(record)
        else:
            self._note(f"a record of {record.name} alone is larger than the budget")

    # ------------------------------------------------------------------ what it costs

    @property
    def rate(self) -> float | None:
        """Steps a second, lately."""
        times = self.step_times
        if len(times) < 2 or times[-1] == times[0]:
            return None
        return (len(times) - 1) / (times[-1] - times[0])
