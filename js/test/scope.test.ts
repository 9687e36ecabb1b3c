// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { enter, leave, mountScope, prepare, press, settle, type, unmount } from "./mounted";

beforeEach(prepare);
afterEach(unmount);

describe("a scope", () => {
  it("has the names and roles that people and tests rely on", async () => {
    const { root, named } = mountScope("act");
    await settle();
    expect(named("act").tagName).toBe("SECTION");
    expect(named<HTMLInputElement>("Selection").value).toBe("[0, 0, :, :]");
    expect(named("Where").tagName).toBe("INPUT");
    expect(named("dim 1", "[type=range]")).toBeTruthy();
    expect(named("dim 1", "[type=number]")).toBeTruthy();
    expect(named("dim 0", "[type=range]")).toBeNull();
    for (const name of ["Rows", "Columns", "Grid", "Reduce"]) {
      expect(named(name).tagName).toBe("SELECT");
    }
    expect(named("Heatmap").getAttribute("role")).toBe("application");
    expect(named("Heatmap").tagName).toBe("CANVAS");
    expect(named("Heatmap").tabIndex).toBe(0);
    expect(named("Threshold").getAttribute("role")).toBe("slider");
    for (const name of ["Value", "Code", "Summary", "Hit count"]) {
      expect(named(name).getAttribute("role")).toBe("status");
    }
    expect(named("Copy code").tagName).toBe("BUTTON");
    expect(named("Hits", "table")).toBeTruthy();
    expect(root.querySelector("[role=alert]")).toBeTruthy();
    expect(named("Reduce").textContent).toContain("mean over dim 1");
    expect(root.dataset.state).toBe("ready");
    expect(root.dataset.serial).toBe("1");
    expect(root.hasAttribute("data-lm-suppress-shortcuts")).toBe(true);
  });

  it("typed selections move it; a wrong one is answered in place and nothing else changes", async () => {
    const { kernel, root, named } = mountScope("act");
    await settle();
    const box = named<HTMLInputElement>("Selection");
    await enter(box, "[0, 20, :, :]");
    expect(kernel.state.expr).toBe("[0, 20, :, :]");
    expect(named<HTMLInputElement>("dim 1", "[type=number]").value).toBe("20");

    await enter(box, "[0, 20, 60, :]");
    const alert = root.querySelector("[role=alert]")!;
    expect(alert.textContent).toBe(
      "dim 2 index 60 is out of range: shape (1, 64, 56, 56), allowed -56…55",
    );
    expect(root.querySelector(".ts-wave u")?.textContent).toBe("60");
    expect(root.textContent).toContain("still showing [0, 20, :, :]");
    expect(box.value).toBe("[0, 20, 60, :]");
    expect(root.dataset.serial).toBe("2");

    press(box, "Escape");
    await settle();
    expect(alert.textContent).toBe("");
    expect(box.value).toBe("[0, 20, :, :]");
  });

  it("says which condition still stands where another one cannot be read", async () => {
    const { named, root } = mountScope("act");
    await settle();
    const box = named<HTMLInputElement>("Where");
    for (const text of ["x >", "x > 1", "foo(x) > 1"]) {
      await enter(box, text);
      const said = root.querySelector(".ts-still")?.textContent;
      expect(said).toBe(text === "foo(x) > 1" ? "still showing x > 1" : undefined);
    }
  });

  it("without a pin tells what the slice holds, and leads to its extremes", async () => {
    const { kernel, named, root } = mountScope("weights");
    await settle();
    const panel = named("Pinned value");
    expect(panel.textContent).toContain("Slice[:, :]");
    expect(panel.textContent).toMatch(/mean-?[\d.]+ ± [\d.]+zero[\d.]+ % · 0 nan · 0 inf/);
    const all = Array.from({ length: 96 }, (_, i) => [Math.floor(i / 12), i % 12]);
    const values = all.map((cell) => kernel.tensor.at(cell));
    const largest = all[values.indexOf(Math.max(...values))];
    root.querySelector<HTMLButtonElement>("[title='Go to the max']")!.click();
    await settle();
    expect(kernel.cell).toEqual(largest);
    expect(panel.textContent).toContain(`[${largest.join(", ")}]`);
    expect(panel.textContent).not.toContain("Slice");
  });

  it("a selection that is entered as it stands is not held against what comes next", async () => {
    const { kernel, named } = mountScope("act");
    await settle();
    const box = named<HTMLInputElement>("Selection");
    await enter(box, "[0, 3, :, :]");
    await enter(box, "[0, 3, :, :]");
    const slider = named<HTMLInputElement>("dim 1", "[type=range]");
    slider.value = "12";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await settle();
    expect(box.value).toBe("[0, 12, :, :]");
    box.dispatchEvent(new FocusEvent("blur"));
    await settle();
    expect(kernel.state.expr).toBe("[0, 12, :, :]");
  });

  it("what is being typed for a dim outlives the pictures that arrive meanwhile", async () => {
    const { kernel, model, named, root } = mountScope("act");
    await settle();
    const number = named<HTMLInputElement>("dim 1", "[type=number]");
    const slice = named<HTMLInputElement>("dim 2 slice");
    type(number, "20");
    type(slice, "10:30");
    kernel.update({ where: "x > 1" }); // another view of the scope, say
    model.emit("msg:custom", { v: 1, push: "state", state: kernel.state, info: null });
    await settle();
    expect(named<HTMLInputElement>("Where").value).toBe("x > 1");
    expect([number.value, slice.value]).toEqual(["20", "10:30"]);
    press(number, "Enter");
    press(slice, "Enter");
    await settle();
    expect(kernel.state.expr).toBe("[0, 20, 10:30, :]");
    expect([number.value, slice.value]).toEqual(["20", "10:30"]);
    type(number, "7");
    press(number, "Escape");
    await settle();
    expect(number.value).toBe("20");
    number.dispatchEvent(new FocusEvent("blur"));
    await settle();
    expect(kernel.state.expr).toBe("[0, 20, 10:30, :]");
    type(number, "99"); // there are 64
    press(number, "Enter");
    await settle();
    expect(root.querySelector("[role=alert]")?.textContent).toContain("99");
    expect(number.value).toBe("99"); // to be mended
  });

  it("a drag sends few messages, and ends where the hand ended", async () => {
    const { kernel, model, named } = mountScope("act");
    await settle();
    model.sent.length = 0;
    const slider = named<HTMLInputElement>("dim 1", "[type=range]");
    for (let i = 1; i <= 30; i++) {
      slider.value = String(i);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await settle();
    expect(kernel.state.expr).toBe("[0, 30, :, :]");
    expect(model.sent.filter((m) => m.kind === "update").length).toBeLessThanOrEqual(3);
    expect(slider.value).toBe("30");
  });

  it("arrow keys move the cursor, Enter pins; Value and Code follow", async () => {
    const { kernel, named } = mountScope("act");
    await settle();
    const heat = named("Heatmap");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) {
      expect(press(heat, key).defaultPrevented).toBe(true);
    }
    await settle();
    const value = kernel.text([0, 0, 1, 1]);
    expect(named("Value").textContent).toBe(`[0, 0, 1, 1] ${value}`);
    expect(named("Value").getAttribute("aria-live")).toBe("polite");
    expect(named("Code").textContent).toBe("act[0, 0, 1, 1].item()");
    press(heat, "Enter");
    await settle();
    expect(kernel.cell).toEqual([0, 0, 1, 1]);
    expect(named("Pinned value").textContent).toContain(value);
    press(heat, "Escape");
    press(heat, "Escape");
    await settle();
    expect(kernel.cell).toBeNull();
    expect(named("Value").textContent).toBe("[0, 0, :, :] → (56, 56)");
    expect(named("Code").textContent).toBe("act[0, 0, :, :].detach().clone().numpy()");
  });

  it("a condition lists its hits; a click on one pins it; the handle moves it", async () => {
    const { kernel, root, named } = mountScope("act");
    await settle();
    const where = named<HTMLInputElement>("Where");
    await enter(where, "x > 1.8");
    const count = kernel.state.hits!.count;
    expect(count).toBeGreaterThan(7);
    expect(named("Hit count").textContent).toBe(`${count} of 3,136`);
    const rows = root.querySelectorAll<HTMLElement>("table[aria-label=Hits] tbody tr");
    expect(rows).toHaveLength(7);
    rows[0].click();
    await settle();
    expect(`[${kernel.cell?.join(", ")}]`).toBe(rows[0].querySelector("td")?.textContent);
    press(named("Threshold"), "ArrowLeft");
    await settle();
    expect(kernel.where).toBe("x > 1.7");
    await enter(where, "");
    expect(kernel.where).toBeNull();
    expect(named("Hit count").textContent).toBe("");
  });

  it("hits furthest past the threshold stand first, on either side of it", async () => {
    const { model, root, named } = mountScope("act");
    await settle();
    const asked = async (where: string) => {
      type(named<HTMLInputElement>("Where"), where);
      press(named("Where"), "Enter");
      await settle();
      return model.sent.filter((message) => message.kind === "hits").at(-1)?.sort;
    };
    expect(await asked("x > 1")).toBe("-value");
    expect(await asked("x < -1")).toBe("value");
    const shown = [...root.querySelectorAll("table[aria-label=Hits] tbody tr td:nth-child(2)")];
    const values = shown.map((one) => Number(one.textContent));
    expect(values).toHaveLength(7);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(await asked("isnan(x)")).toBe("-value");
    // What was chosen by hand stays.
    root.querySelector<HTMLElement>("table[aria-label=Hits] th button")?.click();
    await settle();
    expect(await asked("x < -1.5")).toBe("index");
  });

  it("lists the ten first on request, and the hits again with a new condition", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    const menu = named<HTMLSelectElement>("Top 10");
    menu.value = "magnitude";
    menu.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(model.sent.at(-1)).toMatchObject({ kind: "topk", k: 10, largest: true, by: "abs" });
    const rows = () => [...named("Hits", "table").querySelectorAll("tbody tr")];
    expect(rows().length).toBe(10);
    expect(root.textContent).toContain("10 largest magnitudes");
    expect(root.querySelector("[aria-label='Next page']")).toBeNull();
    rows()[9].querySelector("button")!.click();
    await settle();
    expect(kernel.cell).toEqual(
      JSON.parse(rows()[9].textContent!.replace(/\].*/, "]")) as number[],
    );
    type(named<HTMLInputElement>("Where"), "x > 100");
    press(named("Where"), "Enter");
    await settle();
    expect(rows().length).toBe(0);
    expect(root.textContent).toContain("No hits for x > 100");
  });

  it("colours are picked by name; the range is reset by a button", async () => {
    const { kernel, named } = mountScope("act");
    await settle();
    const menu = named<HTMLSelectElement>("Colours");
    menu.value = "viridis";
    menu.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(kernel.state.colour.map).toBe("viridis");
    const reset = named<HTMLButtonElement>("Reset colour range");
    expect(reset.disabled).toBe(true);
    press(named("Colour range low"), "ArrowRight");
    await settle();
    expect(kernel.state.colour.range).not.toBeNull();
    reset.click();
    await settle();
    expect(kernel.state.colour.range).toBeNull();
  });

  it("Code speaks of what Value shows, until a kind is chosen; touching ends that", async () => {
    const { named, root } = mountScope("act");
    await settle();
    const expr = async (text: string) => {
      type(named<HTMLInputElement>("Selection"), text);
      press(named("Selection"), "Enter");
      await settle();
    };
    const pick = (name: string) =>
      [...named("Code for").querySelectorAll("button")]
        .find((b) => b.textContent === name)!
        .click();
    await expr("[0, 3, 5, 5]");
    await expr("[0, 3, :, :]");
    expect(named("Value").textContent).toContain("[0, 3, 5, 5]");
    expect(named("Code").textContent).toBe("act[0, 3, 5, 5].item()");
    pick("Slice");
    await settle();
    expect(named("Code").textContent).not.toContain("item()");
    await expr("[0, 4, :, :]");
    expect(named("Code").textContent).toBe("act[0, 3, 5, 5].item()");
    press(named("Heatmap"), "Escape");
    await settle();
    expect(root.querySelector("[aria-label=Code]")!.textContent).not.toContain("item()");
  });

  it("roles by combobox and by key", async () => {
    const { kernel, named } = mountScope("act");
    await settle();
    const pick = async (name: string, value: string) => {
      const select = named<HTMLSelectElement>(name);
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      await settle();
    };
    await pick("Reduce", "1 mean");
    expect(kernel.state.expr).toBe("[0, mean, :, :]");
    await pick("Reduce", "");
    expect(kernel.state.expr).toBe("[0, 0, :, :]");
    await pick("Grid", "1");
    expect(kernel.roles.grid).toBe(1);
    press(named("Move dim 1"), "i");
    await settle();
    expect(kernel.state.expr).toBe("[0, 0, :, :]");
    press(named("Move dim 1"), "c");
    await settle();
    expect(kernel.roles.columns).toBe(1);
    press(named("Heatmap"), "t");
    await settle();
    expect(kernel.roles).toMatchObject({ rows: 1, columns: 2 });
  });

  it("follows Python: a push moves it, and it asks for its own frame", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    kernel.update({ expr: "[0, 7, :, :]" });
    model.emit("msg:custom", { v: 1, push: "state", state: kernel.state, info: null });
    expect(model.sent.at(-1)?.kind).toBe("frame");
    await settle();
    expect(named<HTMLInputElement>("Selection").value).toBe("[0, 7, :, :]");
    expect(root.dataset.serial).toBe(String(kernel.serial));
    model.emit("msg:custom", { v: 1, push: "closed", message: "closed by Python" });
    await settle();
    expect(root.dataset.state).toBe("dead");
    expect(root.textContent).toContain("closed by Python");
  });

  it("leaves nothing behind", async () => {
    const { model, el } = mountScope("act");
    await settle();
    leave();
    expect(model.listening).toBe(0);
    expect(el.children).toHaveLength(0);
    await settle(5000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
