// The line of code that gives what is shown, and a button that copies it.
import { codeShown } from "../code";
import type { CodeTab } from "../view";
import { titleOf, useCopy } from "./clipboard";
import { useScope } from "./context";
import { IconButton } from "./IconButton";
import { Switch } from "./Toolbar";

const TABS = { value: "Value", slice: "Slice", hits: "Hits" } as const;
const NAMES = ["Value", "Slice", "Hits"] as const;

export function CodeBar() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const [stage, copy] = useCopy(store);
  if (!state) return null;
  const { tab, code } = codeShown(store);
  const off = [store.focus.value ? null : "Value", state.code.hits ? null : "Hits"].filter(
    (name) => name !== null,
  ) as (typeof NAMES)[number][];
  return (
    <footer class="ts-code">
      {store.shape.value !== "scalar" && (
        <Switch
          label="Code for"
          options={NAMES}
          value={TABS[tab]}
          disabled={off}
          onPick={(name) => actions.chooseTab(name.toLowerCase() as CodeTab)}
        />
      )}
      <code role="status" aria-label="Code" aria-live="off" title={code}>
        {paint(code)}
      </code>
      {state.notes.length > 0 && (
        <span class="ts-note ts-clip" title={state.notes.join("\n")}>
          {state.notes.join(" · ")}
        </span>
      )}
      <IconButton
        icon={stage === "copied" ? "done" : "copy"}
        label="Copy code"
        title={titleOf(stage, "Copy code")}
        busy={stage === "waiting"}
        class="ts-copy"
        onClick={() => copy(() => codeShown(store).code)}
      >
        <span class="ts-wide-only">{stage === "copied" ? "Copied" : "Copy"}</span>
      </IconButton>
    </footer>
  );
}

const TOKEN =
  /(?<text>"[^"]*"|'[^']*')|(?<number>\b\d+(?:\.\d*)?(?:e[+-]?\d+)?\b)|(?<word>\b(?:lambda|for|in|if|else|not|and|or|None|True|False|import)\b)|(?<call>[A-Za-z_]\w*)(?=\()/g;

/** Numbers, strings, keywords and calls in their own colour; all else in ink. */
export function paint(code: string) {
  const out: preact.ComponentChildren[] = [];
  let at = 0;
  for (const found of code.matchAll(TOKEN)) {
    if (found.index > at) out.push(code.slice(at, found.index));
    const kind = Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    out.push(<span class={`ts-c-${kind}`}>{found[0]}</span>);
    at = found.index + found[0].length;
  }
  out.push(code.slice(at));
  return out;
}
