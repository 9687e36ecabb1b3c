// How actions reach the kernel: as a patch, and of a drag no more than one each animation frame.
import { reshapes } from "../picture";
import type { Patch } from "../protocol";
import type { Store } from "../store";

/** `key`: a waiting patch with the same one is replaced; `text`: what was typed. */
export type Send = (patch: Patch, key: string | null, text?: string) => void;
/** Runs something for a key now, or at the next frame in place of what waits there. */
export type Pace = (key: string, run: () => void) => void;

export const sender =
  (store: Store): Send =>
  (patch, key, text) => {
    if (reshapes(patch)) {
      store.rect.value = null;
      store.seen = null;
    }
    store.update(patch, key, text);
  };

export function pacer(store: Store): Pace {
  // A drag sends its first value at once, then the newest of many each animation frame.
  const pending = new Map<string, () => void>();
  let resting = true;
  const flush = () => {
    resting = pending.size === 0;
    if (resting) return;
    const all = [...pending.values()];
    pending.clear();
    for (const run of all) {
      store.guard(run);
      store.changes.end();
    }
    requestAnimationFrame(flush);
  };
  return (key, run) => {
    if (!resting) {
      if (!pending.has(key)) store.changes.begin();
      pending.set(key, run);
      return;
    }
    resting = false;
    run();
    requestAnimationFrame(flush);
  };
}
