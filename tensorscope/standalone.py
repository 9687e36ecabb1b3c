"""Standalone: one HTML file that stays interactive without a kernel and without a network."""

from __future__ import annotations

import base64
import json
from html import escape
from pathlib import Path
from time import strftime
from typing import Any

from tensorscope.bundle import built
from tensorscope.errors import TensorScopeError, clip, quote
from tensorscope.info import bytes_text
from tensorscope.paths import path_to_write
from tensorscope.recording import Recording, record
from tensorscope.session import Session

#: What the page has beside the slices: words, the saved picture, and a margin.
_MARGIN = 4096


def write_page(
    path: Any, session: Session, snapshot: dict[str, Any], max_bytes: object, version: str
) -> Path:
    """Write the page of a session; return where.

    Raises
    ------
    TensorScopeError
        `max_bytes` is too few for one slice (``TOO_LARGE``), or is no number; there is no such
        folder (``MISSING``), or the file cannot be written (``UNWRITABLE``).
    """
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes <= 0:
        raise TensorScopeError(
            f"max_bytes is a number of bytes such as 8_000_000, not {quote(max_bytes)}", "TYPE"
        )
    target = path_to_write(path)
    script, style = built("standalone.js"), built("widget.css")
    fixed = len(script.encode()) + len(style.encode()) + len(snapshot["png"]) + _MARGIN
    kept = record(session, (max_bytes - fixed) * 3 // 4)  # base64 makes four bytes of three
    if kept is None:
        raise TensorScopeError(
            f"one slice of {session.source.display_name()} does not fit into "
            f"{bytes_text(max_bytes)}, of which the page itself takes {bytes_text(fixed)}: raise "
            f"max_bytes, or select less",
            "TOO_LARGE",
        )
    page = _page(session, kept, snapshot, version, script, style)
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise TensorScopeError(
            f"{clip(str(target), 200)} cannot be written: {error.strerror}; choose another name",
            "UNWRITABLE",
        ) from error
    return target


def _page(
    session: Session,
    kept: Recording,
    snapshot: dict[str, Any],
    version: str,
    script: str,
    style: str,
) -> str:
    name = session.source.display_name()
    grid = session.state.grid is not None
    count = len(kept.slices) - grid
    held = f"{count:,} of {kept.possible:,} slices" if kept.possible > 1 else "one slice"
    held = f"the grid and {held}" if grid else held
    about = f"{name} · saved {strftime('%Y-%m-%d %H:%M')} · tensorscope {version}"
    limits = f"No kernel: this file holds {held}. For anything else, run the notebook."
    data = {
        "info": kept.info,
        "tensor": kept.tensor,
        "held": held,
        "slices": [base64.b64encode(s).decode("ascii") for s in kept.slices],
    }
    # '<' never stands in the data as such: nothing in it can end the script element.
    packed = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    text = escape(snapshot["text"])
    return _TEMPLATE.format(
        title=escape(f"{name}{session.state.selection.expr}"),
        about=escape(about),
        limits=escape(limits),
        text=text,
        png=snapshot["png"],
        style=style.replace("</", "<\\/"),
        data=packed,
        script=script.replace("</script", "<\\/script"),
    )


_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; padding: 16px; max-width: 1100px; background: #ffffff; color: #1b1f24;
  font: 12px/16px system-ui, sans-serif; }}
footer.page {{ margin: 12px 2px 0; color: #5b636d; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #111111; color: #e8eaed; }}
  footer.page {{ color: #a3a9b1; }}
}}
@media (max-width: 640px) {{ body {{ padding: 8px; }} }}
</style>
<style>{style}</style>
<style>
.tensorscope [aria-label="Refresh"] {{ display: none; }} /* nothing can be read anew */
</style>
</head>
<body>
<main id="scope">
<figure id="still" style="margin:0">
<img alt="{text}" style="max-width:100%" src="data:image/png;base64,{png}">
<figcaption>{text}</figcaption>
</figure>
</main>
<footer class="page">{about}<br>{limits}</footer>
<script type="application/json" id="recording">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""
