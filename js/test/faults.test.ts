// Answers that are lost, late or out of order.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channel, type Model } from "../src/channel";
import type { Reply } from "../src/protocol";

interface Sent {
  req: string;
  kind: string;
}

function setUp() {
  const sent: Sent[] = [];
  const silent: string[] = [];
  let receive: ((content: unknown, buffers: DataView[]) => void) | null = null;
  const model: Model = {
    get: () => null,
    on: (_event, callback) => {
      receive = callback as typeof receive;
    },
    off: () => {
      receive = null;
    },
    send: (content) => void sent.push(content as Sent),
  };
  const channel = new Channel(
    model,
    () => {},
    () => {},
    (lane) => silent.push(lane),
  );
  const answer = (at: number) =>
    receive?.({ v: 1, req: sent[at].req, ok: true } as unknown as Reply, []);
  return { channel, sent, silent, answer };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a lost answer", () => {
  it("is told as silence, later each time, until one comes", async () => {
    const { channel, sent, silent, answer } = setUp();
    channel.request("picture", { kind: "frame" });
    await vi.advanceTimersByTimeAsync(2900);
    expect(silent).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(silent).toEqual(["picture"]);
    channel.request("probe", { kind: "frame" });
    await vi.advanceTimersByTimeAsync(3100);
    expect(silent).toEqual(["picture", "probe"]);
    channel.request("probe", { kind: "frame" });
    await vi.advanceTimersByTimeAsync(3100);
    expect(silent).toHaveLength(2); // twice as patient now
    answer(2);
    expect(channel.busy("picture")).toBe(false);
    expect(sent).toHaveLength(3);
  });

  it("of statistics is asked for again once pictures come through", async () => {
    const { channel, sent, answer } = setUp();
    const done = vi.fn();
    channel.request("stats", { kind: "stats" }).then(done);
    channel.request("picture", { kind: "frame" });
    await vi.advanceTimersByTimeAsync(3100);
    channel.request("probe", { kind: "frame" });
    answer(2);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.map((s) => s.kind)).toEqual(["stats", "frame", "frame", "stats"]);
    answer(3);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toHaveBeenCalledOnce();
  });
});

describe("answers out of order", () => {
  it("an older picture is given up when a newer one is here", async () => {
    const { channel, answer } = setUp();
    const old = vi.fn();
    const newer = vi.fn();
    channel.request("picture", { kind: "frame" }).then(old);
    await vi.advanceTimersByTimeAsync(3100); // the lane takes another one
    channel.request("picture", { kind: "frame" }).then(newer);
    answer(1);
    answer(0);
    await vi.advanceTimersByTimeAsync(10);
    expect(old).toHaveBeenCalledWith(null);
    expect(newer.mock.calls[0][0].order).toBe(2);
    expect(channel.busy("picture")).toBe(false);
  });
});

describe("a view that goes", () => {
  it("says so", () => {
    const { channel, sent } = setUp();
    channel.close();
    expect(sent.map((s) => s.kind)).toEqual(["bye"]);
  });
});
