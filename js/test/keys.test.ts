// @vitest-environment happy-dom
// Keys: where the focus goes, what a press is one step of, and which of them the host hears.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mountScope, prepare, press, settle, unmount } from "./mounted";

beforeEach(prepare);
afterEach(unmount);

describe("a scope", () => {
  it("tells which changes are of one press: a drag, or a key that is held, is one step", async () => {
    const { model, named } = mountScope("act");
    await settle();
    model.sent.length = 0;
    const handle = named("Threshold");
    for (const repeat of [false, true, true, false]) {
      press(handle, "ArrowLeft", { repeat });
      await settle();
    }
    const down = () => handle.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    for (const key of ["Shift", "Shift"]) {
      down();
      press(handle, key, { repeat: true }); // held before the pointer was pressed
      press(handle, "ArrowLeft", { repeat: true });
      await settle();
    }
    const told = model.sent.filter((m) => m.kind === "update").map((m) => Number(m.press));
    expect(told.map((press) => press - told[0])).toEqual([0, 0, 0, 1, 2, 3]);
  });

  it("keeps the focus in a dim whose controls are replaced", async () => {
    const { kernel, named } = mountScope("act");
    await settle();
    const grip = named("Move dim 1");
    const focusAndPress = async (target: HTMLElement, key: string) => {
      target.focus();
      press(target, key);
      await settle();
    };
    await focusAndPress(named("dim 1", "[type=range]"), "g");
    expect(kernel.roles.grid).toBe(1);
    expect(document.activeElement).toBe(grip);
    await focusAndPress(named("dim 1 start"), "m");
    expect(kernel.state.expr).toBe("[0, mean, :, :]");
    expect(document.activeElement).toBe(grip);
    press(grip, "i");
    await settle();
    expect(kernel.state.expr).toBe("[0, 0, :, :]");
    // What stays keeps the focus.
    await focusAndPress(named("dim 2 start"), "c");
    expect(document.activeElement).toBe(named("dim 2 start"));
  });

  it("keeps keys from JupyterLab, but for those with Ctrl or Cmd that are not its own", async () => {
    const { root, named } = mountScope("act");
    await settle();
    const heat = named("Heatmap");
    const kept = (key: string, more: KeyboardEventInit = {}) => {
      press(heat, key, more);
      const marks = [heat, root].map((el) => el.hasAttribute("data-lm-suppress-shortcuts"));
      expect(marks[0]).toBe(marks[1]);
      return marks[0];
    };
    expect(["x", "Enter", "Escape", "ArrowDown"].every((key) => kept(key))).toBe(true);
    for (const key of ["s", "b", "Enter"]) expect(kept(key, { ctrlKey: true })).toBe(false);
    expect(kept("s", { metaKey: true })).toBe(false);
    expect(kept("x")).toBe(true);
    for (const key of ["z", "Z", "y", "c", "a", "ArrowDown", "Home"]) {
      expect(kept(key, { ctrlKey: true })).toBe(true);
    }
    expect(kept("q", { ctrlKey: true, altKey: true })).toBe(true); // AltGr
  });
});
