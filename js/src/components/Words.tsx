// What positions are called: beside a value, and beside a dim's index.
import { labelsAt, wordsOf } from "../labels";
import type { Position } from "../picture";
import type { Cell } from "../protocol";
import { useScope } from "./context";

/** Clipped where there is no room; the whole of it is in the tooltip. */
function Words({ text }: { text: string }) {
  if (!text) return null;
  return (
    <span class="ts-words ts-clip" title={text}>
      {text}
    </span>
  );
}

/** Of a cell: as the kernel told them, else as the picture does at its position. */
export function CellWords({ cell, at }: { cell: Cell | null; at: Position | null }) {
  const { store } = useScope();
  const state = store.state.value;
  if (!state || !cell) return null;
  const told = [store.remote.value, store.detail.value].find(
    (one) => String(one?.cell) === String(cell),
  );
  return <Words text={wordsOf(told?.labels ?? labelsAt(state, store.frame.value, at))} />;
}

/** Of the index at which a dim is held; nothing while the kernel has not followed. */
export function IndexWords({ dim }: { dim: number }) {
  const { store } = useScope();
  const state = store.state.value;
  const told = state?.picture.held[dim] === store.indexOf(dim) ? state?.labels?.[dim] : null;
  return <Words text={told ?? ""} />;
}
