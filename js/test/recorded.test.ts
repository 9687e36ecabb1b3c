import { describe, expect, it } from "vitest";
import { decodeFrame } from "../src/frame";
import type { FrameHeader } from "../src/protocol";
import { cut } from "../src/recorded/cut";
import { decimals, hex } from "../src/recorded/exact";
import { normal } from "../src/recorded/recording";

const header = (rows: number, columns: number): FrameHeader => ({
  serial: 1,
  dtype: "float32",
  shape: [1, rows, columns],
  rect: [0, rows, 0, columns],
  block: [1, 1],
  exact: true,
  tiles: [0],
  buffers: ["values", "mask"],
  unsynchronised: false,
  milliseconds: 0,
  bytes: 0,
});

describe("a number's decimals", () => {
  it.each([
    [Math.fround(2.584598), "2.584598064422607421875"],
    [-0.5, "-0.5"],
    [3, "3"],
    [0, "0"],
    [-0, "-0"],
    [2 ** 60, "1152921504606846976"],
    [Number.NaN, "nan"],
    [-Infinity, "-inf"],
  ])("%f", (x, text) => expect(decimals(x)).toBe(text));

  it("go down to the smallest double", () => {
    expect(decimals(5e-324)).toMatch(/^0\.0{323}494065645841246544/);
  });

  it("come with bits, whatever the order in memory", () => {
    expect(hex(new DataView(Float32Array.of(0, 2.584598).buffer), 1, 4)).toBe("0x40256a0e");
  });
});

describe("expressions are compared", () => {
  it.each([
    ["[0, 20]", "0,20,:,:"],
    ["0,20 , :, :", "0,20,:,:"],
    ["[..., 3]", ":,:,:,3"],
    ["[]", ":,:,:,:"],
  ])("%s", (expr, text) => expect(normal(expr, 4)).toBe(text));
});

describe("a recorded frame is cut", () => {
  const [rows, columns] = [7, 10];
  const data = Float32Array.from({ length: 70 }, (_, i) => i);
  data[33] = Number.NaN;
  data[44] = -Infinity;
  const mask = new Uint8Array(70);
  mask[12] = 1;
  const buffers = [new DataView(data.buffer), new DataView(mask.buffer)];
  const whole = decodeFrame(header(rows, columns), buffers);
  const view = (px: [number, number], part?: [number, number][]) =>
    cut(whole, buffers, { rows: part?.[0] ?? null, columns: part?.[1] ?? null, px });

  it("as it is where there is room", () => {
    const { header: made } = view([100, 100]);
    expect([made.exact, made.shape]).toEqual([true, [1, 7, 10]]);
  });

  it("to blocks that keep extremes, NaN, infinities and hits", () => {
    const made = view([3, 3]);
    const frame = decodeFrame(made.header, made.buffers);
    expect([frame.block, frame.shape, frame.exact]).toEqual([[3, 4], [1, 3, 3], false]);
    expect([...frame.values.numbers].slice(0, 3)).toEqual([0, 4, 8]);
    expect([...(frame.upper?.numbers ?? [])].slice(0, 3)).toEqual([23, 27, 29]);
    expect(frame.flags?.[3]).toBe(1); // NaN in rows 3…5, columns 0…3
    expect(frame.flags?.[4]).toBe(4); // -Inf in columns 4…7
    expect([...(frame.mask ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("to larger blocks, once it is reduced, as if it had not been", () => {
    const once = view([5, 4]);
    expect(once.header.block).toEqual([2, 2]);
    const small = { rows: null, columns: null, px: [3, 2] as [number, number] };
    const twice = cut(decodeFrame(once.header, once.buffers), once.buffers, small);
    expect(twice.header).toEqual(view([3, 2]).header);
    expect(twice.header.block).toEqual([4, 4]);
    const bytes = ({ buffers }: typeof twice) => buffers.map((b) => [...new Uint8Array(b.buffer)]);
    expect(bytes(twice)).toEqual(bytes(view([3, 2])));
  });

  it("to a part, exactly", () => {
    const made = view(
      [100, 100],
      [
        [3, 5],
        [2, 6],
      ],
    );
    const frame = decodeFrame(made.header, made.buffers);
    expect(frame.rect).toEqual([3, 5, 2, 6]);
    expect([...frame.values.numbers]).toEqual([32, Number.NaN, 34, 35, 42, 43, -Infinity, 45]);
  });
});
