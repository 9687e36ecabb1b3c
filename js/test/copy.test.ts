// @vitest-environment happy-dom
// What is copied is what the kernel has confirmed: a change on its way is waited for.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Changes } from "../src/changes";
import { mountScope, prepare, press, settle, type, unmount } from "./mounted";

const copies: string[] = [];

beforeEach(() => {
  prepare();
  copies.length = 0;
  vi.stubGlobal("navigator", {
    ...navigator,
    clipboard: { writeText: async (text: string) => void copies.push(text) },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  unmount();
});

/** A scope whose kernel takes a while, with a step of a slider on its way there. */
async function moved(delay: number | null) {
  const scope = mountScope("act");
  await settle();
  scope.model.delay = delay;
  const slider = scope.named<HTMLInputElement>("dim 1", "[type=range]");
  type(slider, "20");
  return scope;
}

describe("copying", () => {
  it("waits for a change that is on its way, and says so", async () => {
    const { named } = await moved(500);
    const button = named("Copy code");
    button.click();
    await settle(100);
    expect(copies).toEqual([]);
    expect(button.title).toBe("Waiting for the kernel…");
    expect(button.getAttribute("aria-busy")).toBe("true");
    button.click(); // impatient: one answer is enough
    await settle(500);
    expect(copies).toEqual(["act[0, 20, :, :].detach().clone().numpy()"]);
    expect(button.title).toBe("Copied");
    expect(button.getAttribute("aria-busy")).toBe("false");
  });

  it("waits for the last of a drag, which is held back for a frame", async () => {
    const { named } = await moved(50);
    const slider = named<HTMLInputElement>("dim 1", "[type=range]");
    for (const at of ["21", "22", "23"]) type(slider, at);
    named("Copy code").click();
    await settle(1000);
    expect(copies).toEqual(["act[0, 23, :, :].detach().clone().numpy()"]);
  });

  it("by key waits likewise", async () => {
    const { named } = await moved(500);
    press(named("Heatmap"), "c", { ctrlKey: true });
    await settle(100);
    expect(copies).toEqual([]);
    await settle(500);
    expect(copies).toEqual(["act[0, 20, :, :].detach().clone().numpy()"]);
  });

  it("of the numbers' code waits likewise", async () => {
    const { kernel, model, named } = mountScope("act");
    const plain = kernel.answer.bind(kernel);
    vi.spyOn(kernel, "answer").mockImplementation((message) =>
      message.kind === "code"
        ? [{ v: 1, req: message.req, ok: true, code: `code of ${message.expr}` }, []]
        : plain(message),
    );
    await settle();
    named("Table").click();
    await settle();
    model.delay = 100;
    type(named<HTMLInputElement>("dim 1", "[type=range]"), "20");
    const menu = named<HTMLSelectElement>("Copy");
    menu.value = "code";
    menu.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(copies).toEqual(["code of [0, 20, 0:56, 0:56]"]);
  });

  it("takes what is known where no answer comes, and says so", async () => {
    const { named, root } = await moved(null);
    named("Copy state").click();
    await settle(3100);
    expect(copies).toEqual(["ts.scope(act)"]);
    expect(root.querySelector("[role=alert]")?.textContent).toContain(
      "what is shown now was copied",
    );
    expect(named("Copy state").title).not.toBe("Copied");
  });

  it("does not wait for a kernel that has gone", async () => {
    const { model, named, root } = await moved(null);
    named("Copy state").click();
    model.emit("msg:custom", { v: 1, push: "closed", message: "the scope was closed" });
    await settle(10);
    expect(copies).toHaveLength(1);
    expect(root.querySelector("[role=alert]")?.textContent).toContain("was copied");
    named("Copy state").click();
    await settle(10);
    expect(copies).toHaveLength(2);
  });

  it("of a change that was refused takes what stands", async () => {
    const { model, named } = mountScope("act");
    await settle();
    model.delay = 100;
    const box = named<HTMLInputElement>("Selection");
    type(box, "[0, 99, :, :]");
    press(box, "Enter");
    named("Copy code").click();
    await settle();
    expect(copies).toEqual(["act[0, 0, :, :].detach().clone().numpy()"]);
    expect(named("Copy code").title).toBe("Copied");
  });
});

describe("changes", () => {
  it("are settled when all are answered, whoever asks", async () => {
    const changes = new Changes();
    expect(await changes.settle()).toBe(true);
    changes.begin();
    changes.begin();
    const both = Promise.all([changes.settle(), changes.settle()]);
    changes.end();
    expect(changes.settled()).toBe(false);
    changes.end();
    expect(await both).toEqual([true, true]);
  });
});
