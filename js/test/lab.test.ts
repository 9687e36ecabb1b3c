// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type App, container, keepPictures, type Output } from "../src/lab";

const LOST = "Error displaying widget: model not found";
const PNG = "iVBORw0KGgo=";
const OURS = { "image/png": { alt: "x[0]\nmax 3" }, tensorscope: { kept: true } };

interface Renderer {
  node: HTMLElement;
  renderModel: (output: Output) => Promise<void>;
}
const rendering = new WeakMap<Element, Renderer[]>();

let stop = () => {};
beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = "";
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** A page of one notebook with one cell, whose outputs are these. */
function open(...outputs: (Output & { said: string })[]): HTMLElement[] {
  const area = document.createElement("div");
  const widgets = outputs.map(({ said }) => {
    const node = document.createElement("div");
    node.innerHTML = `<div class="jp-OutputPrompt"></div><div class="jp-OutputArea-output"></div>`;
    node.lastElementChild!.textContent = said;
    area.append(node);
    const rendered: Renderer[] = [];
    rendering.set(node.lastElementChild!, rendered);
    return { node, widgets: rendered };
  });
  document.body.append(area);
  const cell = { outputArea: { node: area, widgets, model: { get: (k: number) => outputs[k] } } };
  const app: App = { shell: { widgets: () => [{}, { content: { widgets: [{}, cell] } }] } };
  stop = keepPictures(app);
  return widgets.map(({ node }) => node.lastElementChild as HTMLElement);
}

const renderers = (node: HTMLElement) => rendering.get(node)!;
const kept = (node: HTMLElement) => node.querySelector(".ts-kept-picture");

test("a lost widget of ours shows picture and facts, and others are left as they are", () => {
  const data = { "image/png": [PNG, "\n"], "text/plain": "x[0]" };
  const [ours, others, error] = open(
    { said: LOST, data, metadata: OURS },
    { said: LOST, data, metadata: { "image/png": {} } },
    { said: "Error displaying widget", data, metadata: OURS },
  );
  vi.advanceTimersByTime(300);
  expect(kept(ours)?.textContent).toContain("run it again");
  const image = ours.querySelector("img")!;
  expect(image.getAttribute("src")).toBe(`data:image/png;base64,${PNG}`);
  expect(image.getAttribute("alt")).toBe("x[0]\nmax 3");
  expect(others.textContent).toBe(LOST);
  expect(error.textContent).toBe("Error displaying widget");
});

test("one that is on its way has a second to come, and takes its place whenever it does", async () => {
  const data = { "image/png": PNG, "text/plain": "x" };
  const [node] = open({ said: "Loading widget...", data, metadata: OURS });
  vi.advanceTimersByTime(900);
  expect(kept(node)).toBeNull();
  vi.advanceTimersByTime(500);
  expect(kept(node)?.textContent).toContain("waiting for the kernel");
  node.textContent = LOST; // as JupyterLab's renderer does in the end
  await Promise.resolve();
  vi.advanceTimersByTime(300);
  expect(kept(node)?.textContent).toContain("run it again");
  node.replaceChildren(document.createElement("canvas"));
  await Promise.resolve();
  vi.advanceTimersByTime(3000);
  expect(kept(node)).toBeNull();
});

test("one that is said to be lost is asked for once more: it may have come a moment later", async () => {
  const data = { "image/png": PNG, "text/plain": "x" };
  const output = { said: LOST, data, metadata: OURS };
  const [came, gone] = open(output, output);
  const asked: Output[] = [];
  // As JupyterLab's renderer does.
  const renders = (node: HTMLElement, ms: number, then: () => void) =>
    renderers(node).push({
      node,
      renderModel: async (model) => {
        asked.push(model);
        node.textContent = "Loading widget...";
        await new Promise((done) => setTimeout(done, ms));
        then();
      },
    });
  renders(came, 1500, () => came.replaceChildren(document.createElement("canvas")));
  renders(gone, 2000, () => {
    gone.textContent = LOST;
  });
  await vi.advanceTimersByTimeAsync(300);
  for (const node of [came, gone]) expect(kept(node)?.textContent).toContain("waiting for");
  await vi.advanceTimersByTimeAsync(5000);
  expect(came.innerHTML).toBe("<canvas></canvas>");
  expect(kept(gone)?.textContent).toContain("run it again");
  expect(asked).toEqual([output, output]);
});

test("without a picture it is the text; of a link the pictures, and no markup", () => {
  const html = `<img alt="a" src="data:image/png;base64,${PNG}"><script>window.bad = 1</script>
    <img alt="far" src="https://example.org/x.png">
    <table><tr><td colspan="6" onclick="window.bad = 2">act<b>bold</b></td></tr></table>`;
  const [text, link] = open(
    { said: LOST, data: { "text/plain": ["<Scope x", " = 3.5>"] }, metadata: OURS },
    { said: LOST, data: { "text/html": html, "text/plain": "<Link>" }, metadata: OURS },
  );
  vi.advanceTimersByTime(300);
  expect(text.querySelector("pre")?.textContent).toBe("<Scope x = 3.5>");
  expect([...link.querySelectorAll("img")].map((image) => image.alt)).toEqual(["a"]);
  expect(link.querySelector("td")?.textContent).toBe("act");
  expect(link.querySelector("td")?.getAttribute("onclick")).toBeNull();
  expect(link.querySelector("script")).toBeNull();
  expect("bad" in window).toBe(false);
});

test("what JupyterLab loads is a module that it can write on", async () => {
  const module = (await container.get())();
  expect(module.default.autoStart).toBe(true);
  expect(Object.isExtensible(module)).toBe(true);
});
