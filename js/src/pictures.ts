// The picture of a view: how it is asked for, and how an answer moves what is shown.
import { batch } from "@preact/signals";
import type { Answer, Body } from "./channel";
import { scan } from "./colour";
import { isBound } from "./conditions";
import type { Ahead } from "./extras/ahead";
import { decodeFrame, type Frame } from "./frame";
import { AROUND, pixelRatio, tooCoarse, tooFine } from "./geometry";
import { covers, reshapes, shapeOf, wholeOf } from "./picture";
import type { Info, Patch, State } from "./protocol";
import { Questions } from "./questions";
import { type Rect, sameRect } from "./viewport";

/** Waits before an unsynchronised picture is read again, in ms. */
const AGAIN = [400, 800, 1600, 3200, 6400];
/** What is shown, whatever order its tiles have. */
const pictureOf = ({ expr, picture }: State) => {
  const grid = picture.grid && { ...picture.grid, sort: null, order: null };
  return [expr, { ...picture, grid }];
};

interface Told {
  state: State;
  frame: Frame | null;
  /** The newest request that had left before. */
  order: number;
  /** Shows the newest answer to one of these. */
  late?: () => void;
}

export abstract class Pictures extends Questions {
  #refined = "";
  #foundOf = ""; // the selection that the range of colours was taken from
  #pagedOf = ""; // the tiles that pages are counted in
  #again = 0;
  #againOf = 0;
  #shown = 0; // order of the newest answer on screen
  /** What the kernel told last, while something fetched ahead is shown in its place. */
  #told: Told | null = null;
  /** Fetches pictures before somebody steps there; comes with the extras. */
  ahead: Ahead | null = null;

  /** Sends something that is answered with state and frame; without one where it is `known`. */
  ask(body: () => Body, key: string | null, text?: string, known?: Frame): Promise<unknown> {
    return this.channel.request("picture", body, key).then(
      (answer) => answer && this.guard(() => this.accept(answer, known)),
      (error) => {
        this.#takeBack();
        this.#letGo();
        this.fail(error, key, text);
      },
    );
  }

