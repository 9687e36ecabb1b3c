// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leave, mountScope, prepare, press, settle, unmount } from "./mounted";

beforeEach(prepare);
afterEach(unmount);

describe("a scope whose kernel", () => {
  it("says that it waits, keeps its picture, and takes a late answer", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    model.delay = 5000;
    kernel.update({ expr: "[0, 3, :, :]" });
    model.emit("msg:custom", { v: 1, push: "state", state: kernel.state, info: null });
    await settle(1000);
    expect(root.dataset.state).toBe("waiting");
    expect(root.textContent).toMatch(/reading… [01]\.\d s/);
    expect(root.dataset.serial).toBe("1");
    await settle(6000);
    expect(root.dataset.serial).toBe(String(kernel.serial));
    expect(root.dataset.state).toBe("ready");
    expect(named("Heatmap")).toBeTruthy();
  });

  it("without a kernel shows the saved picture, marked; a late kernel brings it to life", async () => {
    const snapshot = { png: "iVBORw0KGgo=", text: "", time: "14:02" };
    const { kernel, model, root, el, named } = mountScope("act", { dead: true, snapshot });
    el.className = "jupyter-widgets-disconnected";
    await settle(3500);
    expect(root.dataset.state).toBe("dead");
    expect(root.querySelector("img")?.getAttribute("src")).toContain("iVBORw0KGgo=");
    expect(root.textContent).toContain("kernel gone · last picture, 14:02 · run the cell again");
    expect(root.textContent).toContain("(1, 64, 56, 56)");
    const [reply, buffers] = kernel.answer(model.sent[0] as { req: string; kind: string });
    model.emit("msg:custom", reply, buffers);
    await settle();
    expect(root.dataset.state).toBe("ready");
    expect(named("Heatmap")).toBeTruthy();
  });

  it("keeps a small picture and the facts for when there is no kernel", async () => {
    vi.spyOn(HTMLCanvasElement.prototype, "toDataURL").mockReturnValue("data:image/png;base64,AB");
    const { model } = mountScope("act");
    await settle(3000);
    const kept = model.traits.snapshot as Record<string, unknown>;
    expect(kept).toMatchObject({ png: "AB", text: "act[0, 0, :, :] → (56, 56)" });
    expect(model.sent.every((message) => message.kind !== "snapshot")).toBe(true);
    leave();
    const { root, named } = mountScope("act", { dead: true, snapshot: kept });
    await settle(4000);
    expect(root.querySelector("img")?.src).toContain("base64,AB");
    expect(named("Summary").textContent).toContain("min -");
    expect(root.textContent).toContain("act[0, 0, :, :] → (56, 56)");
    expect(root.textContent).toMatch(/no answer yet|kernel gone/);
  });

  it("says at once that it was restarted, and lives again where the host says so", async () => {
    const { model, root, named } = mountScope("act");
    await settle();
    const tell = (live: boolean) => {
      model.view.model.comm_live = live;
      model.emit("comm_live_update");
    };
    tell(false);
    await settle();
    expect(root.dataset.state).toBe("dead");
    expect(root.textContent).toContain("kernel gone · last picture");
    expect(named("Heatmap")).toBeTruthy();
    tell(true);
    await settle();
    expect(root.dataset.state).toBe("ready");
  });

  it("a kernel that goes leaves the picture; one that comes back answers again", async () => {
    const { model, root, named } = mountScope("act");
    await settle();
    const send = vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("Cannot send");
    });
    press(named("Heatmap"), "]");
    await settle();
    expect(root.dataset.state).toBe("dead");
    expect(root.textContent).toContain("kernel gone · last picture, ");
    expect(named("Heatmap")).toBeTruthy();
    send.mockRestore();
    const again = [...root.querySelectorAll("button")].find((b) => b.textContent === "Try again");
    again?.click();
    await settle();
    expect(root.dataset.state).toBe("ready");
  });

  it("a kernel that is only busy is not called gone", async () => {
    const { root } = mountScope("act", { dead: true });
    await settle(3500);
    expect(root.dataset.state).toBe("waiting");
    expect(root.textContent).toContain("no answer yet · kernel busy or gone");
  });

  it("marks statistics as old until those of the new selection are here", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    const facts = () => root.querySelector(".ts-panel-value dl")!;
    const busy = () => facts().getAttribute("aria-busy");
    const before = facts().textContent;
    expect(before).toContain("max");
    expect(busy()).toBe("false");
    const answer = kernel.answer.bind(kernel);
    const held: { req: string; kind: string }[] = [];
    vi.spyOn(kernel, "answer").mockImplementation((message) => {
      if (message.kind !== "stats") return answer(message);
      held.push(message);
      return [{ v: 1, push: "progress", req: "", done: 0, total: 0 }, []];
    });
    const tell = async () => {
      const [reply] = answer(held.shift()!);
      model.emit("msg:custom", reply, []);
      await settle();
    };
    press(named("Heatmap"), "]");
    await settle();
    expect(facts().textContent).toBe(before);
    expect(busy()).toBe("true");
    press(named("Heatmap"), "]");
    await settle();
    await tell(); // asked before the selection moved again
    expect(busy()).toBe("true");
    await tell();
    expect(busy()).toBe("false");
    // Where no answer was, none is awaited.
    expect(root.querySelector(".ts-list")!.getAttribute("aria-busy")).toBe("false");
    expect(facts().textContent).not.toBe(before);
    expect(named("Summary").getAttribute("aria-busy")).toBe("false"); // the tensor is the same
  });

  it("marks a picture that was read while a cell ran, and reads it again", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    const answer = kernel.answer.bind(kernel);
    let running = true;
    vi.spyOn(kernel, "answer").mockImplementation((message) => {
      const [reply, buffers] = answer(message);
      if (reply.frame) reply.frame = { ...reply.frame, unsynchronised: running };
      return [reply, buffers];
    });
    press(named("Heatmap"), "]");
    await settle(200);
    expect(root.dataset.state).toBe("stale");
    expect(root.textContent).toContain("unsynchronised");
    running = false;
    await settle(1500);
    expect(root.dataset.state).toBe("ready");
    const asked = model.sent.length;
    await settle(20_000);
    expect(model.sent.length).toBe(asked);
  });

  it("shows a broken answer as an error, and goes on", async () => {
    const { kernel, model, root, named } = mountScope("act");
    await settle();
    const send = vi.spyOn(model, "send").mockImplementationOnce((content) => {
      const [reply] = kernel.answer(content as { req: string; kind: string });
      setTimeout(() => model.emit("msg:custom", reply, [new DataView(new ArrayBuffer(3))]), 5);
    });
    press(named("Heatmap"), "]");
    await settle();
    expect(root.querySelector("[role=alert]")?.textContent).toContain("3 bytes for 3136 values");
    press(named("Heatmap"), "]");
    await settle();
    expect(send).toHaveBeenCalled();
    expect(root.querySelector("[role=alert]")?.textContent).toBe("");
    expect(root.dataset.serial).toBe(String(kernel.serial));
  });

  it.each([
    ["loss", "[] 0.5677567", "loss.item()"],
    ["empty", "[:, :] → (0, 64)", "empty[:, :].detach().clone().numpy()"],
    ["probs", "[:] → (6,)", "probs[:].detach().clone().numpy()"],
    ["ids", "[:, :] → (8, 8)", "ids[:, :].detach().clone().numpy()"],
  ])("%s", async (tensor, value, code) => {
    const { root, named } = mountScope(tensor);
    await settle();
    expect(named("Value").textContent).toBe(value);
    expect(named("Code").textContent).toBe(code);
    expect(root.dataset.serial).toBe("1");
  });
});

