import { describe, expect, it } from "vitest";
import { numpyOf, tsvOf } from "../src/extras/copies";
import { cellOf, widened } from "../src/extras/numbers";
import {
  between,
  cellsIn,
  exprOf,
  filling,
  LONGEST,
  lengthOf,
  offsetOf,
  partsOf,
  placeOf,
  positionAt,
  rectOf,
  revealing,
  scrolledTo,
  sheetOf,
  visible,
} from "../src/extras/sheet";
import { targetOf } from "../src/extras/walk";
import type { PictureDim, State } from "../src/protocol";

const dim = (d: number, size: number, start = 0, step = 1): PictureDim => ({
  dim: d,
  start,
  step,
  size,
});

function state(picture: Partial<State["picture"]>): State {
  const none = { rows: null, columns: null, grid: null, held: [0, 0, 0, 0] };
  return { picture: { ...none, ...picture } } as State;
}

describe("a sheet", () => {
  it("has a plane's rows and columns, and a line runs down", () => {
    const plane = sheetOf(state({ rows: dim(2, 5), columns: dim(3, 7) }), 4);
    expect([plane.rows, plane.columns, plane.line]).toEqual([5, 7, null]);
    expect(positionAt(plane, 3, 6)).toEqual({ row: 3, col: 6, tile: 4 });
    expect(placeOf(plane, { row: 3, col: 6, tile: 4 })).toEqual({ row: 3, col: 6 });
    expect(placeOf(plane, { row: 3, col: 6, tile: 5 })).toBeNull();
    const line = sheetOf(state({ columns: dim(1, 9) }), 0);
    expect([line.rows, line.columns]).toEqual([9, 1]);
    expect(positionAt(line, 8, 0)).toEqual({ row: 0, col: 8, tile: 0 });
    expect(placeOf(line, { row: 0, col: 8, tile: 0 })).toEqual({ row: 8, col: 0 });
    expect(rectOf(line, { row0: 2, row1: 4, col0: 0, col1: 1 })).toEqual([0, 1, 2, 4]);
    const upright = sheetOf(state({ rows: dim(1, 9) }), 0);
    expect(positionAt(upright, 8, 0)).toEqual({ row: 8, col: 0, tile: 0 });
  });

  it("writes an area in the tensor's own coordinates, also backwards and of a tile", () => {
    const at = state({
      rows: dim(2, 5, 8, -2),
      columns: dim(3, 7, 1, 3),
      grid: dim(1, 4, 10, 5),
      held: ["mean", null, null, null],
    });
    const area = { row0: 1, row1: 5, col0: 0, col1: 2 };
    expect(exprOf(at, sheetOf(at, 2), area)).toBe("[mean, 20, 6::-2, 1:5:3]");
  });

  it("is read in parts that an answer has room for", () => {
    const area = { row0: 0, row1: 1000, col0: 0, col1: 20_000 };
    const parts = partsOf(area, 1 << 17);
    expect(parts.every((part) => cellsIn(part) <= 1 << 17)).toBe(true);
    expect(parts.reduce((sum, part) => sum + cellsIn(part), 0)).toBe(cellsIn(area));
    expect(between({ row: 5, col: 1 }, { row: 2, col: 3 })).toEqual({
      row0: 2,
      row1: 6,
      col0: 1,
      col1: 4,
    });
  });
});

describe("scrolling", () => {
  const small = { count: 100, size: 20, room: 300 };
  const long = { count: 1e9, size: 20, room: 300 };

  it("is pixel for pixel where the browser can lay it out", () => {
    expect(offsetOf(small, 123)).toBe(123);
    expect(visible(small, 123)).toEqual([6, 22]);
    expect(scrolledTo(small, 1e6)).toBe(1700);
  });

  it("reaches both ends of what is longer", () => {
    expect(lengthOf(long)).toBe(LONGEST);
    expect(visible(long, offsetOf(long, 0))[0]).toBe(0);
    expect(visible(long, offsetOf(long, LONGEST - 300))[1]).toBe(1e9);
    expect(offsetOf(long, scrolledTo(long, 12_345_678_900))).toBeCloseTo(12_345_678_900, -2);
  });

  it("begins with a whole column, and ends with one", () => {
    const columns = { count: 20, size: 70, room: 500, whole: true };
    expect(offsetOf(columns, 0)).toBe(0);
    expect(offsetOf(columns, 30)).toBe(0);
    expect(offsetOf(columns, 60)).toBe(70);
    const end = lengthOf(columns) - columns.room;
    expect(offsetOf(columns, end)).toBe(13 * 70);
    expect(visible(columns, 13 * 70)[1]).toBe(20);
    for (let k = 0; k <= 13; k++)
      expect(offsetOf(columns, scrolledTo(columns, 70 * k))).toBe(70 * k);
    expect(revealing(columns, 0, 9)).toBe(210); // 7 fit
    const narrow = { count: 20, size: 70, room: 50, whole: true };
    expect(revealing(narrow, 210, 3)).toBe(210);
    expect(offsetOf({ ...columns, count: 3 }, 0)).toBe(0);
  });

  it("has columns that fill the room, so that none is cut off", () => {
    expect(filling(70, 20, 500)).toBe(71);
    expect(filling(70, 3, 500)).toBe(70);
    expect(filling(70, 20, 60)).toBe(70);
  });

  it("moves no further than it must", () => {
    expect(revealing(small, 100, 10)).toBeNull();
    expect(revealing(small, 100, 4)).toBe(80);
    expect(revealing(small, 100, 30)).toBe(320);
  });
});

