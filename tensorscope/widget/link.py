"""Link: scopes that move together, side by side."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from tensorscope.errors import SelectionError, quote
from tensorscope.linked import Linked
from tensorscope.widget.display import Shown, bundle_of
from tensorscope.widget.kernel import in_kernel

if TYPE_CHECKING:
    from tensorscope.widget.scope import Scope

#: Pixels below which a scope goes under the one before it.
_NARROWEST = 420


class Link(Shown):
    """Scopes that are linked; made by :meth:`Scope.link`. Shows them side by side.

    Attributes
    ----------
    scopes : tuple of Scope
        Those that were linked.
    """

    __slots__ = ("__weakref__", "_displays", "_linked", "scopes")

    def __init__(self, scopes: tuple[Scope, ...], colours: bool) -> None:
        from tensorscope.widget.scope import Scope  # it makes links

        for scope in scopes:
            if not isinstance(scope, Scope):
                raise SelectionError(
                    f"{quote(scope)} is no scope: pass what ts.scope(…) returned", "TYPE"
                )
            scope._session.source.check_open()
        if len(scopes) < 2 or len(set(map(id, scopes))) < len(scopes):
            raise SelectionError("a link takes two different scopes or more", "LINK")
        self.scopes = scopes
        self._displays: list[str] = []
        self._linked = Linked([scope._session for scope in scopes], bool(colours))

    @property
    def notes(self) -> list[str]:
        """Where the tensors do not fit each other, and what did not follow."""
        return list(self._linked.notes)

    def unlink(self) -> None:
        """Let each scope go its own way."""
        self._linked.end()

    @property
    def widget(self) -> Any:
        """The scopes' widgets in a box: side by side, or stacked where there is little room."""
        layout = {"flex": f"1 1 {_NARROWEST}px", "min_width": f"min({_NARROWEST}px, 100%)"}
        return ipywidgets.Box(
            [ipywidgets.Box([scope.widget], layout=layout) for scope in self._open()],
            layout={"flex_flow": "row wrap", "width": "100%", "align_items": "flex-start"},
        )

    def _open(self) -> list[Scope]:
        return [scope for scope in self.scopes if not scope._session.closed]

    def __repr__(self) -> str:
        linked = self._linked.sessions
        names = [s._session.source.display_name() for s in self.scopes if s._session in linked]
        what = " ↔ ".join(names) if names else "nothing: unlinked"
        lines = [f"<Link {what}>", *(f"  note: {note}" for note in self.notes)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if not in_kernel() or not self._open():
            return {"text/plain": repr(self)}
        data, metadata = bundle_of(self.widget._repr_mimebundle_(**kwargs))
        return {**data, **self._still()[0]}, metadata

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        shown = [scope._snapshot() for scope in self.scopes]
        text = "\n".join([repr(self), *(one["text"] for one in shown)])
        pictures = [
            f'<img alt="{escape(one["text"])}" src="data:image/png;base64,{one["png"]}">'
            for one in shown
            if one["png"]
        ]
        if not pictures:
            return {"text/plain": text}, {}
        return {"text/plain": text, "text/html": "\n".join(pictures)}, {}
