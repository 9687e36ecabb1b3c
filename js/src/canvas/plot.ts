// One-dimensional pictures: bars with all their digits, or a line. The context is in CSS pixels.
import { css, type Palette, type Range, type Scan } from "../colour";
import { inColour, type Layer } from "../conditions";
import { formatShort } from "../format";
import { FLAG, type Frame, holeOf, isMasked } from "../frame";
import { type Bars, barAt } from "../geometry";
import type { PictureDim } from "../protocol";
import type { Skin } from "../skin";

export const LINE_HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 20;
const RIGHT = 8;
const TOP = 8;

export interface PlotScene {
  frame: Frame;
  dim: PictureDim;
  range: Range;
  found: Scan;
  palette: Palette;
  skin: Skin;
  width: number;
  /** Visible positions. */
  from: number;
  to: number;
  cursor: number | null;
  pin: number | null;
  threshold: { op: string; value: number } | null;
  masked: boolean;
  layers: readonly Layer[];
}

/** The colour of a hit: that of the last layer it is in; null where hits have none. */
function hueOf({ layers, frame }: PlotScene, i: number): string | null {
  if (!inColour(layers)) return null;
  const mine = layers.findLast((one) => (frame.mask?.[i] ?? 0) & one.bits);
  return mine ? css(mine.colour) : null;
}

/** What a cell says. */
const wordOf = (frame: Frame, i: number) =>
  (isMasked(frame, i) ? holeOf(frame) : frame.texts?.[i]) ?? frame.values.text(i);

/** Space that the longest value text needs, in CSS pixels. */
const textRoom = (frame: Frame) => {
  let longest = 0;
  for (let i = 0; i < frame.values.length; i++) {
    longest = Math.max(longest, wordOf(frame, i).length);
  }
  return longest * 7.3 + 12;
};

/** One row a value: index, bar, text. */
export function paintBars(ctx: CanvasRenderingContext2D, scene: PlotScene, bars: Bars) {
  const { frame, dim, range, palette, skin } = scene;
  const { width, height } = bars;
  const numbers = frame.values.numbers;
  const room = Math.min(width * 0.6, textRoom(frame));
  const left = 34;
  const span = Math.max(20, width - left - room - 12);
  const low = Math.min(0, scene.found.min);
  const high = Math.max(0, scene.found.max);
  const scale = high > low && Number.isFinite(high - low) ? span / (high - low) : 0;
  const zero = left - low * scale;
  ctx.textBaseline = "middle";
  for (let i = 0; i < frame.values.length; i++) {
    const corner = barAt(bars, i);
    const y = corner.y + height / 2;
    const right = corner.x + width;
    const x = Number(numbers[i]);
    const hit = scene.masked && frame.mask ? frame.mask[i] !== 0 : true;
    if (i === scene.pin || i === scene.cursor) {
      ctx.fillStyle = css(skin.line);
      ctx.fillRect(corner.x, corner.y, width, height);
    }
    ctx.font = `12px ${skin.font}`;
    ctx.textAlign = "right";
    ctx.fillStyle = css(skin.ink3);
    ctx.fillText(String(dim.start + i * dim.step), corner.x + left - 10, y);
    if (x - x === 0) {
      const w = x * scale;
      const share = range.high > range.low ? (x - range.low) / (range.high - range.low) : 0;
      const colour = palette.colours[Math.round(255 * Math.min(1, Math.max(0, share)))];
      ctx.globalAlpha = hit ? 1 : 0.35;
      ctx.fillStyle = css(colour);
      const [bx, bw] = [corner.x + Math.min(zero, zero + w), Math.max(1, Math.abs(w))];
      ctx.fillRect(bx, y - 5, bw, 10);
      const hue = hit && scene.masked ? hueOf(scene, i) : null;
      ctx.strokeStyle = hue ?? css(skin.line2);
      ctx.lineWidth = hue ? 2 : 1;
      ctx.strokeRect(Math.round(bx) + 0.5, y - 5 + 0.5, Math.max(1, Math.round(bw) - 1), 9);
    }
    const text = wordOf(frame, i);
    const isNan = !frame.spoken && /nan/.test(text);
    ctx.fillStyle = css(isNan ? skin.nan : isMasked(frame, i) ? skin.ink3 : skin.ink);
    ctx.font = `${scene.masked && frame.mask && hit ? 600 : 400} 12px ${skin.font}`;
    ctx.fillText(text, right - 6, y);
    ctx.globalAlpha = 1;
  }
}

