// Requests to the kernel and their replies: ids, one in flight a lane, the newest wins,
// timeouts that free the lane but still take a late answer, errors returned to the asker.
import { type Push, type Reply, VERSION, type WireError } from "./protocol";

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  /** Moves a trait on the page's side alone, until something saves it. */
  set?(name: string, value: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

export class RequestError extends Error {
  readonly kind: string;
  readonly field: string | null;
  readonly span: [number, number] | null;
  constructor(error: WireError) {
    super(error.message);
    this.kind = error.kind;
    this.field = error.field ?? null;
    this.span = error.span ?? null;
  }
}

/** The message could not leave: the comm is closed or the kernel has gone. */
export class SendError extends Error {}

/** "job": what was agreed to and may take minutes; "cancel" goes past everything; "probe": a
 *  picture again, where none came. */
export type Lane =
  | ("picture" | "probe" | "stats" | "hits" | "value" | "job" | "cancel" | "first")
  /** A part of the front end; the numbers of the value table; a file in chunks; pictures that are
   *  not asked for yet. */
  | ("module" | "cells" | "file" | "ahead");
/** Lanes whose requests are asked again if an answer was lost. */
const RENEWED: readonly Lane[] = ["stats", "hits", "value", "module", "cells"];

export type Body = { kind: string } & Record<string, unknown>;

export interface Answer {
  reply: Reply;
  buffers: DataView[];
  /** Grows with each request: an answer older than the one shown is not painted. */
  order: number;
}

interface Waiting {
  /** A waiting request with the same key is replaced; null: never. */
  key: string | null;
  body: (req: string) => Body;
  resolve: (answer: Answer | null) => void;
  reject: (error: unknown) => void;
}
interface Flying extends Waiting {
  lane: Lane;
  order: number;
  since: number;
}

/** After this long without an answer the lane takes another request; longer each time. */
const PATIENCE = 3000;
const LONGEST = 60_000;
/** Requests that never came back are forgotten beyond this many. */
const KEPT = 64;

export class Channel {
  readonly #view = Math.random().toString(36).slice(2, 10);
  #counter = 0;
  readonly #flying = new Map<string, Flying>();
  readonly #current = new Map<Lane, string>();
  readonly #queues = new Map<Lane, Waiting[]>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** How many requests of a lane in a row had no answer in time. */
  readonly #silent = new Map<Lane, number>();
  #closed = false;
  /** What is held back leaves before anything that is asked for later. */
  before: (() => void) | null = null;

  constructor(
    private readonly model: Model,
    private readonly onPush: (push: Push) => void,
    private readonly onWait: () => void = () => {},
    /** No answer, and nothing that waits to be sent: an answer may have been lost. */
    private readonly onSilence: (lane: Lane) => void = () => {},
    /** Whether the host said that the kernel has gone: it may drop messages without a word. */
    private readonly gone: () => boolean = () => false,
  ) {
    model.on("msg:custom", this.#receive);
  }

  /**
   * Asks the kernel. Resolves with the answer, or with null if a newer request with the same
   * key took its place; rejects with a RequestError if the kernel refuses. `body` is called
   * when the request leaves, with its id, so that it can read what is true then.
   */
  request(lane: Lane, body: Body | ((req: string) => Body), key: string | null = null) {
    if (lane !== "ahead") this.before?.();
    return new Promise<Answer | null>((resolve, reject) => {
      if (this.#closed) return resolve(null);
      const queue = this.#queues.get(lane) ?? [];
      this.#queues.set(lane, queue);
      if (key !== null) {
        // Removed and appended, not replaced where it stands: what came in between stays before.
        const at = queue.findIndex((w) => w.key === key);
        if (at >= 0) queue.splice(at, 1)[0].resolve(null);
      }
      queue.push({ key, body: typeof body === "function" ? body : () => body, resolve, reject });
      this.#pump(lane);
    });
  }

  /** The order of the newest request that has left. */
  get newest(): number {
    return this.#counter;
  }

  /** How long the oldest unanswered request of a lane has waited, in ms; 0 if none does. */
  waited(lane: Lane): number {
    let since = Number.POSITIVE_INFINITY;
    for (const f of this.#flying.values()) if (f.lane === lane) since = Math.min(since, f.since);
    return since === Number.POSITIVE_INFINITY ? 0 : performance.now() - since;
  }

  /** True while a request of the lane is unanswered. */
  busy(lane: Lane): boolean {
    for (const f of this.#flying.values()) if (f.lane === lane) return true;
    return false;
  }

  #pump(lane: Lane) {
    if (this.#closed || this.#current.has(lane)) return;
    const next = this.#queues.get(lane)?.shift();
    if (!next) return;
    const order = ++this.#counter;
    const req = `${this.#view}:${order}`;
    this.#flying.set(req, { ...next, lane, order, since: performance.now() });
    this.#current.set(lane, req);
    this.#timers.set(
      req,
      setTimeout(() => this.#overdue(lane, req), this.#patience(lane)),
    );
    this.#forget();
    try {
      if (this.gone()) throw new Error("The host said that the kernel has gone");
      this.model.send({ v: VERSION, req, ...next.body(req) });
    } catch (error) {
      this.#drop(req);
      next.reject(new SendError("The kernel cannot be reached", { cause: error }));
      this.#release(lane, req);
    }
    this.onWait();
  }

  #patience(lane: Lane): number {
    return Math.min(LONGEST, PATIENCE * 2 ** Math.min(10, this.#silent.get(lane) ?? 0));
  }

  /** A late answer is still taken; until then another request may go. */
  #overdue(lane: Lane, req: string) {
    this.#silent.set(lane, (this.#silent.get(lane) ?? 0) + 1);
    const waiting = this.#queues.get(lane)?.length ?? 0;
    this.#release(lane, req);
    if (waiting === 0) this.onSilence(lane);
  }

  /** Asks again for what has had no answer in time, but pictures: their newest answer is enough. */
  renew() {
    for (const [req, old] of [...this.#flying]) {
      if (!RENEWED.includes(old.lane) || this.#current.get(old.lane) === req) continue;
      this.#drop(req);
      this.request(old.lane, old.body, old.key).then(old.resolve, old.reject);
    }
  }

  #release(lane: Lane, req: string) {
    if (this.#current.get(lane) === req) this.#current.delete(lane);
    this.#pump(lane);
  }

  #drop(req: string) {
    clearTimeout(this.#timers.get(req));
    this.#timers.delete(req);
    this.#flying.delete(req);
  }

  #forget() {
    for (const [req, old] of this.#flying) {
      if (this.#flying.size <= KEPT) return;
      this.#drop(req);
      old.resolve(null);
    }
  }

  #receive = (content: Reply | Push, buffers?: (DataView | ArrayBuffer)[]) => {
    if (this.#closed || !content || typeof content !== "object") return;
    if ("push" in content) return this.onPush(content);
    const asked = this.#flying.get(content.req);
    if (!asked) {
      // Another view's, or one given up: it may tell of a newer state.
      if (content.ok && content.state) {
        const info = content.info ?? null;
        this.onPush({ v: content.v, push: "state", state: content.state, info });
      }
      if (content.ok && content.watch) {
        this.onPush({ v: content.v, push: "news", watch: content.watch });
      }
      return;
    }
    this.#drop(content.req);
    if (asked.lane === "picture" || asked.lane === "probe") {
      this.#overtake(asked.order);
      if (this.#silent.delete("picture")) this.renew();
    }
    this.#silent.delete(asked.lane);
    const views = (buffers ?? []).map((b) => (b instanceof DataView ? b : new DataView(b)));
    if (content.ok) asked.resolve({ reply: content, buffers: views, order: asked.order });
    else asked.reject(new RequestError(content.error ?? UNKNOWN));
    this.#release(asked.lane, content.req);
    this.onWait();
  };

  /** Gives up on pictures that were asked for before one that is here: theirs were lost. */
  #overtake(order: number) {
    for (const [req, old] of [...this.#flying]) {
      if (old.lane !== "picture" || old.order >= order) continue;
      this.#drop(req);
      old.resolve(null);
    }
  }

  /** Stops listening, and tells the kernel; whoever still waits gets null. */
  close() {
    this.#closed = true;
    try {
      this.model.send({ v: VERSION, req: `${this.#view}:0`, kind: "bye" });
    } catch {
      // The kernel has gone first: nobody is left to be told.
    }
    this.model.off("msg:custom", this.#receive);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const f of this.#flying.values()) f.resolve(null);
    for (const queue of this.#queues.values()) for (const w of queue) w.resolve(null);
    this.#flying.clear();
    this.#queues.clear();
    this.#timers.clear();
  }
}

const UNKNOWN: WireError = {
  kind: "UNKNOWN",
  message: "The kernel refused without saying why",
  field: null,
  span: null,
};
