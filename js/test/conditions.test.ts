import { describe, expect, it } from "vitest";
import { paintOutline, tintHits } from "../src/canvas/marks";
import { css, luminance, pack, type Rgb } from "../src/colour";
import { HUES, layersOf, withoutHidden } from "../src/conditions";
import type { Frame } from "../src/frame";
import type { Named, State } from "../src/protocol";
import { DARK, LIGHT } from "../src/skin";

const named = (name: string, more: Partial<Named> = {}): Named => ({
  name,
  where: "x > 1",
  active: false,
  hidden: false,
  hits: null,
  ...more,
});
const stateOf = (...conditions: Named[]) => ({ conditions }) as unknown as State;
const frameOf = (...mask: number[]) =>
  ({ shape: [1, 1, mask.length], mask: Uint8Array.from(mask) }) as unknown as Frame;
const gridOf = (cells: number, side: number) => ({
  columns: cells,
  xs: Int32Array.from({ length: cells + 1 }, (_, i) => i * side),
  ys: Int32Array.of(0, side),
  cellW: side,
  cellH: side,
  dpr: 1,
});
const none = { nan: [], posinf: [], neginf: [], above: [], below: [], masked: [] };
const rgb = (hex: string) =>
  [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;

describe("the colours of conditions", () => {
  it.each([LIGHT, DARK])("stand out from the surface, at least 3:1 ($theme)", (skin) => {
    const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const page = luminance(skin.surface);
    for (const hue of HUES[skin.theme]) {
      expect(ratio(luminance(rgb(hue)), page)).toBeGreaterThanOrEqual(3);
    }
    expect(new Set(HUES[skin.theme]).size).toBe(8);
  });
  it("are not used where one condition has no name", () => {
    expect(layersOf(stateOf(named("", { active: true })), LIGHT)).toEqual([
      { bits: 255, colour: LIGHT.ink, rim: LIGHT.surface },
    ]);
  });
  it("leave out what is hidden, and put the active one on top", () => {
    const state = stateOf(named("a", { active: true }), named("b", { hidden: true }), named("c"));
    expect(layersOf(state, DARK).map((layer) => layer.bits)).toEqual([4, 1]);
  });
});

describe("hidden conditions", () => {
  it("take their bits out of the mask; the frame stays as it is without any", () => {
    const frame = frameOf(1, 2, 3, 0);
    expect(withoutHidden(frame, stateOf(named("a"), named("b")))).toBe(frame);
    const some = withoutHidden(frame, stateOf(named("a", { hidden: true }), named("b")));
    expect([...some.mask!]).toEqual([0, 2, 2, 0]);
    const all = stateOf(named("a", { hidden: true }), named("b", { hidden: true }));
    expect(withoutHidden(frame, all).mask).toBeNull();
  });
});

describe("hits of named conditions", () => {
  const state = stateOf(named("a", { active: true }), named("b"));
  const layers = layersOf(state, LIGHT);
  const [hot, cold] = [0, 1].map((k) => pack(rgb(HUES.light[k])));

  it("take their colour where cells are small; NaN keeps its own", () => {
    const pixels = Uint32Array.of(7, 7, 7, 7, 9);
    tintHits(pixels, { ...none, nan: [4] }, frameOf(1, 2, 3, 0, 1), 0, gridOf(5, 2), layers);
    expect([...pixels]).toEqual([hot, cold, hot, 7, 9]);
  });
  it("keep the colour of their value where an outline has room", () => {
    const pixels = Uint32Array.of(7, 7);
    tintHits(pixels, none, frameOf(1, 2), 0, gridOf(2, 8), layers);
    expect([...pixels]).toEqual([7, 7]);
  });
  it("are outlined one inside the other where both hold", () => {
    const drawn: [string, number, number][] = [];
    let fill = "";
    const ctx = {
      set fillStyle(colour: string) {
        fill = colour;
      },
      fillRect: (x: number, y: number) => drawn.push([fill, x, y]),
    } as unknown as CanvasRenderingContext2D;
    paintOutline(ctx, frameOf(3), 0, gridOf(1, 20), layers);
    const [rim, inner, outer] = [...new Set(drawn.map(([colour]) => colour))];
    expect(rim).toBe(css(LIGHT.surface));
    const least = (colour: string) =>
      Math.min(...drawn.filter((d) => d[0] === colour).map((d) => d[1]));
    expect([least(inner), least(outer)]).toEqual([3, 0]);
  });
});
