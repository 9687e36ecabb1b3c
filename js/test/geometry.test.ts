import { describe, expect, it } from "vitest";
import {
  barAt,
  barsFor,
  barUnder,
  CAPTION,
  layoutFor,
  TILE_GAP,
  tileSideFor,
  tilesAcross,
  tooCoarse,
  tooFine,
} from "../src/geometry";
import type { State } from "../src/protocol";

const dim = (n: number, size: number) => ({ dim: n, start: 0, step: 1, size });
const plane = (rows: number, columns: number) =>
  ({ picture: { rows: dim(0, rows), columns: dim(1, columns), grid: null, held: [] } }) as never;

describe("layoutFor", () => {
  const layout = (rows: number, columns: number, width = 1100) =>
    layoutFor(plane(rows, columns) as State, width, 508).kind;
  it("wide, flat pictures take the whole width", () => {
    expect([layout(3, 64), layout(10, 40), layout(8, 2000)]).toEqual(["below", "below", "below"]);
  });
  it("the inspector gets what the picture cannot use", () => {
    const pane = (rows: number, columns: number, width: number) =>
      layoutFor(plane(rows, columns) as State, width, 508).pane;
    expect(pane(2000, 8, 1100)).toBe(508);
    expect(pane(56, 56, 1600)).toBeLessThan(700);
    expect(pane(3000, 4000, 1600)).toBeGreaterThan(800);
    for (const width of [640, 900, 1100, 1600]) expect(pane(56, 56, width)).toBeLessThan(width);
  });
  it("low ones have their hits below, all others the inspector beside", () => {
    expect(layout(3, 3)).toBe("split");
    expect([layout(56, 56), layout(12, 17), layout(3000, 4000)]).toEqual(Array(3).fill("beside"));
  });
});

describe("tiles", () => {
  it("are larger where there are few, and never so large that two rows do not fit", () => {
    expect([3, 6, 12, 64].map((count) => tileSideFor(count, 804))).toEqual([144, 120, 120, 72]);
    for (const width of [300, 376, 804, 1100]) {
      for (let count = 1; count <= 100; count++) {
        const side = tileSideFor(count, width);
        const rows = Math.ceil(count / tilesAcross(side, width));
        expect(side === 72 || rows * (side + CAPTION + TILE_GAP) <= 300).toBe(true);
      }
    }
  });
  it("are asked for again if they came coarser than they are painted", () => {
    const state = plane(224, 224) as State;
    const g = { width: 132, height: 132 } as never;
    const coarse = (block: number) => tooCoarse(state, { block: [block, block] } as never, g);
    expect([coarse(4), coarse(2)]).toEqual([true, false]);
  });
});

describe("tooFine", () => {
  const fine = (block: number, rect: [number, number, number, number], size: number) => {
    const [row0, row1, col0, col1] = rect;
    const g = { rect: { row0, row1, col0, col1 }, width: size, height: size };
    return tooFine({ block: [block, block] } as never, g as never);
  };
  it("tells a picture that has grown smaller than its cells", () => {
    expect(fine(1, [0, 300, 0, 400], 400)).toBe(false);
    expect(fine(1, [0, 300, 0, 400], 399)).toBe(true);
    expect(fine(2, [0, 300, 0, 400], 200)).toBe(false);
  });
  it("looks at what is visible alone", () => {
    expect(fine(1, [100, 110, 100, 110], 250)).toBe(false);
  });
});

describe("bars", () => {
  it("stay within the height of a picture; more of them are a line", () => {
    for (const count of [1, 6, 12, 13, 24, 40, 64]) {
      for (const width of [300, 376, 616, 876, 1076, 1576]) {
        const bars = barsFor(count, width, "float32");
        if (!bars) continue;
        expect(bars.down * bars.height).toBeLessThanOrEqual(480);
        expect(bars.across * bars.down).toBeGreaterThanOrEqual(count);
        expect(barAt(bars, count - 1).x + bars.width).toBeLessThanOrEqual(width + 1e-6);
      }
    }
    expect(barsFor(24, 376, "float32")).toMatchObject({ across: 1, down: 24 });
    expect(barsFor(64, 1076, "float32")).toMatchObject({ across: 3, down: 22 });
    expect(barsFor(64, 376, "float32")).toBeNull();
    expect(barsFor(65, 1576, "float32")).toBeNull();
  });
  it("are found where they lie", () => {
    const bars = barsFor(40, 1076, "float32")!;
    for (let i = 0; i < 40; i++) {
      const { x, y } = barAt(bars, i);
      expect(barUnder(bars, x + 5, y + 5, 40)).toBe(i);
    }
    expect(barUnder(bars, -5, 5, 40)).toBeNull();
    expect(barUnder(bars, 5, bars.down * bars.height + 5, 40)).toBeNull();
  });
});
