// The cells of a picture as pixels: one colour a block, then spread over device pixels.
import { type Palette, pack, type Range } from "../colour";
import { FLAG, type Frame, isMasked } from "../frame";
import type { Skin } from "../skin";
import { edgeX, edgeY, type Geometry } from "../viewport";

/** Blocks that need more than a colour, as offsets within the tile. */
export interface Marks {
  nan: number[];
  posinf: number[];
  neginf: number[];
  above: number[];
  below: number[];
  masked: number[];
}

export interface Painted {
  pixels: Uint32Array;
  marks: Marks;
}

export const noMarks = (): Marks => ({
  nan: [],
  posinf: [],
  neginf: [],
  above: [],
  below: [],
  masked: [],
});

/** What a reduced block shows: NaN, then infinities, else the end further from the middle. */
export function extremeOf(low: number, high: number, flags: number, middle: number): number {
  if (flags & FLAG.nan) return Number.NaN;
  if (flags & FLAG.posinf) return Infinity;
  if (flags & FLAG.none) return -Infinity;
  return high - middle >= middle - low ? high : low;
}

/** One colour for each block of a tile. `masked`: what is not a hit fades. */
export function colourBlocks(
  frame: Frame,
  tile: number,
  palette: Palette,
  range: Range,
  skin: Skin,
  masked: boolean,
): Painted {
  const n = frame.shape[1] * frame.shape[2];
  const base = tile * n;
  const low = frame.values.numbers;
  const high = frame.upper?.numbers ?? null;
  const { flags, mask } = frame;
  const pixels = new Uint32Array(n);
  const marks = noMarks();
  const nan = pack(skin.nan);
  const posinf = pack(skin.ink);
  const neginf = pack(skin.line2);
  const page = pack(skin.surface);
  const span = range.high - range.low;
  const scale = span > 0 ? 256 / span : 0;
  // Where all values are one, zero stays near the page.
  const flat = range.low === 0 ? 0 : 128;
  // A reduced block shows the end that stands further away: extremes are never hidden.
  const middle = palette.map === "diverging" ? 0 : range.low + span / 2;
  for (let k = 0; k < n; k++) {
    const i = base + k;
    if (frame.hidden > 0 && isMasked(frame, i)) {
      pixels[k] = page;
      marks.masked.push(k);
      continue;
    }
    const x = high ? extremeOf(low[i], high[i], flags ? flags[i] : 0, middle) : low[i];
    if (x - x !== 0) {
      if (x === Infinity) {
        pixels[k] = posinf;
        marks.posinf.push(k);
      } else if (x === -Infinity) {
        pixels[k] = neginf;
        marks.neginf.push(k);
      } else {
        pixels[k] = nan;
        marks.nan.push(k);
      }
      continue;
    }
    let at = scale ? ((x - range.low) * scale) | 0 : flat;
    if (x > range.high) {
      at = 255;
      marks.above.push(k);
    } else if (x < range.low) {
      at = 0;
      marks.below.push(k);
    } else if (at > 255) at = 255;
    pixels[k] = masked && mask && !mask[i] ? palette.faded[at] : palette.full[at];
  }
  return { pixels, marks };
}

/** Device-pixel span of a block column or row, clipped to the picture. */
export function spans(frame: Frame, g: Geometry): { xs: Int32Array; ys: Int32Array } {
  const { rect, block, shape } = frame;
  /** `side`: 0 down, 1 across; the picture ends at a position, and at a pixel. */
  const ends = (side: 0 | 1, edge: typeof edgeX, end: number, pixel: number) => {
    const at = (k: number) => Math.min(rect[2 * side + 1], rect[2 * side] + k * block[side]);
    const all = new Int32Array(shape[side + 1] + 1);
    for (let k = 0; k < all.length; k++) all[k] = Math.min(pixel, Math.max(0, edge(g, at(k))));
    // The last block may hold less than half a pixel's cells: it has a pixel all the same.
    for (let k = all.length - 1; k-- > 0; ) {
      if (at(k) < end && all[k] > 0 && all[k] === all[k + 1]) all[k]--;
    }
    return all;
  };
  return {
    xs: ends(1, edgeX, g.rect.col1, g.width),
    ys: ends(0, edgeY, g.rect.row1, g.height),
  };
}

/** Spreads block colours over device pixels; what no block covers stays see-through. */
export function spread(
  pixels: Uint32Array,
  columns: number,
  xs: Int32Array,
  ys: Int32Array,
  out: Uint32Array,
  width: number,
) {
  // The block of each pixel in a line: one loop, where a call for the few pixels of each block, or
  // a loop in a loop, would take far longer.
  const [from, to] = [xs[0], xs[columns]];
  const block = new Int32Array(to - from);
  for (let c = 0; c < columns; c++) block.fill(c, xs[c] - from, xs[c + 1] - from);
  for (let r = 0; r + 1 < ys.length; r++) {
    const top = ys[r];
    if (top === ys[r + 1]) continue;
    const line = top * width;
    for (let x = from; x < to; x++) out[line + x] = pixels[r * columns + block[x - from]];
    for (let y = top + 1; y < ys[r + 1]; y++)
      out.copyWithin(y * width + from, line + from, line + to);
  }
}

/** What marks need to know of where blocks lie. */
export function gridOf(frame: Frame, g: Geometry, dpr: number) {
  const [rows, columns] = frame.block;
  return {
    ...spans(frame, g),
    columns: frame.shape[2],
    cellW: g.cellW * columns,
    cellH: g.cellH * rows,
    dpr,
  };
}
