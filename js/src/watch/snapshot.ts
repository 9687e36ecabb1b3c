// The last known of a watch as text, put into the model: a notebook that is saved with its widgets'
// state shows it when there is no kernel.
import { effect } from "@preact/signals";
import { sayStatus, sayWatched } from "./say";
import type { Kept, WatchStore } from "./store";

/** What has been at rest for this long is kept, in ms. */
const REST = 1200;
/** Findings that are told. */
const MOST = 8;

/** Keeps the text up to date; returns how to stop. */
export function keepText(watch: WatchStore): () => void {
  return effect(() => {
    if (watch.status.value && watch.phase.value === "live") {
      watch.scope.soon("watch text", REST, () => watch.model.set?.("watch", textOf(watch)));
    }
  });
}

export function textOf(watch: WatchStore): Kept {
  const about = watch.about.value;
  const status = watch.status.value;
  const watched = sayWatched(
    about?.model ?? "",
    about?.modules.length ?? 0,
    watch.names.value.length,
  );
  const lines = [
    `${watched} · ${status ? sayStatus(status) : ""}`,
    ...watch.findings.value
      .slice(0, MOST)
      .map((f) => `step ${f.step}: ${f.name} ${f.message}. ${f.evidence}`),
  ];
  return { name: watch.kept.value.name, text: lines.join("\n"), time: watch.time.value };
}
