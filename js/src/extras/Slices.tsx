// Which slices along a dim hold the hits, in the selection or everywhere: a bar each, the fullest
// first; a click goes there.
import { formatCount, Switch, useScope } from "../shared";
import { SlicesOffer } from "./Offers";

export function Slices() {
  const { store, actions } = useScope();
  const by = store.by.value;
  if (!by) return null;
  return (
    <div class="ts-slices">
      <Switch
        label="Slices of"
        options={["slice", "tensor"]}
        value={by.scope}
        onPick={actions.countIn}
      />
      {store.offers.value.slices ? <SlicesOffer /> : <Counts dim={by.dim} />}
    </div>
  );
}

function Counts({ dim }: { dim: number }) {
  const { store, actions } = useScope();
  const found = store.slices.value;
  const most = found?.counts[0]?.[1] ?? 1;
  const name = store.info.value?.dims[dim];
  const slot = store.state.value?.slots[dim];
  return (
    <ol aria-label={`Hits by ${name}`} aria-busy={store.old.value.has("slices")}>
      {found?.counts.map(([index, count]) => (
        <li key={index}>
          <button
            type="button"
            aria-label={`${name} ${index}: ${formatCount(count)} hits`}
            aria-current={slot?.kind === "index" && slot.index === index ? "true" : undefined}
            onClick={() => actions.goToSlice(dim, index)}
          >
            <span class="ts-mono">{index}</span> <span class="ts-dim2">{formatCount(count)}</span>
            <i style={{ width: `${Math.max(4, (100 * count) / most)}%` }} />
          </button>
        </li>
      ))}
      {found && found.held > found.counts.length && (
        <li class="ts-dim2">and {formatCount(found.held - found.counts.length)} more</li>
      )}
      {found?.held === 0 && <li class="ts-dim2">none</li>}
      {!found && <li class="ts-dim2">…</li>}
    </ol>
  );
}
