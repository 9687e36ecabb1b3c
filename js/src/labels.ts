// What positions are called, where a table or coordinates name them. Pure: no DOM.

import type { Frame } from "./frame";
import type { Position } from "./picture";
import type { State } from "./protocol";

/** One for each dim; null where its positions are numbers alone. */
export type Labels = (string | null)[];

/** The label of a row or column of the picture, if the frame tells it. */
export function labelIn(frame: Frame, role: "rows" | "columns", at: number): string | null {
  return frame.labels?.[role]?.[at - frame.rect[role === "rows" ? 0 : 2]] ?? null;
}

/** The labels of a position's coordinates, as far as the page knows them. */
export function labelsAt(state: State, frame: Frame | null, at: Position | null): Labels {
  const found: Labels = [...(state.labels ?? [])];
  const { rows, columns } = state.picture;
  if (!frame || frame.serial !== state.serial || !at) return found;
  if (rows) found[rows.dim] = labelIn(frame, "rows", at.row);
  if (columns) found[columns.dim] = labelIn(frame, "columns", at.col);
  return found;
}

export const wordsOf = (labels: Labels) => labels.filter(Boolean).join(" · ");