  protected askPriced() {
    const body = () => ({ kind: "frame", viewport: this.viewport() });
    this.priced("picture", "picture", body, true).then(
      // Frames that were asked for meanwhile had a price too: this is the newest picture.
      (answer) => answer && this.guard(() => this.accept({ ...answer, order: this.#shown })),
      (error) => this.fail(error),
    );
  }

  update(patch: Patch, key: string | null, text?: string) {
    const grid =
      patch.role?.[0] === "grid" ? patch.role[1] !== null : patch.rgb == null && undefined;
    const shown = patch.index && this.ahead?.show(...patch.index);
    const press = this.press;
    this.changes.begin();
    const tell = () =>
      this.ask(
        () => {
          const table = patch.table ?? this.asTable.value;
          const viewport = this.viewport(grid, table && !this.tint.value);
          // Another picture of a large plane is shown by a sample first; a pin or colours change none.
          const first = reshapes(patch) || "index" in patch;
          return { kind: "update", first, patch, press, viewport, known: shown?.known };
        },
        key,
        text,
        shown?.frame,
      ).then(() => {
        this.changes.end();
        if (patch.index) this.ahead?.plan();
      });
    if (shown) this.ahead?.tell(tell, () => this.changes.end());
    else tell();
  }

  /** Shows what was fetched ahead, until the kernel has answered what is asked next. */
  preview(state: State, frame: Frame) {
    const order = this.channel.newest;
    this.#told = { state: this.state.value!, frame: this.frame.value, ...this.#told, order };
    batch(() => {
      this.#forgetSlice();
      this.state.value = state;
      this.#takeFrame(frame);
    });
  }

  /** Shows again what the kernel told last. */
  #takeBack() {
    const told = this.#told;
    this.#told = null;
    if (!told) return;
    batch(() => {
      this.old.value = new Set(); // what was told of it is true again
      this.state.value = told.state;
      if (told.frame) this.#takeFrame(told.frame);
    });
    told.late?.();
  }

  askFrame() {
    if (!this.state.value) return;
    this.ask(() => ({ kind: "frame", viewport: this.viewport() }), "frame");
  }

  /** Shows an answer that has a state and a frame. */
  accept(answer: Answer, known?: Frame) {
    const { reply, buffers, order } = answer;
    if (order < this.#shown) return; // a newer answer is on screen
    if (this.#told && order <= this.#told.order) {
      this.#told.late = () => this.accept(answer, known); // a step was shown ahead of it
      return;
    }
    this.#shown = order;
    const stale = this.state.value && reply.state && reply.state.serial < this.state.value.serial;
    const told = reply.frame && !stale ? decodeFrame(reply.frame, buffers) : null;
    if (known && told) this.ahead?.forget(); // the tensor holds something else than was fetched
    const same = known && reply.state && !stale && !reply.price;
    const frame = told ?? (same ? { ...known, serial: reply.state!.serial } : null);
    const first = this.state.value === null;
    const alone = this.numbersAlone.value;
    batch(() => {
      this.phase.value = "live";
      this.trouble.value = null;
      if (reply.info) this.#takeInfo(reply.info);
      if (reply.state && !stale) this.#takeState(reply.state);
      if (frame) this.#takeFrame(frame);
      const { price } = reply;
      if (price) {
        this.frame.value = null;
        if (!this.offers.value.picture?.req) {
          this.offer("picture", { text: price.text, size: price.size });
        }
      } else if (frame) this.offer("picture", null);
      else if (this.frame.value && reply.state && !stale) {
        this.frame.value = { ...this.frame.value, serial: reply.state.serial };
      }
      this.#letGo();
    });
    // What was asked for were numbers, and now the picture is shown: undone, say.
    const state = this.state.value;
    const part = frame && state && !covers(frame, this.rect.value ?? wholeOf(state));
    if (alone && !this.numbersAlone.value && part) this.askFrame();
    // Later a new reading asks for them, once it is quiet.
    if (reply.info && first) this.askStats("tensor", 0);
  }

  /** What was told of another tensor is not told of this one. */
  #takeInfo(info: Info) {
    const before = this.info.value;
    const same = (["name", "dtype", "shape"] as const).every(
      (key) => String(before?.[key]) === String(info[key]),
    );
    if (before && !same) {
      this.stats.tensor.value = this.stats.slice.value = this.hits.value = null;
      this.detail.value = null;
    }
    this.info.value = info;
  }

  /** Takes over a state that another made, and asks for its picture. */
  adopt(state: State, info: Info | null) {
    const known = this.state.value?.serial ?? 0;
    if (state.serial < known || (state.serial === known && !info)) return;
    batch(() => {
      if (info) this.#takeInfo(info);
      this.#takeState(state);
    });
    if (info) this.askStats("tensor", 0);
    this.askFrame();
  }

  #takeState(next: State) {
    const before = this.#told?.state ?? this.state.value;
    // What was told meanwhile may be of a step that has been left again.
    const stepped = this.#told !== null;
    this.#told = null;
    const changed = (read: (s: State) => unknown) =>
      !before || JSON.stringify(read(before)) !== JSON.stringify(read(next));
    const selection = stepped || changed(pictureOf);
    const sort = changed((s) => [s.picture.grid?.sort, s.picture.grid?.order]);
    const where = changed((s) => s.where);
    const cell = changed((s) => s.cell);
    // The tensor was read anew: all that was told of it before is old.
    const anew = before !== null && changed((s) => s.reading);
    if (selection || where || cell) this.tab.value = null;
    if (changed((s) => [s.picture.rows, s.picture.columns, s.picture.grid])) {
      this.rect.value = null;
      this.cursor.value = null;
    }
    const { grid } = next.picture;
    if (grid && !grid.rgb) {
      const paged = [grid.dim, grid.size, grid.start, grid.step, grid.sort].join();
      // An opened tile leads back to the page it was on; another order begins anew.
      if (paged !== this.#pagedOf && this.tileFrom.value > 0) {
        this.tileFrom.value = 0;
        this.askFrame();
      }
      this.#pagedOf = paged;
      this.lastGrid.value = grid.dim;
    }
    this.state.value = next;
    this.remote.value = null;
    this.range.value = null;
    if (selection || anew) this.#forgetSlice();
    else if (where) this.withdraw("hits");
    if (anew) this.withdraw("stats tensor");
    // The bins of a plain threshold are read here; for other conditions the kernel counts them.
    const bins = where && next.where && !isBound(next.threshold);
    if (selection || anew || bins) this.askStats("slice");
    if (anew) this.askStats("tensor");
    if (selection || anew || sort) {
      if (!grid || selection || anew) this.tiles.value = null;
      this.askTiles();
    }
    if (where) this.top.value = null;
    if (selection || where || anew) this.askHits(0);
    if (where || anew || (selection && this.by.value?.scope === "slice")) {
      this.withdraw("slices");
      this.askSlices();
    }
    if ((selection || anew) && this.top.value) this.askTop();
    if (cell || selection || anew) this.askDetail();
    if (!next.where) this.hits.value = null;
  }

  /** What was told of the slice before is old. */
  #forgetSlice() {
    this.withdraw("stats slice", "hits", "top", "picture", "detail", "tiles");
  }

