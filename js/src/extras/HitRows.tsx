// The rows of hits: a click jumps there, a bar says how far past the threshold each is.
import type { Labels } from "../labels";
import type { HitRow } from "../protocol";
import { formatCell, toneOf, useScope, wordsOf } from "../shared";

interface HitRowsProps {
  rows: HitRow[];
  threshold: number | null;
}

export function HitRows({ rows, threshold }: HitRowsProps) {
  const { store, actions } = useScope();
  return (
    <>
      {rows.map((row) => (
        <Row
          key={row.cell.join()}
          row={row}
          words={wordsOf(differing(row.labels))}
          share={threshold === null ? null : share(rows, row, threshold)}
          pinned={row.cell.join() === store.cell.value?.join()}
          onPick={() => actions.jump(row.cell)}
        />
      ))}
    </>
  );

  /** The labels in which hits can differ: an index dim's is the same for all. */
  function differing(labels: Labels = []): Labels {
    return labels.filter((_, dim) => store.state.value?.slots[dim].kind !== "index");
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
  words: string;
  share: number | null;
  pinned: boolean;
  onPick: () => void;
}

function Row({ row, words, share: part, pinned, onPick }: RowProps) {
  return (
    <tr class={pinned ? "ts-picked" : ""} aria-selected={pinned} onClick={onPick}>
      <td class={words ? "ts-worded" : ""} title={words}>
        <button type="button" class="ts-link ts-mono">
          {formatCell(row.cell)}
        </button>
        {words && <span class="ts-words">{words}</span>}
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
