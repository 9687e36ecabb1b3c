// What the visible rows and columns of the value table are called. Pure: no DOM.
import { labelIn } from "../shared";
import type { Held } from "./Cells";
import { positionAt, type Sheet } from "./sheet";

/** Longer labels are cut off in the headers, in characters: one must not widen all columns. */
export const LONGEST = { down: 18, across: 12 };

/** Labels by row and by column of the sheet. */
export interface Names {
  down: ReadonlyMap<number, string>;
  across: ReadonlyMap<number, string>;
}

/** Read from the frames that hold the cells. */
export function namesOf(sheet: Sheet, cells: ReadonlyMap<string, Held>): Names {
  const down = new Map<number, string>();
  const across = new Map<number, string>();
  for (const [place, { found }] of cells) {
    const [row, col] = place.split(" ").map(Number);
    const at = positionAt(sheet, row, col);
    const rows = labelIn(found.frame, "rows", at.row);
    const columns = labelIn(found.frame, "columns", at.col);
    const [vertical, horizontal] = sheet.line === "columns" ? [columns, null] : [rows, columns];
    if (vertical !== null) down.set(row, vertical);
    if (horizontal !== null) across.set(col, horizontal);
  }
  return { down, across };
}

/** Characters that a header needs beside its number. */
export function lettersOf(names: ReadonlyMap<number, string>, longest: number): number {
  let most = 0;
  for (const name of names.values()) most = Math.max(most, Math.min(longest, name.length) + 1);
  return most;
}
