// The place of a widget in the page: its root, theme, width, and what the host does with keys.
import type { Model } from "./channel";
import { css } from "./colour";
import { MEDIUM, NARROW } from "./components/Scope";
import { TALLEST } from "./geometry";
import { keepShortcuts } from "./shortcuts";
import { readSkin, watchTheme } from "./skin";
import type { Store } from "./store";

export interface RenderProps {
  model: Model;
  el: HTMLElement;
}

/**
 * Tells whenever the kernel has gone, or is back; null where the host does not say which. Its event
 * says it by the view that it is called with. Returns what ends that.
 */
export function followKernel(model: Model, tell: (live: boolean | null) => void): () => void {
  const event = "comm_live_update";
  function told(this: { model?: { comm_live?: boolean } } | undefined) {
    tell(this?.model?.comm_live ?? null);
  }
  model.on(event, told);
  return () => model.off(event, told);
}

/** Makes a widget's root, and keeps the store told of theme and room; `leave` undoes it all. */
export function settle(el: HTMLElement, store: Store): { root: HTMLElement; leave: () => void } {
  const root = document.createElement("div");
  root.className = "tensorscope";
  const passShortcuts = keepShortcuts(root);
  const pressed = (event: Event) => {
    if (!(event as KeyboardEvent).repeat) store.press++;
  };
  root.addEventListener("pointerdown", pressed, true);
  root.addEventListener("keydown", pressed, true);
  el.classList.add("ts-host");
  el.append(root);
  store.root = root;

  const dress = () => {
    const skin = readSkin(root);
    root.dataset.theme = skin.theme;
    root.style.setProperty("--ts-surface", css(skin.surface));
    root.style.setProperty("--ts-ink", css(skin.ink));
    if (JSON.stringify(skin) !== JSON.stringify(store.skin.value)) store.skin.value = skin;
  };
  dress();
  const stopTheme = watchTheme(root, () => store.guard(dress));

  const measure = () => {
    const width = root.clientWidth;
    root.classList.toggle("ts-narrow", width > 0 && width < NARROW);
    root.classList.toggle("ts-medium", width >= NARROW && width < MEDIUM);
    if (width > 0) store.width.value = width;
  };
  const narrow = new ResizeObserver(measure);
  narrow.observe(root);
  measure();

  // A first guess at the picture's room, so that the first frame fits.
  const width = root.clientWidth;
  if (width > 0) store.setPane(width < NARROW ? width - 26 : (width - 42) * 0.62, TALLEST);

  const leave = () => {
    passShortcuts();
    stopTheme();
    narrow.disconnect();
    root.remove();
    el.classList.remove("ts-host");
  };
  return { root, leave };
}
