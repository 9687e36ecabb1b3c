// The types of what goes over the wire, as docs/protocol.md writes it down.
import type { Labels } from "./labels";
import type { WatchNews } from "./watch/wire";

export const VERSION = 1;

export interface Info {
  name: string;
  framework: string;
  dtype: string;
  shape: number[];
  dims: string[];
  named: boolean;
  device: string;
  layout: string;
  nbytes: number;
  bytes: string;
  requires_grad: boolean;
  grad_fn: string | null;
  /** Dates (M), durations (m) and what is no number at all (O) among them. */
  numeric: "f" | "i" | "u" | "b" | "c" | "M" | "m" | "O";
  python: string;
  notes: string[];
}

export interface IndexSlot {
  kind: "index";
  index: number;
  text: string;
}
export interface SliceSlot {
  kind: "slice";
  start: number;
  step: number;
  size: number;
  text: string;
}
export interface ReduceSlot {
  kind: "reduce";
  op: string;
  text: string;
}
export type Slot = IndexSlot | SliceSlot | ReduceSlot;

/** A dim in the picture: tensor index of position p is start + p × step. */
export interface PictureDim {
  dim: number;
  start: number;
  step: number;
  size: number;
}

/** The grid's dim. */
export interface GridDim extends PictureDim {
  /** Its three or four tiles are one picture in colour. */
  rgb?: boolean;
  /** What tiles are sorted by; null: their index. */
  sort?: string | null;
  /** Positions in that order, 4096 at most; null where it is not known yet. */
  order?: number[] | null;
}

/** Some tiles of a grid in their order: a statistic of each, and what is conspicuous. */
export interface TilePage {
  sort: string | null;
  stat: string;
  at: number[];
  values: (number | null)[];
  marks: ({ kind: MarkKind; text: string } | null)[];
  /** Of all tiles. */
  counts: Record<MarkKind, number>;
  /** Which places of the order are marked, 1000 at most. */
  marked: number[];
}
export type MarkKind = "dead" | "saturated" | "nonfinite";

export type Cell = (number | string)[];
export type Role = "rows" | "columns" | "grid";

/** One of up to eight conditions; its place is its bit in the mask, and its colour. */
export interface Named {
  /** Empty where one condition was given as a text. */
  name: string;
  where: string;
  active: boolean;
  hidden: boolean;
  /** null where counting takes longer: a page of hits tells it then. */
  hits: { count: number; share: string; searched: number } | null;
}

export interface State {
  /** How many steps can be undone, and done again. */
  undo?: number;
  redo?: number;
  conditions?: Named[];
  /** Groups of scopes that share cursor and zoom, and colours or not. */
  links?: { id: string; colours: boolean }[];
  /** Grows when the tensor is read anew. */
  reading?: number;
  v: number;
  serial: number;
  expr: string;
  shape: number[];
  count: number;
  slots: Slot[];
  picture: {
    rows: PictureDim | null;
    columns: PictureDim | null;
    grid: GridDim | null;
    held: (number | string | null)[];
  };
  where: string | null;
  where_note: string | null;
  threshold: { op: string; value: number } | null;
  hits: { count: number; share: string; searched: number } | null;
  cell: Cell | null;
  /** What the index of each dim is called; missing where no dim has labels. */
  labels?: Labels;
  colour: { map: string; range: [number, number] | null };
  code: { value: string; slice: string; hits: string | null };
  python: string;
  /** The numbers stand in the picture's place. */
  table?: boolean;
  shown: "all" | "first";
  notes: string[];
}

export interface Viewport {
  rows: [number, number] | null;
  columns: [number, number] | null;
  /** Device pixels of the picture, and of one tile where it is a grid. */
  px: [number, number];
  tile?: [number, number];
  tiles?: [number, number];
}

export interface FrameHeader {
  serial: number;
  dtype: string;
  shape: [number, number, number];
  rect: [number, number, number, number];
  block: [number, number];
  exact: boolean;
  /** One cell of each block alone was read: the exact picture is on its way. */
  sampled?: boolean;
  tiles: number[];
  /** What a place says that holds no value: "masked", or "no value" past the end of a row. */
  hole?: string;
  /** Cells say words, not the numbers that colour them: dates, text, objects. */
  spoken?: boolean;
  buffers: string[];
  /** What its rows and columns are called, of dims with labels. */
  labels?: { rows?: Labels; columns?: Labels };
  unsynchronised: boolean;
  milliseconds: number;
  bytes: number;
}

