// The table of a list or dict of tensors, as anywidget loads it: a row opens into its scope.
import { h, render as mount } from "preact";
import type { Model } from "./channel";
import { css } from "./colour";
import { type Row, Table } from "./components/Table";
import { keepShortcuts } from "./shortcuts";
import { readSkin, watchTheme } from "./skin";

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  root.className = "tensorscope";
  const passShortcuts = keepShortcuts(root);
  el.classList.add("ts-host");
  el.append(root);
  const dress = () => {
    const skin = readSkin(root);
    root.dataset.theme = skin.theme;
    root.style.setProperty("--ts-surface", css(skin.surface));
    root.style.setProperty("--ts-ink", css(skin.ink));
  };
  dress();
  const stopTheme = watchTheme(root, dress);
  const draw = () =>
    mount(
      h(Table, {
        name: String(model.get("name")),
        count: Number(model.get("count")),
        rows: model.get("rows") as Row[],
        chosen: Number(model.get("chosen")),
        trouble: String(model.get("trouble") ?? ""),
        onOpen: (row: number) => model.send({ open: row }),
      }),
      root,
    );
  const events = ["change:rows", "change:chosen", "change:trouble"];
  for (const event of events) model.on(event, draw);
  draw();
  return () => {
    for (const event of events) model.off(event, draw);
    passShortcuts();
    stopTheme();
    mount(null, root);
    root.remove();
    el.classList.remove("ts-host");
  };
}

export default { render };
