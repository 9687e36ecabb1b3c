// Cuts a recorded frame to a viewport: reduced beyond one cell a pixel, extremes, NaN and
// infinities kept, as the kernel does. Pure: no DOM.
import { itemSize } from "../dtype";
import { FLAG, type Frame, isMasked } from "../frame";
import type { FrameHeader, Viewport } from "../protocol";

export interface Cut {
  header: FrameHeader;
  buffers: DataView[];
}

/** `whole`: a frame of the whole picture, decoded from `buffers`. */
export function cut(
  whole: Frame,
  buffers: readonly DataView[],
  viewport: Viewport,
  grid = whole.tiles.length > 1,
): Cut {
  const header = headerOf(whole);
  // What has no numbers of its own, or a part of what is reduced already: as it was recorded.
  const part = !grid && (viewport.rows || viewport.columns);
  if (whole.spoken || whole.dtype.startsWith("complex") || (part && !whole.exact)) {
    return { header, buffers: [...buffers] };
  }
  const [, rows, columns] = whole.shape;
  const [row0, row1] = clip(grid ? null : viewport.rows, rows);
  const [col0, col1] = clip(grid ? null : viewport.columns, columns);
  const px = (grid && viewport.tile) || viewport.px;
  const block: [number, number] = [
    Math.max(1, Math.ceil((row1 - row0) / Math.max(1, px[1]))),
    Math.max(1, Math.ceil((col1 - col0) / Math.max(1, px[0]))),
  ];
  const same = block[0] === 1 && block[1] === 1;
  const exact = same && whole.exact;
  if (same && row1 - row0 === rows && col1 - col0 === columns) {
    return { header, buffers: [...buffers] };
  }
  const shape: [number, number, number] = [
    whole.tiles.length,
    Math.ceil((row1 - row0) / block[0]),
    Math.ceil((col1 - col0) / block[1]),
  ];
  const size = itemSize(whole.dtype);
  const bytes = (name: string) => {
    const { buffer, byteOffset, byteLength } = buffers[whole.buffers.indexOf(name)];
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  };
  const smallest = bytes(whole.exact ? "values" : "lo");
  const largest = whole.exact ? smallest : bytes("hi");
  const n = shape[0] * shape[1] * shape[2];
  const low = new Uint8Array(n * size);
  const high = new Uint8Array(exact ? 0 : n * size);
  const flags = new Uint8Array(n);
  const mask = new Uint8Array(whole.mask ? n : 0);
  const lows = whole.values.numbers;
  const highs = (whole.upper ?? whole.values).numbers;
  let k = 0;
  for (let t = 0; t < shape[0]; t++) {
    for (let r = row0; r < row1; r += block[0]) {
      for (let c = col0; c < col1; c += block[1], k++) {
        let lo = -1;
        let hi = -1;
        const bottom = Math.min(row1, r + block[0]);
        const right = Math.min(col1, c + block[1]);
        for (let y = r; y < bottom; y++) {
          for (let x = c; x < right; x++) {
            const i = (t * rows + y) * columns + x;
            if (whole.mask) mask[k] |= whole.mask[i];
            if (exact) {
              lo = i;
              flags[k] = whole.flags ? whole.flags[i] : 0;
              continue;
            }
            const own = whole.exact ? kindOf(whole, i) : (whole.flags?.[i] ?? 0);
            flags[k] |= own & ~FLAG.none;
            if (own & FLAG.none) continue;
            if (lo < 0 || lows[i] < lows[lo]) lo = i;
            if (hi < 0 || highs[i] > highs[hi]) hi = i;
          }
        }
        if (lo >= 0) low.set(smallest.subarray(lo * size, lo * size + size), k * size);
        if (hi >= 0) high.set(largest.subarray(hi * size, hi * size + size), k * size);
        if (lo < 0) flags[k] |= FLAG.none;
      }
    }
  }
  const named: [string, Uint8Array][] = exact
    ? [["values", low], ...(whole.flags ? [["flags", flags] as [string, Uint8Array]] : [])]
    : [
        ["lo", low],
        ["hi", high],
        ["flags", flags],
      ];
  if (whole.mask) named.push(["mask", mask]);
  return {
    header: {
      ...header,
      shape,
      rect: whole.exact ? [row0, row1, col0, col1] : whole.rect,
      labels: exact
        ? {
            rows: whole.labels?.rows?.slice(row0, row1),
            columns: whole.labels?.columns?.slice(col0, col1),
          }
        : undefined,
      block: [block[0] * whole.block[0], block[1] * whole.block[1]],
      exact,
      buffers: named.map(([name]) => name),
    },
    buffers: named.map(([, bytes]) => new DataView(bytes.buffer as ArrayBuffer)),
  };
}

/** The flags of one cell, as of a block that holds nothing else. */
function kindOf(frame: Frame, i: number): number {
  const value = frame.values.numbers[i];
  if (isMasked(frame, i)) return FLAG.masked | FLAG.none;
  if (value === Infinity) return FLAG.posinf | FLAG.none;
  if (value === -Infinity) return FLAG.neginf | FLAG.none;
  return Number.isNaN(value) ? FLAG.nan | FLAG.none : 0;
}

function headerOf(frame: Frame): FrameHeader {
  const { values: _v, upper: _u, flags: _f, mask: _m, texts: _t, hidden: _h, ...header } = frame;
  return header;
}

function clip(range: [number, number] | null, size: number): [number, number] {
  return range ? [Math.max(0, range[0]), Math.min(size, range[1])] : [0, size];
}