describe("keys on a sheet", () => {
  const sheet = sheetOf(state({ rows: dim(0, 50), columns: dim(1, 8) }), 0);
  const key = (name: string, ctrlKey = false) => ({
    key: name,
    ctrlKey,
    metaKey: false,
    altKey: false,
  });
  const from = { row: 20, col: 3 };

  it("lead where a spreadsheet's do, and stop at the edges", () => {
    expect(targetOf(key("ArrowDown"), from, sheet, 10)).toEqual({ row: 21, col: 3 });
    expect(targetOf(key("ArrowRight", true), from, sheet, 10)).toEqual({ row: 20, col: 7 });
    expect(targetOf(key("PageDown"), { row: 45, col: 0 }, sheet, 10)).toEqual({ row: 49, col: 0 });
    expect(targetOf(key("Home"), from, sheet, 10)).toEqual({ row: 20, col: 0 });
    expect(targetOf(key("End", true), from, sheet, 10)).toEqual({ row: 49, col: 7 });
    expect(targetOf(key("a"), from, sheet, 10)).toBeNull();
  });
});

describe("numbers in a column", () => {
  it("meet at the point, and are told apart", () => {
    const parts = (text: string) => {
      const { kind, before, after } = cellOf(text, false);
      return [kind, before, after];
    };
    expect(parts("-12.75")).toEqual(["number", 3, 3]);
    expect(parts("1e-07")).toEqual(["number", 1, 4]);
    expect(parts("9007199254740993")).toEqual(["number", 16, 0]);
    expect(parts("0.0")).toEqual(["zero", 1, 2]);
    expect(parts("-0.0")).toEqual(["negative-zero", 2, 2]);
    expect(parts("nan")).toEqual(["nan", 3, 0]);
    expect(parts("-inf")).toEqual(["inf", 4, 0]);
    expect(parts("(1.5-2j)")).toEqual(["word", 8, 0]);
    expect(parts("2020-01-01")).toEqual(["word", 10, 0]);
    expect(cellOf("masked", true).kind).toBe("hole");
  });

  it("only make a column wider", () => {
    const widths = { before: 3, after: 2 };
    expect(widened(widths, [cellOf("1.5", false)])).toBe(widths);
    expect(widened(widths, [cellOf("-1234.125", false)])).toEqual({ before: 5, after: 4 });
  });
});

describe("copies", () => {
  it("are tab-separated for spreadsheets", () => {
    expect(
      tsvOf([
        ["1.0", null],
        ["nan", 'say "a\tb"'],
      ]),
    ).toBe('1.0\t\nnan\t"say ""a\tb"""');
  });

  it("are NumPy code that makes the same bits", () => {
    expect(
      numpyOf(
        [
          ["1.5", "nan"],
          ["-inf", "-0.0"],
        ],
        "float32",
        false,
      ),
    ).toBe("np.array([[1.5, np.nan],\n [-np.inf, -0.0]], dtype=np.float32)");
    expect(numpyOf([["1"], ["2"]], "int64", true)).toBe("np.array([1, 2], dtype=np.int64)");
    expect(numpyOf([["0.5"]], "bfloat16", true)).toBe("np.array([0.5], dtype=np.float32)");
    expect(numpyOf([["True"], [null]], "bool", true)).toBe(
      "np.ma.array([True, False], mask=[False, True], dtype=bool)",
    );
    expect(numpyOf([["(-0-1j)"]], "complex64", true)).toBe(
      'np.array([complex("(-0-1j)")], dtype=np.complex64)',
    );
    expect(numpyOf([["2020-01-01"], ["NaT"]], "datetime64[D]", true)).toBe(
      'np.array(["2020-01-01", "NaT"], dtype="datetime64[D]")',
    );
  });
});
