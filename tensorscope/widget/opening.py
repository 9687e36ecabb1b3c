"""Open: arrays in files and stores, and recordings of a watch."""

from __future__ import annotations

import os
from typing import Any

from tensorscope.capture.reopen import is_recording
from tensorscope.errors import quote
from tensorscope.opening import OpenError, open_arrays
from tensorscope.paths import path_of
from tensorscope.widget.watch import Watch


def open(path: str | os.PathLike[str]) -> Any:
    """Open arrays in a file, without reading them and without pickle.

    Parameters
    ----------
    path : str or path
        A zarr array or group (a folder), a safetensors file or the index of several
        (``….safetensors.index.json``), ``.npy``, ``.npz`` or HDF5. The first bytes tell which;
        the name does not matter. Or a folder that `Watch.save` wrote.

    Returns
    -------
    array, Opened or Watch
        One array (zarr, ``.npy`` as a memory map), or a read-only mapping of names to arrays:
        all functions of tensorscope take these, and read only what they need. A recording comes
        back as a closed watch.

    Raises
    ------
    OpenError
        ``MISSING``: nothing is there; ``FORMAT``: none of these formats, or one that needs
        pickle; ``CORRUPT``: it breaks off, or contradicts itself; ``TYPE``: it is no path.

    Notes
    -----
    Cost: headers are read, no values.

    Examples
    --------
    >>> import numpy as np, tempfile, tensorscope as ts
    >>> path = f"{tempfile.mkdtemp()}/a.npy"
    >>> np.save(path, np.arange(6.0).reshape(2, 3))
    >>> ts.extract(ts.open(path), "[1, 2]").item()
    5.0
    """
    place = path_of(path, OpenError)
    try:
        recording = is_recording(place)
    except OSError as error:  # a name that is too long, or a folder that may not be read
        raise OpenError(
            f"{quote(str(place), 200)} cannot be looked at: {error.strerror}; check the path",
            "MISSING",
        ) from error
    return Watch.reopened(place) if recording else open_arrays(path)
