// Painting: at once when a signal moves, and told to the outside for tests and benchmarks.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Runs now and whenever a signal it read moves; not deferred to the next animation frame. */
export function usePaint(paint: () => void) {
  useEffect(() => effect(paint), []);
}

/** A picture: what the kernel numbered, or what was shown before it had. */
type Painted = { serial: number; step?: string };

/** Marks a painted frame on the widget's root, and each picture once on the time line. */
export function painted(element: HTMLElement, { serial, step = `${serial}` }: Painted) {
  const root = element.closest<HTMLElement>(".tensorscope");
  if (!root) return;
  root.dataset.serial = `${serial}`;
  if (root.dataset.picture === step) return;
  root.dataset.picture = step;
  performance.mark("tensorscope:painted", { detail: { serial } });
}
