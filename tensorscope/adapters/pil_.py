"""PIL images: rows, columns and bands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.converted import Converted, called
from tensorscope.adapters.memory import Conversion


class PilAdapter(Converted):
    """Knows `PIL.Image.Image`: (height, width), or (height, width, bands)."""

    name = "pil"

    def array(self, x: Any) -> NDArray[Any]:
        pixels = called(x, "its pixels were read", lambda: np.asarray(x))
        # Pillow gives bits as bytes of 255, which NumPy prints as True but does not count as 1.
        return pixels.view(np.uint8) != 0 if pixels.dtype == np.bool_ else pixels

    def array_code(self, name: str, x: Any) -> str:
        return f"np.asarray({name})"

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return (Conversion("np.asarray(x)", "copies", "all pixels, read-only"),)

    def notes(self, x: Any) -> tuple[str, ...]:
        width, height = x.size
        said = [f"mode {x.mode}, .size is (width, height) = ({width}, {height})"]
        if x.mode in ("P", "PA"):
            said.append("values are places in the palette: x.convert('RGB') has the colours")
        return tuple(said)
