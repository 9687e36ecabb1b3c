// The picture of a plane: cells on one canvas, rulers and rings on another above it.
import { useEffect, useRef } from "preact/hooks";
import { anomalyBits, loudBits } from "../anomaly";
import { colourBlocks, gridOf, spread } from "../canvas/cells";
import { paintDigits } from "../canvas/digits";
import { paintMarks, paintOutline, tintHits } from "../canvas/marks";
import { anomaliesOf, GUTTER, paintOverlay, rulerWidth, TOP } from "../canvas/overlay";
import { rgbBlocks } from "../canvas/rgb";
import { palette } from "../colour";
import { layersOf, withoutHidden } from "../conditions";
import type { Frame } from "../frame";
import { cellAt, covers } from "../picture";
import type { Store } from "../store";
import { type Geometry, positionAt } from "../viewport";
import { useScope } from "./context";
import { painted, usePaint } from "./painted";

function size(canvas: HTMLCanvasElement, width: number, height: number, dpr: number) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.style.width = `${width / dpr}px`;
  canvas.style.height = `${height / dpr}px`;
}

/** Pixels for a picture; the next one of its size has the same. */
let sheet: ImageData | null = null;
function blank(ctx: CanvasRenderingContext2D, { width, height }: Geometry): ImageData {
  if (sheet?.width !== width || sheet.height !== height) {
    sheet = ctx.createImageData(width, height);
  } else sheet.data.fill(0);
  return sheet;
}

function paintCells(canvas: HTMLCanvasElement, store: Store, whole: Frame, g: Geometry) {
  const state = store.state.value;
  const colours = store.colours.value;
  const ctx = canvas.getContext("2d");
  if (!colours || !ctx || !state) return;
  const frame = withoutHidden(whole, state);
  const skin = store.skin.value;
  const dpr = devicePixelRatio || 1;
  const masked = !store.lifted.value && frame.mask !== null;
  const table = palette(colours.map, skin.theme, skin.surface, skin.ink);
  const rgb = store.state.value?.picture.grid?.rgb;
  canvas.classList.toggle("ts-alpha", !!rgb && frame.shape[0] === 4);
  const coloured = (of: Frame) =>
    rgb
      ? rgbBlocks(of, colours.range, skin, masked)
      : colourBlocks(of, 0, table, colours.range, skin, masked);
  const { pixels, marks } = coloured(frame);
  const grid = gridOf(frame, g, dpr);
  const layers = layersOf(state, skin);
  if (masked) tintHits(pixels, marks, frame, 0, grid, layers);
  const image = blank(ctx, g);
  const out = new Uint32Array(image.data.buffer);
  const { base } = store;
  if (base && base !== frame && !covers(frame, g.rect)) {
    const { xs, ys } = gridOf(base, g, dpr);
    spread(coloured(base).pixels, base.shape[2], xs, ys, out, g.width);
  }
  spread(pixels, frame.shape[2], grid.xs, grid.ys, out, g.width);
  ctx.putImageData(image, 0, 0);
  paintMarks(ctx, marks, grid, skin);
  if (rgb) return;
  if (masked) paintOutline(ctx, frame, 0, grid, layers);
  paintDigits(ctx, frame, 0, pixels, grid, skin);
}

export function Heatmap() {
  const { store } = useScope();
  const heat = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const made = useRef<unknown[]>([]);

  usePaint(() => {
    const state = store.state.value;
    const frame = store.frame.value;
    if (!state || !frame || !heat.current || store.shape.value !== "plane") return;
    if (frame.serial < state.serial) return; // Python moved the state: its frame is on the way
    store.guard(() => {
      const g = store.geometry(state);
      size(heat.current!, g.width, g.height, devicePixelRatio || 1);
      heat.current!.style.marginLeft = `${rulerWidth(state.picture.rows)}px`;
      // The kernel's answer to what was shown ahead of it brings the same cells again.
      const of: unknown[] = [frame.mask && {}, frame.values, store.base?.values];
      const { map, range } = store.colours.value ?? {};
      of.push(map, store.skin.value, store.lifted.value, g.width, g.height);
      of.push(...Object.values({ ...range, ...g.rect }));
      if (of.some((one, k) => one !== made.current[k])) paintCells(heat.current!, store, frame, g);
      made.current = of;
      painted(heat.current!, frame);
    });
  });

  usePaint(() => {
    const state = store.state.value;
    const frame = store.frame.value;
    const ctx = over.current?.getContext("2d");
    if (!state || !frame || !ctx || store.shape.value !== "plane") return;
    store.guard(() => {
      const dpr = devicePixelRatio || 1;
      const g = store.geometry(state);
      const left = rulerWidth(state.picture.rows);
      const wide = Math.round((left + GUTTER) * dpr) + g.width;
      size(over.current!, wide, Math.round((TOP + GUTTER) * dpr) + g.height, dpr);
      const { rows, columns } = state.picture;
      const skin = store.skin.value;
      const [cursor, pin] = [store.cursor.value, store.pinned.value];
      paintOverlay(ctx, { g, rows, columns, frame, skin, dpr, left, cursor, pin });
    });
  });

  usePointer(heat, over);
  return (
    <div class="ts-heatmap">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a canvas driven by keys is an application */}
      <canvas ref={heat} class="ts-heat" role="application" aria-label="Heatmap" tabIndex={0} />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus */}
      <canvas ref={over} class="ts-over" aria-hidden="true" />
    </div>
  );
}

