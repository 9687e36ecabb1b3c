// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { readSkin, watchTheme } from "../src/skin";

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe("the theme", () => {
  it("is read again once the host has put the element on the page", () => {
    const observers: (() => void)[] = [];
    class Observer {
      constructor(private readonly told: () => void) {}
      observe() {
        observers.push(this.told);
      }
      disconnect() {
        observers.splice(observers.indexOf(this.told), 1);
      }
    }
    vi.stubGlobal("ResizeObserver", Observer);
    const root = document.createElement("div");
    const themes = [readSkin(root).theme];
    const stop = watchTheme(root, () => themes.push(readSkin(root).theme));
    for (const told of [...observers]) told(); // an observer is called at once, placed or not
    const page = document.createElement("main");
    page.style.backgroundColor = "rgb(17, 17, 17)";
    page.append(root);
    document.body.append(page);
    for (const told of [...observers]) told(); // it has a size now
    expect(themes).toEqual(["light", "dark"]);
    expect(observers).toEqual([]); // sizes after the first are no news
    stop();
  });

  it("is that of the page around a shadow tree, whatever the system prefers", () => {
    vi.stubGlobal("matchMedia", () => ({ matches: true }));
    const [page, host, root] = ["main", "div", "div"].map((tag) => document.createElement(tag));
    page.style.backgroundColor = "rgb(255, 255, 255)";
    host.attachShadow({ mode: "open" }).append(root);
    page.append(host);
    document.body.append(page);
    expect(readSkin(root).theme).toBe("light");
    page.style.backgroundColor = "rgb(17, 17, 17)";
    expect(readSkin(root).theme).toBe("dark");
    // As a page tells of what it mixed of other colours.
    const told = vi.spyOn(window, "getComputedStyle");
    const mixed = (backgroundColor: string) =>
      told.mockReturnValue({
        backgroundColor,
        color: "",
        getPropertyValue: () => "",
      } as unknown as CSSStyleDeclaration);
    mixed("color(srgb 1 1 1)");
    expect(readSkin(root).surface).toEqual([255, 255, 255]);
    mixed("color(srgb 0.1 1e-05 0.2 / 0.9)");
    expect(readSkin(root).theme).toBe("dark");
    expect(readSkin(root).surface[0]).toBeCloseTo(25.5);
    for (const unread of ["color(srgb 1 1 1 / 0.2)", "rgba(9, 9, 9, 0)", "oklch(0.5 0 0)", ""]) {
      mixed(unread);
      expect(readSkin(root).surface).toEqual([17, 17, 17]); // what the system prefers
    }
  });
});
