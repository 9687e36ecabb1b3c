// Actions on what is shown beside and how: colours, numbers in place of a picture, prices.
import type { Store } from "../store";
import type { CodeTab, OfferKey } from "../view";
import type { Pace, Send } from "./send";

export function showing(store: Store, send: Send, paced: Pace) {
  return {
    setRange: (range: [number, number] | null) => {
      store.range.value = range;
      paced("range", () => send({ colour: { range } }, "range"));
    },

    setMap: (map: string) => send({ colour: { map } }, "map"),

    /** Puts the picture's colours behind the numbers: then the picture is asked for too. */
    setTint(tint: boolean) {
      store.tint.value = tint;
      if (tint) store.askFrame();
    },

    /** Shows the numbers in the picture's place, or the picture again. */
    toggleTable() {
      const state = store.state.value;
      if (!state) return;
      const tree = store.root?.getRootNode() as Document | ShadowRoot | undefined;
      store.focusNext = !!tree?.activeElement?.closest(".ts-picture");
      send({ table: !state.table }, "table");
    },

    chooseTab(tab: CodeTab) {
      store.tab.value = tab;
    },

    setScope(scope: "slice" | "tensor") {
      store.scope.value = scope;
      if (!store.stats[scope].value) store.askStats(scope, 0);
    },

    toggleHelp: () => {
      store.help.value = !store.help.value;
    },

    agree: (key: OfferKey) => store.agree(key),

    cancel: (key: OfferKey) => store.cancel(key),

    refresh: () => store.ask(() => ({ kind: "refresh", viewport: store.viewport() }), "refresh"),

    /** Asks a kernel that was gone once more. */
    retry() {
      store.phase.value = "connecting";
      store.start();
    },
  };
}
