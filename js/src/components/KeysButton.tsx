// Opens the list of keys.
import { useScope } from "./context";
import { Icon } from "./Icon";

export function KeysButton() {
  const { store, actions } = useScope();
  return (
    <button
      type="button"
      class="ts-bare"
      title="Keys (?)"
      aria-label="Keys"
      aria-expanded={store.help.value}
      onClick={actions.toggleHelp}
    >
      <Icon name="keys" />
    </button>
  );
}
