// All that one number says, without a kernel: every decimal, and its bits.

/** Every decimal of a double, as Python's Decimal prints them. */
export function decimals(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (x - x !== 0) return x > 0 ? "inf" : "-inf";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n ? "-" : "";
  const raw = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xfffffffffffffn) | (raw ? 0x10000000000000n : 0n);
  const power = Math.max(raw, 1) - 1075;
  if (power >= 0) return sign + String(mantissa << BigInt(power));
  // mantissa / 2^-power = mantissa × 5^-power / 10^-power
  const digits = String(mantissa * 5n ** BigInt(-power)).padStart(-power + 1, "0");
  const whole = digits.slice(0, power);
  const rest = digits.slice(power).replace(/0+$/, "");
  return sign + (rest ? `${whole}.${rest}` : whole);
}

/** The bits of one item, as they lie in a little-endian buffer. */
export function hex(view: DataView, at: number, size: number): string {
  let out = "";
  for (let i = size - 1; i >= 0; i--) {
    out += view
      .getUint8(at * size + i)
      .toString(16)
      .padStart(2, "0");
  }
  return `0x${out}`;
}
