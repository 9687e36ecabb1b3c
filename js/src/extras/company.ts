// Scopes that are linked, on one page: cursor and zoom go from one to the others without the
// kernel; selections go through it. Each store is in the groups that its state names.
import type { Signal } from "@preact/signals";
import type { State } from "../protocol";
import { cellAt, columnsOf, effect, positionOf, rowsOf, sameRect } from "../shared";
import type { Store } from "../store";
import type { Cursor } from "../view";
import type { Rect } from "../viewport";

const groups = new Map<string, Set<Store>>();

/** Keeps a store in its groups; returns how to stop. */
export function keepCompany(store: Store): () => void {
  let mine: string[] = [];
  const join = (ids: string[]) => {
    for (const id of mine) if (!ids.includes(id)) leave(id, store);
    for (const id of ids) {
      const group = groups.get(id) ?? new Set();
      groups.set(id, group.add(store));
    }
    mine = ids;
    for (const id of ids) for (const one of groups.get(id) ?? []) meet(one);
    meet(store);
  };
  const stops = [
    effect(() => {
      const closed = store.phase.value === "closed";
      const ids = closed ? [] : (store.state.value?.links ?? []).map((link) => link.id);
      if (ids.join() !== mine.join()) join(ids);
    }),
    carry<Cursor | null>(store, "cursor", (peer, at) => {
      const to = at && placeFor(store, peer, at);
      if (JSON.stringify(to) === JSON.stringify(peer.cursor.peek())) return null;
      return () => {
        peer.cursor.value = to;
        if (to) peer.readCursor();
      };
    }),
    carry<Rect | null>(store, "rect", (peer, rect) => {
      const [one, other] = [store.state.peek(), peer.state.peek()];
      const now = peer.rect.peek();
      const same = rect && now ? sameRect(rect, now) : rect === now;
      if (!one || !other || !alike(one, other) || same) return null;
      return () => peer.look(rect);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    join([]);
  };
}

function leave(id: string, store: Store) {
  const group = groups.get(id);
  group?.delete(store);
  if (group?.size === 0) groups.delete(id);
  for (const one of group ?? []) meet(one);
}

const companyOf = (store: Store, colours = false): Store[] => {
  const links = (store.state.peek()?.links ?? []).filter((link) => link.colours || !colours);
  const all = new Set(links.flatMap(({ id }) => [...(groups.get(id) ?? [])]));
  all.delete(store);
  return [...all];
};

/** Tells a store with whom it shares its colours. */
function meet(store: Store) {
  const peers = companyOf(store, true);
  const known = store.peers.peek();
  if (peers.length !== known.length || peers.some((one, k) => one !== known[k])) {
    store.peers.value = peers;
  }
}

/** What a store was told by another is no news of its own. */
const told = new WeakSet<object>();

/** Passes a signal on whenever it moves by itself. `plan` tells what to do for a peer, if anything. */
function carry<T>(
  store: Store,
  name: "cursor" | "rect",
  plan: (peer: Store, value: T) => (() => void) | null,
): () => void {
  const signal = store[name] as unknown as Signal<T>;
  let first = true;
  return effect(() => {
    const value = signal.value;
    if (first || told.delete(signal)) {
      first = false;
      return;
    }
    for (const peer of companyOf(store)) {
      const move = plan(peer, value);
      if (!move) continue;
      const before = peer[name].peek();
      told.add(peer[name]);
      peer.guard(move);
      if (peer[name].peek() === before) told.delete(peer[name]); // it has not moved after all
    }
  });
}

const alike = (one: State, other: State) =>
  rowsOf(one) === rowsOf(other) && columnsOf(one) === columnsOf(other);

/** Where a peer has what the cursor is on: the same place of a picture of the same size, else the
 *  same coordinates. */
function placeFor(store: Store, peer: Store, at: Cursor): Cursor | null {
  const [one, other] = [store.state.peek(), peer.state.peek()];
  if (!one || !other) return null;
  const tiles = other.picture.grid?.size ?? 1;
  if (alike(one, other)) return at.tile < tiles ? at : null;
  const place = positionOf(other, cellAt(one, at));
  return place && { ...place, by: at.by };
}
