// The fake kernel's frames: cut to the viewport, reduced beyond one cell a pixel.
import type { FrameHeader, Viewport } from "../src/protocol";
import { predicate } from "./condition";
import type { FakeKernel } from "./kernel";
import { encode } from "./tensors";

export function cutFrame(
  kernel: FakeKernel,
  viewport: Viewport,
): { header: FrameHeader; buffers: DataView[] } {
  const { state, tensor } = kernel;
  const { rows, columns, grid, held } = state.picture;
  const clip = (range: [number, number] | null, size: number) =>
    range ? [Math.max(0, range[0]), Math.min(size, range[1])] : [0, size];
  const [row0, row1] = clip(viewport.rows, rows?.size ?? 1);
  const [col0, col1] = clip(viewport.columns, columns?.size ?? 1);
  const px = (grid && viewport.tile) || viewport.px;
  const block: [number, number] = [
    Math.max(1, Math.ceil((row1 - row0) / Math.max(1, px[1]))),
    Math.max(1, Math.ceil((col1 - col0) / Math.max(1, px[0]))),
  ];
  const [t0, t1] = clip(viewport.tiles ?? null, grid?.size ?? 1);
  const tiles = Array.from({ length: Math.max(0, t1 - t0) }, (_, i) => t0 + i);
  const shape: [number, number, number] = [
    tiles.length,
    Math.ceil((row1 - row0) / block[0]),
    Math.ceil((col1 - col0) / block[1]),
  ];
  const hit = state.where ? predicate(state.where) : null;
  const at = (t: number, r: number, c: number) => {
    const cell = held.map((h) => (typeof h === "number" ? h : 0));
    if (rows) cell[rows.dim] = rows.start + r * rows.step;
    if (columns) cell[columns.dim] = columns.start + c * columns.step;
    if (grid) cell[grid.dim] = grid.start + t * grid.step;
    return cell;
  };
  const exact = block[0] === 1 && block[1] === 1;
  const header: FrameHeader = {
    serial: kernel.serial,
    dtype: tensor.dtype,
    shape,
    rect: [row0, row1, col0, col1],
    block,
    exact,
    tiles,
    buffers: exact ? ["values"] : ["lo", "hi", "flags"],
    unsynchronised: false,
    milliseconds: 1,
    bytes: 0,
  };
  const n = shape[0] * shape[1] * shape[2];
  const mask = new Uint8Array(n);
  const low: number[][] = [];
  const high: number[][] = [];
  const flags = new Uint8Array(n);
  let k = 0;
  for (const t of tiles) {
    for (let r = row0; r < row1; r += block[0]) {
      for (let c = col0; c < col1; c += block[1], k++) {
        let [lo, hi]: [number[] | null, number[] | null] = [null, null];
        let [vl, vh] = [Infinity, -Infinity];
        for (let y = r; y < Math.min(row1, r + block[0]); y++) {
          for (let x = c; x < Math.min(col1, c + block[1]); x++) {
            const cell = at(t, y, x);
            const v = tensor.at(cell);
            if (hit?.(v)) mask[k] = 1;
            if (Number.isNaN(v)) flags[k] |= 1;
            else if (v === Infinity) flags[k] |= 2;
            else if (v === -Infinity) flags[k] |= 4;
            else {
              if (v < vl) [vl, lo] = [v, cell];
              if (v > vh) [vh, hi] = [v, cell];
            }
            if (exact) [lo, hi] = [cell, cell];
          }
        }
        if (!lo || !hi) flags[k] |= 8;
        low.push(lo ?? at(t, r, c));
        high.push(hi ?? at(t, r, c));
      }
    }
  }
  const buffers = exact
    ? [encode(tensor, low)]
    : [encode(tensor, low), encode(tensor, high), new DataView(flags.buffer)];
  if (hit) {
    header.buffers.push("mask");
    buffers.push(new DataView(mask.buffer));
  }
  return { header, buffers };
}
