// What people can do, as one function each: a change of this view, or a request to the kernel.
import { nextAnomaly } from "./anomaly";
import { namedOf } from "./conditions";
import {
  cellAt,
  columnsOf,
  covers,
  heldIndex,
  positionOf,
  rankOf,
  reshapes,
  rowsOf,
  wholeOf,
} from "./picture";
import type { Cell, ConditionChange, HitSort, Patch, Role } from "./protocol";
import type { Store } from "./store";
import { type CodeTab, type OfferKey, TILES, type Top } from "./view";
import { pan, reveal, zoom } from "./viewport";

export type Actions = ReturnType<typeof makeActions>;

export function makeActions(store: Store) {
  const send = (patch: Patch, key: string | null, text?: string) => {
    if (reshapes(patch)) {
      store.rect.value = null;
      store.seen = null;
    }
    store.update(patch, key, text);
  };

  // A drag sends its first value at once, then the newest of many each animation frame.
  const pending = new Map<string, () => void>();
  let resting = true;
  const flush = () => {
    resting = pending.size === 0;
    if (resting) return;
    const all = [...pending.values()];
    pending.clear();
    for (const run of all) store.guard(run);
    requestAnimationFrame(flush);
  };
  const paced = (key: string, run: () => void) => {
    if (!resting) {
      pending.set(key, run);
      return;
    }
    resting = false;
    run();
    requestAnimationFrame(flush);
  };

  const actions = {
    setExpr: (text: string) => send({ expr: text }, "expr", text),
    setWhere(text: string) {
      if (!store.adding.value || !text.trim()) send({ where: text }, "where", text);
      else actions.condition({ add: freeName(store), where: text }, text);
      store.adding.value = false;
    },
    condition: (change: ConditionChange, text?: string) => send({ condition: change }, null, text),
    undo: () => send({ undo: true }, null),
    redo: () => send({ redo: true }, null),

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
    setIndex(dim: number, index: number) {
      store.hand.value = { ...store.hand.value, [dim]: index };
      store.handPending = true;
      paced(`index ${dim}`, () => {
        store.handPending = false;
        send({ index: [dim, index] }, `index ${dim}`);
      });
    },
    setSlot: (dim: number, text: string) =>
      paced(`slot ${dim}`, () => send({ slot: [dim, text] }, `slot ${dim}`)),
    setRole: (role: Role, dim: number | null) => send({ role: [role, dim] }, null),
    setReduce: (dim: number, op: string | null) => send({ reduce: [dim, op] }, null),
    swap: () => send({ swap: true }, null),
    pin(cell: Cell | null) {
      store.cellHand.value = cell;
      send({ cell }, "cell");
    },
    setRange: (range: [number, number] | null) => {
      store.range.value = range;
      paced("range", () => send({ colour: { range } }, "range"));
    },
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
    setMap: (map: string) => send({ colour: { map } }, "map"),

    /** Puts the picture's colours behind the numbers: then the picture is asked for too. */
    setTint(tint: boolean) {
      store.tint.value = tint;
      if (tint) store.askFrame();
    },

    /** Shows the numbers in the picture's place, or the picture again. */
    toggleTable() {
      const state = store.state.value;
      if (!state) return;
      const tree = store.root?.getRootNode() as Document | ShadowRoot | undefined;
      store.focusNext = !!tree?.activeElement?.closest(".ts-picture");
      send({ table: !state.table }, "table");
    },

    agree: (key: OfferKey) => store.agree(key),
    cancel: (key: OfferKey) => store.cancel(key),

    /** Gives a dim a role by one letter: rows, columns, grid, reduce, index. */
    roleByKey(dim: number, key: string) {
      const state = store.state.value;
      if (!state) return;
      const role = { r: "rows", c: "columns", g: "grid" }[key] as Role | undefined;
      if (role) actions.setRole(role, dim);
      else if (key === "m") actions.setReduce(dim, "mean");
      else if (key === "i") send({ index: [dim, heldIndex(state, dim)] }, `index ${dim}`);
    },

    /** Marks what lies between two numbers. */
    setBetween: (low: string, high: string) =>
      paced("where", () => send({ where: `${low} <= x <= ${high}` }, "where")),

    /** Moves the threshold, keeping the comparison that stands. */
    setThreshold(value: string) {
      const op = store.state.value?.threshold?.op ?? ">";
      paced("where", () => send({ where: `x ${op} ${value}` }, "where"));
    },

    /** Steps an index dim: the one given, else the last one that has more than one index. */
    stepIndex(by: number, dim?: number) {
      const state = store.state.value;
      const info = store.info.value;
      if (!state || !info) return;
      const movable = info.shape.flatMap((size, d) =>
        size > 1 && state.slots[d].kind === "index" && typeof state.picture.held[d] === "number"
          ? [d]
          : [],
      );
      const target = dim !== undefined && movable.includes(dim) ? dim : movable.at(-1);
      if (target === undefined) return;
      const index = store.indexOf(target) + by;
      actions.setIndex(target, Math.min(info.shape[target] - 1, Math.max(0, index)));
    },

    /** Moves the cursor by cells, from itself, the pin, or the first visible cell. */
    moveCursor(dRow: number, dCol: number) {
      const state = store.state.value;
      if (!state) return;
      const rect = store.rect.value ?? wholeOf(state);
      const first = { row: rect.row0, col: rect.col0, tile: store.tileFrom.value };
      const from = store.cursor.value ?? store.pinned.value;
      const at = from ?? first;
      const clamp = (x: number, size: number) => Math.min(size - 1, Math.max(0, x));
      const to = from
        ? { row: clamp(at.row + dRow, rowsOf(state)), col: clamp(at.col + dCol, columnsOf(state)) }
        : { row: at.row, col: at.col };
      store.cursor.value = { ...to, tile: at.tile, by: "key" };
      if (store.rect.value) {
        store.look(reveal(store.rect.value, to, rowsOf(state), columnsOf(state)));
      }
      actions.readCursor();
    },

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
      actions.readCursor();
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

    /** Asks for the value under the cursor where the frame does not hold it. */
    readCursor() {
      const cell = store.focus.value;
      if (cell && store.focusText.value === null) store.askRemote(cell);
    },

    /** Pins what the cursor is on; in a grid, opens the tile. */
    enter() {
      const state = store.state.value;
      const cursor = store.cursor.value;
      if (!state || !cursor) return;
      if (store.shape.value === "grid") actions.openTile(cursor.tile);
      else actions.pin(cellAt(state, cursor));
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

    /** Escape, one thing at a time: help, the trouble, the pin, the cursor, the open tile. */
    back() {
      const state = store.state.value;
      if (store.help.value) store.help.value = false;
      else if (store.trouble.value) store.trouble.value = null;
      else if (store.cell.value) {
        store.cursor.value = null;
        actions.pin(null);
      } else if (store.cursor.value?.by === "key") store.cursor.value = null;
      else if (state && !state.picture.grid) actions.backToTiles();
    },

    /** From an opened tile to all of them. */
    backToTiles() {
      if (store.lastGrid.value === null) return;
      store.focusNext = true;
      actions.setRole("grid", store.lastGrid.value);
    },

    zoomBy(factor: number, at?: { row: number; col: number }) {
      const state = store.state.value;
      if (!state) return;
      const rect = store.rect.value ?? wholeOf(state);
      const middle = {
        row: Math.floor((rect.row0 + rect.row1) / 2),
        col: Math.floor((rect.col0 + rect.col1) / 2),
      };
      const anchor = at ?? store.cursor.value ?? store.pinned.value ?? middle;
      store.look(zoom(rect, factor, anchor, rowsOf(state), columnsOf(state)));
    },
    panBy(dRow: number, dCol: number) {
      const state = store.state.value;
      if (!state || !store.rect.value) return;
      store.look(pan(store.rect.value, dRow, dCol, rowsOf(state), columnsOf(state)));
    },
    fit: () => store.look(null),

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
      if (row) actions.pin(row.cell);
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
      store.sort.value = sort;
      store.hits.value = store.hits.value && { ...store.hits.value, rows: [] };
      store.askHits(0, 0);
    },

    chooseTab(tab: CodeTab) {
      store.tab.value = tab;
    },

    setScope(scope: "slice" | "tensor") {
      store.scope.value = scope;
      if (!store.stats[scope].value) store.askStats(scope, 0);
    },

    toggleHelp: () => {
      store.help.value = !store.help.value;
    },

    /** Pins the next (1) or previous (-1) NaN or infinity; asks for a closer look if reduced. */
    nextAnomaly(by: 1 | -1) {
      const state = store.state.value;
      const frame = store.frame.value;
      const start = store.pinned.value ?? store.cursor.value;
      const found = state && frame && nextAnomaly(frame, start, by);
      if (!state || !frame) return;
      const all = frame.exact && covers(frame, wholeOf(state));
      if (found && all) actions.jump(cellAt(state, found));
      else {
        // What is on screen is a part, or reduced: the kernel knows where the next one is.
        store.askAnomaly(store.cell.value, by, (cell) => {
          const to = cell ?? store.stats.tensor.value?.warnings.find((w) => w.cell)?.cell;
          if (to) actions.jump(to, true);
        });
      }
    },

    refresh: () => store.ask(() => ({ kind: "refresh", viewport: store.viewport() }), "refresh"),

    /** Asks a kernel that was gone once more. */
    retry() {
      store.phase.value = "connecting";
      store.start();
    },

    /** Jumps to a cell anywhere in the tensor; `closer`: so near that it can be told apart. */
    jump(cell: Cell, closer = false) {
      store.cursor.value = null;
      actions.pin(cell);
      const state = store.state.value;
      const at = state && positionOf(state, cell);
      if (!state || !at || store.shape.value !== "plane") return;
      const [rows, columns] = [rowsOf(state), columnsOf(state)];
      const rect = store.rect.value;
      const near = rect && rect.row1 - rect.row0 <= 64 && rect.col1 - rect.col0 <= 64;
      if (closer && !near) store.look(around(at, rows, columns));
      else if (rect) store.look(reveal(rect, at, rows, columns));
    },
  };
  return guarded(store, actions);
}

/** The first letter that no condition is called; the one without a name will be A. */
function freeName(store: Store): string {
  const taken = namedOf(store.state.value).map((one) => one.name || "A");
  return [..."ABCDEFGH"].find((letter) => !taken.includes(letter)) ?? "I";
}

/** A rectangle of at most 64 × 64 positions about one. */
function around(at: { row: number; col: number }, rows: number, columns: number) {
  const side = (p: number, size: number) => {
    const from = Math.max(0, Math.min(size - 64, p - 32));
    return [from, Math.min(size, from + 64)];
  };
  const [row0, row1] = side(at.row, rows);
  const [col0, col1] = side(at.col, columns);
  return { row0, row1, col0, col1 };
}

/** Every action, with what it throws shown in the alert. */
function guarded<T extends Record<string, (...args: never[]) => unknown>>(store: Store, all: T): T {
  const out: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(all)) {
    out[name] = (...args: never[]) => store.guard(() => run(...args));
  }
  return out as T;
}
