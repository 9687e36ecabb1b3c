// A view with its kernel: reached, lost and back again, and what it tells unasked.
import { Channel, type Model } from "./channel";
import { Pictures } from "./pictures";
import type { Info, Push } from "./protocol";
import type { OfferKey, Snapshot } from "./view";

/** Without an answer to the first message for this long, the snapshot is shown. */
const HELLO = 3000;

export class Store extends Pictures {
  readonly channel: Channel;

  #ticking: ReturnType<typeof setInterval> | null = null;

  /** The host said that the kernel has gone. */
  gone = false;

  constructor(readonly model: Model) {
    super();
    this.channel = new Channel(
      model,
      (push) => this.guard(() => this.#takePush(push)),
      () => this.#watchWait(),
      (lane) => (lane === "picture" || lane === "probe") && this.guard(() => this.#probe()),
      () => this.gone,
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
    this.ask(() => ({ kind: "hello", first: true, viewport: this.viewport() }), "hello");
  }

  /** Whether the host said that the kernel has gone; ipywidgets may mark what it showed. */
  disconnected(): boolean {
    return this.gone || this.root?.closest(".jupyter-widgets-disconnected") != null;
  }

  /** The host said something of the kernel: that it lives, or not; null: it did not say which. */
  checkKernel(live: boolean | null) {
    this.gone = live === false;
    if (this.disconnected()) this.lose("dead");
    else if (this.phase.value === "dead") this.start();
  }

  /** An answer may have been lost: asks what is true now, which needs no other answer before. */
  #probe() {
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
  protected lose(phase: "silent" | "dead") {
    if (this.phase.value === "closed") return;
    const now = new Date();
    this.stoppedAt.value =
      this.snapshot.value?.time && !this.frame.value
        ? this.snapshot.value.time
        : `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
    this.phase.value = phase;
    this.changes.release(false);
  }

  takeSnapshot() {
    const snapshot = this.model.get("snapshot") as Snapshot | null;
    this.snapshot.value = snapshot?.png || snapshot?.text ? snapshot : null;
    this.stats.tensor.value ??= snapshot?.stats ?? null;
  }

  #takePush(push: Push) {
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
      this.changes.release(false);
      return;
    }
    if (push.push === "state") this.adopt(push.state, push.info);
  }

  /** Counts the wait for a picture aloud, from 300 ms on. */
  #watchWait() {
    const busy = this.channel.busy("picture");
    if (!busy) {
      if (this.#ticking) clearInterval(this.#ticking);
      this.#ticking = null;
      this.waited.value = 0;
    } else if (!this.#ticking) {
      this.#ticking = setInterval(() => {
        const waited = this.channel.waited("picture");
        this.waited.value = waited >= 300 ? waited : 0;
      }, 100);
    }
  }

  dispose() {
    this.channel.close();
    if (this.#ticking) clearInterval(this.#ticking);
    this.stopTimers();
  }
}
