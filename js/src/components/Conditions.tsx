// One more condition, and those that have names.
import { areNamed, namedOf } from "../conditions";
import { useScope } from "./context";
import { Extra } from "./Extra";
import { Icon } from "./Icon";

const MOST = 8;

/** Beside Where, once there is a condition: makes room for one more. */
export function AddCondition() {
  const { store } = useScope();
  const named = namedOf(store.state.value);
  if (named.length === 0 || named.length >= MOST) return null;
  return (
    <button
      type="button"
      class="ts-bare ts-add"
      aria-label="Add condition"
      aria-pressed={store.adding.value}
      title="Add a condition, in a colour of its own"
      onClick={(event) => {
        event.preventDefault(); // the label would take the click
        store.adding.value = !store.adding.value;
        const box = store.root?.querySelector<HTMLInputElement>('[data-key="where"]');
        box?.focus();
      }}
    >
      <Icon name="plus" />
    </button>
  );
}

/** Those that have names, below Where. */
export function Conditions() {
  const { store } = useScope();
  if (!areNamed(store.state.value)) return null;
  return (
    <div class="ts-chips">
      <Extra name="Chips" />
    </div>
  );
}
