// Colour of data: ramps interpolated in OKLab, packed as look-up tables. Pure: no DOM.
import type { Stats } from "./protocol";

export type Theme = "light" | "dark";
export type Rgb = readonly [number, number, number]; // 0…255

// 'tide' and its diverging companion run from the surface outwards, so they differ by theme;
// the classic maps are the same in both.
const STOPS = {
  light: {
    sequential: "f8f7ee acdba3 34b7a1 0085a0 0d4d8d 1f1c55",
    negative: "f4f7f9 a7d3f2 61a9e3 2779ca 134a9f 12265c",
    positive: "f9f6f4 f6c69d e79155 c85b26 993018 5f1a15",
  },
  dark: {
    sequential: "151421 2d3271 006ca3 00a6a8 79d79e f1f7b0",
    negative: "171a1c 1c395c 235e9b 388dce 69bbeb b4e7fc",
    positive: "1c1917 582c1c 964426 ce6d30 f0a453 ffe1a3",
  },
} as const;

const CLASSIC: Record<string, string> = {
  viridis: "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
  cividis: "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
  grey: "000000 ffffff",
};

export function parseHex(hex: string): Rgb {
  const n = Number.parseInt(hex.replace("#", ""), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** sRGB → OKLab (Ottosson 2020). */
export function toOklab([r8, g8, b8]: Rgb): [number, number, number] {
  const [r, g, b] = [toLinear(r8 / 255), toLinear(g8 / 255), toLinear(b8 / 255)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** OKLab → sRGB, clipped into the gamut. */
export function fromOklab([L, a, b]: readonly [number, number, number]): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const byte = (c: number) => Math.round(255 * Math.min(1, Math.max(0, toGamma(Math.max(0, c)))));
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** `n` colours along evenly spaced stops. */
export function interpolate(stops: string, n: number): Rgb[] {
  const points = stops.split(" ").map((hex) => toOklab(parseHex(hex)));
  return Array.from({ length: n }, (_, i) => {
    const at = (i / Math.max(1, n - 1)) * (points.length - 1);
    const k = Math.min(points.length - 2, Math.floor(at));
    const [p, q] = [points[k], points[k + 1]];
    const mix = (j: 0 | 1 | 2) => p[j] + (q[j] - p[j]) * (at - k);
    return fromOklab([mix(0), mix(1), mix(2)]);
  });
}

/** 256 colours of a map, low to high. */
export function ramp(map: string, theme: Theme): Rgb[] {
  if (map in CLASSIC) return interpolate(CLASSIC[map], 256);
  const stops = STOPS[theme];
  if (map !== "diverging") return interpolate(stops.sequential, 256);
  return [...interpolate(stops.negative, 128).reverse(), ...interpolate(stops.positive, 128)];
}

/** One pixel as canvas ImageData stores it on little-endian machines. */
export function pack([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`;
}

export function mixRgb(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(a[i] * share + b[i] * (1 - share));
  return [at(0), at(1), at(2)];
}

/** WCAG relative luminance, 0…1. */
export function luminance([r, g, b]: Rgb): number {
  return 0.2126 * toLinear(r / 255) + 0.7152 * toLinear(g / 255) + 0.0722 * toLinear(b / 255);
}

/** A map made ready to paint: full and faded (half surface, for what is not a hit). */
export interface Palette {
  map: "sequential" | "diverging" | "bool" | "classic";
  colours: Rgb[];
  full: Uint32Array;
  faded: Uint32Array;
}

const palettes = new Map<string, Palette>();

export function palette(map: string, theme: Theme, surface: Rgb, ink: Rgb): Palette {
  const key = `${map} ${theme} ${surface} ${ink}`;
  let made = palettes.get(key);
  if (!made) {
    const colours =
      map === "bool"
        ? Array.from({ length: 256 }, (_, i) => (i < 128 ? surface : ink))
        : ramp(map, theme);
    made = {
      map: map in CLASSIC ? "classic" : (map as Palette["map"]),
      colours,
      full: Uint32Array.from(colours, pack),
      faded: Uint32Array.from(colours, (c) => pack(mixRgb(c, surface, 0.5))),
    };
    if (palettes.size > 32) palettes.clear();
    palettes.set(key, made);
  }
  return made;
}

/** The range that colours span, and what lies outside it. */
export interface Range {
  low: number;
  high: number;
}

const SAMPLE = 16384;

/** What one pass over values tells: extremes, the robust range, and what is not finite. */
export interface Scan extends Range {
  min: number;
  max: number;
  finite: number;
  nan: number;
  posinf: number;
  neginf: number;
}

/** What lies at 0.2 and at 99.8 %. To sort all, or to call something for each, would take longer
 *  than all else here. */
function robust(sample: Float64Array): [number, number] {
  const n = sample.length;
  const rank = Math.floor(0.002 * (n - 1));
  const few = new Float64Array(Math.ceil(n / 8));
  for (let k = 0; k < few.length; k++) few[k] = sample[8 * k];
  few.sort();
  // So far from the end, among one in eight: at least one in 256 of all lie beyond it.
  const guess = few.length >> 5;
  const [low, high] = [few[guess], few.at(-1 - guess)!];
  const below: number[] = [];
  const above: number[] = [];
  for (let k = 0; k < n; k++) {
    const x = sample[k];
    if (x <= low) below.push(x);
    if (x >= high) above.push(x);
  }
  const sorted = (some: number[]) => Float64Array.from(some).sort();
  return [sorted(below)[rank], sorted(above).at(-1 - rank)!];
}

/**
 * Counts and ranges of `values[from:to]`; `low` and `high` span 0.2–99.8 % of the finite ones,
 * read from at most 16,384 evenly spread. `extra` joins a second array: the upper ends of
 * reduced cells.
 */
export function scan(
  values: ArrayLike<number>,
  extra: ArrayLike<number> | null = null,
  from = 0,
  to = values.length,
): Scan {
  const sources = extra ? [values, extra] : [values];
  const step = Math.max(1, Math.ceil(((to - from) * sources.length) / SAMPLE));
  const sample = new Float64Array(Math.ceil((to - from) / step) * sources.length);
  let [n, min, max, finite, nan, posinf, neginf] = [0, Infinity, -Infinity, 0, 0, 0, 0];
  for (const source of sources) {
    let due = from;
    for (let i = from; i < to; i++) {
      const x = source[i];
      if (x - x === 0) {
        finite++;
        if (x < min) min = x;
        if (x > max) max = x;
        if (i >= due) {
          sample[n++] = x;
          due = i + step;
        }
      } else if (x === Infinity) posinf++;
      else if (x === -Infinity) neginf++;
      else nan++;
    }
  }
  const [low, high] = n > 0 ? robust(sample.subarray(0, n)) : [0, 1];
  return { low, high, min, max, finite, nan, posinf, neginf };
}

/** Much the same, from a histogram: where no picture is there to be scanned. */
export function scanOf({ histogram, count, nan, posinf, neginf }: Stats): Scan | null {
  if (!histogram) return null;
  const { counts, edges } = histogram;
  const finite = count - nan - posinf - neginf;
  const binOf = (share: number) => {
    let left = share * finite;
    return counts.findIndex((n) => {
      left -= n;
      return left <= 0;
    });
  };
  const [min, max] = [edges[0], edges.at(-1)!];
  const low = edges[binOf(0.002)] ?? min;
  const high = edges[binOf(0.998) + 1] ?? max;
  return { low, high, min, max, finite, nan, posinf, neginf };
}

/** The range that red, green and blue span: that of bytes, of shares, else of what is there. */
export function rgbRange(
  dtype: string,
  found: Scan,
  chosen: readonly [number, number] | null,
): Range {
  if (chosen) return { low: chosen[0], high: chosen[1] };
  if (dtype === "uint8") return { low: 0, high: 255 };
  if (!/int/.test(dtype) && found.min >= 0 && found.max <= 1) return { low: 0, high: 1 };
  return found.finite ? { low: found.min, high: found.max } : { low: 0, high: 1 };
}

/** The map that 'auto' stands for, and the range: symmetric about 0 where it diverges. */
export function resolve(
  map: string,
  dtype: string,
  found: Scan,
  chosen: readonly [number, number] | null,
): { map: string; range: Range } {
  if (dtype === "bool" && map === "auto") return { map: "bool", range: { low: 0, high: 1 } };
  // The zero of dates is 1970, and no middle.
  const diverges = found.min < 0 && found.max > 0 && dtype !== "date";
  const auto = diverges ? "diverging" : "sequential";
  const name = map === "auto" ? auto : map;
  if (chosen) return { map: name, range: { low: chosen[0], high: chosen[1] } };
  if (name !== "diverging") return { map: name, range: { low: found.low, high: found.high } };
  const far = Math.max(Math.abs(found.low), Math.abs(found.high));
  return { map: name, range: { low: -far, high: far } };
}

/** The ranges of several pictures as one. */
export function together(found: Scan, others: readonly Scan[]): Scan {
  const of = (read: (s: Scan) => number, pick: (...n: number[]) => number) =>
    pick(...[found, ...others].map(read).filter((n) => n - n === 0));
  return {
    ...found,
    min: of((s) => s.min, Math.min),
    max: of((s) => s.max, Math.max),
    low: of((s) => s.low, Math.min),
    high: of((s) => s.high, Math.max),
  };
}
