"""Labels: what positions along a dim are called, where a table or coordinates name them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeAlias

from tensorscope.errors import SelectionError, clip, quote

#: Labels that are looked through for one like a misspelt one, and that a message lists.
_LOOKED_AT, _LISTED = 5000, 4
#: Characters of a label on the screen.
SHOWN = 40


class Labels(ABC):
    """The labels of one dim, in order. Frozen."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def text(self, position: int) -> str:
        """Return the label at a position as text; :meth:`find` takes it back."""

    @abstractmethod
    def find(self, label: object) -> list[int]:
        """Return where a label stands; a text also finds a number or a date that it writes.

        Cost: a look at each label.
        """

    def shown(self, position: int) -> str:
        """Return the label at a position, shortened for the screen."""
        return clip(self.text(position), SHOWN)


#: The labels of a dim by its number; None where it has none.
LabelsOf: TypeAlias = Callable[[int], Labels | None]


def no_labels(dim: int) -> Labels | None:
    """Return None: for tensors, whose positions are called by their numbers."""
    return None


def position_of(
    label: object, dim: int, labels_of: LabelsOf, ndim: int, span: tuple[int, int] | None = None
) -> int:
    """Return the position of a label.

    Raises
    ------
    SelectionError
        The dim has no such label, or several (``LABEL``).
    """
    labels = labels_of(dim)
    assert labels is not None
    places = labels.find(label)
    if len(places) == 1:
        return places[0]
    if places:
        raise SelectionError(
            f"dim {dim} has the label {quote(label)} at {len(places)} positions, "
            f"{', '.join(map(str, places[:_LISTED]))}{' …' if len(places) > _LISTED else ''}: "
            "write one of these numbers",
            "LABEL",
            span,
        )
    raise SelectionError(
        f"dim {dim} has no label {quote(label)}: {_near(label, dim, labels_of, ndim)}; or write a "
        f"position, {-len(labels)}…{len(labels) - 1}",
        "LABEL",
        span,
    )


def _near(label: object, dim: int, labels_of: LabelsOf, ndim: int) -> str:
    """Return what may have been meant."""
    for other in range(ndim):
        elsewhere = labels_of(other) if other != dim else None
        if elsewhere is not None and elsewhere.find(label):
            return f"dim {other} has it, {{{other}: {quote(label)}}}"
    labels = labels_of(dim)
    assert labels is not None
    texts = [labels.text(k) for k in range(min(len(labels), _LOOKED_AT))]
    near = get_close_matches(str(label) if isinstance(label, str) else "", texts, _LISTED)
    if near:
        return f"near: {', '.join(map(quote, near))}"
    if not texts:
        return "it has none"
    first = ", ".join(quote(text, 40) for text in texts[:_LISTED])
    return f"it has {first}{' …' if len(labels) > _LISTED else ''}"
