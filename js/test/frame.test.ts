import { describe, expect, it } from "vitest";
import { cutFrame } from "../dev/frames";
import { FakeKernel } from "../dev/kernel";
import { TENSORS } from "../dev/tensors";
import { anomalyOffsets, nextAnomaly } from "../src/anomaly";
import { colourBlocks, spans, spread } from "../src/canvas/cells";
import { pack, palette } from "../src/colour";
import { decodeFrame, type Frame } from "../src/frame";
import { tooFine } from "../src/geometry";
import {
  cellAt,
  covers,
  fillCode,
  offsetIn,
  positionOf,
  roleOf,
  shapeOf,
  textAt,
} from "../src/picture";
import type { Viewport } from "../src/protocol";
import { LIGHT } from "../src/skin";
import { fitCells, whole } from "../src/viewport";

const ALL: Viewport = { rows: null, columns: null, px: [600, 600], tiles: [0, 100] };

function framed(tensor: string, viewport = ALL, change: Parameters<FakeKernel["update"]>[0] = {}) {
  const kernel = new FakeKernel(TENSORS[tensor]);
  kernel.update(change);
  const { header, buffers } = cutFrame(kernel, viewport);
  return { kernel, state: kernel.state, frame: decodeFrame(header, buffers) };
}

describe("decodeFrame", () => {
  it("puts values and mask together", () => {
    const { frame, kernel } = framed("act", ALL, { where: "x > 1.8" });
    expect(frame.values.length).toBe(56 * 56);
    expect(frame.values.text(57)).toBe(kernel.text([0, 0, 1, 1]));
    expect(frame.mask?.reduce((a, b) => a + b, 0)).toBe(kernel.state.hits?.count);
    expect(frame.upper).toBeNull();
  });
  it("refuses buffers that do not fit their header", () => {
    const { header } = cutFrame(new FakeKernel(TENSORS.act), ALL);
    expect(() => decodeFrame(header, [new DataView(new ArrayBuffer(8))])).toThrow(/8 bytes/);
    expect(() => decodeFrame({ ...header, buffers: [] }, [])).toThrow(/without values/);
  });
});

describe("picture", () => {
  it("positions and cells are each other's inverse, slices and steps included", () => {
    const { state } = framed("act", ALL, { expr: "[0, 5, 10:50:4, ::-1]" });
    // A negative step counts from the end.
    state.picture.columns = { dim: 3, start: 55, step: -1, size: 56 };
    for (const at of [
      { row: 0, col: 0, tile: 0 },
      { row: 9, col: 55, tile: 0 },
      { row: 3, col: 17, tile: 0 },
    ]) {
      expect(positionOf(state, cellAt(state, at))).toEqual(at);
    }
    expect(cellAt(state, { row: 1, col: 2, tile: 0 })).toEqual([0, 5, 14, 53]);
    expect(positionOf(state, [0, 5, 11, 0])).toBeNull();
    expect(positionOf(state, [0, 6, 10, 0])).toBeNull();
    expect(positionOf(state, null)).toBeNull();
  });
  it("knows what kind of picture a state needs", () => {
    const kinds = ["act", "loss", "probs", "losses", "empty"].map((t) => shapeOf(framed(t).state));
    expect(kinds).toEqual(["plane", "scalar", "line", "line", "empty"]);
    const { state } = framed("act", ALL, { role: ["grid", 1] });
    expect(shapeOf(state)).toBe("grid");
    expect([0, 1, 2, 3].map((d) => roleOf(state, d))).toEqual(["index", "grid", "rows", "columns"]);
  });
  it("reads exact text only where the frame is exact and covers the position", () => {
    const { frame, kernel } = framed("act", { ...ALL, rows: [10, 20], columns: [5, 9] });
    expect(textAt(frame, { row: 12, col: 6, tile: 0 })).toBe(kernel.text([0, 0, 12, 6]));
    expect(textAt(frame, { row: 9, col: 6, tile: 0 })).toBeNull();
    expect(covers(frame, { row0: 10, row1: 20, col0: 5, col1: 9 })).toBe(true);
    expect(covers(frame, whole(56, 56))).toBe(false);
    expect(textAt({ ...frame, exact: false }, { row: 12, col: 6, tile: 0 })).toBeNull();
  });
  it("fills in code", () => {
    expect(fillCode("act[{0}, {1}].item()", [0, 20])).toBe("act[0, 20].item()");
    expect(fillCode("act.mean(1)[{0}, {2}]", [4, "mean", 7])).toBe("act.mean(1)[4, 7]");
  });
});

