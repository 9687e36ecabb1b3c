// Lines over steps: sparklines on their own log scale, and the loss above the steps. Pure: no DOM.
import type { Runs } from "./wire";

export interface Spark {
  /** An SVG path; a gap where a value is not finite. */
  path: string;
  /** Where the line ends: a dot, or the glyph of what the last value is. */
  end: { x: number; y: number; glyph: "dot" | "nan" | "posinf" | "neginf" } | null;
}

const round = (x: number) => Math.round(10 * x) / 10;

/** Heights from 0 (smallest) to 1 on a log scale of magnitudes; NaN where there is none. */
export function logHeights(values: readonly number[]): number[] {
  const sizes = values.map(Math.abs);
  const told = sizes.filter((x) => x > 0 && x < Infinity).map(Math.log10);
  const low = Math.min(...told);
  const span = Math.max(...told) - low;
  return sizes.map((x) => {
    if (!(x < Infinity)) return Number.NaN;
    if (x === 0 || told.length === 0) return 0;
    // What hardly moves lies in the middle, and does not look like noise.
    return span < 1e-3 ? 0.5 : (Math.log10(x) - low) / span;
  });
}

/** Joins points; a NaN ends one piece and begins another. */
export function pathOf(xs: readonly number[], ys: readonly number[]): string {
  let pen = "M";
  let path = "";
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(ys[i])) {
      pen = "M";
      continue;
    }
    path += `${pen}${round(xs[i])} ${round(ys[i])}`;
    pen = "L";
  }
  return path;
}

/** The last `slots` values at the right of a box; the newest always at its right edge. */
export function sparkline(
  values: readonly number[],
  box: { width: number; height: number },
  slots: number,
): Spark {
  const shown = values.slice(-slots);
  const last = shown.at(-1);
  if (last === undefined) return { path: "", end: null };
  const pad = 3;
  const inner = box.height - 2 * pad;
  const unit = (box.width - 12) / Math.max(1, slots - 1);
  const right = box.width - 6;
  const heights = logHeights(shown);
  const xs = shown.map((_, i) => right - (shown.length - 1 - i) * unit);
  const ys = heights.map((h) => pad + (1 - h) * inner);
  const told = ys.findLast((y) => !Number.isNaN(y)) ?? box.height / 2;
  const glyph = Number.isNaN(last)
    ? "nan"
    : last === Infinity
      ? "posinf"
      : last === -Infinity
        ? "neginf"
        : "dot";
  return { path: pathOf(xs, ys), end: { x: round(right), y: round(told), glyph } };
}

/** Round steps for the labels of an axis, at most `most` of them. */
export function labelSteps(last: number, most: number): number[] {
  if (last <= 0) return [0];
  const rough = last / Math.max(1, most);
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const every = [1, 2, 5, 10].map((k) => k * ten).find((k) => k >= rough) ?? 10 * ten;
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, k) => k * every);
}

/** The steps that runs stand for. */
export function unrolled(runs: Runs): number[] {
  return runs.flatMap(([first, last, apart]) =>
    Array.from({ length: (last - first) / apart + 1 }, (_, k) => first + k * apart),
  );
}

/** Steps for a menu: all, or evenly chosen ones, the first and the latest, and those about one. */
export function offered(steps: readonly number[], about: number, most = 100): readonly number[] {
  if (steps.length <= most) return steps;
  const stride = (steps.length - 1) / (most * 0.7 - 1);
  const at = steps.findLastIndex((step) => step <= about);
  const even = Array.from({ length: Math.floor(most * 0.7) }, (_, k) => Math.round(k * stride));
  const near = Array.from({ length: Math.floor(most * 0.3) }, (_, k) => at + k - 0.15 * most);
  const places = new Set([...even, ...near.map(Math.round)]);
  return steps.filter((_, place) => places.has(place));
}

/** The recorded step that a slider means: the nearest at or before, else the first. */
export function snapped(steps: readonly number[], wanted: number): number | null {
  return steps.findLast((step) => step <= wanted) ?? steps[0] ?? null;
}

/**
 * The recorded step so many places from the one that is shown (null: the latest, and each to come).
 *
 * Null only beyond the last: a step that is the newest now, and was asked for, stays when others
 * come.
 */
export function movedBy(steps: readonly number[], shown: number | null, by: number): number | null {
  const last = steps.length - 1;
  const at = shown === null ? last : steps.findLastIndex((step) => step <= shown);
  return at + by > last ? null : (steps[Math.max(0, at + by)] ?? null);
}
