// Beside the picture: the value at full precision, the histogram, the hits.
import { formatCell } from "../format";
import type { ValueDetail } from "../protocol";
import { useScope } from "./context";
import { Histogram } from "./Histogram";
import { Hits } from "./Hits";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import { SliceFacts } from "./SliceFacts";
import { toneOf } from "./StateLine";
import { CellWords } from "./Words";

const PANELS = ["value", "histogram", "hits"] as const;
const NAMES = { value: "Value", histogram: "Histogram", hits: "Hits" } as const;

export function Inspector() {
  const { store } = useScope();
  const chosen = store.panel.value;
  const hits = store.state.value?.hits?.count;
  return (
    <aside class={`ts-inspector ts-show-${chosen}`}>
      <div class="ts-tabs ts-narrow-only" role="tablist" aria-label="Inspector">
        {PANELS.map((panel) => (
          <button
            type="button"
            role="tab"
            aria-selected={panel === chosen}
            onClick={() => {
              store.panel.value = panel;
            }}
          >
            {NAMES[panel]}
            {panel === "hits" && hits !== undefined && <span class="ts-dim2"> {hits}</span>}
          </button>
        ))}
      </div>
      <ValuePanel />
      <Histogram />
      <Hits />
    </aside>
  );
}

/** The pinned value, else what the selection holds: never moved by the pointer. */
function ValuePanel() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const cell = store.cell.value;
  const detail = store.detail.value;
  const mine = cell && detail && detail.cell.join() === cell.join() ? detail : null;
  return (
    <section class="ts-panel ts-panel-value" aria-label="Pinned value">
      <div class="ts-panel-head">
        {cell ? <Icon name="pin" /> : <b>Slice</b>}
        <span class={`ts-mono ts-clip ${cell ? "" : "ts-dim2"}`}>
          {cell ? formatCell(cell) : (store.stats.slice.value?.of ?? state?.expr)}
        </span>
        <CellWords cell={cell} at={store.pinned.value} />
        <span class="ts-spring" />
        {state?.hits && (
          <>
            <IconButton
              icon="left"
              title="Previous hit (K)"
              label="Previous hit"
              onClick={() => actions.stepHit(-1)}
            />
            <IconButton
              icon="right"
              title="Next hit (J)"
              label="Next hit"
              onClick={() => actions.stepHit(1)}
            />
          </>
        )}
      </div>
      {cell ? (
        <div aria-busy={!!mine && store.old.value.has("detail")}>
          <Detail text={mine?.text ?? "…"} detail={mine} />
        </div>
      ) : (
        <SliceFacts />
      )}
    </section>
  );
}

interface DetailProps {
  text: string;
  /** Null until the kernel has told it. */
  detail: ValueDetail | null;
  /** The type as far as it is known before. */
  dtype?: string;
}

/** The value large, and all its digits below. */
export function Detail({ text, detail, dtype }: DetailProps) {
  const long = text.length > 20;
  return (
    <>
      <p class={`ts-big ${toneOf(text)} ${long ? "ts-long" : ""}`}>{text}</p>
      <dl class="ts-detail">
        <dt>type</dt>
        <dd>{detail ? `${detail.dtype} → ${detail.type}` : dtype}</dd>
        <dt>exact</dt>
        <dd title={detail?.exact}>{detail?.exact}</dd>
        <dt>bits</dt>
        <dd>{detail?.bits}</dd>
        {detail?.note && (
          <>
            <dt>note</dt>
            <dd class="ts-prose">{detail.note}</dd>
          </>
        )}
      </dl>
    </>
  );
}
