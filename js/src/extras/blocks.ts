// The numbers of a sheet in memory: blocks of exact cells, asked for where they are looked at, and
// forgotten, the longest unseen first, beyond a budget.

import type { Frame } from "../frame";
import type { State } from "../protocol";
import { BLOCK, decodeFrame, exactViewport, holeOf, isMasked, offsetIn, signal } from "../shared";
import type { Store } from "../store";
import { type Cell, cellOf } from "./numbers";
import { type Area, partsOf, positionAt, rectOf, type Sheet } from "./sheet";

/** Bytes that are kept. */
const BUDGET = 16 * 2 ** 20;
/** Cells that one answer has words for, where cells say words. */
const WORDS = 4096;
/** Cells of one answer, where many are copied. */
const MANY = 1 << 17;

/** What the numbers belong to: those of another selection, or reading, are other numbers. */
const keyOf = (s: State) => JSON.stringify([s.expr, s.picture, s.where, s.reading]);

export interface Found {
  frame: Frame;
  /** Place of a cell in the frame's arrays. */
  i: number;
}

/** Why the numbers do not come; `price`: they wait for a click. */
export interface Wait {
  message: string;
  price: boolean;
}

export class Blocks {
  /** Grows when numbers came. */
  readonly news = signal(0);
  readonly wait = signal<Wait | null>(null);

  #of = "";
  readonly #kept = new Map<string, Frame>();
  #wanted: Area | null = null;
  #sheet: Sheet | null = null;
  #asking = false;

  constructor(private readonly store: Store) {}

