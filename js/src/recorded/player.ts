// Plays the kernel from a recording: the requests of docs/protocol.md, answered as far as it holds.
import { itemSize } from "../dtype";
import { formatCell, formatCount } from "../format";
import { cellAt, fillCode, offsetIn, positionOf, shapeOf } from "../picture";
import type {
  Cell,
  HitPage,
  HitRow,
  HitSort,
  Patch,
  Reply,
  State,
  ValueDetail,
  Viewport,
} from "../protocol";
import { cut } from "./cut";
import { decimals, hex } from "./exact";
import { normal, type Recorded, type Slice } from "./recording";

type Body = Record<string, unknown> & { kind: string };
type Answer = Omit<Reply, "v" | "req" | "ok">;

/** What the page cannot do, in words; told as the kernel tells its errors. */
export class Missing extends Error {
  constructor(
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** Turns the order of hits round: the largest came first, what is none last, ties by index. */
function rising(rows: HitRow[]) {
  const none = ({ text }: HitRow) => Number(/nan|nat/i.test(text));
  const place = new Map<string, number>();
  for (const [k, { text }] of rows.entries()) place.set(text, k);
  const at = ({ text }: HitRow) => place.get(text) ?? 0;
  rows.sort((a, b) => none(a) - none(b) || at(b) - at(a) || byCell(a, b));
}

/** As NumPy lists places. */
function byCell({ cell: one }: HitRow, { cell: other }: HitRow): number {
  const dim = one.findIndex((at, d) => at !== other[d]);
  return dim < 0 ? 0 : Number(one[dim]) - Number(other[dim]);
}

const RUN = "Run the notebook to see it";

export class Player {
  #serial = 1;
  #cell: Cell | null;
  #colour: State["colour"];
  #table: boolean;
  /** Where each slice is: its expression, as it is compared, to its place. */
  readonly #places = new Map<string, number>();

  constructor(
    private readonly recorded: Recorded,
    private readonly slices: Slice[],
    private now = 0,
  ) {
    const { cell, colour, table = false } = slices[0].state;
    this.#table = table;
    this.#cell = cell;
    this.#colour = colour;
    slices.forEach((slice, at) => {
      const key = this.#key(slice.state.expr);
      if (!this.#places.has(key)) this.#places.set(key, at);
    });
  }

  #key = (expr: string) => normal(expr, this.recorded.info.shape.length);

  get #slice(): Slice {
    return this.slices[this.now];
  }

  get #state(): State {
    const { state } = this.#slice;
    return {
      ...state,
      serial: this.#serial,
      cell: this.#cell,
      colour: this.#colour,
      table: this.#table,
      undo: 0,
      redo: 0,
    };
  }

  /** One reply, with its buffers. */
  answer(body: Body): { reply: Answer; buffers: DataView[] } {
    switch (body.kind) {
      case "update":
        this.#update(body.patch as Patch);
        return this.#picture(body);
      case "hello": {
        const { reply, buffers } = this.#picture(body);
        return { reply: { ...reply, info: this.recorded.info }, buffers };
      }
      case "frame":
        return this.#picture(body);
      case "stats":
        return { reply: this.#stats(body.scope as "slice" | "tensor"), buffers: [] };
      case "hits":
        return {
          reply: {
            hits: this.#hits(Number(body.offset), Number(body.limit), body.sort as HitSort),
          },
          buffers: [],
        };
      case "topk": {
        const name =
          body.by === "abs" ? "magnitude" : body.largest === false ? "smallest" : "largest";
        const hits = this.#slice.top[name];
        if (!hits) throw new Missing(`This file holds no ${name} values of this slice. ${RUN}`);
        return { reply: { hits }, buffers: [] };
      }
      case "value":
        return { reply: { value: this.#value((body.cell as Cell) ?? this.#cell) }, buffers: [] };
      case "tiles":
        return { reply: { tiles: this.#slice.tiles }, buffers: [] };
      case "anomaly":
        return { reply: { cell: null }, buffers: [] };
      case "save":
      case "code":
        throw new Missing(`Files and code of a part need a kernel: this is a saved file. ${RUN}`);
      default:
        throw new Missing(`Reading the tensor anew needs a kernel: this is a saved file. ${RUN}`);
    }
  }

  #picture(body: Body): { reply: Answer; buffers: DataView[] } {
    const { frame, buffers, state } = this.#slice;
    const made = cut(frame, buffers, body.viewport as Viewport, shapeOf(state) === "grid");
    const header = { ...made.header, serial: this.#serial };
    return { reply: { state: this.#state, frame: header }, buffers: made.buffers };
  }

  #stats(scope: "slice" | "tensor"): Answer {
    const stats = scope === "tensor" ? this.recorded.tensor : this.#slice.stats;
    if (!stats) throw new Missing(`This file holds no statistics of it. ${RUN}`);
    return { scope, stats };
  }

  #hits(offset: number, limit: number, sort: HitSort): HitPage {
    const page = this.#slice.hits;
    if (!page) throw new Missing(`This file holds no hits of this slice. ${RUN}`, "where");
    const rows = [...page.rows]; // the largest come first
    const { sorted, count } = page;
    const of = sorted < count ? `the first ${formatCount(sorted)}` : formatCount(count);
    const held = `${formatCount(rows.length)} largest of ${of}`;
    const whole = rows.length === count;
    if (!whole && offset >= rows.length) {
      throw new Missing(`This file holds the ${held} hits. ${RUN}`, "where");
    }
    if (sort === "index") rows.sort(byCell);
    if (sort === "value") rising(rows);
    const note = whole ? page.note : `held: the ${held}`;
    return { ...page, offset, rows: rows.slice(offset, offset + limit), sorted: count, note };
  }

  #value(cell: Cell | null): ValueDetail | undefined {
    if (!cell) return undefined;
    const { frame, buffers, state } = this.#slice;
    const at = positionOf(state, cell);
    const i = at && frame.exact ? offsetIn(frame, at) : -1;
    if (i < 0) {
      const [rows, columns] = frame.block;
      const why = at
        ? `This file holds extremes of ${rows} × ${columns} cells`
        : "Not in this file";
      throw new Missing(`${why}, not the value at ${formatCell(cell)}. ${RUN}`, "cell");
    }
    const text = frame.texts ? frame.texts[i] : frame.values.text(i);
    const plain = /^(float|bfloat)/.test(frame.dtype);
    const words = frame.spoken === true || frame.dtype.startsWith("complex");
    return {
      cell,
      text,
      type: this.recorded.info.python,
      dtype: frame.dtype,
      exact: plain ? decimals(Number(frame.values.numbers[i])) : text,
      bits: words ? "" : hex(buffers[0], i, itemSize(frame.dtype)),
      note: null,
      code: fillCode(state.code.value, cell),
    };
  }

  // ------------------------------------------------------------------ moving

  #update(patch: Patch) {
    const before = [this.now, this.#cell] as const;
    try {
      this.#move(patch);
    } catch (error) {
      [this.now, this.#cell] = before;
      throw error;
    }
    this.#serial++;
  }

  #move(patch: Patch) {
    const { state } = this.#slice;
    if (patch.condition || patch.undo || patch.redo) {
      throw new Missing(`That needs a kernel: this is a saved file. ${RUN}`, "where");
    }
    if (patch.where !== undefined && patch.where !== (state.where ?? "")) {
      throw new Missing(`A new condition needs a kernel: this is a saved file. ${RUN}`, "where");
    }
    if (patch.swap || patch.reduce || patch.sort !== undefined || patch.rgb !== undefined) {
      throw new Missing(`Another picture needs a kernel: this is a saved file. ${RUN}`, "role");
    }
    if (patch.index) this.#index(patch.index[0], patch.index[1]);
    if (patch.slot) this.#slot(patch.slot[0], patch.slot[1]);
    if (patch.expr !== undefined) this.#expr(patch.expr);
    if (patch.role) this.#role(patch.role);
    if (patch.cell !== undefined) this.#pin(patch.cell);
    if (patch.table !== undefined) this.#table = patch.table;
    if (patch.colour) this.#colour = { ...this.#colour, ...patch.colour };
  }

  #go(expr: string, field: string | null) {
    const at = this.#places.get(this.#key(expr));
    if (at === undefined) {
      const shown = `[${this.#key(expr).replaceAll(",", ", ")}]`;
      throw new Missing(
        `${shown} is not in this file: it holds ${this.recorded.held}. ${RUN}`,
        field,
      );
    }
    this.now = at;
    // The pinned cell follows: same place, other indices; else it is let go.
    const { state } = this.#slice;
    const { held } = state.picture;
    if (this.#cell) {
      const cell = this.#cell.map((c, d) => held[d] ?? c);
      this.#cell = positionOf(state, cell) ? cell : null;
    }
  }

  #slots = () => this.#slice.state.slots.map((slot) => slot.text);

  #index(dim: number, index: number) {
    const slots = this.#slots();
    slots[dim] = String(index < 0 ? index + this.recorded.info.shape[dim] : index);
    this.#go(slots.join(), "expr");
  }

  #slot(dim: number, text: string) {
    const slots = this.#slots();
    slots[dim] = text.trim();
    this.#go(slots.join(), "slot");
  }

  #expr(text: string) {
    const parts = this.#key(text).split(",");
    const { shape } = this.recorded.info;
    // A single cell: the plane around it stays, and the cell is pinned.
    if (parts.length === shape.length && parts.every((part) => /^-?\d+$/.test(part))) {
      this.#pin(
        parts.map((part, d) => (Number(part) < 0 ? Number(part) + shape[d] : Number(part))),
      );
      return;
    }
    this.#go(text, "expr");
  }

  #role([role, dim]: [string, number | null]) {
    const wanted = this.slices.findIndex(({ state }) => {
      const roles = state.picture as Record<string, unknown>;
      return ((roles[role] as { dim: number } | null)?.dim ?? null) === dim;
    });
    if (wanted < 0) {
      throw new Missing(`Another picture needs a kernel: this is a saved file. ${RUN}`, "role");
    }
    this.#go(this.slices[wanted].state.expr, "role");
  }

  #pin(cell: Cell | null) {
    if (cell && !positionOf(this.#slice.state, cell)) {
      const near = this.slices.findIndex(
        ({ state }) => !state.picture.grid && positionOf(state, cell),
      );
      if (near < 0) {
        const held = this.recorded.held;
        throw new Missing(
          `${formatCell(cell)} is not in this file: it holds ${held}. ${RUN}`,
          "cell",
        );
      }
      this.now = near;
    }
    const { state } = this.#slice;
    const at = cell && positionOf(state, cell);
    this.#cell = at ? cellAt(state, at) : null;
  }
}
