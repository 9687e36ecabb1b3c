// Finding the next NaN or infinity in the frame on screen. Pure: no DOM.

import { FLAG, type Frame, isMasked } from "./frame";
import { offsetIn, type Position } from "./picture";

/** One value's or block's anomalies, as the bits of a frame's flags. */
export function anomalyBits(frame: Frame, i: number): number {
  if (isMasked(frame, i)) return 0;
  if (frame.flags && !frame.exact) {
    return frame.flags[i] & (FLAG.nan | FLAG.posinf | FLAG.neginf);
  }
  const x = frame.values.numbers[i];
  if (x - x === 0) return 0;
  return x === Infinity ? FLAG.posinf : x === -Infinity ? FLAG.neginf : FLAG.nan;
}

/** Bits that deserve attention: -Inf only where it is rare, as causal masks are full of it. */
export function loudBits(frame: Frame): number {
  const n = frame.values.length;
  let quiet = 0;
  for (let i = 0; i < n; i++) if (anomalyBits(frame, i) === FLAG.neginf) quiet++;
  return quiet > n / 100 ? FLAG.nan | FLAG.posinf : FLAG.nan | FLAG.posinf | FLAG.neginf;
}

/** Offsets of all loud anomalies, in reading order. */
export function anomalyOffsets(frame: Frame): number[] {
  const loud = loudBits(frame);
  const found: number[] = [];
  for (let i = 0; i < frame.values.length; i++) if (anomalyBits(frame, i) & loud) found.push(i);
  return found;
}

/** The anomaly after (1) or before (-1) a position in reading order, round the end. */
export function nextAnomaly(frame: Frame, from: Position | null, by: 1 | -1): Position | null {
  const found = anomalyOffsets(frame);
  if (found.length === 0) return null;
  const [, rows, columns] = frame.shape;
  const [row0, , col0] = frame.rect;
  const here = from ? offsetIn(frame, from) : by > 0 ? -1 : frame.values.length;
  const next =
    by > 0
      ? (found.find((i) => i > here) ?? found[0])
      : (found.findLast((i) => i < here) ?? found[found.length - 1]);
  const within = next % (rows * columns);
  return {
    tile: frame.tiles[Math.floor(next / (rows * columns))],
    row: row0 + Math.floor(within / columns) * frame.block[0],
    col: col0 + (within % columns) * frame.block[1],
  };
}
