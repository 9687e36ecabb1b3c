// Copying, also where the page may not use the clipboard API (plain http, frames).
import { useEffect, useState } from "preact/hooks";
import type { Store } from "../store";

/** A button that copies: at rest, waiting for the kernel, or done a moment ago. */
export type Copying = "" | "waiting" | "copied";

/** What the button tells a pointer. */
export const titleOf = (stage: Copying, rest: string) =>
  stage === "copied" ? "Copied" : stage === "waiting" ? "Waiting for the kernel…" : rest;

/** What copies a text, and how far that is: the button says so. */
export function useCopy(store: Store): [Copying, (read: () => string) => void] {
  const [stage, setStage] = useState<Copying>("");
  useEffect(() => {
    if (stage !== "copied") return;
    const timer = setTimeout(() => setStage(""), 1500);
    return () => clearTimeout(timer);
  }, [stage]);
  const copy = (read: () => string) => {
    if (stage === "waiting") return;
    if (!store.changes.settled()) setStage("waiting");
    copySettled(store, read).then(
      () => setStage("copied"),
      (error) => {
        setStage("");
        store.fail(error);
      },
    );
  };
  return [stage, copy];
}

/**
 * Copies what is true once the kernel has answered all changes. If it does not answer in time, what
 * is shown is copied, and the error that is thrown says so.
 */
export async function copySettled(store: Store, read: () => string): Promise<void> {
  const sure = await confirmed(store);
  await copyText(read(), store.root);
  if (!sure) throw new Error(UNSURE);
}

/** Whether what is known is all there is: waits for a kernel that is there, for a while. */
export async function confirmed({ changes, phase }: Store): Promise<boolean> {
  return changes.settled() || (phase.value === "live" && changes.settle());
}

export const UNSURE =
  "The kernel has not answered the newest change yet: what is shown now was copied";

export async function copyText(text: string, near: HTMLElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    return;
  } catch (refused) {
    if (!near || !copyBySelection(text, near)) {
      throw new Error("This page may not write to the clipboard: select the code and copy it", {
        cause: refused,
      });
    }
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const before = document.activeElement as HTMLElement | null;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position:fixed;opacity:0";
  near.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
