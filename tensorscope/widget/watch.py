"""Watch with a widget: what `ts.watch` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorscope import names
from tensorscope.capture.watch import Watch as HeadlessWatch
from tensorscope.watch_session import WatchSession
from tensorscope.widget.display import Shown, bundle_of, session_png, still_bundle
from tensorscope.widget.kernel import in_kernel

if TYPE_CHECKING:
    from tensorscope.widget.watch_widget import WatchWidget


class Watch(Shown, HeadlessWatch):
    """A training loop under watch; as a cell's last line it shows itself.

    Use it as a context manager, or call :meth:`start` and :meth:`close`. Show it before the cell
    that trains (``display(w)``, or as the last line of an earlier cell): it is alive while that
    cell runs.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._widget: WatchWidget | None = None
        self._displays: list[str] = []

    def _default_action(self) -> str:
        return "pause" if in_kernel() else "raise"

    def _code_name(self) -> str:
        return names.as_expression(self.name) or names.find_name(self) or "watch"

    @property
    def widget(self) -> WatchWidget:
        """The ipywidget; composes with others. Made when first asked for."""
        if self._widget is None:
            from tensorscope.widget.watch_widget import WatchWidget

            self._widget = WatchWidget(self, WatchSession(self, self._code_name))
        return self._widget

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if not in_kernel():
            return {"text/plain": repr(self)}
        data, metadata = bundle_of(self.widget._repr_mimebundle_(**kwargs))
        still, alt = self._still()
        return {**data, **still}, {**metadata, **alt}

    def _display_(self) -> Any:
        """Return what marimo shows."""
        return self.widget

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the value that was chosen as a picture, and what is known of the training."""
        text, png = repr(self), ""
        scope = self.widget.shown()
        if scope is not None:
            # Which step it is of, and what it is held against: a picture outlives the widget.
            noted = " · ".join(scope.source.info.notes)
            png, facts = session_png(scope, [noted, *text.splitlines()])
            text = "\n".join([text, noted, *facts])
        return still_bundle({"png": png, "text": text})


def watch(
    model: Any = None,
    select: object = None,
    *,
    every: int = 10,
    grads: object = False,
    weights: object = False,
    budget: object = "256MB",
    name: str | None = None,
    compiled: str | None = None,
) -> Watch:
    """Watch a network while it trains: measure every step, keep slices, pause, step, continue.

    Parameters
    ----------
    model : torch.nn.Module or None
        A step begins at each outermost forward pass. None: probes alone; then a step begins where
        a probe is met again.
    select : str, type, tuple or callable, optional
        Which modules: a glob over names or class names (``"layer2.*"``, ``"conv*"``), a type, a
        function of (name, module), or a tuple of these. None: all without children.
    every : int
        Slices (the first example) are kept at every so-many-th step; all of a pinned module.
    grads, weights : bool, str or sequence of str
        Whose gradients and weights are watched too: all, none, or globs over names.
    budget : int or str
        Bytes for all records, e.g. ``"256MB"``; the oldest go first, and are counted.
    name : str, optional
        What the watch is called in code; else the name that is bound to it. What is no expression,
        e.g. ``"run 3"``, is its title alone.
    compiled : {"eager"}, optional
        For a model under `torch.compile`: run the sampled steps eagerly. Their numerics and random
        numbers differ from the compiled ones. Without it no values are available, which is said.

    Returns
    -------
    Watch
        A context manager with ``.pause()``, ``.step()``, ``.resume()``, ``.break_when(...)``,
        ``.findings``, ``.records(name)``, ``.record(name, step=...)``.

    Raises
    ------
    UnsupportedTensorError
        `model` is none that can be watched (``NOT_A_MODEL``).
    SelectionError
        `select`, `grads`, `weights`, `every`, `budget` or `compiled` means nothing.

    Notes
    -----
    Cost: four passes over the output of each module a step; see ``benchmarks/results.md``. Training
    is bitwise the same with and without, for models that are not compiled.
    """
    return Watch(
        model, select, every=every, grads=grads, weights=weights, budget=budget, name=name,
        compiled=compiled,
    )  # fmt: skip
