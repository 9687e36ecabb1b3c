// What positions are called: beside the value, a dim's index, and a hit's coordinates.
import { labelsAt, wordsOf } from "../labels";
import { useScope } from "./context";

/** Clipped where there is no room; the whole of it is in the tooltip. */
export function Words({ text }: { text: string }) {
  if (!text) return null;
  return (
    <span class="ts-words ts-clip" title={text}>
      {text}
    </span>
  );
}

/** Of the cell that Value speaks of. */
export function FocusWords() {
  const { store } = useScope();
  const state = store.state.value;
  const cell = store.focus.value?.join();
  if (!state || !cell) return null;
  const at = store.cursor.value ?? store.pinned.value;
  const told = [store.remote.value, store.detail.value].find(
    (one) => one?.cell.toString() === cell,
  );
  return <Words text={wordsOf(told?.labels ?? labelsAt(state, store.frame.value, at))} />;
}

/** Of the pinned cell. */
export function PinnedWords() {
  const { store } = useScope();
  const state = store.state.value;
  const cell = store.cell.value?.join();
  if (!state || !cell) return null;
  const detail = store.detail.value;
  const told = detail?.cell.join() === cell ? detail.labels : null;
  return <Words text={wordsOf(told ?? labelsAt(state, store.frame.value, store.pinned.value))} />;
}

/** Of the index at which a dim is held; nothing while the kernel has not followed. */
export function IndexWords({ dim }: { dim: number }) {
  const { store } = useScope();
  const state = store.state.value;
  const told = state?.picture.held[dim] === store.indexOf(dim) ? state?.labels?.[dim] : null;
  return <Words text={told ?? ""} />;
}
