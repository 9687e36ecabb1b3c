// How values are spread, with a handle that sets the threshold and a legend that sets colours.
import { useRef } from "preact/hooks";
import { isBound } from "../conditions";
import { formatCount, formatShort } from "../format";
import type { State, Stats } from "../protocol";
import { Brush } from "./Brush";
import { useScope } from "./context";
import { Colours, Legend } from "./Legend";
import { STEPS } from "./Span";
import { Glyph } from "./StateLine";
import { Switch } from "./Toolbar";

export const HEIGHT = 92;

export function Histogram() {
  const { store, actions } = useScope();
  const scope = store.scope.value;
  const stats = store.stats[scope].value;
  // What is no number has no distribution.
  if (store.info.value?.numeric === "O") return null;
  return (
    <section class="ts-panel ts-panel-histogram">
      <div class="ts-panel-head">
        <span class="ts-named">
          <b>Histogram</b>
          {stats && stats.count > 0 && stats.nan + stats.posinf + stats.neginf > 0 && (
            <span class="ts-dim3">finite values</span>
          )}
        </span>
        <Switch
          label="Histogram of"
          options={["slice", "tensor"]}
          value={scope}
          onPick={actions.setScope}
        />
        <Switch
          label="Scale"
          options={["lin", "log"]}
          value={store.log.value ? "log" : "lin"}
          onPick={(value) => {
            store.log.value = value === "log";
          }}
        />
      </div>
      <div class="ts-histogram" aria-busy={store.old.value.has(`stats ${scope}`)}>
        {stats && <Outside kind="neginf" name="-inf" n={stats.neginf} stats={stats} />}
        <Plot stats={stats} />
        {stats && <Outside kind="posinf" name="inf" n={stats.posinf} stats={stats} />}
        {stats && <Outside kind="nan" name="nan" n={stats.nan} stats={stats} />}
      </div>
      <Colours />
    </section>
  );
}

/** Height of a bar as a share of the tallest: log counts keep the rare ones visible. */
function heights(counts: number[], log: boolean, all = counts): number[] {
  const read = (n: number) => (log ? Math.log1p(n) : n);
  const top = Math.max(1e-9, ...all.map(read));
  return counts.map((n) => (n > 0 ? Math.max(0.02, read(n) / top) : 0));
}

/** A column beside the finite values: -inf, inf, nan. */
function Outside(props: {
  kind: "neginf" | "posinf" | "nan";
  name: string;
  n: number;
  stats: Stats;
}) {
  const { store } = useScope();
  const { kind, name, n, stats } = props;
  if (n === 0) return null;
  const counts = [...(stats.histogram?.counts ?? []), n];
  const share = heights(counts, store.log.value).at(-1)!;
  const count = n > 9999 ? `${Math.round(n / 1000)}k` : formatCount(n);
  return (
    <div class={`ts-outside ts-outside-${kind}`} title={`${name}: ${formatCount(n)}`}>
      <div style={{ height: `${HEIGHT}px` }}>
        <span style={{ height: `${Math.max(14, share * HEIGHT)}px` }}>
          <Glyph kind={kind} />
        </span>
      </div>
      <small>{count}</small>
      <small>{name}</small>
    </div>
  );
}

function Plot({ stats }: { stats: Stats | null }) {
  const { store } = useScope();
  const box = useRef<HTMLDivElement>(null);
  const histogram = stats?.histogram ?? null;
  const [low, high] = histogram ? [histogram.edges[0], histogram.edges.at(-1)!] : [0, 1];
  const span = high - low || 1;
  const counts = histogram?.counts ?? [];
  const hits = histogram ? hitCounts(histogram, store.state.value) : [];
  const n = counts.length;
  const path = (some: number[]) =>
    heights(some, store.log.value, counts)
      .map((h, i) => {
        const y = HEIGHT * (1 - h);
        return h > 0 ? `M${i + 0.08} ${HEIGHT}V${y.toFixed(1)}H${i + 0.92}V${HEIGHT}Z` : "";
      })
      .join("");
  return (
    <div class="ts-plot" ref={box}>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${Math.max(1, n)} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="ts-bars" d={path(counts)} />
        <path class="ts-bars-hit" d={path(hits)} />
      </svg>
      {stats && !histogram && (
        <p class="ts-nothing">
          {store.info.value?.numeric === "c" ? "Complex values have no order" : "No finite values"}
        </p>
      )}
      {histogram && <Brush low={low} high={high} />}
      <Threshold low={low} high={high} span={span} box={box} />
      <Legend low={low} high={high} empty={!histogram} />
    </div>
  );
}