/** A click on a gutter tick pins the first anomaly of that row or column. */
function clickGutter(event: MouseEvent, store: Store, jump: (cell: (number | string)[]) => void) {
  const state = store.state.value;
  const frame = store.frame.value;
  if (!state || !frame) return;
  const g = store.geometry(state);
  const dpr = devicePixelRatio || 1;
  const x = (event.offsetX - rulerWidth(state.picture.rows)) * dpr;
  const y = (event.offsetY - TOP) * dpr;
  const down = y >= g.height;
  if (!down && x < g.width) return;
  const at = positionAt(g, down ? x : 0, down ? 0 : y);
  if (!at) return;
  const [row0, , col0] = frame.rect;
  const line = down
    ? Math.floor((at.col - col0) / frame.block[1])
    : Math.floor((at.row - row0) / frame.block[0]);
  const found = anomaliesOf(frame);
  if (!(down ? found.columns : found.rows).has(line)) return;
  const [, rows, columns] = frame.shape;
  for (let k = 0; k < (down ? rows : columns); k++) {
    const [r, c] = down ? [k, line] : [line, k];
    const i = r * columns + c;
    if (!(anomalyBits(frame, i) & loudBits(frame))) continue;
    jump(
      cellAt(state, { row: row0 + r * frame.block[0], col: col0 + c * frame.block[1], tile: 0 }),
    );
    return;
  }
}

const WHEEL_STEP = 40;

/** Hover, click, drag to pan, wheel to zoom. */
function usePointer(
  heat: { current: HTMLCanvasElement | null },
  over: { current: HTMLCanvasElement | null },
) {
  const { store, actions } = useScope();
  useEffect(() => {
    const canvas = heat.current;
    if (!canvas || !over.current) return;
    store.takeFocus(canvas);
    let from: { x: number; y: number; row0: number; col0: number } | null = null;
    let moved = false;
    let turned = 0;
    const locate = (event: MouseEvent) => {
      const state = store.state.value;
      if (!state) return null;
      const dpr = devicePixelRatio || 1;
      const g = store.geometry(state);
      const box = canvas.getBoundingClientRect();
      const x = (event.clientX - box.left) * dpr;
      const y = (event.clientY - box.top) * dpr;
      return { g, at: positionAt(g, x, y), dpr };
    };
    const hover = (event: PointerEvent) => {
      const found = locate(event);
      if (!found) return;
      if (from) {
        const rect = store.rect.value;
        const { g, dpr } = found;
        const dRow = Math.round(((from.y - event.clientY) * dpr) / g.cellH);
        const dCol = Math.round(((from.x - event.clientX) * dpr) / g.cellW);
        if (rect && (moved || dRow || dCol)) {
          moved = true;
          actions.panBy(from.row0 + dRow - rect.row0, from.col0 + dCol - rect.col0);
          return;
        }
      }
      const before = store.cursor.value;
      const { at } = found;
      if (!at) store.cursor.value = null;
      else if (before?.by !== "pointer" || before.row !== at.row || before.col !== at.col) {
        store.cursor.value = { ...at, tile: 0, by: "pointer" };
        actions.readCursor();
      }
    };
    const leave = () => {
      if (store.cursor.value?.by === "pointer") store.cursor.value = null;
    };
    const press = (event: PointerEvent) => {
      if (event.button !== 0) return;
      canvas.focus({ preventScroll: true });
      const rect = store.rect.value;
      moved = false;
      from = { x: event.clientX, y: event.clientY, row0: rect?.row0 ?? 0, col0: rect?.col0 ?? 0 };
      canvas.setPointerCapture(event.pointerId);
    };
    const release = (event: PointerEvent) => {
      const still = from && !moved;
      from = null;
      const state = store.state.value;
      const at = locate(event)?.at;
      if (still && at && state) actions.pin(cellAt(state, { ...at, tile: 0 }));
    };
    const cancel = () => {
      from = null;
    };
    const around = canvas.parentElement!;
    const gutter = (event: MouseEvent) => {
      if (event.target === around) store.guard(() => clickGutter(event, store, actions.jump));
    };
    around.addEventListener("click", gutter);
    const wheel = (event: WheelEvent) => {
      // The page keeps its scroll wheel until the picture has the focus.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) {
        const root = canvas.getRootNode() as Document | ShadowRoot;
        if (root.activeElement !== canvas) return;
      }
      const at = locate(event)?.at;
      if (!at || event.deltaY === 0) return;
      event.preventDefault();
      // Touchpads send many small steps: gather them.
      turned += event.deltaY * (event.deltaMode === 0 ? 1 : 30);
      if (Math.abs(turned) < WHEEL_STEP) return;
      actions.zoomBy(turned < 0 ? 1.25 : 1 / 1.25, at);
      turned = 0;
    };
    const listeners = [
      ["pointermove", hover],
      ["pointerleave", leave],
      ["pointerdown", press],
      ["pointerup", release],
      ["pointercancel", cancel],
      ["dblclick", actions.fit],
      ["wheel", wheel],
    ] as const;
    for (const [name, run] of listeners) {
      canvas.addEventListener(name, run as EventListener, { passive: false });
    }
    return () => {
      around.removeEventListener("click", gutter);
      for (const [name, run] of listeners) canvas.removeEventListener(name, run as EventListener);
    };
  }, []);
}
