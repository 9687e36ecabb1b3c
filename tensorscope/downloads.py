"""Downloads: a file of the selection, made in the kernel and sent to a browser in chunks."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tensorscope import names
from tensorscope.adapters.dtypes import DType
from tensorscope.errors import ProtocolError, quote
from tensorscope.info import bytes_text
from tensorscope.protocol import integer
from tensorscope.saving import FORMS, SaveError, check_form, note_of, write
from tensorscope.selection import Selection

if TYPE_CHECKING:
    from tensorscope.session import Session

#: No larger file goes through a browser.
LARGEST = 256 * 10**6
#: Bytes of one chunk: hosts limit the size of a message.
CHUNK = 4 * 2**20
#: A number in a .csv has at least so many characters, with its comma.
_SHORTEST = 4


class Downloads:
    """The file that is being sent: one a session, the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = b""
        self._req = ""

    def clear(self) -> None:
        """Forget what was not fetched."""
        with self._lock:
            self._file, self._req = b"", ""

    def drop(self, req: str) -> bool:
        """Forget the file that a request made; return whether there was one."""
        with self._lock:
            mine = self._req == req
            if mine:
                self._file, self._req = b"", ""
            return mine

    def answer(self, session: Session, body: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the next chunk, and what file it is of; the first request makes the file.

        Raises
        ------
        SaveError
            The file cannot be made.
        ProtocolError
            There is no such form, or another file was asked for since.
        """
        form, of = body.get("form"), body.get("of")
        if form not in FORMS:
            raise ProtocolError(f"there is no file {quote(form)}: {', '.join(FORMS)}")
        if of is not None:
            offset = integer(body.get("offset", 0), "offset", 0, LARGEST)
            return self._chunk(str(of), offset, {})
        return self._first(session, str(form), str(body.get("req")))

    def _first(self, session: Session, form: str, req: str) -> tuple[dict[str, Any], bytes]:
        source, selection = session.source, session.state.selection
        check_form(selection, form)
        name = f"{_file_name(source.display_name(), selection)}.{form}"
        dtype = session.queries.dtype_of(selection)
        least = selection.count * (_SHORTEST if form == "csv" else dtype.numpy.itemsize)
        file = io.BytesIO()
        about: dict[str, Any] = {"name": name, "note": None}
        if least <= LARGEST:
            selected = source.read(selection)
            write(selected, source.dim_names, form, file)
            about["note"] = note_of(selected, form)
        size = max(least, file.tell())
        if size > LARGEST:
            code = _saving_code(session, name, form, dtype)
            raise SaveError(
                f"{name} has {bytes_text(size)} and more, and {bytes_text(LARGEST)} go through a "
                f"browser at most: in the notebook run {code}",
                "TOO_LARGE",
            )
        with self._lock:
            self._file, self._req = file.getvalue(), req
        return self._chunk(req, 0, about)

    def _chunk(self, of: str, offset: int, about: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            file, mine = self._file, self._req
            if mine != of:
                raise ProtocolError("another file was asked for since: save once more")
            part = file[offset : offset + CHUNK]
            if offset + CHUNK >= len(file):
                self._file, self._req = b"", ""
        return {**about, "of": of, "offset": offset, "size": len(file)}, part


def _file_name(name: str, selection: Selection) -> str:
    """Return a file name that says what is in it, for every file system."""
    slots = [selection.slot_text(dim) for dim in range(len(selection.slots))]
    if any(text != ":" for text in slots):
        name = "_".join([name, *("all" if text == ":" else text for text in slots)])
    return re.sub(r"[^\w.-]+", "_", name.replace(":", "-")).strip("_.") or "tensor"


def _saving_code(session: Session, name: str, form: str, dtype: DType) -> str:
    """Return a line that saves the same in the kernel."""
    scope = names.find_name(session.holder)
    if scope is not None:
        return f'{scope}.save("{name}")'
    code, x, _ = session.source.code_name(session.holder)
    selection = session.state.selection
    if form == "npy" and dtype.kind != "O":
        return f'np.save("{name}", {session.source.adapter.slice_code(code, x, selection)})'
    return f'{names.of_module()}.scope({code}, "{selection.expr}").save("{name}")'
