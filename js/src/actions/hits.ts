// Actions on hits: through the list of them, in another order, by slice.
import type { Cell, HitSort } from "../protocol";
import type { Store } from "../store";
import type { Top } from "../view";
import type { Send } from "./send";

export function searching(store: Store, send: Send, pin: (cell: Cell | null) => void) {
  const actions = {
    /** Counts hits along a dim: in the whole tensor where the selection has one index there. */
    countBy(dim: number | null) {
      const slot = dim === null ? null : store.state.value?.slots[dim];
      store.forgetSlices();
      store.by.value =
        dim === null ? null : { dim, scope: slot?.kind === "slice" ? "slice" : "tensor" };
      store.askSlices(0);
    },

    countIn(scope: "slice" | "tensor") {
      store.forgetSlices();
      if (store.by.value) store.by.value = { ...store.by.value, scope };
      store.askSlices(0);
    },

    goToSlice: (dim: number, index: number) => send({ index: [dim, index] }, null),

    /** Pins a hit, and keeps it in the list's window. */
    goToHit(index: number) {
      const page = store.list.value;
      if (!page || page.count === 0) return;
      const last = store.top.value ? page.rows.length : page.count;
      const to = Math.min(last - 1, Math.max(0, index));
      const row = page.rows[to - page.offset];
      const top = store.hitTop.value;
      if (store.top.value) store.hitTop.value = 0;
      else if (to < top) store.askHits(to, 0);
      else if (to >= top + 7) store.askHits(to - 6, 0);
      if (row) pin(row.cell);
    },

    stepHit(by: number) {
      const page = store.list.value;
      const pin = store.cell.value?.join();
      if (!page) return;
      const at = page.rows.findIndex((row) => row.cell.join() === pin);
      actions.goToHit(at < 0 ? store.hitTop.value : page.offset + at + by);
    },

    pageHits(by: number) {
      const count = store.hits.value?.count ?? 0;
      const last = Math.max(0, Math.floor((count - 1) / 7) * 7);
      store.askHits(Math.min(last, Math.max(0, store.hitTop.value + 7 * by)), 0);
    },

    /** Lists the ten first in an order, or the hits again. */
    chooseTop(top: Top | null) {
      store.top.value = top;
      store.topPage.value = null;
      store.hitTop.value = 0;
      if (top) store.askTop(0);
      else store.askHits(0, 0);
    },

    sortHits(sort: HitSort) {
      store.sortHand.value = sort;
      store.hits.value = store.hits.value && { ...store.hits.value, rows: [] };
      store.askHits(0, 0);
    },
  };
  return actions;
}
