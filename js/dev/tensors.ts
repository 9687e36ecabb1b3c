// Synthetic tensors for the harness and the tests: values as numbers, sent as raw bits.

export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  dims?: string[];
  framework?: string;
  at(index: number[]): number;
  bits?(index: number[]): bigint;
  grad?: boolean;
}

/** Deterministic noise in [0, 1). */
export function noise(...seed: number[]): number {
  let h = 2166136261;
  for (const s of seed) h = Math.imul(h ^ (s + 0x9e3779b9), 16777619);
  h ^= h >>> 13;
  h = Math.imul(h, 0x5bd1e995);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

const normal = (...seed: number[]) =>
  Math.sqrt(-2 * Math.log(1 - noise(...seed, 1))) * Math.cos(6.2832 * noise(...seed, 2));

const blob = (y: number, x: number, cy: number, cx: number, r: number) =>
  Math.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (r * r));

export const TENSORS: Record<string, Tensor> = {
  act: {
    name: "act",
    dtype: "float32",
    shape: [1, 64, 56, 56],
    framework: "torch",
    grad: true,
    at: ([, c, y, x]) =>
      3.2 * blob(y, x, 30 + (c % 7), 5 + (c % 11), 7) +
      2.4 * blob(y, x, 48, 10 + (c % 13), 9) -
      1.6 * blob(y, x, 14 + (c % 5), 24, 13) -
      0.9 +
      0.5 * Math.sin(x / 4 + c) * Math.cos(y / 5) +
      0.12 * normal(c, y, x),
  },
  scores: {
    name: "scores",
    dtype: "float16",
    shape: [49, 49],
    framework: "torch",
    at: ([y, x]) => {
      if (y === 23 && x === 6) return Number.NaN;
      if (y === 41 && [6, 13, 20, 30, 38].includes(x)) return Number.NaN;
      if (y === 24 && [13, 20, 23].includes(x)) return Infinity;
      if (y === 47 && [30, 41].includes(x)) return Infinity;
      if (x > y) return -Infinity;
      return 18000 * normal(y, x) + 9000 * normal(x);
    },
  },
  loss: {
    name: "loss",
    dtype: "float32",
    shape: [],
    framework: "torch",
    grad: true,
    at: () => 0.567756712436676,
  },
  probs: {
    name: "probs",
    dtype: "float32",
    shape: [6],
    at: ([i]) => [0.025815882, 0.9252891, 0.048676245, 0.00018027108, 3.78147e-5, 6.5448387e-7][i],
  },
  losses: {
    name: "losses",
    dtype: "float32",
    shape: [420],
    at: ([i]) =>
      0.25 +
      1.6 * Math.exp(-i / 90) +
      0.25 * noise(i) +
      (i > 325 && noise(i, 7) > 0.85 ? 9 * noise(i, 9) : 0) +
      (i === 88 ? 8 : 0),
  },
  empty: { name: "empty", dtype: "float32", shape: [0, 64], at: () => 0 },
  mask: {
    name: "mask",
    dtype: "bool",
    shape: [24, 40],
    at: ([y, x]) => (blob(y, x, 12, 18, 9) > 0.4 ? 1 : 0),
  },
  ids: {
    name: "ids",
    dtype: "int64",
    shape: [8, 8],
    at: ([y, x]) => 2 ** 53 + y * 8 + x,
    bits: ([y, x]) => 2n ** 53n + BigInt(y * 8 + x),
  },
  big: {
    name: "big",
    dtype: "float32",
    shape: [4096, 4096],
    at: ([y, x]) =>
      y === 1500 && x === 2500
        ? Number.NaN
        : y === 3000 && x === 700
          ? Infinity
          : 1000 *
              Math.exp(-(((y - 1800) / 900) ** 2 + ((x - 2200) / 1300) ** 2)) *
              Math.sin(y / 180) +
            40 * Math.cos(x / 60),
  },
  stack: {
    name: "stack",
    dtype: "float32",
    shape: [4, 80, 90],
    at: ([k, y, x]) => 10_000 * k + 90 * y + x,
  },
  weights: {
    name: "attention",
    dtype: "float32",
    shape: [8, 12],
    dims: ["head", "token"],
    at: ([y, x]) => Number((normal(y, x) * 0.3).toFixed(4)),
  },
  many: {
    name: "many",
    dtype: "float32",
    shape: [2, 1, 3, 1, 1, 16, 16, 1],
    at: (i) => normal(...i),
  },
};

const F16 = new Map<number, number>();

/** Nearest float16 bits of a number (ties to even), through a float32. */
export function float16Bits(x: number): number {
  const known = F16.get(x);
  if (known !== undefined) return known;
  const f = new Float32Array([x]);
  const u = new Uint32Array(f.buffer)[0];
  const sign = (u >>> 16) & 0x8000;
  if (Number.isNaN(x)) return 0x7e00;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
  const e = Math.floor(Math.log2(size));
  const mantissa = size / 2 ** (e - 10);
  const low = Math.floor(mantissa);
  const rest = mantissa - low;
  const rounded = rest > 0.5 || (rest === 0.5 && low & 1) ? low + 1 : low;
  return sign | (((e + 15) << 10) + (rounded - 1024));
}

/** Raw bits of values, as the kernel sends them. */
export function encode(tensor: Tensor, cells: number[][]): DataView {
  const values = cells.map((c) => tensor.at(c));
  switch (tensor.dtype) {
    case "float32":
      return new DataView(Float32Array.from(values).buffer);
    case "float16":
      return new DataView(Uint16Array.from(values, float16Bits).buffer);
    case "bool":
      return new DataView(Uint8Array.from(values).buffer);
    case "int64":
      return new DataView(BigInt64Array.from(cells, (c) => tensor.bits!(c)).buffer);
  }
  throw new Error(`The fake kernel cannot send ${tensor.dtype}`);
}
