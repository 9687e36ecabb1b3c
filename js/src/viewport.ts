// Geometry of the picture: which positions are visible, and where cells lie. Pure: no DOM.

/** Visible picture positions, half open. */
export interface Rect {
  row0: number;
  row1: number;
  col0: number;
  col1: number;
}

/** Where the visible cells lie, in device pixels. */
export interface Geometry {
  rect: Rect;
  width: number;
  height: number;
  cellW: number;
  cellH: number;
}

export const whole = (rows: number, columns: number): Rect => ({
  row0: 0,
  row1: rows,
  col0: 0,
  col1: columns,
});

export const sameRect = (a: Rect, b: Rect) =>
  a.row0 === b.row0 && a.row1 === b.row1 && a.col0 === b.col0 && a.col1 === b.col1;

/** Cells are whole device pixels where that leaves little of the room unused. */
const UNUSED = 0.06;
const snap = (cell: number) => (Math.floor(cell) >= cell * (1 - UNUSED) ? Math.floor(cell) : cell);

/**
 * Cells as large as the room allows: square, unless one side would be a sliver. No cell is
 * larger than `largest`; few columns are half as wide, which their numbers and labels take.
 */
export function fitCells(rect: Rect, width: number, height: number, largest: number): Geometry {
  const rows = Math.max(1, rect.row1 - rect.row0);
  const columns = Math.max(1, rect.col1 - rect.col0);
  const square = Math.min(width / columns, height / rows, largest);
  // A (2, 1000) picture in square cells would be one pixel high: stretch the short side.
  const least = Math.min(width, height);
  const sliver = least / 5;
  const broad = Math.max(sliver, Math.min(0.6 * least, (columns * largest) / 2));
  const cellW = snap(Math.max(square, Math.min(broad / columns, largest)));
  const cellH = snap(Math.max(square, Math.min(sliver / rows, largest)));
  return {
    rect,
    width: Math.max(1, Math.round(cellW * columns)),
    height: Math.max(1, Math.round(cellH * rows)),
    cellW,
    cellH,
  };
}

/** Device pixel at which a position begins. */
export const edgeX = (g: Geometry, column: number) => Math.round((column - g.rect.col0) * g.cellW);
export const edgeY = (g: Geometry, row: number) => Math.round((row - g.rect.row0) * g.cellH);

/** The position under a device pixel, or null outside. */
export function positionAt(g: Geometry, x: number, y: number): { row: number; col: number } | null {
  if (x < 0 || y < 0 || x >= g.width || y >= g.height) return null;
  // The last pixel is that of the last cells, however few of many they are.
  const at = (from: number, to: number, pixel: number, pixels: number, cell: number) =>
    pixel >= pixels - 1 && cell < 1 ? to - 1 : Math.min(to - 1, from + Math.floor(pixel / cell));
  return {
    row: at(g.rect.row0, g.rect.row1, y, g.height, g.cellH),
    col: at(g.rect.col0, g.rect.col1, x, g.width, g.cellW),
  };
}

/** One side of a zoom: `count` positions, keeping `anchor` where it was. */
function side(from: number, to: number, anchor: number, count: number, size: number) {
  const wanted = Math.min(size, Math.max(1, count));
  const share = to > from ? (anchor - from) / (to - from) : 0.5;
  const start = Math.min(size - wanted, Math.max(0, Math.round(anchor - share * wanted)));
  return [start, start + wanted] as const;
}

/** Zooms in (factor > 1) or out about a position; never beyond the picture. */
export function zoom(
  rect: Rect,
  factor: number,
  anchor: { row: number; col: number },
  rows: number,
  columns: number,
): Rect {
  const step = (n: number) => {
    const next = Math.round(n / factor);
    return next === n ? n + (factor > 1 ? -1 : 1) : next;
  };
  const [row0, row1] = side(
    rect.row0,
    rect.row1,
    anchor.row + 0.5,
    step(rect.row1 - rect.row0),
    rows,
  );
  const [col0, col1] = side(
    rect.col0,
    rect.col1,
    anchor.col + 0.5,
    step(rect.col1 - rect.col0),
    columns,
  );
  return { row0, row1, col0, col1 };
}

/** Moves by whole positions, stopping at the edges. */
export function pan(rect: Rect, dRow: number, dCol: number, rows: number, columns: number): Rect {
  const move = (from: number, to: number, by: number, size: number) => {
    const start = Math.min(size - (to - from), Math.max(0, from + by));
    return [start, start + (to - from)] as const;
  };
  const [row0, row1] = move(rect.row0, rect.row1, dRow, rows);
  const [col0, col1] = move(rect.col0, rect.col1, dCol, columns);
  return { row0, row1, col0, col1 };
}

/** Moves just far enough that a position is visible. */
export function reveal(
  rect: Rect,
  at: { row: number; col: number },
  rows: number,
  columns: number,
): Rect {
  const by = (from: number, to: number, p: number) =>
    p < from ? p - from : p >= to ? p - to + 1 : 0;
  return pan(
    rect,
    by(rect.row0, rect.row1, at.row),
    by(rect.col0, rect.col1, at.col),
    rows,
    columns,
  );
}

/** Distance of ruler labels: 1, 2, 4, 8, …, so that labels are at least `room` pixels apart. */
export function rulerStep(cell: number, room: number): number {
  let step = 1;
  while (step * cell < room) step *= 2;
  return step;
}
