// Keyboard shortcuts, alive while the focus is in the widget.
import type { Actions } from "./actions";
import { codeShown } from "./code";
import { copySettled } from "./components/clipboard";
import type { Store } from "./store";

/** Handles a key; true if it was one of ours. */
export function handleKey(event: KeyboardEvent, store: Store, actions: Actions): boolean {
  const target = event.target as HTMLElement;
  const inHeat = target.getAttribute("role") === "application";
  const typing =
    target instanceof HTMLInputElement && target.type !== "range" && target.type !== "number";
  const key = event.key;
  if (event.ctrlKey || event.metaKey) {
    const number = target instanceof HTMLInputElement && target.type === "number";
    const letter = event.altKey || typing || number ? "" : key.toLowerCase();
    if (letter === "z" || letter === "y") {
      if (letter === "y" || event.shiftKey) actions.redo();
      else actions.undo();
      return true;
    }
    const selected = String(getSelection() ?? "") !== "";
    if (key.toLowerCase() !== "c" || typing || selected || event.altKey) return false;
    copySettled(store, () => codeShown(store).code).catch((error) => store.fail(error));
    return true;
  }
  if (typing || event.altKey) return false;
  if (inHeat && arrows(event, store, actions)) return true;
  const own = target.tagName === "SELECT" || target.getAttribute("role") === "slider";
  if (own || (target instanceof HTMLInputElement && key.startsWith("Arrow"))) return false;
  return commands(key, store, actions);
}

function arrows(event: KeyboardEvent, store: Store, actions: Actions): boolean {
  const by = event.shiftKey ? 8 : 1;
  const move = {
    ArrowUp: [-by, 0],
    ArrowDown: [by, 0],
    ArrowLeft: [0, -by],
    ArrowRight: [0, by],
  }[event.key];
  if (move) {
    const [row, col] = move;
    if (store.shape.value === "grid") actions.moveTile(row * store.tilesAcross + col);
    else if (store.shape.value === "plane") actions.moveCursor(row, col);
    else actions.moveCursor(0, row + col);
    return true;
  }
  if (event.key === "Enter") {
    actions.enter();
    return true;
  }
  return false;
}

function commands(key: string, store: Store, actions: Actions): boolean {
  const focus = (name: string) => {
    const box = store.root?.querySelector<HTMLInputElement>(`[data-key="${name}"]`);
    box?.focus();
    box?.select();
  };
  const step = (by: number) => () => actions.stepIndex(by, store.focusedDim());
  const run: Record<string, () => void> = {
    Escape: actions.back,
    "[": step(-1),
    "]": step(1),
    "{": step(-10),
    "}": step(10),
    t: actions.swap,
    "/": () => focus("expr"),
    w: () => focus("where"),
    j: () => actions.stepHit(1),
    k: () => actions.stepHit(-1),
    n: () => actions.nextAnomaly(1),
    p: () => actions.nextAnomaly(-1),
    "+": () => actions.zoomBy(1.5),
    "=": () => actions.zoomBy(1.5),
    "-": () => actions.zoomBy(1 / 1.5),
    "0": actions.fit,
    l: () => {
      store.log.value = !store.log.value;
    },
    h: () => {
      store.lifted.value = true;
    },
    d: () => actions.sortByDistance("distance"),
    v: actions.toggleTable,
    "?": actions.toggleHelp,
  };
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (!(name in run)) return false;
  run[name]();
  return true;
}
