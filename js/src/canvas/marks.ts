// What lies on the cells: glyphs for NaN and infinities, notches, hit outlines.
import { css, pack, type Rgb } from "../colour";
import { inColour, type Layer } from "../conditions";
import type { Frame } from "../frame";
import type { Skin } from "../skin";
import type { Marks } from "./cells";

export interface Grid {
  columns: number;
  xs: Int32Array;
  ys: Int32Array;
  /** Size of a block in device pixels. */
  cellW: number;
  cellH: number;
  dpr: number;
}

/** From this many CSS pixels a cell has room for a glyph, an outline. */
export const GLYPHS_FROM = 5;
const OUTLINE_FROM = 3;
/** From this many, also for a cross, for a rim that sets an outline off from a colour much like its
 *  own, and for the inner rim of a ring. */
export const RIM_FROM = 8;

export function paintMarks(ctx: CanvasRenderingContext2D, marks: Marks, grid: Grid, skin: Skin) {
  const size = cellSize(grid);
  hatches(ctx, marks.masked, grid, css(skin.line2));
  if (size < GLYPHS_FROM) {
    hairlines(ctx, marks.neginf, grid, skin.surface, true);
    hairlines(ctx, marks.posinf, grid, skin.surface, false);
    return;
  }
  // A cross would wash out the colour of a cell that it fills.
  if (size >= RIM_FROM) cross(ctx, marks.nan, grid, css(skin.surface));
  triangles(ctx, marks.posinf, grid, css(skin.surface), -1);
  triangles(ctx, marks.neginf, grid, css(skin.ink2), 1);
  notches(ctx, marks.above, grid, css(skin.surface), true);
  notches(ctx, marks.below, grid, css(skin.surface), false);
}

export const hasOutlines = (grid: Grid) => cellSize(grid) >= OUTLINE_FROM;

export const cellSize = ({ cellW, cellH, dpr }: Grid) => Math.min(cellW, cellH) / dpr;

function box({ columns, xs, ys }: Grid, k: number) {
  const r = Math.floor(k / columns);
  const c = k % columns;
  return { x: xs[c], y: ys[r], w: xs[c + 1] - xs[c], h: ys[r + 1] - ys[r] };
}

