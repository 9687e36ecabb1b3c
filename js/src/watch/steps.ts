// The steps on record: as they come, as a menu offers them, and where a slider goes. Pure: no DOM.
import type { Runs } from "./wire";

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
