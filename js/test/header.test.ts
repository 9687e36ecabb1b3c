// @vitest-environment happy-dom
// Linked scopes side by side line up, whether all of them have a warning or only one.
import { h, render } from "preact";
import { afterEach, expect, it } from "vitest";
import { FakeKernel } from "../dev/kernel";
import { FakeModel } from "../dev/model";
import { TENSORS } from "../dev/tensors";
import { makeActions } from "../src/actions";
import { ScopeContext } from "../src/components/context";
import { Warnings } from "../src/components/Header";
import type { Stats } from "../src/protocol";
import { Store } from "../src/store";

afterEach(() => document.body.replaceChildren());

/** A store with so many NaN, whose widget lies at a height on the page. */
function made(nan: number, top: number) {
  const store = new Store(new FakeModel(new FakeKernel(TENSORS.act)));
  const warnings = nan ? [{ kind: "nan", message: `${nan} NaN`, cell: [0, 0, 1, 1] }] : [];
  store.stats.tensor.value = { warnings } as unknown as Stats;
  store.root = document.createElement("div");
  const box = { top, bottom: top + 900 } as DOMRect;
  store.root.getBoundingClientRect = () => box;
  return store;
}

function shown(store: Store, peer: Store) {
  store.peers.value = [peer];
  const root = document.createElement("div");
  document.body.append(root);
  const value = { store, actions: makeActions(store) };
  render(h(ScopeContext.Provider, { value, children: h(Warnings, {}) }), root);
  return root.querySelector(".ts-warning");
}

it("a scope leaves the room that its neighbour's warning takes", () => {
  const room = shown(made(0, 100), made(3, 100));
  expect(room?.classList.contains("ts-blank")).toBe(true);
  expect(room?.getAttribute("aria-hidden")).toBe("true");
  expect(room?.textContent).toContain("3 NaN");
});

it("its own warning is no room", () => {
  const mine = shown(made(2, 100), made(3, 100));
  expect(mine?.classList.contains("ts-blank")).toBe(false);
  expect(mine?.textContent).toContain("2 NaN");
});

it("below one another nothing has to line up", () => {
  expect(shown(made(0, 100), made(3, 1200))).toBeNull();
});
