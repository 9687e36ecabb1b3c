// Steps ahead: pictures of the neighbouring indices, fetched before somebody steps there. One is
// shown at once; the kernel is asked as ever, and its answer stands.
import type { Frame } from "../frame";
import type { Reply, State } from "../protocol";
import { decodeFrame } from "../shared";
import type { Store } from "../store";

/** Pictures wanted in the direction of the last step, and kept at most: so many, and so many bytes. */
const WANTED = 15;
const KEPT = 64;
const BYTES = 1 << 23;
/** An answer that is not here after so many ms is not waited for any more. */
const PATIENCE = 3000;

interface Kept {
  state: State;
  frame: Frame;
  known: string;
}

export class Ahead {
  /** By their index along one dim; all else is as `#of` says. */
  readonly #kept = new Map<number, Kept>();
  #of = "";
  #dim = -1;
  #last = 0;
  #by = 1;
  #bytes = 0;
  /** Of this the kernel has nothing to tell ahead. */
  #barren = "";

  constructor(private readonly store: Store) {}

  /** Shows what was fetched of an index; returns it, and by what the kernel knows it. */
  show(dim: number, index: number): { known: string; frame: Frame } | undefined {
    const { store } = this;
    const state = store.state.value;
    if (!state) return undefined;
    if (dim !== this.#dim) this.#last = index;
    if (index !== this.#last) this.#by = index - this.#last;
    this.#dim = dim;
    this.#last = index;
    this.#turnTo(state);
    const found = this.#kept.get(index);
    if (!found) return undefined;
    const { serial, undo, redo, links } = state;
    const frame = { ...found.frame, serial, step: `${serial} ${index}` };
    store.preview({ ...found.state, serial, undo, redo, links }, frame);
    return { known: found.known, frame };
  }

  /** Fetches what comes next, if it is not here yet. */
  plan() {
    const { store } = this;
    const state = store.state.value;
    if (!state || this.#dim < 0 || store.numbersAlone.value) return;
    const of = this.#turnTo(state);
    const wanted = this.#wanted();
    const missing = wanted.filter((index) => !this.#kept.has(index));
    if (of === this.#barren || missing.length === 0) return;
    // In bulk: each message costs more than the pictures in it.
    if (this.#kept.has(wanted[0]) && missing.length < WANTED / 2) return;
    if (store.channel.busy("ahead") && store.channel.waited("ahead") < PATIENCE) return;
    const dim = this.#dim;
    const body = { kind: "ahead", index: [dim, missing], viewport: store.viewport() };
    store.channel.request("ahead", body, "ahead").then(
      (answer) => answer && store.guard(() => this.#take(of, answer.reply, answer.buffers)),
      () => {
        this.#barren = of; // each step is asked for by itself, as without all this
      },
    );
  }

  #wanted(): number[] {
    const size = this.store.info.value?.shape[this.#dim] ?? 0;
    const way = Math.sign(this.#by);
    // Far jumps have no direction: what lies on both sides.
    const near = Math.abs(this.#by) <= 8 ? WANTED : 1;
    const [next, ...rest] = Array.from({ length: near }, (_, k) => this.#last + way * (k + 1));
    const all = [next, this.#last - way, ...rest];
    return all.filter((index) => index >= 0 && index < size);
  }

  #take(of: string, { ahead = [] }: Reply, buffers: DataView[]) {
    // What somebody else has changed meanwhile is asked for again by nobody but the next step.
    const fitting = ahead.filter(({ state }) => this.#keyOf(state) === of);
    if (fitting.length === 0) this.#barren = of;
    if (of !== this.#of) return;
    for (const { index, known, state, frame, first } of fitting) {
      this.#drop(index);
      const mine = buffers.slice(first, first + frame.buffers.length);
      this.#kept.set(index, { known, state, frame: decodeFrame(frame, mine) });
      this.#bytes += frame.bytes;
    }
    for (const index of [...this.#kept.keys()]) {
      if (this.#kept.size <= KEPT && this.#bytes <= BYTES) break;
      this.#drop(index); // the one that has been here longest
    }
    this.plan();
  }

  /** Forgets all where something else than the index has become another. */
  #turnTo(state: State): string {
    const of = this.#keyOf(state);
    if (of !== this.#of) this.forget();
    this.#of = of;
    return of;
  }

  #keyOf({ slots, picture, conditions = [], cell, colour, table, reading }: State): string {
    const without = <T>(all: T[]) => all.map((one, dim) => (dim === this.#dim ? null : one));
    return JSON.stringify([
      this.#dim,
      without(slots),
      { ...picture, held: without(picture.held), grid: { ...picture.grid, order: null } },
      conditions.map(({ name, where, active, hidden }) => [name, where, active, hidden]),
      [cell && without(cell), colour, table, reading],
      this.store.viewport(),
    ]);
  }

  #drop(index: number) {
    this.#bytes -= this.#kept.get(index)?.frame.bytes ?? 0;
    this.#kept.delete(index);
  }

  /** What is kept is not what the tensor holds. */
  forget() {
    this.#kept.clear();
    this.#bytes = 0;
  }
}
