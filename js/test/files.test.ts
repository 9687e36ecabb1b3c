// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Body, Channel } from "../src/channel";
import { Saving } from "../src/extras/files";

/** A kernel that has `size` bytes in chunks of 4, and answers a file's request when it is let. */
function kernel(size: number) {
  const sent: Body[] = [];
  const waiting: (() => void)[] = [];
  const request = (lane: string, body: Body | ((req: string) => Body)) => {
    const req = `v:${sent.length + 1}`;
    const made = typeof body === "function" ? body(req) : body;
    sent.push(made);
    if (lane !== "file") return Promise.resolve({ reply: { cancelled: true }, buffers: [] });
    const offset = Number(made.offset ?? 0);
    const bytes = new DataView(new ArrayBuffer(Math.min(4, size - offset)));
    const file = { of: "v:1", offset, size, ...(made.of ? {} : { name: "x.npy", note: null }) };
    return new Promise((done) => {
      waiting.push(() => done({ reply: { file }, buffers: [bytes] }));
    });
  };
  /** Lets the next answer go; what follows from it has happened then. */
  const answer = async () => {
    waiting.shift()?.();
    await new Promise((done) => setTimeout(done));
  };
  return { sent, answer, channel: { request } as unknown as Channel };
}

function downloads() {
  const names: string[] = [];
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:none");
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    names.push(this.download);
  });
  return names;
}

afterEach(() => vi.restoreAllMocks());

describe("a file", () => {
  it("comes in chunks and is handed to the browser", async () => {
    const names = downloads();
    const { sent, answer, channel } = kernel(10);
    const told: number[] = [];
    const saved = new Saving(channel, "npy").run((done) => told.push(done));
    for (let k = 0; k < 3; k++) await answer();
    expect(await saved).toEqual({ name: "x.npy", note: null });
    expect(told).toEqual([4, 8, 10]);
    expect(sent.map((body) => body.offset)).toEqual([undefined, 4, 8]);
    expect(names).toEqual(["x.npy"]);
  });

  it("is stopped in the kernel while it is being made", async () => {
    const names = downloads();
    const { sent, answer, channel } = kernel(10);
    const saving = new Saving(channel, "csv");
    const saved = saving.run(() => {});
    await saving.stop();
    expect(sent.at(-1)).toEqual({ kind: "cancel", target: "v:1" });
    await answer(); // it was ready all the same: the kernel forgets it
    expect(await saved).toBe(null);
    expect(sent.filter((body) => body.kind === "cancel").length).toBe(2);
    expect(names).toEqual([]);
  });

  it("is forgotten by the kernel when it is stopped between two chunks", async () => {
    const names = downloads();
    const { sent, answer, channel } = kernel(10);
    const saving = new Saving(channel, "npy");
    const saved = saving.run(() => {});
    await answer();
    await saving.stop();
    expect(sent.at(-1)).toEqual({ kind: "cancel", target: "v:1" });
    await answer();
    expect(await saved).toBe(null);
    expect(names).toEqual([]);
  });
});
