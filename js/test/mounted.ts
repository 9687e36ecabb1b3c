// A scope on a fake page with a fake kernel, for tests of components: time stands still in between.
import { vi } from "vitest";
import { FakeKernel } from "../dev/kernel";
import { FakeModel } from "../dev/model";
import { TENSORS } from "../dev/tensors";
import * as all from "../src/extras";
import { extras } from "../src/late";
import widget from "../src/widget";

/** A canvas context that takes every call; what was painted is told by data-serial. */
function fakeContext() {
  return new Proxy({} as Record<string, unknown>, {
    get: (target, name) =>
      name === "createImageData"
        ? (w: number, h: number) => ({ data: new Uint8ClampedArray(4 * w * h) })
        : (target[name as string] ?? (() => undefined)),
    set: (target, name, value) => {
      target[name as string] = value;
      return true;
    },
  });
}

let clean: (() => void) | null = null;

export function mountScope(tensor: string, options: { dead?: boolean; snapshot?: unknown } = {}) {
  const kernel = new FakeKernel(TENSORS[tensor]);
  const model = new FakeModel(options.dead ? null : kernel, {
    info: kernel.info,
    snapshot: options.snapshot ?? {},
  });
  const el = document.createElement("div");
  document.body.append(el);
  clean = widget.render({ model, el });
  const root = el.querySelector<HTMLElement>(".tensorscope")!;
  const named = <T extends HTMLElement>(name: string, more = "") =>
    root.querySelector<T>(`[aria-label="${name}"]${more}`)!;
  return { kernel, model, el, root, named, settle };
}

/** Takes the widget off the page. */
export function leave() {
  clean?.();
  clean = null;
}

export const settle = (ms = 400) => vi.advanceTimersByTimeAsync(ms);

export function press(target: HTMLElement, key: string, more: KeyboardEventInit = {}) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}

export function type(box: HTMLInputElement, text: string) {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
}

/** Types a text, enters it, and waits for the answer. */
export async function enter(box: HTMLInputElement, text: string) {
  type(box, text);
  press(box, "Enter");
  await settle();
}

/** To be called before each test. */
export function prepare() {
  extras.value = all; // no module can be loaded here
  vi.useFakeTimers();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    fakeContext as unknown as HTMLCanvasElement["getContext"],
  );
}

/** To be called after each test. */
export function unmount() {
  leave();
  vi.useRealTimers();
  vi.restoreAllMocks();
  document.body.replaceChildren();
}