export const lineLeft = LEFT;

/** Position under an x of the line plot, or null. */
export function linePosition(scene: { width: number; from: number; to: number }, x: number) {
  const inner = scene.width - LEFT - RIGHT;
  const share = (x - LEFT) / inner;
  if (share < -0.02 || share > 1.02) return null;
  const n = scene.to - scene.from;
  return scene.from + Math.min(n - 1, Math.max(0, Math.round(share * (n - 1))));
}

/** A line with its axis; clipped peaks are marked, hits dotted, reduced parts drawn as a band. */
export function paintLine(ctx: CanvasRenderingContext2D, scene: PlotScene) {
  const { frame, skin, width, from, to, found } = scene;
  const height = LINE_HEIGHT - TOP - BOTTOM;
  const inner = width - LEFT - RIGHT;
  const n = Math.max(1, to - from - 1);
  let { low, high } = scene.range;
  // A line that stays on one side of zero shows how far from zero it is, if that is near.
  if (found.min >= 0 && found.min < 0.3 * high) low = 0;
  const pad = (high - low || 1) * 0.04;
  if (low !== 0) low -= pad;
  high += pad;
  const px = (p: number) => LEFT + (inner * (p - from)) / n;
  const py = (v: number) => TOP + height * (1 - (v - low) / (high - low || 1));
  axis(ctx, scene, low, high, px, py);
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT - 4, 0, inner + 8, LINE_HEIGHT - BOTTOM + 4);
  ctx.clip();
  const block = frame.block[1];
  const at = (i: number) => frame.rect[2] + i * block;
  const lower = frame.values.numbers;
  const upper = frame.upper?.numbers ?? lower;
  ctx.strokeStyle = css(skin.ink2);
  ctx.lineWidth = 1.5;
  ctx.lineJoin = "round";
  ctx.beginPath();
  let pen = false;
  for (let i = 0; i < frame.values.length; i++) {
    const [a, b] = [Number(lower[i]), Number(upper[i])];
    const broken = a - a !== 0 || b - b !== 0;
    if (broken) {
      pen = false;
      continue;
    }
    const x = px(at(i));
    if (pen) ctx.lineTo(x, py(a));
    else ctx.moveTo(x, py(a));
    if (a !== b) ctx.lineTo(x, py(b));
    pen = true;
  }
  ctx.stroke();
  if (scene.threshold) dashed(ctx, skin, py(scene.threshold.value), width);
  marks(ctx, scene, px, py, at);
  ctx.restore();
  pin(ctx, scene, px, py, at);
}

type Place = (x: number) => number;

