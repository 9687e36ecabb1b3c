// Dragging a dim by its grip into a well, or onto another dim to swap roles with it.
import { useEffect, useRef } from "preact/hooks";
import { roleOf } from "../picture";
import type { Role } from "../protocol";
import { useScope } from "./context";

/** The pointer handlers of a grip. */
export function useGrip(dim: number) {
  const { store, actions } = useScope();
  const ghost = useRef<HTMLElement | null>(null);
  const target = useRef<Element | null>(null);
  const stop = () => {
    ghost.current?.remove();
    ghost.current = null;
    target.current?.classList.remove("ts-hovered");
    target.current = null;
    store.dragged.value = null;
  };
  useEffect(() => stop, []);

  const drop = (at: HTMLElement) => {
    const state = store.state.value;
    if (!state) return;
    const well = at.dataset.well;
    if (well === "reduce") actions.setReduce(dim, "mean");
    else if (well) actions.setRole(well as Role, dim);
    else swapWith(Number(at.dataset.dim));
  };
  const swapWith = (other: number) => {
    const state = store.state.value;
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
  };

  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      const grip = event.currentTarget as HTMLElement;
      grip.setPointerCapture(event.pointerId);
      store.dragged.value = dim;
    },
    onPointerMove(event: PointerEvent) {
      if (store.dragged.value !== dim) return;
      const grip = event.currentTarget as HTMLElement;
      const root = grip.closest<HTMLElement>(".tensorscope");
      if (!root) return;
      if (!ghost.current) {
        ghost.current = document.createElement("div");
        ghost.current.className = "ts-ghost";
        ghost.current.textContent = store.info.value?.dims[dim] ?? "";
        root.append(ghost.current);
      }
      const box = root.getBoundingClientRect();
      ghost.current.style.transform = `translate(${event.clientX - box.left + 8}px, ${event.clientY - box.top + 8}px)`;
      const tree = root.getRootNode() as Document | ShadowRoot;
      const under = tree.elementFromPoint(event.clientX, event.clientY);
      const found = under?.closest("[data-well], [data-dim]") ?? null;
      target.current?.classList.remove("ts-hovered");
      target.current = found && root.contains(found) ? found : null;
      target.current?.classList.add("ts-hovered");
    },
    onPointerUp() {
      const at = target.current as HTMLElement | null;
      stop();
      if (at) store.guard(() => drop(at));
    },
    onPointerCancel: stop,
  };
}

const isPicture = (role: string) => role === "rows" || role === "columns" || role === "grid";
