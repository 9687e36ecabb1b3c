// Numbers in columns: aligned on the decimal point, and told apart by what they are. Pure: no DOM.

export type Kind = "number" | "zero" | "negative-zero" | "nan" | "inf" | "hole" | "word";

export interface Cell {
  text: string;
  kind: Kind;
  /** Characters before the decimal point (or exponent), and from it on. */
  before: number;
  after: number;
}

/** What a text is, and where its point lies; words and complex numbers have none. */
export function cellOf(text: string, hole: boolean): Cell {
  if (hole) return { text, kind: "hole", before: text.length, after: 0 };
  const kind = kindOf(text);
  if (kind === "word") return { text, kind, before: text.length, after: 0 };
  const point = text.search(/[.e]/);
  const before = point < 0 || kind === "nan" ? text.length : point;
  return { text, kind, before, after: text.length - before };
}

function kindOf(text: string): Kind {
  if (text === "nan" || text === "NaT") return "nan";
  if (text === "inf" || text === "-inf") return "inf";
  if (text === "-0.0") return "negative-zero";
  if (text === "0" || text === "0.0" || text === "0j" || text === "False") return "zero";
  return /^-?\d/.test(text) && !/[jJ:]|\d-\d/.test(text) ? "number" : "word";
}

/** The widest number before and after the point, of all that were seen. */
export interface Widths {
  before: number;
  after: number;
}

export function widened(widths: Widths, cells: Iterable<Cell>): Widths {
  let { before, after } = widths;
  for (const cell of cells) {
    before = Math.max(before, cell.before);
    after = Math.max(after, cell.after);
  }
  return before === widths.before && after === widths.after ? widths : { before, after };
}
