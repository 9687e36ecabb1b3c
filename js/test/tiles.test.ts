// @vitest-environment happy-dom
// What the page asks for where planes are small: no more pixels than their tiles have.
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Viewport } from "../src/protocol";
import { enter, mountScope, prepare, settle, unmount } from "./mounted";

beforeEach(prepare);
afterEach(unmount);

it("a tile is asked for in the shape in which it is painted", async () => {
  const { model, kernel, named } = mountScope("act");
  await settle();
  const box = named<HTMLInputElement>("Selection");
  await enter(box, "[0, :, 0:14, :]");
  expect(kernel.state.expr).toBe("[0, :, 0:14, :]");
  const viewport = model.sent.findLast((message) => message.viewport)?.viewport as Viewport;
  expect(viewport.tile).toEqual([72, 18]);
});
