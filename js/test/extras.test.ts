// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Channel } from "../src/channel";
import { extras, loadExtras } from "../src/late";
import * as shared from "../src/shared";

/** A kernel that answers each request for the extras as the test says. */
function channel(answer: () => Promise<unknown>) {
  const request = vi.fn(answer);
  return { request, channel: { request } as unknown as Channel };
}

const sent = (code: string) => ({ buffers: [new DataView(new TextEncoder().encode(code).buffer)] });

/** happy-dom's object URLs cannot be imported; Node imports data URLs. */
function importable() {
  vi.spyOn(URL, "createObjectURL").mockImplementation(
    (blob) =>
      `data:text/javascript,${encodeURIComponent((blob as unknown as { code: string }).code)}`,
  );
  vi.stubGlobal(
    "Blob",
    class {
      code: string;
      constructor([bytes]: [Uint8Array]) {
        this.code = new TextDecoder().decode(bytes);
      }
    },
  );
}

afterEach(() => {
  extras.value = null;
  for (const key of Object.keys(globalThis)) {
    if (key.startsWith("tensorscope-extras")) delete (globalThis as Record<string, unknown>)[key];
  }
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the extras", () => {
  it("are asked for once, and handed what they share", async () => {
    importable();
    const kernel = channel(async () =>
      sent("export default (require) => ({ Help: () => require().useScope })"),
    );
    await Promise.all([loadExtras(kernel.channel), loadExtras(kernel.channel)]);
    await loadExtras(kernel.channel);
    expect(kernel.request).toHaveBeenCalledTimes(1);
    expect((extras.value!.Help as unknown as () => unknown)()).toBe(shared.useScope);
  });

  it("are asked for again after a failure, which is told", async () => {
    importable();
    const refusing = channel(() => Promise.reject(new Error("no such file")));
    await expect(loadExtras(refusing.channel)).rejects.toThrow("no such file");
    const kernel = channel(async () => sent("export default () => ({})"));
    await loadExtras(kernel.channel);
    expect(extras.value).not.toBe(null);
  });

  it("are asked for by another widget where the first one has gone", async () => {
    importable();
    const gone = channel(async () => null);
    const kernel = channel(async () => sent("export default () => ({})"));
    const first = loadExtras(gone.channel);
    const second = loadExtras(kernel.channel);
    await expect(first).rejects.toThrow("sent nothing");
    await second;
    expect(extras.value).not.toBe(null);
  });

  it("are given up after a while without an answer", async () => {
    vi.useFakeTimers();
    const silent = channel(() => new Promise(() => {}));
    const asked = expect(loadExtras(silent.channel)).rejects.toThrow("did not answer");
    await vi.advanceTimersByTimeAsync(30_000);
    await asked;
    vi.useRealTimers();
  });
});
