// Where the cells of the picture lie now, for painting and for asking the kernel. Pure: no DOM.
import { rulerWidth } from "./canvas/overlay";
import type { Frame } from "./frame";
import { wholeOf } from "./picture";
import type { State } from "./protocol";
import { fitCells, type Geometry, type Rect } from "./viewport";

/** No cell of an unzoomed picture is larger, in CSS pixels. */
const LARGEST = 96;

/** Ruler and gutter beside a picture, in CSS pixels. */
export const AROUND = 36;
const RULER = 26;
/** Padding of the body on both sides, and the space between picture and inspector. */
const PADDING = 26;
const GAP = 16;
/** The picture's share of the width beside an inspector. */
const SHARE = 0.625;
/** The picture is never taller than this. */
export const TALLEST = 600;

/**
 * Where the inspector lies: beside the picture; below it, where that is flat and takes the whole
 * width; split, its hits below, where the picture is low. `pane`: the picture's share of the
 * width, in CSS pixels.
 */
export interface Layout {
  kind: "beside" | "below" | "split";
  pane: number;
}

/** The layout for a plane in a widget of a width, whose toolbar takes `bar`, in CSS pixels. */
export function layoutFor(state: State, width: number, bar: number): Layout {
  const inner = width - PADDING;
  const around = AROUND + rulerWidth(state.picture.rows) - RULER;
  const fitted = (room: number) => fitCells(wholeOf(state), room - around, TALLEST, LARGEST);
  const full = fitted(inner);
  if (full.height <= 400 && full.width > 0.6 * inner) return { kind: "below", pane: inner };
  const share = inner * SHARE - GAP;
  const left = fitted(share);
  // What the picture cannot use is the inspector's.
  const pane = Math.min(share, Math.max(bar, left.width + around));
  return { kind: left.height <= 340 ? "split" : "beside", pane: Math.ceil(pane) };
}

/** Around tiles, in CSS pixels: the least space between them, and their captions. */
export const TILE_GAP = 10;
export const CAPTION = 15;
/** Sides of tiles, in CSS pixels: the largest with which all lie in so high a picture. */
const SIDES = [144, 132, 120, 108, 96, 84, 72];
const LOW = 300;

/** The side of each of so many tiles: few ones are larger. */
export function tileSideFor(count: number, width: number): number {
  const fits = SIDES.find((side) => {
    const rows = Math.ceil(count / tilesAcross(side, width));
    return rows * (side + CAPTION + TILE_GAP) <= LOW;
  });
  return fits ?? SIDES[SIDES.length - 1];
}

/** How many tiles lie side by side. */
export const tilesAcross = (side: number, width: number) =>
  Math.max(1, Math.floor((width + TILE_GAP) / (side + TILE_GAP)));

/** How bars lie in columns, in CSS pixels. */
export interface Bars {
  across: number;
  down: number;
  width: number;
  height: number;
}

const COLUMN_GAP = 24;

/** Bars with all their digits, in as many columns as there is room for; null: too many. */
export function barsFor(count: number, width: number, dtype: string): Bars | null {
  const least = /64|complex/.test(dtype) ? 320 : 260; // the widest texts
  const room = Math.max(1, Math.floor((width + COLUMN_GAP) / (least + COLUMN_GAP)));
  const across = Math.max(1, Math.min(room, Math.ceil(count / 12)));
  const down = Math.ceil(count / across);
  const height = down > 16 ? 20 : 25;
  if (count > 64 || down * height > 480) return null;
  return { across, down, height, width: (width - (across - 1) * COLUMN_GAP) / across };
}

/** Upper left corner of the i-th bar; they run down each column. */
export const barAt = ({ down, width, height }: Bars, i: number) => ({
  x: Math.floor(i / down) * (width + COLUMN_GAP),
  y: (i % down) * height,
});

/** The bar under a point, or null. */
export function barUnder(bars: Bars, x: number, y: number, count: number): number | null {
  const column = Math.floor(x / (bars.width + COLUMN_GAP));
  const row = Math.floor(y / bars.height);
  const i = column * bars.down + row;
  const inside = column >= 0 && column < bars.across && row >= 0 && row < bars.down;
  return inside && i < count ? i : null;
}

export interface Room {
  width: number;
  height: number;
}

export const pixelRatio = () => globalThis.devicePixelRatio || 1;

/** Geometry of a state's picture, zoomed to `rect` or whole, in device pixels. */
export function geometryFor(state: State, rect: Rect | null, room: Room): Geometry {
  const dpr = pixelRatio();
  const wider = (rulerWidth(state.picture.rows) - RULER) * dpr;
  // Zoomed, the picture keeps filling its room; small tensors do not.
  const largest = rect ? Math.max(room.width, room.height) : LARGEST * dpr;
  return fitCells(rect ?? wholeOf(state), room.width - wider, room.height, largest);
}

/** Pixels to ask for before the state is known: the last two dims are the first picture. */
export function firstPixels(shape: readonly number[], room: Room): [number, number] {
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const rect = { row0: 0, row1: rows, col0: 0, col1: columns };
  const g = fitCells(rect, room.width, room.height, room.width);
  return [Math.max(1, g.width), Math.max(1, g.height)];
}

/** True if visible blocks are finer than pixels, so that painting loses some of them. */
export function tooFine({ block: [rows, columns] }: Frame, { rect, width, height }: Geometry) {
  const tall = Math.ceil((rect.row1 - rect.row0) / rows);
  return tall > height || Math.ceil((rect.col1 - rect.col0) / columns) > width;
}

/** True if blocks are longer than it takes to fit into the pixels. */
export function tooCoarse(state: State, frame: Frame, g: Geometry): boolean {
  const { row1, col1 } = wholeOf(state);
  const [rows, columns] = frame.block;
  return rows > Math.ceil(row1 / g.height) || columns > Math.ceil(col1 / g.width);
}