  get #words() {
    return /[MmO]/.test(this.store.info.value?.numeric ?? "");
  }

  /** Says what is shown from now on: the numbers of anything else are forgotten. */
  show(sheet: Sheet) {
    const key = this.store.state.value ? keyOf(this.store.state.value) : "";
    if (key !== this.#of || sheet.tile !== this.#sheet?.tile) {
      this.#of = key;
      this.#kept.clear();
      this.#wanted = null;
      if (this.wait.value) this.wait.value = null;
    }
    this.#sheet = sheet;
  }

  /** Asks for what is missing of an area; newer calls take the place of older ones. */
  want(area: Area) {
    this.#wanted = area;
    if (this.#sheet) this.store.seen = seenOf(this.#sheet, area);
    if (!this.wait.value) this.#pump();
  }

  /** Where a cell is held exactly: in the picture's own frame, or in a block. */
  find(sheet: Sheet, row: number, col: number): Found | null {
    const at = positionAt(sheet, row, col);
    for (const frame of [this.#picture(), this.#kept.get(nameOf(sheet, row, col))]) {
      const i = frame ? offsetIn(frame, at) : -1;
      if (frame && i >= 0 && (!frame.spoken || frame.texts)) return { frame, i };
    }
    return null;
  }

  /** The picture's frame, if it is exact and of now: then nothing need be asked for. */
  #picture(): Frame | null {
    const frame = this.store.frame.value;
    return frame?.exact && frame.serial === this.store.state.value?.serial ? frame : null;
  }

  #missing(): Area | null {
    const [sheet, wanted] = [this.#sheet, this.#wanted];
    if (!sheet || !wanted) return null;
    let found: Area | null = null;
    const [high, wide] = sizesOf(sheet);
    for (let r = wanted.row0 - (wanted.row0 % high); r < wanted.row1; r += high) {
      for (let c = wanted.col0 - (wanted.col0 % wide); c < wanted.col1; c += wide) {
        const corner = this.find(sheet, Math.max(r, wanted.row0), Math.max(c, wanted.col0));
        if (corner) continue;
        const row1 = Math.min(sheet.rows, r + high);
        const col1 = Math.min(sheet.columns, c + wide);
        if (found === null) found = { row0: r, row1, col0: c, col1 };
        else if (!this.#words) {
          found.row1 = Math.max(found.row1, row1);
          found.col0 = Math.min(found.col0, c);
          found.col1 = Math.max(found.col1, col1);
        }
      }
    }
    return found;
  }

  #pump() {
    const missing = this.#asking ? null : this.#missing();
    const sheet = this.#sheet;
    if (!missing || !sheet) return;
    this.#asking = true;
    const of = this.#of;
    this.#ask(sheet, missing, false)
      .then(
        (frame) => frame && of === this.#of && this.#keep(sheet, missing, frame),
        (error) => this.#stop(error),
      )
      .finally(() => {
        this.#asking = false;
        if (!this.wait.value) this.#pump();
      });
  }

  #stop(error: Error) {
    this.wait.value = { message: error.message, price: error instanceof Priced };
  }

  /** Reads what waits, at its price. */
  agree() {
    const sheet = this.#sheet;
    const missing = this.#missing();
    this.wait.value = null;
    if (!sheet || !missing) return;
    const of = this.#of;
    this.#ask(sheet, missing, true).then(
      (frame) => frame && of === this.#of && this.#keep(sheet, missing, frame),
      (error) => this.#stop(error),
    );
  }

  /** An exact frame of an area; null if the state moved meanwhile. */
  async #ask(sheet: Sheet, area: Area, consent: boolean): Promise<Frame | null> {
    const state = this.store.state.value!;
    const viewport = exactViewport(state, { rect: rectOf(sheet, area), tile: sheet.tile });
    const body = { kind: "frame", viewport, ...(consent && { consent }) };
    const of = keyOf(state);
    const answer = await this.store.channel.request(consent ? "job" : "cells", body);
    const told = answer?.reply.state;
    // A cell that ended, or Python, moved the state: the picture has to follow, then these numbers.
    if (told) this.store.adopt(told, null);
    if (!answer || !told || keyOf(told) !== of) return null;
    if (answer.reply.price) throw new Priced(answer.reply.price.text);
    if (!answer.reply.frame) return null;
    const frame = decodeFrame(answer.reply.frame, answer.buffers);
    if (!frame.exact) throw new Error("Only a reduced picture is here, not its numbers");
    if (offsetIn(frame, positionAt(sheet, area.row0, area.col0)) < 0) {
      throw new Error("The order of the tiles is not known that far: sort them by index");
    }
    return frame;
  }

  #keep(sheet: Sheet, area: Area, frame: Frame) {
    const [high, wide] = sizesOf(sheet);
    for (let r = area.row0; r < area.row1; r += high) {
      for (let c = area.col0; c < area.col1; c += wide) {
        const name = nameOf(sheet, r, c);
        this.#kept.delete(name);
        this.#kept.set(name, frame);
      }
    }
    let bytes = 0;
    for (const held of new Set([...this.#kept.values()].reverse())) {
      bytes += held.bytes;
      if (bytes <= BUDGET || held === frame) continue;
      for (const [name, other] of this.#kept) if (other === held) this.#kept.delete(name);
    }
    this.news.value++;
  }

  /**
   * The texts of an area, null where masked; what is not in memory is asked for. `write` makes a
   * cell's text; `progress` hears of the share that is there.
   */
  async read(
    sheet: Sheet,
    area: Area,
    write: (found: Found) => string,
    progress: (share: number) => void,
  ): Promise<(string | null)[][]> {
    const rows = Array.from({ length: area.row1 - area.row0 }, () =>
      new Array<string | null>(area.col1 - area.col0).fill(null),
    );
    const parts = partsOf(area, this.#words ? WORDS : MANY);
    for (const [k, part] of parts.entries()) {
      const corners = [
        this.find(sheet, part.row0, part.col0),
        this.find(sheet, part.row1 - 1, part.col1 - 1),
      ];
      const same = corners[0] && corners[0].frame === corners[1]?.frame ? corners[0].frame : null;
      const frame = same ?? (await this.#ask(sheet, part, false));
      if (!frame) throw new Error("The selection moved meanwhile: copy once more");
      for (let row = part.row0; row < part.row1; row++) {
        for (let col = part.col0; col < part.col1; col++) {
          const i = offsetIn(frame, positionAt(sheet, row, col));
          const text = isMasked(frame, i) ? null : write({ frame, i });
          rows[row - area.row0][col - area.col0] = text;
        }
      }
      progress((k + 1) / parts.length);
    }
    return rows;
  }
}

/** Reading it costs so much that somebody should agree. */
class Priced extends Error {}

const sizesOf = ({ line }: Sheet): [number, number] =>
  line ? [BLOCK.line, 1] : [BLOCK.high, BLOCK.wide];

/** Whole blocks, as a frame either has all of a block or none of it. */
function seenOf(sheet: Sheet, { row0, row1, col0, col1 }: Area) {
  const [high, wide] = sizesOf(sheet);
  const whole = {
    row0: row0 - (row0 % high),
    row1: Math.min(sheet.rows, Math.ceil(row1 / high) * high),
    col0: col0 - (col0 % wide),
    col1: Math.min(sheet.columns, Math.ceil(col1 / wide) * wide),
  };
  return { rect: rectOf(sheet, whole), tile: sheet.tile };
}

function nameOf(sheet: Sheet, row: number, col: number): string {
  const [high, wide] = sizesOf(sheet);
  return `${sheet.tile} ${Math.floor(row / high)} ${Math.floor(col / wide)}`;
}

/** What a cell says, and whether it holds nothing. */
export function textOf({ frame, i }: Found): { text: string; hole: boolean } {
  if (isMasked(frame, i)) return { text: holeOf(frame), hole: true };
  return { text: frame.spoken ? frame.texts![i] : frame.values.text(i), hole: false };
}

const laidOut = new WeakMap<Frame, Map<number, Cell>>();

/** A cell as it is drawn; made once, as the shortest digits take a search. */
export function drawn(found: Found): Cell {
  let cells = laidOut.get(found.frame);
  if (!cells) {
    cells = new Map();
    laidOut.set(found.frame, cells);
  }
  let cell = cells.get(found.i);
  if (!cell) {
    const { text, hole } = textOf(found);
    cell = cellOf(text, hole);
    // Numbers among words have no point in common: each column may be of another type.
    if (found.frame.spoken) cell = { ...cell, before: text.length, after: 0 };
    cells.set(found.i, cell);
  }
  return cell;
}
