// What surrounds the cells: rulers, pills, gutter ticks, and the rings of cursor and pin.
import { anomalyBits, anomalyOffsets } from "../anomaly";
import { css } from "../colour";
import { FLAG, type Frame } from "../frame";
import { labelIn } from "../labels";
import type { Position } from "../picture";
import type { PictureDim } from "../protocol";
import type { Skin } from "../skin";
import { edgeX, edgeY, type Geometry, rulerStep } from "../viewport";
import { RIM_FROM } from "./marks";

export const TOP = 18;
export const GUTTER = 10;
const LABEL = 10;
const DIGIT = 6.1;

const shortened = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;

/** Width of the left ruler in CSS pixels: 26, or more where indices are long. */
export function rulerWidth(rows: PictureDim | null): number {
  if (!rows) return 26;
  const far = rows.start + (rows.size - 1) * rows.step;
  const digits = Math.max(String(rows.start).length, String(far).length);
  return Math.max(26, Math.ceil(digits * DIGIT + 12));
}

export interface Scene {
  g: Geometry;
  rows: PictureDim | null;
  columns: PictureDim | null;
  frame: Frame;
  skin: Skin;
  dpr: number;
  left: number;
  cursor: Position | null;
  pin: Position | null;
}

/** Paints everything round the picture; the context is in CSS pixels. */
export function paintOverlay(ctx: CanvasRenderingContext2D, scene: Scene) {
  const { dpr, g, left } = scene;
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.clearRect(0, 0, left + g.width / dpr + GUTTER, TOP + g.height / dpr + GUTTER);
  ctx.font = `${LABEL}px ${scene.skin.font}`;
  rulers(ctx, scene);
  gutters(ctx, scene);
  if (scene.cursor) ring(ctx, scene, scene.cursor, false);
  if (scene.pin) {
    ring(ctx, scene, scene.pin, true);
    pills(ctx, scene, scene.pin);
  }
}

const visible = (g: Geometry, at: Position) =>
  at.row >= g.rect.row0 && at.row < g.rect.row1 && at.col >= g.rect.col0 && at.col < g.rect.col1;

/** What a column is called: by its label where the frame tells it, else by its number. */
function columnName({ columns, frame }: Scene, c: number): string {
  return labelIn(frame, "columns", c) ?? String(columns!.start + c * columns!.step);
}

function rulers(ctx: CanvasRenderingContext2D, scene: Scene) {
  const { g, rows, columns, frame, skin, dpr, left, pin } = scene;
  const right = left + g.width / dpr + GUTTER;
  ctx.fillStyle = css(skin.ink3);
  const tick = css(skin.line2);
  const pinned = pin && visible(g, pin) ? pin : null;
  if (columns) {
    let far = String(columns.start + columns.size * columns.step).length;
    for (const label of frame.labels?.columns ?? []) far = Math.max(far, label?.length ?? 0);
    const step = rulerStep(g.cellW / dpr, Math.min(140, Math.max(44, far * DIGIT + 12)));
    const most = Math.floor((step * g.cellW) / dpr / DIGIT) - 1; // characters
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    for (let c = Math.ceil(g.rect.col0 / step) * step; c < g.rect.col1; c += step) {
      const x = left + (edgeX(g, c) + g.cellW / 2) / dpr;
      ctx.fillStyle = tick;
      ctx.fillRect(Math.round(x) - 0.5, TOP - 3, 1, 3);
      const room = Math.min(most, Math.floor((2 * Math.min(x, right - x)) / DIGIT));
      const away = pinned
        ? Math.abs(left + (edgeX(g, pinned.col) + g.cellW / 2) / dpr - x)
        : Number.POSITIVE_INFINITY;
      if (away < 9 + Math.min(far, most) * DIGIT) continue;
      ctx.fillStyle = css(skin.ink3);
      ctx.fillText(shortened(columnName(scene, c), room), x, TOP - 6);
    }
  }
  if (rows) {
    const step = rulerStep(g.cellH / dpr, 44);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (let r = Math.ceil(g.rect.row0 / step) * step; r < g.rect.row1; r += step) {
      const y = TOP + (edgeY(g, r) + g.cellH / 2) / dpr;
      ctx.fillStyle = tick;
      ctx.fillRect(left - 3, Math.round(y) - 0.5, 3, 1);
      const away = pinned ? Math.abs(TOP + (edgeY(g, pinned.row) + g.cellH / 2) / dpr - y) : 99;
      if (away < 14) continue;
      ctx.fillStyle = css(skin.ink3);
      ctx.fillText(String(rows.start + r * rows.step), left - 6, y + 0.5);
    }
  }
}