describe("what reads much", () => {
  /** Makes a kernel whose statistics of the whole tensor have a price, and take until told. */
  function dear(of = "stats") {
    const scope = mountScope("act");
    const { kernel, model } = scope;
    const plain = kernel.answer.bind(kernel);
    const price = {
      bytes: 5e8,
      size: "477 MiB",
      text: "Summing up the whole tensor reads 477 MiB",
    };
    const held: string[] = [];
    vi.spyOn(kernel, "answer").mockImplementation((message) => {
      const { req, kind } = message;
      const mine =
        of === "stats" ? kind === "stats" && message.scope === "tensor" : kind !== "value";
      if (kind === "cancel") return [{ v: 1, req, ok: true, cancelled: true }, []];
      if (!mine || (of === "frame" && message.consent)) return plain(message);
      if (message.consent) {
        held.push(req);
        return [{ v: 1, push: "progress", req, done: 3, total: 64 }, []];
      }
      const [reply] = plain(message);
      const { stats: _, ...rest } = reply;
      return [{ ...rest, frame: null, price }, []];
    });
    const button = (text: string) =>
      [...scope.root.querySelectorAll<HTMLButtonElement>(".ts-offer button")].find(
        (b) => b.textContent === text,
      );
    return { ...scope, model, held, button, plain };
  }

  it("shows its price, its progress, and its answer alone", async () => {
    const { root, model, named, held, button, plain } = dear();
    await settle();
    expect(root.querySelector(".ts-offer")!.textContent).toContain("reads 477 MiB");
    expect(named("Summary").textContent).toBe("");
    button("Compute")!.click();
    await settle();
    expect(held).toHaveLength(1);
    expect(root.querySelector(".ts-offer")!.textContent).toContain("3 of 64");
    expect(named("Progress").getAttribute("value")).toBe("3");
    expect(named("Summary").textContent).toBe("");
    const [reply] = plain({ v: 1, req: held[0], kind: "stats", scope: "tensor" });
    model.emit("msg:custom", reply, []);
    await settle();
    expect(root.querySelector(".ts-offer")).toBeNull();
    expect(named("Summary").textContent).toContain("nan");
  });

  it("is cancelled by its own id, and offered again", async () => {
    const { model, held, button } = dear();
    await settle();
    button("Compute")!.click();
    await settle();
    button("Cancel")!.click();
    await settle();
    expect(model.sent.at(-1)).toMatchObject({ kind: "cancel", target: held[0] });
    const error = { kind: "CANCELLED", message: "cancelled", field: null, span: null };
    model.emit("msg:custom", { v: 1, req: held[0], ok: false, error }, []);
    await settle();
    expect(button("Compute")).toBeTruthy();
    expect(document.querySelector("[role=alert]")?.textContent ?? "").toBe("");
  });

  it("stands in the picture's place, and never shows an old one", async () => {
    const { root, button } = dear("frame");
    await settle();
    expect(root.querySelector(".ts-offer-box")).toBeTruthy();
    expect(root.querySelector("canvas")).toBeNull();
    root.querySelector<HTMLButtonElement>(".ts-offer-box button")!.click();
    await settle();
    expect(root.querySelector(".ts-offer-box")).toBeNull();
    expect(root.querySelector("canvas")).toBeTruthy();
    expect(button("Cancel")).toBeUndefined();
  });
});