export interface Stats {
  /** The selection that was summed up; missing in pages written by older versions. */
  of?: string;
  count: number;
  nan: number;
  posinf: number;
  neginf: number;
  zero: number;
  /** Places left out because they are masked. */
  masked?: number;
  min: string | null;
  max: string | null;
  low: string | null;
  high: string | null;
  mean: string | null;
  std: string | null;
  sum: string | null;
  norm: string | null;
  argmin: number[] | null;
  argmax: number[] | null;
  first_nan: number[] | null;
  first_inf: number[] | null;
  histogram: {
    counts: number[];
    edges: number[];
    /** Hits in each bin, and the condition they were counted for; null: too many to gather. */
    hits?: { where: string; counts: number[] } | null;
  } | null;
  coverage: number;
  warnings: { kind: string; message: string; cell: number[] | null }[];
}

export interface HitRow {
  cell: Cell;
  text: string;
  value: number | null;
  labels?: Labels;
}
export type HitSort = "index" | "value" | "-value";
export interface HitPage {
  count: number;
  searched: number;
  share: string;
  offset: number;
  rows: HitRow[];
  sorted: number;
  note: string | null;
  code: string;
  /** How many hits each condition has, where there are several. */
  conditions?: number[] | null;
  by?: HitSlices;
}

/** Which slices along a dim hold the hits: [index, count], the fullest first. */
export interface HitSlices {
  dim: number;
  /** How many slices hold any. */
  held: number;
  counts: [number, number][];
}

export interface ValueDetail {
  cell: Cell;
  text: string;
  type: string;
  dtype: string;
  exact: string;
  bits: string;
  note: string | null;
  code: string;
  labels?: Labels;
}

/** What goes wrong, for whoever asked. */
export interface WireError {
  kind: string;
  message: string;
  field: string | null;
  span: [number, number] | null;
}

/** What an answer would read, where somebody should agree first. */
export interface Price {
  bytes: number;
  size: string;
  text: string;
}

/** What a dim's index shows; its buffers are those of the message from `first` on. */
export interface StepAhead {
  index: number;
  /** What the picture is recognised by. */
  known: string;
  state: State;
  frame: FrameHeader;
  first: number;
}

export interface Reply {
  v: number;
  req: string;
  ok: boolean;
  error?: WireError;
  state?: State;
  info?: Info;
  version?: string;
  frame?: FrameHeader | null;
  stats?: Stats;
  scope?: "slice" | "tensor";
  hits?: HitPage;
  value?: ValueDetail;
  tiles?: TilePage | null;
  /** The next anomaly; null if there is none. */
  cell?: Cell | null;
  price?: Price;
  cancelled?: boolean;
  code?: string;
  file?: { of: string; offset: number; size: number; name?: string; note?: string | null };
  watch?: WatchNews;
  ahead?: StepAhead[];
}

export type Push =
  | { v: number; push: "training" }
  | { v: number; push: "news"; watch: WatchNews }
  | { v: number; push: "state"; state: State; info: Info | null }
  | { v: number; push: "progress"; req: string; done: number; total: number }
  | { v: number; push: "closed"; message: string };

export type ConditionChange =
  | { add: string; where: string }
  | { rename: string; to: string }
  | { remove: string }
  | { active: string }
  | { hide: string }
  | { show: string };

/** Changes of the state, as one `update` carries them. */
export interface Patch {
  expr?: string;
  where?: string;
  condition?: ConditionChange;
  undo?: true;
  redo?: true;
  index?: [number, number];
  slot?: [number, string];
  role?: [Role, number | null];
  reduce?: [number, string | null];
  swap?: true;
  cell?: Cell | null;
  sort?: string | null;
  rgb?: number | null;
  colour?: { map?: string; range?: [number, number] | null };
  table?: boolean;
}
