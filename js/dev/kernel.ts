// A kernel in the page: answers the protocol for a synthetic tensor, for harness and tests.
import { decode } from "../src/dtype";
import type { Cell, Info, Patch, Slot, State, Viewport } from "../src/protocol";
import { answerHits, answerStats, answerTop, answerValue } from "./answers";
import { parseWhere, predicate, Refusal } from "./condition";
import { cutFrame } from "./frames";
import { encode, type Tensor } from "./tensors";

export class FakeKernel {
  serial = 1;
  slots: Slot[];
  roles: { rows: number | null; columns: number | null; grid: number | null };
  last: number[];
  where: string | null = null;
  cell: Cell | null = null;
  table = false;
  colour: State["colour"] = { map: "auto", range: null };
  /** Grows when the values change behind the page's back. */
  age = 0;
  /** How many steps it tells ahead. */
  foresight = 16;
  /** How many bytes it says that each of them has; null: as many as it has. */
  weight: number | null = null;
  readonly requests: { kind: string; patch?: Patch; known?: string }[] = [];

  constructor(readonly tensor: Tensor) {
    const n = tensor.shape.length;
    this.last = tensor.shape.map(() => 0);
    this.slots = tensor.shape.map((_, d) => (d >= n - 2 ? this.all(d) : this.index(0)));
    this.roles = { rows: n > 1 ? n - 2 : null, columns: n > 0 ? n - 1 : null, grid: null };
  }

  private all = (d: number): Slot => ({
    kind: "slice",
    start: 0,
    step: 1,
    size: this.tensor.shape[d],
    text: ":",
  });
  private index = (i: number): Slot => ({ kind: "index", index: i, text: String(i) });

  get info(): Info {
    const { name, dtype, shape, dims, framework, grad } = this.tensor;
    const size = dtype === "bool" ? 1 : Number(/\d+$/.exec(dtype)![0]) / 8;
    const nbytes = shape.reduce((a, b) => a * b, 1) * size;
    const kib = nbytes / 1024;
    return {
      name,
      framework: framework ?? "numpy",
      dtype,
      shape,
      dims: dims ?? shape.map((_, d) => `dim ${d}`),
      named: dims !== undefined,
      device: "cpu",
      layout: "strided",
      nbytes,
      bytes:
        kib < 1
          ? `${nbytes} B`
          : kib < 1024
            ? `${Number(kib.toFixed(1))} KiB`
            : `${kib / 1024} MiB`,
      requires_grad: grad ?? false,
      grad_fn: grad ? "NllLossBackward0" : null,
      numeric: dtype === "bool" ? "b" : dtype.startsWith("int") ? "i" : "f",
      python: dtype === "bool" ? "bool" : dtype.startsWith("int") ? "int" : "float",
      notes: [],
    };
  }

  get state(): State {
    const { name, shape } = this.tensor;
    const picture = (d: number | null) => {
      if (d === null) return null;
      const slot = this.slots[d];
      return slot.kind === "slice"
        ? { dim: d, start: slot.start, step: slot.step, size: slot.size }
        : { dim: d, start: 0, step: 1, size: shape[d] };
    };
    const free = this.slots.flatMap((s) => (s.kind === "slice" ? [s.size] : []));
    const expr = `[${this.slots.map((s) => s.text).join(", ")}]`;
    const inRole = (d: number) => Object.values(this.roles).includes(d);
    const threshold = this.where ? parseWhere(this.where) : null;
    const page = this.where ? answerHits(this, 0, 1, "index") : null;
    return {
      v: 1,
      serial: this.serial,
      expr,
      shape: free,
      count: free.reduce((a, b) => a * b, 1),
      slots: this.slots,
      picture: {
        rows: picture(this.roles.rows),
        columns: picture(this.roles.columns),
        grid: picture(this.roles.grid),
        held: this.slots.map((s, d) =>
          inRole(d) ? null : s.kind === "reduce" ? s.op : s.kind === "index" ? s.index : s.start,
        ),
      },
      where: this.where,
      where_note: null,
      threshold: threshold ? { op: threshold[1], value: Number(threshold[2]) } : null,
      hits: page && { count: page.count, share: page.share, searched: page.searched },
      cell: this.cell,
      colour: this.colour,
      table: this.table,
      code: {
        value: `${name}${shape.length ? `[${shape.map((_, d) => `{${d}}`).join(", ")}]` : ""}.item()`,
        slice: `${name}${expr}.detach().clone().numpy()`,
        hits: this.where
          ? `(lambda m: (m.nonzero().numpy(), ${name}${expr}[m].numpy()))(${name}${expr} > ${threshold?.[2]})`
          : null,
      },
      python: `ts.scope(${name})`,
      shown: "all",
      notes: [],
    };
  }

