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
    const page = document.createElement("main");
    page.style.backgroundColor = "rgb(17, 17, 17)";
    page.append(root);
    document.body.append(page);
    for (const told of [...observers]) told(); // it has a size now
    expect(themes).toEqual(["light", "dark"]);
    expect(observers).toEqual([]); // sizes after the first are no news
    stop();
  });
});
