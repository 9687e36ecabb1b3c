// Three or four planes as one picture: red, green, blue, and how solid it is.
import type { Range } from "../colour";
import { pack } from "../colour";
import { type Frame, isMasked } from "../frame";
import type { Skin } from "../skin";
import { extremeOf, noMarks, type Painted } from "./cells";

/** One colour for each block; alpha shows what lies behind the canvas. `masked`: no hits fade. */
export function rgbBlocks(frame: Frame, range: Range, skin: Skin, masked: boolean): Painted {
  const [planes, rows, columns] = frame.shape;
  const n = rows * columns;
  const low = frame.values.numbers;
  const high = frame.upper?.numbers ?? null;
  const { flags, mask } = frame;
  const pixels = new Uint32Array(n);
  const marks = noMarks();
  const special = { nan: pack(skin.nan), posinf: pack(skin.ink), neginf: pack(skin.line2) };
  const scale = range.high > range.low ? 255 / (range.high - range.low) : 0;
  const middle = (range.high + range.low) / 2;
  for (let k = 0; k < n; k++) {
    let pixel = 0;
    let worst: keyof typeof special | null = null;
    let hit = false;
    let hidden = false;
    for (let c = 0; c < planes; c++) {
      const i = c * n + k;
      if (frame.hidden > 0 && isMasked(frame, i)) hidden = true;
      const x = high ? extremeOf(low[i], high[i], flags ? flags[i] : 0, middle) : low[i];
      if (x - x !== 0) {
        if (Number.isNaN(x)) worst = "nan";
        else worst ??= x > 0 ? "posinf" : "neginf";
        continue;
      }
      const level = Math.min(255, Math.max(0, Math.round((x - range.low) * scale)));
      pixel |= level << (8 * c);
      if (mask?.[i]) hit = true;
    }
    if (hidden) {
      marks.masked.push(k);
      pixels[k] = pack(skin.surface);
    } else if (worst) {
      marks[worst].push(k);
      pixels[k] = special[worst];
    } else {
      if (planes === 3) pixel |= 255 << 24;
      pixels[k] = masked && mask && !hit ? faded(pixel, skin) : pixel >>> 0;
    }
  }
  return { pixels, marks };
}

function faded(pixel: number, { surface }: Skin): number {
  const mix = (at: 0 | 1 | 2) => (((pixel >> (8 * at)) & 255) + 3 * surface[at]) >> 2;
  return ((pixel & 0xff000000) | (mix(2) << 16) | (mix(1) << 8) | mix(0)) >>> 0;
}
