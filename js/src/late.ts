// The part of the front end that is loaded when it is first needed, so that it does not travel with
// each widget: the kernel is asked for it once a page.
import { effect, type Signal, signal } from "@preact/signals";
import type { Channel } from "./channel";
import type { Extras } from "./extras";
import * as shared from "./shared";
import type { Store } from "./store";

export type { Extras };

/** Which extras belong to this script; written in by the build. */
declare const EXTRAS_HASH: string;
const HASH = typeof EXTRAS_HASH === "string" ? EXTRAS_HASH : "";
/** How long the kernel has to send them, in ms. */
const PATIENCE = 20_000;

type Factory = (require: () => typeof shared) => Extras;

/** The extras, once they are there. */
export const extras: Signal<Extras | null> = signal(null);
let coming: Promise<Extras> | null = null;

/** Loads the extras, once for all widgets of the page. Rejects if the kernel does not send them. */
export async function loadExtras(channel: Channel): Promise<void> {
  while (!extras.value) {
    const mine = coming === null;
    coming ??= fetchExtras(channel).finally(() => {
      coming = null;
    });
    try {
      extras.value = await coming;
    } catch (error) {
      // Another widget asked, and may have gone since: ask by oneself.
      if (mine) throw error;
    }
  }
}

/** Gives a store what it needs of the extras once it needs it; returns how to take that back. */
export function lend(store: Store): () => void {
  let leave: (() => void) | null = null;
  let over = false;
  const stop = effect(() => {
    const linked = !!store.state.value?.links?.length;
    const steps = Object.keys(store.hand.value).length > 0;
    if (leave || !(linked || steps || store.reached.value)) return;
    leave = () => {};
    loadExtras(store.channel).then(
      () => {
        if (over || !extras.value) return;
        store.ahead = new extras.value.Ahead(store);
        leave = extras.value.keepCompany(store);
      },
      (error) => {
        leave = null;
        if (linked) store.fail(error); // each step is asked for by itself meanwhile
      },
    );
  });
  return () => {
    over = true;
    store.ahead?.flush(); // the last step is told
    stop();
    leave?.();
  };
}

async function fetchExtras(channel: Channel): Promise<Extras> {
  const all = globalThis as unknown as Record<string, Promise<{ default: Factory }> | undefined>;
  const key = `tensorscope-extras-${HASH}`;
  all[key] ??= fetchFactory(channel);
  try {
    return (await all[key]).default(() => shared);
  } catch (error) {
    delete all[key];
    throw error;
  }
}

async function fetchFactory(channel: Channel): Promise<{ default: Factory }> {
  const text = await inTime(
    channel.request("module", { kind: "module", name: "extras", hash: HASH }),
  );
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The first buffer of an answer as bytes; an error if it does not come in time. */
async function inTime(asked: ReturnType<Channel["request"]>): Promise<Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The kernel did not answer")), PATIENCE);
  });
  const answer = await Promise.race([asked, late]).finally(() => clearTimeout(timer));
  const sent = answer?.buffers[0];
  if (!sent) throw new Error("The kernel sent nothing");
  return new Uint8Array(sent.buffer as ArrayBuffer, sent.byteOffset, sent.byteLength);
}