  /** Answers one request as the wire would carry it. */
  answer(
    message: { req: string; kind: string } & Record<string, unknown>,
  ): [Record<string, unknown>, DataView[]] {
    const { req, kind } = message;
    this.requests.push(message);
    const before = structuredClone({
      slots: this.slots,
      roles: this.roles,
      where: this.where,
      cell: this.cell,
      last: this.last,
    });
    try {
      if (kind === "update") this.update(message.patch as Patch);
      if (kind === "stats")
        return [
          {
            v: 1,
            req,
            ok: true,
            scope: message.scope,
            stats: answerStats(this, message.scope as "slice"),
          },
          [],
        ];
      if (kind === "hits") {
        const { offset, limit, sort } = message as unknown as {
          offset: number;
          limit: number;
          sort: string;
        };
        return [{ v: 1, req, ok: true, hits: answerHits(this, offset, limit, sort) }, []];
      }
      if (kind === "topk") {
        const { k, largest, by } = message as unknown as {
          k: number;
          largest: boolean;
          by: string;
        };
        return [{ v: 1, req, ok: true, hits: answerTop(this, k, largest, by) }, []];
      }
      if (kind === "value")
        return [
          {
            v: 1,
            req,
            ok: true,
            value: answerValue(this, (message.cell as number[]) ?? this.cell),
          },
          [],
        ];
      if (kind === "tiles") return [{ v: 1, req, ok: true, tiles: null }, []];
      if (kind === "anomaly") return [{ v: 1, req, ok: true, cell: null }, []];
      if (kind === "ahead") {
        const [dim, indices] = message.index as [number, number[]];
        return this.stepsAhead(req, dim, indices, message.viewport as Viewport);
      }
      if (kind === "update" && message.known === this.known)
        return [{ v: 1, req, ok: true, state: this.state, frame: null }, []];
      const { header, buffers } = cutFrame(this, message.viewport as Viewport);
      const hello = kind === "hello" ? { info: this.info, version: "0" } : {};
      return [{ v: 1, req, ok: true, ...hello, state: this.state, frame: header }, buffers];
    } catch (error) {
      Object.assign(this, before);
      const e = error as Refusal;
      return [
        {
          v: 1,
          req,
          ok: false,
          error: {
            kind: e.kind ?? "BUG",
            message: e.message,
            field: e.field ?? null,
            span: e.span ?? null,
          },
        },
        [],
      ];
    }
  }

  /** What a picture is recognised by; another one once the values have changed. */
  private get known() {
    return `${this.age} ${this.state.expr} ${this.where}`;
  }

  private stepsAhead(
    req: string,
    dim: number,
    indices: number[],
    viewport: Viewport,
  ): [Record<string, unknown>, DataView[]] {
    const sent: DataView[] = [];
    const { slots, last } = structuredClone({ slots: this.slots, last: this.last });
    const ahead = indices.slice(0, this.foresight).map((index) => {
      this.setSlot(dim, String(index));
      const { header, buffers } = cutFrame(this, viewport);
      const first = sent.length;
      sent.push(...buffers);
      const frame = { ...header, bytes: this.weight ?? header.bytes };
      return { index, known: this.known, state: this.state, frame, first };
    });
    Object.assign(this, { slots, last });
    return [{ v: 1, req, ok: true, ahead }, sent];
  }

