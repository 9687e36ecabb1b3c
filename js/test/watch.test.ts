// The pure parts of a watch: rows, tree, sparklines, steps, keys, words.
import { describe, expect, it, vi } from "vitest";
import { RequestError } from "../src/channel";
import { handleWatchKey } from "../src/watch/keys";
import { brief, KEPT, measured, measureOf, merged, pointOf } from "../src/watch/rows";
import {
  globs,
  holds,
  isBehind,
  placeOf,
  sayBytes,
  sayOn,
  sayStatus,
  sayWatched,
} from "../src/watch/say";
import { labelSteps, logHeights, sparkline } from "../src/watch/spark";
import { Stops } from "../src/watch/stops";
import { WatchStore } from "../src/watch/store";
import { buildTree, moveFor, parentOf, partsOf, visible } from "../src/watch/tree";
import type { Status, WiredPoint } from "../src/watch/wire";

const point = (step: number, std: number): WiredPoint => [step, 0, std, -1, 1, 5];

describe("rows", () => {
  it("join what is new, tell a step once, and keep the last ones", () => {
    const first = merged(undefined, "output", 0.5, [point(0, 1), point(1, 2)]);
    const next = merged(first, "output", null, [point(1, 3), point(2, 4)]);
    expect(next.points.map((p) => [p.step, p.std])).toEqual([
      [0, 1],
      [1, 3],
      [2, 4],
    ]);
    const many = Array.from({ length: 2 * KEPT }, (_, k) => point(k + 3, k));
    const full = merged(next, "output", 0.1, many);
    expect(full.points.length).toBe(KEPT);
    expect(full.points.at(-1)!.step).toBe(2 * KEPT + 2);
  });

  it("tell of the output where a gradient has the same name", () => {
    const output = merged(undefined, "output", 0, [point(0, 1)]);
    expect(merged(output, "gradient", null, [point(0, 9)])).toBe(output);
    const gradient = merged(undefined, "gradient", null, [point(0, 9)]);
    expect(merged(gradient, "output", 0, [point(0, 1)]).what).toBe("output");
  });

  it("show what is not finite as what it is", () => {
    const nan = pointOf([3, "nan", "nan", "nan", "nan", "nan"]);
    expect(measured(nan, "std")).toBeNaN();
    const inf = pointOf([3, "nan", "nan", -1, "inf", "inf"]);
    expect(measured(inf, "std")).toBe(Infinity);
    const low = pointOf([3, "nan", "nan", "-inf", 1, "inf"]);
    expect(measured(low, "norm")).toBe(-Infinity);
    expect(measured(pointOf(point(1, 2)), "largest")).toBe(1);
    expect([brief(Infinity), brief(1e16), brief(0.32512)]).toEqual(["inf", "1e+16", "0.325"]);
  });

  it("a loss is told itself: one number has no spread", () => {
    const loss = merged(undefined, "probe", null, [[0, 2.3, 0, 2.3, 2.3, 2.3]]);
    expect(measureOf(loss, "std")).toBe("mean");
    // Of sums in float32 a single number has a spread that is nothing but rounding.
    const rounded = merged(undefined, "probe", null, [[0, 2.3, 3e-8, 2.3, 2.3, 2.3]]);
    expect(measureOf(rounded, "std")).toBe("mean");
    const spread = merged(undefined, "probe", null, [[0, 2.3, 0.1, 2.2, 2.4, 2.3]]);
    expect(measureOf(spread, "std")).toBe("std");
    expect(measureOf(merged(undefined, "output", 0, [point(0, 0)]), "std")).toBe("std");
  });
});

describe("what was refused", () => {
  it("stands at the field that it concerns", () => {
    const failed = (kind: string, at?: "break") => {
      const store = { wrong: { value: null } };
      const error = new RequestError({ kind, message: "no", field: null, span: null });
      WatchStore.prototype.fail.call(store as unknown as WatchStore, error, at);
      return store.wrong.value;
    };
    expect(failed("SYNTAX", "break")).toEqual({ message: "no", at: "break" });
    expect(failed("NO_MODULE", "break")).toEqual({ message: "no", at: "on" });
    expect(failed("NO_MODULE")).toEqual({ message: "no", at: "watch" });
  });

  it("a breakpoint says what it is on", () => {
    expect(sayOn("*", "output")).toBe("on any output");
    expect(sayOn("fc", "weight")).toBe("on the weight of fc");
    expect(sayOn("loss", "probe")).toBe("on the probe loss");
  });
});

