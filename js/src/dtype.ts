// Raw little-endian bits of every dtype on the wire, as numbers and as exact text. No DOM.
import { formatComplex, formatFloat, formatFloat32, shortestIn } from "./format";

/** A small float: 8 or 16 bits, decoded through a table of all its values. */
interface SmallFloat {
  bits: 8 | 16;
  exponent: number; // bits of the exponent
  mantissa: number; // bits of the mantissa
  bias: number;
  signed: boolean;
  /** What the special patterns are: IEEE has inf and NaN; 'fn' only NaN at all ones;
   *  'uz' has one NaN where -0 would be; 'e8m0' has NaN at all ones; 'none' has no special. */
  special: "ieee" | "fn" | "uz" | "e8m0" | "none";
}

const SMALL: Record<string, SmallFloat> = {
  float16: { bits: 16, exponent: 5, mantissa: 10, bias: 15, signed: true, special: "ieee" },
  bfloat16: { bits: 16, exponent: 8, mantissa: 7, bias: 127, signed: true, special: "ieee" },
  float8_e4m3fn: { bits: 8, exponent: 4, mantissa: 3, bias: 7, signed: true, special: "fn" },
  float8_e5m2: { bits: 8, exponent: 5, mantissa: 2, bias: 15, signed: true, special: "ieee" },
  float8_e4m3fnuz: { bits: 8, exponent: 4, mantissa: 3, bias: 8, signed: true, special: "uz" },
  float8_e5m2fnuz: { bits: 8, exponent: 5, mantissa: 2, bias: 16, signed: true, special: "uz" },
  float8_e4m3b11fnuz: {
    bits: 8,
    exponent: 4,
    mantissa: 3,
    bias: 11,
    signed: true,
    special: "uz",
  },
  float8_e4m3: { bits: 8, exponent: 4, mantissa: 3, bias: 7, signed: true, special: "ieee" },
  float8_e3m4: { bits: 8, exponent: 3, mantissa: 4, bias: 3, signed: true, special: "ieee" },
  // One value a byte, in its low half.
  float4_e2m1fn: { bits: 8, exponent: 2, mantissa: 1, bias: 1, signed: true, special: "none" },
  float8_e8m0fnu: { bits: 8, exponent: 8, mantissa: 0, bias: 127, signed: false, special: "e8m0" },
};

function decodeSmall(pattern: number, k: SmallFloat): number {
  const magnitude = k.exponent + k.mantissa;
  const negative = k.signed && ((pattern >> magnitude) & 1) === 1;
  const body = pattern & ((1 << magnitude) - 1);
  const exponent = body >> k.mantissa;
  const mantissa = body & ((1 << k.mantissa) - 1);
  const top = (1 << k.exponent) - 1;
  const ones = (1 << magnitude) - 1;
  if (k.special === "ieee" && exponent === top) {
    if (mantissa !== 0) return Number.NaN;
    return negative ? -Infinity : Infinity;
  }
  if (k.special === "fn" && body === ones) return Number.NaN;
  if (k.special === "uz" && negative && body === 0) return Number.NaN;
  if (k.special === "e8m0") return body === ones ? Number.NaN : 2 ** (body - k.bias);
  const scale = 2 ** ((exponent === 0 ? 1 : exponent) - k.bias - k.mantissa);
  const value = (exponent === 0 ? mantissa : mantissa + (1 << k.mantissa)) * scale;
  return negative ? -value : value;
}

const tables = new Map<string, Float32Array>();

/** Every value of a small float, by its bit pattern. */
export function smallTable(dtype: string): Float32Array {
  let table = tables.get(dtype);
  if (!table) {
    const kind = SMALL[dtype];
    table = new Float32Array(1 << kind.bits);
    for (let i = 0; i < table.length; i++) table[i] = decodeSmall(i, kind);
    tables.set(dtype, table);
  }
  return table;
}

/** How many bytes one value of a dtype takes on the wire. */
export function itemSize(dtype: string): number {
  const small = SMALL[dtype];
  if (small) return small.bits / 8;
  if (dtype === "bool") return 1;
  const bits = /(\d+)$/.exec(dtype);
  if (!bits) throw new Error(`The kernel sent dtype ${dtype}, which this front end cannot read`);
  return Number(bits[1]) / 8;
}

/** Decoded values: numbers to colour and compare, exact text to print. */
export interface Values {
  dtype: string;
  length: number;
  /** One number a value; int64 rounded, complex as magnitudes. For colour, never for print. */
  numbers: Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | Numbers;
  /** The shortest text that round-trips in the dtype, as Python prints it. */
  text(i: number): string;
}
type Numbers = Int16Array | Uint16Array | Int8Array;

/** Copies a buffer (its byteOffset may be anything) so that a typed array can lie on it. */
function copy(view: DataView): ArrayBuffer {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
}

function wide(data: BigInt64Array | BigUint64Array): Float64Array {
  return Float64Array.from(data, Number);
}

const INTEGERS = {
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const;

/** Decodes one buffer. */
export function decode(dtype: string, view: DataView): Values {
  const data = copy(view);
  const length = Math.floor(data.byteLength / itemSize(dtype));
  const small = SMALL[dtype];
  if (small) {
    const bits = small.bits === 8 ? new Uint8Array(data) : new Uint16Array(data);
    const table = smallTable(dtype);
    const numbers = new Float32Array(length);
    for (let i = 0; i < length; i++) numbers[i] = table[bits[i]];
    return { dtype, length, numbers, text: (i) => shortestIn(table, bits[i], small.mantissa) };
  }
  if (dtype in INTEGERS) {
    const numbers = new INTEGERS[dtype as keyof typeof INTEGERS](data);
    return { dtype, length, numbers, text: (i) => String(numbers[i]) };
  }
  switch (dtype) {
    case "float32": {
      const numbers = new Float32Array(data);
      return { dtype, length, numbers, text: (i) => formatFloat32(numbers[i]) };
    }
    case "float64": {
      const numbers = new Float64Array(data);
      return { dtype, length, numbers, text: (i) => formatFloat(numbers[i]) };
    }
    case "bool": {
      const numbers = new Uint8Array(data);
      return { dtype, length, numbers, text: (i) => (numbers[i] ? "True" : "False") };
    }
    case "int64":
    case "uint64": {
      const big = dtype === "int64" ? new BigInt64Array(data) : new BigUint64Array(data);
      return { dtype, length, numbers: wide(big), text: (i) => String(big[i]) };
    }
    case "complex64":
    case "complex128": {
      const single = dtype === "complex64";
      const parts = single ? new Float32Array(data) : new Float64Array(data);
      const numbers = new Float64Array(length);
      for (let i = 0; i < length; i++) numbers[i] = Math.hypot(parts[2 * i], parts[2 * i + 1]);
      const part = single ? formatFloat32 : formatFloat;
      return {
        dtype,
        length,
        numbers,
        text: (i) => formatComplex(parts[2 * i], parts[2 * i + 1], part),
      };
    }
  }
  throw new Error(`The kernel sent dtype ${dtype}, which this front end cannot read`);
}
