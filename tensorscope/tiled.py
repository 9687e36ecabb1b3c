"""Tiles in any order: a frame of some tiles of a picture, read in as few goes as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tensorscope.frame import Frame

#: Tiles of a store that are read together although only some of them are shown.
_TOGETHER = 1024


def tiled(shown: Sequence[int], make: Callable[[tuple[int, int]], Frame], together: bool) -> Frame:
    """Frame tiles in any order: run by run, or `together` where a chunk may hold many of them.

    Parameters
    ----------
    shown : sequence of int
        The tiles, in the order in which the frame has them.
    make : callable
        Frames the tiles ``[start, stop)``.
    together : bool
        Whether tiles that lie between others are read with them, and left out after.
    """
    first, last = (min(shown), max(shown) + 1) if shown else (0, 0)
    runs = [(first, last)]
    if not (together and last - first <= _TOGETHER) and last - first > len(shown):
        rising = sorted(shown)
        breaks = [k for k in range(1, len(rising)) if rising[k] != rising[k - 1] + 1]
        pairs = zip([0, *breaks], [*breaks, len(rising)], strict=True)
        runs = [(rising[a], rising[b - 1] + 1) for a, b in pairs]
    made = [make(run) for run in runs]
    at = {tile: k for k, tile in enumerate(t for run in runs for t in range(*run))}
    wanted = [at[tile] for tile in shown]
    if wanted == list(range(len(at))) and len(made) == 1:
        return made[0]
    return _picked(made, wanted)


def _picked(frames: Sequence[Frame], tiles: Sequence[int]) -> Frame:
    """Return one frame of some of the tiles of frames, in any order, numbered through them all.

    They show the same rows and columns in the same blocks.
    """
    first = frames[0]

    def gather(name: str, missing: Callable[[Frame], Any] | None = None) -> Any:
        parts = [getattr(frame, name) for frame in frames]
        if all(part is None for part in parts):
            return None
        if missing is not None:
            parts = [
                missing(f) if part is None else part for f, part in zip(frames, parts, strict=True)
            ]
        return np.ascontiguousarray(np.concatenate(parts)[list(tiles)])

    flags = gather("flags", lambda frame: np.zeros(frame.shape, np.uint8))
    texts = None
    if all(frame.texts is not None for frame in frames):
        size = first.shape[1] * first.shape[2]
        said = [text for frame in frames for text in frame.texts or ()]
        texts = [text for t in tiles for text in said[t * size : (t + 1) * size]]
    return replace(
        first, shape=(len(tiles), *first.shape[1:]), flags=flags, texts=texts,
        **{name: gather(name) for name in ("values", "lo", "hi", "mask")},
    )  # fmt: skip
