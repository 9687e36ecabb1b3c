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