describe("the tree", () => {
  const names = [
    "stem",
    "layer1.conv",
    "layer1.relu",
    "a.b.c",
    "lstm",
    "lstm[1][0]",
    "stem (call 2)",
  ];
  const roots = buildTree(names);

  it("groups by dotted names, in the order in which they came", () => {
    expect(visible(roots, new Set()).map((n) => [n.depth, n.label, n.own])).toEqual([
      [0, "stem", true],
      [1, "(call 2)", true],
      [0, "layer1", false],
      [1, "conv", true],
      [1, "relu", true],
      [0, "a.b.c", true],
      [0, "lstm", true],
      [1, "[1][0]", true],
    ]);
    expect(
      visible(roots, new Set())
        .map((n) => n.name)
        .filter((n) => !names.includes(n)),
    ).toEqual(["layer1"]);
    expect(partsOf("a.b[0] (call 3)")).toEqual(["a", "b", "[0]", "(call 3)"]);
  });

  it("new names change no place of the others", () => {
    const before = visible(roots, new Set()).map((n) => n.name);
    const after = visible(buildTree([...names, "layer1.bn", "loss"]), new Set()).map((n) => n.name);
    expect(after.filter((n) => before.includes(n))).toEqual(before);
  });

  it("moves by arrows, folds, and chooses", () => {
    const none = new Set<string>();
    const rows = visible(roots, none);
    const move = (key: string, at: string, folded = none) =>
      moveFor(key, visible(roots, folded), at, folded);
    expect(move("ArrowDown", "stem")).toEqual({ do: "focus", name: "stem (call 2)" });
    expect(move("ArrowUp", "stem")).toBeNull();
    expect(move("End", "stem")).toEqual({ do: "focus", name: "lstm[1][0]" });
    expect(move("ArrowLeft", "layer1.relu")).toEqual({ do: "focus", name: "layer1" });
    expect(move("ArrowLeft", "layer1")).toEqual({ do: "fold", name: "layer1" });
    expect(move("ArrowRight", "layer1")).toEqual({ do: "focus", name: "layer1.conv" });
    expect(move("ArrowRight", "layer1", new Set(["layer1"]))).toEqual({
      do: "unfold",
      name: "layer1",
    });
    expect(move("Enter", "layer1")).toEqual({ do: "fold", name: "layer1" });
    expect(move("Enter", "layer1.conv")).toEqual({ do: "choose", name: "layer1.conv" });
    expect(move("x", "stem")).toBeNull();
    expect(parentOf(rows, "lstm[1][0]")?.name).toBe("lstm");
  });
});

describe("sparklines", () => {
  const box = { width: 112, height: 22 };

  it("have a log scale of their own", () => {
    const [low, middle, high] = logHeights([1e-3, 1, 1e3]);
    expect([low, high]).toEqual([0, 1]);
    expect(middle).toBeCloseTo(0.5);
    expect(logHeights([5, 5])).toEqual([0.5, 0.5]);
    expect(logHeights([0, 2])[0]).toBe(0);
    expect(logHeights([Number.NaN, Infinity])).toEqual([Number.NaN, Number.NaN]);
  });

  it("end at the right in a dot, or in what the last value is", () => {
    const rising = sparkline([1, 10, 100], box, 60);
    expect(rising.end).toEqual({ x: 106, y: 3, glyph: "dot" });
    expect(rising.path.match(/[ML]/g)).toEqual(["M", "L", "L"]);
    const gap = sparkline([1, Number.NaN, 100, Infinity], box, 60);
    expect(gap.path.match(/[ML]/g)).toEqual(["M", "M"]);
    expect(gap.end?.glyph).toBe("posinf");
    expect(sparkline([1, Number.NaN], box, 60).end?.glyph).toBe("nan");
    expect(sparkline([], box, 60)).toEqual({ path: "", end: null });
  });

  it("hold no more than their slots", () => {
    const path = sparkline(
      Array.from({ length: 200 }, (_, k) => k + 1),
      box,
      60,
    ).path;
    expect(path.match(/[ML]/g)!.length).toBe(60);
    expect(Number(/^M([\d.]+)/.exec(path)![1])).toBeCloseTo(6, 0);
  });
});

describe("the line of steps", () => {
  it("are labelled at round numbers", () => {
    expect(labelSteps(385, 8)).toEqual([0, 50, 100, 150, 200, 250, 300, 350]);
    expect(labelSteps(3, 8)).toEqual([0, 1, 2, 3]);
    expect(labelSteps(0, 8)).toEqual([0]);
  });
});

const status = (more: Partial<Status>): Status => ({
  status: "running",
  at: null,
  reason: "",
  step: 385,
  train: true,
  rate: 31,
  nbytes: 0,
  budget: 1,
  evicted: 0,
  hit: null,
  ...more,
});

