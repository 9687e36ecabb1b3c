// Between the signals and the kernel: what is asked, and how answers move what is shown.
import { batch } from "@preact/signals";
import {
  type Answer,
  type Body,
  Channel,
  type Lane,
  type Model,
  RequestError,
  SendError,
} from "./channel";
import { scan } from "./colour";
import { geometryFor, pixelRatio, tooFine } from "./geometry";
import { covers, shapeOf, wholeOf } from "./picture";
import {
  type Cell,
  decodeFrame,
  type Frame,
  type Info,
  type Patch,
  type Push,
  type State,
  type ValueDetail,
} from "./protocol";
import { type Offer, type OfferKey, type Snapshot, View } from "./view";
import { type Rect, sameRect } from "./viewport";

/** Without an answer to the first message for this long, the snapshot is shown. */
const HELLO = 3000;
/** Waits before an unsynchronised picture is read again, in ms. */
const AGAIN = [400, 800, 1600, 3200, 6400];
/** Elements from which on a sample is summed up first. */
const LARGE = 1 << 24;
/** Hits asked for at once: whole screens of 7 rows. */
export const HITS = 49;
/** How many the list of the first ones holds. */
export const TOP = 10;
/** Left ruler and right gutter, in CSS pixels. */
const RULERS = 36;

/** True if a condition is a plain bound, whose hits can be read off the axis. */
export const isBound = (threshold: State["threshold"]) =>
  threshold !== null && /[<>]/.test(threshold.op);

export class Store extends View {
  readonly channel: Channel;

  private refined = "";
  private foundOf = ""; // the selection that the range of colours was taken from
  private again = 0;
  private againOf = 0;
  private shown = 0; // order of the newest answer on screen
  private ticking: ReturnType<typeof setInterval> | null = null;

  constructor(readonly model: Model) {
    super();
    this.channel = new Channel(
      model,
      (push) => this.guard(() => this.takePush(push)),
      () => this.watchWait(),
      (lane) => (lane === "picture" || lane === "probe") && this.guard(() => this.probe()),
    );
    this.info.value = (model.get("info") as Info) ?? null;
    this.takeSnapshot();
  }

  /** The first message; the snapshot stands in if no answer comes. */
  start() {
    this.after(HELLO, () => {
      if (this.phase.value !== "connecting") return;
      this.takeSnapshot();
      this.lose(this.disconnected() ? "dead" : "silent");
    });
    this.ask(() => ({ kind: "hello", viewport: this.viewport() }), "hello");
  }

  /** ipywidgets marks the output of a kernel that has gone. */
  private disconnected(): boolean {
    return this.root?.closest(".jupyter-widgets-disconnected") != null;
  }

  /** Looks whether the kernel has gone, or is back. */
  checkKernel() {
    if (this.disconnected()) this.lose("dead");
    else if (this.phase.value === "dead") this.start();
  }

  /** An answer may have been lost: asks what is true now, which needs no other answer before. */
  private probe() {
    if (this.phase.value === "closed" || !this.channel.busy("picture")) return;
    if (this.disconnected()) {
      this.lose("dead");
      return;
    }
    const kind = this.state.value ? "frame" : "hello";
    this.channel
      .request("probe", () => ({ kind, viewport: this.viewport() }), "probe")
      .then(
        (answer) => answer && this.guard(() => this.accept(answer)),
        (error) => this.fail(error),
      );
  }

