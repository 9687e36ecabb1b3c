"""xarray's own: names of dims, and a file that stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import tensorscope as ts
from tests.adapters import lazy_kinds as lazy
from tests.adapters.lazy_values import CHUNKS, VALUES


def test_an_xarrays_own_dims_are_names() -> None:
    x = xr.DataArray(VALUES, dims=("time", "lat", "lon"), coords={"lat": np.arange(21) * 2})
    assert ts.describe(x).dims == ("time", "lat", "lon")
    assert any("lat: 0 … 40" in note for note in ts.describe(x).notes)
    assert ts.extract(x, {"lat": 3, "time": 1, "lon": 2}).item() == VALUES[1, 3, 2]
    assert ts.extract(x, {"lat": 3}).code == "x.isel(lat=3).to_numpy().copy()"
    assert ts.stats(x, {"lat": 3}).count == 330
    with pytest.raises(ts.SelectionError):
        ts.extract(x, {"depth": 0})
    scope = ts.scope(x, {"lat": 4})
    assert scope.expr == "[:, 4, :]"
    assert "dims=" not in scope.state
    scope.close()


def test_looking_loads_nothing_into_an_xarray() -> None:
    x = lazy.lazy_xarray(VALUES, CHUNKS)
    ts.stats(x)
    ts.extract(x, (1, 2, 3))
    assert not x.variable._in_memory
