// The legend of named conditions: which is active, how many hits each has, which are shown.
import { HUES, namedOf } from "../conditions";
import { formatCount } from "../format";
import type { Named } from "../protocol";
import { useScope } from "./context";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";

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

export function Conditions() {
  const { store } = useScope();
  const named = namedOf(store.state.value);
  if (!named[0]?.name) return null;
  return (
    <ul class="ts-conditions" aria-label="Conditions">
      {named.map((one, k) => (
        <Chip key={one.name} one={one} place={k} />
      ))}
    </ul>
  );
}

function Chip({ one, place }: { one: Named; place: number }) {
  const { store, actions } = useScope();
  const { name, active, hidden } = one;
  const count = one.hits?.count ?? store.hits.value?.conditions?.[place];
  const rename = (input: HTMLInputElement) => {
    const to = input.value.trim();
    input.value = name;
    if (to && to !== name) actions.condition({ rename: name, to });
  };
  const hue = HUES[store.skin.value.theme][place];
  return (
    <li class={`ts-chip ${active ? "ts-on" : ""} ${hidden ? "ts-hid" : ""}`} title={one.where}>
      <i class="ts-swatch" style={{ background: hue }} />
      {active ? (
        <input
          class="ts-rename"
          type="text"
          aria-label={`Name of ${name}`}
          aria-current="true"
          title="Type to rename"
          spellcheck={false}
          value={name}
          size={Math.max(1, name.length)}
          onBlur={(event) => rename(event.currentTarget)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.value = name;
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
            event.stopPropagation();
          }}
        />
      ) : (
        <button
          type="button"
          class="ts-link"
          aria-label={`Activate ${name}`}
          onClick={() => actions.condition({ active: name })}
        >
          {name}
        </button>
      )}
      <span class="ts-num ts-dim2">{count === undefined ? "…" : formatCount(count)}</span>
      <IconButton
        icon={hidden ? "eyeOff" : "eye"}
        label={`${hidden ? "Show" : "Hide"} ${name}`}
        pressed={hidden}
        title={hidden ? "Show" : "Hide"}
        onClick={() => actions.condition(hidden ? { show: name } : { hide: name })}
      />
      {active && (
        <IconButton
          icon="close"
          label={`Remove ${name}`}
          title="Remove"
          onClick={() => actions.condition({ remove: name })}
        />
      )}
    </li>
  );
}
