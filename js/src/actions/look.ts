// Actions of the eye: the cursor, the pinned cell, zoom; where the next NaN is.
import { nextAnomaly } from "../anomaly";
import { cellAt, columnsOf, covers, positionOf, rowsOf, wholeOf } from "../picture";
import type { Cell } from "../protocol";
import type { Store } from "../store";
import { pan, reveal, zoom } from "../viewport";
import type { Send } from "./send";

export function looking(store: Store, send: Send) {
  const actions = {
    pin(cell: Cell | null) {
      store.cellHand.value = cell;
      send({ cell }, "cell");
    },

    /** Asks for the value under the cursor where the frame does not hold it. */
    readCursor: () => store.readCursor(),

    /** Moves the cursor by cells, from itself, the pin, or the first visible cell. */
    moveCursor(dRow: number, dCol: number) {
      const state = store.state.value;
      if (!state) return;
      const rect = store.rect.value ?? wholeOf(state);
      const first = { row: rect.row0, col: rect.col0, tile: store.tileFrom.value };
      const from = store.cursor.value ?? store.pinned.value;
      const at = from ?? first;
      const clamp = (x: number, size: number) => Math.min(size - 1, Math.max(0, x));
      const to = from
        ? { row: clamp(at.row + dRow, rowsOf(state)), col: clamp(at.col + dCol, columnsOf(state)) }
        : { row: at.row, col: at.col };
      store.cursor.value = { ...to, tile: at.tile, by: "key" };
      if (store.rect.value) {
        store.look(reveal(store.rect.value, to, rowsOf(state), columnsOf(state)));
      }
      store.readCursor();
    },

    /** Jumps to a cell anywhere in the tensor; `closer`: so near that it can be told apart. */
    jump(cell: Cell, closer = false) {
      store.cursor.value = null;
      actions.pin(cell);
      const state = store.state.value;
      const at = state && positionOf(state, cell);
      if (!state || !at || store.shape.value !== "plane") return;
      const [rows, columns] = [rowsOf(state), columnsOf(state)];
      const rect = store.rect.value;
      const near = rect && rect.row1 - rect.row0 <= 64 && rect.col1 - rect.col0 <= 64;
      if (closer && !near) store.look(around(at, rows, columns));
      else if (rect) store.look(reveal(rect, at, rows, columns));
    },

    /** Pins the next (1) or previous (-1) NaN or infinity; asks for a closer look if reduced. */
    nextAnomaly(by: 1 | -1) {
      const state = store.state.value;
      const frame = store.frame.value;
      const start = store.pinned.value ?? store.cursor.value;
      const found = state && frame && nextAnomaly(frame, start, by);
      if (!state || !frame) return;
      const all = frame.exact && covers(frame, wholeOf(state));
      if (found && all) actions.jump(cellAt(state, found));
      else {
        // What is on screen is a part, or reduced: the kernel knows where the next one is.
        store.askAnomaly(store.cell.value, by, (cell) => {
          const to = cell ?? store.stats.tensor.value?.warnings.find((w) => w.cell)?.cell;
          if (to) actions.jump(to, true);
        });
      }
    },

    zoomBy(factor: number, at?: { row: number; col: number }) {
      const state = store.state.value;
      if (!state) return;
      const rect = store.rect.value ?? wholeOf(state);
      const middle = {
        row: Math.floor((rect.row0 + rect.row1) / 2),
        col: Math.floor((rect.col0 + rect.col1) / 2),
      };
      const anchor = at ?? store.cursor.value ?? store.pinned.value ?? middle;
      store.look(zoom(rect, factor, anchor, rowsOf(state), columnsOf(state)));
    },

    panBy(dRow: number, dCol: number) {
      const state = store.state.value;
      if (!state || !store.rect.value) return;
      store.look(pan(store.rect.value, dRow, dCol, rowsOf(state), columnsOf(state)));
    },

    fit: () => store.look(null),
  };
  return actions;
}

/** A rectangle of at most 64 × 64 positions about one. */
function around(at: { row: number; col: number }, rows: number, columns: number) {
  const side = (p: number, size: number) => {
    const from = Math.max(0, Math.min(size - 64, p - 32));
    return [from, Math.min(size, from + 64)];
  };
  const [row0, row1] = side(at.row, rows);
  const [col0, col1] = side(at.col, columns);
  return { row0, row1, col0, col1 };
}
