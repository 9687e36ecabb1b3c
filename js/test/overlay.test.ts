// What stands on the rulers: numbers, or what columns are called.
import { describe, expect, it } from "vitest";
import { cutFrame } from "../dev/frames";
import { FakeKernel } from "../dev/kernel";
import { TENSORS } from "../dev/tensors";
import { paintOverlay } from "../src/canvas/overlay";
import { decodeFrame } from "../src/frame";
import { LIGHT } from "../src/skin";
import { fitCells, whole } from "../src/viewport";

/** The texts above the picture, of columns that have these labels and cells of a width. */
function above(labels: string[] | undefined, cellW: number, pin: number | null = null) {
  const kernel = new FakeKernel({ ...TENSORS.weights, shape: [6, 4] });
  const all = { rows: null, columns: null, px: [600, 600] as [number, number] };
  const { header, buffers } = cutFrame(kernel, all);
  const frame = decodeFrame({ ...header, labels: labels && { columns: labels } }, buffers);
  const texts: string[] = [];
  const fillText = (text: string, _x: number, y: number) => y < 16 && texts.push(text);
  const ctx = new Proxy(
    {},
    { get: (_, name) => (name === "fillText" ? fillText : () => {}), set: () => true },
  ) as CanvasRenderingContext2D;
  const { rows, columns } = kernel.state.picture;
  const g = { ...fitCells(whole(6, 4), 600, 600, 96), cellW, width: 4 * cellW };
  const at = pin === null ? null : { row: 0, col: pin, tile: 0 };
  const rest = { frame, skin: LIGHT, dpr: 1, left: 26, cursor: null, pin: at };
  paintOverlay(ctx, { g, rows, columns, ...rest });
  return texts;
}

describe("the ruler above", () => {
  it("has numbers, each where there is room", () => {
    expect(above(undefined, 48)).toEqual(["0", "1", "2", "3"]);
    expect(above(undefined, 24)).toEqual(["0", "2"]);
  });
  it("has the labels of the columns where the frame tells them", () => {
    const labels = ["open", "high", "low", "close"];
    expect(above(labels, 48)).toEqual(labels);
    expect(above(labels, 24)).toEqual(["open", "low"]);
  });
  it("shortens labels that would run into each other", () => {
    const long = ["temperature at noon", "b", "c", "humidity of the air"];
    expect(above(long, 140)).toEqual(["temperature at noon", "b", "c", "humidity of the air"]);
    expect(above(long, 70)).toEqual(["temperature at noon", "c"]);
    expect(above(long, 24)).toEqual(["temperature…"]);
  });
  it("names the pinned column likewise", () => {
    expect(above(["open", "high", "low", "close"], 48, 3)).toEqual([
      "open",
      "high",
      "low",
      "close",
    ]);
    expect(above(undefined, 48, 3)).toEqual(["0", "1", "2", "3"]);
  });
});
