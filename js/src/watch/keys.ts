// Keys of a watch, alive while the focus is in the widget.
import type { KeyGroup } from "../extras/keylist";
import type { WatchStore } from "./store";

/** What takes keys itself. */
const TYPING = "input, select, textarea, button, summary, [contenteditable]";

/** Handles a key; true if it was one of ours. */
export function handleWatchKey(event: KeyboardEvent, watch: WatchStore): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as HTMLElement;
  const slider = target instanceof HTMLInputElement && target.type === "range";
  const own = target.matches(TYPING) && !slider;
  if (event.key === "." && (!own || target instanceof HTMLButtonElement)) {
    const status = watch.status.value?.status;
    if (status === "paused" || status === "pausing") watch.step();
    return true;
  }
  if (event.key !== " " || own) return false;
  watch.toggle();
  return true;
}

export const WATCH_KEYS: KeyGroup = [
  "Training",
  [
    ["Space", "pause, continue"],
    [".", "step"],
  ],
];
