// Back and forth through what was shown, and all of it as one line of Python.
import { titleOf, useCopy } from "./clipboard";
import { useScope } from "./context";
import { IconButton } from "./IconButton";

export function History() {
  const { store, actions } = useScope();
  const [stage, copy] = useCopy(store);
  const state = store.state.value;
  if (!state) return null;
  return (
    <span class="ts-history">
      <IconButton
        icon="undo"
        label="Undo"
        title="Undo (Ctrl Z)"
        disabled={!state.undo}
        onClick={actions.undo}
      />
      <IconButton
        icon="redo"
        label="Redo"
        title="Redo (Ctrl Shift Z)"
        disabled={!state.redo}
        onClick={actions.redo}
      />
      <IconButton
        icon={stage === "copied" ? "done" : "state"}
        label="Copy state"
        title={titleOf(stage, `Copy state: ${state.python}`)}
        busy={stage === "waiting"}
        onClick={() => copy(() => store.state.value?.python ?? state.python)}
      />
    </span>
  );
}
