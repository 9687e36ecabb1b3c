import { describe, expect, it } from "vitest";
import { decode, smallTable } from "../src/dtype";
import {
  formatCell,
  formatComplex,
  formatCount,
  formatFloat,
  formatFloat32,
  formatShape,
  formatShort,
  shorten,
} from "../src/format";

describe("formatFloat prints as Python's repr", () => {
  it.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-2.5, "-2.5"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e15, "1000000000000000.0"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
    [Number.NaN, "nan"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ])("%f", (x, text) => expect(formatFloat(x)).toBe(text));
});

describe("formatFloat32", () => {
  it.each([
    [0.1, "0.1"],
    [2.584598064422607, "2.584598"],
    [0.567756712436676, "0.5677567"],
    [6.5448387e-7, "6.5448387e-07"],
    [16777216, "16777216.0"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.401298464324817e-45, "1e-45"],
    // At powers of two the shortest text is not the nearest one with as many digits.
    [2 ** -96, "1.2621775e-29"],
  ])("%f", (x, text) => expect(formatFloat32(Math.fround(x))).toBe(text));

  it("reads back as the same float32, whatever the bits", () => {
    const bits = new Uint32Array(20_000);
    let seed = 7;
    for (let i = 0; i < bits.length; i++)
      bits[i] = seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const finite = new Float32Array(bits.buffer).filter(Number.isFinite);
    const wrong = finite.filter((x) => Math.fround(Number(formatFloat32(x))) !== x);
    expect(finite.length).toBeGreaterThan(19_000);
    expect([...wrong]).toEqual([]);
  });
});

describe("small floats", () => {
  const texts = (dtype: string, patterns: number[]) => {
    const wide = dtype === "float16" || dtype === "bfloat16";
    const raw = wide ? Uint16Array.from(patterns) : Uint8Array.from(patterns);
    const values = decode(dtype, new DataView(raw.buffer));
    return patterns.map((_, i) => values.text(i));
  };

  it("float16: NumPy's digits, ties to the even one", () => {
    expect(texts("float16", [0x3b33, 0x7bff, 0x3100, 0x0001, 0x8000, 0x7e00, 0xfc00])).toEqual([
      "0.9",
      "65500.0",
      "0.1562",
      "6e-08",
      "-0.0",
      "nan",
      "-inf",
    ]);
  });

  it("coarse types keep all digits where fewer would say less", () => {
    expect(texts("float8_e4m3fn", [56, 100, 120, 126, 127, 200])).toEqual([
      "1.0",
      "48.0",
      "256.0",
      "448.0",
      "nan",
      "-4.0",
    ]);
    expect(texts("bfloat16", [0x3f80, 0x3dcd, 0x7f80, 0xff80, 0x7fc0])).toEqual([
      "1.0",
      "0.1",
      "inf",
      "-inf",
      "nan",
    ]);
    expect(texts("float8_e8m0fnu", [127, 134, 255])).toEqual(["1.0", "128.0", "nan"]);
  });

  it.each([
    "float16",
    "bfloat16",
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
  ])("%s: every text is nearer to its own value than to any other", (dtype) => {
    const table = smallTable(dtype);
    const all = Array.from(table.keys());
    const text = texts(dtype, all);
    const sorted = [...new Set(table)].filter(Number.isFinite).sort((a, b) => a - b);
    const place = new Map(sorted.map((x, i) => [x, i]));
    const nearer = (i: number) => {
      const at = place.get(table[i])!;
      const away = Math.abs(Number(text[i]) - table[i]);
      const others = [sorted[at - 1], sorted[at + 1]].filter((other) => other !== undefined);
      return others.every((other) => away <= Math.abs(Number(text[i]) - other));
    };
    const finite = all.filter((i) => Number.isFinite(table[i]));
    expect(finite.filter((i) => !nearer(i))).toEqual([]);
  });
});

it("complex as Python prints it", () => {
  const c = (re: number, im: number) => formatComplex(re, im, formatFloat);
  expect(c(1, 2)).toBe("(1+2j)");
  expect(c(0, -2.5)).toBe("-2.5j");
  expect(c(-0, 1)).toBe("(-0+1j)");
  expect(c(1.5, Number.NaN)).toBe("(1.5+nanj)");
  expect(c(Infinity, -Infinity)).toBe("(inf-infj)");
});

it("cells, shapes and counts", () => {
  expect(formatCell([0, 20, "mean", 12])).toBe("[0, 20, mean, 12]");
  expect([formatShape([]), formatShape([6]), formatShape([2, 3])]).toEqual([
    "()",
    "(6,)",
    "(2, 3)",
  ]);
  expect(formatCount(1234567)).toBe("1,234,567");
});

it("short labels lose digits, not meaning", () => {
  expect(formatShort(-2.6401, 4)).toBe("-2.64");
  expect(formatShort(65344, 4)).toBe("65344");
  expect(formatShort(6.54e-7, 3)).toBe("6.54e-07");
  expect(shorten("9007199254740993", 6)).toBe("9007199254740993");
  expect(shorten("1176", 6)).toBe("1,176");
  expect(shorten(null)).toBe("–");
  expect(formatShort(-6.879e-5, 4)).toBe("-6.879e-05"); // as Python writes exponents
  expect([formatShort(5e12, 4), formatShort(1e6, 4)]).toEqual(["5e+12", "1e+06"]);
});
