// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeKernel } from "../dev/kernel";
import { FakeModel } from "../dev/model";
import { TENSORS } from "../dev/tensors";
import { keepCompany } from "../src/extras/company";
import { Store } from "../src/store";

const stops: (() => void)[] = [];

/** A store that is live, in the groups that are named. */
async function member(tensor: string, colours: boolean, ...ids: string[]) {
  const store = new Store(new FakeModel(new FakeKernel(TENSORS[tensor])));
  const part = keepCompany(store);
  store.start();
  await vi.advanceTimersByTimeAsync(400);
  const links = ids.map((id) => ({ id, colours }));
  store.state.value = { ...store.state.value!, links };
  stops.push(() => {
    part();
    store.dispose();
  });
  return store;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.useRealTimers();
});

describe("scopes that are linked", () => {
  const at = { row: 3, col: 4, tile: 0, by: "pointer" } as const;

  it("share the cursor, from either side, and no longer than they are linked", async () => {
    const [a, b] = [await member("act", true, "one"), await member("act", true, "one")];
    const apart = await member("act", true, "two");
    a.cursor.value = at;
    expect(b.cursor.value).toEqual(at);
    expect(apart.cursor.value).toBeNull();
    b.cursor.value = { ...at, row: 9 };
    expect(a.cursor.value).toMatchObject({ row: 9 });
    b.cursor.value = null;
    expect(a.cursor.value).toBeNull();
    a.state.value = { ...a.state.value!, links: [] };
    a.cursor.value = at;
    expect(b.cursor.value).toBeNull();
  });
  it("do not take the cursor away from who has it", async () => {
    const [a, b] = [await member("act", true, "one"), await member("big", true, "one")];
    b.cursor.value = { ...at, row: 1500 };
    expect(a.cursor.value).toBeNull();
    expect(b.cursor.value).toMatchObject({ row: 1500 });
  });
  it("share the zoom where their pictures have one size", async () => {
    const [a, b] = [await member("act", true, "one"), await member("act", true, "one")];
    const other = await member("big", true, "one");
    const rect = { row0: 2, row1: 12, col0: 3, col1: 13 };
    a.look(rect);
    expect(b.rect.value).toEqual(rect);
    expect(other.rect.value).toBeNull();
    b.look(null);
    expect(a.rect.value).toBeNull();
  });
  it("share the range of colours, if they are to", async () => {
    const [a, b] = [await member("act", true, "one"), await member("act", true, "one")];
    b.found.value = { ...b.found.value!, low: -50, high: 99, min: -50, max: 99 };
    expect(a.colours.value?.range).toEqual({ low: -99, high: 99 });
    const [c, d] = [await member("act", false, "two"), await member("act", false, "two")];
    d.found.value = { ...d.found.value!, high: 99, max: 99 };
    expect(c.colours.value?.range.high).toBeLessThan(99);
  });
  it("let go of one that was closed", async () => {
    const [a, b] = [await member("act", true, "one"), await member("act", true, "one")];
    b.phase.value = "closed";
    expect(a.peers.value).toEqual([]);
    a.cursor.value = at;
    expect(b.cursor.value).toBeNull();
  });
});
