"""Blame: which module made the first NaN or Inf of a run, and which merely passed it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorscope.capture.findings import Finding, counts_text
from tensorscope.capture.measure import Measure, Pending

if TYPE_CHECKING:
    from tensorscope.capture.recorder import Recorder


def judge(
    recorder: Recorder, name: str, what: str, call: int, value: Any, measure: Measure,
    module: Any, inputs: Any,
) -> None:  # fmt: skip
    """Add a finding for a value with NaN or Inf: made here, or brought in by input or weight.

    Cost: one pass over the value and over the module's inputs and weights, at the first place of
    a step alone.
    """
    if not _is_first(recorder, name, what):
        return
    counts, cell, kind = _counts(value)
    evidence = f"{counts_text(counts)} of {measure.count:,} values."
    if what == "output" and inputs is None:
        recorder.findings.add(Finding(
            "nonfinite", name, what, recorder.step, f"holds {kind}",
            f"{evidence} Which module made it is not known: these values came without their "
            "order, and without their inputs.", cell, grave=True,
        ))  # fmt: skip
        return
    brought = _bad_input(recorder, inputs) if what == "output" else None
    if brought is not None:
        recorder.findings.add(Finding(
            "nonfinite", name, what, recorder.step, f"was given the first {kind}",
            f"{evidence} Its input{brought} was not finite: it was made between the modules that "
            "are watched.", cell, grave=True,
        ))  # fmt: skip
        return
    weight = _bad_weight(recorder, module, value)
    before = None if weight is None else _maker_before(recorder)
    if before is not None:
        recorder.findings.add(Finding(
            "passed on", name, what, recorder.step, f"has a {weight} with {kind}",
            f"{evidence} Its input was finite. {before.name} made the first in step "
            f"{before.step}: an update has brought it into the {weight} since.", cell,
        ))  # fmt: skip
        return
    if weight is not None:
        evidence += f" Its input was finite, its {weight} was not."
    elif what == "output":
        evidence += f" Its input was finite{_spread(recorder, inputs)}."
    recorder.findings.add(Finding(
        "nonfinite", name, what, recorder.step, f"made the first {kind}", evidence, cell,
        grave=True,
    ))  # fmt: skip


def judge_late(recorder: Recorder, name: str, what: str, measure: Measure) -> None:
    """Add a finding for a measure that crossed when the step was over: the value is gone by then.

    Called in the order in which the values were made.
    """
    if not _is_first(recorder, name, what):
        return
    kind = "NaN" if measure.low != measure.low else "Inf"
    recorder.findings.add(Finding(
        "nonfinite", name, what, recorder.step, f"held the first {kind}",
        f"All that was measured before it in the step was finite. It lay on a device, and was seen "
        f"when the step was over: a breakpoint on ~isfinite(x) stops there, and shows its "
        f"{measure.count:,} values and its input.", grave=True,
    ))  # fmt: skip


def _is_first(recorder: Recorder, name: str, what: str) -> bool:
    """Return whether a value is the first of its step with NaN or Inf; if not, say who was."""
    verdict = recorder.verdict
    if verdict.step != recorder.step:
        verdict.step, verdict.culprit = recorder.step, None
        verdict.seen.clear()
    first = verdict.culprit is None
    if first:
        verdict.culprit = name
    elif name not in verdict.seen:
        recorder.findings.add(Finding(
            "passed on", name, what, recorder.step,
            f"passes on what {verdict.culprit} made"
            + (f", in its {what}" if what in ("gradient", "weight") else ""),
            "It came after it in the same step.",
        ))  # fmt: skip
    verdict.seen.add(name)
    return first


def _maker_before(recorder: Recorder) -> Finding | None:
    """Return what made a NaN or Inf that an update of the weights may have spread since."""
    made = (f for f in recorder.findings.all() if f.kind == "nonfinite")
    return next((f for f in made if f.step <= recorder.verdict.updated < recorder.step), None)


def _counts(value: Any) -> tuple[dict[str, int], tuple[int, ...] | None, str]:
    """Return how many NaN, +Inf, −Inf there are, the first place, and which kind is there."""
    from tensorscope.searched import where

    signed = {"NaN": "isnan", "+Inf": "isposinf", "-Inf": "isneginf"}
    # The infinities of complex numbers have no sign.
    tests = {"NaN": "isnan", "Inf": "isinf"} if _is_complex(value) else signed
    counts = {name: where(value, f"{test}(x)", limit=1) for name, test in tests.items()}
    first = next(
        ((name, hits) for name, hits in counts.items() if hits.count), ("NaN", counts["NaN"])
    )
    cell = tuple(first[1].indices[0].tolist()) if first[1].count else None
    kind = "NaN" if counts["NaN"].count else "Inf"
    return {name: hits.count for name, hits in counts.items()}, cell, kind


def _is_complex(value: Any) -> bool:
    return "complex" in str(value.dtype)


def _take(recorder: Recorder, tensor: Any) -> Measure | None:
    values = recorder.values_of(tensor)
    local, _ = recorder._local(tensor)
    if local is None:
        return None
    measure: Measure | Pending = values.take(local)
    if isinstance(measure, Pending):
        (crossed,) = values.cross([measure])
        return crossed
    return measure


def _bad_input(recorder: Recorder, inputs: Any) -> str | None:
    """Return which of the inputs is not finite, as text to put behind 'input'."""
    found = recorder.inside(inputs)
    for path, tensor in found:
        measure = _take(recorder, tensor)
        if measure is not None and not measure.finite:
            return f" {path}" if len(found) > 1 else ""
    return None


def _bad_weight(recorder: Recorder, module: Any, value: Any) -> str | None:
    if module is None:
        return None
    for name, tensor in recorder.values_of(value).state(module):
        measure = _take(recorder, tensor)
        if measure is not None and not measure.finite:
            return str(name)
    return None


def _spread(recorder: Recorder, inputs: Any) -> str:
    found = recorder.inside(inputs)
    measure = _take(recorder, found[0][1]) if found else None
    return f", std {measure.std:.3g}, largest {measure.largest:.3g}" if measure else ""
