// What the wells say, and the room that their toolbar takes.
import { describe, expect, it } from "vitest";
import type { Info, State } from "../src/protocol";
import { colourDim, colourDims, toolbarWidth, wellTexts } from "../src/wells";

const dim = (d: number) => ({ dim: d, start: 0, step: 1, size: 9 });
const info = (shape: number[], dims: string[], numeric = "f") => ({ shape, dims, numeric }) as Info;
const state = (grid: object | null = null, slots: object[] = []) =>
  ({ slots, picture: { rows: dim(0), columns: dim(1), grid } }) as unknown as State;

describe("colourDims", () => {
  it("are those of three or four numbers, of what is more than a plane", () => {
    expect(colourDims(info([96, 128, 3], ["y", "x", "c"]))).toEqual([2]);
    expect(colourDims(info([3, 4, 9], ["a", "b", "c"]))).toEqual([0, 1]);
    expect(colourDims(info([9, 3], ["a", "b"]))).toEqual([]);
    expect(colourDims(info([9, 9, 3], ["y", "x", "c"], "O"))).toEqual([]);
  });
  it("one click is offered where only one can be meant, and is not shown yet", () => {
    const photo = info([96, 128, 3], ["y", "x", "c"]);
    expect(colourDim(photo, state())).toBe(2);
    expect(colourDim(photo, state({ ...dim(2), rgb: true }))).toBeNull();
    expect(colourDim(info([3, 4, 9], ["a", "b", "c"]), state())).toBeNull();
  });
});

describe("the toolbar", () => {
  it("says what is where", () => {
    const slots = [{ kind: "all" }, { kind: "all" }, { kind: "reduce", op: "mean" }];
    expect(wellTexts(state({ ...dim(2), rgb: true }, slots), ["y", "x", "c"])).toEqual({
      rows: "y",
      columns: "x",
      grid: "c as colour",
      reduce: "mean over c",
    });
    expect(wellTexts(state(), ["y", "x"])).toMatchObject({ grid: "grid", reduce: "reduce" });
  });
  it("takes more room for long names, up to a length, and for more tools", () => {
    const width = (dims: string[], shape = [9, 9], back = false) =>
      toolbarWidth(state(), info(shape, dims), back);
    const plain = width(["dim 0", "dim 1"]);
    expect(width(["latitude", "longitude"])).toBeGreaterThan(plain + 40);
    expect(width(["x".repeat(200), "y"])).toBeLessThan(plain + 100);
    expect(width(["dim 0", "dim 1"], [9, 9, 3])).toBe(plain + 34);
    // A strip of an image: the tool has words.
    expect(width(["dim 0", "dim 1"], [9, 3, 9])).toBeGreaterThan(plain + 34 + 40);
    expect(width(["dim 0", "dim 1"], [9, 9], true)).toBe(plain + 68);
  });
});