/** How many hits each bin holds: a plain bound is read here, other conditions by the kernel. */
export function hitCounts(histogram: NonNullable<Stats["histogram"]>, state: State | null) {
  const { counts, edges, hits } = histogram;
  const threshold = state?.threshold ?? null;
  if (threshold && isBound(threshold)) {
    const middle = (i: number) => edges[i] + (edges[i + 1] - edges[i]) / 2;
    return counts.map((n, i) => (holds(middle(i), threshold.op, threshold.value) ? n : 0));
  }
  return hits && hits.where === state?.where ? hits.counts : [];
}

export function holds(x: number, op: string, value: number): boolean {
  switch (op) {
    case ">":
      return x > value;
    case ">=":
      return x >= value;
    case "<":
      return x < value;
    case "<=":
      return x <= value;
    case "==":
      return x === value;
    default:
      return x !== value;
  }
}

interface ThresholdProps {
  low: number;
  high: number;
  span: number;
  box: { current: HTMLDivElement | null };
}

/** The handle: a slider that writes `x > v` into Where. */
function Threshold({ low, high, span, box }: ThresholdProps) {
  const { store, actions } = useScope();
  const threshold = store.state.value?.threshold ?? null;
  const integer = /^[iu]$/.test(store.info.value?.numeric ?? "");
  const at = threshold ? Math.min(high, Math.max(low, threshold.value)) : high;
  const share = (at - low) / span;
  // A condition that is no single comparison has no place for the handle: it waits out of sight.
  const parked =
    !threshold && (store.state.value?.where != null || !store.stats.slice.value?.histogram);
  const step = integer
    ? Math.max(1, Math.round(span / 100))
    : 10 ** Math.floor(Math.log10(span / 50));
  const write = (value: number) => {
    const clamped = Math.min(high, Math.max(low, value));
    actions.setThreshold(integer ? String(Math.round(clamped)) : roundTo(clamped, step / 10));
  };
  const key = (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    write(at + by * step);
    event.preventDefault();
    event.stopPropagation();
  };
  const name = threshold ? `${threshold.op} ${formatShort(threshold.value, 6)}` : "";
  return (
    <div
      class={`ts-threshold ${threshold ? "" : parked ? "ts-parked" : "ts-unset"} ${share > 0.75 ? "ts-flip" : ""}`}
      role="slider"
      tabIndex={0}
      aria-label="Threshold"
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuenow={at}
      aria-valuetext={threshold ? `x ${name}` : "none"}
      title="Drag to set a threshold"
      style={{ left: `${100 * share}%` }}
      onKeyDown={key}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
        const area = box.current.getBoundingClientRect();
        write(low + ((event.clientX - area.left) / area.width) * span);
      }}
    >
      <span class="ts-threshold-name">{name}</span>
    </div>
  );
}

/** A number at the resolution of a step, without binary noise in its digits. */
export function roundTo(value: number, step: number): string {
  const places = Math.max(0, Math.min(20, -Math.floor(Math.log10(step))));
  const rounded = Math.round(value / step) * step;
  if (Math.abs(rounded) >= 1e15 || (rounded !== 0 && places > 12)) return rounded.toPrecision(4);
  return String(Number(rounded.toFixed(places)));
}
