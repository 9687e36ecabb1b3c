// The wire of a watch, as docs/protocol.md writes it down, and its numbers read.
import type { Cell, Info, State } from "../protocol";

/** Numbers that are not finite go as text. */
export type Wired = number | "nan" | "inf" | "-inf";
/** Step, mean, std, smallest, largest, norm. */
export type WiredPoint = [number, Wired, Wired, Wired, Wired, Wired];

export type What = "output" | "input" | "gradient" | "weight" | "probe";
export type Unit = "step" | "module";

export interface Status {
  status: "ready" | "running" | "pausing" | "paused" | "closed";
  at: string | null;
  reason: string;
  step: number;
  train: boolean;
  rate: number | null;
  nbytes: number;
  /** Null: the records lie on disk. */
  budget: number | null;
  evicted: number;
  dropped?: number;
  /** The cell in which it trained is over, and the watch is not closed. */
  idle?: boolean;
  hit: { name: string; what: What; step: number; cell: Cell | null; text: string } | null;
}

export interface Finding {
  kind: string;
  name: string;
  what: What;
  step: number;
  message: string;
  evidence: string;
  cell: Cell | null;
  grave: boolean;
}

export interface Breakpoint {
  cond: string;
  on: string;
  what: What;
  hits: number;
  action: string;
}

export interface Chosen {
  name: string;
  what: What;
  follows: boolean;
  step: number;
  against: number | null;
  /** What there is of the module, and the name of each kind's row. */
  kinds: Partial<Record<What, string>>;
  steps: number[];
  changed: boolean;
  info: Info | null;
  state: State | null;
}

export interface WiredRow {
  name: string;
  what: What;
  zero: number | null;
  points: WiredPoint[];
}

export interface WatchNews {
  name?: string;
  model?: string;
  modules?: string[];
  /** Names of the classes of modules, and of those that hold them. */
  classes?: Record<string, string>;
  every?: number;
  /** A recording that was opened: no loop runs. */
  reopened?: boolean;
  status: Status;
  rows: WiredRow[];
  /** What was measured in the step that is shown; null: that is the newest; absent: as before. */
  past?: { step: number; rows: WiredRow[] } | null;
  findings: Finding[];
  breakpoints: Breakpoint[];
  timeline: { name: string | null; points: [number, Wired][]; recorded: Runs };
  notes: string[];
  time: string;
  scope: (Omit<Chosen, "steps"> & { steps: Runs }) | null;
}

/** Rising steps as runs: first, last, and how far apart. */
export type Runs = [number, number, number][];

export function real(x: Wired): number {
  if (typeof x === "number") return x;
  return x === "nan" ? Number.NaN : x === "inf" ? Infinity : -Infinity;
}
