// Painting: at once when a signal moves, and told to the outside for tests and benchmarks.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Runs now and whenever a signal it read moves; not deferred to the next animation frame. */
export function usePaint(paint: () => void) {
  useEffect(() => effect(paint), []);
}

/** Marks a painted frame on the time line and on the widget's root. */
export function painted(element: HTMLElement, serial: number) {
  const root = element.closest<HTMLElement>(".tensorscope");
  if (!root || root.dataset.serial === String(serial)) return;
  root.dataset.serial = String(serial);
  performance.mark("tensorscope:painted", { detail: { serial } });
}
