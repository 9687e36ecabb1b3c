// Copying, also where the page may not use the clipboard API (plain http, frames).
import { useEffect, useState } from "preact/hooks";
import type { Store } from "../store";

/** What copies a text, and whether it just did: the button says so for a moment. */
export function useCopy(store: Store): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string) => {
    copyText(text, store.root).then(
      () => setCopied(true),
      (error) => store.fail(error),
    );
  };
  return [copied, copy];
}

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
