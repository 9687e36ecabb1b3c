"""Raw bits become exactly the numbers that torch reads, and thresholds round as it rounds."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
import torch

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.text import bits_text, exact_text, scalar_text

SMALL = [name for name in DTYPES if name.startswith(("float8", "float4"))]
TORCH = "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu".split()


@pytest.mark.parametrize("name", SMALL)
def test_every_pattern_that_ml_dtypes_has(name: str) -> None:
    bits = np.arange(16 if name == "float4_e2m1fn" else 256, dtype=np.uint8)
    expected = bits.view(getattr(ml_dtypes, name)).astype(np.float64)
    ours = DTYPES[name].decode(bits).astype(np.float64)
    assert np.array_equal(ours, expected, equal_nan=True)
    signs = ~np.isnan(expected)
    assert np.array_equal(np.signbit(ours[signs]), np.signbit(expected[signs]))
    assert DTYPES[name].foreign


@pytest.mark.parametrize("name", TORCH)
def test_every_pattern_of_eight_bits(name: str) -> None:
    bits = torch.arange(256, dtype=torch.uint8)
    expected = bits.view(getattr(torch, name)).to(torch.float64).numpy()
    ours = DTYPES[name].decode(bits.numpy().copy()).astype(np.float64)
    assert np.array_equal(ours, expected, equal_nan=True)
    signs = ~np.isnan(expected)
    assert np.array_equal(np.signbit(ours[signs]), np.signbit(expected[signs]))


def test_every_pattern_of_bfloat16() -> None:
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int16)
    expected = bits.view(torch.bfloat16).float().numpy()
    ours = DTYPES["bfloat16"].decode(bits.numpy().view(np.uint16))
    assert np.array_equal(ours, expected, equal_nan=True)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64", *TORCH])
def test_thresholds_round_to_nearest_even(name: str) -> None:
    if name in ("float8_e8m0fnu",):
        values = [1.0, 1.4, 3.1, 0.3]
    else:
        values = [0.9, 1.1, -3.7, 0.1, 1e-3, 100.3, 2.0625, -0.0, 17.0]
    for value in values:
        ours = DTYPES[name].round(value)
        expected = torch.tensor(value, dtype=torch.float64).to(getattr(torch, name))
        assert ours == expected.to(torch.float64).item(), value


def test_thresholds_past_the_largest_are_infinite() -> None:
    assert DTYPES["float16"].round(1e6) == math.inf
    assert DTYPES["float16"].round(-1e6) == -math.inf
    assert DTYPES["float8_e4m3fn"].round(1e6) == math.inf
    assert math.isnan(DTYPES["bfloat16"].round(math.nan))
    assert DTYPES["int32"].round(3.7) == 3.7


@pytest.mark.parametrize("name", ["float16", "bfloat16", *SMALL])
def test_text_comes_back_to_the_same_value(name: str) -> None:
    dtype = DTYPES[name]
    step = 1 if dtype.storage.itemsize == 1 else 97
    raws = np.arange(0, 2 ** (8 * dtype.storage.itemsize), step, dtype=f"u{dtype.storage.itemsize}")
    for raw in raws.view(dtype.storage):
        value = float(dtype.decode(np.asarray(raw).reshape(1))[0])
        text = scalar_text(dtype, raw)
        if math.isnan(value):
            assert text == "nan"
        else:
            assert dtype.round(float(text)) == value
            assert math.copysign(1, float(text)) == math.copysign(1, value)
            assert len(text) <= len(repr(value))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("float32", 0.1, "0.1"),
        ("float32", 1e-40, "1e-40"),
        ("float32", 16777216.0, "16777216.0"),
        ("float32", 3.4028235e38, "3.4028235e+38"),
        ("float64", 0.1, "0.1"),
        ("float64", 1 / 3, "0.3333333333333333"),
        ("float16", 0.1, "0.1"),
        ("float16", 65504.0, "65500.0"),
        ("float8_e4m3fn", 0x7E, "448.0"),
        ("float8_e5m2", 0x2E, "0.09"),
        ("bfloat16", 0x3DCD, "0.1"),
        ("float32", -0.0, "-0.0"),
        ("float32", math.inf, "inf"),
        ("float32", math.nan, "nan"),
        ("int64", 2**53 + 1, "9007199254740993"),
        ("uint64", 2**64 - 1, "18446744073709551615"),
        ("bool", True, "True"),
        ("complex64", 1.5 - 2j, "(1.5-2j)"),
        ("complex128", 0.1j, "0.1j"),
    ],
)
def test_shortest_text(name: str, value: object, text: str) -> None:
    dtype = DTYPES[name]
    assert scalar_text(dtype, dtype.storage.type(value)) == text


def test_exact_decimals_and_bits() -> None:
    f32 = DTYPES["float32"]
    raw = np.float32(2.584598)
    assert exact_text(f32, raw) == "2.584598064422607421875"
    assert bits_text(f32, raw) == "0x40256a0e"
    assert bits_text(DTYPES["bfloat16"], np.uint16(0x3FC0)) == "0x3fc0"
    assert bits_text(DTYPES["complex64"], np.complex64(1 - 2j)) == "0x3f800000, 0xc0000000"
    assert exact_text(DTYPES["int8"], np.int8(-128)) == "-128"
    assert exact_text(f32, np.float32(math.nan)) == "nan"
