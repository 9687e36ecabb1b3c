// Digits in the cells of a picture: one form for the whole plane, or none.
import { css, luminance } from "../colour";
import type { Frame } from "../frame";
import type { Skin } from "../skin";
import { cellSize, type Grid } from "./marks";

/** From this many CSS pixels a cell has room for digits. */
const DIGITS_FROM = 28;
/** Width of a digit against its height. */
const ASPECT = 0.602;
/** Of a hundred cells so many must have room for the form that is chosen. */
const MOST = 0.95;

/** How the numbers of a plane are written. `bare`: no zero before the point. */
export interface Form {
  kind: "fixed" | "power" | "exact" | "tail";
  decimals: number;
  bare: boolean;
}

/** A float in a form; exact zeros are a plain 0 in each. */
export function write(x: number, { kind, decimals, bare }: Form): string {
  if (x === 0) return "0";
  if (kind === "power") return x.toExponential(decimals).replace("e+", "e");
  const text = x.toFixed(decimals).replace(/^-(?=[0.]+$)/, ""); // too small to have a sign
  return bare ? text.replace(/^(-?)0\./, "$1.") : text;
}

const form = (kind: Form["kind"], decimals: number, bare = false) => ({ kind, decimals, bare });
const EXACT: Form = form("exact", 0);
const POWERS = [form("power", 2), form("power", 1)];

/** Forms for numbers up to a magnitude that show at least two of its digits, the best first. */
function fixedForms(most: number, whole: boolean): Form[] {
  if (whole && most < 1e9) return [form("fixed", 0)];
  const enough = (decimals: number) => Math.floor(Math.log10(most)) + 1 + decimals >= 2;
  const fixed = most < 1e9 ? [4, 3, 2, 1, 0].filter(enough) : [];
  return [
    ...fixed.map((decimals) => form("fixed", decimals)),
    ...(most < 1 ? fixed.map((decimals) => form("fixed", decimals, true)) : []),
  ];
}

const fits = (x: number, f: Form, room: number) => write(x, f).length <= room;

/** The form in which (nearly) all of these finite floats take at most `room` characters. */
export function formOf(values: number[], room: number): Form | null {
  const sizes = values
    .map(Math.abs)
    .filter((x) => x > 0)
    .sort((a, b) => a - b);
  if (sizes.length === 0) return EXACT;
  const whole = values.every(Number.isInteger);
  // A lone giant among small numbers does not take the digits from all of them.
  for (const share of [1, MOST]) {
    const most = sizes[Math.ceil(share * sizes.length) - 1];
    const inside = values.filter((x) => Math.abs(x) <= most);
    const found = fixedForms(most, whole).find((f) => inside.every((x) => fits(x, f, room)));
    if (found) return found;
  }
  const enough = MOST * values.length;
  return POWERS.find((f) => values.filter((x) => fits(x, f, room)).length >= enough) ?? null;
}

/** The form for exact texts: whole, or their last digits, which tell large numbers apart. */
function exactForm(texts: string[], room: number): Form | null {
  const long = texts.filter((text) => text.length > room).length;
  if (long <= (1 - MOST) * texts.length) return EXACT;
  return room >= 5 && long >= MOST * texts.length ? { ...EXACT, kind: "tail" } : null;
}

/** What each cell of a tile says; "" for what has no digits. Null: no cell has any. */
export function textsOf(frame: Frame, tile: number, room: number): string[] | null {
  const n = frame.shape[1] * frame.shape[2];
  const at = Array.from({ length: n }, (_, k) => tile * n + k);
  const number = (i: number) => Number(frame.values.numbers[i]);
  const finite = at.filter((i) => Number.isFinite(number(i)));
  const short = (x: number) => write(x, form("power", 0));
  const clip = (text: string) => (text.length <= room ? text : "");
  if (frame.spoken) {
    const { texts, flags } = frame;
    const fitted = (text: string) =>
      text.length <= room ? text : room < 3 ? "" : `${text.slice(0, room - 1)}…`;
    // What is masked or no date has a mark of its own.
    return texts && at.map((i) => (flags?.[i] ? "" : fitted(texts[i])));
  }
  if (/^(bool|u?int)/.test(frame.dtype)) {
    const texts = finite.map((i) => frame.values.text(i));
    const found = exactForm(texts, room);
    if (!found || (found.kind === "tail" && frame.dtype === "bool")) return null;
    return at.map((i) => {
      const text = frame.values.text(i);
      if (text.length <= room) return text;
      if (found.kind !== "tail") return clip(short(number(i)));
      const sign = text[0] === "-" ? "-" : "";
      return `${sign}…${text.slice(sign.length + 1 - room)}`;
    });
  }
  const found = formOf(finite.map(number), room);
  if (!found) return null;
  return at.map((i) => {
    const x = number(i);
    if (x - x !== 0) return "";
    const text = write(x, found);
    return text.length <= room ? text : clip(short(x));
  });
}

/** Digits in cells that are large enough, in ink or surface, whichever is clearer. */
export function paintDigits(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  tile: number,
  pixels: Uint32Array,
  grid: Grid,
  skin: Skin,
) {
  const { xs, ys, dpr } = grid;
  const [, rows, columns] = frame.shape;
  const width = grid.cellW / dpr;
  if (!frame.exact || cellSize(grid) < DIGITS_FROM) return;
  const px = width >= 72 ? 12 : width >= 44 ? 11 : 10;
  const texts = textsOf(frame, tile, Math.floor((width - 3) / (px * ASPECT)));
  if (!texts) return;
  ctx.font = `${px * dpr}px ${skin.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const inks = skin.theme === "light" ? [skin.ink, skin.surface] : [skin.surface, skin.ink];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const k = r * columns + c;
      if (texts[k] === "" || xs[c] === xs[c + 1] || ys[r] === ys[r + 1]) continue;
      const p = pixels[k];
      const bright = luminance([p & 255, (p >> 8) & 255, (p >> 16) & 255]) > 0.22;
      ctx.fillStyle = css(bright ? inks[0] : inks[1]);
      ctx.fillText(texts[k], (xs[c] + xs[c + 1]) / 2, (ys[r] + ys[r + 1]) / 2 + dpr * 0.5);
    }
  }
}