describe("reduced frames", () => {
  const { frame } = framed("big", { rows: [1400, 1600], columns: [2400, 2600], px: [50, 50] });
  it("find their blocks", () => {
    expect(frame.block).toEqual([4, 4]);
    expect(offsetIn(frame, { row: 1500, col: 2500, tile: 0 })).toBe(25 * 50 + 25);
  });
  it("never hide a NaN: its block is painted in NaN's colour", () => {
    const table = palette("sequential", "light", LIGHT.surface, LIGHT.ink);
    const { pixels, marks } = colourBlocks(frame, 0, table, { low: -900, high: 900 }, LIGHT, false);
    expect(marks.nan).toEqual([25 * 50 + 25]);
    expect(pixels[25 * 50 + 25]).toBe(pack(LIGHT.nan));
  });
});

describe("colourBlocks", () => {
  const made = (values: number[], more: Partial<Frame> = {}): Frame => {
    const base = framed("act").frame;
    const numbers = Float32Array.from(values);
    const one = { dtype: "float32", length: values.length, numbers, text: (i: number) => `${i}` };
    return { ...base, shape: [1, 1, values.length], values: one, ...more };
  };
  const table = palette("diverging", "light", LIGHT.surface, LIGHT.ink);
  const range = { low: -1, high: 1 };

  it("ends of the range are ends of the ramp, beyond them are marks", () => {
    const { pixels, marks } = colourBlocks(made([-1, 1, -2, 3]), 0, table, range, LIGHT, false);
    expect([...pixels]).toEqual([table.full[0], table.full[255], table.full[0], table.full[255]]);
    expect(marks).toMatchObject({ above: [3], below: [2] });
  });
  it("tells NaN and both infinities apart", () => {
    const frame = made([Number.NaN, Infinity, -Infinity]);
    const { pixels } = colourBlocks(frame, 0, table, range, LIGHT, false);
    expect([...pixels]).toEqual([pack(LIGHT.nan), pack(LIGHT.ink), pack(LIGHT.line2)]);
  });
  it("fades what is not a hit, and only then", () => {
    const frame = made([0.5, 0.5], { mask: Uint8Array.of(1, 0) });
    const masked = colourBlocks(frame, 0, table, range, LIGHT, true).pixels;
    expect(masked[0]).toBe(colourBlocks(frame, 0, table, range, LIGHT, false).pixels[1]);
    expect(masked[1]).not.toBe(masked[0]);
  });
  it("zero stays near the page where every value is zero", () => {
    const calm = palette("sequential", "light", LIGHT.surface, LIGHT.ink);
    const { pixels } = colourBlocks(made([0, 0]), 0, calm, { low: 0, high: 0 }, LIGHT, false);
    expect(pixels[0]).toBe(calm.full[0]);
  });
});

it("every device pixel gets the colour of its cell", () => {
  const { frame } = framed("weights");
  const g = fitCells(whole(8, 12), 601, 417, 64);
  const { xs, ys } = spans(frame, g);
  const pixels = Uint32Array.from({ length: 96 }, (_, k) => k + 1);
  const out = new Uint32Array(g.width * g.height);
  spread(pixels, 12, xs, ys, out, g.width);
  expect(out.includes(0)).toBe(false);
  for (let r = 0; r < 8; r++) {
    for (let c = 0; c < 12; c++) {
      const x = Math.floor((xs[c] + xs[c + 1]) / 2);
      const y = Math.floor((ys[r] + ys[r + 1]) / 2);
      expect(out[y * g.width + x]).toBe(r * 12 + c + 1);
    }
  }
});

it("every block has a pixel, the last one too, which may hold hardly any cells", () => {
  for (let rows = 2; rows < 1500; rows++) {
    for (const [columns, room] of [
      [300, 288],
      [700, 400],
      [1111, 555],
    ]) {
      const g = fitCells(whole(rows, columns), room, 600, 96);
      const block = [Math.ceil(rows / g.height), Math.ceil(columns / g.width)];
      const shape = [1, Math.ceil(rows / block[0]), Math.ceil(columns / block[1])];
      const frame = { block, shape, rect: [0, rows, 0, columns] } as unknown as Frame;
      expect(tooFine(frame, g)).toBe(false);
      for (const ends of Object.values(spans(frame, g))) {
        const lost = ends.findIndex((end, k) => k > 0 && end <= ends[k - 1]);
        expect([rows, columns, lost]).toEqual([rows, columns, -1]);
      }
    }
  }
});

describe("anomalies", () => {
  const { frame } = framed("scores");
  it("a causal mask's -Inf is quiet, NaN and +Inf are not", () => {
    expect(anomalyOffsets(frame)).toHaveLength(11);
  });
  it("are stepped through in reading order, round the end", () => {
    const first = nextAnomaly(frame, null, 1);
    expect(first).toEqual({ row: 23, col: 6, tile: 0 });
    expect(nextAnomaly(frame, first, 1)).toEqual({ row: 24, col: 13, tile: 0 });
    expect(nextAnomaly(frame, first, -1)).toEqual({ row: 47, col: 41, tile: 0 });
    expect(nextAnomaly(framed("act").frame, null, 1)).toBeNull();
  });
});
