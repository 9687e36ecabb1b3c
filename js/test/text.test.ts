import { expect, it } from "vitest";
import { niceStep } from "../src/canvas/plot";
import { paint } from "../src/components/CodeBar";
import { hitCounts, holds, roundTo } from "../src/components/Histogram";
import type { State } from "../src/protocol";

it("coloured code is the same code", () => {
  const words = (node: unknown): string =>
    typeof node === "string"
      ? node
      : ((node as { props: { children: string } }).props.children as string);
  for (const code of [
    "act[0, 20, 30, 5].item()",
    'x.select(dim="time", at=1.5e-3) if y else None',
    "(lambda m: (m.nonzero(), x[m]))(abs(x) > 3)",
    "",
  ]) {
    expect(paint(code).map(words).join("")).toBe(code);
  }
});

it("thresholds are written at the resolution of a pixel", () => {
  expect(roundTo(1.8000000000000003, 0.01)).toBe("1.8");
  expect(roundTo(0.30000000000000004, 0.1)).toBe("0.3");
  expect(roundTo(-12345.678, 10)).toBe("-12350");
  expect(roundTo(1.23456e-7, 1e-9)).toBe("1.23e-7");
});

it("bars beyond the threshold are the ones the condition holds for", () => {
  expect([">", ">=", "<", "<=", "==", "!="].map((op) => holds(2, op, 2))).toEqual([
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
});

it("bins tell their hits: a bound off the axis, else what was counted for this condition", () => {
  const histogram = {
    counts: [4, 5, 6],
    edges: [0, 1, 2, 3],
    hits: { where: "abs(x) > 2", counts: [0, 0, 3] },
  };
  const state = (where: string, threshold: State["threshold"]) => ({ where, threshold }) as State;
  expect(hitCounts(histogram, state("x > 1", { op: ">", value: 1 }))).toEqual([0, 5, 6]);
  expect(hitCounts(histogram, state("abs(x) > 2", null))).toEqual([0, 0, 3]);
  expect(hitCounts(histogram, state("isnan(x)", null))).toEqual([]);
  expect(hitCounts(histogram, null)).toEqual([]);
});

it("axis steps are 1, 2 or 5", () => {
  expect([0.3, 1.1, 30, 700].map(niceStep)).toEqual([0.5, 2, 50, 1000]);
  expect(niceStep(0)).toBe(1);
});
