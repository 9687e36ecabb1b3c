import { expect, it } from "vitest";
import { decode, itemSize, smallTable } from "../src/dtype";

const view = (array: { buffer: ArrayBufferLike }) => new DataView(array.buffer as ArrayBuffer);

it("integers keep every bit", () => {
  const big = decode("int64", view(BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n))));
  expect([big.text(0), big.text(1)]).toEqual(["9007199254740993", "-9223372036854775808"]);
  const unsigned = decode("uint64", view(BigUint64Array.of(2n ** 64n - 1n)));
  expect(unsigned.text(0)).toBe("18446744073709551615");
  expect(unsigned.numbers[0]).toBe(2 ** 64);
  expect(decode("int8", view(Int8Array.of(-128))).text(0)).toBe("-128");
});

it("bool and complex", () => {
  const bool = decode("bool", view(Uint8Array.of(0, 1)));
  expect([bool.text(0), bool.text(1)]).toEqual(["False", "True"]);
  const complex = decode("complex64", view(Float32Array.of(3, -4, 0, 1)));
  expect(complex.length).toBe(2);
  expect(complex.numbers[0]).toBe(5);
  expect([complex.text(0), complex.text(1)]).toEqual(["(3-4j)", "1j"]);
});

it("a buffer may start anywhere", () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 1.5, true);
  new DataView(bytes.buffer).setFloat32(5, -0.25, true);
  const values = decode("float32", new DataView(bytes.buffer, 1, 8));
  expect([...values.numbers]).toEqual([1.5, -0.25]);
});

it("tables of small floats", () => {
  expect(smallTable("float16")[0x3c00]).toBe(1);
  expect(smallTable("float16")[0x0001]).toBe(2 ** -24);
  expect(smallTable("bfloat16")[0x7f7f]).toBeCloseTo(3.3895314e38, -32);
  expect(smallTable("float8_e4m3fn")[0x7e]).toBe(448);
  expect(smallTable("float8_e4m3fn")[0x7f]).toBeNaN();
  expect(smallTable("float8_e5m2")[0x7c]).toBe(Infinity);
  expect(smallTable("float8_e4m3fnuz")[0x80]).toBeNaN();
  expect(smallTable("float8_e4m3fnuz")[0x7f]).toBe(240);
  expect(smallTable("float8_e5m2fnuz")[0x7f]).toBe(57344);
  expect(smallTable("float8_e8m0fnu")[0]).toBe(2 ** -127);
});

it("refuses what it cannot read", () => {
  expect(itemSize("complex128")).toBe(16);
  expect(() => itemSize("string")).toThrow(/string/);
  expect(() => decode("float24", view(Uint8Array.of(1, 2, 3)))).toThrow(/float24/);
});
