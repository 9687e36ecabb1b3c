// Actions on the selection: what is typed, indices, roles, conditions.
import { namedOf } from "../conditions";
import { heldIndex } from "../picture";
import type { ConditionChange, Role } from "../protocol";
import type { Store } from "../store";
import type { Pace, Send } from "./send";

export function selecting(store: Store, send: Send, paced: Pace) {
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

    setIndex(dim: number, index: number) {
      store.hand.value = { ...store.hand.value, [dim]: index };
      store.handPending = true;
      paced(`index ${dim}`, () => {
        store.handPending = false;
        send({ index: [dim, index] }, `index ${dim}`);
      });
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

    setSlot: (dim: number, text: string) =>
      paced(`slot ${dim}`, () => send({ slot: [dim, text] }, `slot ${dim}`)),

    setRole: (role: Role, dim: number | null) => send({ role: [role, dim] }, null),

    setReduce: (dim: number, op: string | null) => send({ reduce: [dim, op] }, null),

    /** Gives a dim a role by one letter: rows, columns, grid, reduce, index. */
    roleByKey(dim: number, key: string) {
      const state = store.state.value;
      if (!state) return;
      const role = { r: "rows", c: "columns", g: "grid" }[key] as Role | undefined;
      if (role) actions.setRole(role, dim);
      else if (key === "m") actions.setReduce(dim, "mean");
      else if (key === "i") send({ index: [dim, heldIndex(state, dim)] }, `index ${dim}`);
    },

    swap: () => send({ swap: true }, null),

    /** Marks what lies between two numbers. */
    setBetween: (low: string, high: string) =>
      paced("where", () => send({ where: `${low} <= x <= ${high}` }, "where")),

    /** Moves the threshold, keeping the comparison that stands. */
    setThreshold(value: string) {
      const op = store.state.value?.threshold?.op ?? ">";
      paced("where", () => send({ where: `x ${op} ${value}` }, "where"));
    },
  };
  return actions;
}

/** The first letter that no condition is called; the one without a name will be A. */
function freeName(store: Store): string {
  const taken = namedOf(store.state.value).map((one) => one.name || "A");
  return [..."ABCDEFGH"].find((letter) => !taken.includes(letter)) ?? "I";
}
