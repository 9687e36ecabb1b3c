// Stands in for anywidget's model on a page without a kernel: hands requests to the player.
import type { Model } from "../channel";
import { type Reply, VERSION } from "../protocol";
import { Missing, type Player } from "./player";

type Callback = (...args: never[]) => void;

export class RecordedModel implements Model {
  readonly #listeners = new Map<string, Set<Callback>>();

  constructor(
    private readonly player: Player,
    private readonly traits: Record<string, unknown>,
  ) {}

  get(name: string): unknown {
    return this.traits[name];
  }

  on(event: string, callback: Callback) {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: Callback) {
    this.#listeners.get(event)?.delete(callback);
  }

  send(content: unknown) {
    const request = content as { req: string; kind: string } & Record<string, unknown>;
    if (request.kind === "bye") return;
    // Later, as a kernel would: whoever asks has not yet begun to wait.
    queueMicrotask(() => {
      const head = { v: VERSION, req: request.req };
      try {
        const { reply, buffers } = this.player.answer(request);
        this.#emit({ ...head, ok: true, ...reply }, buffers);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const field = error instanceof Missing ? error.field : null;
        this.#emit({
          ...head,
          ok: false,
          error: { kind: "NO_KERNEL", message, field, span: null },
        });
      }
    });
  }

  #emit(reply: Reply, buffers: DataView[] = []) {
    for (const callback of this.#listeners.get("msg:custom") ?? []) {
      (callback as (reply: Reply, buffers: DataView[]) => void)(reply, buffers);
    }
  }
}
