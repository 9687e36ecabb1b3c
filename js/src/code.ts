// Which line of code is shown: for the same thing as Value, unless a kind was chosen by hand.
import { fillCode } from "./picture";
import type { CodeTab, View } from "./view";

/** The line of code that Code shows now: of a cell, of the selection, or of the hits. */
export function codeShown(view: View): { tab: CodeTab; code: string } {
  const state = view.state.value;
  if (!state) return { tab: "slice", code: "" };
  const { value, slice, hits } = state.code;
  const cell = view.focus.value;
  const tab = view.tab.value ?? "value";
  if (tab === "hits" && hits) return { tab, code: hits };
  if (tab === "value" && cell) return { tab, code: fillCode(value, cell) };
  return { tab: "slice", code: slice };
}
