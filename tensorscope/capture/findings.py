"""Findings: what looks wrong in a training run, each with the numbers that say so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from tensorscope.capture.history import History
from tensorscope.capture.measure import Measure

#: What counts as wrong; `watch.thresholds` holds a copy that can be changed.
THRESHOLDS: dict[str, float] = {
    "dead share": 0.95,  # share of zeros of an output, over so many sampled steps in a row
    "dead steps": 3,
    "saturated share": 0.9,  # share of a bounded activation's values next to its bounds
    "exploding factor": 100.0,  # growth of an output's norm within 20 steps
    "vanishing norm": 1e-8,  # norm of a gradient, per square root of its elements
    "update ratio high": 0.1,  # size of a weight's update, of the weight's own
    "update ratio low": 1e-7,
}
_WINDOW = 20
#: A finding is taken back only where its measure is clear of the threshold by so much: what hovers
#: about it would come and go with every step.
_CLEAR = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that looks wrong.

    Attributes
    ----------
    kind : str
        ``nonfinite``, ``passed on``, ``dead``, ``saturated``, ``exploding``, ``vanishing``,
        ``constant``, ``update``.
    name, what : str
        The module, and whether its output, gradient or weight.
    step : int
    message : str
        What it is.
    evidence : str
        The numbers behind it.
    cell : tuple of int or None
        Where to look.
    grave : bool
        Whether nothing after it can be right.
    """

    kind: str
    name: str
    what: str
    step: int
    message: str
    evidence: str
    cell: tuple[int, ...] | None = None
    grave: bool = False

    def __str__(self) -> str:
        return f"step {self.step}: {self.name} {self.message}. {self.evidence}"


class Findings:
    """All findings of a watch: one of each kind for each place, the latest evidence."""

    def __init__(self) -> None:
        self.thresholds: dict[str, float] = dict(THRESHOLDS)
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._zeros: dict[str, int] = {}

    def add(self, finding: Finding, anew: bool = False) -> bool:
        """Take a finding in; the first of its kind and place stays, unless told anew."""
        key = (finding.kind, finding.name, finding.what)
        known = key in self._found
        if anew or not known:
            self._found[key] = finding
        return not known

    def drop(self, kind: str, name: str, what: str) -> None:
        """Take a finding back: it is no longer true."""
        self._found.pop((kind, name, what), None)

    def all(self) -> tuple[Finding, ...]:
        """Return all: the grave ones first, as they came, then the others, the latest first.

        What came after a NaN that stayed, in a weight say, came of it.
        """
        found = list(self._found.values())  # whole at once: another thread may add
        return tuple(sorted(found, key=lambda f: (not f.grave, f.step if f.grave else -f.step)))

    def judge_output(
        self, name: str, step: int, measure: Measure, history: History, bound: float | None
    ) -> None:
        """Look at the measure of an output; `bound`: that of its activation, if it has one."""
        limits = self.thresholds
        if measure.zero is not None:
            zeros = measure.zero >= limits["dead share"]
            self._zeros[name] = self._zeros.get(name, 0) + 1 if zeros else 0
            if self._zeros[name] >= limits["dead steps"]:
                share = f"{100 * measure.zero:.1f} % of its values are 0"
                times = f"for {self._zeros[name]} sampled steps"
                limit = f"limit {100 * limits['dead share']:g} %"
                self.add(Finding("dead", name, "output", step, "is dead",
                                 f"{share}, {times}; {limit}."), anew=True)  # fmt: skip
            elif not zeros:
                self.drop("dead", name, "output")
        if measure.low == measure.high != 0 and measure.count > 1 and measure.finite:
            self.add(Finding("constant", name, "output", step, "is constant",
                             f"All {measure.count:,} values are {measure.low:.6g}."))  # fmt: skip
        if bound is not None and measure.finite and measure.norm:
            near = measure.norm / math.sqrt(measure.count) / bound
            if near >= limits["saturated share"]:
                self.add(Finding("saturated", name, "output", step, "is saturated",
                                 f"Root mean square {near * bound:.3g} of at most {bound:g}; "
                                 f"limit {limits['saturated share'] * bound:g}."),
                         anew=True)  # fmt: skip
            else:
                self.drop("saturated", name, "output")
        self._judge_growth(name, step, measure, history)

    def _judge_growth(self, name: str, step: int, measure: Measure, history: History) -> None:
        limit = self.thresholds["exploding factor"]
        # Cheap first: what does not exceed the smallest of all exceeds no median by so much.
        if not measure.norm >= limit * history.least_norm or not measure.finite:
            return
        before = [m.norm for _, m in history.recent(_WINDOW + 1)[:-1] if m.finite and m.norm]
        if len(before) < 3:
            return
        usual = sorted(before)[len(before) // 2]
        factor = measure.norm / usual
        if factor >= limit:
            evidence = (
                f"Its norm is {measure.norm:.3g}, {factor:.3g} × that of the steps before; "
                f"limit {limit:g} ×."
            )
            self.add(Finding("exploding", name, "output", step, "explodes", evidence))

    def judge_gradient(self, name: str, step: int, measure: Measure) -> None:
        """Look at the measure of a gradient."""
        if not measure.finite or not measure.count or _is_bias(name):
            return
        size = measure.norm / math.sqrt(measure.count)
        limit = self.thresholds["vanishing norm"]
        if size < limit:
            self.add(Finding("vanishing", name, "gradient", step, "has a vanishing gradient",
                             f"Root mean square {size:.3g}; limit {limit:g}."),
                     anew=True)  # fmt: skip
        elif size > _CLEAR * limit:
            self.drop("vanishing", name, "gradient")

    def judge_update(self, name: str, step: int, update: float, weight: float) -> None:
        """Look at how far an optimizer step moved a weight."""
        if not weight or not math.isfinite(update) or _is_bias(name):
            return
        ratio = update / weight
        low, high = self.thresholds["update ratio low"], self.thresholds["update ratio high"]
        if low <= ratio <= high:
            if _CLEAR * low <= ratio <= high / _CLEAR:
                self.drop("update", name, "weight")
            return
        size, limit = ("large", high) if ratio > high else ("small", low)
        self.add(Finding("update", name, "weight", step, f"has {size} updates",
                         f"One step moved it by {ratio:.2g} of its norm {weight:.3g}; limit "
                         f"{limit:g}."),
                 anew=True)  # fmt: skip


def _is_bias(name: str) -> bool:
    """Return whether how much a parameter learns says nothing of a fault.

    A bias begins at 0, so that its first updates are large for it, and right before a normalisation
    it has no effect and no gradient: every healthy network would show it. Where a layer does not
    learn, its weight says so.
    """
    return name.rpartition(".")[2] == "bias"


@dataclass(slots=True)
class Verdict:
    """Who made the first NaN or Inf of a step, as far as is known."""

    step: int = -1
    culprit: str | None = None
    seen: set[str] = field(default_factory=set)
    #: The last step in which an update of the model's weights was seen.
    updated: int = -1


def counts_text(counts: dict[str, Any]) -> str:
    """Write counts of NaN, +Inf and −Inf."""
    return ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
