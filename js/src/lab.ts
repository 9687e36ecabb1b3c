// An extension of JupyterLab and Notebook: where a notebook is opened whose kernel has gone, the
// picture that was saved with it stands in place of 'model not found'. Nothing else is touched, and
// nothing is written to the notebook. It needs none of JupyterLab's packages, so no version of one.

/** What is used here of JupyterLab's application. */
export interface App {
  shell: { widgets(area: string): Iterable<Panel> };
}
interface Node {
  node: HTMLElement;
}
/** What shows one output: a prompt beside a renderer. */
interface Shown extends Node {
  widgets?: readonly Renderer[];
}
interface Renderer extends Node {
  renderModel?: (output: Output) => Promise<void>;
}
interface Panel {
  content?: { widgets?: Iterable<Cell> };
}
interface Cell {
  outputArea?: Node & {
    widgets: readonly Shown[];
    model: { get(at: number): Output | undefined };
  };
}
export interface Output {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** What JupyterLab's renderer of widgets says while there is no widget, and for good. */
const WAITING = /^Loading widget/;
const LOST = /^Error displaying widget: model not found$/;
/** How long a widget may take to come before its picture is shown meanwhile, in ms. */
const PATIENCE = 1000;
/** The page is looked through at most this often, in ms. */
const APART = 250;
const OURS = "tensorscope";

/** Puts pictures in place of lost widgets from now on; returns how to stop. */
export function keepPictures(app: App, page: Document = document): () => void {
  const since = new WeakMap<Element, number>();
  const asked = new WeakSet<Element>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const look = () => {
    timer = undefined;
    let again = false;
    for (const node of page.querySelectorAll<HTMLElement>(".jp-OutputArea-output")) {
      if (node.childElementCount > 0) continue;
      const lost = LOST.test(node.textContent ?? "");
      if (!lost && !WAITING.test(node.textContent ?? "")) continue;
      const { output, renderer } = outputOf(app, node) ?? {};
      if (!output || !(OURS in output.metadata)) continue;
      const now = performance.now();
      if (!since.has(node)) since.set(node, now);
      if (lost && renderer?.renderModel && !asked.has(node)) {
        // ipywidgets looks for a model for 2 s, every 0.1 s. One that is restored from the notebook
        // just before that is over is there and yet never looked for again.
        asked.add(node);
        void renderer.renderModel(output);
        show(node, output, false);
      } else if (lost || now - since.get(node)! >= PATIENCE) show(node, output, lost);
      else again = true;
    }
    if (again) soon();
  };
  const soon = () => {
    timer ??= setTimeout(look, APART);
  };
  const observer = new MutationObserver(soon);
  observer.observe(page.body, { childList: true, subtree: true });
  soon();
  return () => {
    observer.disconnect();
    clearTimeout(timer);
  };
}

/** The output that a node on the page shows, and what renders it. */
function outputOf(app: App, node: HTMLElement) {
  for (const panel of app.shell.widgets("main")) {
    for (const { outputArea } of panel.content?.widgets ?? []) {
      if (!outputArea?.node.contains(node)) continue;
      const at = outputArea.widgets.findIndex((shown) => shown.node.contains(node));
      if (at < 0) return undefined;
      const renderer = outputArea.widgets[at].widgets?.find((one) => one.node === node);
      return { output: outputArea.model.get(at), renderer };
    }
  }
  return undefined;
}

/** Shows what was saved of an output: its picture, its table, else its text. */
function show(node: HTMLElement, { data, metadata }: Output, lost: boolean) {
  const page = node.ownerDocument;
  const text = joined(data["text/plain"]);
  const png = joined(data["image/png"]).trim();
  const box = page.createElement("div");
  box.className = "ts-kept-picture";
  box.style.cssText = "font-family: var(--jp-ui-font-family); padding: 4px 0";
  const said = box.appendChild(page.createElement("p"));
  said.textContent = lost
    ? "As it was when this cell ran · run it again to make it live"
    : "As it was when this cell ran · waiting for the kernel";
  said.style.cssText = "margin: 0 0 6px; color: var(--jp-ui-font-color2); font-size: 12px";
  if (png) box.append(picture(page, `data:image/png;base64,${png}`, altOf(metadata) || text));
  else if (data["text/html"]) {
    const html = new DOMParser().parseFromString(joined(data["text/html"]), "text/html");
    copyInto(box, html.body);
  } else box.appendChild(page.createElement("pre")).textContent = text;
  node.replaceChildren(box);
}

function picture(page: Document, source: string, alt: string): HTMLImageElement {
  const image = Object.assign(page.createElement("img"), { src: source, alt });
  image.style.cssText = "max-width: 100%; border-radius: 4px; margin-right: 8px";
  return image;
}

const COPIED = new Set(["TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "P"]);

/** Copies what tables and linked scopes save, and no other markup: texts, cells, pictures. */
function copyInto(to: HTMLElement, from: Element) {
  const page = to.ownerDocument;
  for (const part of from.childNodes) {
    if (part instanceof HTMLImageElement) {
      if (part.src.startsWith("data:image/png;")) to.append(picture(page, part.src, part.alt));
    } else if (part instanceof Element && COPIED.has(part.tagName)) {
      const copy = to.appendChild(page.createElement(part.tagName));
      const span = part.getAttribute("colspan");
      if (span) copy.setAttribute("colspan", span);
      copyInto(copy, part);
    } else if (part.nodeType === 3) to.append(part.textContent ?? "");
  }
}

/** Texts of a notebook come whole or as lines. */
function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : typeof text === "string" ? text : "";
}

function altOf(metadata: Record<string, unknown>): string {
  const { alt } = (metadata["image/png"] ?? {}) as { alt?: unknown };
  return typeof alt === "string" ? alt : "";
}

const plugin = {
  id: "jupyter-tensorscope:pictures",
  description: "Shows the saved picture of a tensor where its widget has gone.",
  autoStart: true,
  activate: (app: App) => {
    keepPictures(app);
  },
};

/** What JupyterLab loads: a container of one module, as module federation has them. */
export const container = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
