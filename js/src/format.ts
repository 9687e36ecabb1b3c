// Numbers as text: exactly as Python's repr prints them, in the source dtype's own precision.
// Pure: no DOM.

/** Digits and a power of ten, `d.ddd × 10^exponent`, laid out as Python's float repr does. */
function layOut(negative: boolean, digits: string, exponent: number): string {
  const sign = negative ? "-" : "";
  const d = digits.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= 16) {
    const mantissa = d.length > 1 ? `${d[0]}.${d.slice(1)}` : d;
    const e = Math.abs(exponent);
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${e < 10 ? "0" : ""}${e}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${d}`;
  if (d.length <= exponent + 1) return `${sign}${d.padEnd(exponent + 1, "0")}.0`;
  return `${sign}${d.slice(0, exponent + 1)}.${d.slice(exponent + 1)}`;
}

function special(x: number): string | null {
  if (Number.isNaN(x)) return "nan";
  if (x === Infinity) return "inf";
  if (x === -Infinity) return "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  return null;
}

/** Splits `1.25e-7` into digits and exponent, and lays it out. */
function fromExponential(text: string): string {
  const negative = text.startsWith("-");
  const [mantissa, exponent] = (negative ? text.slice(1) : text).split("e");
  return layOut(negative, mantissa.replace(".", ""), Number(exponent));
}

/** repr of a float64. */
export function formatFloat(x: number): string {
  return special(x) ?? fromExponential(x.toExponential());
}

/** toExponential, but a tie goes to the even digit, as Python and NumPy round. */
function toDigits(x: number, places: number): string {
  const text = x.toExponential(places);
  const exact = x.toExponential(Math.min(100, places + 60));
  const at = exact.indexOf("e");
  const cut = text.indexOf("e") + (places === 0 ? 1 : 0); // a point follows a lone first digit
  const tie = exact[cut] === "5" && /^0*$/.test(exact.slice(cut + 1, at));
  const last = Number(exact[cut - 1] === "." ? exact[cut - 2] : exact[cut - 1]);
  if (!tie || last % 2 === 1) return text;
  return exact.slice(0, text.indexOf("e")) + exact.slice(at);
}

/** The shortest decimal that reads back as the same float32. */
export function formatFloat32(x: number): string {
  const known = special(x);
  if (known) return known;
  for (let digits = 0; digits < 8; digits++) {
    // Below a power of two floats lie closer: a digit beside the nearest may be the one.
    const near = candidates(toDigits(Math.abs(x), digits));
    const found = near.find((text) => Math.fround(Number(text)) === Math.abs(x));
    if (found) return fromExponential((x < 0 ? "-" : "") + found);
  }
  return fromExponential(x.toExponential(8));
}

/**
 * The shortest decimal that reads back as the same value of a small float.
 *
 * `table` holds every value of the dtype by its bits; neighbours in it bound the interval of
 * decimals that round to this one. float16 follows NumPy: the fewest digits. In coarser types
 * fewer digits may say less in as many characters (100.0 for 96.0): there all digits stay.
 */
export function shortestIn(table: Float32Array, bits: number, mantissa: number): string {
  const x = table[bits];
  const known = special(x);
  if (known) return known;
  const magnitude = Math.abs(x);
  const numpy = mantissa === 10;
  const sign = x < 0 ? "-" : "";
  const full = formatFloat(x);
  const holds = interval(table, bits, mantissa === 0 || (bits & 1) === 0);
  for (let digits = 0; digits < 17; digits++) {
    const near = toDigits(magnitude, digits);
    const found = (numpy ? candidates(near) : [near]).find((text) => holds(Number(text)));
    if (!found) continue;
    const short = fromExponential(sign + found);
    return numpy || short.length < full.length ? short : full;
  }
  return full;
}

/** Which numbers round to one value of a table: ties go to even bits. */
function interval(table: Float32Array, bits: number, even: boolean): (d: number) => boolean {
  const magnitude = Math.abs(table[bits]);
  const half = table.length >> 1;
  const signed = !(table[half] > 0);
  const body = signed && bits >= half ? bits - half : bits;
  const above = body + 1 < table.length ? Math.abs(table[body + 1]) : Number.NaN;
  const below = body > 0 ? Math.abs(table[body - 1]) : 0;
  const low = (magnitude + below) / 2;
  const high = Number.isFinite(above) ? (magnitude + above) / 2 : 2 * magnitude - low;
  return (d) => (d > low && d < high) || (even && d > 0 && (d === low || d === high));
}

/** The nearest decimal and the ones a last digit away. */
function candidates(text: string): string[] {
  const [mantissa, exponent] = text.split("e");
  const places = mantissa.includes(".") ? mantissa.length - 2 : 0;
  const unit = 10 ** places;
  const digits = Math.round(Number(mantissa) * unit);
  return [digits, digits - 1, digits + 1]
    .filter((d) => d > 0)
    .map((d) => Number(`${d}e${Number(exponent) - places}`).toExponential(places));
}

/** repr of a Python complex: `(1+2j)`, `2j`, `(-0-1j)`. */
export function formatComplex(re: number, im: number, part: (x: number) => string): string {
  const bare = (x: number) => part(x).replace(/\.0$/, "");
  if (re === 0 && !Object.is(re, -0)) return `${bare(im)}j`;
  const imaginary = bare(im);
  return `(${bare(re)}${imaginary.startsWith("-") ? "" : "+"}${imaginary}j)`;
}

/** `[0, 20, 10, 12]`; a reduced dim holds its op's name. */
export function formatCell(cell: readonly (number | string)[]): string {
  return `[${cell.join(", ")}]`;
}

/** `(56, 56)`, `(6,)`, `()`: as Python prints a tuple. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** 3136 → `3,136`. */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A number for a label: at most `digits` significant ones, an exponent, as Python writes it, only where it is needed. */
export function formatShort(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return special(x) ?? "";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa, exponent] = x.toExponential(Math.max(0, digits - 1)).split("e");
    const short = mantissa.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    return `${short}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return x
    .toFixed(Math.min(places, 12))
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** An extreme as it is, where there is room: 0.99999595 must not read as 1. */
export function plain(text: string | null): string {
  return text !== null && text.length <= 12 ? text : shorten(text, 7);
}

/** A kernel's text (repr) shortened for a label: keeps big integers and words as they are. */
export function shorten(text: string | null, digits = 6): string {
  if (text === null) return "–";
  const x = Number(text);
  // A complex number: shorten its parts.
  if (text.endsWith("j)")) {
    return text.replace(/\d+\.\d+(?:e[+-]?\d+)?/g, (part) => formatShort(Number(part), digits));
  }
  if (text === "nan" || text.includes("inf") || Number.isNaN(x)) return text;
  if (/^-?\d+$/.test(text)) return text.length > 14 ? text : text.replace(/\B(?=(\d{3})+$)/g, ",");
  return formatShort(x, digits);
}