function axis(
  ctx: CanvasRenderingContext2D,
  { skin, from, to, dim, width, pin: pinned }: PlotScene,
  low: number,
  high: number,
  px: Place,
  py: Place,
) {
  ctx.font = `10px ${skin.font}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const step = niceStep((high - low) / 3);
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
    const y = Math.round(py(v)) + 0.5;
    ctx.fillStyle = css(skin.line);
    ctx.fillRect(LEFT, y - 0.5, width - LEFT - RIGHT, 1);
    ctx.fillStyle = css(skin.ink3);
    ctx.fillText(formatShort(Math.abs(v) < step / 1e6 ? 0 : v, 4), LEFT - 8, y);
  }
  ctx.textAlign = "center";
  const every = Math.max(1, Math.round(niceStep(((to - from) * 56) / Math.max(60, width))));
  for (let p = Math.ceil(from / every) * every; p < to; p += every) {
    if (pinned !== null && Math.abs(px(pinned) - px(p)) < 28) continue;
    ctx.fillText(String(dim.start + p * dim.step), px(p), LINE_HEIGHT - BOTTOM / 2 + 2);
  }
}

/** 1, 2 or 5 times a power of ten, at least `x`. */
export function niceStep(x: number): number {
  if (!(x > 0) || !Number.isFinite(x)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  return power * ([1, 2, 5, 10].find((m) => m * power >= x * 0.999) ?? 10);
}

function dashed(ctx: CanvasRenderingContext2D, skin: Skin, y: number, width: number) {
  ctx.strokeStyle = css(skin.accent);
  ctx.setLineDash([3, 2]);
  ctx.beginPath();
  ctx.moveTo(LEFT, Math.round(y) + 0.5);
  ctx.lineTo(width - RIGHT, Math.round(y) + 0.5);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Dots on hits, triangles where a peak is clipped, glyph colours where nothing is finite. */
function marks(ctx: CanvasRenderingContext2D, scene: PlotScene, px: Place, py: Place, at: Place) {
  const { frame, skin, masked, found, range } = scene;
  const bottom = LINE_HEIGHT - BOTTOM;
  for (let i = 0; i < frame.values.length; i++) {
    const v = Number((frame.upper ?? frame.values).numbers[i]);
    const f = frame.flags?.[i] ?? 0;
    const hit = masked && frame.mask?.[i];
    const x = px(at(i));
    if (isMasked(frame, i)) {
      ctx.fillStyle = css(skin.line2);
      ctx.fillRect(x - 1.5, bottom - 5, 3, 5);
      continue;
    }
    if (Number.isNaN(v) || f & FLAG.nan || v === Infinity || f & FLAG.posinf) {
      const nan = Number.isNaN(v) || (f & FLAG.nan) !== 0;
      ctx.fillStyle = css(nan ? skin.nan : skin.ink);
      ctx.fillRect(x - 1.5, bottom - 5, 3, 5);
      continue;
    }
    if (v - v !== 0) continue;
    ctx.fillStyle = hit ? (hueOf(scene, i) ?? css(skin.accent)) : css(skin.ink2);
    const room = (found.high - found.low) * 0.04;
    const least = Number(frame.values.numbers[i]);
    if (least < range.low - room) triangle(ctx, x, bottom - 4, -1);
    if (v > range.high + room) triangle(ctx, x, TOP - 4, 1);
    else if (hit) {
      ctx.beginPath();
      ctx.arc(x, py(v), 2.6, 0, 7);
      ctx.fill();
    }
  }
}

function triangle(ctx: CanvasRenderingContext2D, x: number, y: number, up: 1 | -1) {
  ctx.beginPath();
  ctx.moveTo(x, y - 3 * up + 2);
  ctx.lineTo(x + 4, y + 4 * up + 2);
  ctx.lineTo(x - 4, y + 4 * up + 2);
  ctx.fill();
}

function pin(
  ctx: CanvasRenderingContext2D,
  { frame, skin, cursor, pin: pinned, dim, from, to }: PlotScene,
  px: Place,
  py: Place,
  at: Place,
) {
  const mark = (p: number, solid: boolean) => {
    if (p < from || p >= to) return;
    const i = Math.floor((p - at(0)) / frame.block[1]);
    const v = Number(frame.values.numbers[i]);
    const x = px(p);
    ctx.fillStyle = css(skin.line2);
    ctx.fillRect(Math.round(x), TOP, 1, LINE_HEIGHT - TOP - BOTTOM);
    if (v - v === 0) {
      ctx.beginPath();
      ctx.arc(x, Math.max(TOP, py(v)), 4.5, 0, 7);
      ctx.fillStyle = css(skin.surface);
      ctx.fill();
      ctx.lineWidth = solid ? 2.5 : 1.5;
      ctx.strokeStyle = css(skin.ink);
      ctx.stroke();
    }
    if (!solid) return;
    const text = String(dim.start + p * dim.step);
    const w = text.length * 6.1 + 10;
    ctx.fillStyle = css(skin.ink);
    ctx.beginPath();
    ctx.roundRect(x - w / 2, LINE_HEIGHT - BOTTOM + 4, w, 15, 3);
    ctx.fill();
    ctx.fillStyle = css(skin.surface);
    ctx.font = `600 10px ${skin.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(text, x, LINE_HEIGHT - BOTTOM + 12);
  };
  if (cursor !== null && cursor !== pinned) mark(cursor, false);
  if (pinned !== null) mark(pinned, true);
}