/** Ticks where a column or row holds NaN or +Inf, and -Inf where that is rare. */
export function anomalies(frame: Frame): {
  columns: Map<number, number>;
  rows: Map<number, number>;
} {
  const columns = frame.shape[2];
  const found = { columns: new Map<number, number>(), rows: new Map<number, number>() };
  for (const i of anomalyOffsets(frame)) {
    const b = anomalyBits(frame, i);
    const c = i % columns;
    const r = Math.floor(i / columns);
    found.columns.set(c, (found.columns.get(c) ?? 0) | b);
    found.rows.set(r, (found.rows.get(r) ?? 0) | b);
  }
  return found;
}

const remembered = new WeakMap<object, ReturnType<typeof anomalies>>();

export function anomaliesOf(frame: Frame) {
  let found = remembered.get(frame.values);
  if (!found) {
    found = anomalies(frame);
    remembered.set(frame.values, found);
  }
  return found;
}

function gutters(ctx: CanvasRenderingContext2D, { g, frame, skin, dpr, left }: Scene) {
  const found = anomaliesOf(frame);
  const colour = (b: number) =>
    css(b & FLAG.nan ? skin.nan : b & FLAG.posinf ? skin.ink : skin.line2);
  const right = left + g.width / dpr + 4;
  const bottom = TOP + g.height / dpr + 4;
  for (const [c, b] of found.columns) {
    const x = edgeX(g, frame.rect[2] + c * frame.block[1]) / dpr;
    const w = Math.max(2, (g.cellW * frame.block[1]) / dpr - 1);
    if (x < 0 || x >= g.width / dpr) continue;
    ctx.fillStyle = colour(b);
    ctx.fillRect(left + x, bottom, w, 5);
  }
  for (const [r, b] of found.rows) {
    const y = edgeY(g, frame.rect[0] + r * frame.block[0]) / dpr;
    const h = Math.max(2, (g.cellH * frame.block[0]) / dpr - 1);
    if (y < 0 || y >= g.height / dpr) continue;
    ctx.fillStyle = colour(b);
    ctx.fillRect(right, TOP + y, 5, h);
  }
}

/** A ring that lies outside its cell: dashed for the cursor, solid with contrast for the pin. */
function ring(ctx: CanvasRenderingContext2D, scene: Scene, at: Position, pin: boolean) {
  const { g, dpr, left } = scene;
  if (!visible(g, at)) return;
  const [x, y] = [left + edgeX(g, at.col) / dpr, TOP + edgeY(g, at.row) / dpr];
  const w = (edgeX(g, at.col + 1) - edgeX(g, at.col)) / dpr;
  const h = (edgeY(g, at.row + 1) - edgeY(g, at.row)) / dpr;
  // A cell below 5 px would vanish inside its ring: give it room.
  const grow = Math.max(0, (5 - Math.min(w, h)) / 2);
  const stroke = (out: number, width: number, colour: string, dash: number[]) => {
    ctx.setLineDash(dash);
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    const o = out + grow;
    ctx.strokeRect(x - o, y - o, w + 2 * o, h + 2 * o);
    ctx.setLineDash([]);
  };
  if (pin) {
    const [inner, outer] = scene.skin.theme === "light" ? ["#fff", "#000"] : ["#000", "#fff"];
    stroke(1, 2, outer, []);
    stroke(2.5, 1, inner, []);
    if (Math.min(w, h) >= RIM_FROM) stroke(-0.5, 1, inner, []);
  } else {
    stroke(0.5, 1, "#fff", []);
    stroke(0.5, 1, "#000", [3, 3]);
  }
}

/** Row and column of the pin, as filled pills on the rulers. */
function pills(ctx: CanvasRenderingContext2D, scene: Scene, at: Position) {
  const { g, rows, columns, skin, dpr, left } = scene;
  if (!visible(g, at)) return;
  ctx.font = `600 ${LABEL}px ${skin.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const pill = (text: string, cx: number, cy: number) => {
    const w = text.length * DIGIT + 8;
    const x = Math.max(0, cx - w / 2);
    ctx.fillStyle = css(skin.ink);
    ctx.beginPath();
    ctx.roundRect(x, cy - 7, w, 14, 3);
    ctx.fill();
    ctx.fillStyle = css(skin.surface);
    ctx.fillText(text, x + w / 2, cy + 0.5);
  };
  if (columns) {
    const x = left + (edgeX(g, at.col) + g.cellW / 2) / dpr;
    pill(shortened(columnName(scene, at.col), 24), x, 7.5);
  }
  if (rows) {
    const text = String(rows.start + at.row * rows.step);
    const y = TOP + (edgeY(g, at.row) + g.cellH / 2) / dpr;
    pill(text, left - 4 - (text.length * DIGIT + 8) / 2, y);
  }
}
