// What the selection holds, where no cell is pinned: its extremes lead to where they are.
import { formatCell, formatCount, plain, shorten } from "../format";
import type { Stats } from "../protocol";
import { useScope } from "./context";

export function SliceFacts() {
  const { store } = useScope();
  const stats = store.stats.slice.value;
  const words = store.info.value?.numeric === "O";
  return (
    <>
      <dl class="ts-detail" aria-busy={store.old.value.has("stats slice")}>
        {words ? (
          <Fact name="count">{formatCount(store.state.value?.count ?? 0)}</Fact>
        ) : (
          <>
            <Extreme name="max" text={stats?.max} cell={stats?.argmax} sign="≥" />
            <Extreme name="min" text={stats?.min} cell={stats?.argmin} sign="≤" />
            <Fact name="mean">
              {stats && `${shorten(stats.mean, 4)} ± ${shorten(stats.std, 4)}`}
            </Fact>
            <Fact name="zero">{stats && <Counts stats={stats} />}</Fact>
          </>
        )}
      </dl>
      <p class="ts-hint">
        {store.shape.value === "grid" ? "Click a tile to open it" : "Click a cell to pin its value"}
      </p>
    </>
  );
}

function Fact({ name, children }: { name: string; children?: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children || "–"}</dd>
    </>
  );
}

interface ExtremeProps {
  name: string;
  text: string | null | undefined;
  cell: Stats["argmax"] | undefined;
  /** What an extreme of a sample is to that of all. */
  sign: string;
}

function Extreme({ name, text, cell, sign }: ExtremeProps) {
  const { store, actions } = useScope();
  const sampled = (store.stats.slice.value?.coverage ?? 1) < 1;
  return (
    <Fact name={name}>
      {text && (
        <>
          {sampled && `${sign} `}
          {plain(text)}{" "}
          {cell && !sampled && (
            <button
              type="button"
              class="ts-link"
              title={`Go to the ${name}`}
              onClick={() => actions.jump(cell)}
            >
              <span class="ts-dim2">{formatCell(cell)}</span>
            </button>
          )}
        </>
      )}
    </Fact>
  );
}

function Counts({ stats }: { stats: Stats }) {
  const { nan, posinf, neginf, masked = 0 } = stats;
  const share = ((100 * stats.zero) / Math.max(1, stats.count)).toFixed(1);
  return (
    <>
      {share} % · <span class={nan ? "ts-nan" : ""}>{formatCount(nan)} nan</span> ·{" "}
      {formatCount(posinf + neginf)} inf{masked > 0 && ` · ${formatCount(masked)} masked`}
    </>
  );
}
