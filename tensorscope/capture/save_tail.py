"""The tail of a recording: what was measured since its last file, step by step.

A file is written where there are records, which may be every hundredth step. Whatever kills the
process in between loses no more than the step at hand: each step adds a line here. The next file
holds all of it anew, and the tail begins again. A line says which file it follows, so that one
that was left beside a newer file is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TAIL = "tail.jsonl"


class Tail:
    """Lines that follow the last file of a folder; written by the thread that writes the files.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / TAIL
        self._after = ""

    def add(self, content: dict[str, Any]) -> None:
        """Append a line."""
        with self._path.open("a", encoding="utf-8") as file:
            # NaN and infinities as Python writes them; nobody else reads this.
            file.write(json.dumps({"after": self._after, **content}) + "\n")

    def begin(self, after: str) -> None:
        """Begin again behind a file that is whole and in the manifest."""
        self._after = after
        self._path.unlink(missing_ok=True)


def lines_after(folder: Path, file: str) -> Iterator[dict[str, Any]]:
    """Give the lines that follow a file, to the first that was cut off."""
    path = folder / TAIL
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                content = json.loads(line)
            except ValueError:
                return
            if not isinstance(content, dict) or content.get("after") != file:
                return
            yield content
