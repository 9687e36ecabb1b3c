// Where the condition holds: seven rows at a time, sortable, a click jumps there.
import { formatCount } from "../format";
import type { HitSort } from "../protocol";
import { TOP } from "../questions";
import type { Top } from "../view";
import { useScope } from "./context";
import { Extra } from "./Extra";
import { Pager } from "./IconButton";
import { Menu } from "./Menu";
import { Slices, SlicesMenu } from "./Slices";

export const ROWS = 7;

const NAMES: Record<Top, string> = {
  largest: `${TOP} largest`,
  smallest: `${TOP} smallest`,
  magnitude: `${TOP} largest magnitudes`,
};
const TOPS = Object.entries(NAMES) as [Top, string][];

export function Hits() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const first = store.top.value;
  const page = store.list.value;
  const where = state?.where ?? null;
  const top = store.hitTop.value;
  const known = where ? (state?.hits ?? store.hits.value) : null;
  const start = page && !first ? top - page.offset : 0;
  const rows = page ? page.rows.slice(start, start + (first ? TOP : ROWS)) : [];
  const threshold = first ? null : (state?.threshold ?? null);
  const sorted =
    page && !first && page.sorted < page.count
      ? `Sorted: the first ${formatCount(page.sorted)} of ${formatCount(page.count)}`
      : "";
  const notes = [sorted, state?.where_note, page?.note].filter(Boolean).join(" · ");
  return (
    <section class="ts-panel ts-panel-hits">
      <div class="ts-panel-head">
        <b>{first ? NAMES[first] : "Hits"}</b>
        {first && page && <span class="ts-num ts-dim2">of {formatCount(page.count)}</span>}
        <span
          role="status"
          aria-label="Hit count"
          class={`ts-num ts-dim2 ${first ? "ts-away" : ""}`}
        >
          {known ? `${formatCount(known.count)} of ${formatCount(known.searched)}` : ""}
        </span>
        <span class="ts-spring" />
        <SlicesMenu />
        <Menu
          label="Top 10"
          text={`Top ${TOP}`}
          value={first ?? ""}
          options={[["", first ? "none" : "choose…"], ...TOPS]}
          onPick={(value) => actions.chooseTop(value || null)}
        />
      </div>
      <Slices />
      <div class="ts-list" aria-busy={!!page && store.old.value.has(first ? "top" : "hits")}>
        <table class="ts-hits" aria-label="Hits">
          <thead>
            <tr>
              {first ? <th scope="col">Coordinates</th> : <Head sort="index" label="Coordinates" />}
              {first ? (
                <th scope="col" class="ts-right">
                  Value
                </th>
              ) : (
                <Head sort="-value" label="Value" />
              )}
              {threshold && <th scope="col">past {threshold.value}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.length > 0 && (
              <Extra name="HitRows" box="tr" rows={rows} threshold={threshold?.value ?? null} />
            )}
          </tbody>
        </table>
      </div>
      {!first && (notes || (known && known.count > ROWS)) && (
        <div class="ts-foot">
          <p class="ts-sorted ts-clip" title={notes}>
            {notes}
          </p>
          {known && known.count > ROWS && (
            <Pager
              of="page"
              text={`${formatCount(top + 1)}–${formatCount(Math.min(known.count, top + ROWS))}`}
              first={top === 0}
              last={top + ROWS >= known.count}
              onMove={actions.pageHits}
            />
          )}
        </div>
      )}
      {rows.length === 0 && !first && (
        <p class="ts-nothing">{nothing(where, known?.count ?? null)}</p>
      )}
    </section>
  );

  function nothing(condition: string | null, count: number | null): string {
    if (!condition) {
      if (store.info.value?.numeric === "O") return "Words have no hits.";
      return "Type a condition, or drag the handle of the histogram.";
    }
    if (count !== 0) return "";
    // What is typed may be one cell, and the statistics those of the plane around it.
    const stats = store.stats.slice.value;
    const largest = stats?.count === known?.searched && stats?.max;
    const added =
      threshold?.op.startsWith(">") && largest ? ` The largest value is ${largest}` : "";
    return `No hits for ${condition}.${added}`;
  }
}

const NEXT: Record<HitSort, HitSort> = { index: "-value", "-value": "value", value: "-value" };

function Head({ sort, label }: { sort: HitSort; label: string }) {
  const { store, actions } = useScope();
  const now = store.sort.value;
  const mine = sort === "index" ? now === "index" : now !== "index";
  const order = mine ? (now === "-value" ? "descending" : "ascending") : "none";
  return (
    <th scope="col" aria-sort={order} class={sort === "index" ? "" : "ts-right"}>
      <button
        type="button"
        class="ts-link"
        onClick={() => actions.sortHits(sort === "index" ? "index" : mine ? NEXT[now] : "-value")}
      >
        {label}
        <span class="ts-sort" aria-hidden="true">
          {mine ? (now === "-value" ? "▼" : "▲") : ""}
        </span>
      </button>
    </th>
  );
}