  /** The kernel is out of reach; a late answer brings the widget back. */
  private lose(phase: "silent" | "dead") {
    if (this.phase.value === "closed") return;
    const now = new Date();
    this.stoppedAt.value =
      this.snapshot.value?.time && !this.frame.value
        ? this.snapshot.value.time
        : `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
    this.phase.value = phase;
  }

  takeSnapshot() {
    const snapshot = this.model.get("snapshot") as Snapshot | null;
    this.snapshot.value = snapshot?.png || snapshot?.text ? snapshot : null;
    this.stats.tensor.value ??= snapshot?.stats ?? null;
  }

  /** Sends something that is answered with state and frame. */
  ask(body: () => Body, key: string | null, text?: string) {
    this.channel.request("picture", body, key).then(
      (answer) => answer && this.guard(() => this.accept(answer)),
      (error) => {
        this.letGo();
        this.fail(error, text ?? null);
      },
    );
  }

  // ---------------------------------------------------------------- what waits for a click

  private offer(key: OfferKey, change: Partial<Offer> | null) {
    const { [key]: old, ...rest } = this.offers.value;
    const none = { text: "", size: "", req: null, done: 0, total: 0 };
    this.offers.value = change ? { ...rest, [key]: { ...none, ...old, ...change } } : rest;
  }

  /** Takes offers back whose question is old; what runs for them is stopped. */
  private withdraw(...keys: OfferKey[]) {
    for (const key of keys) {
      this.cancel(key);
      this.offer(key, null);
    }
  }

  /** Stops a job; its offer stands again when the kernel has said so. */
  cancel(key: OfferKey) {
    const target = this.offers.value[key]?.req;
    if (!target) return;
    this.channel.request("cancel", { kind: "cancel", target }).catch((error) => this.fail(error));
  }

  /** Asks for something that may have a price; null if it has, or if a newer one took its place. */
  private async priced(key: OfferKey, lane: Lane, body: () => Body, consent: boolean) {
    const told = (req: string): Body => {
      if (!consent) return body();
      this.offer(key, { req, done: 0, total: 0 });
      return { ...body(), consent: true };
    };
    try {
      const answer = await this.channel.request(consent ? "job" : lane, told, consent ? null : key);
      if (!answer) return null;
      const now = this.offers.value[key];
      // An answer to what was agreed to before the question changed.
      if (consent && now?.req !== answer.reply.req) return null;
      const { price } = answer.reply;
      this.offer(key, price ? { text: price.text, size: price.size, req: null } : null);
      if (price) this.forgetOld(key);
      return price ? null : answer;
    } catch (error) {
      const running = this.offers.value[key];
      if (running?.req) this.offer(key, { req: null });
      if (error instanceof RequestError && error.kind === "CANCELLED") return null;
      throw error;
    }
  }

  /** What stood where an offer stands now was told of another selection. */
  private forgetOld(key: OfferKey) {
    if (key === "stats tensor") this.stats.tensor.value = null;
    else if (key === "stats slice") this.stats.slice.value = null;
    else if (key === "hits") this.hits.value = null;
    else if (key === "top") this.topPage.value = null;
    else if (key === "detail") this.detail.value = null;
  }

  /** Computes what an offer is about. */
  agree(key: OfferKey) {
    if (key === "stats tensor") this.askStats("tensor", 0, true);
    else if (key === "stats slice") this.askStats("slice", 0, true);
    else if (key === "hits") this.askHits(this.hitTop.value, 0, true);
    else if (key === "top") this.askTop(0, true);
    else if (key === "detail") this.askDetail(true);
    else {
      const body = () => ({ kind: "frame", viewport: this.viewport() });
      this.priced("picture", "picture", body, true).then(
        // Frames that were asked for meanwhile had a price too: this is the newest picture.
        (answer) => answer && this.guard(() => this.accept({ ...answer, order: this.shown })),
        (error) => this.fail(error),
      );
    }
  }

  /** Shows the kernel's indices again, once nothing is on its way there. */
  private letGo() {
    if (this.handPending || this.channel.busy("picture")) return;
    this.hand.value = {};
    this.cellHand.value = undefined;
  }

  update(patch: Patch, key: string | null, text?: string) {
    const grid = patch.role?.[0] === "grid" ? patch.role[1] !== null : undefined;
    this.ask(() => ({ kind: "update", patch, viewport: this.viewport(grid) }), key, text);
  }

  askFrame() {
    if (!this.state.value) return;
    this.ask(() => ({ kind: "frame", viewport: this.viewport() }), "frame");
  }

  fail(error: unknown, text: string | null = null) {
    if (error instanceof SendError) {
      this.lose("dead");
      return;
    }
    const known = error instanceof RequestError;
    this.trouble.value = {
      message: error instanceof Error ? error.message : String(error),
      field: known ? error.field : null,
      span: known ? error.span : null,
      text,
    };
  }

  /** Shows an answer that has a state and a frame. */
  accept({ reply, buffers, order }: Answer) {
    if (order < this.shown) return; // a newer answer is on screen
    this.shown = order;
    const stale = this.state.value && reply.state && reply.state.serial < this.state.value.serial;
    const frame = reply.frame && !stale ? decodeFrame(reply.frame, buffers) : null;
    const first = this.state.value === null;
    batch(() => {
      this.phase.value = "live";
      this.trouble.value = null;
      if (reply.info) this.takeInfo(reply.info);
      if (reply.state && !stale) this.takeState(reply.state);
      if (frame) this.takeFrame(frame);
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
      this.letGo();
    });
    // Later a new reading asks for them, once it is quiet.
    if (reply.info && first) this.askStats("tensor", 0);
  }

  /** What was told of another tensor is not told of this one. */
  private takeInfo(info: Info) {
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

  private takePush(push: Push) {
    if (push.push === "progress") {
      const { req, done, total } = push;
      for (const [key, offer] of Object.entries(this.offers.value)) {
        if (offer.req === req) this.offer(key as OfferKey, { done, total });
      }
      return;
    }
    if (push.push === "closed") {
      this.closedWhy.value = push.message;
      this.phase.value = "closed";
      return;
    }
    if (push.push === "state") this.adopt(push.state, push.info);
  }

  /** Takes over a state that another made, and asks for its picture. */
  adopt(state: State, info: Info | null) {
    const known = this.state.value?.serial ?? 0;
    if (state.serial < known || (state.serial === known && !info)) return;
    batch(() => {
      if (info) this.takeInfo(info);
      this.takeState(state);
    });
    if (info) this.askStats("tensor", 0);
    this.askFrame();
  }

  private takeState(next: State) {
    const before = this.state.value;
    const changed = (read: (s: State) => unknown) =>
      !before || JSON.stringify(read(before)) !== JSON.stringify(read(next));
    const selection = changed((s) => [s.expr, s.picture]);
    const where = changed((s) => s.where);
    const cell = changed((s) => s.cell);
    // The tensor was read anew: all that was told of it before is old.
    const anew = before !== null && changed((s) => s.reading);
    if (selection || where || cell) this.tab.value = null;
    if (changed((s) => [s.picture.rows, s.picture.columns, s.picture.grid])) {
      this.rect.value = null;
      this.cursor.value = null;
    }
    if (changed((s) => s.picture.grid?.dim ?? null)) this.tileFrom.value = 0;
    if (next.picture.grid) this.lastGrid = next.picture.grid.dim;
    this.state.value = next;
    this.remote.value = null;
    this.range.value = null;
    if (selection || anew) this.withdraw("stats slice", "hits", "top", "picture", "detail");
    else if (where) this.withdraw("hits");
    if (anew) this.withdraw("stats tensor");
    // The bins of a plain threshold are read here; for other conditions the kernel counts them.
    const bins = where && next.where && !isBound(next.threshold);
    if (selection || anew || bins) this.askStats("slice");
    if (anew) this.askStats("tensor");
    if (where) this.top.value = null;
    if (selection || where || anew) this.askHits(0);
    if ((selection || anew) && this.top.value) this.askTop();
    if (cell || selection || anew) this.askDetail();
    if (!next.where) this.hits.value = null;
  }

  private takeFrame(frame: Frame) {
    const state = this.state.value;
    const full = !state || covers(frame, wholeOf(state));
    const of = JSON.stringify([state?.expr, state?.picture, state?.reading]);
    // A zoomed part keeps the colours of the whole it was cut from.
    if (full || of !== this.foundOf || !this.found.value) {
      this.foundOf = of;
      this.found.value = scan(frame.values.numbers, frame.upper?.numbers ?? null);
    }
    this.frame.value = frame;
    this.readAgain(frame);
    const cell = this.cursor.value && this.focus.value;
    if (cell && this.focusText.value === null) this.askRemote(cell);
    // The picture has another shape than the one that the pixels were asked for.
    if (!state || frame.exact || shapeOf(state) !== "plane") return;
    const g = geometryFor(state, this.rect.value, this.room.value);
    const asked = `${frame.serial} ${g.width} ${g.height}`;
    if (tooFine(frame, g) && asked !== this.refined) this.askFrame();
    this.refined = asked;
  }

  /** A picture read while a cell ran is read again, a few times, in case the cell has ended. */
  private readAgain(frame: Frame) {
    if (!frame.unsynchronised || frame.serial !== this.againOf) this.again = 0;
    this.againOf = frame.serial;
    if (!frame.unsynchronised || this.again >= AGAIN.length) return;
    this.soon("again", AGAIN[this.again++], () => this.askFrame());
  }

  askStats(scope: "slice" | "tensor", delay = 120, consent = false) {
    this.soon(`stats ${scope}`, delay, () => {
      if (!this.stats[scope].value && !consent) this.askFirstLook(scope);
      this.priced(`stats ${scope}`, "stats", () => ({ kind: "stats", scope }), consent).then(
        (answer) => {
          if (answer?.reply.stats) this.stats[scope].value = answer.reply.stats;
        },
        (error) => this.fail(error),
      );
    });
  }

  /** Statistics of a sample, which say so, until the exact ones of a large tensor are there. */
  private askFirstLook(scope: "slice" | "tensor") {
    const lengths = scope === "tensor" ? this.info.value?.shape : this.state.value?.shape;
    if ((lengths ?? []).reduce((n, m) => n * m, 1) < LARGE) return;
    const asked = this.state.value?.expr;
    this.channel.request("first", { kind: "stats", scope, first: true }).then(
      (answer) => {
        const same = scope === "tensor" || this.state.value?.expr === asked;
        if (answer?.reply.stats && same) this.stats[scope].value ??= answer.reply.stats;
      },
      (error) => this.fail(error),
    );
  }

  /** A chunk of hits that holds row `offset`. */
  askHits(offset: number, delay = 60, consent = false) {
    this.hitTop.value = offset;
    if (!this.state.value?.where) return;
    const page = this.hits.value;
    if (
      delay === 0 &&
      !consent &&
      page &&
      offset >= page.offset &&
      offset + 7 <= page.offset + page.rows.length
    )
      return;
    this.soon("hits", delay, () => {
      const from = Math.floor(offset / HITS) * HITS;
      const body = { kind: "hits", offset: from, limit: HITS + 7, sort: this.sort.value };
      this.priced("hits", "hits", () => body, consent).then(
        (answer) => {
          if (answer?.reply.hits && this.state.value?.where) this.hits.value = answer.reply.hits;
        },
        (error) => this.fail(error),
      );
    });
  }

  /** The ten first in an order, in place of the hits. */
  askTop(delay = 60, consent = false) {
    const top = this.top.value;
    if (!top) return;
    this.soon("top", delay, () => {
      const by = top === "magnitude" ? "abs" : "value";
      const body = { kind: "topk", k: TOP, largest: top !== "smallest", by };
      this.priced("top", "hits", () => body, consent).then(
        (answer) => {
          if (answer?.reply.hits && this.top.value === top) this.topPage.value = answer.reply.hits;
        },
        (error) => {
          this.top.value = null;
          this.fail(error);
        },
      );
    });
  }

  /** What the kernel knows of the pinned cell (or of a scalar): exact decimal, bits, type. */
  askDetail(consent = false) {
    const state = this.state.value;
    const cell = state?.cell ?? (this.shape.value === "scalar" ? this.focus.value : null);
    if (!cell) {
      this.detail.value = null;
      return;
    }
    this.priced("detail", "value", () => ({ kind: "value", cell }), consent).then(
      (answer) => {
        if (answer?.reply.value) this.detail.value = answer.reply.value;
      },
      (error) => this.fail(error),
    );
  }

  /** Reads a cell that the frame on screen does not hold exactly. */
  askRemote(cell: Cell) {
    this.askValue(cell, 80, "remote").then((value) => {
      if (value) this.remote.value = { cell: value.cell.join(), text: value.text };
    });
  }

  private askValue(cell: Cell, delay: number, key: string): Promise<ValueDetail | null> {
    return new Promise((done) => {
      this.soon(key, delay, () => {
        this.channel.request("value", { kind: "value", cell }, key).then(
          (answer) => done(answer?.reply.value ?? null),
          (error) => {
            this.fail(error);
            done(null);
          },
        );
      });
    });
  }

  /** The room for the picture changed: a reduced frame may now be finer, or must be coarser. */
  setPane(width: number, tallest: number) {
    if (width <= 0) return;
    const dpr = pixelRatio();
    const inner = Math.max(40, Math.floor((width - RULERS) * dpr));
    const room = { width: inner, height: Math.round(Math.min(1.5 * inner, tallest * dpr)) };
    this.paneWidth.value = width;
    const before = this.room.value;
    if (before.width === room.width && before.height === room.height) return;
    this.room.value = room;
    if (this.frame.value && !this.frame.value.exact)
      this.soon("resize", 150, () => this.askFrame());
  }

  /** Moves the visible rectangle; asks the kernel only if the frame cannot show it. */
  look(rect: Rect | null) {
    const state = this.state.value;
    if (!state) return;
    const all = wholeOf(state);
    this.rect.value = rect && !sameRect(rect, all) ? rect : null;
    const frame = this.frame.value;
    if (frame?.exact && covers(frame, rect ?? all)) return;
    this.askFrame();
  }

  /** Counts the wait for a picture aloud, from 300 ms on. */
  private watchWait() {
    const busy = this.channel.busy("picture");
    if (!busy) {
      if (this.ticking) clearInterval(this.ticking);
      this.ticking = null;
      this.waited.value = 0;
    } else if (!this.ticking) {
      this.ticking = setInterval(() => {
        const waited = this.channel.waited("picture");
        this.waited.value = waited >= 300 ? waited : 0;
      }, 100);
    }
  }

  dispose() {
    this.channel.close();
    if (this.ticking) clearInterval(this.ticking);
    this.stopTimers();
  }
}
