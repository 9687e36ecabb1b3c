import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../dev/model";
import { Channel, RequestError } from "../src/channel";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const model = new FakeModel(null);
  const pushes: unknown[] = [];
  const channel = new Channel(model, (push) => pushes.push(push));
  const reply = (i: number, more: Record<string, unknown> = {}, buffers: DataView[] = []) =>
    model.emit("msg:custom", { v: 1, req: model.sent[i].req, ok: true, ...more }, buffers);
  return { model, channel, pushes, reply };
}

describe("Channel", () => {
  it("one request a lane in flight; lanes do not wait for each other", () => {
    const { model, channel, reply } = setUp();
    void channel.request("picture", { kind: "hello" });
    void channel.request("picture", { kind: "frame" });
    void channel.request("stats", { kind: "stats" });
    expect(model.sent.map((m) => m.kind)).toEqual(["hello", "stats"]);
    reply(0);
    expect(model.sent.map((m) => m.kind)).toEqual(["hello", "stats", "frame"]);
    expect(new Set(model.sent.map((m) => m.req)).size).toBe(3);
    expect(model.sent.every((m) => m.v === 1 && !("id" in m))).toBe(true);
  });

  it("the newest of one key wins, and keeps its place behind what came between", async () => {
    const { model, channel, reply } = setUp();
    const at = (i: number) => ({ kind: "update", patch: { index: [1, i] } });
    void channel.request("picture", at(0), "index 1");
    const replaced = channel.request("picture", at(1), "index 1");
    void channel.request("picture", { kind: "update", patch: { expr: "[0]" } }, "expr");
    void channel.request("picture", at(2), "index 1");
    expect(await replaced).toBeNull();
    reply(0);
    reply(1);
    expect(model.sent.map((m) => m.patch)).toEqual([
      { index: [1, 0] },
      { expr: "[0]" },
      { index: [1, 2] },
    ]);
  });

  it("reads the body when it leaves, not when it was asked", () => {
    const { model, channel, reply } = setUp();
    let n = 1;
    void channel.request("picture", { kind: "hello" });
    void channel.request("picture", () => ({ kind: "frame", n }));
    n = 2;
    reply(0);
    expect(model.sent[1].n).toBe(2);
  });

  it("returns errors to the asker, and goes on", async () => {
    const { model, channel } = setUp();
    const asked = channel.request("picture", { kind: "update" });
    const error = { kind: "BOUNDS", message: "dim 2 index 60", field: "expr", span: [7, 9] };
    model.emit("msg:custom", { v: 1, req: model.sent[0].req, ok: false, error });
    await expect(asked).rejects.toThrow("dim 2 index 60");
    await expect(asked).rejects.toBeInstanceOf(RequestError);
    await expect(asked).rejects.toMatchObject({ kind: "BOUNDS", field: "expr", span: [7, 9] });
    expect(channel.busy("picture")).toBe(false);
  });

  it("a lost reply frees the lane after 3 s, and a late one still counts", async () => {
    const { model, channel, reply } = setUp();
    const late = channel.request("picture", { kind: "hello" });
    void channel.request("picture", { kind: "frame" });
    vi.advanceTimersByTime(2900);
    expect(model.sent).toHaveLength(1);
    expect(channel.waited("picture")).toBeGreaterThan(2000);
    vi.advanceTimersByTime(200);
    expect(model.sent).toHaveLength(2);
    reply(0, { state: { serial: 1 } });
    const answer = await late;
    expect(answer?.reply.state?.serial).toBe(1);
    expect(answer?.order).toBe(1);
  });

  it("takes no notice of other views' replies; hands pushes on", () => {
    const { model, channel, pushes } = setUp();
    void channel.request("picture", { kind: "hello" });
    model.emit("msg:custom", { v: 1, req: "other:1", ok: true });
    expect(channel.busy("picture")).toBe(true);
    model.emit("msg:custom", { v: 1, push: "closed", message: "gone" });
    expect(pushes).toEqual([{ v: 1, push: "closed", message: "gone" }]);
  });

  it("learns the newer state from a reply to another view of the same model", () => {
    const { model, pushes } = setUp();
    const state = { serial: 9 };
    model.emit("msg:custom", { v: 1, req: "other:4", ok: true, state, frame: {} }, []);
    expect(pushes).toEqual([{ v: 1, push: "state", state, info: null }]);
  });

  it("a comm that throws is an error for the asker, not a dead lane", async () => {
    const { model, channel } = setUp();
    const send = vi.spyOn(model, "send").mockImplementationOnce(() => {
      throw new Error("comm is closed");
    });
    await expect(channel.request("picture", { kind: "hello" })).rejects.toThrow(
      "The kernel cannot be reached",
    );
    void channel.request("picture", { kind: "frame" });
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("leaves nothing behind when closed", async () => {
    const { model, channel } = setUp();
    const waiting = channel.request("picture", { kind: "hello" });
    channel.close();
    expect(await waiting).toBeNull();
    expect(await channel.request("picture", { kind: "frame" })).toBeNull();
    expect(model.listening).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
