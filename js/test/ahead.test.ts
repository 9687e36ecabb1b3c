// @vitest-environment happy-dom
// Steps that are shown before the kernel has answered, and what its answer does to them.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { prepare, press, settle, type, unmount } from "./mounted";
import { stepped } from "./stepped";

beforeEach(prepare);
afterEach(unmount);

describe("a step", () => {
  it("is shown at once, and confirmed by the kernel without a second picture", async () => {
    const { kernel, model, root, step, selection } = await stepped();
    const before = root.dataset.serial;
    model.delay = 5000;
    step();
    await settle(20);
    expect(selection()).toBe("[0, 3, :, :]");
    expect(root.dataset.picture).toBe(`${before} 3`);
    expect(root.dataset.serial).toBe(before);
    await settle(1000);
    expect(root.dataset.state).toBe("waiting");
    await settle(5000);
    expect(root.dataset.serial).toBe(String(kernel.serial));
    expect(root.dataset.picture).toBe(`${before} 3`);
    expect(root.dataset.state).toBe("ready");
    const updates = kernel.requests.filter((request) => request.kind === "update");
    expect(updates.map((request) => typeof request.known)).toEqual([
      "undefined",
      "undefined",
      "string",
    ]);
  });

  it("back is shown at once too", async () => {
    const { model, named, selection } = await stepped();
    model.delay = 5000;
    press(named("Heatmap"), "[");
    await settle(20);
    expect(selection()).toBe("[0, 1, :, :]");
  });

  it("is not undone by answers to the ones before", async () => {
    const { model, step, selection, root } = await stepped();
    model.delay = 900;
    step();
    await settle(100);
    step();
    await settle(100);
    step();
    await settle(20);
    for (let k = 0; k < 40; k++) {
      expect(selection()).toBe("[0, 5, :, :]");
      await settle(100);
    }
    expect(root.dataset.state).toBe("ready");
  });

  it("does not stand in the way of later ones that were not fetched", async () => {
    const { model, step, selection, named } = await stepped();
    model.delay = 300;
    step(); // shown ahead
    await settle(20);
    const seen = new Set<string>();
    for (let k = 0; k < 5; k++) {
      press(named("Heatmap"), "}"); // ten on, and on, before the kernel has answered
      await settle(200);
      seen.add(selection());
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it("has a heading over its statistics that names what they are of", async () => {
    const { model, root, step, selection } = await stepped();
    const heading = () => root.querySelector(".ts-panel-value .ts-panel-head")?.textContent;
    expect(heading()).toContain("[0, 2, :, :]");
    model.delay = 1000;
    step();
    await settle(20);
    expect(selection()).toBe("[0, 3, :, :]");
    expect(heading()).toContain("[0, 2, :, :]");
    expect(root.querySelector(".ts-detail")?.getAttribute("aria-busy")).toBe("true");
    await settle(4000);
    expect(heading()).toContain("[0, 3, :, :]");
    expect(root.querySelector(".ts-detail")?.getAttribute("aria-busy")).toBe("false");
  });

  it("that is taken back by hand has its statistics anew", async () => {
    const { kernel, model, root, step, named, selection } = await stepped();
    const asked = () => kernel.requests.filter((request) => request.kind === "stats").length;
    const before = asked();
    model.delay = 100;
    step();
    await settle(30);
    press(named("Heatmap"), "["); // before the kernel has answered
    await settle(2000);
    expect(selection()).toBe("[0, 2, :, :]");
    expect(kernel.state.expr).toBe("[0, 2, :, :]");
    expect(asked()).toBeGreaterThan(before);
    expect(root.querySelector('[aria-busy="true"]')).toBeNull();
  });

  it("is taken back where the kernel refuses it", async () => {
    const { kernel, model, root, step, selection, named } = await stepped();
    const before = root.dataset.picture;
    model.delay = 900;
    vi.spyOn(kernel, "update").mockImplementationOnce(() => {
      throw Object.assign(new Error("no such index"), { kind: "BOUNDS", field: "slot" });
    });
    step();
    await settle(20);
    expect(selection()).toBe("[0, 3, :, :]");
    await settle(2000);
    expect(selection()).toBe("[0, 2, :, :]");
    expect(root.dataset.picture).toBe(before);
    expect(root.textContent).toContain("no such index");
    expect(root.querySelector('[aria-busy="true"]')).toBeNull();
    expect(named("Heatmap")).toBeTruthy();
  });

  it("is taken back to what the kernel told meanwhile", async () => {
    const { kernel, model, step, selection, named, root } = await stepped();
    model.delay = 900;
    press(named("Heatmap"), "}"); // to 12
    const update = kernel.update.bind(kernel);
    vi.spyOn(kernel, "update").mockImplementation((patch) => {
      if (patch.index?.[1] === 13)
        throw Object.assign(new Error("not this one"), { kind: "BOUNDS" });
      update(patch);
    });
    await settle(20);
    step();
    await settle(3000);
    expect(kernel.state.expr).toBe("[0, 12, :, :]");
    expect(selection()).toBe("[0, 12, :, :]");
    expect(root.textContent).toContain("not this one");
  });

  it("is not mistaken for another one where something else is refused meanwhile", async () => {
    const { kernel, model, root, step, selection, named } = await stepped();
    model.delay = 500;
    const where = named<HTMLInputElement>("Where");
    type(where, "x >");
    press(where, "Enter");
    step();
    await settle(20);
    const picture = root.dataset.picture;
    expect(selection()).toBe("[0, 3, :, :]");
    await settle(3000);
    expect(selection()).toBe("[0, 3, :, :]");
    expect(kernel.state.expr).toBe("[0, 3, :, :]");
    expect(root.dataset.picture).toBe(picture);
    expect(root.dataset.serial).toBe(String(kernel.serial));
  });

  it("is taken back where the kernel has gone", async () => {
    const { model, root, step, selection } = await stepped();
    vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("Cannot send");
    });
    step();
    await settle();
    expect(root.dataset.state).toBe("dead");
    expect(selection()).toBe("[0, 2, :, :]");
  });
});

describe("what was fetched ahead", () => {
  it("gives way to what the tensor holds, and all of it is fetched anew", async () => {
    const { kernel, root, step, asked, selection } = await stepped();
    kernel.age++;
    step();
    await settle();
    expect(root.dataset.picture).toBe(String(kernel.serial)); // a picture of its own came
    expect(asked()).toBe(2);
    step();
    await settle();
    expect(selection()).toBe("[0, 4, :, :]");
    expect(root.dataset.picture).toBe(`${kernel.serial - 1} 4`);
  });

  it("is fetched again before it runs out", async () => {
    const { step, root, asked, kernel } = await stepped();
    for (let k = 3; k < 40; k++) {
      step();
      await settle();
      expect(root.dataset.picture).toBe(`${kernel.serial - 1} ${k}`);
    }
    expect(asked()).toBeLessThan(8);
  });

  it("comes to an end where few of them can be kept", async () => {
    const { kernel, step, asked, root } = await stepped();
    kernel.foresight = 2;
    kernel.weight = 2 ** 20;
    kernel.age++; // all is fetched anew
    for (let k = 3; k < 20; k++) {
      step();
      await settle(400);
    }
    const before = asked();
    await settle(5000);
    expect(asked()).toBe(before);
    step();
    await settle(400);
    expect(root.dataset.picture).toBe(`${kernel.serial - 1} 20`); // it was there
  });

  it("is of no use once a condition stands", async () => {
    const { kernel, root, step, where } = await stepped();
    await where("x > 1");
    step();
    await settle();
    expect(root.dataset.picture).toBe(String(kernel.serial));
    step();
    await settle();
    expect(root.dataset.picture).toBe(`${kernel.serial - 1} 4`);
    expect(root.textContent).toMatch(/\d of 3,136 · \d/);
  });

  it("is not asked for again of a kernel that tells nothing", async () => {
    const { kernel, step, asked, selection } = await stepped();
    kernel.foresight = 0;
    kernel.age++;
    for (let k = 0; k < 5; k++) {
      step();
      await settle();
    }
    expect(selection()).toBe("[0, 7, :, :]");
    expect(asked()).toBe(2);
  });

  it("has nothing beyond either end; both ends, and one on each side of a far jump", async () => {
    const { kernel, model, named, selection } = await stepped();
    const slider = named<HTMLInputElement>("dim 1", "[type=range]");
    const go = async (index: string) => {
      slider.value = index;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await settle();
    };
    const last = () => model.sent.findLast((message) => message.kind === "ahead")?.index;
    await go("40");
    expect(last()).toEqual([1, [41, 39]]); // the ends came with the first steps
    await go("63");
    expect(last()).toEqual([1, [62]]);
    expect(kernel.state.expr).toBe("[0, 63, :, :]");
    model.delay = 5000;
    slider.value = "0"; // Home
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await settle(20);
    expect(selection()).toBe("[0, 0, :, :]");
  });
});
