// Which part of the picture to ask for while its numbers stand in its place. Pure: no DOM.

import type { Frame } from "./frame";
import { columnsOf, rankOf, rowsOf } from "./picture";
import type { State, Viewport } from "./protocol";

/** What of a sheet of numbers is on the screen: a part of the picture, and a tile of the grid. */
export interface Seen {
  rect: Frame["rect"];
  tile: number;
}

/** A picture of at most so many cells comes whole. */
const FEW = 4096;
/** Rows and columns of a block, and how long those of a line are. */
export const BLOCK = { high: 64, wide: 32, line: 1024 } as const;

/** Asks for numbers alone, all of them exact: those on the screen, or the few that there are. */
export function sheetViewport(state: State, seen: Seen | null): Viewport {
  const [rows, columns] = [rowsOf(state), columnsOf(state)];
  const { high, wide, line } = BLOCK;
  const start: Seen = {
    rect: rows === 1 ? [0, 1, 0, line] : columns === 1 ? [0, line, 0, 1] : [0, high, 0, wide],
    tile: 0,
  };
  const { rect, tile } = seen ?? start;
  const few = rows * columns <= FEW;
  return exactViewport(state, { rect: few ? [0, rows, 0, columns] : rect, tile });
}

/** A pixel for each cell: the kernel reduces nothing then. */
export function exactViewport(state: State, { rect, tile }: Seen): Viewport {
  const [row0, row1, col0, col1] = rect;
  const px: [number, number] = [Math.max(1, col1 - col0), Math.max(1, row1 - row0)];
  const rank = rankOf(state, tile);
  return {
    rows: [row0, row1],
    columns: [col0, col1],
    px,
    tile: px,
    tiles: [rank, rank + 1],
  };
}