describe("words", () => {
  it("say where the training is", () => {
    expect(sayStatus(status({}))).toBe("Running, step 385");
    expect(sayStatus(status({ idle: true }))).toBe("Idle, step 385");
    expect(sayStatus(status({ idle: true, step: -1 }))).toBe("Waiting for the first step");
    expect(sayStatus(status({ status: "paused", at: "fc, step 3" }))).toBe("Paused at fc, step 3");
    expect(sayStatus(status({ step: -1 }))).toBe("Waiting for the first step");
    expect([sayBytes(0), sayBytes(4.1e7), sayBytes(1.5e6)]).toEqual(["0 B", "41 MB", "1.5 MB"]);
  });

  it("say what is watched, with no model too", () => {
    expect(sayWatched("Net", 6, 9)).toBe("Net · 6 modules");
    expect(sayWatched("Net", 1, 1)).toBe("Net · 1 module");
    expect(sayWatched("probes", 0, 2)).toBe("no model · 2 values");
    expect(sayWatched("probes", 0, 0)).toBe("no model");
  });

  it("rows behind the step are those of a paused one alone", () => {
    expect(isBehind(status({ status: "paused" }), 384)).toBe(true);
    expect(isBehind(status({ status: "paused" }), 385)).toBe(false);
    expect(isBehind(status({}), 384)).toBe(false);
  });

  it("knows which rows a breakpoint is on: by a glob, or by the name as it stands", () => {
    expect(globs("layer?.*", "layer2.conv")).toBe(true);
    expect(globs("lstm[1][0]", "lstm[1][0]")).toBe(true);
    expect(globs("lstm[1]", "lstm1")).toBe(true);
    expect(globs("lstm", "lstm2")).toBe(false);
  });
});

describe("where the loop stands", () => {
  const at = (place: string, more: Partial<Status> = {}) =>
    status({ status: "paused", at: place, ...more });
  const text = "x > 1 on fc";
  const hit: Status["hit"] = { name: "fc", what: "output", step: 7, cell: [0, 1], text };

  it("is told by its name, inside of a step alone", () => {
    expect(placeOf(at("fc (call 2), step 3"))).toBe("fc (call 2)");
    expect(placeOf(at("before step 4"))).toBeNull();
    expect(placeOf(status({ at: "fc, step 3" }))).toBeNull();
    expect([holds("a", "a"), holds("a", "a.b"), holds("a", "a[1]"), holds("a", "ab")]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it("opens itself after a step to the next module, and no other time", () => {
    const stops = new Stops();
    const names = ["conv", "lstm[0]", "lstm[1][0]", "fc"];
    expect(stops.opens(at("conv, step 3"), names)).toBeNull();
    stops.went("module", at("conv, step 3"));
    expect(stops.opens(at("conv, step 3"), names)).toBeNull(); // not there yet
    expect(stops.opens(at("lstm, step 3"), names)).toMatchObject({ name: "lstm[0]", step: null });
    expect(stops.opens(at("lstm, step 3"), names)).toBeNull(); // who chose another keeps it
    stops.went("step", at("lstm, step 3"));
    expect(stops.opens(at("fc, step 4"), names)).toBeNull();
    stops.went("module", at("fc, step 4"));
    expect(stops.opens(at("unknown, step 5"), names)).toBeNull();
  });

  it("opens what a breakpoint found, once, also where it ended the loop", () => {
    const stops = new Stops();
    stops.went("module", at("conv, step 6"));
    expect(stops.opens(status({ hit }), [])).toBeNull();
    const opening = { name: "fc", what: "output", step: 7, cell: [0, 1] };
    expect(stops.opens(at("fc, step 7", { hit }), ["fc"])).toEqual(opening);
    expect(stops.opens(at("fc, step 7", { hit }), ["fc"])).toBeNull();
    const ended: Partial<Status> = { status: "closed", hit };
    expect(new Stops().opens(status(ended), [])).toBeNull();
    const reason = `the breakpoint ${text}`;
    expect(new Stops().opens(status({ ...ended, reason }), [])).toEqual(opening);
  });
});

describe("keys", () => {
  const press = (key: string, target: unknown, now: Status["status"]) => {
    const watch = { toggle: vi.fn(), step: vi.fn(), status: { value: status({ status: now }) } };
    const event = { key, target, ctrlKey: false, metaKey: false, altKey: false };
    const taken = handleWatchKey(event as unknown as KeyboardEvent, watch as unknown as WatchStore);
    return [taken, watch.toggle.mock.calls.length, watch.step.mock.calls.length];
  };
  class Input {
    type = "text";
    matches = () => true;
  }
  vi.stubGlobal("HTMLInputElement", Input);
  vi.stubGlobal("HTMLButtonElement", class {});
  const row = { matches: () => false };

  it("Space pauses and goes on, a dot steps where it waits", () => {
    expect(press(" ", row, "running")).toEqual([true, 1, 0]);
    expect(press(".", row, "paused")).toEqual([true, 0, 1]);
    expect(press(".", row, "running")).toEqual([true, 0, 0]);
    expect(press("a", row, "paused")).toEqual([false, 0, 0]);
  });

  it("are left to whoever types", () => {
    expect(press(" ", new Input(), "paused")).toEqual([false, 0, 0]);
    expect(press(".", new Input(), "paused")).toEqual([false, 0, 0]);
  });
});
