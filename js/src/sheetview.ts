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
/** Rows and columns to begin with, and how long those of a line are. */
const [HIGH, WIDE, LINE] = [64, 32, 1024];

/** Asks for numbers alone, all of them exact: those on the screen, or the few that there are. */
export function sheetViewport(state: State, seen: Seen | null): Viewport {
  const [rows, columns] = [rowsOf(state), columnsOf(state)];
  const first = rows === 1 ? [0, 1, 0, LINE] : columns === 1 ? [0, LINE, 0, 1] : [0, HIGH, 0, WIDE];
  const few = rows * columns <= FEW;
  const [row0, row1, col0, col1] = few ? [0, rows, 0, columns] : (seen?.rect ?? first);
  const px: [number, number] = [Math.max(1, col1 - col0), Math.max(1, row1 - row0)];
  const rank = rankOf(state, seen?.tile ?? 0);
  return {
    rows: [row0, row1],
    columns: [col0, col1],
    px,
    tile: px,
    tiles: [rank, rank + 1],
  };
}
