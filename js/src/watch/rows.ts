// What was measured of one place at the last steps. Pure: no DOM.
import { formatShort } from "../format";
import { real, type What, type WiredPoint, type WiredRow } from "./wire";

/** Steps that are kept of each place: what a sparkline shows. */
export const KEPT = 60;

export interface Point {
  step: number;
  mean: number;
  std: number;
  low: number;
  high: number;
  norm: number;
}

export interface Row {
  what: What;
  zero: number | null;
  points: readonly Point[];
}

export type MeasureName = "std" | "norm" | "mean" | "largest";
export const MEASURES: readonly MeasureName[] = ["std", "norm", "mean", "largest"];

export function pointOf([step, mean, std, low, high, norm]: WiredPoint): Point {
  return {
    step,
    mean: real(mean),
    std: real(std),
    low: real(low),
    high: real(high),
    norm: real(norm),
  };
}

/** Whether a NaN or an infinity was in the values. */
export const isFinitePoint = (p: Point) => p.low - p.low === 0 && p.high - p.high === 0;

/** A single number, as a loss is, has no spread but that of rounding: it is told itself. */
export const measureOf = (row: Row | undefined, wanted: MeasureName): MeasureName =>
  row?.what === "probe" && row.points.every((p) => p.low === p.high || Number.isNaN(p.low))
    ? "mean"
    : wanted;

/** One measure of a point; where values were not finite, what they were. */
export function measured(point: Point, measure: MeasureName): number {
  if (!isFinitePoint(point)) return extreme(point);
  return measure === "largest"
    ? Math.max(Math.abs(point.low), Math.abs(point.high))
    : point[measure];
}

function extreme({ low, high }: Point): number {
  if (Number.isNaN(low) || Number.isNaN(high)) return Number.NaN;
  return high === Infinity ? high : low;
}

/** A number as a row has room for it: three digits at most. */
export const brief = (x: number) => formatShort(x, Math.abs(x) >= 1e4 ? 1 : 3);

export const share = (zero: number | null) => (zero === null ? "" : `${Math.round(100 * zero)} %`);

/** Which kind a row tells of, where a place has several: the first of these that there is. */
const ORDER: readonly What[] = ["output", "probe", "weight", "gradient", "input"];

/** What all places measured in one step. */
export interface Past {
  step: number;
  rows: ReadonlyMap<string, Row>;
}

export function pastOf(step: number, told: readonly WiredRow[]): Past {
  const rows = new Map<string, Row>();
  for (const { name, what, zero, points } of told)
    rows.set(name, merged(rows.get(name), what, zero, points));
  return { step, rows };
}

/** A row with what is new of it; points that were told before are told once. */
export function merged(
  row: Row | undefined,
  what: What,
  zero: number | null,
  points: WiredPoint[],
): Row {
  const fresh = points.map(pointOf);
  if (!row || ORDER.indexOf(what) < ORDER.indexOf(row.what)) return { what, zero, points: fresh };
  if (row.what !== what) return row;
  const first = fresh[0]?.step ?? Infinity;
  const before = row.points.filter((p) => p.step < first);
  return { what, zero, points: [...before, ...fresh].slice(-KEPT) };
}
