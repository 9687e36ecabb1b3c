// biome-ignore-all lint/a11y/useSemanticElements: cells of a virtual grid are placed, a table lays out
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell
// The headers and the numbers that are visible, each at its place.
import { useScope } from "../shared";
import type { Found } from "./blocks";
import type { Names } from "./named";
import type { Cell } from "./numbers";
import { type Area, coordinate, holds, type Sheet } from "./sheet";
import { backgroundOf, markOf } from "./tint";
import type { Place } from "./walk";

export interface Held {
  cell: Cell;
  found: Found;
}

/** Where everything lies, in CSS pixels. */
export interface Placed {
  span: Area;
  /** Of the first row and column of the sheet; negative once they are scrolled away. */
  left: number;
  top: number;
  width: number;
  height: number;
  headWidth: number;
  /** Characters right of the decimal point, and the width of one. */
  point: number;
  letter: number;
  corner: string;
  /** The name of the dim that runs across. */
  over: string;
  /** Height of the headers. */
  head: number;
  cursor: Place | null;
  pinned: Place | null;
  names: Names;
}

interface CellsProps {
  sheet: Sheet;
  area: Area | null;
  tint: boolean;
  cells: ReadonlyMap<string, Held>;
  lay: Placed;
  ids: string;
}

/** Space right of a number. */
const GAP = 10;

export function Cells({ sheet, area, tint, cells, lay, ids }: CellsProps) {
  const { store } = useScope();
  const { row0, row1, col0, col1 } = lay.span;
  const columns = range(col0, col1);
  const place = (col: number) => ({
    left: `${lay.left + col * lay.width}px`,
    width: `${lay.width}px`,
  });
  const side = { width: `${lay.headWidth}px` };
  const is = (at: Place | null, row: number, col: number) => at?.row === row && at.col === col;
  const cellAt = (row: number, col: number) => {
    const held = cells.get(`${row} ${col}`);
    const chosen = area ? holds(area, row, col) : is(lay.cursor, row, col);
    const after = held ? held.cell.after : lay.point;
    const mark = held && markOf(store, held.found);
    const background = held && tint ? backgroundOf(store, held.found) : undefined;
    return (
      <span
        key={col}
        id={`${ids}-${row}-${col}`}
        role="gridcell"
        aria-colindex={col + 2}
        aria-selected={chosen}
        class={[
          held ? `ts-v-${held.cell.kind}` : "ts-v-pending",
          // With a condition what it holds for stands out, the rest steps back.
          mark ? "ts-v-hit" : mark === null ? "ts-v-miss" : "",
          area && chosen ? "ts-v-in" : "",
          background ? "ts-v-tint" : "",
          is(lay.pinned, row, col) ? "ts-v-pin" : "",
          is(lay.cursor, row, col) ? "ts-v-cursor" : "",
        ].join(" ")}
        style={{
          ...place(col),
          paddingRight: `${GAP + Math.max(0, lay.point - after) * lay.letter}px`,
          background,
          "--ts-mark": mark ?? undefined,
        }}
      >
        {held ? held.cell.text : "·"}
      </span>
    );
  };
  return (
    <>
      <div class="ts-values-head" role="row" aria-rowindex={1} style={{ height: `${lay.head}px` }}>
        <span class="ts-values-over" role="presentation" style={{ left: side.width }}>
          {lay.over}
        </span>
        {columns.map((col) => (
          <span
            key={col}
            role="columnheader"
            aria-colindex={col + 2}
            class={lay.pinned?.col === col ? "ts-on" : ""}
            style={place(col)}
          >
            {sheet.across ? coordinate(sheet.across, col) : "value"}
            <Name of={lay.names.across.get(col)} />
          </span>
        ))}
        <span class="ts-values-corner" role="columnheader" aria-colindex={1} style={side}>
          {lay.corner}
        </span>
      </div>
      {range(row0, row1).map((row) => (
        <div
          key={row}
          class="ts-values-row"
          role="row"
          aria-rowindex={row + 2}
          style={{ top: `${lay.top + row * lay.height}px` }}
        >
          {columns.map((col) => cellAt(row, col))}
          <span
            class={`ts-values-side ${lay.pinned?.row === row ? "ts-on" : ""}`}
            role="rowheader"
            aria-colindex={1}
            style={side}
          >
            {coordinate(sheet.down, row)}
            <Name of={lay.names.down.get(row)} />
          </span>
        </div>
      ))}
    </>
  );
}

/** What a row or a column is called, beside its number. */
function Name({ of }: { of: string | undefined }) {
  return of === undefined ? null : (
    <b class="ts-values-name" title={of}>
      {" "}
      {of}
    </b>
  );
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);
