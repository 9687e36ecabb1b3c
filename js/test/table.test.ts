// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scan, scanOf } from "../src/colour";
import type { State, Stats } from "../src/protocol";
import { sheetViewport } from "../src/sheetview";
import { mountScope, prepare, settle, unmount } from "./mounted";

const viewportOf = (message: unknown) => (message as { viewport: unknown }).viewport;

describe("the numbers in the picture's place", () => {
  beforeEach(prepare);
  afterEach(unmount);

  it("are all that is asked for while nobody sees the picture", async () => {
    const { model, root, named } = mountScope("stack");
    await settle();
    named("Table").click();
    await settle();
    const first = () => root.querySelector("[role=gridcell]")?.textContent;
    expect(first()).toBe("0.0");
    model.sent.length = 0;
    const slider = named<HTMLInputElement>("dim 0", "[type=range]");
    slider.value = "2";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await settle();
    expect(first()).toBe("20000.0");
    const shown = model.sent.filter(({ kind }) => kind === "update" || kind === "frame");
    expect(shown.map(({ kind }) => kind)).toEqual(["update"]);
    expect(viewportOf(shown[0])).toMatchObject({ rows: [0, 64], columns: [0, 32], px: [32, 64] });

    // Their colours are the picture's: it is asked for once somebody wants them.
    model.sent.length = 0;
    const tint = [...root.querySelectorAll("button")].find((b) => b.textContent === "Tint")!;
    tint.click();
    await settle();
    expect(model.sent.map((m) => [m.kind, (viewportOf(m) as { rows: unknown }).rows])).toEqual([
      ["frame", null],
    ]);
    tint.click();

    model.sent.length = 0;
    named("Table").click();
    await settle();
    expect(viewportOf(model.sent[0])).toMatchObject({ rows: null, columns: null });
    expect(model.sent.filter(({ kind }) => kind === "frame")).toEqual([]);
    expect(named("Heatmap")).toBeTruthy();
  });

  it("give way to a whole picture when Python shows it again", async () => {
    const { kernel, model, named } = mountScope("stack");
    await settle();
    named("Table").click();
    await settle();
    kernel.update({ table: false });
    model.sent.length = 0;
    model.emit("msg:custom", { v: 1, push: "state", state: kernel.state, info: null }, []);
    await settle();
    expect(model.sent.map((m) => [m.kind, viewportOf(m)])).toMatchObject([
      ["frame", { rows: null }],
    ]);
    expect(named("Heatmap")).toBeTruthy();
  });

  it("cancel what is under way, not what was before", async () => {
    vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:none");
    const { kernel, model, root, named } = mountScope("stack");
    const plain = kernel.answer.bind(kernel);
    vi.spyOn(kernel, "answer").mockImplementation((message) => {
      const { req, kind } = message;
      const file = { of: req, offset: 0, size: 4, name: "stack.npy", note: null };
      if (kind === "save") return [{ v: 1, req, ok: true, file }, [new DataView(new ArrayBuffer(4))]]; // biome-ignore format: an answer
      return plain(message);
    });
    await settle();
    named("Table").click();
    await settle();
    const pick = (menu: string, value: string) => {
      const select = named<HTMLSelectElement>(menu);
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      return settle();
    };
    await pick("Save", "npy");
    expect(root.textContent).toContain("Saved stack.npy");
    model.delay = 5000;
    await pick("Copy", "code");
    [...root.querySelectorAll("button")].find((b) => b.textContent === "Cancel")!.click();
    expect(model.sent.at(-1)).toMatchObject({ kind: "code" });
  });
});

describe("the part of a picture to ask for", () => {
  const dim = (d: number, size: number) => ({ dim: d, start: 0, step: 1, size });
  const state = (rows: number, columns: number, order: number[] | null = null) =>
    ({
      picture: {
        rows: dim(1, rows),
        columns: dim(2, columns),
        grid: { ...dim(0, 9), order },
        held: [null, null, null],
      },
    }) as unknown as State;

  it("is all of a small one, else what is on the screen", () => {
    expect(sheetViewport(state(56, 56), null)).toMatchObject({ rows: [0, 56], columns: [0, 56] });
    const seen = { rect: [64, 128, 32, 96] as [number, number, number, number], tile: 4 };
    expect(sheetViewport(state(1000, 1000), seen)).toEqual({
      rows: [64, 128],
      columns: [32, 96],
      px: [64, 64],
      tile: [64, 64],
      tiles: [4, 5],
    });
    expect(sheetViewport(state(1, 9000), null).columns).toEqual([0, 1024]);
  });

  it("is of the tile at its place in the order", () => {
    const seen = { rect: [0, 64, 0, 32] as [number, number, number, number], tile: 4 };
    expect(sheetViewport(state(100, 100, [8, 4, 0]), seen).tiles).toEqual([1, 2]);
  });
});

describe("colours of a picture that is not there", () => {
  it("are much those of the picture", () => {
    const values = Array.from({ length: 1000 }, (_, i) => i / 10);
    const counts = new Array<number>(50).fill(20);
    const edges = Array.from({ length: 51 }, (_, i) => 2 * i);
    const stats = { count: 1003, nan: 1, posinf: 2, neginf: 0, histogram: { counts, edges } };
    const found = scanOf(stats as unknown as Stats)!;
    const exact = scan(values);
    expect(Math.abs(found.low - exact.low)).toBeLessThan(2);
    expect(Math.abs(found.high - exact.high)).toBeLessThan(2);
    expect([found.finite, found.nan, found.posinf]).toEqual([1000, 1, 2]);
    expect(scanOf({ ...stats, histogram: null } as unknown as Stats)).toBeNull();
  });
});
