import { describe, expect, it } from "vitest";
import { formOf, textsOf, write } from "../src/canvas/digits";
import { decode } from "../src/dtype";
import type { Frame } from "../src/frame";

const written = (values: number[], room: number) => {
  const form = formOf(values, room);
  return form && values.map((x) => write(x, form));
};

function framed(dtype: string, buffer: ArrayBuffer, n: number): Frame {
  const values = decode(dtype, new DataView(buffer));
  return { dtype, shape: [1, 1, n], values } as unknown as Frame;
}

describe("digits in cells take one form for a plane", () => {
  it("as many decimals as all have room for", () => {
    expect(written([0.1, 0.034, -0.01], 7)).toEqual(["0.1000", "0.0340", "-0.0100"]);
    expect(written([0.1, 0.034, -0.01], 4)).toEqual([".10", ".03", "-.01"]);
    expect(written([2.71, -1.5, 0], 4)).toEqual(["2.7", "-1.5", "0"]);
    expect(written([-0.1, -0.001], 4)).toEqual(["-.10", ".00"]); // no -.00
    expect(written([9.97, 1], 4)).toEqual(["9.97", "1.00"]);
  });
  it("none where two digits of the largest have no room", () => {
    expect(formOf([0.04, -0.05], 4)).toBeNull();
    expect(formOf([1e7, 12.5], 4)).toBeNull();
    expect(written([3.1e-12, 2e-11], 7)).toEqual(["3.1e-12", "2.0e-11"]);
    expect(formOf([-3e-12, -2e-11], 4)).toBeNull();
  });
  it("a lone giant does not take them from the others", () => {
    const many = Array.from({ length: 99 }, (_, i) => i / 100);
    const form = formOf([...many, 123456.5], 4);
    expect(form).toMatchObject({ kind: "fixed", decimals: 2 });
  });
  it("whole numbers have no decimals", () => {
    expect(written([3, 0, 12], 4)).toEqual(["3", "0", "12"]);
  });
  it("integers are whole, or their last digits, or none; never a mixture", () => {
    const of = (values: number[]) => framed("int32", Int32Array.from(values).buffer, values.length);
    expect(textsOf(of([7, -12, 99]), 0, 4)).toEqual(["7", "-12", "99"]);
    expect(textsOf(of([9325, 12345, 707, 54321]), 0, 4)).toBeNull();
    expect(textsOf(of([1234567, 1234568]), 0, 5)).toEqual(["…4567", "…4568"]);
    // What is cut keeps its sign.
    expect(textsOf(of([-1234567, 1234568]), 0, 5)).toEqual(["-…567", "…4568"]);
  });
});
