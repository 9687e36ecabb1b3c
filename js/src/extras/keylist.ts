// What `?` shows: the keys of keys.ts in words, grouped.
export type KeyGroup = readonly [title: string, keys: readonly (readonly [string, string])[]];

export const KEYS: readonly KeyGroup[] = [
  [
    "Picture",
    [
      ["← ↑ → ↓", "move the cursor; with Shift by 8"],
      ["Enter", "pin the value, open a tile"],
      ["Esc", "back: error, pin, cursor, tile"],
      ["+ − 0", "zoom in, out, fit"],
      ["N P", "next, previous NaN or infinity"],
      ["H", "hold to hide the mask"],
    ],
  ],
  [
    "Pointer",
    [
      ["Ctrl wheel", "zoom where it points; without Ctrl once the picture has the focus"],
      ["Drag", "pan what is zoomed"],
      ["Click", "pin the value; in the list of hits: go there"],
      ["Double-click", "all of it again"],
    ],
  ],
  [
    "Dims",
    [
      ["[ ]", "step the index dim; { } by 10"],
      ["R C G M I", "focused dim: rows, columns, grid, mean, index"],
      ["T", "swap rows and columns"],
    ],
  ],
  [
    "Find",
    [
      ["/", "go to Selection"],
      ["W", "go to Where"],
      ["J K", "next, previous hit"],
      ["D", "sort tiles by distance to this one"],
      ["L", "log or linear histogram"],
    ],
  ],
  [
    "Table of numbers",
    [
      ["V", "numbers in the picture's place, and back"],
      ["← ↑ → ↓", "move; with Ctrl to the edge, with Shift select"],
      ["Home End", "first, last column; with Ctrl the corners"],
      ["Ctrl A", "select all"],
    ],
  ],
  ["Back", [["Ctrl Z", "undo; with Shift, or Ctrl Y: redo"]]],
  ["Copy", [["Ctrl C", "the code shown; in the table the numbers selected"]]],
];
