// Back and forth through what was shown, and all of it as one line of Python.
import { useEffect, useState } from "preact/hooks";
import { copyText } from "./clipboard";
import { useScope } from "./context";
import { Icon } from "./Icon";

export function History() {
  const { store, actions } = useScope();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const state = store.state.value;
  if (!state) return null;
  const copy = () =>
    copyText(state.python, store.root).then(
      () => setCopied(true),
      (error) => store.fail(error),
    );
  return (
    <span class="ts-history">
      <button
        type="button"
        class="ts-bare"
        aria-label="Undo"
        title="Undo (Ctrl Z)"
        disabled={!state.undo}
        onClick={actions.undo}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        class="ts-bare"
        aria-label="Redo"
        title="Redo (Ctrl Shift Z)"
        disabled={!state.redo}
        onClick={actions.redo}
      >
        <Icon name="redo" />
      </button>
      <button
        type="button"
        class="ts-bare"
        aria-label="Copy state"
        title={copied ? "Copied" : `Copy state: ${state.python}`}
        onClick={copy}
      >
        <Icon name={copied ? "done" : "state"} />
      </button>
    </span>
  );
}
