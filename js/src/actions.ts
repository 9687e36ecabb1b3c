// What people can do, as one function each: a change of this view, or a request to the kernel.
import { searching } from "./actions/hits";
import { looking } from "./actions/look";
import { selecting } from "./actions/select";
import { pacer, sender } from "./actions/send";
import { showing } from "./actions/show";
import { tiling } from "./actions/tiles";
import { cellAt } from "./picture";
import type { Store } from "./store";

export type Actions = ReturnType<typeof makeActions>;

export function makeActions(store: Store) {
  const send = sender(store);
  const paced = pacer(store);
  const look = looking(store, send);
  const tiles = tiling(store, send);
  // Keys that mean one thing or another, by what is shown.
  const either = {
    /** Pins what the cursor is on; in a grid, opens the tile. */
    enter() {
      const state = store.state.value;
      const cursor = store.cursor.value;
      if (!state || !cursor) return;
      if (store.shape.value === "grid") tiles.openTile(cursor.tile);
      else look.pin(cellAt(state, cursor));
    },

    /** Escape, one thing at a time: help, the trouble, the pin, the cursor, the open tile. */
    back() {
      const state = store.state.value;
      if (store.help.value) store.help.value = false;
      else if (store.trouble.value) store.trouble.value = null;
      else if (store.cell.value) {
        store.cursor.value = null;
        look.pin(null);
      } else if (store.cursor.value?.by === "key") store.cursor.value = null;
      else if (state && !state.picture.grid) tiles.backToTiles();
    },
  };
  return guarded(store, {
    ...look,
    ...tiles,
    ...either,
    ...selecting(store, send, paced),
    ...searching(store, send, look.pin),
    ...showing(store, send, paced),
  });
}

/** Every action, with what it throws shown in the alert. */
function guarded<T extends Record<string, (...args: never[]) => unknown>>(store: Store, all: T): T {
  const out: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(all)) {
    out[name] = (...args: never[]) => store.guard(() => run(...args));
  }
  return out as T;
}
