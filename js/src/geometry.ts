// Where the cells of the picture lie now, for painting and for asking the kernel. Pure: no DOM.
import { rulerWidth } from "./canvas/overlay";
import { wholeOf } from "./picture";
import type { Frame, State } from "./protocol";
import { fitCells, type Geometry, type Rect } from "./viewport";

/** No cell of an unzoomed picture is larger, in CSS pixels. */
const LARGEST = 64;

export interface Room {
  width: number;
  height: number;
}

export const pixelRatio = () => globalThis.devicePixelRatio || 1;

/** Geometry of a state's picture, zoomed to `rect` or whole, in device pixels. */
export function geometryFor(state: State, rect: Rect | null, room: Room): Geometry {
  const dpr = pixelRatio();
  const wider = (rulerWidth(state.picture.rows) - 26) * dpr;
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

/** True if blocks are finer than pixels, so that painting would lose some of them. */
export function tooFine(frame: Frame, g: Geometry): boolean {
  return frame.shape[1] > g.height || frame.shape[2] > g.width;
}
