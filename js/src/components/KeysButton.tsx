// Opens the list of keys.
import { useScope } from "./context";
import { IconButton } from "./IconButton";

export function KeysButton() {
  const { store, actions } = useScope();
  return (
    <IconButton
      icon="keys"
      title="Keys (?)"
      label="Keys"
      expanded={store.help.value}
      onClick={actions.toggleHelp}
    />
  );
}
