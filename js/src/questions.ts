// What the kernel is asked beside the picture: statistics, hits, the pinned value; and what of it
// waits for a click because of its price.
import type { Signal } from "@preact/signals";
import type { Body, Channel, Lane } from "./channel";
import { RequestError, SendError } from "./channel";
import type { Cell, ValueDetail } from "./protocol";
import { type Offer, type OfferKey, View } from "./view";

/** Elements from which on a sample is summed up first. */
const LARGE = 1 << 24;
/** Hits asked for at once: whole screens of 7 rows. */
const HITS = 49;
/** How many the list of the first ones holds. */
export const TOP = 10;
const LOST = "The kernel has gone, so this could not be done: run the cell again";

export abstract class Questions extends View {
  abstract readonly channel: Channel;

  /** Where the answer to each question is kept, and how it is asked at its price. */
  readonly #questions: Record<OfferKey, { answer: Signal<unknown>; ask: () => void }> = {
    "stats tensor": { answer: this.stats.tensor, ask: () => this.askStats("tensor", 0, true) },
    "stats slice": { answer: this.stats.slice, ask: () => this.askStats("slice", 0, true) },
    hits: { answer: this.hits, ask: () => this.askHits(this.hitTop.value, 0, true) },
    slices: { answer: this.slices, ask: () => this.askSlices(0, true) },
    top: { answer: this.topPage, ask: () => this.askTop(0, true) },
    detail: { answer: this.detail, ask: () => this.askDetail(true) },
    tiles: { answer: this.tiles, ask: () => this.askTiles(0, true) },
    picture: { answer: this.frame, ask: () => this.askPriced() },
  };

  /** The kernel is out of reach. */
  protected abstract lose(phase: "silent" | "dead"): void;
  /** Reads the picture that waits for a click. */
  protected abstract askPriced(): void;
  abstract askFrame(): void;

  protected offer(key: OfferKey, change: Partial<Offer> | null) {
    const { [key]: old, ...rest } = this.offers.value;
    const none = { text: "", size: "", req: null, done: 0, total: 0 };
    this.offers.value = change ? { ...rest, [key]: { ...none, ...old, ...change } } : rest;
  }

  /** When statistics were last to be asked for. */
  #summedUp = 0;

  /** How often each question has become another one. */
  readonly #turns = new Map<OfferKey, number>();

  /** These questions are others now: their offers are taken back, and what runs for them stops. */
  protected withdraw(...keys: OfferKey[]) {
    for (const key of keys) {
      this.cancel(key);
      this.offer(key, null);
      this.#turns.set(key, (this.#turns.get(key) ?? 0) + 1);
    }
    const told = keys.filter((key) => this.#questions[key].answer.value !== null);
    this.old.value = new Set([...this.old.value, ...told]);
  }

  /** Stops a job; its offer stands again when the kernel has said so. */
  cancel(key: OfferKey) {
    const target = this.offers.value[key]?.req;
    if (!target) return;
    this.channel.request("cancel", { kind: "cancel", target }).catch((error) => this.fail(error));
  }

  /** Asks for something that may have a price; null if it has, or if a newer one took its place. */
  protected async priced(key: OfferKey, lane: Lane, body: () => Body, consent: boolean) {
    let turn: number | undefined;
    const told = (req: string): Body => {
      turn = this.#turns.get(key);
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
      // An answer to what was asked before it became another question is old as it comes.
      if (turn === this.#turns.get(key)) {
        this.old.value = new Set([...this.old.value].filter((one) => one !== key));
      }
      const { price } = answer.reply;
      this.offer(key, price ? { text: price.text, size: price.size, req: null } : null);
      // What stood where the offer stands now was told of another selection.
      if (price) this.#questions[key].answer.value = null;
      return price ? null : answer;
    } catch (error) {
      const running = this.offers.value[key];
      if (running?.req) this.offer(key, { req: null });
      if (error instanceof RequestError && error.kind === "CANCELLED") return null;
      throw error;
    }
  }

  /** Computes what an offer is about. */
  agree(key: OfferKey) {
    this.#questions[key].ask();
  }

  /** `field`, `text`: where something was typed, and what. */
  fail(error: unknown, field: string | null = null, text: string | null = null) {
    if (error instanceof SendError) {
      this.lose("dead");
      if (text !== null) this.trouble.value = { message: LOST, field, span: null, text };
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

  askStats(scope: "slice" | "tensor", delay = 120, consent = false) {
    // At once, where it is quiet: a delay is for those who go on and on.
    const quiet = performance.now() - this.#summedUp > 2 * delay;
    this.#summedUp = performance.now();
    this.soon(`stats ${scope}`, quiet ? 0 : delay, () => {
      if (!this.stats[scope].value && !consent) this.#askFirstLook(scope);
      this.priced(`stats ${scope}`, "stats", () => ({ kind: "stats", scope }), consent).then(
        (answer) => {
          if (answer?.reply.stats) this.stats[scope].value = answer.reply.stats;
        },
        (error) => this.fail(error),
      );
    });
  }

  /** Statistics of a sample, which say so, until the exact ones of a large tensor are there. */
  #askFirstLook(scope: "slice" | "tensor") {
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

  /** Lets go of the slices that were counted, or are. */
  forgetSlices() {
    this.withdraw("slices");
    this.slices.value = null;
  }

  /** Which slices hold the hits. */
  askSlices(delay = 60, consent = false) {
    const by = this.by.value;
    if (!by || !this.state.value?.where) return;
    this.soon("slices", delay, () => {
      const body = { kind: "hits", offset: 0, limit: 1, by: by.dim, scope: by.scope };
      this.priced("slices", "hits", () => body, consent).then(
        (answer) => {
          if (answer && this.by.value === by) this.slices.value = answer.reply.hits?.by ?? null;
        },
        (error) => {
          this.by.value = null;
          this.fail(error);
        },
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

  /** Statistics and marks of the tiles of a grid, and with them the order. */
  askTiles(delay = 60, consent = false) {
    this.soon("tiles", delay, () => {
      if (this.shape.value !== "grid") return;
      const body = () => ({ kind: "tiles", viewport: this.viewport(true, false) });
      this.priced("tiles", "stats", body, consent).then(
        (answer) => {
          const grid = this.state.value?.picture.grid;
          if (!answer || !grid) return;
          this.tiles.value = answer.reply.tiles ?? null;
          if (grid.sort && !grid.order) this.askFrame();
        },
        (error) => this.fail(error),
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

  /** Asks for the value under the cursor where the frame does not hold it. */
  readCursor() {
    const cell = this.cursor.peek() && this.focus.peek();
    if (cell && this.focusText.peek() === null) this.askRemote(cell);
  }

  /** Reads a cell that the frame on screen does not hold exactly. */
  askRemote(cell: Cell) {
    const grid = this.state.value?.picture.grid;
    // Of a pixel in colour all channels.
    const channels = Array.from({ length: grid?.rgb ? grid.size : 1 }, (_, k) =>
      cell.map((c, d) => (grid?.rgb && d === grid.dim ? grid.start + k * grid.step : c)),
    );
    Promise.all(channels.map((c, k) => this.#askValue(c, 80, `remote ${k}`))).then((values) => {
      const texts = values.map((value) => value?.text);
      if (texts.every((text) => text !== undefined)) {
        const labels = values[0]?.labels;
        this.remote.value = { cell: cell.join(), text: texts.join(" "), labels };
      }
    });
  }

  /** Where the next NaN or infinity after (or before) a cell of the picture is. */
  askAnomaly(cell: Cell | null, by: 1 | -1, found: (cell: Cell | null) => void) {
    const body = { kind: "anomaly", cell, by };
    this.channel.request("value", body, "anomaly").then(
      (answer) => answer && this.guard(() => found(answer.reply.cell ?? null)),
      (error) => this.fail(error),
    );
  }

  #askValue(cell: Cell, delay: number, key: string): Promise<ValueDetail | null> {
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
}
