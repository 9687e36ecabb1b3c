"""Tables, sparse arrays, images, lists, and what speaks an array protocol."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.adapters.case import NUMPY_DTYPES, Case, sample
from tests.adapters.case import case_of as case


def cases() -> list[Case]:
    """Return those of tables, sparse arrays and Python's own, with what NumPy calls their dtype."""
    found = [*_tables(), *_sparse(), *_pythons()]
    return [replace(case, element=case.make()[1].dtype.name) for case in found]


def _tables() -> list[Case]:
    import pandas as pd
    import polars as pl

    found = []
    for d in NUMPY_DTYPES:
        if d == "float16":
            continue  # polars and pandas differ on halves; NumPy's own cases have them
        values = sample((6,), d)
        found.append(case("pandas", d, lambda v=values: pd.Series(v), values, d))
        if not d.startswith("complex"):
            name = {"bool": "Boolean", "uint": "UInt"}.get(d.rstrip("0123456789"))
            spoken = d.replace("uint", "UInt").capitalize() if name is None else name
            spoken = d.replace("uint", "UInt") if d.startswith("uint") else spoken
            found.append(case("polars", d, lambda v=values: pl.Series(v), values, spoken))
    wide, big = sample((6, 3), "float64"), sample((6,), "int64")
    found += [
        case("pandas", "frame", lambda: pd.DataFrame(wide, columns=list("abc")), wide, "float64"),
        case("pandas", "frame of columns", lambda: pd.DataFrame({k: wide[:, k] for k in range(3)}),
             wide, "float64"),
        case("pandas", "index", lambda: pd.Index(big), big, "int64"),
        case("pandas", "nullable", lambda: pd.Series(big, dtype="Int64"), big, "Int64"),
        case("pandas", "nullable frame", lambda: pd.DataFrame({"a": big, "b": big}, dtype="Int64"),
             np.stack([big, big], -1), "Int64"),
        case("pandas", "extension array", lambda: pd.array(big, dtype="Int64"), big, "Int64"),
        case("pandas", "boolean", lambda: pd.Series(big > 0, dtype="boolean"), big > 0, "boolean"),
        case("pandas", "labels that mislead", lambda: pd.Series(big, index=range(6, 0, -1)), big,
             "int64"),
        case("pandas", "sparse", lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.0, 0.0])),
             [0.0, 1.0, 0.0], "Sparse[float64, nan]"),
        case("pandas", "empty", lambda: pd.Series([], dtype="float64"), np.empty(0), "float64"),
        case("polars", "frame", lambda: pl.DataFrame(wide, list("abc")), wide, "Float64"),
        case("polars", "empty", lambda: pl.Series([], dtype=pl.Float64), np.empty(0), "Float64"),
    ]  # fmt: skip
    return found


def _sparse() -> list[Case]:
    import scipy.sparse as ss
    import sparse

    spread = np.array([[0, 2.0, 0, 0], [0, 0, 0, np.nan], [7, 0, -1, 0]])
    cube = np.zeros((2, 3, 4))
    cube[1, 2, 3], cube[0, 1, 1] = 5, -2
    found = []
    for form in ("csr", "csc", "coo", "bsr", "lil", "dok", "dia"):
        for kind in ("array", "matrix"):
            make = getattr(ss, f"{form}_{kind}")
            found.append(case("scipy", f"{form}_{kind}", lambda m=make: m(spread), spread))
    twice = ([5.0, 1.0, 2.0], ([0, 0, 1], [1, 1, 0]))
    found += [
        case("scipy", "coo repeated", lambda: ss.coo_array(twice, shape=(2, 3)),
             [[0.0, 6, 0], [2, 0, 0]]),
        case("scipy", "csr of one dim", lambda: ss.csr_array(spread[0]), spread[0]),
        case("scipy", "coo of three dims", lambda: ss.coo_array(cube), cube),
        case("scipy", "int8", lambda: ss.csr_array(cube[1].astype("i1")), cube[1].astype("i1")),
        case("scipy", "empty", lambda: ss.csr_array((0, 3)), np.empty((0, 3))),
        case("sparse", "COO", lambda: sparse.COO.from_numpy(cube), cube),
        case("sparse", "COO filled with 1", lambda: sparse.COO.from_numpy(cube) + 1, cube + 1),
        case("sparse", "GCXS", lambda: sparse.GCXS.from_numpy(cube), cube),
        case("sparse", "DOK", lambda: sparse.DOK.from_numpy(cube), cube),
    ]  # fmt: skip
    return found


def _pythons() -> list[Case]:
    from array import array

    from PIL import Image

    from tests.adapters import speakers

    rows, words = [[1, 2, 3], [4, -5, 6]], [1, 2**62, -7]
    pixels = np.arange(24, dtype="u1").reshape(2, 4, 3)
    bits, far = pixels[..., 0] > 9, [2**64 - 1, 3]
    return [
        case("python", "list of int", lambda: rows, rows, "int"),
        case("python", "list of float", lambda: [1.5, float("nan"), -0.0], [1.5, np.nan, -0.0],
             "float"),
        case("python", "list of both", lambda: [1, 2.5], [1.0, 2.5], "float"),
        case("python", "list of bool", lambda: [True, False], [True, False], "bool"),
        case("python", "list of complex", lambda: [1 + 2j, 3], [1 + 2j, 3], "complex"),
        case("python", "beyond int64", lambda: list(far), np.array(far, "u8"), "int"),
        case("python", "tuple", lambda: (1.5, 2.5), [1.5, 2.5], "float"),
        case("python", "range", lambda: range(3, 30, 4), list(range(3, 30, 4)), "int"),
        case("python", "empty list", list, np.empty(0), "float"),
        case("python", "int", lambda: 7, 7, "int"),
        case("python", "float", lambda: 2.5, 2.5, "float"),
        case("python", "bool", lambda: True, True, "bool"),
        case("python", "complex", lambda: 1 + 2j, 1 + 2j, "complex"),
        case("python", "array", lambda: array("q", words), words, "int64"),
        case("python", "bytearray", lambda: bytearray(b"ab\xff"),
             np.array([97, 98, 255], "u1"), "uint8"),
        case("pil", "RGB", lambda: Image.fromarray(pixels), pixels, "uint8"),
        case("pil", "1 bit", lambda: Image.fromarray(bits), bits, "bool"),
        case("pil", "16 bit", lambda: Image.fromarray(pixels[..., 0].astype("u2") * 999),
             pixels[..., 0].astype("u2") * 999, "uint16"),
        case("pil", "palette", lambda: Image.fromarray(pixels[..., 0]).convert("P"), pixels[..., 0],
             "uint8"),
        case("array", "__array__", lambda: speakers.Array(pixels), pixels, "uint8"),
        case("array", "__array_interface__", lambda: speakers.Interface(pixels), pixels, "uint8"),
        case("array", "__dlpack__", lambda: speakers.Capsule(pixels), pixels, "uint8"),
        case("array", "other device", lambda: speakers.Device(pixels), pixels, "uint8"),
    ]  # fmt: skip
