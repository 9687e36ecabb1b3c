// The golden files of tests/contract: what the kernel writes is read here as it was meant.
import { describe, expect, it } from "vitest";
import messages from "../../tests/contract/messages.json";
import values from "../../tests/contract/values.json";
import watched from "../../tests/contract/watch.json";
import { decode } from "../src/dtype";
import { decodeFrame } from "../src/frame";
import type { Reply } from "../src/protocol";
import { measured, merged } from "../src/watch/rows";

const bytes = (base64: string) => {
  const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  // An odd offset, as Jupyter hands buffers over.
  const shifted = new Uint8Array(raw.length + 3);
  shifted.set(raw, 3);
  return new DataView(shifted.buffer, 3, raw.length);
};

interface Values {
  bits: string;
  texts: string[];
}
interface Exchange {
  request: { kind: string };
  reply: Reply;
  buffers: string[];
}

describe("every dtype prints as in Python", () => {
  for (const [dtype, { bits, texts }] of Object.entries<Values>(values)) {
    it(dtype, () => {
      const values = decode(dtype, bytes(bits));
      expect(texts.map((_, k) => values.text(k))).toEqual(texts);
    });
  }
});

describe("golden messages", () => {
  const exchanges = messages as unknown as Exchange[];
  const framed = exchanges.filter((e) => e.reply.ok && "frame" in e.reply);

  it("hold frames of each kind", () => {
    expect(framed.length).toBeGreaterThan(4);
    expect(framed.some((e) => !e.reply.frame!.exact)).toBe(true);
    expect(framed.some((e) => e.reply.frame!.buffers.includes("mask"))).toBe(true);
  });

  it.each(framed)("decode: $request", ({ reply, buffers }) => {
    const frame = decodeFrame(reply.frame!, buffers.map(bytes));
    const cells = frame.shape[0] * frame.shape[1] * frame.shape[2];
    expect(frame.values.numbers.length).toBe(cells);
    if (!frame.exact) expect(frame.flags!.length).toBe(cells);
    if (frame.mask) expect(frame.mask.length).toBe(cells);
  });

  it("tell steps ahead, each with buffers of its own", () => {
    const told = exchanges.find((e) => e.reply.ahead?.length)!;
    expect(told.reply.ahead!.map(({ index }) => index)).toEqual([1, 0]);
    for (const { state, frame, first } of told.reply.ahead!) {
      const mine = told.buffers.slice(first, first + frame.buffers.length);
      expect(decodeFrame(frame, mine.map(bytes)).values.length).toBe(state.count);
    }
  });

  it("have a label for each row and column that is shown", () => {
    const labelled = framed.map((e) => e.reply.frame!).filter((frame) => frame.labels);
    expect(labelled.length).toBeGreaterThan(1);
    for (const { labels, rect } of labelled) {
      expect(labels!.rows!.length).toBe(rect[1] - rect[0]);
      expect(labels!.columns!.length).toBe(rect[3] - rect[2]);
      expect(labels!.columns!.every((label) => label!.length <= 40)).toBe(true);
    }
  });

  it("show the first plane's own values", () => {
    const { reply, buffers } = exchanges[0];
    const frame = decodeFrame(reply.frame!, buffers.map(bytes));
    expect(frame.values.text(0)).toBe("nan");
    expect(frame.values.text(5)).toBe("inf");
    expect(frame.values.text(1)).toBe("-0.9130435");
  });

  it("show masked places, dates and text as what they are", () => {
    const hellos = framed.filter((e) => e.request.kind === "hello").slice(1);
    const [masked, dates, words] = hellos.map((e) =>
      decodeFrame(e.reply.frame!, e.buffers.map(bytes)),
    );
    expect(masked.hidden).toBe(3);
    expect([0, 1].map((i) => masked.values.text(i))).toEqual(["masked", "1.0"]);
    expect(masked.values.numbers[0]).toBeNaN();
    expect(dates.texts).toEqual(["2020-01-01", "NaT", "2021-06-01", "1969-12-31"]);
    expect(dates.values.numbers[1]).toBeNaN();
    expect(dates.hidden).toBe(0);
    expect(words.spoken).toBe(true);
    expect(words.texts?.[3]).toBe(`${"ü".repeat(39)}…`);
  });

  it("tell of blocks in which all is masked", () => {
    const frames = framed.filter((e) => !e.reply.frame!.exact && !e.reply.frame!.spoken);
    const last = frames[frames.length - 1];
    const frame = decodeFrame(last.reply.frame!, last.buffers.map(bytes));
    expect(frame.flags!.some((f) => (f & 16) !== 0)).toBe(true);
    expect(frame.hidden).toBe(0);
  });

  it("carry errors with the field at fault", () => {
    const wrong = exchanges.filter((e) => !e.reply.ok).map((e) => e.reply.error!);
    expect(wrong.map((e) => [e.kind, e.field])).toEqual([
      ["PROTOCOL", null],
      ["BOUNDS", "expr"],
      ["PROTOCOL", null],
      ["PROTOCOL", null],
      ["NAME", "condition"],
      ["LABEL", "slot"],
    ]);
  });
});

describe("golden messages of a watch", () => {
  const exchanges = watched as unknown as (Exchange & { request: { do?: string } })[];
  const of = (what: string) => exchanges.filter((e) => e.request.do === what);

  it("tell everything at first: rows with numbers that are not finite, steps, the scope", () => {
    const news = of("hello")[0].reply.watch!;
    expect(news.modules).toEqual([]);
    const row = news.rows.find((r) => r.name === "numbers")!;
    const { points } = merged(undefined, row.what, row.zero, row.points);
    expect(points.map((p) => p.step)).toEqual([0, 1, 2]);
    expect(measured(points[2], "std")).toBeNaN();
    expect(news.timeline.recorded).toEqual([[0, 2, 1]]);
    expect(news.timeline.points.map(([step, loss]) => [step, loss])).toEqual([
      [0, 2],
      [1, 1],
      [2, 0],
    ]);
    expect(of("news")[0].reply.watch!.rows).toEqual([]);
  });

  it("answer a choice with its picture", () => {
    const { reply, buffers } = of("select")[0];
    const frame = decodeFrame(reply.frame!, buffers.map(bytes));
    expect(reply.watch!.scope).toMatchObject({ step: 1, against: 0, changed: false });
    expect(reply.state!.code.slice).toContain('w.record("numbers", step=1)');
    expect(frame.values.text(0)).toBe("nan");
  });

  it("carry errors to the control that asked", () => {
    const wrong = exchanges.filter((e) => !e.reply.ok).map((e) => e.reply.error!);
    expect(wrong.map((e) => [e.kind, e.field])).toEqual([
      ["NOT_RECORDED", "select"],
      ["SYNTAX", "break"],
    ]);
  });
});
