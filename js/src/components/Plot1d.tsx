// One-dimensional pictures on a canvas: bars where they have room, else a line.
import { useEffect, useRef } from "preact/hooks";
import { LINE_HEIGHT, linePosition, type PlotScene, paintBars, paintLine } from "../canvas/plot";
import { palette } from "../colour";
import { layersOf, withoutHidden } from "../conditions";
import { barUnder } from "../geometry";
import { cellAt, wholeOf } from "../picture";
import type { Store } from "../store";
import { useScope } from "./context";
import { painted, usePaint } from "./painted";

function sceneOf(store: Store, width: number): PlotScene | null {
  const state = store.state.value;
  const frame = store.frame.value;
  const colours = store.colours.value;
  const dim = state?.picture.columns ?? state?.picture.rows;
  if (!state || !frame || !colours || !dim || frame.serial < state.serial) return null;
  const skin = store.skin.value;
  const rect = store.rect.value ?? wholeOf(state);
  const along = state.picture.columns ? "col" : "row";
  const { low, high } = store.found.value!;
  const seen = withoutHidden(frame, state);
  return {
    frame: along === "col" ? seen : turned(seen),
    layers: layersOf(state, skin),
    dim,
    // A line has room for its own range, not one made symmetric for colours.
    range: store.shape.value === "line" && !state.colour.range ? { low, high } : colours.range,
    found: store.found.value!,
    palette: palette(colours.map, skin.theme, skin.surface, skin.ink),
    skin,
    width,
    from: along === "col" ? rect.col0 : rect.row0,
    to: along === "col" ? rect.col1 : rect.row1,
    cursor: store.cursor.value?.[along] ?? null,
    pin: store.pinned.value?.[along] ?? null,
    threshold: state.threshold,
    masked: !store.lifted.value && state.where !== null,
  };
}

/** A frame whose only dim lies on the rows, seen as if it lay on the columns. */
function turned(frame: PlotScene["frame"]): PlotScene["frame"] {
  const [row0, row1] = frame.rect;
  return {
    ...frame,
    shape: [frame.shape[0], 1, frame.shape[1]],
    rect: [0, 1, row0, row1],
    block: [1, frame.block[0]],
  };
}

export function Plot1d() {
  const { store, actions } = useScope();
  const canvas = useRef<HTMLCanvasElement>(null);
  const bars = store.bars.value;
  const height = bars ? bars.down * bars.height : LINE_HEIGHT;

  usePaint(() => {
    const dpr = devicePixelRatio || 1;
    const width = store.room.value.width / dpr + 36;
    const scene = sceneOf(store, width);
    const el = canvas.current;
    const ctx = el?.getContext("2d");
    if (!el || !ctx || !scene) return;
    store.guard(() => {
      const bars = store.bars.value;
      const tall = bars ? bars.down * bars.height : LINE_HEIGHT;
      el.width = Math.round(width * dpr);
      el.height = Math.round(tall * dpr);
      ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
      if (bars) paintBars(ctx, scene, bars);
      else paintLine(ctx, scene);
      painted(el, scene.frame);
    });
  });

  useEffect(() => {
    const el = canvas.current;
    if (!el) return;
    store.takeFocus(el);
    const locate = (event: PointerEvent) => {
      const state = store.state.value;
      const scene = sceneOf(store, el.clientWidth);
      if (!state || !scene) return null;
      const box = el.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const bars = store.bars.value;
      const p = bars ? barUnder(bars, x, y, scene.dim.size) : linePosition(scene, x);
      if (p === null) return null;
      return state.picture.columns ? { row: 0, col: p, tile: 0 } : { row: p, col: 0, tile: 0 };
    };
    const move = (event: PointerEvent) => {
      const at = locate(event);
      const before = store.cursor.value;
      if (at && before?.by === "pointer" && before.row === at.row && before.col === at.col) return;
      store.cursor.value = at && { ...at, by: "pointer" };
      if (at) actions.readCursor();
    };
    const leave = () => {
      if (store.cursor.value?.by === "pointer") store.cursor.value = null;
    };
    const click = (event: PointerEvent) => {
      el.focus({ preventScroll: true });
      const at = locate(event);
      const state = store.state.value;
      if (at && state) actions.pin(cellAt(state, at));
    };
    el.addEventListener("pointermove", move);
    el.addEventListener("pointerleave", leave);
    el.addEventListener("click", click as EventListener);
    return () => {
      el.removeEventListener("pointermove", move);
      el.removeEventListener("pointerleave", leave);
      el.removeEventListener("click", click as EventListener);
    };
  }, []);

  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a canvas driven by keys is an application
    <canvas
      ref={canvas}
      class="ts-heat ts-plot1d"
      role="application"
      aria-label="Heatmap"
      tabIndex={0}
      style={{ height: `${height}px` }}
    />
  );
}
