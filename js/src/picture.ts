// Between positions in the picture and coordinates in the whole tensor. Pure: no DOM.
import { type Frame, holeOf, isMasked } from "./frame";
import type { Cell, Patch, PictureDim, State } from "./protocol";
import { type Rect, whole } from "./viewport";

/** A position in the picture: row and column within a tile (0 without a grid). */
export interface Position {
  row: number;
  col: number;
  tile: number;
}

export type Shape = "scalar" | "bars" | "line" | "plane" | "grid" | "empty";

export const rowsOf = (s: State) => s.picture.rows?.size ?? 1;
export const columnsOf = (s: State) => s.picture.columns?.size ?? 1;
export const wholeOf = (s: State): Rect => whole(rowsOf(s), columnsOf(s));

/** What kind of picture a state needs; a short line is shown as bars, where they have room. */
export function shapeOf(state: State): Shape {
  const { rows, columns, grid } = state.picture;
  if (state.count === 0) return "empty";
  if (grid && !grid.rgb) return "grid";
  if (!rows && !columns) return "scalar";
  if (rows && columns) return "plane";
  return "line";
}

const indexAt = (d: PictureDim, p: number) => d.start + p * d.step;

/** Coordinates in the whole tensor of a position. */
export function cellAt(state: State, at: Position): Cell {
  const { rows, columns, grid, held } = state.picture;
  const cell: Cell = held.map((h) => h ?? 0);
  if (rows) cell[rows.dim] = indexAt(rows, at.row);
  if (columns) cell[columns.dim] = indexAt(columns, at.col);
  if (grid) cell[grid.dim] = indexAt(grid, at.tile);
  return cell;
}

function positionIn(dim: PictureDim | null, cell: Cell): number | null {
  if (!dim) return 0;
  const p = (Number(cell[dim.dim]) - dim.start) / dim.step + 0; // + 0: never -0
  return Number.isInteger(p) && p >= 0 && p < dim.size ? p : null;
}

/** Where a cell lies in the picture, or null if it is not in it. */
export function positionOf(state: State, cell: Cell | null): Position | null {
  if (!cell) return null;
  const { rows, columns, grid, held } = state.picture;
  for (let d = 0; d < held.length; d++) {
    if (held[d] !== null && held[d] !== cell[d]) return null;
  }
  const row = positionIn(rows, cell);
  const col = positionIn(columns, cell);
  const tile = positionIn(grid, cell);
  return row === null || col === null || tile === null ? null : { row, col, tile };
}

/** Offset of a position in a frame's arrays, or -1 if the frame does not cover it. */
export function offsetIn(frame: Frame, at: Position): number {
  const [row0, row1, col0, col1] = frame.rect;
  const tile = frame.tiles.indexOf(at.tile);
  if (tile < 0 || at.row < row0 || at.row >= row1 || at.col < col0 || at.col >= col1) return -1;
  const [, rows, columns] = frame.shape;
  const r = Math.floor((at.row - row0) / frame.block[0]);
  const c = Math.floor((at.col - col0) / frame.block[1]);
  return (tile * rows + r) * columns + c;
}

/** Exact text of a position, if the frame holds it unreduced. */
export function textAt(frame: Frame, at: Position): string | null {
  if (!frame.exact) return null;
  const i = offsetIn(frame, at);
  if (i < 0) return null;
  if (isMasked(frame, i)) return holeOf(frame);
  return frame.spoken ? null : frame.values.text(i);
}

/** The place of a tile in the order of its grid. */
export function rankOf({ picture }: State, tile: number): number {
  return picture.grid?.order?.indexOf(tile) ?? tile;
}

/** True if the frame covers these positions. */
export function covers(frame: Frame, rect: Rect): boolean {
  const [row0, row1, col0, col1] = frame.rect;
  return rect.row0 >= row0 && rect.row1 <= row1 && rect.col0 >= col0 && rect.col1 <= col1;
}

/** The value template with a cell's coordinates filled in. */
export function fillCode(template: string, cell: Cell): string {
  return template.replace(/\{(\d+)\}/g, (_, n) => String(cell[Number(n)]));
}

/** The role a dim has in the picture. */
export function roleOf(
  state: State,
  dim: number,
): "rows" | "columns" | "grid" | "reduce" | "index" {
  const { rows, columns, grid } = state.picture;
  if (rows?.dim === dim) return "rows";
  if (columns?.dim === dim) return "columns";
  if (grid?.dim === dim) return "grid";
  return state.slots[dim]?.kind === "reduce" ? "reduce" : "index";
}

/** The index at which a dim without a role is shown. */
export function heldIndex(state: State, dim: number): number {
  const held = state.picture.held[dim];
  if (typeof held === "number") return held;
  const slot = state.slots[dim];
  return slot.kind === "index" ? slot.index : slot.kind === "slice" ? slot.start : 0;
}

/** True if a patch may change which dims the picture shows, and so end a zoom. */
export const reshapes = (p: Patch) =>
  "expr" in p || "slot" in p || "role" in p || "reduce" in p || "swap" in p || "rgb" in p;
