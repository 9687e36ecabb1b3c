// What opens by itself where the loop stops: the place that a breakpoint found, and, for whoever
// goes from module to module, each of them.
import type { Cell } from "../protocol";
import { placeOf } from "./say";
import type { Status, Unit, What } from "./wire";

/** What is to be opened: the latest of it where no step is told. */
export interface Opening {
  name: string;
  what: What;
  step: number | null;
  cell: Cell | null;
}

export class Stops {
  #hitSeen = "";
  /** Where the loop stood before it was sent to the next module; null: it was not. */
  #from: string | null = null;

  /** The loop was told to go on: by so much, or (null) for good. */
  went(unit: Unit | null, status: Status | null) {
    this.#from = unit === "module" ? (status?.at ?? "") : null;
  }

  /** What a status opens; each place once. */
  opens(status: Status, names: readonly string[]): Opening | null {
    return this.#hit(status) ?? this.#next(status, names);
  }

  /** A breakpoint that stops the loop, or ended it. */
  #hit({ status, hit, reason }: Status): Opening | null {
    if (!hit) return null;
    const stopped = status === "paused" || (status === "closed" && reason.includes(hit.text));
    const seen = `${hit.step} ${hit.text}`;
    if (!stopped || seen === this.#hitSeen) return null;
    this.#hitSeen = seen;
    this.#from = null;
    return { name: hit.name, what: hit.what, step: hit.step, cell: hit.cell };
  }

  #next(status: Status, names: readonly string[]): Opening | null {
    const place = placeOf(status);
    if (this.#from === null || place === null || status.at === this.#from) return null;
    this.#from = null;
    // Of a module with several outputs, the first.
    const name = names.find((one) => one === place || one.startsWith(`${place}[`));
    return name === undefined ? null : { name, what: "output", step: null, cell: null };
  }
}
