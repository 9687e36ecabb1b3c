// Tells the outside which state is on screen, for tests and benchmarks.

/** Marks a painted frame on the time line and on the widget's root. */
export function painted(canvas: HTMLElement, serial: number) {
  const root = canvas.closest<HTMLElement>(".tensorscope");
  if (!root || root.dataset.serial === String(serial)) return;
  root.dataset.serial = String(serial);
  performance.mark("tensorscope:painted", { detail: { serial } });
}
