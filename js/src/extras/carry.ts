// A dim on its way: into a well, or onto another dim to swap roles with it.
import type { Actions } from "../actions";
import type { Role } from "../protocol";
import { roleOf } from "../shared";
import type { Store } from "../store";

export class Carried {
  readonly #root: HTMLElement;
  readonly #ghost = document.createElement("div");
  #target: HTMLElement | null = null;

  constructor(
    private readonly store: Store,
    private readonly actions: Actions,
    private readonly dim: number,
  ) {
    this.#root = store.root!;
    this.#ghost.className = "ts-ghost";
    this.#ghost.textContent = store.info.value?.dims[dim] ?? "";
    this.#root.append(this.#ghost);
  }

  move(event: PointerEvent) {
    const box = this.#root.getBoundingClientRect();
    this.#ghost.style.transform = `translate(${event.clientX - box.left + 8}px, ${event.clientY - box.top + 8}px)`;
    const tree = this.#root.getRootNode() as Document | ShadowRoot;
    const under = tree.elementFromPoint(event.clientX, event.clientY);
    const found = under?.closest<HTMLElement>("[data-well], [data-dim]") ?? null;
    this.#target?.classList.remove("ts-hovered");
    this.#target = found && this.#root.contains(found) ? found : null;
    this.#target?.classList.add("ts-hovered");
  }

  /** Nothing of it stays on the page. */
  leave() {
    this.#ghost.remove();
    this.#target?.classList.remove("ts-hovered");
  }

  /** Returns what letting go of it here does. */
  drop(): (() => void) | null {
    const { well, dim } = this.#target?.dataset ?? {};
    if (well === "reduce") return () => this.actions.setReduce(this.dim, "mean");
    if (well) return () => this.actions.setRole(well as Role, this.dim);
    return dim === undefined ? null : () => this.#swapWith(Number(dim));
  }

  #swapWith(other: number) {
    const { actions, dim } = this;
    const state = this.store.state.value;
    if (!state || other === dim) return;
    const [mine, theirs] = [roleOf(state, dim), roleOf(state, other)];
    const opOf = (d: number) => {
      const slot = state.slots[d];
      return slot.kind === "reduce" ? slot.op : "mean";
    };
    const give = (role: string, d: number, from: number) => {
      if (role === "reduce") actions.setReduce(d, opOf(from));
      else actions.setRole(role as Role, d);
    };
    // Putting a dim in a picture role pushes the other out of it, or swaps the two.
    if (theirs !== "index") give(theirs, dim, other);
    const swapped = isPicture(mine) && isPicture(theirs);
    if (mine !== "index" && !swapped) give(mine, other, dim);
    if (theirs === "reduce" && mine === "index") actions.setReduce(other, null);
    if (mine === "reduce" && theirs === "index") actions.setReduce(dim, null);
  }
}

const isPicture = (role: string) => role === "rows" || role === "columns" || role === "grid";
