// The steps on record: runs, what a menu offers, where a slider goes.
import { describe, expect, it } from "vitest";
import { movedBy, offered, snapped, unrolled } from "../src/watch/steps";

describe("steps", () => {
  it("snap to what is on record", () => {
    expect([0, 9, 10, 400].map((s) => snapped([10, 20, 30], s))).toEqual([10, 10, 10, 30]);
    expect(snapped([], 3)).toBeNull();
  });

  it("come as runs", () => {
    expect(unrolled([])).toEqual([]);
    expect(unrolled([[7, 7, 1]])).toEqual([7]);
    expect(
      unrolled([
        [0, 30, 10],
        [33, 34, 1],
        [50, 50, 1],
      ]),
    ).toEqual([0, 10, 20, 30, 33, 34, 50]);
  });

  it("of a long training are offered as a short list with those about the shown one", () => {
    const few = [0, 10, 20];
    expect(offered(few, 10)).toBe(few);
    const many = Array.from({ length: 10_000 }, (_, k) => 10 * k);
    for (const about of [0, 50_000, 99_990]) {
      const list = offered(many, about);
      expect(list.length).toBeLessThanOrEqual(100);
      expect(list.length).toBeGreaterThan(80);
      expect([list[0], list.at(-1)]).toEqual([0, 99_990]);
      for (const step of [about - 10, about, about + 10])
        expect(list.includes(step)).toBe(step >= 0 && step < 100_000);
      expect([...list].sort((a, b) => a - b)).toEqual(list);
    }
  });

  it("moved by keys follow the training only beyond the newest", () => {
    const steps = [0, 10, 20];
    expect([-1e9, -1, 0, 1].map((by) => movedBy(steps, 10, by))).toEqual([0, 0, 10, 20]);
    expect([2, 1e9].map((by) => movedBy(steps, 10, by))).toEqual([null, null]);
    expect([-1, 1].map((by) => movedBy(steps, null, by))).toEqual([10, null]);
    expect(movedBy([0], null, -1e9)).toBe(0);
    expect(movedBy(steps, 15, 1)).toBe(20);
    // The step that was shown is no longer kept, nor any before it.
    expect([-1, 1].map((by) => movedBy(steps.slice(1), 5, by))).toEqual([10, 10]);
  });
});
