// What the wells of the toolbar say, and so how wide it is. Pure: no DOM.
import type { Info, State } from "./protocol";

/** Dims of three or four planes, which can be red, green, blue and alpha of one picture. */
export const colourDims = ({ shape, numeric }: Info): number[] =>
  shape.flatMap((size, d) =>
    (size === 3 || size === 4) && shape.length > 2 && /[fiub]/.test(numeric) ? [d] : [],
  );

/** The dim that makes the picture one in colour by a click: the only one that can. */
export function colourDim(info: Info, state: State): number | null {
  const dims = colourDims(info);
  return dims.length === 1 && !state.picture.grid?.rgb ? dims[0] : null;
}

/** True if the dim of colours lies along the picture, which then is hardly what is wanted. */
export const isStrip = ({ picture: { rows, columns } }: State, dim: number): boolean =>
  rows?.dim === dim || columns?.dim === dim;

/** What the click to it says. */
export const IN_COLOUR = "In colour";

/** Texts of the wells; of an empty one its role. */
export function wellTexts({ slots, picture: { rows, columns, grid } }: State, dims: string[]) {
  const name = (one: { dim: number } | null, none: string) => (one ? dims[one.dim] : none);
  const reduced = slots.flatMap((s, d) => (s.kind === "reduce" ? `${s.op} over ${dims[d]}` : []));
  return {
    rows: name(rows, "rows"),
    columns: name(columns, "columns"),
    grid: name(grid, "grid") + (grid?.rgb ? " as colour" : ""),
    reduce: reduced.join(", ") || "reduce",
  };
}

/** Widths in CSS pixels: what surrounds words and tools, a tool, a letter. */
const AROUND = 274;
const TOOL = 34;
const LETTER = 6.6;
/** Longer texts are cut off. */
const LONGEST = 18;

/** The width that the toolbar of a plane takes. `back`: it leads back to the tiles. */
export function toolbarWidth(state: State, info: Info, back: boolean): number {
  let width = AROUND + TOOL * (3 + 2 * Number(back));
  const colour = colourDim(info, state);
  if (colour !== null) {
    width += TOOL + (isStrip(state, colour) ? LETTER * IN_COLOUR.length : 0);
  }
  for (const text of Object.values(wellTexts(state, info.dims))) {
    width += LETTER * Math.min(LONGEST, text.length);
  }
  return Math.ceil(width);
}
