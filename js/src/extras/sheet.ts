// The value table as a sheet of rows and columns: which positions of the picture its places stand
// for, and where they lie. Pure: no DOM.

import type { Frame } from "../frame";
import type { Position } from "../picture";
import type { PictureDim, State } from "../protocol";

export interface Sheet {
  rows: number;
  columns: number;
  down: PictureDim | null;
  across: PictureDim | null;
  /** A line runs down, whichever role its dim has. */
  line: "rows" | "columns" | null;
  tile: number;
}

/** Places selected, half open. */
export interface Area {
  row0: number;
  row1: number;
  col0: number;
  col1: number;
}

export function sheetOf(state: State, tile: number): Sheet {
  const { rows, columns } = state.picture;
  const line = rows && columns ? null : columns ? "columns" : "rows";
  const down = line ? (columns ?? rows) : rows;
  const across = line ? null : columns;
  return { rows: down?.size ?? 1, columns: across?.size ?? 1, down, across, line, tile };
}

/** The position in the picture of a place on the sheet. */
export const positionAt = ({ line, tile }: Sheet, row: number, col: number): Position =>
  line === "columns" ? { row: 0, col: row, tile } : { row, col, tile };

/** The place on the sheet of a position; of another tile it is none. */
export function placeOf({ line, tile }: Sheet, at: Position | null) {
  if (!at || at.tile !== tile) return null;
  return line === "columns" ? { row: at.col, col: 0 } : { row: at.row, col: at.col };
}

/** An area of the sheet as picture rows and columns. */
export function rectOf({ line }: Sheet, { row0, row1, col0, col1 }: Area): Frame["rect"] {
  return line === "columns" ? [0, 1, row0, row1] : [row0, row1, col0, col1];
}

export const coordinate = (dim: PictureDim | null, at: number) =>
  dim ? dim.start + at * dim.step : 0;

/** The area between two corners, both in it. */
export const between = (
  a: { row: number; col: number },
  b: { row: number; col: number },
): Area => ({
  row0: Math.min(a.row, b.row),
  row1: Math.max(a.row, b.row) + 1,
  col0: Math.min(a.col, b.col),
  col1: Math.max(a.col, b.col) + 1,
});

export const holds = (area: Area, row: number, col: number) =>
  row >= area.row0 && row < area.row1 && col >= area.col0 && col < area.col1;

export const cellsIn = (a: Area) => (a.row1 - a.row0) * (a.col1 - a.col0);

/** An area cut into parts of at most `most` cells, and no wider than a viewport may be. */
export function partsOf(area: Area, most: number): Area[] {
  const wide = Math.min(8192, most, area.col1 - area.col0);
  const high = Math.min(8192, Math.max(1, Math.floor(most / wide)));
  const parts: Area[] = [];
  for (let row0 = area.row0; row0 < area.row1; row0 += high) {
    for (let col0 = area.col0; col0 < area.col1; col0 += wide) {
      const row1 = Math.min(area.row1, row0 + high);
      parts.push({ row0, row1, col0, col1: Math.min(area.col1, col0 + wide) });
    }
  }
  return parts;
}

/** The index expression of an area, in coordinates of the whole tensor. */
export function exprOf(state: State, sheet: Sheet, area: Area): string {
  const { grid, held } = state.picture;
  const slots = held.map((h) => String(h ?? 0));
  if (grid) slots[grid.dim] = String(coordinate(grid, sheet.tile));
  const put = (dim: PictureDim | null, from: number, to: number) => {
    if (dim) slots[dim.dim] = spanText(dim, from, to);
  };
  put(sheet.down, area.row0, area.row1);
  put(sheet.across, area.col0, area.col1);
  return `[${slots.join(", ")}]`;
}

function spanText(dim: PictureDim, from: number, to: number): string {
  const first = coordinate(dim, from);
  const stop = coordinate(dim, to - 1) + Math.sign(dim.step);
  const step = dim.step === 1 ? "" : `:${dim.step}`;
  return `${first}:${stop < 0 ? "" : stop}${step}`;
}

// ------------------------------------------------------------------ scrolling

/** Browsers lay nothing out that is much longer, in CSS pixels. */
export const LONGEST = 8_000_000;

/** One direction of a sheet that scrolls: `count` lines of `size` pixels, `room` of them visible. */
export interface Lane {
  count: number;
  size: number;
  room: number;
  /** What is visible begins with a whole line: a number that is cut off reads as another one. */
  whole?: boolean;
}

export const lengthOf = ({ count, size }: Lane) => Math.min(LONGEST, count * size);

/** How far what is visible first can lie from the sheet's beginning, and a box can be scrolled. */
function reachOf(lane: Lane): { reach: number; range: number } {
  const rest = Math.max(0, lane.count * lane.size - lane.room);
  const range = Math.max(0, lengthOf(lane) - lane.room);
  return { reach: lane.whole ? Math.ceil(rest / lane.size) * lane.size : rest, range };
}

/** Pixels from the sheet's beginning to what is visible first, for a scroll offset. */
export function offsetOf(lane: Lane, scrolled: number): number {
  const { reach, range } = reachOf(lane);
  const at = range > 0 ? scrolled * (reach / range) : 0;
  return lane.whole ? Math.round(at / lane.size) * lane.size : at;
}

/** The scroll offset for so many pixels from the beginning. */
export function scrolledTo(lane: Lane, offset: number): number {
  const { reach, range } = reachOf(lane);
  const at = Math.max(0, Math.min(reach, offset));
  return reach > 0 ? at * (range / reach) : 0;
}

/** A size for lines of at least one: so many as fit fill the room, if there are more of them. */
export function filling(least: number, count: number, room: number): number {
  const fit = Math.floor(room / least);
  return fit > 0 && count > fit ? Math.floor(room / fit) : least;
}

/** First line and the line after the last one that are visible. */
export function visible(lane: Lane, offset: number): [number, number] {
  const first = Math.max(0, Math.floor(offset / lane.size));
  return [first, Math.min(lane.count, Math.ceil((offset + lane.room) / lane.size))];
}

/** Where to, so that a line is wholly visible; null if it is. */
export function revealing(lane: Lane, offset: number, line: number): number | null {
  const top = line * lane.size;
  if (top < offset) return top;
  if (top + lane.size <= offset + lane.room) return null;
  const least = top + lane.size - lane.room;
  return lane.whole ? Math.min(top, Math.ceil(least / lane.size) * lane.size) : least;
}
