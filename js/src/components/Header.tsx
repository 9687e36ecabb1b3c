// Who the tensor is, what it holds, and what is wrong with it.
import { formatCount, formatShape, plain, shorten } from "../format";
import type { Stats } from "../protocol";
import type { View } from "../view";
import { useScope } from "./context";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import { KeysButton } from "./KeysButton";

export function Header() {
  const { store, actions } = useScope();
  const info = store.info.value;
  if (!info) return null;
  const where = [info.framework, info.device, info.bytes, info.requires_grad ? "grad" : ""];
  return (
    <header class="ts-header">
      <b class="ts-name">{info.name}</b>
      <span class="ts-mono ts-dim2 ts-clip" title={formatShape(info.shape)}>
        {info.dtype} {formatShape(info.shape)}
      </span>
      <span class="ts-dim2 ts-clip ts-origin" title={[...info.notes, info.layout].join("\n")}>
        {where.filter(Boolean).join(" · ")}
      </span>
      <span class="ts-spring" />
      <IconButton
        icon="refresh"
        title="Refresh: read the tensor anew"
        label="Refresh"
        onClick={actions.refresh}
      />
      <KeysButton />
    </header>
  );
}

/** `short`: its name where there is little room. */
function Fact(props: { name: string; value: string; tone?: string; short?: string }) {
  const { name, value, tone, short } = props;
  return (
    <span class="ts-fact">
      <span class="ts-dim3" data-short={short}>
        {name}
      </span>{" "}
      <span class={tone ?? "ts-num"}>{value}</span>
    </span>
  );
}

function infinities(stats: Stats) {
  if (stats.posinf === 0 && stats.neginf === 0) return <Fact name="inf" value="0" />;
  return (
    <>
      <Fact name="+inf" value={formatCount(stats.posinf)} tone="ts-num ts-strong" />{" "}
      <Fact name="-inf" value={formatCount(stats.neginf)} />
    </>
  );
}

export function Facts() {
  const { store } = useScope();
  const stats = store.stats.tensor.value;
  const info = store.info.value;
  // A scalar is its own summary.
  if (!info || (info.shape.length === 0 && stats?.nan === 0)) return null;
  // The extremes of a sample bound those of all.
  const atLeast = (sign: string) => (stats && stats.coverage < 1 ? `${sign} ` : "");
  const share = (n: number) => `${((100 * n) / Math.max(1, stats?.count ?? 0)).toFixed(1)} %`;
  return (
    <p
      class="ts-facts"
      role="status"
      aria-label="Summary"
      aria-busy={store.old.value.has("stats tensor")}
    >
      {stats && !!stats.masked && (
        <>
          <Fact name="masked" value={formatCount(stats.masked)} tone="ts-num ts-strong" />{" "}
        </>
      )}
      {stats && info.numeric === "O" && <Fact name="values" value={formatCount(stats.count)} />}
      {stats && info.numeric !== "O" && (
        <>
          <Fact name="min" value={`${atLeast("≤")}${plain(stats.min)}`} />{" "}
          <Fact name="max" value={`${atLeast("≥")}${plain(stats.max)}`} />{" "}
          <Fact
            name="mean ± std"
            short="μ ± σ"
            value={`${shorten(stats.mean, 4)} ± ${shorten(stats.std, 4)}`}
          />{" "}
          <Fact name="zero" value={stats.count ? share(stats.zero) : "–"} />{" "}
          <Fact
            name={/m/i.test(info.numeric) ? "NaT" : "nan"}
            value={`${stats.nan ? atLeast("≥") : ""}${formatCount(stats.nan)}`}
            tone={stats.nan ? "ts-num ts-nan" : undefined}
          />{" "}
          {infinities(stats)}
          {stats.coverage < 1 && (
            <Fact name="sampled" value={`${(100 * stats.coverage).toPrecision(2)} %`} />
          )}
        </>
      )}
    </p>
  );
}

function warningsOf({ stats, shape }: View) {
  const all = stats.tensor.value?.warnings ?? [];
  // That a single value is constant, or zero, is no warning.
  return shape.value === "scalar" ? all.filter((w) => w.cell) : all;
}

/** Whether two scopes lie side by side on the page. */
function isBeside(store: View, peer: View) {
  const [one, other] = [store, peer].map(({ root }) => root?.getBoundingClientRect());
  return !!one && !!other && one.top <= other.bottom && other.top <= one.bottom;
}

export function Warnings() {
  const { store, actions } = useScope();
  const mine = warningsOf(store);
  // Linked scopes line up: one leaves the room that the warning of its neighbour takes.
  const peer = store.peers.value.find((one) => warningsOf(one).length > 0 && isBeside(store, one));
  const warnings = mine.length === 0 && peer ? warningsOf(peer) : mine;
  if (warnings.length === 0) return null;
  const blank = mine.length === 0;
  const anomaly = warnings.some((w) => w.cell);
  return (
    <div
      class={`ts-warning ${blank ? "ts-blank" : ""}`}
      data-blank={`Only ${peer?.info.value?.name} has a warning.`}
      aria-hidden={blank ? "true" : undefined}
    >
      <Icon name="warn" />
      <span class="ts-clip">{warnings.map((w) => w.message).join("  ")}</span>
      <span class="ts-spring" />
      {anomaly && store.state.value && (
        <button type="button" class="ts-button" onClick={() => actions.nextAnomaly(1)}>
          Next anomaly <kbd>N</kbd>
        </button>
      )}
    </div>
  );
}
