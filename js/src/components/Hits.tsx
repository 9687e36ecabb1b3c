// Where the condition holds: seven rows at a time, sortable, a click jumps there.
import { formatCell, formatCount } from "../format";
import type { HitRow, HitSort } from "../protocol";
import { useScope } from "./context";
import { Icon } from "./Icon";
import { toneOf } from "./StateLine";

export const ROWS = 7;

export function Hits() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const page = store.hits.value;
  const where = state?.where ?? null;
  const top = store.hitTop.value;
  const known = state?.hits ?? page;
  const rows = page ? page.rows.slice(top - page.offset, top - page.offset + ROWS) : [];
  const threshold = state?.threshold ?? null;
  const sorted =
    page && page.sorted < page.count
      ? `Sorted: the first ${formatCount(page.sorted)} of ${formatCount(page.count)}`
      : "";
  return (
    <section class="ts-panel ts-panel-hits">
      <div class="ts-panel-head">
        <b>Hits</b>
        <span role="status" aria-label="Hit count" class="ts-num ts-dim2">
          {where && known ? `${formatCount(known.count)} of ${formatCount(known.searched)}` : ""}
        </span>
        <span class="ts-spring" />
        {known && known.count > ROWS && <Pager top={top} count={known.count} />}
      </div>
      <table class="ts-hits" aria-label="Hits">
        <thead>
          <tr>
            <Head sort="index" label="Coordinates" />
            <Head sort="-value" label="Value" />
            {threshold && <th scope="col">past {threshold.value}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.cell.join()}
              row={row}
              share={threshold ? share(rows, row, threshold.value) : null}
              pinned={row.cell.join() === store.cell.value?.join()}
              onPick={() => actions.jump(row.cell)}
            />
          ))}
        </tbody>
      </table>
      {[sorted, state?.where_note, page?.note].filter(Boolean).map((note) => (
        <p class="ts-sorted">{note}</p>
      ))}
      {rows.length === 0 && <p class="ts-nothing">{nothing(where, known?.count ?? null)}</p>}
    </section>
  );

  function nothing(condition: string | null, count: number | null): string {
    if (!condition) return "Type a condition, or drag the handle of the histogram.";
    if (count !== 0) return "";
    const largest = store.stats.slice.value?.max;
    const added =
      threshold?.op.startsWith(">") && largest ? ` The largest value is ${largest}` : "";
    return `No hits for ${condition}.${added}`;
  }
}

/** How far past the threshold a value is, against the furthest of the rows shown. */
function share(rows: HitRow[], row: HitRow, threshold: number): number {
  if (row.value === null) return 1;
  const far = Math.max(...rows.map((r) => Math.abs((r.value ?? threshold) - threshold)));
  return far > 0 ? Math.abs(row.value - threshold) / far : 0;
}

interface RowProps {
  row: HitRow;
  share: number | null;
  pinned: boolean;
  onPick: () => void;
}

function Row({ row, share: part, pinned, onPick }: RowProps) {
  return (
    <tr class={pinned ? "ts-picked" : ""} aria-selected={pinned} onClick={onPick}>
      <td>
        <button type="button" class="ts-link ts-mono">
          {formatCell(row.cell)}
        </button>
      </td>
      <td class={`ts-mono ts-right ${toneOf(row.text)}`}>{row.text}</td>
      {part !== null && (
        <td class="ts-bar-cell">
          <span class="ts-bar" style={{ width: `${Math.max(2, 100 * part)}%` }} />
        </td>
      )}
    </tr>
  );
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

function Pager({ top, count }: { top: number; count: number }) {
  const { actions } = useScope();
  return (
    <span class="ts-pager">
      <button
        type="button"
        class="ts-bare"
        aria-label="Previous page"
        disabled={top === 0}
        onClick={() => actions.pageHits(-1)}
      >
        <Icon name="left" />
      </button>
      <span class="ts-num">
        {formatCount(top + 1)}–{formatCount(Math.min(count, top + ROWS))}
      </span>
      <button
        type="button"
        class="ts-bare"
        aria-label="Next page"
        disabled={top + ROWS >= count}
        onClick={() => actions.pageHits(1)}
      >
        <Icon name="right" />
      </button>
    </span>
  );
}
