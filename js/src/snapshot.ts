// A small picture and the facts, put into the model: a notebook that is saved with its widgets'
// state shows them when there is no kernel. They stay on the page's side until it is saved.
import { effect } from "@preact/signals";
import { formatShape } from "./format";
import type { Store } from "./store";
import type { Snapshot } from "./view";

/** A view that has been at rest for this long is kept, in ms. */
const REST = 1200;
/** The kept picture's larger side, in pixels, and its size at most, in characters. */
const SIDE = 640;
const LARGEST = 200_000;

/** Keeps the last picture up to date; returns how to stop. */
export function keepSnapshot(store: Store): () => void {
  return effect(() => {
    const ready = store.frame.value && store.state.value && store.phase.value === "live";
    const facts = store.stats.tensor.value;
    if (ready && facts && store.skin.value && store.colours.value) {
      store.soon("snapshot", REST, () => store.model.set?.("snapshot", take(store)));
    }
  });
}

function take(store: Store): Snapshot {
  const state = store.state.value!;
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  const value = store.shape.value === "scalar" ? ` ${store.focusText.value ?? ""}` : "";
  return {
    png: picture(store.root),
    text: `${store.info.value?.name}${state.expr} → ${formatShape(state.shape)}${value}`,
    time: `${two(now.getHours())}:${two(now.getMinutes())}`,
    stats: store.stats.tensor.value,
  };
}

/** The picture on screen as a PNG, smaller if it is large; "" if there is none. */
function picture(root: HTMLElement | null): string {
  const shown = root?.querySelector<HTMLCanvasElement>("canvas.ts-heat");
  if (!shown?.width || !shown.height) return "";
  const scale = Math.min(1, SIDE / Math.max(shown.width, shown.height));
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, Math.round(shown.width * scale));
  copy.height = Math.max(1, Math.round(shown.height * scale));
  const ctx = copy.getContext("2d");
  if (!ctx) return "";
  ctx.drawImage(shown, 0, 0, copy.width, copy.height);
  const url = copy.toDataURL("image/png");
  return url.length <= LARGEST ? url.slice(url.indexOf(",") + 1) : "";
}
