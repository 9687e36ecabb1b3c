// Small multiples: one tile an index of the grid dim, on a single canvas.
import { useEffect, useRef } from "preact/hooks";
import { colourBlocks, gridOf, spread } from "../canvas/cells";
import { paintOutline, tintHits } from "../canvas/marks";
import { css, palette, resolve, scan } from "../colour";
import { layersOf, withoutHidden } from "../conditions";
import { formatCount } from "../format";
import { colourType, type Frame } from "../frame";
import { CAPTION, TILE_GAP, tilesAcross } from "../geometry";
import type { State } from "../protocol";
import type { Store } from "../store";
import { TILES } from "../view";
import { type Geometry, positionAt } from "../viewport";
import { useScope } from "./context";
import { Pager } from "./IconButton";
import { painted, usePaint } from "./painted";
import { badgeOf, labelOf, markOf, paintBadge, TileMarks } from "./TileMarks";

/** Above each row of tiles: half of a badge. */
const HEAD = 7;

interface Layout {
  side: number;
  across: number;
  gap: number;
  tall: number;
  g: Geometry;
  dpr: number;
}

/** How many tiles lie side by side, and the geometry of each. */
function layoutOf(store: Store, state: State): Layout {
  const dpr = devicePixelRatio || 1;
  const width = store.paneWidth.value;
  const side = store.tileSide.value;
  const across = tilesAcross(side, width);
  const most = across > 1 ? (width - across * side) / (across - 1) : TILE_GAP;
  const gap = Math.min(TILE_GAP * 2, most);
  const g = store.tileGeometry(state);
  return { side, across, gap, tall: Math.ceil(g.height / dpr) + CAPTION + TILE_GAP, g, dpr };
}

/** Upper left corner of the t-th tile, in CSS pixels. */
const placeOf = ({ side, across, gap, tall }: Layout, t: number) => ({
  left: (t % across) * (side + gap),
  top: HEAD + Math.floor(t / across) * tall,
});

export function Tiles() {
  const { store, actions } = useScope();
  const canvas = useRef<HTMLCanvasElement>(null);

  usePaint(() => {
    const state = store.state.value;
    const frame = store.frame.value;
    const el = canvas.current;
    const ctx = el?.getContext("2d");
    if (!state?.picture.grid || !frame || !el || !ctx || frame.serial < state.serial) return;
    store.guard(() => {
      const layout = layoutOf(store, state);
      store.tilesAcross = layout.across;
      const rows = Math.ceil(frame.tiles.length / layout.across);
      el.width = Math.round(store.paneWidth.value * layout.dpr);
      el.height = Math.round((HEAD + Math.max(1, rows * layout.tall)) * layout.dpr);
      el.style.height = `${el.height / layout.dpr}px`;
      const seen = withoutHidden(frame, state);
      for (let t = 0; t < frame.tiles.length; t++) paintTile(ctx, store, state, seen, t, layout);
      painted(el, frame);
    });
  });

  useEffect(() => {
    const el = canvas.current;
    if (!el) return;
    store.takeFocus(el);
    const locate = (event: MouseEvent) => {
      const state = store.state.value;
      const frame = store.frame.value;
      if (!state || !frame) return null;
      const layout = layoutOf(store, state);
      const box = el.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const [c, r] = [
        Math.floor(x / (layout.side + layout.gap)),
        Math.floor((y - HEAD) / layout.tall),
      ];
      const t = r * layout.across + c;
      if (c < 0 || c >= layout.across || t < 0 || t >= frame.tiles.length) return null;
      const { left, top } = placeOf(layout, t);
      if (x - left >= layout.side || y - top >= layout.tall - TILE_GAP) return null; // between tiles
      const at = positionAt(layout.g, (x - left) * layout.dpr, (y - top) * layout.dpr);
      return { tile: frame.tiles[t], at }; // `at` is null on the caption
    };
    const move = (event: PointerEvent) => {
      const found = locate(event);
      const at = found?.at;
      store.cursor.value = at ? { ...at, tile: found.tile, by: "pointer" } : null;
      el.title = (found && markOf(store.tiles.value, found.tile)?.text) ?? "";
      if (at) actions.readCursor();
    };
    const leave = () => {
      if (store.cursor.value?.by === "pointer") store.cursor.value = null;
    };
    const open = (event: MouseEvent) => {
      const found = locate(event);
      if (found && event.shiftKey) actions.sortByDistance("distance", found.tile);
      else if (found) actions.openTile(found.tile);
    };
    el.addEventListener("pointermove", move);
    el.addEventListener("pointerleave", leave);
    el.addEventListener("click", open);
    return () => {
      el.removeEventListener("pointermove", move);
      el.removeEventListener("pointerleave", leave);
      el.removeEventListener("click", open);
    };
  }, []);

  return (
    <>
      <TileMarks />
      <div class="ts-tilebox">
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a canvas driven by keys is an application */}
        <canvas
          ref={canvas}
          class="ts-heat ts-tiles"
          role="application"
          aria-label="Heatmap"
          tabIndex={0}
        />
        <Doors />
      </div>
      <TilePager />
    </>
  );
}