function cross(ctx: CanvasRenderingContext2D, cells: number[], grid: Grid, colour: string) {
  ctx.beginPath();
  for (const k of cells) {
    const { x, y, w, h } = box(grid, k);
    const a = Math.min(w, h) * 0.22;
    const [cx, cy] = [x + w / 2, y + h / 2];
    ctx.moveTo(cx - a, cy - a);
    ctx.lineTo(cx + a, cy + a);
    ctx.moveTo(cx + a, cy - a);
    ctx.lineTo(cx - a, cy + a);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.max(1, grid.dpr * 1.25);
  ctx.stroke();
}

function triangles(
  ctx: CanvasRenderingContext2D,
  cells: number[],
  grid: Grid,
  colour: string,
  down: 1 | -1,
) {
  ctx.beginPath();
  for (const k of cells) {
    const { x, y, w, h } = box(grid, k);
    const a = Math.min(w, h) * 0.24;
    const [cx, cy] = [x + w / 2, y + h / 2];
    ctx.moveTo(cx - a, cy - a * 0.8 * down);
    ctx.lineTo(cx + a, cy - a * 0.8 * down);
    ctx.lineTo(cx, cy + a * 0.9 * down);
    ctx.closePath();
  }
  ctx.fillStyle = colour;
  ctx.fill();
}

function notches(
  ctx: CanvasRenderingContext2D,
  cells: number[],
  grid: Grid,
  colour: string,
  above: boolean,
) {
  ctx.beginPath();
  for (const k of cells) {
    const { x, y, w, h } = box(grid, k);
    const a = Math.min(Math.max(3, Math.min(w, h) * 0.35), 8 * grid.dpr);
    if (above) {
      ctx.moveTo(x + w - a, y);
      ctx.lineTo(x + w, y);
      ctx.lineTo(x + w, y + a);
    } else {
      ctx.moveTo(x, y + h - a);
      ctx.lineTo(x, y + h);
      ctx.lineTo(x + a, y + h);
    }
    ctx.closePath();
  }
  ctx.fillStyle = colour;
  ctx.fill();
}

/** Masked cells are hatched, in one pattern that runs through neighbours. */
function hatches(ctx: CanvasRenderingContext2D, cells: number[], grid: Grid, colour: string) {
  if (cells.length === 0) return;
  const step = Math.max(3, Math.round(5 * grid.dpr));
  ctx.beginPath();
  for (const k of cells) {
    const { x, y, w, h } = box(grid, k);
    // Lines where column + row is a multiple of the step, cut to the cell.
    for (let at = Math.ceil((x + y) / step) * step; at < x + y + w + h; at += step) {
      ctx.moveTo(Math.max(x, at - y - h), Math.min(y + h, at - x));
      ctx.lineTo(Math.min(x + w, at - y), Math.max(y, at - x - w));
    }
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.max(1, grid.dpr);
  ctx.stroke();
}

/** Below glyph size infinities are told apart by the direction of fine lines. */
function hairlines(
  ctx: CanvasRenderingContext2D,
  cells: number[],
  grid: Grid,
  colour: Rgb,
  flat: boolean,
) {
  ctx.fillStyle = css(colour);
  for (const k of cells) {
    const { x, y, w, h } = box(grid, k);
    if (flat) for (let v = y + (y & 1); v < y + h; v += 2) ctx.fillRect(x, v, w, 1);
    else for (let u = x + 1 - (x & 1); u < x + w; u += 2) ctx.fillRect(u, y, 1, h);
  }
}

/** Where cells have no room for outlines, hits of named conditions take their colour; what is not
 *  finite keeps its own. */
export function tintHits(
  pixels: Uint32Array,
  marks: Marks,
  frame: Frame,
  tile: number,
  grid: Grid,
  layers: readonly Layer[],
) {
  const { mask } = frame;
  if (!mask || hasOutlines(grid) || !inColour(layers)) return;
  const kept = [...marks.nan, ...marks.posinf, ...marks.neginf];
  const own = kept.map((k) => pixels[k]);
  const base = tile * pixels.length;
  for (const { bits, colour } of layers) {
    const paint = pack(colour);
    for (let k = 0; k < pixels.length; k++) if (mask[base + k] & bits) pixels[k] = paint;
  }
  for (let i = 0; i < kept.length; i++) pixels[kept[i]] = own[i];
}

/** A line round each connected region of hits: of ink, or in the colours of named conditions. */
export function paintOutline(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  tile: number,
  grid: Grid,
  layers: readonly Layer[],
) {
  const { mask } = frame;
  if (!mask || !hasOutlines(grid)) return;
  const [, rows, columns] = frame.shape;
  const base = tile * rows * columns;
  const hit = (r: number, c: number) =>
    r >= 0 && c >= 0 && r < rows && c < columns && (mask[base + r * columns + c] & bits) !== 0;
  const named = inColour(layers);
  const line = Math.max(1, Math.round(grid.dpr * (named && cellSize(grid) >= 6 ? 2 : 1)));
  const step = line + (cellSize(grid) >= RIM_FROM ? Math.max(1, Math.round(grid.dpr)) : 0);
  const roomy = Math.min(grid.cellW, grid.cellH) >= 2 * step * layers.length;
  const { xs, ys } = grid;
  let bits = 0;
  const lines = (k: number, t: number, colour: Rgb) => {
    bits = layers[k].bits;
    ctx.fillStyle = css(colour);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        if (!hit(r, c)) continue;
        // Where several conditions hold, each line lies inside that of the next.
        const here = mask[base + r * columns + c];
        const over = layers.filter((other, j) => j > k && here & other.bits).length;
        const inset = roomy ? over * step : 0;
        const [up, down, left, right] = [
          hit(r - 1, c),
          hit(r + 1, c),
          hit(r, c - 1),
          hit(r, c + 1),
        ];
        const x0 = xs[c] + (left ? 0 : inset);
        const x1 = xs[c + 1] - (right ? 0 : inset);
        const y0 = ys[r] + (up ? 0 : inset);
        const y1 = ys[r + 1] - (down ? 0 : inset);
        if (!up) ctx.fillRect(x0, y0, x1 - x0, t);
        if (!down) ctx.fillRect(x0, y1 - t, x1 - x0, t);
        if (!left) ctx.fillRect(x0, y0, t, y1 - y0);
        if (!right) ctx.fillRect(x1 - t, y0, t, y1 - y0);
      }
    }
  };
  layers.forEach(({ colour, rim }, k) => {
    if (step > line) lines(k, step, rim);
    lines(k, line, colour);
  });
}
