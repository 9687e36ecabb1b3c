// Steps ahead: pictures of the neighbouring indices, fetched before somebody steps there. One is
// shown at once; the kernel is asked as ever, and its answer stands.
import type { Answer } from "../channel";
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
/** What the pointer rests on for so many ms will be pressed next. */
const REST = 40;
/** Half the width of a slider's thumb, in CSS pixels (styles/dims.css). */
const THUMB = 7;
/** While steps follow each other, the kernel is told of one in so many ms. */
const CALM = 100;

interface Kept {
  state: State;
  frame: Frame;
  known: string;
}

export class Ahead {
  /** By their index along one dim; all else is as `#of` says. */
  readonly #kept = new Map<number, Kept>();
  #of = "";
  /** Which reading of the tensor they come from. */
  #reading = 0;
  #dim = -1;
  #last = 0;
  #by = 1;
  #bytes = 0;
  /** Of this the kernel has nothing to tell ahead. */
  #barren = "";
  /** The newest step, while the kernel is not told of it yet. */
  #held: { tell: () => void; skip: () => void } | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: Store) {
    store.channel.before = () => this.flush();
  }

  /** Shows what was fetched of an index; returns it, and by what the kernel knows it. */
  show(dim: number, index: number): { known: string; frame: Frame } | undefined {
    const { store } = this;
    const state = store.state.value;
    if (!state) return undefined;
    this.#along(dim);
    if (index !== this.#last) this.#by = index - this.#last;
    this.#last = index;
    this.#turnTo(state);
    const found = this.#kept.get(index);
    if (!found) return undefined;
    const { serial, undo, redo, links } = state;
    const frame = { ...found.frame, serial, step: `${serial} ${index}` };
    store.preview({ ...found.state, serial, undo, redo, links }, frame);
    this.plan();
    return { known: found.known, frame };
  }

  /**
   * Tells the kernel of a step that is shown: at once, or of the last of those that follow each
   * other. Each answer costs the page as much as a step; `skip`: of this one it is never told.
   */
  tell(tell: () => void, skip: () => void) {
    const before = this.#held;
    this.#held = { tell, skip };
    before?.skip();
    const rest = this.#toldAt + CALM - performance.now();
    // Where the kernel has not answered the one before, the channel holds this one, and no other.
    if (rest <= 0 || this.store.channel.busy("picture")) this.flush();
    else if (!before) setTimeout(() => this.store.guard(() => this.flush()), rest);
  }

  /** Tells what is held back; the channel has it done before anything else leaves. */
  flush() {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    this.#toldAt = performance.now();
    held.tell();
  }

  /** The pointer moves over a slider: fetches what a press would show where it comes to rest. */
  near(dim: number, { buttons, offsetX, currentTarget }: PointerEvent) {
    clearTimeout(this.#resting);
    if (buttons) return;
    const { store } = this;
    const slider = currentTarget as HTMLInputElement;
    const share = (offsetX - THUMB) / (slider.clientWidth - 2 * THUMB);
    const index = Math.round(Number(slider.max) * Math.min(1, Math.max(0, share)));
    const rested = () => {
      const state = store.state.value;
      if (!state || !slider.matches(":hover") || store.numbersAlone.value) return;
      // What moves along another dim is of more use than what may be pressed.
      const moves = dim !== this.#dim && (this.#held || store.channel.busy("picture"));
      if (moves || index === store.indexOf(dim)) return;
      this.#along(dim);
      const of = this.#turnTo(state);
      this.flush(); // so that the kernel looks at what is shown
      if (!this.#kept.has(index)) this.#fetch(of, [index], false);
    };
    this.#resting = setTimeout(() => store.guard(rested), REST);
  }

  /** Fetches what comes next, if it is not here yet. */
  plan() {
    const { store } = this;
    const state = store.state.value;
    if (!state || this.#dim < 0 || store.numbersAlone.value) return;
    const of = this.#turnTo(state);
    const reach = this.#reach();
    const wanted = this.#wanted(reach);
    const missing = wanted.filter((index) => !this.#kept.has(index));
    // In bulk: each message costs more than the pictures in it.
    if (missing.length === 0 || (this.#kept.has(wanted[0]) && missing.length < reach / 2)) return;
    if (store.channel.busy("ahead") && store.channel.waited("ahead") < PATIENCE) return;
    this.#fetch(of, missing, true);
  }

  /** `planned`: more of it follows; of none that comes, none is asked for again. */
  #fetch(of: string, indices: number[], planned: boolean) {
    const { store } = this;
    const question = `${of} ${this.#reading}`;
    if (planned && question === this.#barren) return;
    const body = { kind: "ahead", index: [this.#dim, indices], viewport: store.viewport() };
    const taken = ({ reply, buffers }: Answer) => {
      if (planned && !reply.ahead?.length) this.#barren = question;
      if (this.#take(of, reply, buffers) && planned) this.plan();
    };
    store.channel.request("ahead", body, "ahead").then(
      (answer) => answer && store.guard(() => taken(answer)),
      () => {
        this.#barren = question; // each step is asked for by itself, as without all this
      },
    );
  }

  /** How many pictures are wanted in the direction of the last step: half of what can be kept. */
  #reach(): number {
    const each = this.#bytes / Math.max(1, this.#kept.size);
    return each ? Math.max(1, Math.min(WANTED, Math.floor(BYTES / 2 / each))) : WANTED;
  }

  #wanted(reach: number): number[] {
    const size = this.store.info.value?.shape[this.#dim] ?? 0;
    const way = Math.sign(this.#by);
    // Far jumps have no direction: what lies on both sides.
    const near = Math.abs(this.#by) <= 8 ? reach : 1;
    const [next, ...rest] = Array.from({ length: near }, (_, k) => this.#last + way * (k + 1));
    // Home and End go to either end from anywhere; where few pictures can be kept, less wide.
    const ends = reach < WANTED ? [] : [0, size - 1];
    const back = this.#last - way;
    const all = [next, back, this.#last + this.#by, ...ends, ...rest];
    return [...new Set(all)].filter((index) => index >= 0 && index < size);
  }

  /** Keeps what came; false where it is of no use any more. */
  #take(of: string, { ahead = [] }: Reply, buffers: DataView[]): boolean {
    if (of !== this.#of) return false;
    // What somebody else has changed meanwhile is asked for again by nobody but the next step.
    const fitting = ahead.filter(({ state }) => this.#keyOf(state) === of);
    for (const { index, known, state, frame, first } of fitting) {
      this.#readAs(state); // a cell may have run since the page was told of the tensor
      if ((state.reading ?? 0) < this.#reading) continue;
      this.#drop(index);
      const mine = buffers.slice(first, first + frame.buffers.length);
      this.#kept.set(index, { known, state, frame: decodeFrame(frame, mine) });
      this.#bytes += frame.bytes;
    }
    for (const index of [...this.#kept.keys()]) {
      if (this.#kept.size <= KEPT && this.#bytes <= BYTES) break;
      this.#drop(index); // the one that has been here longest
    }
    return fitting.length > 0;
  }

  /** Another dim than before is stepped along. */
  #along(dim: number) {
    if (dim !== this.#dim) this.#last = this.store.indexOf(dim);
    this.#dim = dim;
  }

  /** Forgets all where something else than the index has become another, or was read anew. */
  #turnTo(state: State): string {
    const of = this.#keyOf(state);
    if (of !== this.#of) this.forget();
    this.#of = of;
    this.#readAs(state);
    return of;
  }

  #readAs({ reading = 0 }: State) {
    if (reading > this.#reading) this.forget();
    this.#reading = Math.max(reading, this.#reading);
  }

  #keyOf({ slots, picture, conditions = [], cell, colour, table }: State): string {
    const without = <T>(all: T[]) => all.map((one, dim) => (dim === this.#dim ? null : one));
    return JSON.stringify([
      this.#dim,
      without(slots),
      { ...picture, held: without(picture.held), grid: { ...picture.grid, order: null } },
      conditions.map(({ name, where, active, hidden }) => [name, where, active, hidden]),
      [cell && without(cell), colour, table],
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
