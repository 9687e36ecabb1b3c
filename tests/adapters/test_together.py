"""Frameworks side by side, and each one missing: in a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import permutations

import pytest

READ = {
    "torch": "import torch\nassert ts.extract(torch.tensor([1.5, 2.5]), '[1]').item() == 2.5",
    "tensorflow": "import tensorflow as tf\n"
    "assert ts.extract(tf.constant([1.5, 2.5]), '[1]').item() == 2.5",
    "jax": "import jax.numpy as jnp\nassert ts.extract(jnp.array([1.5, 2.5]), '[1]').item() == 2.5",
}

#: Libraries that are read without being imported.
TABLES = {
    "pandas": "import pandas as pd\nassert ts.extract(pd.Series([1.5, 2.5]), '[1]').item() == 2.5",
    "polars": "import polars as pl\nassert ts.extract(pl.Series([1.5, 2.5]), '[1]').item() == 2.5",
    "scipy": "import scipy.sparse as ss\n"
    "assert ts.extract(ss.csr_array([[1.5, 2.5]]), '[0, 1]').item() == 2.5",
    "sparse": "import sparse, numpy as np\n"
    "assert ts.extract(sparse.COO.from_numpy(np.eye(2)), '[1, 1]').item() == 1.0",
}

#: What reads stored arrays: the package that may be missing → a program that makes and reads one.
STORED = {
    "dask": "import dask.array as da\nassert ts.stats(da.arange(9.0, chunks=2)).max == 8.0",
    "zarr": "import zarr\nz = zarr.create_array({}, shape=(9,), chunks=(2,), dtype='f4')\n"
    "z[...] = np.arange(9)\nassert ts.stats(z).max == 8.0",
    "h5py": "import h5py\nf = h5py.File('x', 'w', driver='core', backing_store=False)\n"
    "assert ts.stats(f.create_dataset('x', data=np.arange(9.0))).max == 8.0",
    "xarray": "import xarray as xr\n"
    "assert ts.stats(xr.DataArray(np.arange(9.0), dims='a')).max == 8.0",
    "safetensors": "import tempfile\nfrom safetensors.numpy import save_file\n"
    "from safetensors import safe_open\np = tempfile.mkdtemp() + '/x'\n"
    "save_file({'x': np.arange(9.0)}, p)\n"
    "assert ts.stats(safe_open(p, 'np').get_slice('x')).max == 8.0",
}

#: Makes `import name` fail, as if it were not installed.
BLOCK = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


def run(program: str) -> str:
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=env, timeout=240
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.parametrize("order", list(permutations(READ)), ids="-".join)
def test_every_order_of_imports(order: tuple[str, ...]) -> None:
    """Read a tensor of each right after its import, and once more when all are there."""
    steps = [READ[name] for name in order]
    assert run("\n".join(["import tensorscope as ts", *steps, *steps, "print('read')"])) == "read\n"


@pytest.mark.parametrize("missing", list(READ))
def test_a_framework_is_missing(missing: str) -> None:
    """The others, and NumPy, are read as ever; the missing one is never asked for."""
    others = [READ[name] for name in READ if name != missing]
    array = "import numpy as np\nassert ts.topk(np.arange(5.0), 1).values.tolist() == [4.0]"
    absent = f"assert {missing!r} not in sys.modules"
    program = [BLOCK.format(names=[missing]), "import tensorscope as ts", array, *others, absent]
    run("\n".join(program))


@pytest.mark.parametrize("missing", list(TABLES))
def test_a_library_of_tables_is_missing(missing: str) -> None:
    # The package sparse itself imports scipy.
    needs = {"scipy": {"sparse"}}.get(missing, set())
    others = [TABLES[name] for name in TABLES if name not in {missing, *needs}]
    absent = f"assert {missing!r} not in sys.modules"
    run("\n".join([BLOCK.format(names=[missing]), "import tensorscope as ts", *others, absent]))


@pytest.mark.parametrize("name", list(STORED))
def test_a_package_of_stored_arrays_stands_alone(name: str) -> None:
    """Its arrays are read where no framework and no other such package is installed."""
    needs = {"xarray": {"dask"}, "dask": {"xarray"}}  # these look for each other
    missing = [*READ, *(set(STORED) - {name} - needs.get(name, set()))]
    run(
        "\n".join(
            [BLOCK.format(names=missing), "import numpy as np, tensorscope as ts", STORED[name]]
        )
    )


def test_files_are_opened_without_any_package() -> None:
    """safetensors (bfloat16 too), .npy and .npz need NumPy alone; others say what is missing."""
    program = f"""
{BLOCK.format(names=[*READ, *STORED, "ml_dtypes"])}
import json, os, tempfile, numpy as np, tensorscope as ts
folder = tempfile.mkdtemp()
header = json.dumps({{"w": {{"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}}}).encode()
with open(folder + "/w", "wb") as file:
    file.write(len(header).to_bytes(8, "little") + header + bytes.fromhex("803f0040"))
assert ts.extract(ts.open(folder + "/w")["w"]).numpy().tolist() == [1.0, 2.0]
np.savez(folder + "/z.npz", a=np.arange(9.0))
assert ts.stats(ts.open(folder + "/z.npz")["a"]).max == 8.0
os.mkdir(folder + "/g")
open(folder + "/g/zarr.json", "w").close()
try:
    ts.open(folder + "/g")
except ts.OpenError as error:
    assert "zarr" in str(error) and "install" in str(error), error
else:
    raise AssertionError("opened")
"""
    run(program)


def test_bfloat16_slices_for_numpy_say_what_to_do() -> None:
    """NumPy learns of bfloat16 from ml_dtypes, if anybody imports that."""
    program = f"""
{BLOCK.format(names=["ml_dtypes", "jax", "tensorflow", "torch"])}
import json, tempfile, tensorscope as ts
from safetensors import safe_open
path = tempfile.mkdtemp() + "/w"
header = json.dumps({{"w": {{"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}}}).encode()
with open(path, "wb") as file:
    file.write(len(header).to_bytes(8, "little") + header + bytes.fromhex("803f0040"))
try:
    ts.extract(safe_open(path, "np").get_slice("w"))
except ts.UnsupportedTensorError as error:
    assert error.kind == "OPAQUE" and "ts.open(path)" in str(error), error
else:
    raise AssertionError("read")
"""
    run(program)


def test_nothing_is_imported_to_tell_what_a_tensor_is() -> None:
    names = ["torch", "tensorflow", "jax", "keras", "ml_dtypes", *TABLES]
    program = f"""
{BLOCK.format(names=names)}
import numpy as np, tensorscope as ts
x = np.arange(6.0).reshape(2, 3)
ts.describe(x), ts.extract(x).numpy(), ts.where(x, "> 1").code, ts.stats(x), ts.scope(x)
ts.extract([[1, 2], [3, 4]]).code, ts.extract(memoryview(b"ab")), ts.extract(np.ma.array([1.0]))
try:
    ts.extract(object())
except ts.UnsupportedTensorError as error:
    assert error.kind == "NOT_NUMERIC"
assert not set({names!r}) & set(sys.modules)
"""
    run(program)
