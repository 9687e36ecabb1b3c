// Actions on a grid of tiles: their order, the cursor over them, one opened and all again.
import { rankOf } from "../picture";
import type { Store } from "../store";
import { TILES } from "../view";
import type { Send } from "./send";

export function tiling(store: Store, send: Send) {
  const actions = {
    setSort(sort: string | null) {
      store.tileFrom.value = 0;
      send({ sort }, "sort");
    },

    /** Sorts tiles by their distance to one: where the cursor is, else the first. */
    sortByDistance(name: string, position?: number) {
      const grid = store.state.value?.picture.grid;
      if (!grid || grid.rgb) return;
      const tile = position ?? store.cursor.value?.tile ?? store.pinned.value?.tile ?? 0;
      actions.setSort(`${name} ${grid.start + tile * grid.step}`);
    },

    setRgb: (dim: number) => send({ rgb: dim }, null),

    /** Shows the planes of a picture in colour as tiles. */
    setTiles: () => send({ rgb: null }, null),

    /** Moves the cursor over the tiles of a grid. */
    moveTile(by: number) {
      const state = store.state.value;
      if (!state?.picture.grid) return;
      const from = store.cursor.value;
      const rank = from ? rankOf(state, from.tile) : by > 0 ? -1 : 1;
      actions.goToTile(rank + by);
    },

    /** Puts the cursor on a tile by its place in the order, and shows the page it is on. */
    goToTile(place: number) {
      const grid = store.state.value?.picture.grid;
      if (!grid) return;
      const last = Math.min(grid.size, grid.order?.length ?? grid.size) - 1;
      const rank = Math.min(last, Math.max(0, place));
      const { row = 0, col = 0 } = store.cursor.value ?? {};
      const page = Math.floor(rank / TILES) * TILES;
      if (page !== store.tileFrom.value) actions.showTiles(page);
      store.cursor.value = { row, col, tile: grid.order?.[rank] ?? rank, by: "key" };
      store.readCursor();
    },

    /** Goes to the next tile that is marked as dead, saturated or not finite. */
    nextMarked() {
      const state = store.state.value;
      const marked = store.tiles.value?.marked ?? [];
      if (!state?.picture.grid || marked.length === 0) return;
      const tile = store.cursor.value?.tile;
      const rank = tile === undefined ? -1 : rankOf(state, tile);
      actions.goToTile(marked.find((place) => place > rank) ?? marked[0]);
    },

    openTile(tile: number) {
      const grid = store.state.value?.picture.grid;
      store.focusNext = true;
      if (grid) send({ index: [grid.dim, grid.start + tile * grid.step] }, null);
    },

    showTiles(from: number) {
      store.tileFrom.value = from;
      store.askFrame();
      store.askTiles(0);
    },

    /** From an opened tile to all of them. */
    backToTiles() {
      if (store.lastGrid.value === null) return;
      store.focusNext = true;
      send({ role: ["grid", store.lastGrid.value] }, null);
    },
  };
  return actions;
}
