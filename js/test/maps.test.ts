// Tiles, pictures in colour, the brush: what needs no DOM.
import { describe, expect, it } from "vitest";
import { rgbBlocks } from "../src/canvas/rgb";
import { rgbRange, scan } from "../src/colour";
import { between } from "../src/components/Brush";
import { badgeOf, labelOf, markOf, statText } from "../src/components/TileMarks";
import { decode } from "../src/dtype";
import { FLAG, type Frame } from "../src/frame";
import { LIGHT } from "../src/skin";

function frameOf(planes: number[][], more: Partial<Frame> = {}): Frame {
  const numbers = new Float32Array(planes.flat());
  const values = decode("float32", new DataView(numbers.buffer));
  const shape: [number, number, number] = [planes.length, 1, planes[0].length];
  const rest = { upper: null, flags: null, mask: null, texts: null, hidden: 0, exact: true };
  return { shape, values, dtype: "float32", ...rest, ...more } as Frame;
}

const rgba = (pixel: number) => [0, 8, 16, 24].map((at) => (pixel >>> at) & 255);

describe("a picture in colour", () => {
  it("keeps bytes and shares, and scales what does not fit", () => {
    const range = (dtype: string, values: number[]) => {
      const { low, high } = rgbRange(dtype, scan(values), null);
      return [low, high];
    };
    expect(range("uint8", [3, 9])).toEqual([0, 255]);
    expect(range("float32", [0.2, 0.9])).toEqual([0, 1]);
    expect(range("float32", [-2, 0.5])).toEqual([-2, 0.5]);
    expect(range("int16", [0, 1])).toEqual([0, 1]);
    expect(range("float32", [Number.NaN])).toEqual([0, 1]);
    expect(rgbRange("uint8", scan([1]), [5, 6])).toEqual({ low: 5, high: 6 });
  });

  it("mixes three planes, and sees through a fourth", () => {
    const planes = [
      [0, 1],
      [0.5, 0],
      [1, 1],
    ];
    const range = { low: 0, high: 1 };
    const three = rgbBlocks(frameOf(planes), range, LIGHT, false);
    expect(rgba(three.pixels[0])).toEqual([0, 128, 255, 255]);
    expect(rgba(three.pixels[1])).toEqual([255, 0, 255, 255]);
    const four = rgbBlocks(frameOf([...planes, [0, 0.2]]), range, LIGHT, false);
    expect(rgba(four.pixels[0])[3]).toBe(0);
    expect(rgba(four.pixels[1])[3]).toBe(51);
  });

  it("marks a pixel where any channel is not finite", () => {
    const frame = frameOf([
      [0, Number.NaN, 1, 1],
      [Infinity, Infinity, 1, -Infinity],
      [0, 0, 0, 0],
    ]);
    const { marks, pixels } = rgbBlocks(frame, { low: 0, high: 1 }, LIGHT, false);
    expect(marks.posinf).toEqual([0]);
    expect(marks.nan).toEqual([1]);
    expect(marks.neginf).toEqual([3]);
    expect(rgba(pixels[1]).slice(0, 3)).toEqual(LIGHT.nan);
  });

  it("shows the end of a reduced block that stands further away", () => {
    const high = new Float32Array([0.6, 0.2, 1]);
    const frame = frameOf([[0.1], [0.1], [0]], {
      exact: false,
      upper: decode("float32", new DataView(high.buffer)),
      flags: new Uint8Array(3),
    });
    const { pixels } = rgbBlocks(frame, { low: 0, high: 1 }, LIGHT, false);
    expect(rgba(pixels[0])).toEqual([26, 26, 255, 255]);
    frame.flags!.set([FLAG.nan], 1);
    expect(rgbBlocks(frame, { low: 0, high: 1 }, LIGHT, false).marks.nan).toEqual([0]);
  });

  it("fades what is no hit in any channel", () => {
    const frame = frameOf([[0, 0], [0, 0], [0, 0]], { mask: new Uint8Array([0, 0, 1, 0, 0, 0]) }); // biome-ignore format: planes
    const { pixels } = rgbBlocks(frame, { low: 0, high: 1 }, LIGHT, true);
    expect(rgba(pixels[0])).toEqual([0, 0, 0, 255]);
    expect(rgba(pixels[1])).toEqual([191, 191, 191, 255]);
  });
});

describe("the brush", () => {
  it("reads the two ends of a condition", () => {
    expect(between("-1.5 <= x <= 2")).toEqual([-1.5, 2]);
    expect(between("1e-05 < x < 3")).toEqual([1e-5, 3]);
    expect(between("x > 2")).toBeNull();
    expect(between("(x < 0) | (x > 1)")).toBeNull();
    expect(between(null)).toBeNull();
  });
});

describe("a tile", () => {
  it("tells its statistic and its mark", () => {
    expect(statText("mean", 0.12345)).toBe("0.123");
    expect(statText("sparsity", 0.5)).toBe("50 %");
    expect(statText("std", null)).toBe("–");
    const mark = { kind: "dead", text: "all zero" } as const;
    const counts = { dead: 1, saturated: 0, nonfinite: 0 };
    const rest = { sort: null, stat: "max", values: [0, 0], counts, marked: [1] };
    const page = { ...rest, at: [7, 4], marks: [null, mark] };
    expect(markOf(page, 4)).toBe(mark);
    expect(markOf(page, 7)).toBeNull();
    expect(markOf(page, 5)).toBeNull();
    expect(markOf(null, 4)).toBeNull();
  });

  it("is labelled with what it is ranked by, and marked where that leaves NaN out", () => {
    const own = scan([1, Number.NaN, 3]);
    const frame = frameOf([[1, Number.NaN, 3]]);
    const mark = { kind: "nonfinite", text: "1 NaN of 3" } as const;
    const counts = { dead: 0, saturated: 0, nonfinite: 1 };
    const page = { sort: "-max", stat: "max", at: [7], values: [3], marks: [mark], counts, marked: [0] }; // biome-ignore format: a page
    expect(labelOf(page, 7, "-max", own)).toBe("3");
    expect(badgeOf(page, frame, 7, own)).toBe("nan");
    const infinite = { ...page, marks: [{ ...mark, text: "2 Inf of 3" }] };
    expect(badgeOf(infinite, frame, 7, own)).toBe("inf");
    // Before the kernel has answered, and after another order was chosen.
    expect(labelOf(null, 7, null, own)).toBe("3");
    expect(badgeOf(null, frame, 7, own)).toBe("nan");
    expect(labelOf(page, 7, "-mean", own)).toBe("");
    expect(labelOf({ ...page, values: [null] }, 7, "-max", own)).toBe("–");
    expect(badgeOf(null, { ...frame, hidden: 1 }, 7, own)).toBeNull();
    expect(badgeOf(null, frameOf([[1, 2]]), 7, scan([1, 2]))).toBeNull();
  });
});