  update(patch: Patch) {
    const { shape } = this.tensor;
    if (patch.expr !== undefined) this.setExpr(patch.expr);
    if (patch.where !== undefined) {
      if (patch.where) predicate(patch.where);
      this.where = patch.where || null;
    }
    if (patch.index) this.setSlot(patch.index[0], String(patch.index[1]));
    if (patch.slot) this.setSlot(patch.slot[0], patch.slot[1]);
    if (patch.reduce) {
      const [d, op] = patch.reduce;
      this.leave(d);
      this.slots[d] = op ? { kind: "reduce", op, text: op } : this.index(this.last[d]);
    }
    if (patch.role) {
      const [role, d] = patch.role;
      const out = this.roles[role];
      const from = (Object.keys(this.roles) as (keyof typeof this.roles)[]).find(
        (r) => d !== null && this.roles[r] === d,
      );
      this.roles[role] = d;
      if (from && from !== role) this.roles[from] = out;
      else if (out !== null && out !== d) this.slots[out] = this.index(this.last[out]);
      if (d !== null && this.slots[d].kind !== "slice") this.slots[d] = this.all(d);
    }
    if (patch.swap) [this.roles.rows, this.roles.columns] = [this.roles.columns, this.roles.rows];
    if (patch.cell !== undefined) {
      this.cell = patch.cell;
      for (const [d, i] of (patch.cell ?? []).entries()) {
        if (!Object.values(this.roles).includes(d) && this.slots[d].kind === "index")
          this.slots[d] = this.index(Number(i) % shape[d]);
      }
    }
    if (patch.table !== undefined) this.table = patch.table;
    if (patch.colour) this.colour = { ...this.colour, ...patch.colour };
    this.serial++;
  }

  private leave(d: number) {
    for (const r of Object.keys(this.roles) as (keyof typeof this.roles)[])
      if (this.roles[r] === d) this.roles[r] = null;
  }

  private setSlot(d: number, text: string, span: [number, number] | null = null) {
    const size = this.tensor.shape[d];
    if (/^-?\d+$/.test(text)) {
      const i = Number(text);
      if (i < -size || i >= size) {
        throw new Refusal(
          "BOUNDS",
          `dim ${d} index ${i} is out of range: shape (${this.tensor.shape.join(", ")}), allowed -${size}…${size - 1}`,
          "expr",
          span,
        );
      }
      this.leave(d);
      this.last[d] = (i + size) % size;
      this.slots[d] = this.index(this.last[d]);
      return;
    }
    const found = /^(-?\d*):(-?\d*)(?::(-?\d+))?$/.exec(text);
    if (!found)
      throw new Refusal(
        "MALFORMED",
        `cannot read the slot ${text}: expected an index, a slice or a reduction`,
        "expr",
        span,
      );
    const start = found[1] === "" ? 0 : Number(found[1]);
    const stop = found[2] === "" ? size : Number(found[2]);
    const step = Number(found[3] ?? 1);
    this.slots[d] = {
      kind: "slice",
      start,
      step,
      size: Math.max(0, Math.ceil((stop - start) / step)),
      text,
    };
    if (!Object.values(this.roles).includes(d)) {
      const role = (["columns", "rows", "grid"] as const).find((r) => this.roles[r] === null);
      if (role) this.roles[role] = d;
    }
  }

  private setExpr(expr: string) {
    const parts = expr.replace(/^\s*\[|\]\s*$/g, "").split(",");
    if (parts.length !== this.tensor.shape.length) {
      throw new Refusal(
        "MALFORMED",
        `the selection has ${parts.length} slots, the tensor ${this.tensor.shape.length} dims`,
        "expr",
        [0, expr.length],
      );
    }
    let at = expr.indexOf("[") + 1;
    const ints = parts.every((p) => /^\s*-?\d+\s*$/.test(p));
    for (const [d, part] of parts.entries()) {
      const from = at + part.length - part.trimStart().length;
      if (!ints || d < parts.length - 2)
        this.setSlot(d, part.trim(), [from, from + part.trim().length]);
      at += part.length + 1;
    }
    if (ints) this.cell = parts.map(Number);
  }

  /** Exact text of a cell. */
  text(cell: number[]): string {
    return decode(this.tensor.dtype, encode(this.tensor, [cell])).text(0);
  }
}
