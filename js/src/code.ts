// Which line of code is shown: for what was touched last.
import { fillCode } from "./picture";
import type { CodeTab, View } from "./view";

/** The line of code that Code shows now. */
export function codeShown(view: View): { tab: CodeTab; code: string } {
  const state = view.state.value;
  if (!state) return { tab: "slice", code: "" };
  const cell = view.focus.value;
  const tab = view.tab.value;
  // The cursor speaks first, unless Slice or Hits was chosen by hand.
  if (cell && (tab === "value" || view.shape.value === "scalar" || peeking(view))) {
    return { tab: "value", code: fillCode(state.code.value, cell) };
  }
  if (tab === "hits" && state.code.hits) return { tab, code: state.code.hits };
  return { tab: "slice", code: state.code.slice };
}

const peeking = (view: View) =>
  view.peek.value && view.cursor.value !== null && !view.tabChosen.value;