  #takeFrame(frame: Frame) {
    const state = this.state.value;
    const full = !state || covers(frame, wholeOf(state));
    const of = JSON.stringify([state && pictureOf(state), state?.reading]);
    const part = !full || (this.numbersAlone.value && !!state?.picture.grid);
    // A part keeps the colours of the whole it was cut from; some numbers alone make none.
    if (!part || of !== this.#foundOf || !this.found.value) {
      const none = part && this.numbersAlone.value;
      this.#foundOf = of;
      this.found.value = none ? null : scan(frame.values.numbers, frame.upper?.numbers ?? null);
    }
    if (full) this.base = frame;
    else if (this.base?.serial !== frame.serial) this.base = null;
    this.frame.value = frame;
    if (frame.sampled) this.askFrame();
    this.#readAgain(frame);
    this.readCursor();
    if (state && !this.numbersAlone.value) this.#refine(state, frame);
  }

  /** Asks again if the picture has another shape than the one that the pixels were asked for. */
  #refine(state: State, frame: Frame) {
    const shape = shapeOf(state);
    if (shape !== "plane" && shape !== "grid") return;
    const g = this.geometry(state);
    const asked = `${frame.serial} ${g.width} ${g.height}`;
    const coarse = !(shape === "plane" && this.rect.value) && tooCoarse(state, frame, g);
    if ((coarse || tooFine(frame, g)) && asked !== this.#refined) this.askFrame();
    this.#refined = asked;
  }

  /** A picture read while a cell ran is read again, a few times, in case the cell has ended. */
  #readAgain(frame: Frame) {
    if (!frame.unsynchronised || frame.serial !== this.#againOf) this.#again = 0;
    this.#againOf = frame.serial;
    if (!frame.unsynchronised || this.#again >= AGAIN.length) return;
    this.soon("again", AGAIN[this.#again++], () => this.askFrame());
  }

  /** The room for the picture changed: a reduced frame may now be finer, any may be too fine. */
  setPane(width: number, tallest: number) {
    if (width <= 0) return;
    const dpr = pixelRatio();
    const inner = Math.max(40, Math.floor((width - AROUND) * dpr));
    const room = { width: inner, height: Math.round(Math.min(1.5 * inner, tallest * dpr)) };
    this.paneWidth.value = width;
    const before = this.room.value;
    if (before.width === room.width && before.height === room.height) return;
    this.room.value = room;
    const [state, frame] = [this.state.value, this.frame.value];
    if (!state || !frame || this.numbersAlone.value) return;
    if (!frame.exact || tooFine(frame, this.geometry(state)))
      this.soon("resize", 150, () => this.askFrame());
  }

  /** Moves the visible rectangle; asks the kernel only if the frame cannot show it. */
  look(rect: Rect | null) {
    const state = this.state.value;
    if (!state) return;
    const all = wholeOf(state);
    this.rect.value = rect && !sameRect(rect, all) ? rect : null;
    const frame = this.frame.value;
    if (this.numbersAlone.value || (frame?.exact && covers(frame, rect ?? all))) return;
    this.askFrame();
  }

  /** Shows the kernel's indices again, once nothing is on its way there. */
  #letGo() {
    if (this.handPending || this.channel.busy("picture")) return;
    this.hand.value = {};
    this.cellHand.value = undefined;
  }
}
