// The fake kernel's statistics, hits and values.
import { formatFloat } from "../src/format";
import type { HitPage, Stats, ValueDetail } from "../src/protocol";
import { predicate } from "./condition";
import type { FakeKernel } from "./kernel";

/** Every cell of the selection, or of the tensor (a stride of it where it is large). */
function cells(kernel: FakeKernel, scope: "slice" | "tensor"): number[][] {
  const { shape } = kernel.tensor;
  const lists = shape.map((size, d) => {
    const slot = kernel.slots[d];
    if (scope === "tensor" || slot.kind === "reduce")
      return Array.from({ length: size }, (_, i) => i);
    if (slot.kind === "index") return [slot.index];
    return Array.from({ length: slot.size }, (_, p) => slot.start + p * slot.step);
  });
  const total = lists.reduce((n, list) => n * list.length, 1);
  const stride = Math.max(1, Math.floor(total / 60_000));
  const out: number[][] = [];
  for (let i = 0; i < total; i += stride) {
    let rest = i;
    const cell = new Array<number>(shape.length);
    for (let d = shape.length - 1; d >= 0; d--) {
      cell[d] = lists[d][rest % lists[d].length];
      rest = Math.floor(rest / lists[d].length);
    }
    out.push(cell);
  }
  return out;
}

export function answerStats(kernel: FakeKernel, scope: "slice" | "tensor"): Stats {
  const all = cells(kernel, scope);
  const values = all.map((c) => kernel.tensor.at(c));
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const mean = finite.reduce((a, b) => a + b, 0) / finite.length;
  const std = Math.sqrt(finite.reduce((a, b) => a + (b - mean) ** 2, 0) / finite.length);
  const any = finite.length > 0;
  const counts = new Array<number>(64).fill(0);
  for (const v of finite) counts[Math.min(63, Math.floor(((v - low) / (high - low || 1)) * 64))]++;
  const nan = values.filter(Number.isNaN).length;
  const posinf = values.filter((v) => v === Infinity).length;
  const firstNan = all[values.findIndex(Number.isNaN)] ?? null;
  const text = (x: number) => (any ? formatFloat(Math.fround(x)) : null);
  const bad = [nan ? `${nan} NaN` : "", posinf ? `${posinf} +Inf` : ""].filter(Boolean);
  const place = firstNan ? ` First NaN at [${firstNan.join(", ")}].` : "";
  return {
    count: values.length,
    nan,
    posinf,
    neginf: values.filter((v) => v === -Infinity).length,
    zero: values.filter((v) => v === 0).length,
    min: text(low),
    max: text(high),
    low: text(low),
    high: text(high),
    mean: text(mean),
    std: text(std),
    sum: text(mean * finite.length),
    norm: text(0),
    argmin: all[values.indexOf(low)] ?? null,
    argmax: all[values.indexOf(high)] ?? null,
    first_nan: firstNan,
    first_inf: null,
    histogram: any
      ? { counts, edges: Array.from({ length: 65 }, (_, i) => low + ((high - low) * i) / 64) }
      : null,
    coverage: 1,
    of: kernel.state.expr,
    warnings:
      bad.length > 0
        ? [
            {
              kind: "nan",
              message: `${bad.join(" and ")}. Mean, std and colours leave them out.${place}`,
              cell: firstNan,
            },
          ]
        : [],
  };
}

export function answerHits(
  kernel: FakeKernel,
  offset: number,
  limit: number,
  sort: string,
): HitPage {
  const all = cells(kernel, "slice");
  const test = predicate(kernel.where ?? "x != x");
  const rows = all
    .filter((cell) => test(kernel.tensor.at(cell)))
    .map((cell) => ({ cell, v: kernel.tensor.at(cell) }));
  if (sort === "value") rows.sort((a, b) => a.v - b.v);
  if (sort === "-value") rows.sort((a, b) => b.v - a.v);
  return {
    count: rows.length,
    searched: all.length,
    share: `${((100 * rows.length) / Math.max(1, all.length)).toFixed(1)} %`,
    offset,
    rows: rows.slice(offset, offset + limit).map(({ cell, v }) => ({
      cell,
      text: kernel.text(cell),
      value: Number.isFinite(v) ? v : null,
    })),
    sorted: rows.length,
    note: null,
    code: "…",
  };
}

export function answerTop(kernel: FakeKernel, k: number, largest: boolean, by: string): HitPage {
  const rows = cells(kernel, "slice").map((cell) => ({ cell, v: kernel.tensor.at(cell) }));
  const numbers = rows.filter(({ v }) => !Number.isNaN(v));
  const size = (v: number) => (by === "abs" ? Math.abs(v) : v);
  numbers.sort((a, b) => (largest ? size(b.v) - size(a.v) : size(a.v) - size(b.v)));
  return {
    count: numbers.length,
    searched: rows.length,
    share: "",
    offset: 0,
    rows: numbers.slice(0, k).map(({ cell, v }) => ({
      cell,
      text: kernel.text(cell),
      value: Number.isFinite(v) ? v : null,
    })),
    sorted: Math.min(k, numbers.length),
    note: null,
    code: "…",
  };
}

export function answerValue(kernel: FakeKernel, cell: number[]): ValueDetail {
  const { dtype, name } = kernel.tensor;
  const v = kernel.tensor.at(cell);
  const bits = new Uint32Array(Float32Array.of(v).buffer)[0].toString(16).padStart(8, "0");
  const whole = dtype === "int64";
  return {
    cell,
    text: kernel.text(cell),
    type: kernel.info.python,
    dtype,
    exact: whole
      ? kernel.text(cell)
      : Number.isFinite(v)
        ? exactly(Math.fround(v))
        : `${kernel.text(cell)} quiet, payload 0`,
    bits: whole ? `0x${kernel.tensor.bits!(cell).toString(16)}` : `0x${bits}`,
    note: null,
    code: `${name}[${cell.join(", ")}].item()`,
  };
}

/** All decimals of a float. */
const exactly = (x: number) => x.toFixed(60).replace(/0+$/, "").replace(/\.$/, ".0");
