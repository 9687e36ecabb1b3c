// biome-ignore-all lint/a11y/useSemanticElements: cells of a virtual grid are placed, a table lays out
// The cells that are visible, with the headers that stay; scrolled, walked and selected by hand.

import {
  cellAt,
  painted,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useScope,
  useState,
} from "../shared";
import type { Store } from "../store";
import { type Blocks, drawn } from "./blocks";
import { Cells, type Held, type Placed } from "./Cells";
import { LONGEST, lettersOf, namesOf } from "./named";
import { type Cell, cellOf, widened } from "./numbers";
import {
  type Area,
  between,
  coordinate,
  filling,
  holds,
  type Lane,
  lengthOf,
  offsetOf,
  placeOf,
  positionAt,
  revealing,
  type Sheet,
  scrolledTo,
  visible,
} from "./sheet";
import { type Place, targetOf } from "./walk";

const ROW = 22;
const TALLEST = 462;
/** Space around a number in its cell. */
const AROUND = 20;

interface GridProps {
  blocks: Blocks;
  sheet: Sheet;
  area: Area | null;
  tint: boolean;
  onSelect: (area: Area | null) => void;
  onCopy: () => void;
}

export function Grid({ blocks, sheet, area, tint, onSelect, onCopy }: GridProps) {
  const { store, actions } = useScope();
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef<Place | null>(null);
  const ids = useMemo(() => `ts-v${Math.random().toString(36).slice(2, 8)}`, []);
  const [scrolled, setScrolled] = useState({ x: 0, y: 0 });
  const [room, setRoom] = useState({ width: 600, height: 300, letter: 7.25, known: false });
  const widths = useRef({ of: "", before: 3, after: 2 });
  const named = useRef({ down: 0, across: 0 }); // characters of labels in the headers

  const state = store.state.value!;
  const labels = store.info.value?.dims ?? [];
  blocks.show(sheet);
  blocks.news.value; // drawn anew when numbers come

  // Widths are those of the longest numbers seen, so that nothing shrinks while one scrolls.
  const of = `${store.frame.value?.dtype} ${sheet.down?.dim} ${sheet.across?.dim}`;
  if (widths.current.of !== of) {
    widths.current = { of, before: 3, after: 2 };
    named.current = { down: 0, across: 0 };
  }
  const heads = [sheet.across, sheet.down].map((dim) => headLength(dim));
  const columnHead = sheet.across ? heads[0] : (labels[sheet.down?.dim ?? 0] ?? "").length;
  const corner = `${labels[sheet.down?.dim ?? 0] ?? ""} ↓`;
  const head = sheet.across ? 38 : 24; // room for the name of the columns' dim
  const sideWidth = () => {
    const letters = Math.max(heads[1] + named.current.down, corner.length);
    return Math.ceil(letters * room.letter) + 18;
  };
  let headWidth = sideWidth();

  const { min, max } = store.stats.tensor.value ?? {};
  const measured = (cells: Iterable<Cell>) => {
    const found = widened(widths.current, cells);
    if (found !== widths.current) widths.current = { ...found, of };
  };
  measured([min, max].flatMap((text) => (text ? [{ ...cellOf(text, false), after: 0 }] : [])));
  const laneDown: Lane = { count: sheet.rows, size: ROW, room: room.height - head };
  const offsetY = offsetOf(laneDown, scrolled.y);
  const [row0, row1] = visible(laneDown, offsetY);
  const widthOf = () => {
    const { before, after } = widths.current;
    const letters = Math.max(before + after, columnHead + named.current.across);
    return Math.ceil(letters * room.letter) + AROUND;
  };
  const lay = () => {
    const space = room.width - headWidth;
    const size = filling(widthOf(), sheet.columns, space);
    const lane: Lane = { count: sheet.columns, size, room: space, whole: true };
    const offset = offsetOf(lane, scrolled.x);
    return { lane, offset, span: visible(lane, offset) };
  };
  let across = lay();

  // What is visible, and how wide it is: a wider number makes all columns wider.
  const cells = new Map<string, Held>();
  const gather = () => {
    for (let row = row0; row < row1; row++) {
      for (let col = across.span[0]; col < across.span[1]; col++) {
        const name = `${row} ${col}`;
        const found = cells.has(name) ? null : blocks.find(sheet, row, col);
        if (found) cells.set(name, { cell: drawn(found), found });
      }
    }
    measured([...cells.values()].map(({ cell }) => cell));
  };
  gather();
  const names = namesOf(sheet, cells);
  named.current.down = Math.max(named.current.down, lettersOf(names.down, LONGEST.down));
  named.current.across = Math.max(named.current.across, lettersOf(names.across, LONGEST.across));
  headWidth = sideWidth();
  across = lay();
  const [col0, col1] = across.span;
  const width = across.lane.size;

  const cursor = placeOf(sheet, store.cursor.value);
  const pinned = placeOf(sheet, store.pinned.value);
  const active = cursor ?? pinned;

  const scrollTo = (x: number, y: number) => {
    box.current?.scrollTo(scrolledTo(across.lane, x), scrolledTo(laneDown, y));
  };
  const reveal = ({ row, col }: Place) => {
    const y = revealing(laneDown, offsetY, row);
    const x = revealing(across.lane, across.offset, col);
    if (x !== null || y !== null) scrollTo(x ?? across.offset, y ?? offsetY);
  };
  const go = (to: Place, extend: boolean) => {
    const from = cursor ?? pinned ?? to;
    if (!extend) anchor.current = null;
    else anchor.current ??= from;
    store.cursor.value = { ...positionAt(sheet, to.row, to.col), by: "key" };
    onSelect(anchor.current ? between(anchor.current, to) : null);
    actions.readCursor();
    reveal(to);
  };

  useEffect(() => {
    const el = box.current;
    if (!el) return;
    store.takeFocus(el);
    const measure = () => {
      const ruler = el.querySelector<HTMLElement>(".ts-values-ruler");
      const letter = (ruler?.getBoundingClientRect().width ?? 0) / 50 || 7.25;
      setRoom({
        width: el.clientWidth || 600,
        height: el.clientHeight || 300,
        letter,
        known: true,
      });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(el);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    blocks.want({ row0, row1, col0, col1 });
    if (box.current && cells.size > 0) painted(box.current, state);
  });
  // Columns that grew push the others along: what was first stays first, the cursor in view.
  const widthBefore = useRef(width);
  useLayoutEffect(() => {
    const before = widthBefore.current;
    widthBefore.current = width;
    if (before === width || sheet.columns === 1) return;
    const { lane } = across;
    // Read from the box: what was scrolled a moment ago has not been told yet.
    const from = offsetOf({ ...lane, size: before }, box.current?.scrollLeft ?? 0) / before;
    const seen = active && active.col >= from - 1 && active.col < from + lane.room / before;
    const least = seen ? (active.col + 1) * width - lane.room : 0;
    scrollTo(Math.max(from * width, least), offsetY);
  }, [width]);
  // Wherever they were moved from, pin and cursor are brought into view.
  useEffect(() => {
    if (pinned) reveal(pinned);
  }, [pinned?.row, pinned?.col, room.known]);
  useEffect(() => {
    if (cursor && store.cursor.value?.by === "key") reveal(cursor);
  }, [cursor?.row, cursor?.col]);

  const keys = (event: KeyboardEvent) => {
    const page = Math.max(1, row1 - row0 - 2);
    const from = cursor ?? pinned ?? { row: row0, col: col0 };
    const to = targetOf(event, from, sheet, page);
    if (to) go(to, event.shiftKey);
    else if (event.key === "Enter" && cursor)
      actions.pin(cellAt(state, positionAt(sheet, cursor.row, cursor.col)));
    else if (event.key === "Escape" && area) {
      anchor.current = null;
      onSelect(null);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
      onSelect({ row0: 0, row1: sheet.rows, col0: 0, col1: sheet.columns });
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") onCopy();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const under = (event: PointerEvent | MouseEvent): Place => {
    const edges = box.current!.getBoundingClientRect();
    const x = event.clientX - edges.left - headWidth + across.offset;
    const y = event.clientY - edges.top - head + offsetY;
    const clamp = (at: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(at)));
    return { row: clamp(y / ROW, sheet.rows), col: clamp(x / width, sheet.columns) };
  };
  const dragging = useRef(false);
  const press = (event: PointerEvent) => {
    const edges = box.current!.getBoundingClientRect();
    const [x, y] = [event.clientX - edges.left, event.clientY - edges.top];
    // The scroll bars lie beyond.
    if (event.button !== 0 || x > box.current!.clientWidth || y > box.current!.clientHeight) return;
    const at = under(event);
    if (y < head || x < headWidth) {
      const whole = { row0: 0, row1: sheet.rows, col0: 0, col1: sheet.columns };
      if (y >= head) onSelect({ ...whole, row0: at.row, row1: at.row + 1 });
      else if (x >= headWidth) onSelect({ ...whole, col0: at.col, col1: at.col + 1 });
      else onSelect(whole);
      return;
    }
    dragging.current = true;
    box.current!.setPointerCapture(event.pointerId);
    go(at, event.shiftKey);
    anchor.current ??= at;
  };
  const drag = (event: PointerEvent) => {
    const at = under(event);
    if (dragging.current && (at.row !== cursor?.row || at.col !== cursor?.col)) go(at, true);
  };
  const drop = () => {
    dragging.current = false;
    if (!area) anchor.current = null;
  };
  const pin = (event: MouseEvent) => {
    const { row, col } = under(event);
    actions.pin(cellAt(state, positionAt(sheet, row, col)));
  };

  const within = active && holds({ row0, row1, col0, col1 }, active.row, active.col);
  const placed: Placed = {
    span: { row0, row1, col0, col1 },
    left: headWidth - across.offset,
    top: head - offsetY,
    width,
    height: ROW,
    headWidth,
    point: widths.current.after,
    letter: room.letter,
    corner,
    over: sheet.across ? `${labels[sheet.across.dim]} →` : "",
    head,
    cursor,
    pinned,
    names,
  };
  const height = Math.min(TALLEST, head + lengthOf(laneDown) + 16);
  return (
    <div
      ref={box}
      class="ts-values-box"
      role="grid"
      aria-label="Values"
      aria-rowcount={sheet.rows + 1}
      aria-colcount={sheet.columns + 1}
      aria-multiselectable="true"
      aria-activedescendant={within ? `${ids}-${active?.row}-${active?.col}` : undefined}
      tabIndex={0}
      style={{ height: `${height}px` }}
      onKeyDown={keys}
      onScroll={(event) => {
        const { scrollLeft: x, scrollTop: y } = event.currentTarget;
        setScrolled({ x, y });
      }}
      onPointerDown={press}
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={drop}
      onDblClick={pin}
    >
      <span class="ts-values-ruler" aria-hidden="true">
        {"0".repeat(50)}
      </span>
      <div
        class="ts-values-size"
        role="presentation"
        style={{
          width: `${headWidth + lengthOf(across.lane)}px`,
          height: `${head + lengthOf(laneDown)}px`,
        }}
      >
        <div
          class="ts-values-pane"
          role="presentation"
          style={{ width: `${room.width}px`, height: `${room.height}px` }}
        >
          <Cells sheet={sheet} area={area} tint={tint} cells={cells} lay={placed} ids={ids} />
        </div>
      </div>
      <Waiting blocks={blocks} store={store} />
    </div>
  );
}

/** Over the numbers: why they do not come. */
function Waiting({ blocks, store }: { blocks: Blocks; store: Store }) {
  const wait = blocks.wait.value;
  if (!wait || store.phase.value === "closed") return null;
  return (
    <div class="ts-values-wait" role={wait.price ? "status" : "alert"}>
      <span>{wait.message}</span>
      <button type="button" class="ts-button" onClick={() => blocks.agree()}>
        {wait.price ? "Read it" : "Try again"}
      </button>
    </div>
  );
}

function headLength(dim: Sheet["down"]): number {
  if (!dim) return 0;
  return Math.max(String(dim.start).length, String(coordinate(dim, dim.size - 1)).length);
}
