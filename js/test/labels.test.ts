import { expect, test } from "vitest";
import type { Held } from "../src/extras/Cells";
import { LONGEST, lettersOf, namesOf } from "../src/extras/named";
import type { Sheet } from "../src/extras/sheet";
import type { Frame } from "../src/frame";
import { labelIn, labelsAt, wordsOf } from "../src/labels";
import type { State } from "../src/protocol";

const dim = (dim: number, size: number) => ({ dim, start: 0, step: 1, size });
const state = {
  serial: 3,
  labels: ["2000-01-01", null, null],
  picture: { rows: dim(1, 9), columns: dim(2, 2), grid: null, held: [0, null, null] },
} as unknown as State;
const frame = {
  serial: 3,
  rect: [4, 6, 0, 2],
  labels: { rows: ["e", "f"], columns: ["low", "high"] },
} as unknown as Frame;

test("a frame's labels are those of the rows and columns that it covers", () => {
  expect(labelIn(frame, "rows", 5)).toBe("f");
  expect(labelIn(frame, "rows", 3)).toBeNull();
  expect(labelIn({ ...frame, labels: undefined }, "columns", 0)).toBeNull();
});

test("a position is called by the labels of its frame and of the indices that are held", () => {
  const labels = labelsAt(state, frame, { row: 4, col: 1, tile: 0 });
  expect(labels).toEqual(["2000-01-01", "e", "high"]);
  expect(wordsOf(labels)).toBe("2000-01-01 · e · high");
  expect(wordsOf([null, "e", null])).toBe("e");
});

test("a frame of another state says nothing", () => {
  const late = { ...frame, serial: 2 };
  expect(labelsAt(state, late, { row: 4, col: 1, tile: 0 })).toEqual(["2000-01-01", null, null]);
  expect(labelsAt({ ...state, labels: undefined }, null, null)).toEqual([]);
});

test("the value table's headers have the labels of what is in memory", () => {
  const held = { found: { frame, i: 0 } } as unknown as Held;
  const sheet = { line: null, tile: 0 } as Sheet;
  const names = namesOf(sheet, new Map([["4 1", held]]));
  expect([...names.down]).toEqual([[4, "e"]]);
  expect([...names.across]).toEqual([[1, "high"]]);
  const line = { ...frame, rect: [0, 1, 4, 6], labels: { columns: ["e", "f"] } };
  const cell = { found: { frame: line, i: 0 } } as unknown as Held;
  const down = namesOf({ line: "columns", tile: 0 } as Sheet, new Map([["5 0", cell]]));
  expect([...down.down]).toEqual([[5, "f"]]);
  expect(down.across.size).toBe(0);
});

test("a long label does not widen all columns", () => {
  expect(lettersOf(new Map([[0, "low"]]), LONGEST.across)).toBe(4);
  expect(lettersOf(new Map([[0, "x".repeat(40)]]), LONGEST.across)).toBe(13);
  expect(lettersOf(new Map(), LONGEST.across)).toBe(0);
});
