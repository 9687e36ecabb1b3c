// The dim along which hits are counted.
import { useScope } from "./context";
import { Extra } from "./Extra";
import { Menu } from "./Menu";

/** Chooses the dim along which hits are counted. */
export function SlicesMenu() {
  const { store, actions } = useScope();
  const info = store.info.value;
  const state = store.state.value;
  if (!info || !state?.where || store.top.value) return null;
  const by = store.by.value;
  const dims = info.dims.flatMap((name, d) =>
    info.shape[d] > 1 && state.slots[d]?.kind !== "reduce" ? [[String(d), name] as const] : [],
  );
  if (dims.length === 0) return null;
  return (
    <Menu
      label="Hits by"
      text={by ? `by ${info.dims[by.dim]}` : "By dim"}
      value={by ? String(by.dim) : ""}
      options={[["", by ? "none" : "choose…"], ...dims]}
      onPick={(value) => actions.countBy(value === "" ? null : Number(value))}
    />
  );
}

/** What it chose; below the list of hits. */
export function Slices() {
  const { store } = useScope();
  const shown = store.by.value && store.state.value?.where && !store.top.value;
  return shown ? <Extra name="Slices" /> : null;
}
