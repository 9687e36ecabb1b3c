// @vitest-environment happy-dom
// A key that is held, and a pointer that rests: what the kernel is told and asked meanwhile.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mountScope, prepare, press, settle, unmount } from "./mounted";
import { stepped } from "./stepped";

beforeEach(prepare);
afterEach(unmount);

describe("a held key", () => {
  it("tells the kernel of some steps, and of the last", async () => {
    const { kernel, step, selection, root } = await stepped();
    const updates = () => kernel.requests.filter((request) => request.kind === "update").length;
    const before = updates();
    for (let k = 3; k < 13; k++) {
      step();
      await settle(30);
      expect(selection()).toBe(`[0, ${k}, :, :]`);
    }
    await settle();
    expect(updates() - before).toBeLessThan(7);
    expect(kernel.state.expr).toBe("[0, 12, :, :]");
    expect(root.dataset.serial).toBe(String(kernel.serial));
    expect(root.querySelector('[aria-busy="true"]')).toBeNull();
  });

  it("never goes back where the kernel takes longer than its steps", async () => {
    for (const delay of [40, 120, 160]) {
      const { kernel, model, step, selection } = await stepped();
      model.delay = delay;
      for (let k = 3; k < 12; k++) {
        step();
        for (let wait = 0; wait < 33; wait += 11) {
          await settle(11);
          expect(selection()).toBe(`[0, ${k}, :, :]`);
        }
      }
      for (let wait = 0; wait < 600; wait += 20) {
        await settle(20);
        expect(selection()).toBe("[0, 11, :, :]");
      }
      expect(kernel.state.expr).toBe("[0, 11, :, :]");
      unmount();
      prepare();
    }
  });

  it("never goes back to a step that was held back while another was on its way", async () => {
    const { kernel, model, step, selection } = await stepped();
    model.delay = 120;
    step();
    await settle(50);
    step(); // held, and sent as the first is not answered yet
    await settle(60);
    step();
    for (let wait = 0; wait < 800; wait += 10) {
      await settle(10);
      expect(selection()).toBe("[0, 5, :, :]");
    }
    expect(kernel.state.expr).toBe("[0, 5, :, :]");
  });

  it("has nothing counted of a step that the kernel has not been told of", async () => {
    const { model, step, selection, where } = await stepped();
    await where("x > 1");
    step(); // fetches what comes next under the condition
    await settle();
    const send = model.send.bind(model);
    const counted: [number | undefined, string][] = [];
    let told: number | undefined;
    vi.spyOn(model, "send").mockImplementation((message, ...more) => {
      const { kind, patch } = message as { kind: string; patch?: { index?: [number, number] } };
      told = patch?.index?.[1] ?? told;
      if (kind === "hits" || kind === "stats") counted.push([told, selection()]);
      return send(message, ...more);
    });
    for (let k = 0; k < 12; k++) {
      step();
      await settle(30);
    }
    await settle();
    expect(counted.length).toBeGreaterThan(1);
    for (const [index, shown] of counted) expect(shown).toBe(`[0, ${index}, :, :]`);
  });

  it("is followed by nothing that leaves before its last step", async () => {
    const { kernel, model, step, where } = await stepped();
    for (let k = 0; k < 3; k++) {
      step();
      await settle(30);
    }
    await where("x > 1");
    const patches = model.sent.flatMap(({ patch }) => (patch ? [patch] : []));
    expect(patches.slice(-2)).toEqual([{ index: [1, 5] }, { where: "x > 1" }]);
    expect(kernel.state.expr).toBe("[0, 5, :, :]");
  });
});

describe("what the pointer rests on", () => {
  /** A scope whose slider of dim 1 is so wide that an index takes two pixels. */
  async function pointed() {
    const scope = mountScope("act");
    await settle();
    const slider = scope.named<HTMLInputElement>("dim 1", "[type=range]");
    Object.defineProperty(slider, "clientWidth", { value: 2 * 63 + 14 });
    const hovered = vi.spyOn(slider, "matches").mockReturnValue(true);
    const move = (index: number, buttons = 0) => {
      const event = new PointerEvent("pointermove", { bubbles: true, buttons });
      Object.defineProperty(event, "offsetX", { value: 7 + 2 * index });
      slider.dispatchEvent(event);
    };
    scope.root.querySelector(".ts-dims")?.dispatchEvent(new PointerEvent("pointerenter"));
    await settle();
    const asked = () =>
      scope.model.sent.flatMap(({ kind, index }) => (kind === "ahead" ? [index] : []));
    return { ...scope, slider, hovered, move, asked };
  }

  it("is fetched, and shown at once when it is pressed", async () => {
    const { model, slider, move, asked, named } = await pointed();
    move(10);
    await settle(10);
    move(40);
    await settle(300);
    expect(asked()).toEqual([[1, [40]]]);
    model.delay = 5000;
    slider.value = "40";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await settle(20);
    expect(named<HTMLInputElement>("Selection").value).toBe("[0, 40, :, :]");
  });

  it("is not fetched while a slider is dragged, nor once the pointer has left it", async () => {
    const { hovered, move, asked } = await pointed();
    move(40, 1);
    await settle(300);
    hovered.mockReturnValue(false);
    move(30);
    await settle(300);
    expect(asked()).toEqual([]);
  });

  it("is the way to the first step too", async () => {
    const { model, move, named, slider } = await pointed();
    slider.focus();
    move(1);
    await settle(300);
    model.delay = 5000;
    press(named("Heatmap"), "]");
    await settle(20);
    expect(named<HTMLInputElement>("Selection").value).toBe("[0, 1, :, :]");
  });
});
