"""The file that `.to_html()` writes, opened in a browser that has no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

import tensorscope as ts
from tests.browser.scoped import at_cell, heatmap, value


@pytest.fixture(scope="module")
def act() -> torch.Tensor:
    yy, xx = torch.meshgrid(torch.linspace(-3, 3, 56), torch.linspace(-3, 3, 56), indexing="ij")
    act = torch.stack([torch.sin(k / 5 * xx + yy) for k in range(64)])[None]
    act[0, 3, 5, 6] = float("nan")
    return act


@contextmanager
def opened(chromium: Browser, path: Path, width: int = 1000) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": width, "height": 1100}, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: wrong.append(r.url) if r.url.startswith("http") else None)
    try:
        page.goto(path.as_uri())
        yield page
        assert wrong == []
    finally:
        context.close()


def scope_on(page: Page, name: str) -> Locator:
    expect(page.locator("[data-state='ready']")).to_be_visible()
    return page.get_by_role("region", name=name, exact=True)


def test_it_hovers_clicks_and_steps_offline(
    chromium: Browser, act: torch.Tensor, tmp_path: Path
) -> None:
    path = ts.scope(act, "[0, 20]", where="x > 0.7", name="act").to_html(tmp_path / "act.html")
    with opened(chromium, path) as page:
        scope = scope_on(page, "act")
        expect(page.get_by_text("holds 64 of 64 slices")).to_be_visible()
        expect(scope.get_by_role("button", name="Keys")).to_be_visible()
        expect(scope.get_by_role("button", name="Refresh")).to_have_count(0)
        heatmap(scope).hover(position=at_cell(scope, 30, 5))
        text = ts.extract(act, (0, 20, 30, 5)).text
        expect(value(scope)).to_have_text(f"[0, 20, 30, 5] {text}")
        heatmap(scope).click(position=at_cell(scope, 10, 40))
        cell = act[0, 20, 10, 40]
        expect(scope).to_contain_text(f"{cell.item():.30f}".rstrip("0"))
        expect(scope).to_contain_text(hex(int(cell.view(torch.int32)) % 2**32))
        code = scope.get_by_role("status", name="Code")
        expect(code).to_have_text("act[0, 20, 10, 40].item()")
        hits = ts.where(act, "> 0.7", "[0, 20]")
        expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{hits.count:,}")

        slider = scope.get_by_role("slider", name="dim 1")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 21, :, :]")
        text = ts.extract(act, (0, 21, 10, 40)).text
        expect(value(scope)).to_contain_text(f"[0, 21, 10, 40] {text}")
        hits = ts.where(act, "> 0.7", "[0, 21]")
        expect(scope.get_by_role("status", name="Hit count")).to_contain_text(f"{hits.count:,}")

        page.mouse.move(2, 2)
        box = scope.get_by_role("textbox", name="Selection")
        box.fill("[0, 3, 5, 7]")
        box.press("Enter")
        expect(value(scope)).to_contain_text("[0, 3, 5, 7] ")


def test_of_many_hits_it_holds_the_largest(
    chromium: Browser, act: torch.Tensor, tmp_path: Path
) -> None:
    plane = act[0, 20].numpy()
    places = np.argwhere(plane > -0.5)
    assert len(places) > 1500
    held = places[np.argsort(-plane[plane > -0.5], kind="stable")[:1000]].tolist()
    path = ts.scope(act, "[0, 20]", where="x > -0.5", name="act").to_html(tmp_path / "act.html")
    with opened(chromium, path) as page:
        scope = scope_on(page, "act")
        hits = scope.get_by_role("table", name="Hits")
        row = hits.locator("tbody tr").first
        expect(row).to_contain_text(f"[0, 20, {held[0][0]}, {held[0][1]}]")
        expect(scope).to_contain_text(f"held: the 1,000 largest of {len(places):,}")
        hits.get_by_role("button", name="Coordinates").click()
        first = min(held)
        expect(row).to_contain_text(f"[0, 20, {first[0]}, {first[1]}]")
        for _ in range(2):  # falling, then rising
            hits.get_by_role("button", name="Value").click()
        last = min(held, key=lambda at: (plane[tuple(at)], at))
        expect(row).to_contain_text(f"[0, 20, {last[0]}, {last[1]}]")


def test_what_needs_the_kernel_is_answered_with_that(
    chromium: Browser, act: torch.Tensor, tmp_path: Path
) -> None:
    path = ts.scope(act, "[0, 20]", name="act").to_html(tmp_path / "act.html")
    with opened(chromium, path, width=400) as page:
        scope = scope_on(page, "act")
        for control, text, words in [
            ("Where", "x > 0.5", "needs a kernel"),
            ("Selection", "[0, 2:9, 1]", "is not in this file: it holds 64 of 64 slices"),
        ]:
            box = scope.get_by_role("textbox", name=control)
            box.fill(text)
            box.press("Enter")
            alert = scope.get_by_role("alert").filter(has_text=words)
            expect(alert).to_be_visible()
            expect(alert).to_contain_text("Run the notebook")
            expect(heatmap(scope)).to_be_visible()
            box.press("Escape")
        assert scope.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_grid_opens_into_its_tiles(chromium: Browser, act: torch.Tensor, tmp_path: Path) -> None:
    path = ts.scope(act, "[0]", view={"grid": 1}, name="act").to_html(tmp_path / "grid.html")
    with opened(chromium, path) as page:
        scope = scope_on(page, "act")
        expect(page.get_by_text("holds the grid and 64 of 64 slices")).to_be_visible()
        heatmap(scope).focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, 0, :, :]")
        page.keyboard.press("Escape")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[0, :, :, :]")


def test_a_small_cap_keeps_the_nearest_and_says_so(chromium: Browser, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((9, 300, 400)).astype(np.float32)
    noise[4, 299, 399] = np.nan
    s = ts.scope(noise, "[4]", name="noise")
    path = s.to_html(tmp_path / "noise.html", max_bytes=2_100_000)
    assert path.stat().st_size <= 2_100_000
    with opened(chromium, path) as page:
        scope = scope_on(page, "noise")
        expect(page.get_by_text("holds 3 of 9 slices")).to_be_visible()
        slider = scope.get_by_role("slider", name="dim 0")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(scope.get_by_role("textbox", name="Selection")).to_have_value("[5, :, :]")
        page.keyboard.press("ArrowRight")
        alert = scope.get_by_role("alert").filter(has_text="[6, :, :] is not in this file")
        expect(alert).to_be_visible()

    path = s.to_html(tmp_path / "reduced.html", max_bytes=500_000)
    assert path.stat().st_size <= 500_000
    with opened(chromium, path) as page:
        scope = scope_on(page, "noise")
        expect(scope).to_contain_text("extremes, NaN, Inf kept")
        heatmap(scope).click(position=at_cell(scope, 10, 40, 300, 400))
        expect(
            scope.get_by_role("alert").filter(has_text="This file holds extremes")
        ).to_be_visible()
    with pytest.raises(ts.TensorScopeError, match="raise max_bytes") as caught:
        s.to_html(tmp_path / "none.html", max_bytes=100_000)
    assert caught.value.kind == "TOO_LARGE"
    assert not (tmp_path / "none.html").exists()


@pytest.mark.parametrize(
    "x",
    [
        np.float64(2.5),
        np.arange(20) + 2**60,
        np.array([["a", "it's <script>"], ["</script>", "ü"]]),
        np.array([["2020-01-01", "NaT"]], "datetime64[D]"),
        np.ma.masked_array(np.arange(12.0).reshape(3, 4), np.eye(3, 4, dtype=bool)),
        np.ones((3, 4), np.complex64),
        torch.randn(5, 6).to(torch.bfloat16),
        np.zeros((0, 4)),
    ],
    ids=["scalar", "line", "text", "dates", "masked", "complex", "bfloat16", "empty"],
)
def test_every_kind_is_shown(chromium: Browser, x: object, tmp_path: Path) -> None:
    path = ts.scope(x, name="x").to_html(tmp_path / "x.html")
    with opened(chromium, path) as page:
        scope = scope_on(page, "x")
        expect(scope.get_by_role("status", name="Code")).to_contain_text("x")
        expect(scope.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_have_count(0)
