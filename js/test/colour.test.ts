import { describe, expect, it } from "vitest";
import { fromOklab, pack, palette, parseHex, ramp, resolve, scan, toOklab } from "../src/colour";

describe("ramps", () => {
  it("OKLab and back is the same colour", () => {
    for (const hex of ["f8f7ee", "0085a0", "1f1c55", "c85b26", "000000", "ffffff"]) {
      expect(fromOklab(toOklab(parseHex(hex)))).toEqual(parseHex(hex));
    }
  });

  it.each(["light", "dark"] as const)(
    "%s: sequential lightness is monotone, from the surface",
    (theme) => {
      const lightness = ramp("sequential", theme).map((c) => toOklab(c)[0]);
      const sign = theme === "light" ? -1 : 1;
      for (let i = 1; i < 256; i++) {
        expect(sign * (lightness[i] - lightness[i - 1])).toBeGreaterThan(-0.004);
      }
      expect(sign * (lightness[255] - lightness[0])).toBeGreaterThan(0.5);
    },
  );

  it("diverging: blue is negative, the middle is near the page, in both themes", () => {
    for (const theme of ["light", "dark"] as const) {
      const colours = ramp("diverging", theme);
      expect(colours).toHaveLength(256);
      expect(colours[20][2]).toBeGreaterThan(colours[20][0]);
      expect(colours[235][0]).toBeGreaterThan(colours[235][2]);
      const L = colours.map((c) => toOklab(c)[0]);
      const middle = theme === "light" ? Math.max(...L) : Math.min(...L);
      expect(Math.abs(L[127] - middle)).toBeLessThan(0.02);
    }
  });

  it("packs as ImageData stores pixels", () => {
    const bytes = new Uint8Array(Uint32Array.of(pack([1, 2, 3])).buffer);
    expect([...bytes]).toEqual([1, 2, 3, 255]);
  });

  it("what is not a hit lies half on the surface", () => {
    const p = palette("grey", "light", [255, 255, 255], [0, 0, 0]);
    expect(p.full[0]).toBe(pack([0, 0, 0]));
    expect(p.faded[0]).toBe(pack([128, 128, 128]));
  });
});

describe("scan", () => {
  it("counts what is not finite, and leaves it out of the range", () => {
    const found = scan([1, Number.NaN, Infinity, -3, -Infinity, -Infinity]);
    expect(found).toMatchObject({ nan: 1, posinf: 1, neginf: 2, finite: 2, min: -3, max: 1 });
  });

  it("the robust range is that of all, sorted", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    const kinds = [
      (k: number) => k,
      (k: number) => -k,
      (k: number) => (k % 8 ? 1e9 * random() : random()), // one in eight is like no other
      (k: number) => (k % 8 ? random() : 1e9 * random()),
      () => Math.floor(3 * random()),
      () => random() ** 9,
    ];
    for (const kind of kinds) {
      for (const n of [1, 2, 7, 255, 256, 257, 499, 501, 502, 1001, 5000, 16384]) {
        const values = Array.from({ length: n }, (_, k) => kind(k));
        const sorted = Float64Array.from(values).sort();
        const rank = Math.floor(0.002 * (n - 1));
        expect(scan(values)).toMatchObject({ low: sorted[rank], high: sorted[n - 1 - rank] });
      }
    }
  });

  it("the robust range leaves outliers out, the extremes do not", () => {
    const values = Float32Array.from({ length: 3000 }, (_, i) => i / 3000);
    values[17] = 1e6;
    const found = scan(values);
    expect(found.max).toBe(1e6);
    expect(found.high).toBeLessThan(1);
    expect(found.low).toBeLessThan(0.01);
  });

  it("meets finite values however rare they are", () => {
    const values = new Float32Array(100_000).fill(Number.NaN);
    values[54_321] = 5;
    expect(scan(values)).toMatchObject({ low: 5, high: 5, finite: 1 });
  });

  it("reads a part only", () => {
    expect(scan([1, 2, 3, 4], null, 2, 4)).toMatchObject({ min: 3, max: 4, finite: 2 });
  });
});

describe("resolve", () => {
  it("both signs diverge, symmetric about 0", () => {
    expect(resolve("auto", "float32", scan([-1, 0, 4]), null)).toEqual({
      map: "diverging",
      range: { low: -4, high: 4 },
    });
  });
  it("one sign does not; a chosen range stays as it is", () => {
    expect(resolve("auto", "float32", scan([0, 1, 4]), null).map).toBe("sequential");
    expect(resolve("auto", "float32", scan([-1, 4]), [-1, 2]).range).toEqual({ low: -1, high: 2 });
    expect(resolve("viridis", "float32", scan([-1, 4]), null).map).toBe("viridis");
    expect(resolve("auto", "bool", scan([0, 1]), null).map).toBe("bool");
  });
});
