// Which slices along a dim hold the hits: the dim, and whether in the selection or everywhere.
import { useScope } from "./context";
import { Extra } from "./Extra";
import { Menu } from "./Menu";
import { Switch } from "./Toolbar";

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

export function Slices() {
  const { store, actions } = useScope();
  const by = store.by.value;
  if (!by || !store.state.value?.where || store.top.value) return null;
  return (
    <div class="ts-slices">
      <Switch
        label="Slices of"
        options={["slice", "tensor"]}
        value={by.scope}
        onPick={actions.countIn}
      />
      {store.offers.value.slices ? (
        <Extra name="SlicesOffer" />
      ) : (
        <Extra name="SliceCounts" dim={by.dim} />
      )}
    </div>
  );
}
