"""What tests look for in a scope: its picture, the value told, the middle of a cell, a pixel."""

from __future__ import annotations

from playwright.sync_api import Locator

PIXEL = """
([canvas, fx, fy]) => {
  const copy = document.createElement('canvas');
  copy.width = canvas.width; copy.height = canvas.height;
  const context = copy.getContext('2d');
  for (const layer of canvas.parentElement.querySelectorAll('canvas')) {
    if (layer === canvas || layer.dataset.layer === 'cells') context.drawImage(layer, 0, 0);
  }
  return [...context.getImageData(fx * canvas.width, fy * canvas.height, 1, 1).data];
}
"""


def heatmap(scope: Locator) -> Locator:
    return scope.get_by_role("application", name="Heatmap")


def value(scope: Locator) -> Locator:
    return scope.get_by_role("status", name="Value")


def at_cell(
    scope: Locator, row: int, column: int, rows: int = 56, columns: int = 56
) -> dict[str, float]:
    """Return where the middle of a cell is, within the heatmap."""
    box = heatmap(scope).bounding_box()
    assert box is not None
    return {"x": box["width"] * (column + 0.5) / columns, "y": box["height"] * (row + 0.5) / rows}
