// What the tests of steps that are shown ahead share.
import { expect } from "vitest";
import { enter, mountScope, press, settle } from "./mounted";

/** A scope after its second step, with what comes next on the page. */
export async function stepped() {
  const scope = mountScope("act");
  await settle();
  const step = () => press(scope.named("Heatmap"), "]");
  for (let k = 0; k < 2; k++) {
    step();
    await settle();
  }
  const selection = () => scope.named<HTMLInputElement>("Selection").value;
  const asked = () => scope.kernel.requests.filter((request) => request.kind === "ahead").length;
  expect(selection()).toBe("[0, 2, :, :]");
  expect(asked()).toBe(1);
  const where = async (text: string) => {
    const box = scope.named<HTMLInputElement>("Where");
    await enter(box, text);
  };
  return { ...scope, step, selection, asked, where };
}
