"""Words, dates, masked places and tables on the screen."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.scoped import at_cell, heatmap, value

KINDS = """
import numpy as np, pandas as pd, tensorscope as ts
words = np.array([["alpha", "beta"], ["gamma delta", "it's"], ["", "ü"]])
hidden = np.ma.masked_array(np.arange(20.0).reshape(4, 5), np.eye(4, 5, dtype=bool))
hidden[2, 4] = np.nan
table = pd.DataFrame({"n": [2**53 + 1, 2, 3], "x": [0.5, np.nan, 2.0], "s": ["a", None, "c"]})
days = np.array([["2020-01-01", "NaT"], ["2021-06-01", "1969-12-31"]], "datetime64[D]")
column = pd.Series([1, None, 2**53 + 1], dtype="Int64")
"""
NAMES = ("words", "hidden", "table", "days", "column")


def test_what_is_no_plain_number(jupyter: Lab) -> None:
    cells = [f"s_{name} = ts.scope({name})\ns_{name}" for name in NAMES]
    with jupyter.notebook([KINDS, *cells], height=4200) as opened:
        for name in NAMES:
            opened.scope(name)
        folder = os.environ.get("TENSORSCOPE_PICTURES")
        if folder:
            for name in NAMES:
                opened.scope(name).screenshot(path=str(Path(folder) / f"kinds-{name}.png"))

        words = opened.scope("words")
        # What has no colours is written out.
        expect(words.get_by_role("gridcell", name="gamma delta")).to_be_visible()
        words.get_by_role("gridcell", name="it's").click()
        expect(value(words)).to_have_text('[1, 1] "it\'s"')

        hidden = opened.scope("hidden")
        heatmap(hidden).click(position=at_cell(hidden, 1, 1, 4, 5))
        expect(value(hidden)).to_have_text("[1, 1] masked")
        summary = hidden.get_by_role("status", name="Summary")
        expect(summary).to_contain_text("masked 4")
        expect(summary).to_contain_text("nan 1")
        heatmap(hidden).click(position=at_cell(hidden, 1, 2, 4, 5))
        expect(value(hidden)).to_have_text("[1, 2] 7.0")

        table = opened.scope("table")
        expect(table.get_by_role("columnheader", name="2 s")).to_be_visible()
        table.get_by_role("gridcell", name=str(2**53 + 1)).click()
        expect(value(table)).to_have_text(f"[0, 0] {2**53 + 1}")
        table.get_by_role("button", name="Table").click()
        heatmap(table).click(position=at_cell(table, 1, 2, 3, 3))
        expect(value(table)).to_have_text("[1, 2] masked")

        days = opened.scope("days")
        heatmap(days).click(position=at_cell(days, 1, 0, 2, 2))
        expect(value(days)).to_have_text("[1, 0] 2021-06-01")
        where = days.get_by_role("textbox", name="Where")
        where.fill("x > '2020-06-01'")
        where.press("Enter")
        expect(days.get_by_role("status", name="Hit count")).to_contain_text("1")
        assert opened.python("s_days.hits.indices.tolist()") == [[1, 0]]

        column = opened.scope("column")
        expect(heatmap(column)).to_be_visible()
        assert opened.python("str(s_column.stats.masked)") == "1"
        assert opened.errors == []


FRAMEWORKS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, jax.numpy as jnp, tensorflow as tf, torch, tensorscope as ts
base = np.arange(20, dtype="f4").reshape(4, 5)
flow = tf.Variable(base)
rows = tf.ragged.constant([[1.0, 2.0, 3.0], [4.0], [5.0, 6.0]])
jaxed = jnp.array(base, "bfloat16")
sparse = torch.tensor(base % 3).to_sparse()
packed = torch.quantize_per_tensor(torch.tensor(base), 0.5, 3, torch.quint8)
"""
#: Name → a cell, the shape, and what Value says of it.
READ = {
    "flow": ((2, 3), (4, 5), "[2, 3] 13.0"),
    "rows": ((2, 1), (3, 3), "[2, 1] 6.0"),
    "jaxed": ((3, 4), (4, 5), "[3, 4] 19.0"),
    "sparse": ((1, 0), (4, 5), "[1, 0] 2.0"),
    "packed": ((2, 2), (4, 5), "[2, 2] 12.0"),
}


def test_tensors_of_every_framework(jupyter: Lab) -> None:
    cells = [f"s_{name} = ts.scope({name})\ns_{name}" for name in READ]
    with jupyter.notebook([FRAMEWORKS, *cells], height=4200) as opened:
        for name, (cell, shape, said) in READ.items():
            region = opened.scope(name)
            heatmap(region).click(position=at_cell(region, *cell, *shape))
            expect(value(region)).to_have_text(said)
            code = opened.python(f"ts.extract({name}, {cell}).code")
            assert str(opened.python(code)) == said.split("] ")[1], code
            folder = os.environ.get("TENSORSCOPE_PICTURES")
            if folder:
                region.screenshot(path=str(Path(folder) / f"kinds-{name}.png"))
        where = opened.scope("flow").get_by_role("textbox", name="Where")
        where.fill("x > 16")
        where.press("Enter")
        expect(opened.scope("flow").get_by_role("status", name="Hit count")).to_contain_text("3")
        opened.do("flow.assign_add(tf.ones_like(flow)); s_flow.refresh()")
        expect(value(opened.scope("flow"))).to_have_text("[2, 3] 14.0")
        assert opened.errors == []
