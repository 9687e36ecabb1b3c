// What a watch says of itself, in words. Pure: no DOM.
import { formatCount } from "../format";
import type { Status } from "./wire";

export function sayStatus(status: Status): string {
  const step = status.step < 0 ? "" : `, step ${status.step}`;
  switch (status.status) {
    case "paused":
      return `Paused ${status.at?.startsWith("before") ? "" : "at "}${status.at ?? "a safe point"}`;
    case "pausing":
      return `Pausing at the next safe point${step}`;
    case "running":
      if (status.step < 0) return "Waiting for the first step";
      return `${status.idle ? "Idle" : "Running"}${step}`;
    case "closed":
      return `Closed${step}`;
    default:
      return "Ready";
  }
}

/** Where a loop that waits stands inside of a step: `layer1.conv`, `fc (call 2)`. */
export function placeOf(status: Status | null): string | null {
  if (status?.status !== "paused" || !status.at || status.at.startsWith("before")) return null;
  return status.at.replace(/, step \d+$/, "");
}

/** Whether a row, or one that is folded away in it, is a place. */
export const holds = (row: string, place: string) =>
  place === row || (place.startsWith(row) && ".[ ".includes(place[row.length]));

/** What is watched: `Net 6 modules`; of probes alone, how many values there are. */
export function sayWatched(model: string, modules: number, values: number): string {
  const counted = (n: number, one: string) => `${formatCount(n)} ${one}${n === 1 ? "" : "s"}`;
  if (modules > 0) return `${model} · ${counted(modules, "module")}`;
  return values > 0 ? `no model · ${counted(values, "value")}` : "no model";
}

/** 41,000,000 → `41 MB`. */
export function sayBytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const k = Math.min(units.length - 1, n > 0 ? Math.floor(Math.log10(n) / 3) : 0);
  const x = n / 1000 ** k;
  return `${k > 0 && x < 10 ? x.toFixed(1) : Math.round(x)} ${units[k]}`;
}

export const sayRate = (rate: number | null) =>
  rate === null ? "–" : `${rate >= 10 ? Math.round(rate) : rate.toPrecision(2)} steps/s`;

/** `any output`, `outputs of layer2.*`. */
export const sayOn = (on: string, what: string) =>
  on === "*" ? `on any ${what}` : `on the ${what} ${what === "probe" ? "" : "of "}${on}`;

/** The modules that have not run in the step that it is paused in show the step before. */
export const isBehind = (status: Status | null, last: number | undefined) =>
  status?.status === "paused" && last !== undefined && last < status.step;

/** Whether what a breakpoint is on, a glob or a name as it stands, means a row. */
export function globs(glob: string, name: string): boolean {
  if (glob === name) return true;
  const pattern = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  try {
    return new RegExp(`^${pattern}$`, "s").test(name);
  } catch {
    return false; // a set of letters that JavaScript reads otherwise: no dot is drawn
  }
}
