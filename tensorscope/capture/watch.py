"""Watch: the user's object for one training loop, without its widget."""

from __future__ import annotations

import math
import sys
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any

from tensorscope import names
from tensorscope.capture import breakpoints, models, running, stops
from tensorscope.capture.breakpoints import Breakpoint
from tensorscope.capture.budget import budget_of, budget_text
from tensorscope.capture.intermediates import arrays_in
from tensorscope.capture.probed import on_taken
from tensorscope.capture.recorder import Recorder
from tensorscope.capture.reopen import read
from tensorscope.capture.save import Writer
from tensorscope.capture.seen import Seen
from tensorscope.capture.select_modules import names_meant
from tensorscope.errors import SelectionError, quote


class Watch(Seen):
    """Hooks, records, and the way to pause, step and continue; made by :func:`tensorscope.watch`.

    Use it as a context manager, or call :meth:`start` and :meth:`close`.
    """

    def __init__(
        self,
        model: Any = None,
        select: object = None,
        *,
        every: int = 10,
        grads: object = False,
        weights: object = False,
        budget: object = "256MB",
        name: str | None = None,
        compiled: str | None = None,
    ) -> None:
        if type(every) is not int or every < 1:
            raise SelectionError(f"every= is a number of steps from 1 on, not {quote(every)}")
        if compiled not in (None, "eager"):
            raise SelectionError(f'compiled= is None or "eager", not {quote(compiled)}')
        self.model = model
        self.name = names.checked(name, "the watch is called in code, 'w', or a title")
        self._watched = None if model is None else models.watched(model, select, compiled)
        self._model_name = "probes" if self._watched is None else self._watched.title
        self._modules = {} if self._watched is None else self._watched.modules
        self._classes = {} if self._watched is None else self._watched.classes
        self._grads = names_meant(grads, self._modules, "grads")
        self._weights = names_meant(weights, self._modules, "weights")
        bounds = {} if self._watched is None else self._watched.bounds
        self._recorder = Recorder(sys.modules.get("torch"), every, budget_of(budget), bounds)
        self._recorder.paced_by_probes = model is None
        self._hooks: models.Installed | None = None
        self._writer: Writer | None = None
        self._origin: tuple[str, ...] = ()

    # ------------------------------------------------------------------ life

    @property
    def channels_last(self) -> bool:
        """Whether the last dim of what image layers give is that of channels."""
        return self._watched is not None and self._watched.channels_last

    def start(self) -> Watch:
        """Put the hooks on; returns the watch. Does nothing where they are on.

        A watch that was closed goes on where it stopped, in memory: to save more, call
        :meth:`save` again.

        Raises
        ------
        SelectionError
            It was opened from a file, and watches nothing (``CLOSED``).
        """
        if self._recorder.control.closed:
            if self._origin:
                raise SelectionError(
                    "this watch was opened from a file and watches nothing: make one with "
                    "ts.watch(model)",
                    "CLOSED",
                )
            self._recorder.control.reopen()
        if self._hooks is None:
            self._hooks = models.Installed()
            # Whoever lets the watch go without closing it leaves no hook behind.
            weakref.finalize(self, self._hooks.remove).atexit = False
            if self._watched is not None:
                self._watched.install(self._recorder, self._hooks, self._grads, self._weights)
            running.add(self)
        return self

    def close(self) -> None:
        """Take all hooks off and let a paused loop go on. Records and findings stay."""
        if self._hooks is not None:
            silent = self._recorder.step < 0 and not self._recorder.notes
            words = self._watched.unseen() if silent and self._watched is not None else None
            if words is not None:
                self._recorder._note(words)
            self._hooks.remove()
            self._hooks = None
        self._recorder.flush()
        self._recorder.end_step()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._recorder.control.close()
        running.remove(self)
        self._recorder.on_news()

    def __enter__(self) -> Watch:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if error is not None:
            self._recorder.control.ended_by = stops.ending(error, self._recorder.hit)
        self.close()

    # ------------------------------------------------------------------ control

    @property
    def status(self) -> str:
        """``running``, ``pausing``, ``paused`` or ``closed``; ``ready`` before :meth:`start`."""
        closed = self._recorder.control.closed
        return "ready" if self._hooks is None and not closed else self._recorder.control.status

    def pause(self) -> None:
        """Stop the loop at the next module. The thread that trains waits there."""
        self._recorder.control.pause()

    def step(self, unit: str = "step") -> None:
        """Let a paused loop run for one training step, or (``"module"``) to the next module."""
        self._recorder.control.step(unit)

    def resume(self) -> None:
        """Let a paused loop go on."""
        self._recorder.control.resume()

    def break_when(
        self,
        cond: str,
        on: str = "*",
        what: str = "output",
        action: str | Callable[[Any], object] | None = None,
    ) -> Breakpoint:
        """Stop the loop where a condition holds.

        Parameters
        ----------
        cond : str
            A predicate (``"~isfinite(x)"``, ``"abs(x) > 1e4"``: where any element meets it),
            ``"any(...)"``, ``"share(x == 0) > 0.9"``, or ``norm``, ``mean``, ``std``, ``max``,
            ``min`` of x compared with a number, ``"norm(x) > 1e3"``. Parsed, never evaluated.
        on : str
            A glob over names: of modules, of one output or weight (``"fc.bias"``), or of probes.
        what : {"output", "gradient", "weight", "probe"}
            What of them. ``"output"`` takes a probe of that name too; ``"probe"`` means probes
            alone, also one that is still to come.
        action : {"pause", "raise", "log"} or callable, optional
            What happens; a function gets the hit. Without a widget the default is to raise, for
            nobody could continue a paused loop.

        Returns
        -------
        Breakpoint
            With ``.hits``, ``.last`` and ``.remove()``.

        Raises
        ------
        ConditionError, SelectionError
            An argument cannot be read, or no watched module has such a name (``NO_MODULE``).

        Notes
        -----
        Cost: nothing where the cheap measure of a step rules it out; else one pass over the value.
        ``share(...)`` takes one at every step.
        """
        wanted = self._default_action() if action is None else action
        point = breakpoints.make(cond, on, what, wanted)
        open_to = what != "output" and self._hooks is None and "*" in on
        open_to = open_to or (what == "output" and "[" in on and self._recorder.step < 0)
        if self._modules and not (open_to and breakpoints.may_come(on, self._modules)):
            known = (*self._modules, *self._recorder.parameters, *self.names())
            words = breakpoints.check_named(point, known, self._modules)
            if words is not None:
                self._recorder._note(words)
        point._owner = self._recorder.breakpoints
        self._recorder.breakpoints.append(point)
        if what in ("gradient", "weight"):
            chosen = self._grads if what == "gradient" else self._weights
            argument = "grads" if what == "gradient" else "weights"
            if not chosen:
                self._recorder._note(f"{what}s are not watched: pass {argument}=True to watch()")
        return point

    def _default_action(self) -> str:
        return "raise"

    def pin(self, name: str) -> None:
        """Keep all of a module's output on sampled steps from now on, not the first example."""
        self._recorder.pinned.add(self._check_name(name))

    def unpin(self, name: str) -> None:
        """Keep slices only."""
        self._recorder.pinned.discard(name)

    def take(self, values: Any, kind: str = "output") -> None:
        """Record what a jitted step returned beside its loss: the intermediates of Flax.

        Parameters
        ----------
        values : mapping
            ``state["intermediates"]`` of Linen's ``apply(..., mutable=["intermediates"],
            capture_intermediates=...)``, the State that ``nnx.capture`` returns, or any nested
            mapping of arrays. Without a model a step begins where this is called again.
        kind : {"output", "gradient", "weight"}
            What they are: ``"gradient"`` for those of the perturbations.

        Raises
        ------
        SelectionError
            The watch is not running yet, or `values` or `kind` is none of these.
        UnsupportedTensorError
            A value has no numbers (``SYMBOLIC``: inside of `jax.jit`) or was donated (``FREED``).

        Notes
        -----
        Cost: the arrays are brought to the host, and measured there; on sampled steps a copy of
        the first example.
        """
        if kind not in ("output", "gradient", "weight"):
            raise SelectionError(f"kind= is output, gradient or weight, not {quote(kind)}")
        if self.status == "ready":
            raise SelectionError("the watch does not run yet: use it as 'with ts.watch() as w:', "
                                 "or call w.start()")  # fmt: skip
        if not self._recorder.control.closed:
            on_taken(self._recorder, arrays_in(values), kind)

    def callback(self, examples: Any) -> Any:
        """Return a Keras callback for models inside of whose training step no Python runs.

        Parameters
        ----------
        examples : array or tensor
            What the model is run on after each sampled step, in inference mode: its values are
            labelled so, for they are not those of the training step.

        Returns
        -------
        keras.callbacks.Callback
            For ``model.fit(..., callbacks=[...])``.

        Raises
        ------
        SelectionError
            The watch is of no Keras model, or the training step itself is watched already.

        Notes
        -----
        Cost: one forward pass over the examples at each sampled step.
        """
        make = getattr(self._watched, "callback", None)
        if make is None:
            raise SelectionError("callback() is for watches of a keras.Model")
        return make(self._recorder, examples)

    def save(self, path: Any) -> None:
        """Write all records, measures and findings into a folder, and all that come from now on.

        Parameters
        ----------
        path : path-like
            A folder that holds no recording yet. `ts.open(path)` shows it again, elsewhere too.

        Raises
        ------
        SaveError
            The folder cannot be used, or the package safetensors is missing.

        Notes
        -----
        Cost: a step's records are handed to a thread that writes them beside the next step; if
        that is not done by its end, training waits, for a second at most. Killed while recording,
        it loses the step at hand and the one that was being written.
        """
        head = {
            "name": self.name,
            "model": self._model_name,
            "modules": list(self._modules),
            "classes": self._classes,
            "every": self._recorder.every,
        }
        before, writer = self._writer, Writer(self._recorder, path, head)
        if self._recorder.control.closed:
            writer.close()
            return
        # Only now: a folder that cannot be used leaves a recording that goes on as it was.
        self._writer, self._recorder.on_step_end = writer, writer.put
        if before is not None:
            before.close()

    @classmethod
    def reopened(cls, path: Any) -> Watch:
        """Return a closed watch with what :meth:`save` wrote."""
        watch = cls(None)
        watch._recorder.store.budget = math.inf
        head = read(watch._recorder, path)
        watch.name = head.get("name")
        watch._modules = dict.fromkeys(head.get("modules", ()))
        told = head.get("classes")  # since it is written; of any text that a file may hold
        watch._classes = {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
        watch._model_name = str(head.get("model"))
        watch._recorder.every = int(head.get("every", 1))
        watch._origin = (f"reopened from {path}",)
        watch._recorder.control.close()
        return watch

    @property
    def is_reopened(self) -> bool:
        """Whether this is a recording that was opened, with no model that could train."""
        return bool(self._origin)

    def _watched_text(self) -> str:
        count, one = len(self._modules), "module"
        if not count:  # of probes alone
            count, one = len(self.names()), "value"
        return f"{count} {one}{'' if count == 1 else 's'}"

    def __repr__(self) -> str:
        on_disk = math.isinf(self._recorder.store.budget)
        lines = [
            f"<Watch {self.name or self._model_name} · {self._watched_text()} · "
            f"{self.status} · {self.steps} steps · "
            f"records {'on disk' if on_disk else budget_text(self.nbytes)}>"
        ]
        if self._recorder.control.ended_by:
            lines.append(f"  ended by {self._recorder.control.ended_by}")
        lines += [f"  {finding}" for finding in self.findings[:5]]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)