/** A button over each tile, for screen readers and keyboards; pointers reach the canvas below. */
function Doors() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const frame = store.frame.value;
  const dim = state?.picture.grid;
  if (!state || !frame || !dim) return null;
  const layout = layoutOf(store, state);
  const name = store.info.value?.dims[dim.dim];
  return (
    <>
      {frame.tiles.map((tile, t) => {
        const { left, top } = placeOf(layout, t);
        return (
          <button
            key={tile}
            type="button"
            class="ts-door"
            data-tile={tile}
            tabIndex={-1}
            aria-label={[
              `Open ${name} ${dim.start + tile * dim.step}`,
              markOf(store.tiles.value, tile)?.text,
            ]
              .filter(Boolean)
              .join(": ")}
            style={{
              left: `${left}px`,
              top: `${top}px`,
              width: `${layout.side}px`,
              height: `${layout.tall - TILE_GAP}px`,
            }}
            onClick={() => actions.openTile(tile)}
          />
        );
      })}
    </>
  );
}

function paintTile(
  ctx: CanvasRenderingContext2D,
  store: Store,
  state: State,
  frame: Frame,
  t: number,
  layout: Layout,
) {
  const { g, dpr } = layout;
  const { left, top } = placeOf(layout, t);
  const skin = store.skin.value;
  const n = frame.shape[1] * frame.shape[2];
  const own = scan(frame.values.numbers, frame.upper?.numbers ?? null, t * n, (t + 1) * n);
  const found = store.perTile.value ? own : store.found.value!;
  const { map, range } = resolve(state.colour.map, colourType(frame), found, state.colour.range);
  const table = palette(map, skin.theme, skin.surface, skin.ink);
  const masked = frame.mask !== null && !store.lifted.value;
  const { pixels, marks } = colourBlocks(frame, t, table, range, skin, masked);
  const layers = layersOf(state, skin);
  const x = Math.round(left * dpr);
  const y = Math.round(top * dpr);
  const grid = gridOf(frame, g, dpr);
  if (masked) tintHits(pixels, marks, frame, t, grid, layers);
  const image = ctx.createImageData(g.width, g.height);
  spread(pixels, frame.shape[2], grid.xs, grid.ys, new Uint32Array(image.data.buffer), g.width);
  ctx.putImageData(image, x, y);
  ctx.save();
  ctx.translate(x, y);
  if (masked) paintOutline(ctx, frame, t, grid, layers);
  ctx.scale(dpr, dpr);
  const [w, h] = [g.width / dpr, g.height / dpr];
  const chosen = store.cursor.value?.tile === frame.tiles[t];
  ctx.strokeStyle = css(chosen ? skin.ink : skin.line);
  ctx.lineWidth = chosen ? 2 : 1;
  const out = chosen ? 1 : 0.5;
  ctx.strokeRect(
    chosen ? -out : out,
    chosen ? -out : out,
    w + (chosen ? 2 : -1),
    h + (chosen ? 2 : -1),
  );
  const dim = state.picture.grid!;
  ctx.font = `10px ${skin.font}`;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  ctx.fillStyle = css(skin.ink2);
  ctx.fillText(String(dim.start + frame.tiles[t] * dim.step), 0, h + 12);
  ctx.textAlign = "right";
  const page = store.tiles.value;
  ctx.fillStyle = css(skin.ink3);
  ctx.fillText(labelOf(page, frame.tiles[t], dim.sort ?? null, own), w, h + 12);
  const badge = badgeOf(page, frame, frame.tiles[t], own);
  if (badge) paintBadge(ctx, badge, w, skin);
  ctx.restore();
}

/** Beyond 100 tiles: the next hundred. */
function TilePager() {
  const { store, actions } = useScope();
  const total = store.state.value?.picture.grid?.size ?? 0;
  const from = store.tileFrom.value;
  if (total <= TILES) return null;
  const last = Math.min(total, from + TILES) - 1;
  return (
    <Pager
      of="tiles"
      text={`${formatCount(from)}–${formatCount(last)} of ${formatCount(total)}`}
      first={from === 0}
      last={from + TILES >= total}
      onMove={(by) => actions.showTiles(Math.max(0, from + by * TILES))}
    />
  );
}
