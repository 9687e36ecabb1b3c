// Stands in for anywidget's model: hands requests to a fake kernel and its answers back.
import type { Model } from "../src/channel";
import type { FakeKernel } from "./kernel";

type Callback = (...args: never[]) => void;

export class FakeModel implements Model {
  private readonly listeners = new Map<string, Set<Callback>>();
  readonly sent: Record<string, unknown>[] = [];
  /** Milliseconds until an answer; null: the kernel does not answer. */
  delay: number | null = 5;

  constructor(
    readonly kernel: FakeKernel | null,
    readonly traits: Record<string, unknown> = {},
  ) {}

  get(name: string): unknown {
    return this.traits[name] ?? (name === "info" ? this.kernel?.info : {});
  }
  set(name: string, value: unknown) {
    this.traits[name] = value;
  }
  on(event: string, callback: Callback) {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(callback));
  }
  off(event: string, callback: Callback) {
    this.listeners.get(event)?.delete(callback);
  }
  /** The view that callbacks are called with, as in ipywidgets. */
  readonly view = { model: { comm_live: true } };
  emit(event: string, ...args: unknown[]) {
    for (const callback of this.listeners.get(event) ?? []) {
      (callback as (...all: unknown[]) => void).call(this.view, ...args);
    }
  }
  send(content: unknown) {
    const message = structuredClone(content) as { req: string; kind: string };
    this.sent.push(message);
    if (!this.kernel || this.delay === null) return;
    setTimeout(() => {
      const [reply, buffers] = this.kernel!.answer(message);
      this.emit("msg:custom", structuredClone(reply), buffers);
    }, this.delay);
  }
  /** How many callbacks are registered; none may be left after clean-up. */
  get listening(): number {
    let n = 0;
    for (const set of this.listeners.values()) n += set.size;
    return n;
  }
}
