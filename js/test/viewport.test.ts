import { describe, expect, it } from "vitest";
import { edgeX, fitCells, pan, positionAt, reveal, rulerStep, whole, zoom } from "../src/viewport";

describe("fitCells", () => {
  it("whole device pixels where little room is lost", () => {
    expect(fitCells(whole(49, 49), 600, 600, 64)).toMatchObject({ cellW: 12, width: 588 });
  });
  it("shared evenly where much would be; edges still fall on pixels", () => {
    const g = fitCells(whole(56, 56), 600, 600, 64);
    expect(g.width).toBe(600);
    for (let c = 0; c <= 56; c++) expect(Number.isInteger(edgeX(g, c))).toBe(true);
  });
  it("no cell larger than asked; slivers are stretched", () => {
    expect(fitCells(whole(2, 3), 600, 600, 64)).toMatchObject({ cellW: 64, cellH: 64 });
    const g = fitCells(whole(2, 1000), 600, 600, 64);
    expect(g.height).toBeGreaterThan(100);
    expect(g.width).toBe(600);
  });
  it("few columns are wide enough for what stands above them", () => {
    expect(fitCells(whole(60, 5), 460, 600, 96)).toMatchObject({ cellW: 48, cellH: 10 });
    const many = fitCells(whole(600, 20), 460, 600, 96);
    expect(many.width).toBeGreaterThan(250);
    expect(many.width).toBeLessThan(300);
    // Zoomed in as far as the room goes they are no wider than that.
    expect(fitCells(whole(30, 5), 460, 600, 600).width).toBeLessThan(300);
  });
  it("finds the position of every cell's middle", () => {
    const g = fitCells({ row0: 5, row1: 61, col0: 7, col1: 63 }, 600, 600, 64);
    for (let c = 7; c < 63; c++) {
      const x = (edgeX(g, c) + edgeX(g, c + 1)) / 2;
      expect(positionAt(g, x, 3)).toEqual({ row: 5, col: c });
    }
    expect(positionAt(g, -1, 3)).toBeNull();
    expect(positionAt(g, g.width, 3)).toBeNull();
  });
});

describe("zoom and pan", () => {
  it("keeps the anchor in place and stays inside", () => {
    let rect = whole(56, 56);
    for (let i = 0; i < 30; i++) {
      rect = zoom(rect, 1.25, { row: 10, col: 50 }, 56, 56);
      expect(rect.row0).toBeLessThanOrEqual(10);
      expect(rect.row1).toBeGreaterThan(10);
      expect(rect.col1).toBeLessThanOrEqual(56);
    }
    expect(rect.row1 - rect.row0).toBe(1);
    for (let i = 0; i < 40; i++) rect = zoom(rect, 0.8, { row: 10, col: 50 }, 56, 56);
    expect(rect).toEqual(whole(56, 56));
  });
  it("stops at the edges", () => {
    const rect = { row0: 0, row1: 10, col0: 5, col1: 15 };
    expect(pan(rect, -5, 100, 20, 20)).toEqual({ row0: 0, row1: 10, col0: 10, col1: 20 });
    expect(reveal(rect, { row: 12, col: 7 }, 20, 20)).toEqual({
      row0: 3,
      row1: 13,
      col0: 5,
      col1: 15,
    });
  });
  it("a row is never zoomed away", () => {
    expect(zoom(whole(1, 100), 2, { row: 0, col: 50 }, 1, 100)).toMatchObject({ row0: 0, row1: 1 });
  });
});

it("ruler steps are powers of two", () => {
  expect([rulerStep(64, 48), rulerStep(10, 48), rulerStep(0.2, 48)]).toEqual([1, 8, 256]);
});
