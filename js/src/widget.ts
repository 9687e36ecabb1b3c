// What anywidget loads: mounts a scope into a cell's output, and cleans up after it.
import { h, render as mount } from "preact";
import { makeActions } from "./actions";
import type { Model } from "./channel";
import { css } from "./colour";
import { ScopeContext } from "./components/context";
import { MEDIUM, NARROW, Scope } from "./components/Scope";
import { TALLEST } from "./geometry";
import { readSkin, watchTheme } from "./skin";
import { keepSnapshot } from "./snapshot";
import { Store } from "./store";

interface RenderProps {
  model: Model;
  el: HTMLElement;
}

function render({ model, el }: RenderProps): () => void {
  const root = document.createElement("div");
  root.className = "tensorscope";
  // JupyterLab's shortcuts stay out of the widget. It looks from the focused element upwards,
  // and many of its selectors match that element itself: each one carries the mark.
  root.dataset.lmSuppressShortcuts = "true";
  const mark = (event: FocusEvent) => {
    if (event.target instanceof HTMLElement) event.target.dataset.lmSuppressShortcuts = "true";
  };
  root.addEventListener("focusin", mark);
  el.classList.add("ts-host");
  el.append(root);

  const store = new Store(model);
  store.root = root;
  const actions = makeActions(store);

  const dress = () => {
    const skin = readSkin(root);
    root.dataset.theme = skin.theme;
    root.style.setProperty("--ts-surface", css(skin.surface));
    root.style.setProperty("--ts-ink", css(skin.ink));
    if (JSON.stringify(skin) !== JSON.stringify(store.skin.value)) store.skin.value = skin;
  };
  dress();
  const stopTheme = watchTheme(() => store.guard(dress));

  const measure = () => {
    const width = root.clientWidth;
    root.classList.toggle("ts-narrow", width > 0 && width < NARROW);
    root.classList.toggle("ts-medium", width >= NARROW && width < MEDIUM);
    if (width > 0) store.width.value = width;
  };
  const narrow = new ResizeObserver(measure);
  narrow.observe(root);
  measure();

  // Views are marked after this event: look once they have been.
  const later = () => store.after(0, () => store.checkKernel());
  model.on("comm_live_update", later);

  // A first guess at the picture's room, so that the first frame fits.
  const width = root.clientWidth;
  if (width > 0) store.setPane(width < NARROW ? width - 26 : (width - 42) * 0.62, TALLEST);
  mount(h(ScopeContext.Provider, { value: { store, actions } }, h(Scope, {})), root);
  store.start();
  const stopKeeping = keepSnapshot(store);

  return () => {
    model.off("comm_live_update", later);
    stopKeeping();
    stopTheme();
    narrow.disconnect();
    store.dispose();
    mount(null, root);
    root.remove();
    el.classList.remove("ts-host");
  };
}

export default { render };
