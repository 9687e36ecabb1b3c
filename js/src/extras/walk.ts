// Where a key leads on a sheet. Pure: no DOM.
import type { Sheet } from "./sheet";

export interface Place {
  row: number;
  col: number;
}

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** The place that a key leads to, or null if it leads nowhere. */
export function targetOf(event: Key, from: Place, sheet: Sheet, page: number): Place | null {
  if (event.altKey) return null;
  const far = event.ctrlKey || event.metaKey;
  const [lastRow, lastCol] = [sheet.rows - 1, sheet.columns - 1];
  const { row, col } = from;
  const to = {
    ArrowUp: { row: far ? 0 : row - 1, col },
    ArrowDown: { row: far ? lastRow : row + 1, col },
    ArrowLeft: { row, col: far ? 0 : col - 1 },
    ArrowRight: { row, col: far ? lastCol : col + 1 },
    PageUp: { row: row - page, col },
    PageDown: { row: row + page, col },
    Home: { row: far ? 0 : row, col: 0 },
    End: { row: far ? lastRow : row, col: lastCol },
  }[event.key];
  if (!to) return null;
  return {
    row: Math.max(0, Math.min(lastRow, to.row)),
    col: Math.max(0, Math.min(lastCol, to.col)),
  };
}
