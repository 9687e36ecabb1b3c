// Lines over steps: sparklines on their own log scale, and the loss above the steps. Pure: no DOM.

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

const PAD = 6;

/** Where the value so many before the newest one stands, in a box of `slots` values. */
export const slotX = (before: number, width: number, slots: number) =>
  round(width - PAD - (before * (width - 2 * PAD)) / Math.max(1, slots - 1));

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
  const heights = logHeights(shown);
  const xs = shown.map((_, i) => slotX(shown.length - 1 - i, box.width, slots));
  const ys = heights.map((h) => pad + (1 - h) * inner);
  const told = ys.findLast((y) => !Number.isNaN(y)) ?? box.height / 2;
  const glyph = Number.isNaN(last)
    ? "nan"
    : last === Infinity
      ? "posinf"
      : last === -Infinity
        ? "neginf"
        : "dot";
  return { path: pathOf(xs, ys), end: { x: box.width - PAD, y: round(told), glyph } };
}

/** Round steps for the labels of an axis, at most `most` of them. */
export function labelSteps(last: number, most: number): number[] {
  if (last <= 0) return [0];
  const rough = last / Math.max(1, most);
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const every = [1, 2, 5, 10].map((k) => k * ten).find((k) => k >= rough) ?? 10 * ten;
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, k) => k * every);
}
